import NIOConcurrencyHelpers
import Storage

/// From the event log to the deliveries: a durable cursor, moved in the transaction that puts the deliveries down. So each event reaches each webhook that
/// wants it, once, whatever happens in between.
extension Courier {
    /// Bytes of a payload; what is larger is not told.
    package static let largestPayloadBytes = 20 * 1024
    /// Events that are looked at in one transaction.
    private static let mostEventsAtOnce = 500
    /// How far the stored cursor may lag behind while nothing is to be told, in events: each commit of others would else cost one of ours.
    private static let mostEventsUnstored: Int64 = 1000

    /// Takes the next events of the log. Not all of them: while many come, what is put down already must go out in between.
    /// - Returns: whether there may be more.
    func fanOut() async throws -> Bool {
        let known = state.withLockedValue { $0.cursor }
        let (stored, events, wishes) = try await store.read { snapshot in
            let stored = try Self.storedCursor(snapshot)
            return try (stored, snapshot.events(after: max(known ?? 0, stored), limit: Self.mostEventsAtOnce), Self.wishes(snapshot))
        }
        guard let last = events.last?.sequence else { return false }
        let told = events.filter { event in wishes.contains { $0.wants(event) } }.compactMap { event in payload(event).map { (event, $0) } }
        if !told.isEmpty || last - stored >= Self.mostEventsUnstored { try await putDown(told, through: last) }
        state.withLockedValue { $0.cursor = last }
        return events.count == Self.mostEventsAtOnce
    }

    private func payload(_ event: Event) -> [UInt8]? {
        guard let bytes = doors.payload(event) else { return nil }
        return bytes.count <= Self.largestPayloadBytes ? bytes : nil
    }

    private func putDown(_ told: [(Event, [UInt8])], through last: Int64) async throws {
        let now = clock.now()
        try await store.write { transaction in
            // A webhook may have changed since the look.
            let wishes = try Self.wishes(transaction)
            for (event, payload) in told {
                for wish in wishes where wish.wants(event) {
                    try transaction.run(
                        """
                        INSERT INTO delivery(id, workspace, webhook, event, kind, payload, state, created_ms, due_ms)
                        VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7) ON CONFLICT DO NOTHING
                        """, DeliveryID.new(at: now), event.workspace, wish.webhook, event.sequence, event.kind, payload, now)
                }
            }
            try transaction.run("UPDATE fan_out SET seq = $1 WHERE seq < $1", last)
        }
    }

    private static func storedCursor(_ querying: some Querying) throws -> Int64 { try querying.row("SELECT seq FROM fan_out")?[0] ?? 0 }

    /// What an active webhook wants.
    private struct Wish: Sendable {
        let webhook: WebhookID
        let workspace: WorkspaceID
        let kinds: Set<String>
        let after: Int64

        func wants(_ event: Event) -> Bool {
            event.workspace == workspace && event.sequence > after
                && (kinds.contains(event.kind) || kinds.contains(WebhookSubscription.everything))
        }
    }

    private static func wishes(_ querying: some Querying) throws -> [Wish] {
        try querying.rows("SELECT id, workspace, events, after_seq FROM webhook WHERE disabled_ms IS NULL").map { row in
            let kinds: String = try row[2]
            return try Wish(webhook: row[0], workspace: row[1], kinds: Set(StoredJSON.decode([String].self, from: kinds)), after: row[3])
        }
    }
}
