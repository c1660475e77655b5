import Foundation
import GRDB

/// A database file that is only looked at: a backup, or a file whose soundness is in question. It is not locked, not migrated, not changed.
package struct StoredCopy: Sendable {
    private let queue: DatabaseQueue

    /// - Parameter path: of the file.
    /// - Throws: `StorageError.damaged` where it is no database of Baton.
    package init(_ path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0") }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            let isOurs = try queue.read { try $0.tableExists("migration") && $0.tableExists("workspace") && $0.tableExists("event") }
            guard isOurs else { throw StorageError.damaged(what: "\(path) is no database of Baton") }
        } catch { throw StorageError.translated(error) }
    }

    /// Runs `body` on it.
    /// - Throws: what `body` throws, or `StorageError`.
    package func read<T>(_ body: (Snapshot) throws -> T) throws -> T {
        do { return try queue.read { try body(Snapshot(database: $0)) } } catch { throw StorageError.translated(error) }
    }

    /// Checks that every migration in it is one of these, unchanged.
    /// - Throws: `StorageError.newerSchema`, `.migrationChanged`.
    package func check(_ migrations: [Migration]) throws {
        _ = try read { try Migration.check(Migration.core + migrations, against: $0.database) }
    }

    /// Gives the file free.
    package func close() {
        // Somebody who still reads keeps it until then.
        try? queue.close()
    }
}

extension Snapshot {
    /// Rows of every table, by its name; what a copy adds of its own is not counted.
    /// - Throws: `StorageError`.
    package func rowCounts() throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for row in try rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'backup_file'") {
            let name: String = try row[0]
            counts[name] = try StorageError.translating { try GRDB.Table(name).fetchCount(database) }
        }
        return counts
    }
}

extension Querying {

    /// What SQLite itself finds wrong with the file: pages, indexes, constraints, references. Empty: nothing. At most a hundred lines of each.
    /// - Throws: `StorageError`.
    package func integrityFindings() throws -> [String] {
        var findings: [String] = []
        for row in try rows("PRAGMA integrity_check(100)") {
            let line: String = try row[0]
            if line != "ok" { findings.append(line) }
        }
        for row in try rows("PRAGMA foreign_key_check").prefix(100) {
            let (table, parent): (String, String) = try (row[0], row[2])
            let number: Int64? = try row[1]
            findings.append("a row of \(table)\(number.map { " (\($0))" } ?? "") points to nothing in \(parent)")
        }
        return findings
    }
}

extension EventLog {
    /// Where the log is not 1, 2, 3, ...: each gap in words. Empty for a sound log. At most a hundred.
    /// - Throws: `StorageError`.
    package static func gaps(in querying: any Querying) throws -> [String] {
        try querying.rows(
            """
            SELECT seq, before FROM (SELECT seq, COALESCE(LAG(seq) OVER (ORDER BY seq), 0) AS before FROM event)
            WHERE seq <> before + 1 ORDER BY seq LIMIT 100
            """
        ).map { row in
            let (sequence, before): (Int64, Int64) = try (row[0], row[1])
            return "event \(sequence) follows \(before)"
        }
    }
}
