import Foundation
import GRDB

/// A copy of everything the data directory holds, in one file, made while the store works.
///
/// The file is an SQLite database: the tables as they were at one moment, and beside them the table `backup_file` with the other files of the
/// directory. The key in `secret` is left out unless asked for: whoever has it and the copy can read what is sealed.
extension Store {
    /// What was copied.
    package struct BackupSize: Hashable, Sendable {
        /// Pages of the database that were copied, and of how many.
        package let pages: Int
        /// Pages of the whole database.
        package let ofPages: Int
    }

    /// Files of the data directory that are no part of a copy: the database itself, and what belongs to the running process.
    static let ownFiles: Set<String> = [
        "baton.sqlite", "baton.sqlite-wal", "baton.sqlite-shm", "baton.sqlite.new", "baton.sqlite.new-journal", "lock", "control.sock",
        "secret",
        "secret.new",
    ]
    /// Unfinished copies; the next start removes them.
    static let unfinished = ".backup-"

    /// Copies to a file that must not exist. Writers go on meanwhile; the copy is of the moment it begins.
    /// - Parameters:
    ///   - path: of the new file. It is on disk when this returns, but its name in the folder is not made durable.
    ///   - withSecret: whether the server's key goes in.
    ///   - progress: told after every few megabytes.
    /// - Throws: `StorageError`, `CancellationError`; then there is no file.
    package func backup(to path: String, withSecret: Bool = false, progress: @escaping @Sendable (BackupSize) -> Void = { _ in })
        async throws
    {
        guard !FileManager.default.fileExists(atPath: path) else { throw StorageError.alreadyThere(path: path) }
        do {
            let copy = try DatabaseQueue(path: path, configuration: Self.copyConfiguration)
            try await read { snapshot in
                // The statement takes the snapshot, so that all steps copy the same moment.
                _ = try snapshot.row("SELECT COUNT(*) FROM workspace")
                try copy.writeWithoutTransaction { target in
                    try snapshot.database.backup(to: target, pagesPerStep: Self.pagesPerStep) { step in
                        try Task.checkCancellation()
                        progress(BackupSize(pages: step.completedPageCount, ofPages: step.totalPageCount))
                    }
                }
            }
            try Self.finish(copy, files: Self.otherFiles(of: folder, withSecret: withSecret), in: folder)
            try copy.close()
            try Durable.file(path)
        } catch {
            Self.discard(path)
            throw StorageError.translated(error)
        }
    }

    /// 4 MB at a time, so that progress is seen and a cancelled copy ends.
    private static let pagesPerStep: CInt = 1024

    private static var copyConfiguration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA synchronous=OFF") }
        return configuration
    }

    /// One file that can lie anywhere, also where nothing may be written beside it; synced once, at the end.
    private static func finish(_ copy: DatabaseQueue, files: [String], in folder: String) throws {
        try copy.writeWithoutTransaction { database in
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode=DELETE")
            try database.inTransaction {
                try database.execute(sql: "CREATE TABLE backup_file(path TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT")
                for file in files {
                    guard let content = FileManager.default.contents(atPath: folder + "/" + file) else {
                        throw StorageError.folderUnusable(folder: folder, why: "\(file) cannot be read")
                    }
                    try database.execute(sql: "INSERT INTO backup_file VALUES (?, ?)", arguments: [file, content])
                }
                return .commit
            }
        }
    }

    private static func otherFiles(of folder: String, withSecret: Bool) -> [String] {
        var files: [String] = []
        let walk = FileManager.default.enumerator(atPath: folder)
        while let name = walk?.nextObject() as? String {
            let isOwn = ownFiles.contains(name) && !(withSecret && name == "secret")
            let isRegular = walk?.fileAttributes?[.type] as? FileAttributeType == .typeRegular
            if isRegular, !isOwn, !name.hasPrefix(unfinished) { files.append(name) }
        }
        return files.sorted()
    }

    private static func discard(_ path: String) {
        for end in ["", "-journal", "-wal", "-shm"] { unlink(path + end) }
    }

    /// A name inside the data directory for a copy that is about to be sent elsewhere.
    package var placeForBackup: String { folder + "/" + Self.unfinished + UUID().uuidString }

    static func removeUnfinished(in folder: String) {
        // What cannot be listed or removed does no harm.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(unfinished) {
            unlink(folder + "/" + name)
        }
    }
}

/// Making files and names survive a power cut.
enum Durable {
    /// - Throws: `StorageError.diskFailed`.
    static func file(_ path: String) throws { try sync(path, O_RDONLY) }

    /// The names in a folder.
    /// - Throws: `StorageError.diskFailed`.
    static func names(in folder: String) throws { try sync(folder, O_RDONLY | O_DIRECTORY) }

    private static func sync(_ path: String, _ flags: Int32) throws {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError.diskFailed(what: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StorageError.diskFailed(what: "\(path): \(String(cString: strerror(errno)))") }
    }
}
