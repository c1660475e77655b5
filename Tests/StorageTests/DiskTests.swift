import Foundation
import Glibc
import Storage
import Testing

/// A disk that is full, and one that does not keep what it is given.
@Suite struct DiskTests {
    private func text(_ number: Int) -> String { "\(number) " + String(repeating: "x", count: 2000) }

    /// Writes until the disk is full.
    /// - Returns: what was acknowledged.
    private func fill(_ store: Store) async throws -> [String] {
        var kept: [String] = []
        for number in 0..<5000 {
            do {
                try await store.note(text(number))
                kept.append(text(number))
            } catch {
                #expect(error as? StorageError == .diskFull)
                return kept
            }
        }
        Issue.record("the disk never became full")
        return kept
    }

    @Test func `a full database refuses what does not fit, keeps what it has, and goes on when there is room`() async throws {
        try await withStore { store in
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 120") }
            let kept = try await fill(store)
            #expect(!kept.isEmpty)
            #expect(try await store.notes() == kept)
            // Several at once: none of them is half done, all are told.
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { await #expect(throws: StorageError.diskFull) { try await store.note(text(9000 + number)) } }
                }
            }
            #expect(try await store.notes() == kept)
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 4000") }
            try await store.note("room again")
            #expect(try await store.notes() == kept + ["room again"])
            #expect(try await store.read { try $0.integrityFindings() } == [])
        }
    }

    @Test func `while another program holds the file nothing is half written, reading goes on, and later all is well`() async throws {
        let shell = "/usr/bin/sqlite3"
        guard FileManager.default.isExecutableFile(atPath: shell) else { return print("Skipped: there is no \(shell).") }
        try await withStore { store in
            // It holds the write lock until its input ends.
            let other = Process()
            let (input, output) = (Pipe(), Pipe())
            other.executableURL = URL(fileURLWithPath: shell)
            other.arguments = [store.folder + "/baton.sqlite"]
            (other.standardInput, other.standardOutput) = (input, output)
            try other.run()
            try input.fileHandleForWriting.write(contentsOf: Data("BEGIN IMMEDIATE; SELECT 'held';\n".utf8))
            #expect(try output.fileHandleForReading.read(upToCount: 4) == Data("held".utf8))
            await #expect(throws: StorageError.busy) { try await store.note("refused") }
            #expect(try await store.notes() == [])
            try input.fileHandleForWriting.close()
            other.waitUntilExit()
            try await store.note("taken")
            #expect(try await store.notes() == ["taken"])
        }
    }

    @Test func `a full file system is survived without a restart`() async throws {
        guard geteuid() == 0 else { return print("Skipped: a small file system can only be mounted by root.") }
        try await withScratch { scratch in
            try FileManager.default.createDirectory(atPath: scratch.folder, withIntermediateDirectories: true)
            guard mount("tmpfs", scratch.folder, "tmpfs", 0, "size=2m") == 0 else {
                return print("Skipped: no file system can be mounted here: \(String(cString: strerror(errno))).")
            }
            defer { umount2(scratch.folder, Int32(MNT_DETACH)) }
            let store = try scratch.store()
            try await store.write { _ = try $0.ensureWorkspace(quayside, name: "Quayside", at: noon) }
            let ballast = scratch.folder + "/ballast"
            #expect(FileManager.default.createFile(atPath: ballast, contents: Data(repeating: 1, count: 900_000)))
            let kept = try await fill(store)
            #expect(!kept.isEmpty)
            #expect(try await store.notes() == kept)
            try FileManager.default.removeItem(atPath: ballast)
            try await store.note("room again")
            await store.close()
            let later = try scratch.store()
            #expect(try await later.notes() == kept + ["room again"])
            #expect(try await later.read { try $0.integrityFindings() } == [])
            await later.close()
        }
    }
}
