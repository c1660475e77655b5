import Access
import Foundation
import Support
import Testing

@Suite struct PasswordTests {
    private let hasher = PasswordHasher(cost: .init(logN: 2, r: 1, p: 1), mostWaiting: 1000)

    @Test func `the right password is let in, with its accents typed either way`() async throws {
        let stored = try await hasher.hash("crème brûlée 7", email: nil)
        #expect(try await hasher.verify("crème brûlée 7", against: stored).matches)
        #expect(try await hasher.verify("cre\u{300}me bru\u{302}le\u{301}e 7", against: stored).matches)
        #expect(try await !hasher.verify("creme brulee 7", against: stored).matches)
    }

    @Test func `ten thousand other passwords are refused`() async throws {
        let stored = try await hasher.hash(goodPassword, email: nil)
        var seed = Seeded(state: 20_261_130)
        var wrong = [
            "", " ", "\0", "\0\0\0\0\0\0\0\0\0\0", goodPassword + "\0", goodPassword + "\0\0\0", "\0" + goodPassword, goodPassword + " ",
            " " + goodPassword,
            goodPassword.uppercased(), String(goodPassword.dropLast()), goodPassword + goodPassword, "tide tables 1907\u{200B}",
            "tide\u{A0}tables 1907", "tide tables １９０７", "ｔide tables 1907", "tide tables 19\u{660}7", "tіde tables 1907", stored, "null",
            "undefined", "' OR 1=1 --------", String(repeating: "a", count: 257), String(repeating: "a", count: 1_000_000),
        ]
        let alphabet = Array("abcdefghij tide tables 1907\0éﬁ１²".unicodeScalars)
        while wrong.count < 10_000 {
            let length = Int.random(in: 0...24, using: &seed)
            var text = String.UnicodeScalarView()
            for _ in 0..<length { text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &seed)]) }
            if String(text) != goodPassword { wrong.append(String(text)) }
        }
        var accepted: [String] = []
        for password in wrong where try await hasher.verify(password, against: stored).matches { accepted.append(password) }
        #expect(accepted.isEmpty)
        #expect(try await hasher.verify(goodPassword, against: stored).matches)
    }

    @Test func `without an account, or with an unreadable hash, nothing is let in`() async throws {
        let good = try await hasher.hash(goodPassword, email: nil)
        for stored in [
            nil, "", "$", goodPassword, "$scrypt$ln=2,r=1,p=1$$", "$scrypt$ln=63,r=1,p=1" + good.dropFirst("$scrypt$ln=2,r=1,p=1".count),
            "$scrypt$ln=2,r=1,p=1,x=1" + good.dropFirst("$scrypt$ln=2,r=1,p=1".count), String(good.dropLast(4)),
            "$2b$12$abcdefghijklmnopqrstuv",
        ] {
            #expect(try await !hasher.verify(goodPassword, against: stored).matches, "\(stored ?? "nil")")
            #expect(try await !hasher.verify("", against: stored).matches)
            #expect(try await !hasher.verify("not a password", against: stored).matches)
        }
    }

    @Test func `two hashes of one password differ, and name their cost`() async throws {
        let first = try await hasher.hash(goodPassword, email: nil)
        let second = try await hasher.hash(goodPassword, email: nil)
        #expect(first != second)
        #expect(first.hasPrefix("$scrypt$ln=2,r=1,p=1$"))
        #expect(PasswordHasher.Cost.recommended == PasswordHasher.Cost(logN: 17, r: 8, p: 1))
    }

    @Test func `the cost of the product works`() async throws {
        let hasher = PasswordHasher()
        let stored = try await hasher.hash(goodPassword, email: nil)
        #expect(stored.hasPrefix("$scrypt$ln=17,r=8,p=1$"))
        #expect(try await hasher.verify(goodPassword, against: stored).matches)
    }

    @Test func `a hash of an older cost still works, and is renewed`() async throws {
        let stored = try await hasher.hash(goodPassword, email: nil)
        let dearer = PasswordHasher(cost: .init(logN: 3, r: 2, p: 1))
        let verdict = try await dearer.verify(goodPassword, against: stored)
        let renewed = try #require(verdict.renewed)
        #expect(verdict.matches && renewed.hasPrefix("$scrypt$ln=3,r=2,p=1$"))
        let again = try await dearer.verify(goodPassword, against: renewed)
        #expect(again.matches && again.renewed == nil)
        let wrong = try await dearer.verify("tide tables 1908", against: stored)
        #expect(!wrong.matches && wrong.renewed == nil)
    }

    @Test(arguments: [
        ("short 1907", nil as PasswordFault?), ("short 190", .tooShort(least: 10)), ("", .tooShort(least: 10)),
        (String(repeating: "tide ", count: 51) + "a", nil), (String(repeating: "tide ", count: 51) + "ab", .tooLong(most: 256)),
        (String(repeating: "e\u{301}", count: 100_000), .tooLong(most: 256)), ("1234567890", .common), ("0123456789", .monotonous),
        ("abcdefghijkl", .monotonous),
        ("aaaaaaaaaaaaa", .monotonous), ("ababababababab", .monotonous), ("Password2026!", .common), ("qwertyuiop", .common),
        ("  Quay, side!  ", nil), ("MARA@quayside.example", .likeAddress), ("пароль-причал", nil),
    ])
    func `a new password is long enough, not too long, and not one that is tried first`(password: String, fault: PasswordFault?)
        async throws
    {
        if let fault {
            await #expect(throws: AccessError.weakPassword(fault)) { try await hasher.hash(password, email: "mara@quayside.example") }
        } else {
            _ = try await hasher.hash(password, email: "mara@quayside.example")
        }
    }
}
