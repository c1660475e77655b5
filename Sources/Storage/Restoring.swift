import Foundation
import GRDB

/// Puts a backup into an empty data directory.
///
/// Everything is made ready in a folder of its own inside the directory and then moved into place, the database last. Whoever finds that folder knows that
/// the directory was empty when the restore began, and that it has not ended: the store refuses to open, and the next restore begins anew.
package enum Restoring {
    static let folder = ".restoring"
    /// What a directory may hold and still count as empty: the key may be brought back before the rest.
    private static let lasting: Set<String> = ["lock", "control.sock", "secret"]

    /// - Parameters:
    ///   - file: the backup.
    ///   - target: the data directory; created if missing.
    ///   - migrations: those that this program knows.
    ///   - check: looks at the copy before it is put in its place; what it throws ends the restore, and the directory is empty again.
    /// - Returns: the files, besides the database, that came with it.
    /// - Throws: `StorageError`: `.alreadyInUse`, `.alreadyThere`, `.damaged`, `.newerSchema`, ...; what `check` throws.
    package static func restore(
        _ file: String, to target: String, migrations: [Migration], check: (StoredCopy) throws -> Void
    ) throws -> [String] {
        let lock = try DataFolderLock(folder: target)
        defer { lock.release() }
        let work = target + "/" + folder
        try makeEmpty(target, work)
        do {
            let names = try prepare(file, in: work, migrations, check)
            try checkSecret(names, work, target)
            for name in names { try move(name, from: work, to: target) }
            try move("baton.sqlite", from: work, to: target)
            try Durable.names(in: target)
            try FileManager.default.removeItem(atPath: work)
            try Durable.names(in: target)
            return names
        } catch {
            if !FileManager.default.fileExists(atPath: target + "/baton.sqlite") { clear(target) }
            throw StorageError.translated(error)
        }
    }

    /// A key is never overwritten by another.
    private static func checkSecret(_ names: [String], _ work: String, _ target: String) throws {
        let files = FileManager.default
        guard names.contains("secret"), let present = files.contents(atPath: target + "/secret") else { return }
        guard present == files.contents(atPath: work + "/secret") else { throw StorageError.alreadyThere(path: target + "/secret") }
    }

    private static func makeEmpty(_ target: String, _ work: String) throws {
        let files = FileManager.default
        // Without the database nothing here was ever used; with it, the restore had all but ended.
        if files.fileExists(atPath: work) {
            if files.fileExists(atPath: target + "/baton.sqlite") { try files.removeItem(atPath: work) } else { clear(target) }
        }
        let present = try files.contentsOfDirectory(atPath: target).filter { !lasting.contains($0) }
        guard present.isEmpty else { throw StorageError.alreadyThere(path: target + "/" + (present.min() ?? "")) }
        try files.createDirectory(atPath: work, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try Durable.names(in: target)
    }

    /// Only called where everything in the directory came from a restore. The mark goes last.
    private static func clear(_ target: String) {
        // A folder that cannot be listed is one that does not exist yet; making it says so where it cannot be made.
        let all = (try? FileManager.default.contentsOfDirectory(atPath: target)) ?? []
        for name in all.filter({ !lasting.contains($0) && $0 != folder }) + [folder] {
            try? FileManager.default.removeItem(atPath: target + "/" + name)  // what stays is found by the next restore
        }
    }

    private static func prepare(
        _ file: String, in work: String, _ migrations: [Migration], _ check: (StoredCopy) throws -> Void
    ) throws -> [String] {
        let path = work + "/baton.sqlite"
        try FileManager.default.copyItem(atPath: file, toPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let copy = try StoredCopy(path)
        do {
            try copy.check(migrations)
            try check(copy)
        } catch {
            copy.close()
            throw error
        }
        copy.close()
        let database = try DatabaseQueue(path: path)
        let names = try database.write { try takeOut($0, to: work) }
        try database.close()
        try Durable.file(path)
        return names
    }

    /// The files beside the database become files again.
    private static func takeOut(_ database: Database, to work: String) throws -> [String] {
        guard try database.tableExists("backup_file") else { return [] }
        var names: Set<String> = []
        let rows = try GRDB.Row.fetchCursor(database, sql: "SELECT path, content FROM backup_file")
        while let row = try rows.next() {
            let (path, content): (String, Data) = (row[0], row[1])
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard let first = parts.first, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }), first != "baton.sqlite" else {
                throw StorageError.damaged(what: "the backup holds a file named '\(path)'")
            }
            let target = work + "/" + path
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            guard FileManager.default.createFile(atPath: target, contents: content, attributes: [.posixPermissions: 0o600]) else {
                throw StorageError.folderUnusable(folder: work, why: "\(path) cannot be written")
            }
            try Durable.file(target)
            try Durable.names(in: (target as NSString).deletingLastPathComponent)
            names.insert(String(first))
        }
        try database.execute(sql: "DROP TABLE backup_file")
        return names.sorted()
    }

    private static func move(_ name: String, from work: String, to target: String) throws {
        guard rename(work + "/" + name, target + "/" + name) == 0 else {
            throw StorageError.folderUnusable(folder: target, why: "\(name): \(String(cString: strerror(errno)))")
        }
    }
}
