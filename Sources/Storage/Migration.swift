import Crypto
import GRDB

/// One step of a room's schema. Once merged it is never edited: a change is a further step.
package struct Migration: Sendable {
    /// Room and number: `inbox-1`. Unique for ever.
    package let name: String
    let sql: StaticString

    /// - Parameters:
    ///   - name: room and number, `inbox-1`.
    ///   - sql: statements, separated by semicolons.
    package init(_ name: String, _ sql: StaticString) {
        self.name = name
        self.sql = sql
    }

    private var fingerprint: String {
        SHA256.hash(data: Array(sql.description.utf8)).prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// Applies, in order, those of `migrations` that this database has not had, all in one transaction.
    /// - Throws: `StorageError.newerSchema`, `.migrationChanged`, or what SQLite says of a statement.
    static func apply(_ migrations: [Migration], to database: Database, applied told: (String) -> Void = { _ in }) throws {
        try database.execute(sql: "CREATE TABLE IF NOT EXISTS migration(name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) STRICT")
        let applied = try check(migrations, against: database)
        for migration in migrations where !applied.contains(migration.name) {
            try database.execute(sql: migration.sql.description)
            try database.execute(sql: "INSERT INTO migration VALUES (?, ?)", arguments: [migration.name, migration.fingerprint])
            told(migration.name)
        }
    }

    /// Whether this database knows no other migrations than these.
    /// - Returns: those that it has had.
    /// - Throws: `StorageError.newerSchema`, `.migrationChanged`.
    @discardableResult
    static func check(_ migrations: [Migration], against database: Database) throws -> Set<String> {
        var applied: [String: String] = [:]
        for row in try GRDB.Row.fetchAll(database, sql: "SELECT name, fingerprint FROM migration") { applied[row[0]] = row[1] as String }
        let known = Set(migrations.map(\.name))
        if let newer = applied.keys.filter({ !known.contains($0) }).min() { throw StorageError.newerSchema(migration: newer) }
        for migration in migrations {
            guard let fingerprint = applied[migration.name], fingerprint != migration.fingerprint else { continue }
            throw StorageError.migrationChanged(migration: migration.name)
        }
        return Set(applied.keys)
    }

    /// Storage's own tables, always first.
    static let core = [
        Migration(
            "storage-1",
            """
            CREATE TABLE workspace(
                id TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL
            ) STRICT;

            CREATE TABLE idempotency(
                workspace TEXT NOT NULL REFERENCES workspace(id), scope TEXT NOT NULL, key TEXT NOT NULL,
                fingerprint TEXT NOT NULL, result BLOB NOT NULL, created_ms INTEGER NOT NULL,
                PRIMARY KEY (workspace, scope, key)
            ) STRICT;
            CREATE INDEX idempotency_age ON idempotency(created_ms);

            CREATE TABLE event(
                seq INTEGER PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace(id), kind TEXT NOT NULL,
                subject TEXT NOT NULL, body TEXT NOT NULL, at_ms INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX event_workspace ON event(workspace, seq);

            CREATE TABLE outbox(
                id INTEGER PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace(id), kind TEXT NOT NULL, body TEXT NOT NULL,
                created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
                done_ms INTEGER, last_error TEXT
            ) STRICT;
            CREATE INDEX outbox_due ON outbox(due_ms) WHERE done_ms IS NULL;
            """),
        Migration("storage-2", "ALTER TABLE event ADD COLUMN trace TEXT"),
    ]
}
