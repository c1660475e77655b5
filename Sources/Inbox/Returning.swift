package import Storage

/// What became of giving a conversation back.
package enum HandBackOutcome: Hashable, Sendable {
    /// The assistant owns it. `turn`: opened because the customer's last message has no answer.
    case handedBack(Conversation, turn: TurnID?)
    /// A colleague owns it.
    case taken(by: TeammateID)
    /// The assistant owned it already, or it is closed; nothing changed.
    case unchanged(Conversation)
}

/// Who does something that several may do.
package enum Actor: Hashable, Sendable {
    case teammate(TeammateID)
    case customer(CustomerID)
    /// The assistant, or a rule of the company (closed after long silence).
    case system

    var text: String {
        switch self {
        case .teammate(let teammate): teammate.text
        case .customer: "customer"
        case .system: "system"
        }
    }
}

extension Inbox {
    /// Gives a conversation to the assistant: from the teammate who owns it, or from the queue. The handoff is over; it will not be remembered as a
    /// reason to hand over again. Where the customer still waits for an answer, a turn is opened.
    /// - Parameters:
    ///   - patience: milliseconds until the customer must have heard something, where a turn is opened.
    ///   - overruling: reasons of handoffs with which the teammate disagrees by giving back: what the customer had written by then is not answered again, for it
    ///     would only be handed over once more.
    ///   - fromColleague: whether to do so even where another teammate owns it.
    ///   - announcing: what the customer is told (that the assistant answers again); nil for nothing.
    /// - Throws: `InboxError.notFound`, `.empty`, `.tooLong`; `StorageError`. Never for a lost race.
    package func handBack(
        _ id: ConversationID, by teammate: TeammateID, patience: Int64, overruling: Set<String> = [], fromColleague: Bool = false,
        announcing: String? = nil, at now: Timestamp, in transaction: Transaction
    ) throws -> HandBackOutcome {
        try active(teammate, in: transaction)
        let announcing = try announcing.map { try Texts.message($0, limit: limits.messageCharacters) }
        let before = try conversation(id, in: transaction)
        if case .teammate(let owner) = before.owner, owner != teammate, !fromColleague { return .taken(by: owner) }
        let changed = try transaction.run(
            """
            UPDATE conversation SET owner = 'assistant', owner_teammate = NULL, suggested = NULL, epoch = epoch + 1, notice_ms = NULL,
                snoozed_ms = NULL, updated_ms = $3
            WHERE workspace = $1 AND id = $2 AND state = 'open' AND owner <> 'assistant' AND epoch = $4
            """, workspace, id, now, before.epoch)
        guard changed == 1 else { return .unchanged(before) }
        let overruled = try transaction.row(
            """
            SELECT h.reason, t.seq FROM handoff h JOIN turn t ON t.workspace = h.workspace AND t.id = h.turn
            WHERE h.workspace = $1 AND h.conversation = $2 AND h.closed_ms IS NULL
            """, workspace, id
        ).flatMap { row in try overruling.contains(row[0]) ? row[1] as Int : nil }
        try closeHandoff(of: id, as: .handedBack, at: now, in: transaction)
        if let announcing {
            let notice = try write(Entry(author: .system, kind: .notice, text: announcing), to: id, at: now, in: transaction)
            try emitSent(notice, at: now, in: transaction)
        }
        let turn = try unansweredTurn(
            in: id, after: overruled, epoch: before.epoch + 1, patience: max(patience, 1), at: now, in: transaction)
        try emit(
            .handedBack, of: id.text, ["teammate": teammate.text, "epoch": "\(before.epoch + 1)", "turn": turn?.text], at: now,
            in: transaction)
        return .handedBack(try conversation(id, in: transaction), turn: turn)
    }

    /// A turn for the last words in the conversation, if they are the customer's and stand behind a place in the thread. Announcements and notices are no answer.
    func unansweredTurn(
        in id: ConversationID, after sequence: Int? = nil, epoch: Int, patience: Int64, at now: Timestamp, in transaction: Transaction
    ) throws -> TurnID? {
        let last = try transaction.row(
            """
            SELECT id, seq, author FROM message WHERE workspace = $1 AND conversation = $2 AND kind = 'text' ORDER BY seq DESC LIMIT 1
            """, workspace, id)
        guard let last, try last[2] as String == "customer", try sequence.map({ try last[1] > $0 }) ?? true else {
            try transaction.run(
                "UPDATE conversation SET awaiting = 'customer', waiting_ms = NULL WHERE workspace = $1 AND id = $2", workspace, id)
            return nil
        }
        return try openTurn(
            for: last[0], sequence: last[1], of: id, epoch: epoch, patience: patience, at: now, in: transaction)
    }

    /// Closes a conversation: whatever was owed in it is no longer, and a late reply of the assistant is refused. Closing what is closed changes nothing,
    /// and neither does the system's closing where the customer waits for an answer: only people may let a question rest.
    /// The conversation belongs to the assistant again, for the day the customer comes back.
    /// - Returns: the conversation as it is now.
    /// - Throws: `InboxError.notFound`; `StorageError`.
    @discardableResult
    package func resolve(_ id: ConversationID, by actor: Actor, at now: Timestamp, in transaction: Transaction) throws -> Conversation {
        switch actor {
        case .teammate(let teammate): try active(teammate, in: transaction)
        case .customer(let customer): _ = try conversation(id, of: customer, in: transaction)
        case .system: break
        }
        let before = try conversation(id, in: transaction)
        let changed = try transaction.run(
            """
            UPDATE conversation SET state = 'resolved', resolved_ms = $3, owner = 'assistant', owner_teammate = NULL, suggested = NULL,
                epoch = epoch + 1, awaiting = 'customer', waiting_ms = NULL, notice_ms = NULL, snoozed_ms = NULL, updated_ms = $3
            WHERE workspace = $1 AND id = $2 AND state = 'open' AND ($4 = 0 OR awaiting = 'customer')
            """, workspace, id, now, actor == .system)
        guard changed == 1 else { return before }
        if let turn = try closeTurn(of: id, as: .taken, at: now, in: transaction) {
            try emit(.turnTaken, of: id.text, ["turn": turn.id.text], at: now, in: transaction)
        }
        try closeHandoff(of: id, as: .resolved, at: now, in: transaction)
        try emit(.resolved, of: id.text, ["by": actor.text, "epoch": "\(before.epoch + 1)"], at: now, in: transaction)
        return try conversation(id, in: transaction)
    }

    func closeHandoff(of id: ConversationID, as state: Handoff.State, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            """
            UPDATE handoff SET state = $3, closed_ms = $4, remind_ms = NULL WHERE workspace = $1 AND conversation = $2 AND closed_ms IS NULL
            """, workspace, id, state.rawValue, now)
        try transaction.run(
            """
            UPDATE conversation SET priority = 1, respond_kind = NULL, respond_ms = NULL, respond_soon_ms = NULL, resolve_ms = NULL,
                resolve_soon_ms = NULL
            WHERE workspace = $1 AND id = $2
            """, workspace, id)
    }
}
