package import Storage

/// What became of putting a conversation aside.
package enum SnoozeOutcome: Hashable, Sendable {
    /// It is the teammate's and stands aside until then.
    case snoozed(Conversation)
    /// A colleague owns it.
    case taken(by: TeammateID)
    /// The assistant owns it, or it is closed: there is nothing to put aside.
    case notWithPeople(Conversation)
}

/// Putting aside until a moment. It is the owner's word: whoever puts a conversation aside from the queue takes it by that, because a customer who waits
/// must have somebody who knows of it. It stops no clock: what the team promised is due when it was due. It ends at the moment, when the customer
/// writes, and when the conversation changes hands; a reply of the owner leaves it as it is.
extension Inbox {
    /// Puts a conversation aside. The same moment again changes nothing.
    /// - Parameters:
    ///   - until: after `now`, at most `limits.snoozeMilliseconds` after it.
    ///   - fromColleague: whether to do so even where another teammate owns it.
    /// - Throws: `InboxError.badMoment`, `.notFound`; `StorageError`. Never for a lost race.
    package func snooze(
        _ id: ConversationID, until: Timestamp, by teammate: TeammateID, fromColleague: Bool = false, at now: Timestamp,
        in transaction: Transaction
    ) throws -> SnoozeOutcome {
        let latest = now.adding(milliseconds: limits.snoozeMilliseconds)
        guard until > now, until <= latest else { throw InboxError.badMoment(field: "moment to wake at", from: now, to: latest) }
        let before = try conversation(id, in: transaction)
        guard before.state == .open, before.owner != .assistant else { return .notWithPeople(before) }
        switch try claim(id, by: teammate, fromColleague: fromColleague, at: now, in: transaction) {
        case .taken(let colleague): return .taken(by: colleague)
        case .changed(let current): return .notWithPeople(current)
        case .claimed(let owned): if owned.snoozedUntil == until { return .snoozed(owned) }
        }
        try transaction.run(
            "UPDATE conversation SET snoozed_ms = $3, updated_ms = $4 WHERE workspace = $1 AND id = $2", workspace, id, until, now)
        try emit(.snoozed, of: id.text, ["teammate": teammate.text, "until": until.description], at: now, in: transaction)
        return .snoozed(try conversation(id, in: transaction))
    }

    /// Takes a conversation up again before its time, whoever put it aside. One that is not put aside stays as it is.
    /// - Returns: the conversation as it is now.
    /// - Throws: `InboxError.notFound`; `StorageError`.
    @discardableResult
    package func wake(_ id: ConversationID, by teammate: TeammateID, at now: Timestamp, in transaction: Transaction) throws -> Conversation
    {
        try active(teammate, in: transaction)
        if try conversation(id, in: transaction).snoozedUntil != nil { try wake(id, by: teammate.text, at: now, in: transaction) }
        return try conversation(id, in: transaction)
    }

    /// Wakes what is due, over all workspaces. The last words of the customer are unread again for the owner.
    /// - Parameters:
    ///   - limits: the limits that apply.
    ///   - limit: 1...1000 conversations.
    /// - Returns: how many woke.
    /// - Throws: `StorageError`.
    @discardableResult
    package static func wake(
        limits: InboxLimits = .standard, limit: Int = 100, at now: Timestamp, in transaction: Transaction
    ) throws -> Int {
        let due = try transaction.rows(
            "SELECT workspace, id FROM conversation WHERE snoozed_ms IS NOT NULL AND snoozed_ms <= $1 ORDER BY snoozed_ms, id LIMIT $2",
            now,
            min(max(limit, 1), 1000))
        for row in due {
            let (inbox, id): (Inbox, ConversationID) = try (Inbox(of: row[0], limits: limits), row[1])
            try inbox.wake(id, by: "time", at: now, in: transaction)
            try inbox.markUnread(id, in: transaction)
        }
        return due.count
    }

    func wake(_ id: ConversationID, by: String, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            "UPDATE conversation SET snoozed_ms = NULL, updated_ms = $3 WHERE workspace = $1 AND id = $2", workspace, id, now)
        try emit(.woken, of: id.text, ["by": by], at: now, in: transaction)
    }

    private func markUnread(_ id: ConversationID, in transaction: Transaction) throws {
        try transaction.run(
            """
            UPDATE read_mark SET seq = (SELECT MAX(m.seq) - 1 FROM message m
                WHERE m.workspace = $1 AND m.conversation = $2 AND m.author = 'customer')
            WHERE workspace = $1 AND conversation = $2
                AND teammate = (SELECT c.owner_teammate FROM conversation c WHERE c.workspace = $1 AND c.id = $2)
                AND seq >= (SELECT MAX(m.seq) FROM message m WHERE m.workspace = $1 AND m.conversation = $2 AND m.author = 'customer')
            """, workspace, id)
    }
}
