import Access
import Foundation
import Storage
import Support
import Testing

@testable import Baton

/// Keys and teammates from the command line, and what it leaves behind.
struct AccessCommandTests {
    private struct Place {
        let folder: TemporaryFolder
        let config: String

        init(_ config: String = Project.path("Config")) throws {
            folder = try TemporaryFolder()
            self.config = config
        }

        @discardableResult
        func baton(_ arguments: [String], input: String? = nil, status: Int32 = 0, at place: SourceLocation = #_sourceLocation) async throws
            -> Program.Run
        {
            let variables = ["BATON_DATA": folder.file("data"), "BATON_CONFIG": config, "BATON_PROMPTS": Project.path("Prompts")]
            let run = try await Program("baton", environment: variables).run(arguments, input: input)
            #expect(run.status == status, "\(arguments): \(run.output)\(run.talk)", sourceLocation: place)
            return run
        }

        func list(_ arguments: [String]) async throws -> [[String: Any]] {
            let run = try await baton(arguments + ["--json"])
            return try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
        }

        /// The same directory as a service would read it.
        func read<T: Sendable>(_ body: @escaping @Sendable (AccessControl, Snapshot) throws -> T) async throws -> T {
            let store = try Store(folder: folder.file("data"), migrations: Installation.migrations)
            let result = try await store.read { try body(AccessControl(clock: .system), $0) }
            await store.close()
            return result
        }
    }

    @Test func `a key is shown once, works, is listed without its secret, and ends when it is revoked`() async throws {
        let place = try Place()
        let text = try await place.baton(["key", "create", "--name", "crm", "--scope", "usage:read", "--scope", "rules:read"]).output
            .trimmingCharacters(in: .newlines)
        let caller = try #require(try await place.read { try $0.caller(forBearer: text, in: $1) }).caller
        #expect(caller.permissions == [.usageRead, .rulesRead] && caller.workspace == WorkspaceID("quayside"))
        let id = try #require(caller.credential)
        let json = try await place.baton(["key", "list", "--json"]).output
        let table = try await place.baton(["key", "list"]).output
        #expect(json.contains(id) && table.contains(id) && table.contains("works"))
        #expect(!json.contains(text.suffix(38)) && !table.contains(text.suffix(38)))
        try await place.baton(["key", "revoke", id])
        #expect(try await place.read { try $0.caller(forBearer: text, in: $1) } == nil)
        #expect(try await place.baton(["key", "list"]).output.contains("revoked"))
        try await place.baton(["key", "revoke", "nobody"], status: 5)
        place.folder.close()
    }

    @Test func `a key with a mistake in it is not made`() async throws {
        let place = try Place()
        let run = try await place.baton(["key", "create", "--name", "crm", "--scope", "usage:raed"], status: 2)
        #expect(run.talk.contains("usage:read"))
        try await place.baton(["key", "create", "--name", " ", "--scope", "usage:read"], status: 2)
        try await place.baton(["key", "create", "--name", "crm", "--scope", "usage:read", "--expires-on", "2020-01-01"], status: 2)
        try await place.baton(["key", "create", "--name", "crm", "--scope", "usage:read", "--expires-on", "tomorrow"], status: 2)
        #expect(try await place.list(["key", "list"]).isEmpty)
        place.folder.close()
    }

    @Test func `a teammate gets a password and a role, is shut out and let in again`() async throws {
        let place = try Place()
        let before = try await place.list(["teammate", "list"])
        let roles = Dictionary(uniqueKeysWithValues: before.map { ($0["id"] as? String ?? "", $0["role"] as? String ?? "") })
        #expect(roles == ["mara": "owner", "lena": "teammate", "jonas": "teammate", "edda": "teammate", "nuno": "teammate"])
        #expect(before.allSatisfy { $0["hasPassword"] as? Bool == false })

        try await place.baton(["teammate", "password", "edda"], input: "tide tables 1907\n")
        let short = try await place.baton(["teammate", "password", "edda"], input: "short\n", status: 2)
        #expect(short.talk.contains("at least 10"))
        try await place.baton(["teammate", "password", "edda"], input: "", status: 2)
        try await place.baton(["teammate", "password", "nobody"], input: "tide tables 1907\n", status: 5)
        try await place.baton(["teammate", "role", "edda", "finance"])
        try await place.baton(["teammate", "role", "edda", "king"], status: 2)
        try await place.baton(["teammate", "role", "mara", "teammate"], status: 7)
        try await place.baton(["teammate", "suspend", "edda"])
        try await place.baton(["teammate", "suspend", "mara"], status: 7)
        func edda() async throws -> Account { try await place.read { try $0.account("edda", of: WorkspaceID("quayside"), in: $1) } }
        let suspended = try await edda()
        #expect(suspended.isSuspended && suspended.role == .finance && suspended.hasPassword)
        try await place.baton(["teammate", "restore", "edda"])
        #expect(try await !edda().isSuspended)
        let hash = try await place.read { try $0.passwordHash(of: "edda", of: WorkspaceID("quayside"), in: $1) }
        #expect(try await PasswordHasher().verify("tide tables 1907", against: hash).matches)
        place.folder.close()
    }

    @Test func `an invitation made here opens the account`() async throws {
        let place = try Place()
        let run = try await place.baton(["teammate", "invite", "jonas"])
        let token = run.output.trimmingCharacters(in: .newlines).replacingOccurrences(of: "/invitation#", with: "")
        #expect(try await place.read { try $0.invited(by: token, in: $1) }.teammate == "jonas")
        try await place.baton(["teammate", "invite", "nobody"], status: 5)
        place.folder.close()
    }

    @Test(arguments: [
        ("role: owner", "role: king", "king"), ("email: mara@quayside.example", "email: mara", "no e-mail address"),
        ("email: lena@quayside.example", "email: Mara@quayside.example", "'mara' has this address already"),
        ("email: mara@quayside.example,", "", "add an email"),
    ])
    func `a mistake in who signs in is told with its line`(right: String, wrong: String, said: String) async throws {
        let config = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: Project.path("Config/quayside"), toPath: config.file("quayside"))
        let text = try String(contentsOfFile: config.file("quayside/workspace.yaml"), encoding: .utf8)
        #expect(text.contains(right))
        try config.write(text.replacingOccurrences(of: right, with: wrong), to: "quayside/workspace.yaml")
        let place = try Place(config.path)
        let run = try await place.baton(["teammate", "list"], status: 3)
        #expect(run.talk.contains("workspace.yaml:") && run.talk.contains(said), "\(run.talk)")
        place.folder.close()
        config.close()
    }
}
