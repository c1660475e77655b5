import Assistant
import Foundation
import Inbox
import Metering
import Retrieval
import Storage
import Support
import Testing

@testable import Baton

/// Data that any earlier version wrote open in this one, with everything in them.
struct UpgradeTests {
    private static let versions = Array(0...Installation.migrations.count)
    private let noon = Timestamp(milliseconds: 1_796_040_000_000)
    private let quayside = WorkspaceID("quayside")

    /// Fills what the rooms can fill in a schema that may be older than they are. What it cannot yet hold is left out.
    private func fill(_ store: Store) async throws -> [String: Int] {
        let (noon, quayside) = (noon, quayside)
        let clock = Clock { noon }
        let inbox = Inbox(of: quayside)
        try await store.write { transaction in
            _ = try transaction.ensureWorkspace(quayside, name: "Quayside", at: noon)
            try transaction.emit("workspace.opened", of: "quayside", in: quayside, at: noon)
        }
        let works: [@Sendable (Transaction) throws -> Void] = [
            { try inbox.saveTeammate(TeammateID("mara"), name: "Mara", capacity: 3, skills: ["general"], at: noon, in: $0) },
            { try inbox.save(Team(id: TeamID("care"), name: "Care", isDefault: true, members: [TeammateID("mara")]), at: noon, in: $0) },
            { transaction in
                let customer = try inbox.newCustomer(at: noon, in: transaction)
                let conversation = try inbox.open(for: customer.id, assistant: "help", at: noon, in: transaction)
                _ = try inbox.receive(
                    "Where is my money?", from: customer.id, in: conversation.id, key: nil, patience: 1000, stillWaiting: "Still.",
                    at: noon, in: transaction)
            },
            { transaction in
                let meter = Meter(clock: clock)
                try meter.openAccount(
                    for: quayside, currency: "USD", grant: Money("50"), expires: noon.adding(milliseconds: 1_000_000), in: transaction)
            },
        ]
        for work in works {
            do { try await store.write(work) } catch let error as StorageError {
                guard case .database = error else { throw error }  // there is no such table or column yet
            }
        }
        do {
            let library = try await Library(store: store, clock: clock)
            _ = try await library.ingest(
                DocumentSource(
                    documents: [SourceDocument(id: "d1", title: "Opening", text: "The harbour opens at seven.")], origin: "test"),
                into: Collection(workspace: quayside, name: "help"))
        } catch is StorageError {
            // The library's tables are not there yet.
        }
        return try await store.read { try $0.rowCounts() }
    }

    private func schema(_ store: Store) async throws -> [String] {
        try await store.read { snapshot in
            try snapshot.rows("SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master ORDER BY 1").map {
                try $0[0] as String
            }
        }
    }

    /// Codes for a first owner, which no command ever made.
    private static let removed: Set = ["setup_code"]

    @Test(arguments: versions)
    func `data of an earlier version open whole`(_ version: Int) async throws {
        let folder = try TemporaryFolder()
        let fresh = try Store(folder: folder.file("fresh"), migrations: Installation.migrations)
        let wanted = try await schema(fresh)
        await fresh.close()

        let old = try Store(folder: folder.file("data"), migrations: Array(Installation.migrations.prefix(version)))
        let before = try await fill(old)
        await old.close()
        let new = try Store(folder: folder.file("data"), migrations: Installation.migrations)
        let after = try await new.read { try $0.rowCounts() }
        for (table, count) in before where table != "migration" {
            // A table is only removed if nothing ever wrote into it.
            #expect(after[table] == (Self.removed.contains(table) && count == 0 ? nil : count), "\(table)")
        }
        #expect(try await schema(new) == wanted)
        #expect(try await new.read { try $0.integrityFindings() } == [])
        // What could not be filled before can be now.
        let filled = try await fill(new)
        #expect(
            (filled["message"] ?? 0) > 0 && (filled["chunk"] ?? 0) + (filled["document"] ?? 0) > 0 && (filled["journal"] ?? 0) > 0,
            "\(filled)")
        let clock = Clock { noon }
        let audit = try await new.read { try Audit(Meter(clock: clock), in: $0) }
        #expect(audit.isSound, "\(audit.findings)")
        await new.close()
        folder.close()
    }

    @Test func `a process that is killed in the middle of an upgrade leaves the old schema whole`() async throws {
        for name in Installation.migrations.map(\.name) {
            let folder = try TemporaryFolder()
            let names = Installation.migrations.map(\.name)
            let known = names.firstIndex(of: name) ?? 0
            let old = try Store(folder: folder.file("data"), migrations: Array(Installation.migrations.prefix(known)))
            let before = try await fill(old)
            let schema = try await schema(old)
            await old.close()
            let places = [
                "BATON_DATA": folder.file("data"), "BATON_CONFIG": Project.path("Config"), "BATON_PROMPTS": Project.path("Prompts"),
            ]
            let dying = try Program("baton", environment: places.merging(["BATON_DIE_AT": name]) { $1 })
            let run = try await dying.run(["credit"])
            #expect(run.wasKilled && run.status == SIGKILL, "\(name): \(run)")
            let again = try Store(folder: folder.file("data"), migrations: Array(Installation.migrations.prefix(known)))
            #expect(try await again.read { try $0.rowCounts() } == before, "\(name)")
            #expect(try await self.schema(again) == schema, "\(name)")
            await again.close()
            #expect(try await Program("baton", environment: places).run(["credit"]).status == 0)
            folder.close()
        }
    }
}
