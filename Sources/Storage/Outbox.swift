/// Something to be told to the outside world (an e-mail, a webhook), written in the transaction of what it tells and delivered afterwards, at least
/// once. The row is the truth: a crash between commit and delivery delays it and loses nothing.
package struct OutboxItem: Hashable, Sendable {
    /// Its number; also the id under which receivers recognise a repetition.
    package let id: Int64
    /// Whose it is.
    package let workspace: WorkspaceID
    /// What kind of telling: `handoff.notify`, ...
    package let kind: String
    /// A JSON object.
    package let body: String
    /// How often delivery was tried.
    package let attempts: Int
}

extension Transaction {
    /// Puts an item into the outbox, due at once unless said otherwise.
    /// - Throws: `StorageError`.
    package func enqueue(_ kind: String, _ body: some Encodable, in workspace: WorkspaceID, due: Timestamp? = nil, at now: Timestamp) throws
    {
        try run(
            "INSERT INTO outbox(workspace, kind, body, created_ms, due_ms) VALUES ($1, $2, $3, $4, $5)",
            workspace, kind, StoredJSON.text(body), now, due ?? now)
    }

    /// Takes the items that are due, and makes them due again after `lease` so that a worker that dies does not keep them.
    /// - Parameters:
    ///   - limit: 1...100.
    ///   - lease: milliseconds.
    /// - Throws: `StorageError`.
    package func takeDue(limit: Int, lease: Int64, at now: Timestamp) throws -> [OutboxItem] {
        try rows(
            """
            UPDATE outbox SET due_ms = $1, attempts = attempts + 1
            WHERE id IN (SELECT id FROM outbox WHERE done_ms IS NULL AND due_ms <= $2 ORDER BY due_ms, id LIMIT $3)
            RETURNING id, workspace, kind, body, attempts
            """, now.adding(milliseconds: lease), now, min(max(limit, 1), 100)
        ).map(OutboxItem.init).sorted { $0.id < $1.id }
    }

    /// Marks an item as delivered.
    /// - Throws: `StorageError`.
    package func delivered(_ item: OutboxItem, at now: Timestamp) throws {
        try run("UPDATE outbox SET done_ms = $1 WHERE id = $2 AND done_ms IS NULL", now, item.id)
    }

    /// Says why delivery failed and when to try again; nil gives up for good. What was delivered meanwhile (a slow worker, whose item another took
    /// over) stays delivered.
    /// - Throws: `StorageError`.
    package func failed(_ item: OutboxItem, why: String, again due: Timestamp?, at now: Timestamp) throws {
        try run(
            """
            UPDATE outbox SET last_error = $1, due_ms = COALESCE($2, due_ms), done_ms = CASE WHEN $2 IS NULL THEN $3 END
            WHERE id = $4 AND done_ms IS NULL
            """,
            String(why.prefix(500)), due, now, item.id)
    }
}

extension Transaction {
    /// The same for the items of one kind; the others are left alone.
    /// - Parameters: see `takeDue(limit:lease:at:)`.
    /// - Throws: `StorageError`.
    package func takeDue(_ kind: String, limit: Int, lease: Int64, at now: Timestamp) throws -> [OutboxItem] {
        try rows(
            """
            UPDATE outbox SET due_ms = $1, attempts = attempts + 1
            WHERE id IN (SELECT id FROM outbox WHERE done_ms IS NULL AND due_ms <= $2 AND kind = $3 ORDER BY due_ms, id LIMIT $4)
            RETURNING id, workspace, kind, body, attempts
            """, now.adding(milliseconds: lease), now, kind, min(max(limit, 1), 100)
        ).map(OutboxItem.init).sorted { $0.id < $1.id }
    }
}

extension Querying {
    /// Whether an item of a kind is due: to be asked before `takeDue`, which writes.
    /// - Throws: `StorageError`.
    package func isDue(_ kind: String, at now: Timestamp) throws -> Bool {
        try row("SELECT 1 FROM outbox WHERE done_ms IS NULL AND due_ms <= $1 AND kind = $2 LIMIT 1", now, kind) != nil
    }

    /// An item, delivered or not; nil where there is none.
    /// - Throws: `StorageError`.
    package func outboxItem(_ id: Int64, of workspace: WorkspaceID) throws -> OutboxItem? {
        try row("SELECT id, workspace, kind, body, attempts FROM outbox WHERE id = $1 AND workspace = $2", id, workspace).map(
            OutboxItem.init)
    }

    /// How many items of a kind are not delivered yet.
    /// - Throws: `StorageError`.
    package func waitingItems(_ kind: String) throws -> Int {
        try row("SELECT COUNT(*) FROM outbox WHERE done_ms IS NULL AND kind = $1", kind)?[0] ?? 0
    }
}

extension OutboxItem {
    /// From `id, workspace, kind, body, attempts`.
    fileprivate init(_ row: Row) throws {
        try self.init(id: row[0], workspace: row[1], kind: row[2], body: row[3], attempts: row[4])
    }
}

extension Transaction {
    /// Makes a workspace known, or changes its name.
    /// - Returns: whether it is new.
    /// - Throws: `StorageError`.
    package func ensureWorkspace(_ workspace: WorkspaceID, name: String, at now: Timestamp) throws -> Bool {
        let isNew = try row("SELECT 1 FROM workspace WHERE id = $1", workspace) == nil
        try run(
            "INSERT INTO workspace(id, name, created_ms) VALUES ($1, $2, $3) ON CONFLICT(id) DO UPDATE SET name = excluded.name",
            workspace, name, now)
        return isNew
    }
}
