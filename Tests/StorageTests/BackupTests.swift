import Foundation
import Storage
import Testing

@Suite struct BackupTests {
    private func restore(_ file: String, to folder: String) throws -> [String] {
        try Restoring.restore(file, to: folder, migrations: [Scratch.notes]) { _ in }
    }

    @Test func `a copy made while others write is of one moment, and the writers do not wait for it`() async throws {
        try await withStore { store in
            let copies = 6
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Always two rows at once: half a unit would be an odd number.
                group.addTask {
                    for number in 0..<600 {
                        try await store.write { transaction in
                            for half in ["a", "b"] {
                                try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, $2)", quayside, "\(number)\(half)")
                            }
                            try transaction.emit("note.written", of: "\(number)", in: quayside, at: noon)
                        }
                    }
                }
                group.addTask {
                    for number in 0..<copies { try await store.backup(to: store.folder + "/copy-\(number)") }
                }
                try await group.waitForAll()
            }
            var before = 0
            for number in 0..<copies {
                let copy = try StoredCopy(store.folder + "/copy-\(number)")
                let (notes, events, faults, gaps) = try copy.read { snapshot in
                    let counts = try snapshot.rowCounts()
                    return (counts["note"] ?? 0, counts["event"] ?? 0, try snapshot.integrityFindings(), try EventLog.gaps(in: snapshot))
                }
                copy.close()
                #expect(notes % 2 == 0 && notes == 2 * events && notes >= before)
                #expect(faults.isEmpty && gaps.isEmpty)
                before = notes
            }
            #expect(try await store.notes().count == 1200)
        }
    }

    @Test func `what was copied comes back elsewhere, with the files beside it, and without the key unless asked`() async throws {
        try await withStore { store in
            try await store.note("kept")
            let files = FileManager.default
            try files.createDirectory(atPath: store.folder + "/attachments/ab", withIntermediateDirectories: true)
            #expect(files.createFile(atPath: store.folder + "/attachments/ab/abcd", contents: Data([1, 2, 3])))
            #expect(files.createFile(atPath: store.folder + "/secret", contents: Data(repeating: 9, count: 32)))
            let place = store.placeForBackup
            try await store.backup(to: place)
            await #expect(throws: StorageError.alreadyThere(path: place)) { try await store.backup(to: place) }
            try await withScratch { other in
                let names = try restore(place, to: other.folder)
                #expect(names == ["attachments"])
                let later = try other.store()
                #expect(try await later.notes() == ["kept"])
                #expect(try await later.read { try $0.rowCounts() } == store.read { try $0.rowCounts() })
                await later.close()
                #expect(files.contents(atPath: other.folder + "/attachments/ab/abcd") == Data([1, 2, 3]))
                #expect(!files.fileExists(atPath: other.folder + "/secret"))
                // Not over what is there.
                #expect(throws: StorageError.self) { try restore(place, to: other.folder) }
            }
            let withKey = store.folder + "/.backup-with"
            try await store.backup(to: withKey, withSecret: true)
            try await withScratch { other in
                let names = try restore(withKey, to: other.folder)
                #expect(names == ["attachments", "secret"])
                #expect(files.contents(atPath: other.folder + "/secret") == Data(repeating: 9, count: 32))
                let mode = try files.attributesOfItem(atPath: other.folder + "/secret")[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
        }
    }

    @Test func `a copy that is cancelled leaves no file`() async throws {
        try await withStore { store in
            let path = store.placeForBackup
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await store.backup(to: path)
            }
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a restore that was interrupted is begun anew, and until then nothing opens`() async throws {
        try await withStore { store in
            try await store.note("kept")
            let place = store.placeForBackup
            try await store.backup(to: place)
            try await withScratch { other in
                // As after a kill between moving the other files and the database.
                let files = FileManager.default
                try files.createDirectory(atPath: other.folder + "/.restoring", withIntermediateDirectories: true)
                try files.createDirectory(atPath: other.folder + "/attachments", withIntermediateDirectories: true)
                #expect(throws: StorageError.restoreUnfinished(folder: other.folder)) { try other.store() }
                let names = try restore(place, to: other.folder)
                #expect(names.isEmpty)
                #expect(!files.fileExists(atPath: other.folder + "/attachments"))
                // And after one at the very end.
                try files.createDirectory(atPath: other.folder + "/.restoring", withIntermediateDirectories: true)
                let later = try other.store()
                #expect(try await later.notes() == ["kept"])
                await later.close()
                #expect(!files.fileExists(atPath: other.folder + "/.restoring"))
            }
        }
    }

    @Test func `a key that was brought back first is kept, and another is not put over it`() async throws {
        try await withStore { store in
            let files = FileManager.default
            #expect(files.createFile(atPath: store.folder + "/secret", contents: Data(repeating: 9, count: 32)))
            let (plain, withKey) = (store.folder + "/.backup-1", store.folder + "/.backup-2")
            try await store.backup(to: plain)
            try await store.backup(to: withKey, withSecret: true)
            for (file, key, isWelcome) in [(plain, UInt8(1), true), (withKey, 9, true), (withKey, 1, false)] {
                try await withScratch { other in
                    try files.createDirectory(atPath: other.folder, withIntermediateDirectories: true)
                    #expect(files.createFile(atPath: other.folder + "/secret", contents: Data(repeating: key, count: 32)))
                    if isWelcome {
                        _ = try restore(file, to: other.folder)
                    } else {
                        #expect(throws: StorageError.alreadyThere(path: other.folder + "/secret")) { try restore(file, to: other.folder) }
                    }
                    #expect(files.contents(atPath: other.folder + "/secret") == Data(repeating: key, count: 32))
                }
            }
        }
    }

    @Test func `what is no sound backup is not restored, and the directory stays empty`() async throws {
        try await withStore { store in
            let place = store.placeForBackup
            try await store.backup(to: place)
            let content = try Data(contentsOf: URL(fileURLWithPath: place))
            for (name, bytes) in [("text", Data("no database".utf8)), ("cut", Data(content.prefix(4096 * 3))), ("empty", Data())] {
                try await withScratch { other in
                    let file = store.folder + "/" + name
                    try bytes.write(to: URL(fileURLWithPath: file))
                    #expect(throws: (any Error).self, "\(name)") { try restore(file, to: other.folder) }
                    let left = try FileManager.default.contentsOfDirectory(atPath: other.folder)
                    #expect(left == ["lock"], "\(name)")
                }
            }
            try await withScratch { other in
                #expect(throws: StorageError.newerSchema(migration: "test-1")) {
                    try Restoring.restore(place, to: other.folder, migrations: []) { _ in }
                }
                #expect(throws: Mishap.self) {
                    try Restoring.restore(place, to: other.folder, migrations: [Scratch.notes]) { _ in throw Mishap() }
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: other.folder)
                #expect(left == ["lock"])
            }
        }
    }

    @Test func `a backup that names files outside the directory is refused`() async throws {
        try await withStore { store in
            try await store.write { transaction in
                try transaction.run("CREATE TABLE backup_file(path TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT")
                try transaction.run("INSERT INTO backup_file VALUES ('../outside', X'01')")
            }
            await store.close()
            try await withScratch { other in
                #expect(throws: StorageError.self) { try restore(store.folder + "/baton.sqlite", to: other.folder) }
                #expect(!FileManager.default.fileExists(atPath: other.folder + "/../outside"))
            }
        }
    }

    @Test func `unfinished copies are gone after the next start`() async throws {
        try await withScratch { scratch in
            let first = try scratch.store()
            let place = first.placeForBackup
            #expect(FileManager.default.createFile(atPath: place, contents: Data([1])))
            await first.close()
            let second = try scratch.store()
            #expect(!FileManager.default.fileExists(atPath: place))
            await second.close()
        }
    }

    @Test func `gaps in the event log are found`() async throws {
        try await withStore { store in
            for number in 1...5 { try await store.write { try $0.emit("note.written", of: "\(number)", in: quayside, at: noon) } }
            #expect(try await store.read { try EventLog.gaps(in: $0) } == [])
            try await store.write { _ = try $0.run("DELETE FROM event WHERE seq IN (1, 4)") }
            #expect(try await store.read { try EventLog.gaps(in: $0) } == ["event 2 follows 0", "event 5 follows 3"])
        }
    }
}
