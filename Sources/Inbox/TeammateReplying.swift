package import Storage

/// What became of a teammate's reply.
package enum TeammateReplyOutcome: Hashable, Sendable {
    /// The customer has it. `tookOver`: the conversation was not the teammate's before.
    case sent(Message, tookOver: Bool)
    /// Nothing was sent: others wrote since the teammate looked. Here is what, oldest first.
    case outdated(missed: [Message])
    /// Nothing was sent: a colleague owns the conversation.
    case taken(by: TeammateID)
}

extension Inbox {
    /// Sends a teammate's words to the customer. Who answers takes over: in the same transaction the teammate becomes the owner, so that the assistant
    /// never answers over a person who just began to type into its conversation.
    /// - Parameters:
    ///   - text: 1...`limits.messageCharacters` characters.
    ///   - lastSeen: the newest seq that the teammate had on the screen. Where somebody else wrote after it, nothing is sent and the missed
    ///     messages come back. Nil: send in any case.
    ///   - attachments: files that the teammate uploaded before, to go with it.
    ///   - key: the client's idempotency key.
    ///   - fromColleague: whether to send, and take over, even where another teammate owns the conversation.
    /// - Throws: `InboxError.notFound`, `.empty`, `.tooLong`, `.notJSON`; `StorageError.keyReused`. Never for a lost race.
    package func teammateReply(
        _ text: String, in id: ConversationID, by teammate: TeammateID, lastSeen: Int? = nil, citations: String? = nil,
        attachments: [AttachmentID] = [], key: String? = nil, fromColleague: Bool = false, at now: Timestamp, in transaction: Transaction
    ) throws -> TeammateReplyOutcome {
        let text = try Texts.message(text, limit: limits.messageCharacters)
        let citations = try Texts.json(citations, field: "citations", limit: limits.jsonBytes)
        try active(teammate, in: transaction)
        let before = try conversation(id, in: transaction)
        do {
            let kept = try transaction.once(
                key: key, scope: "reply:\(id):\(teammate)", fingerprint: Fingerprint.of([text] + attachments.map(\.text)), in: workspace,
                at: now
            ) {
                if let lastSeen { try refuseOutdated(id, for: teammate, after: lastSeen, in: transaction) }
                let claim = try claim(id, by: teammate, fromColleague: fromColleague, at: now, in: transaction)
                if case .taken(let colleague) = claim { throw Unsent(outcome: .taken(by: colleague)) }
                let message = try write(
                    Entry(author: .teammate(teammate), kind: .text, text: text, citations: citations), to: id, at: now, in: transaction)
                try put(attachments, on: message, in: transaction)
                try answered(message, by: teammate, at: now, in: transaction)
                return Sent(message: message.id, tookOver: before.owner != .teammate(teammate))
            }
            return .sent(try message(kept.value.message, of: id, in: transaction), tookOver: kept.value.tookOver)
        } catch let unsent as Unsent {
            return unsent.outcome
        }
    }

    /// Kept under the key.
    private struct Sent: Codable, Sendable {
        let message: MessageID
        let tookOver: Bool
    }

    /// Leaves `once` without keeping anything: with the same key it may be sent later.
    private struct Unsent: Error {
        let outcome: TeammateReplyOutcome
    }

    private func refuseOutdated(
        _ id: ConversationID, for teammate: TeammateID, after sequence: Int, in transaction: Transaction
    ) throws {
        let missed = try transaction.rows(
            """
            SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
            WHERE workspace = $1 AND conversation = $2 AND seq > $3 AND author <> 'system' AND kind <> 'suggestion'
                AND COALESCE(teammate, '') <> $4
            ORDER BY seq LIMIT $5
            """, workspace, id, sequence, teammate.text, limits.rows
        ).map { try message($0, of: id) }
        if !missed.isEmpty { throw Unsent(outcome: .outdated(missed: missed)) }
    }

    private func answered(_ message: Message, by teammate: TeammateID, at now: Timestamp, in transaction: Transaction) throws {
        try keepWait(of: message.conversation, at: now, in: transaction)
        try mark(message.conversation, by: teammate, upTo: message.sequence, at: now, in: transaction)
        try emitSent(message, at: now, in: transaction)
    }

    /// Adds a private note. It changes no owner, and no customer and no assistant ever sees it.
    /// - Parameter text: 1...`limits.messageCharacters` characters.
    /// - Throws: `InboxError.notFound`, `.empty`, `.tooLong`; `StorageError.keyReused`.
    package func note(
        _ text: String, in id: ConversationID, by teammate: TeammateID, key: String? = nil, at now: Timestamp, in transaction: Transaction
    ) throws -> Message {
        let text = try Texts.message(text, limit: limits.messageCharacters)
        try active(teammate, in: transaction)
        try exists(id, in: transaction)
        let kept = try transaction.once(
            key: key, scope: "note:\(id):\(teammate)", fingerprint: Fingerprint.of([text]), in: workspace, at: now
        ) {
            let note = try write(
                Entry(author: .teammate(teammate), kind: .note, text: text), to: id, at: now, in: transaction)
            try emit(
                .noteAdded, of: id.text, ["message": note.id.text, "seq": "\(note.sequence)", "teammate": teammate.text], at: now,
                in: transaction)
            return note.id
        }
        return try message(kept.value, of: id, in: transaction)
    }

    /// Notes how far a teammate has read. For an open handoff the first look counts as seen.
    /// - Parameter sequence: the newest seq on the screen; an older one than before changes nothing.
    /// - Throws: `InboxError.notFound`; `StorageError`.
    package func seen(
        _ id: ConversationID, by teammate: TeammateID, upTo sequence: Int, at now: Timestamp, in transaction: Transaction
    ) throws {
        try active(teammate, in: transaction)
        let conversation = try conversation(id, in: transaction)
        try transaction.run(
            """
            UPDATE handoff SET seen_ms = $3, seen_by = $4 WHERE workspace = $1 AND conversation = $2 AND closed_ms IS NULL AND seen_ms IS NULL
            """, workspace, id, now, teammate)
        let sequence = min(max(sequence, 0), conversation.lastSequence)
        guard try mark(id, by: teammate, upTo: sequence, at: now, in: transaction) else { return }
        try emit(.seen, of: id.text, ["teammate": teammate.text, "seq": "\(sequence)"], at: now, in: transaction)
    }

    /// - Returns: whether the mark moved.
    @discardableResult
    private func mark(
        _ id: ConversationID, by teammate: TeammateID, upTo sequence: Int, at now: Timestamp, in transaction: Transaction
    ) throws -> Bool {
        try transaction.run(
            """
            INSERT INTO read_mark(workspace, conversation, teammate, seq, at_ms) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT(workspace, conversation, teammate) DO UPDATE SET seq = excluded.seq, at_ms = excluded.at_ms
            WHERE excluded.seq > read_mark.seq
            """, workspace, id, teammate, sequence, now) == 1
    }
}
