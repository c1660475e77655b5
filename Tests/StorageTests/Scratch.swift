import Foundation
import Storage

/// A data directory of one test, removed at its end.
struct Scratch {
    let folder: String

    static let notes = Migration("test-1", "CREATE TABLE note(workspace TEXT NOT NULL, id INTEGER PRIMARY KEY, text TEXT UNIQUE) STRICT;")

    func store(_ migrations: [Migration] = [notes]) throws -> Store { try Store(folder: folder, migrations: migrations) }
}

let quayside = WorkspaceID("quayside")
let harbour = WorkspaceID("harbour")
let noon = Timestamp(milliseconds: 1_796_040_000_000)

/// Runs `body` with a fresh data directory.
func withScratch(_ body: (Scratch) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/baton-storage-" + UUID().uuidString
    // Nothing to remove where the test never got so far.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(Scratch(folder: folder))
}

/// Runs `body` with an open store that knows two workspaces.
func withStore(_ body: (Store) async throws -> Void) async throws {
    try await withScratch { scratch in
        let store = try scratch.store()
        try await store.write { transaction in
            _ = try transaction.ensureWorkspace(quayside, name: "Quayside", at: noon)
            _ = try transaction.ensureWorkspace(harbour, name: "Harbour", at: noon)
        }
        try await body(store)
        await store.close()
    }
}

extension Store {
    func note(_ text: String) async throws {
        try await write { try $0.run("INSERT INTO note(workspace, text) VALUES ($1, $2)", quayside, text) }
    }

    func notes() async throws -> [String] {
        try await read { try $0.rows("SELECT text FROM note WHERE workspace = $1 ORDER BY id", quayside).map { try $0[0] } }
    }
}

struct Mishap: Error {}
