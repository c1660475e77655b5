import NIOConcurrencyHelpers
import Storage
import Support
import Testing

@testable import Access

/// That time tells nothing, by counting the work: how many bytes are looked at, how many passwords are computed. How long it takes is measured by `Scripts/bench secrets`.
@Suite struct SameWorkTests {
    /// Bytes that count how often one is looked at.
    private struct Watched: Collection {
        final class Count { var looks = 0 }

        let bytes: [UInt8]
        let count: Int
        let looked: Count
        var startIndex: Int { 0 }
        var endIndex: Int { bytes.count }

        init(_ bytes: [UInt8], _ looked: Count) {
            self.bytes = bytes
            self.looked = looked
            count = bytes.count
        }

        func index(after index: Int) -> Int { index + 1 }

        subscript(index: Int) -> UInt8 {
            looked.looks += 1
            return bytes[index]
        }
    }

    @Test func `B6: comparing looks at every byte, wherever they differ`() {
        let kept = SecretText.hash("bat_live_0123456789")
        for position in 0..<kept.count {
            var presented = kept
            presented[position] ^= 0x10
            let looked = (Watched.Count(), Watched.Count())
            #expect(!ConstantTime.looksAtAll(Watched(presented, looked.0), Watched(kept, looked.1)))
            #expect(looked.0.looks == kept.count && looked.1.looks == kept.count, "at \(position)")
        }
        let looked = Watched.Count()
        #expect(ConstantTime.looksAtAll(Watched(kept, looked), kept) && looked.looks == kept.count)
        // The way that Swift compares by itself stops at the first difference: the count would have shown it.
        let early = Watched.Count()
        #expect(!Watched([1] + kept.dropFirst(), early).elementsEqual(kept) && early.looks == 1)
    }

    @Test func `B6: what is kept of a key is found by its public name and is a hash, never a part of the key`() async throws {
        try await withWorld { world in
            let key = try await world.makeKey([.usageRead])
            let kept: [UInt8] = try #require(try await world.read { access, snapshot in try access.keyRow(key.id, in: snapshot)?[7] })
            #expect(kept == SecretText.hash(key.text) && kept.count == 32)
            #expect(try await world.admission(key: key.text) != nil)
            // Another secret with the same public name and a good checksum comes as far as the comparison, and no further.
            let body = key.text.dropLast(SecretText.checksumDigits)
            let last = body.last == "x" ? "y" : "x"
            let other = body.dropLast() + last
            let forged = other + SecretText.checksum(of: String(other))
            #expect(KeyText(String(forged))?.id == key.id)
            #expect(try await world.admission(key: String(forged)) == nil)
        }
    }

    @Test func `B12: whoever signs in costs one computed password: unknown, wrong, suspended, without one, or right`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            try await world.setPassword(of: "jonas")
            try await world.suspend("jonas")
            let computed = NIOLockedValueBox(0)
            let hasher = PasswordHasher(cost: .init(logN: 2, r: 1, p: 1)) { computed.withLockedValue { $0 += 1 } }
            let stored = try await hasher.hash(goodPassword, email: nil)
            _ = try await world.write { try $0.setPassword(stored, of: "mara", of: quayside, by: .console(of: quayside), in: $1) }
            func cost(_ email: String, _ password: String) async throws -> Int {
                let step = try await world.write {
                    try $0.beginSignIn(email: email, address: here, device: nil, in: $1)
                }
                guard case .proceed(let attempt) = step else { return -1 }
                computed.withLockedValue { $0 = 0 }
                _ = try await hasher.verify(password, against: attempt.passwordHash)
                return computed.withLockedValue { $0 }
            }
            for (email, password) in [
                ("mara@quayside.example", goodPassword), ("mara@quayside.example", "tide tables 1908"), ("mara@quayside.example", ""),
                ("mara@quayside.example", String(repeating: "x", count: 5_000)), ("nobody@quayside.example", goodPassword),
                ("no address at all", goodPassword), ("jonas@quayside.example", goodPassword), ("edda@quayside.example", goodPassword),
            ] {
                #expect(try await cost(email, password) == 1, "\(email)")
            }
            // One that was stored at another cost is computed anew when it was right, and only then.
            let dearer = PasswordHasher(cost: .init(logN: 3, r: 1, p: 1)) { computed.withLockedValue { $0 += 1 } }
            computed.withLockedValue { $0 = 0 }
            #expect(try await dearer.verify("tide tables 1908", against: stored).renewed == nil)
            #expect(computed.withLockedValue { $0 } == 1)
            #expect(try await dearer.verify(goodPassword, against: stored).renewed != nil)
            #expect(computed.withLockedValue { $0 } == 3)
        }
    }
}
