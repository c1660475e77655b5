import Access
import Foundation
import Storage
import Support
import Testing

@Suite struct AuditTests {
    @Test func `whatever changes access leaves a line that names who and whom`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            let mara = try #require(try await world.signIn("mara@quayside.example", goodPassword).session).admission.caller
            _ = try await world.signIn("mara@quayside.example", "wrong wrong wrong")
            _ = try await world.write { access, transaction in
                let key = try access.makeKey(
                    name: "storm", permissions: [.usageRead], expiresAt: nil, of: quayside, by: mara, in: transaction)
                try access.revokeKey(key.id, of: quayside, by: mara, in: transaction)
                _ = try access.setRole(of: "edda", to: .prompts, of: quayside, by: mara, in: transaction)
                _ = try access.invite("edda", of: quayside, by: mara, in: transaction)
                _ = try access.setSuspended(true, "edda", of: quayside, by: mara, in: transaction)
                _ = try access.endAllSessions(of: "mara", of: quayside, by: mara, in: transaction)
            }
            let lines = try await world.audit()
            let told = lines.reversed().filter { $0.actor == "teammate:mara" }.map(\.event)
            #expect(
                told == [
                    "session.opened", "key.made", "key.revoked", "account.role", "invitation.made", "account.suspended",
                    "session.all_ended",
                ])
            #expect(lines.contains { $0.event == "sign_in.failed" && $0.actor == "anonymous" && $0.subject == "mara" })
            #expect(lines.first { $0.event == "account.role" }?.details == ["role": "prompts"])
            #expect(try await world.read { try $0.audit(of: harbour, limit: 1000, in: $1) }.map(\.event) == ["account.made"])
        }
    }

    @Test func `a line is never changed or removed`() async throws {
        try await withWorld { world in
            let before = try await world.audit()
            await #expect(throws: StorageError.self) {
                try await world.store.write { try $0.run("UPDATE audit SET actor = 'x' WHERE workspace = $1", quayside) }
            }
            await #expect(throws: StorageError.self) {
                try await world.store.write { try $0.run("DELETE FROM audit WHERE workspace = $1", quayside) }
            }
            #expect(try await world.audit() == before && !before.isEmpty)
        }
    }

    @Test func `a line holds codes, whatever came in a path`() async throws {
        try await withWorld { world in
            try await world.write {
                try $0.record(
                    "authz.denied", by: "anonymous", of: quayside,
                    subject: "conv_1\n\u{1B}[31m ERROR " + String(repeating: "x", count: 500),
                    ["route": "GET /v1/x<script>"], in: $1)
            }
            let line = try #require(try await world.audit().first)
            #expect(line.subject.hasPrefix("conv_1???31m?ERROR?xxx") && line.subject.utf8.count == 200)
            #expect(line.details == ["route": "GET?/v1/x?script?"])
        }
    }

    @Test func `pages of the log meet without a gap`() async throws {
        try await withWorld { world in
            for _ in 0..<5 { _ = try await world.makeKey([.usageRead]) }
            let all = try await world.audit()
            var pages: [AuditEntry] = []
            while true {
                let before = pages.last?.sequence
                let page = try await world.read { try $0.audit(of: quayside, limit: 2, before: before, in: $1) }
                if page.isEmpty { break }
                pages += page
            }
            #expect(pages == all && all.count >= 8)
        }
    }

    @Test func `no secret stands in the data directory`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            let session = try #require(try await world.signIn("mara@quayside.example", goodPassword).session)
            let key = try await world.makeKey([.usageRead])
            let (token, invitation) = try await world.write {
                (
                    try $0.makeCustomerToken(customer: "cust_ines", conversation: "conv_1", of: quayside, in: $1),
                    try $0.invite("edda", of: quayside, by: .console(of: quayside), in: $1).token
                )
            }
            await world.store.close()
            let secrets = [
                goodPassword, session.cookie, session.deviceCookie, try #require(session.admission.csrf), key.text,
                String(key.text.suffix(38)), token,
                invitation,
            ]
            var bytes = Data()
            for file in try FileManager.default.contentsOfDirectory(atPath: world.folder.path) {
                bytes += FileManager.default.contents(atPath: world.folder.file(file)) ?? Data()
            }
            #expect(bytes.range(of: Data(key.id.utf8)) != nil)
            for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil) }
        }
    }

    @Test func `sweeping removes what has expired and leaves keys and the log`() async throws {
        try await withWorld { world in
            let session = try await world.session(of: "mara")
            let key = try await world.makeKey([.usageRead])
            _ = try await world.signIn("mara@quayside.example", "wrong wrong wrong")
            _ = try await world.write { try $0.invite("edda", of: quayside, by: .console(of: quayside), in: $1) }
            _ = try await world.write { try $0.makeCustomerToken(customer: "cust_ines", conversation: "conv_1", of: quayside, in: $1) }
            try await world.write { try $0.sweep(in: $1) }
            #expect(try await world.admission(cookie: session.cookie) != nil)
            func counts() async throws -> [Int] {
                try await world.store.read { snapshot in
                    let row = try snapshot.row(
                        """
                        SELECT (SELECT COUNT(*) FROM session), (SELECT COUNT(*) FROM device), (SELECT COUNT(*) FROM invitation),
                            (SELECT COUNT(*) FROM customer_token), (SELECT COUNT(*) FROM sign_in_attempt), (SELECT COUNT(*) FROM api_key)
                        """)
                    return try (0..<6).map { try row?[$0] ?? -1 }
                }
            }
            #expect(try await counts() == [1, 1, 1, 1, 1, 1])
            let lines = try await world.audit().count
            world.clock.advance(milliseconds: 91 * 24 * hour)
            try await world.write { try $0.sweep(in: $1) }
            #expect(try await counts() == [0, 0, 0, 0, 0, 1])
            #expect(try await world.audit().count == lines)
            #expect(try await world.admission(key: key.text) != nil)
        }
    }
}
