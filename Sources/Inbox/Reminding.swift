package import Storage

/// A notification is worth nothing until somebody has taken what it tells of. A handoff that waits is told again, each time to a wider circle: the
/// teammate who was asked first, then the team, then everybody; from the second on the teammate is no longer asked in particular (anybody may claim
/// at any time in any case).
extension Inbox {
    /// Repeats what is due, over all workspaces.
    /// - Parameters:
    ///   - limits: the times that apply.
    ///   - limit: 1...1000 handoffs.
    /// - Returns: the handoffs that were told again.
    /// - Throws: `StorageError`.
    @discardableResult
    package static func remind(
        limits: InboxLimits = .standard, limit: Int = 100, at now: Timestamp, in transaction: Transaction
    ) throws -> [Handoff] {
        let due = try transaction.rows(
            """
            SELECT workspace, id FROM handoff WHERE state = 'waiting' AND remind_ms IS NOT NULL AND remind_ms <= $1
            ORDER BY remind_ms, id LIMIT $2
            """, now, min(max(limit, 1), 1000))
        return try due.map { try Inbox(of: $0[0], limits: limits).remind($0[1], at: now, in: transaction) }
    }

    private func remind(_ id: HandoffID, at now: Timestamp, in transaction: Transaction) throws -> Handoff {
        let before = try handoff(id, in: transaction)
        let round = before.round + 1
        // The gap doubles, so that a night without people is not a night of mails.
        let gap = limits.remindMilliseconds.multipliedReportingOverflow(by: Int64(1) << min(round, 20)).partialValue
        let next = round < limits.reminders ? now.adding(milliseconds: max(gap, 1)) : nil
        try transaction.run(
            "UPDATE handoff SET round = $3, remind_ms = $4 WHERE workspace = $1 AND id = $2", workspace, id, round, next)
        try transaction.run(
            "UPDATE conversation SET suggested = NULL WHERE workspace = $1 AND id = $2 AND owner = 'queue'", workspace,
            before.conversation)
        let notice = HandoffNotice(
            handoff: id, conversation: before.conversation, reason: before.reason, team: round == 2 ? before.team : nil, assigned: nil,
            round: round)
        try transaction.enqueue(HandoffNotice.kind, notice, in: workspace, at: now)
        try emit(.reminded, of: before.conversation.text, ["handoff": id.text, "round": "\(round)"], at: now, in: transaction)
        return try handoff(id, in: transaction)
    }

    /// Puts conversations back into the queue whose customer waits for a teammate who is gone, over all workspaces. A teammate who is there is left
    /// alone, however long it takes, and so is a conversation that its owner has put aside, until it wakes.
    /// - Parameters:
    ///   - limits: the times that apply.
    ///   - limit: 1...1000 conversations.
    /// - Returns: what went back.
    /// - Throws: `StorageError`.
    @discardableResult
    package static func reclaim(
        limits: InboxLimits = .standard, limit: Int = 100, at now: Timestamp, in transaction: Transaction
    ) throws -> [Conversation] {
        let left = try transaction.rows(
            """
            SELECT c.workspace, c.id FROM conversation c JOIN teammate m ON m.workspace = c.workspace AND m.id = c.owner_teammate
            WHERE c.owner = 'teammate' AND c.awaiting = 'company' AND c.state = 'open' AND c.waiting_ms <= $1
                AND c.snoozed_ms IS NULL
                AND COALESCE(m.present_ms, 0) < $2
            ORDER BY c.waiting_ms, c.id LIMIT $3
            """, now.adding(milliseconds: -limits.reclaimMilliseconds), now.adding(milliseconds: -limits.presenceMilliseconds),
            min(max(limit, 1), 1000))
        return try left.map { row in
            let inbox = try Inbox(of: row[0], limits: limits)
            let before = try inbox.conversation(row[1], in: transaction)
            let placement = try inbox.place(HandoffDestination(team: before.team), at: now, in: transaction)
            try inbox.queue(before, for: placement, because: "unanswered", by: "system", at: now, in: transaction)
            return try inbox.conversation(before.id, in: transaction)
        }
    }
}
