package import Storage

/// What became of each telling: kept for a while, to be read and to be told again.
extension Webhooks {
    /// The deliveries of a webhook, the newest first.
    /// - Parameters:
    ///   - limit: 1...200.
    ///   - after: the last delivery of the page before; nil for the first page.
    /// - Throws: `WebhookError.notFound`; `StorageError`.
    package func deliveries(
        of id: WebhookID, in workspace: WorkspaceID, limit: Int, after: DeliveryID? = nil, _ querying: some Querying
    ) throws -> [DeliveryRecord] {
        _ = try subscription(id, of: workspace, querying)
        return try querying.rows(
            """
            SELECT id, webhook, event, kind, attempts, state, http_status, error, due_ms, created_ms, ended_ms, replay_of
            FROM delivery WHERE workspace = $1 AND webhook = $2 AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4
            """, workspace, id, after, min(max(limit, 1), Self.mostRows)
        ).map(Self.record)
    }

    /// One delivery.
    /// - Throws: `WebhookError.notFound`; `StorageError`.
    package func delivery(_ id: DeliveryID, in workspace: WorkspaceID, _ querying: some Querying) throws -> DeliveryRecord {
        let row = try querying.row(
            """
            SELECT id, webhook, event, kind, attempts, state, http_status, error, due_ms, created_ms, ended_ms, replay_of
            FROM delivery WHERE workspace = $1 AND id = $2
            """, workspace, id)
        guard let row else { throw WebhookError.notFound }
        return try Self.record(row)
    }

    /// What was, or will be, sent: the request's body.
    /// - Throws: `WebhookError.notFound`; `StorageError`.
    package func payload(of id: DeliveryID, in workspace: WorkspaceID, _ querying: some Querying) throws -> [UInt8] {
        guard let row = try querying.row("SELECT payload FROM delivery WHERE workspace = $1 AND id = $2", workspace, id) else {
            throw WebhookError.notFound
        }
        return try row[0]
    }

    /// Tells the same again, at once, under the same `webhook-id`, as a delivery of its own.
    /// - Throws: `WebhookError.notFound`, `.disabled`; `StorageError`.
    package func replay(_ id: DeliveryID, in workspace: WorkspaceID, _ transaction: Transaction) throws -> DeliveryRecord {
        let before = try delivery(id, in: workspace, transaction)
        guard try subscription(before.webhook, of: workspace, transaction).disabledAt == nil else { throw WebhookError.disabled }
        let now = clock.now()
        let again = DeliveryID.new(at: now)
        try transaction.run(
            """
            INSERT INTO delivery(id, workspace, webhook, event, kind, payload, replay_of, state, created_ms, due_ms)
            SELECT $3, workspace, webhook, event, kind, payload, id, 'waiting', $4, $4 FROM delivery WHERE workspace = $1 AND id = $2
            """, workspace, id, again, now)
        return try delivery(again, in: workspace, transaction)
    }

    /// Removes what was over long ago, over all workspaces: deliveries and letters.
    /// - Parameters:
    ///   - limit: rows of each at one time.
    /// - Returns: how many rows went.
    /// - Throws: `StorageError`.
    @discardableResult
    package func prune(before: Timestamp, limit: Int = 1000, _ transaction: Transaction) throws -> Int {
        let deliveries = try transaction.run(
            "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE ended_ms < $1 ORDER BY ended_ms LIMIT $2)", before, limit)
        let letters = try transaction.run(
            "DELETE FROM letter WHERE id IN (SELECT id FROM letter WHERE ended_ms < $1 ORDER BY ended_ms LIMIT $2)", before, limit)
        return deliveries + letters
    }

    /// The `webhook-id` of an event.
    static func eventID(_ sequence: Int64) -> String { "evt_\(sequence)" }

    private static func record(_ row: Row) throws -> DeliveryRecord {
        let (event, state): (Int64, String) = try (row[2], row[5])
        guard let status = DeliveryRecord.Status(rawValue: state) else {
            throw StorageError.unexpectedColumn(index: 5, wanted: "a delivery's state", found: String(state.prefix(60)))
        }
        return try DeliveryRecord(
            id: row[0], webhook: row[1], eventID: eventID(event), type: row[3], attempts: row[4], status: status, httpStatus: row[6],
            error: row[7], nextTryAt: status == .waiting ? row[8] : nil, at: row[9], endedAt: row[10], replayOf: row[11])
    }
}
