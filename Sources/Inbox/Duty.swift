package import Storage

/// What is owed, over all workspaces, and who is at work on it. A worker takes a turn under a lease; the lease's token goes with its reply, so a worker
/// that was stopped for a minute and wakes up after another took over stores nothing.
extension Inbox {
    /// Turns that nobody works on, oldest first: at start, and whenever a wake-up may have been missed.
    /// - Parameter limit: 1...1000.
    /// - Throws: `StorageError`.
    package static func openTurns(limit: Int, at now: Timestamp, in querying: some Querying) throws -> [Turn] {
        try querying.rows(
            """
            SELECT id, workspace, conversation, message, seq, epoch, deadline_ms, state, lease, lease_ms, runs, opened_ms, closed_ms FROM turn
            WHERE state = 'open' AND (lease IS NULL OR lease_ms <= $1) ORDER BY deadline_ms, id LIMIT $2
            """, now, min(max(limit, 1), 1000)
        ).map(Turn.init)
    }

    /// Turns past their deadline, leased or not, the most overdue first: the reaper hands them over.
    /// - Parameter limit: 1...1000.
    /// - Throws: `StorageError`.
    package static func overdueTurns(limit: Int, at now: Timestamp, in querying: some Querying) throws -> [Turn] {
        try querying.rows(
            """
            SELECT id, workspace, conversation, message, seq, epoch, deadline_ms, state, lease, lease_ms, runs, opened_ms, closed_ms FROM turn
            WHERE state = 'open' AND deadline_ms <= $1 ORDER BY deadline_ms, id LIMIT $2
            """, now, min(max(limit, 1), 1000)
        ).map(Turn.init)
    }

    /// Takes an open turn to work on it.
    /// - Parameter milliseconds: how long nobody else may take it; longer than the work should need.
    /// - Returns: the turn with its lease, or nil: it is closed, or another worker has it.
    /// - Throws: `InboxError.notFound(.turn)`; `StorageError`.
    package func lease(_ id: TurnID, milliseconds: Int64, at now: Timestamp, in transaction: Transaction) throws -> Turn? {
        _ = try turn(id, in: transaction)
        let taken = try transaction.run(
            """
            UPDATE turn SET lease = $3, lease_ms = $4, runs = runs + 1
            WHERE workspace = $1 AND id = $2 AND state = 'open' AND (lease IS NULL OR lease_ms <= $5)
            """, workspace, id, LeaseID.new(at: now), now.adding(milliseconds: max(milliseconds, 1)), now)
        return taken == 1 ? try turn(id, in: transaction) : nil
    }

    /// Gives a leased turn back undone (an orderly stop), so that another worker takes it at once.
    /// - Parameter turn: as `lease` gave it; one whose lease has passed on is left alone.
    /// - Throws: `StorageError`.
    package func release(_ turn: Turn, in transaction: Transaction) throws {
        guard let lease = turn.lease else { return }
        try transaction.run(
            "UPDATE turn SET lease = NULL, lease_ms = NULL WHERE workspace = $1 AND id = $2 AND lease = $3 AND state = 'open'",
            workspace, turn.id, lease)
    }

    /// How the duties of a workspace stand.
    /// - Throws: `StorageError`.
    package func dutyStatistics(at now: Timestamp, in querying: some Querying) throws -> DutyStatistics {
        var counts: [Turn.State: Int] = [:]
        for row in try querying.rows("SELECT state, COUNT(*) FROM turn WHERE workspace = $1 GROUP BY state", workspace) {
            counts[try stored(row[0])] = try row[1]
        }
        let row = try querying.row(
            """
            SELECT COALESCE(SUM(CASE WHEN deadline_ms <= $2 THEN 1 ELSE 0 END), 0),
                   COALESCE(SUM(CASE WHEN lease IS NOT NULL AND lease_ms > $2 THEN 1 ELSE 0 END), 0), MIN(opened_ms)
            FROM turn WHERE workspace = $1 AND state = 'open'
            """, workspace, now)
        return try DutyStatistics(
            counts: counts, overdue: row?[0] ?? 0, leased: row?[1] ?? 0, oldestOpenedAt: row.flatMap { try $0[2] })
    }
}

extension Inbox {
    /// How many turns are open and how many of these are past their deadline; cheap enough to be asked every few seconds.
    /// - Throws: `StorageError`.
    package func openDuty(at now: Timestamp, in querying: some Querying) throws -> (open: Int, overdue: Int) {
        let row = try querying.row(
            """
            SELECT COUNT(*), COALESCE(SUM(CASE WHEN deadline_ms <= $2 THEN 1 ELSE 0 END), 0) FROM turn
            WHERE workspace = $1 AND state = 'open'
            """, workspace, now)
        return try (row?[0] ?? 0, row?[1] ?? 0)
    }
}

/// How the duties of a workspace stand.
package struct DutyStatistics: Hashable, Sendable {
    /// How many turns are in each state; states that no turn is in are missing.
    package let counts: [Turn.State: Int]
    /// Open turns past their deadline. Anything but 0 for longer than the reaper's interval is a fault.
    package let overdue: Int
    /// Open turns that a worker holds now.
    package let leased: Int
    /// When the oldest open turn was opened.
    package let oldestOpenedAt: Timestamp?
}
