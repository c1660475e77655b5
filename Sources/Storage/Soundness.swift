import Foundation
import GRDB

/// Whether the file in a data directory is one to go on with. Everything is looked at through a connection that cannot write, so that a file that is refused is
/// left as it is.
enum Soundness {
    /// Up to this size every page is read at each start, in bytes; a larger file is left to `baton verify`. Measured: 63 MB take 66 ms.
    static let largestChecked = 256 << 20

    /// Creates the database where there is none; checks it where there is one.
    /// - Throws: `StorageError`.
    static func prepare(_ folder: String, _ migrations: [Migration]) throws {
        let files = FileManager.default
        let path = folder + "/baton.sqlite"
        let work = folder + "/" + Restoring.folder
        guard let size = size(path) else {
            if files.fileExists(atPath: work) { throw StorageError.restoreUnfinished(folder: folder) }
            // A log without its database belongs to data that somebody moved away; a new database would make nonsense of it.
            guard size(path + "-wal") ?? 0 == 0 else { throw StorageError.damaged(what: "baton.sqlite is missing, but its log is there") }
            return try create(in: folder, migrations)
        }
        // The database comes last, so that restore had ended but for this.
        if files.fileExists(atPath: work) { try files.removeItem(atPath: work) }
        // A database gets its name when it is whole, so an empty file is no new one.
        guard size > 0 else { throw StorageError.damaged(what: "baton.sqlite is empty") }
        try checkLog(path + "-wal")
        let copy = try StoredCopy(path)
        defer { copy.close() }
        _ = try copy.read { try Migration.check(migrations, against: $0.database) }
        guard size <= largestChecked else { return }
        let findings = try copy.read { try $0.rows("PRAGMA quick_check(1)").map { try $0[0] as String } }
        guard findings == ["ok"] else { throw StorageError.damaged(what: findings.first ?? "it cannot be read") }
    }

    /// Under another name first, so that a process that dies meanwhile leaves no half database behind.
    private static func create(in folder: String, _ migrations: [Migration]) throws {
        let new = folder + "/baton.sqlite.new"
        for end in ["", "-journal", "-wal", "-shm"] { unlink(new + end) }
        let queue = try DatabaseQueue(path: new)
        try queue.write { try Migration.apply(migrations, to: $0) }
        // Before it has its name: a power cut while the real file is turned over to a write-ahead log would leave a rollback journal beside it, which a
        // connection that cannot write refuses (SQLITE_READONLY_ROLLBACK), at every start from then on.
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode=WAL; PRAGMA wal_checkpoint(TRUNCATE)") }
        try queue.close()
        try Durable.file(new)
        guard rename(new, folder + "/baton.sqlite") == 0 else {
            throw StorageError.folderUnusable(folder: folder, why: String(cString: strerror(errno)))
        }
        try Durable.names(in: folder)
    }

    /// SQLite passes over a log whose beginning it does not know, and with it over what was acknowledged. All zeros are what a power cut leaves of a log that was
    /// never synced, so nothing in it was.
    private static func checkLog(_ path: String) throws {
        guard size(path) ?? 0 >= 32, let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }  // only read
        let head = [UInt8](try file.read(upToCount: 4) ?? Data())
        let isKnown = head.starts(with: [0x37, 0x7F, 0x06]) && [0x82, 0x83].contains(head.last ?? 0)
        guard isKnown || head.allSatisfy({ $0 == 0 }) else {
            throw StorageError.damaged(what: "the beginning of baton.sqlite-wal is not a log's")
        }
    }

    /// In bytes; nil where there is no such file.
    private static func size(_ path: String) -> Int? {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_size) : nil
    }
}
