package import Storage

/// What became of a customer's message. Kept under its idempotency key, so a repetition gets the same.
package struct Received: Hashable, Sendable, Codable {
    /// The stored message.
    package let message: MessageID
    /// Its seq.
    package let sequence: Int
    /// The duty that it opened: only where the assistant owns the conversation.
    package let turn: TurnID?
    /// Whether it opened a closed conversation again.
    package let reopened: Bool
    /// The "still waiting" notice that was stored after it.
    package let notice: MessageID?
}

extension Inbox {
    /// Stores a customer's message, and with it the duty to answer, in the caller's transaction: what is acknowledged can no longer be forgotten.
    ///
    /// Owned by the assistant: a turn is opened, and an older open one becomes part of it. Owned by people or queued: it is unread for them, no turn.
    /// Closed: it opens again, with the assistant (one that was merged: with the person who has the other one). Put aside: it is so no longer.
    /// - Parameters:
    ///   - text: 1...`limits.messageCharacters` characters.
    ///   - customer: who writes. Another customer's conversation is not found.
    ///   - key: the client's idempotency key; nil for none.
    ///   - patience: milliseconds until the customer must have heard something.
    ///   - attachments: files that the customer uploaded before, to go with it.
    ///   - stillWaiting: what a customer in the queue is told, at most once in `limits.stillWaitingMilliseconds`; nil for nothing.
    /// - Throws: `InboxError.notFound(.conversation)`, `.empty`, `.tooLong`; `StorageError.keyReused`.
    package func receive(
        _ text: String, from customer: CustomerID, in conversation: ConversationID, key: String?, patience: Int64,
        attachments: [AttachmentID] = [], stillWaiting: String? = nil, at now: Timestamp, in transaction: Transaction
    ) throws -> Once<Received> {
        let text = try Texts.message(text, limit: limits.messageCharacters)
        let current = try self.conversation(conversation, of: customer, in: transaction)
        return try transaction.once(
            key: key, scope: "message:\(conversation)", fingerprint: Fingerprint.of([text] + attachments.map(\.text)), in: workspace,
            at: now
        ) {
            try accept(text, attachments, to: current, patience: max(patience, 1), stillWaiting: stillWaiting, at: now, in: transaction)
        }
    }

    /// Whether a text could be a message, for callers that make something else first.
    /// - Throws: `InboxError.empty`, `.tooLong`.
    package func check(_ text: String) throws { _ = try Texts.message(text, limit: limits.messageCharacters) }

    private func accept(
        _ text: String, _ attachments: [AttachmentID], to conversation: Conversation, patience: Int64, stillWaiting: String?,
        at now: Timestamp,
        in transaction: Transaction
    ) throws -> Received {
        let reopened = conversation.state == .resolved
        if reopened { try reopen(conversation, at: now, in: transaction) }
        if conversation.snoozedUntil != nil { try wake(conversation.id, by: "customer", at: now, in: transaction) }
        let owner = reopened ? try self.conversation(conversation.id, in: transaction).owner : conversation.owner
        let message = try write(
            Entry(author: .customer, kind: .text, text: text), to: conversation.id, at: now, in: transaction)
        try put(attachments, on: message, in: transaction)
        var turn: TurnID?
        if owner == .assistant {
            turn = try openTurn(
                for: message.id, sequence: message.sequence, of: conversation.id, epoch: message.epoch, patience: patience, at: now,
                in: transaction)
        }
        try emit(
            .messageReceived, of: conversation.id.text,
            [
                "message": message.id.text, "seq": "\(message.sequence)", "epoch": "\(message.epoch)", "owner": owner.kind,
                "turn": turn?.text,
            ], at: now, in: transaction)
        if owner != .assistant, conversation.waitingSince == nil {
            try promise(.nextResponse, in: self.conversation(conversation.id, in: transaction), from: now, in: transaction)
        }
        let notice = owner == .queue ? try tell(stillWaiting, in: conversation.id, at: now, in: transaction) : nil
        return Received(message: message.id, sequence: message.sequence, turn: turn, reopened: reopened, notice: notice)
    }

    /// A closed conversation starts over with the assistant. The old handoff stays closed: it must not hand the conversation over again. One that was merged
    /// into another stands by itself again, with the person who has that other one.
    private func reopen(_ conversation: Conversation, at now: Timestamp, in transaction: Transaction) throws {
        let person = try conversation.mergedInto.flatMap { try self.conversation($0, in: transaction).owner.teammate }
        try transaction.run(
            """
            UPDATE conversation SET state = 'open', epoch = epoch + 1, resolved_ms = NULL, merged_into = NULL, unmerge = NULL,
                owner = CASE WHEN $4 IS NULL THEN 'assistant' ELSE 'teammate' END, owner_teammate = $4, notice_ms = NULL, updated_ms = $3
            WHERE workspace = $1 AND id = $2 AND state = 'resolved'
            """, workspace, conversation.id, now, person)
        try emitUnmerged(conversation, by: "customer", at: now, in: transaction)
        try emit(
            .reopened, of: conversation.id.text, ["by": "customer", "epoch": "\(conversation.epoch + 1)"], at: now, in: transaction)
    }

    /// The "still waiting" notice, where one is due.
    private func tell(
        _ stillWaiting: String?, in conversation: ConversationID, at now: Timestamp, in transaction: Transaction
    ) throws -> MessageID? {
        guard let stillWaiting else { return nil }
        let due = try transaction.run(
            """
            UPDATE conversation SET notice_ms = $3
            WHERE workspace = $1 AND id = $2 AND owner = 'queue' AND (notice_ms IS NULL OR notice_ms <= $4)
            """, workspace, conversation, now, now.adding(milliseconds: -limits.stillWaitingMilliseconds))
        guard due == 1 else { return nil }
        let text = try Texts.message(stillWaiting, limit: limits.messageCharacters)
        let notice = try write(Entry(author: .system, kind: .notice, text: text), to: conversation, at: now, in: transaction)
        try emitSent(notice, at: now, in: transaction)
        return notice.id
    }
}
