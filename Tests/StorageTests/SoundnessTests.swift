import Foundation
import Storage
import Testing

/// Files that are no longer what they were: the store says so, and leaves them for whoever wants to look.
@Suite struct SoundnessTests {
    /// A directory with some rows, everything folded into the one file.
    private func filled(_ scratch: Scratch) async throws -> String {
        let store = try scratch.store()
        try await store.write { _ = try $0.ensureWorkspace(quayside, name: "Quayside", at: noon) }
        for number in 0..<400 { try await store.note("\(number) " + String(repeating: "text ", count: 40)) }
        await store.close()
        return scratch.folder + "/baton.sqlite"
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    private func refuses(_ scratch: Scratch, _ path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let before = try bytes(path)
        do {
            _ = try scratch.store()
            Issue.record("it was opened", sourceLocation: sourceLocation)
        } catch let error as StorageError {
            #expect("\(error)".contains("baton restore"), "\(error)", sourceLocation: sourceLocation)
        }
        #expect(try bytes(path) == before, "the file was changed", sourceLocation: sourceLocation)
    }

    @Test(arguments: [0, 1, 2, 7, 16, 24])
    func `a damaged page is found at the start`(_ page: Int) async throws {
        try await withScratch { scratch in
            let path = try await filled(scratch)
            var content = try bytes(path)
            #expect(content.count > 25 * 4096)
            content.replaceSubrange(page * 4096..<(page + 1) * 4096, with: Data(repeating: 0xA5, count: 4096))
            try content.write(to: URL(fileURLWithPath: path))
            try refuses(scratch, path)
        }
    }

    @Test func `a file that was cut is found at the start`() async throws {
        try await withScratch { scratch in
            let path = try await filled(scratch)
            try bytes(path).prefix(5 * 4096).write(to: URL(fileURLWithPath: path))
            try refuses(scratch, path)
        }
    }

    @Test func `an empty file is no new database`() async throws {
        try await withScratch { scratch in
            let path = try await filled(scratch)
            try Data().write(to: URL(fileURLWithPath: path))
            try refuses(scratch, path)
        }
    }

    @Test func `somebody else's database is not written to`() async throws {
        try await withScratch { scratch in
            let path = try await filled(scratch)
            let other = scratch.folder + "/other"
            // A database of SQLite without a single table of ours: a copy of one whose tables were taken away.
            let store = try Store(folder: other, migrations: [])
            try await store.write { transaction in
                for table in ["outbox", "event", "idempotency", "workspace", "migration"] {
                    switch table {
                    case "outbox": try transaction.run("DROP TABLE outbox")
                    case "event": try transaction.run("DROP TABLE event")
                    case "idempotency": try transaction.run("DROP TABLE idempotency")
                    case "workspace": try transaction.run("DROP TABLE workspace")
                    default: try transaction.run("DROP TABLE migration")
                    }
                }
            }
            await store.close()
            try bytes(other + "/baton.sqlite").write(to: URL(fileURLWithPath: path))
            try refuses(scratch, path)
        }
    }

    @Test func `a newer schema and an edited one are refused before anything is written`() async throws {
        try await withScratch { scratch in
            let path = try await filled(scratch)
            let before = try bytes(path)
            #expect(throws: StorageError.newerSchema(migration: "test-1")) { try scratch.store([]) }
            let edited = Migration("test-1", "CREATE TABLE note(id INTEGER PRIMARY KEY) STRICT;")
            #expect(throws: StorageError.migrationChanged(migration: "test-1")) { try scratch.store([edited]) }
            #expect(try bytes(path) == before)
        }
    }

    @Test func `a log whose beginning is not a log's is refused, one that a power cut never synced is not`() async throws {
        try await withScratch { scratch in
            let path = try await filled(scratch)
            try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path + "-wal"))
            try refuses(scratch, path)
            try Data(repeating: 0, count: 8192).write(to: URL(fileURLWithPath: path + "-wal"))
            let store = try scratch.store()
            #expect(try await store.notes().count == 400)
            await store.close()
        }
    }

    @Test func `a log without its database is not given a new one`() async throws {
        try await withScratch { scratch in
            let path = try await filled(scratch)
            try Data(repeating: 0x37, count: 4096).write(to: URL(fileURLWithPath: path + "-wal"))
            try FileManager.default.removeItem(atPath: path)
            #expect(throws: StorageError.self) { try scratch.store() }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a log that was cut anywhere gives whole transactions, in order, and nothing else`() async throws {
        try await withScratch { scratch in
            let store = try scratch.store()
            try await store.write { _ = try $0.ensureWorkspace(quayside, name: "Quayside", at: noon) }
            // Two rows each, so that half a transaction would be seen.
            for number in 0..<40 {
                try await store.write { transaction in
                    for half in ["a", "b"] {
                        try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, $2)", quayside, "\(number)\(half)")
                    }
                }
            }
            // What a kill would leave: the files as they are now.
            let (database, log) = (try bytes(scratch.folder + "/baton.sqlite"), try bytes(scratch.folder + "/baton.sqlite-wal"))
            await store.close()
            var counts: [Int] = []
            for share in 0...12 {
                let image = scratch.folder + "/image-\(share)"
                try FileManager.default.createDirectory(atPath: image, withIntermediateDirectories: true)
                try database.write(to: URL(fileURLWithPath: image + "/baton.sqlite"))
                try log.prefix(log.count * share / 12).write(to: URL(fileURLWithPath: image + "/baton.sqlite-wal"))
                let later = try Store(folder: image, migrations: [Scratch.notes])
                let notes = try await later.notes()
                #expect(notes.count % 2 == 0)
                #expect(notes == (0..<notes.count / 2).flatMap { ["\($0)a", "\($0)b"] })
                #expect(try await later.read { try $0.integrityFindings() } == [])
                await later.close()
                counts.append(notes.count)
            }
            #expect(counts == counts.sorted() && counts.last == 80 && counts[0] < 80)
        }
    }

    @Test func `a process that dies while it creates the database leaves nothing that stands in the way`() async throws {
        try await withScratch { scratch in
            try FileManager.default.createDirectory(atPath: scratch.folder, withIntermediateDirectories: true)
            try Data(repeating: 1, count: 100).write(to: URL(fileURLWithPath: scratch.folder + "/baton.sqlite.new"))
            let store = try scratch.store()
            try await store.note("first")
            await store.close()
            #expect(!FileManager.default.fileExists(atPath: scratch.folder + "/baton.sqlite.new"))
        }
    }
}
