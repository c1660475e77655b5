import Foundation
import Storage
import Testing

@Suite struct OpeningTests {
    @Test func `a data directory belongs to one store at a time`() async throws {
        try await withScratch { scratch in
            let store = try scratch.store()
            #expect(throws: StorageError.alreadyInUse(folder: scratch.folder, pid: getpid())) { try scratch.store() }
            await store.close()
            let next = try scratch.store()
            await next.close()
        }
    }

    @Test func `two data directories do not meet`() async throws {
        try await withScratch { one in
            try await withScratch { other in
                let stores = (try one.store(), try other.store())
                try await stores.0.note("here")
                #expect(try await stores.1.notes() == [])
                await stores.0.close()
                await stores.1.close()
            }
        }
    }

    @Test func `a directory that cannot be made is refused with its name`() async throws {
        let folder = "/dev/null/baton"
        #expect(throws: StorageError.folderUnusable(folder: folder, why: "it cannot be created")) {
            try Store(folder: folder, migrations: [])
        }
    }

    @Test func `a file that is no database is refused and left as it was`() async throws {
        try await withScratch { scratch in
            try FileManager.default.createDirectory(atPath: scratch.folder, withIntermediateDirectories: true)
            let file = scratch.folder + "/baton.sqlite"
            let bytes = Data(repeating: 7, count: 8192)
            try bytes.write(to: URL(fileURLWithPath: file))
            #expect(throws: StorageError.self) { try scratch.store() }
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == bytes)
            // The lock went with the refusal.
            try FileManager.default.removeItem(atPath: file)
            let store = try scratch.store()
            await store.close()
        }
    }

    @Test func `data outlive the store that wrote them`() async throws {
        try await withScratch { scratch in
            let first = try scratch.store()
            try await first.note("kept")
            await first.close()
            let second = try scratch.store()
            #expect(try await second.notes() == ["kept"])
            await second.close()
        }
    }

    @Test func `a migration is applied once and a further one later`() async throws {
        try await withScratch { scratch in
            let first = try scratch.store()
            try await first.note("old")
            await first.close()
            let further = Migration("test-2", "ALTER TABLE note ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm';")
            let second = try scratch.store([Scratch.notes, further])
            let mood: String? = try await second.read { try $0.row("SELECT mood FROM note WHERE text = 'old'")?[0] }
            #expect(mood == "calm")
            await second.close()
        }
    }

    @Test func `a migration that was edited after it was applied is refused`() async throws {
        try await withScratch { scratch in
            await (try scratch.store()).close()
            let edited = Migration("test-1", "CREATE TABLE note(workspace TEXT, id INTEGER PRIMARY KEY) STRICT;")
            #expect(throws: StorageError.migrationChanged(migration: "test-1")) { try scratch.store([edited]) }
        }
    }

    @Test func `data of a newer version are refused`() async throws {
        try await withScratch { scratch in
            await (try scratch.store()).close()
            #expect(throws: StorageError.newerSchema(migration: "test-1")) { try scratch.store([]) }
        }
    }

    @Test func `a migration that fails leaves the schema as it was`() async throws {
        try await withScratch { scratch in
            let first = try scratch.store()
            try await first.note("kept")
            await first.close()
            let broken = Migration("test-2", "ALTER TABLE note ADD COLUMN a TEXT; ALTER TABLE nowhere ADD COLUMN b TEXT;")
            #expect(throws: StorageError.self) { try scratch.store([Scratch.notes, broken]) }
            let again = try scratch.store()
            #expect(try await again.notes() == ["kept"])
            let columns = try await again.read { try $0.rows("SELECT name FROM pragma_table_info('note')").count }
            #expect(columns == 3)
            await again.close()
        }
    }

    @Test func `a workspace is new once`() async throws {
        try await withStore { store in
            let again = try await store.write { try $0.ensureWorkspace(quayside, name: "Quayside Ltd", at: noon) }
            let fresh = try await store.write { try $0.ensureWorkspace(WorkspaceID("pier"), name: "Pier", at: noon) }
            #expect(!again)
            #expect(fresh)
            let name: String? = try await store.read { try $0.row("SELECT name FROM workspace WHERE id = $1", quayside)?[0] }
            #expect(name == "Quayside Ltd")
        }
    }
}
