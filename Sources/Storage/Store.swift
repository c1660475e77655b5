import Foundation
import GRDB
import NIOConcurrencyHelpers

/// "Run this SQL in a transaction that is durable when I return."
///
/// One process owns a data directory (an exclusive lock on it), one connection writes and checkpoints, several only read. What `write` returned
/// survives a power cut: WAL with `synchronous=FULL`, one fsync for all that wait (`GroupWriter`). Rooms see `Snapshot`, `Transaction` and
/// `Row`, never the driver, so that another database can stand behind the same statements.
package final class Store: Sendable {
    /// The event log, its readers and what wakes them.
    package let events: EventLog
    /// The data directory.
    package let folder: String
    private let pool: DatabasePool
    private let writer: GroupWriter
    private let lock: DataFolderLock
    private let isClosed = NIOLockedValueBox(false)

    /// Opens (or creates) the database in a data directory and brings its schema up to date.
    /// - Parameters:
    ///   - folder: the data directory; created with mode 0700 if missing.
    ///   - migrations: of all rooms, in the order of their dependencies.
    ///   - migrated: told the name of each migration, before any of them is committed; for tests that end the process there.
    /// - Throws: `StorageError`: `.alreadyInUse`, `.folderUnusable`, `.newerSchema`, `.damaged`, ... A file that is refused is left as it is.
    package init(folder: String, migrations: [Migration], migrated: (String) -> Void = { _ in }) throws {
        lock = try DataFolderLock(folder: folder)
        self.folder = folder
        do {
            try Soundness.prepare(folder, Migration.core + migrations)
            Self.removeUnfinished(in: folder)
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 6
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0")
                guard !database.configuration.readonly else { return }
                // Every unit of work is a savepoint, for which SQLite keeps the old pages: by default in a file beyond 64 KB, which was three
                // quarters of all writes; in memory now.
                try database.execute(sql: "PRAGMA wal_autocheckpoint=4000; PRAGMA temp_store=MEMORY")
            }
            pool = try DatabasePool(path: folder + "/baton.sqlite", configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // GRDB sets NORMAL when it turns WAL on; NORMAL lost acknowledged rows in 242 of 300 simulated power cuts, FULL in none.
                try database.execute(sql: "PRAGMA synchronous=FULL")
                let level = try Int64.fetchOne(database, sql: "PRAGMA synchronous") ?? 0
                guard level == 2 else { throw StorageError.notDurable(synchronous: level) }
            }
            try pool.write { try Migration.apply(Migration.core + migrations, to: $0, applied: migrated) }
        } catch {
            throw StorageError.translated(error)
        }
        let events = EventLog(pool: pool)
        self.events = events
        writer = GroupWriter(pool: pool) { events.wake() }
    }

    /// Runs `body` as one unit of work. When this returns, what it wrote is on disk; when it throws, nothing of it is.
    ///
    /// The body may run in one transaction with other callers' bodies, and it must not keep the `Transaction`. It is run once.
    /// - Throws: what `body` throws, or `StorageError`.
    @discardableResult
    package func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        // The writer's thread is not the caller's task.
        let trace = Trace.current
        return try await writer.write { transaction in try Trace.$current.withValue(trace) { try body(transaction) } }
    }

    /// Runs `body` on a consistent snapshot, without waiting for writers.
    /// - Throws: what `body` throws, or `StorageError`.
    package func read<T: Sendable>(_ body: @escaping @Sendable (Snapshot) throws -> T) async throws -> T {
        if isClosed.withLockedValue({ $0 }) { throw StorageError.closed }
        do { return try await pool.read { try body(Snapshot(database: $0)) } } catch { throw StorageError.translated(error) }
    }

    /// Waits for the disk to fail. A process that serves waits here beside its work and ends: after a failed write only a fresh start reads what is really
    /// there. Reading goes on meanwhile; nothing is written any more.
    ///
    /// After a failed fsync the kernel may have dropped the pages and call the next fsync a success (Rebello et al., "Can Applications Recover from
    /// fsync Failures?", USENIX ATC 2020), so trying again proves nothing.
    /// - Throws: `StorageError.diskFailed`. Returns when the store is closed or the task is cancelled.
    package func untilBroken() async throws { try await writer.untilBroken() }

    /// Finishes what waits, refuses more, and gives the data directory free. Safe to call twice.
    package func close() async {
        await writer.close()
        events.close()
        // A connection that was closed must not be spoken to again: SQLite would follow a null pointer.
        guard
            !isClosed.withLockedValue({ closed in
                defer { closed = true }
                return closed
            })
        else { return }
        guard !writer.isBroken else {
            // Closing the last connection would fold the log in and remove it. After the disk failed that is the next start's to do: this one keeps
            // its connections until it ends.
            _ = Unmanaged.passRetained(pool)
            return lock.release()
        }
        // What is committed is safe in the log as it is; folded in, the one file is the whole database for whoever copies it. A reader may hold it up.
        try? await pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        // The pool may be in use by a reader that is just ending; the lock must go in any case.
        try? pool.close()
        lock.release()
    }
}
