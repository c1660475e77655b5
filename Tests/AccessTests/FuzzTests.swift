import Support
import Testing

@testable import Access

/// Credentials are texts that anybody may send.
@Suite struct FuzzTests {
    @Test func `a credential of any kind is somebody's or nobody's, and never one that was changed`() async throws {
        try await withWorld { world in
            let key = try await world.write { access, transaction in
                try access.makeKey(
                    name: "all", permissions: Set(Permission.allCases), expiresAt: nil, of: quayside, by: .console(of: quayside),
                    in: transaction
                ).text
            }
            let texts = [key, SecretText.make(.customerToken), SecretText.make(.invitation), String(repeating: "a", count: 43), ""]
            let inputs = Fuzzer(texts).inputs(share: 4).map { String(decoding: $0, as: UTF8.self) }
            try await world.read { access, snapshot in
                for text in inputs {
                    let admission = try access.caller(forBearer: text, in: snapshot)
                    #expect((admission != nil) == (text == key), "\(text)")
                    _ = try access.session(text, in: snapshot)
                }
            }
        }
    }

    @Test func `an address of any kind is counted and shown`() {
        Fuzzer(["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7", "fe80::1%eth0", "[::1]:80"]).runTexts { text in
            let address = ClientAddress(text)
            #expect(!address.counted.isEmpty && !address.shown.isEmpty)
        }
    }

    @Test func `an e-mail address that is taken stays the same when it is read again`() {
        Fuzzer(["mara@quayside.example", "Ünïcode@exämple.example", " a@b "]).runTexts { text in
            if let email = EmailText.normalised(text) { #expect(EmailText.normalised(email) == email) }
        }
    }
}
