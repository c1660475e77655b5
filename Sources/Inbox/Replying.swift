package import Storage

/// What became of the assistant's reply. To lose a race is no error: the caller keeps the draft as a suggestion and releases its hold.
package enum ReplyOutcome: Hashable, Sendable {
    /// The customer has it.
    case stored(Message)
    /// Nothing was stored.
    case refused(Refusal)

    /// Why the assistant may not speak (any more).
    package enum Refusal: Hashable, Sendable {
        /// A person owns the conversation.
        case personOwns(TeammateID)
        /// People were asked.
        case queued
        /// The conversation was closed.
        case resolved
        /// The customer wrote more; another turn answers all of it.
        case superseded
        /// The turn had its reply already.
        case answered
        /// The conversation changed hands (and came back) since the turn was opened.
        case epochPassed(turn: Int, conversation: Int)
        /// Another worker has the turn now.
        case leaseLost
    }
}

extension Inbox {
    /// Stores the assistant's reply, if the assistant may still speak: one statement looks at owner, epoch, turn and lease and inserts, so that there is no
    /// moment between looking and speaking. (Chatwoot's pull request 13673 admits leaking a message in that moment; LibreDesk re-reads, then inserts.)
    /// - Parameters:
    ///   - turn: the turn to answer, as `lease` gave it (or as read, where no lease was ever taken).
    ///   - text: 1...`limits.messageCharacters` characters.
    ///   - citations: JSON, kept unread.
    ///   - details: JSON for teammates (the receipt's id, ...), kept unread.
    ///   - score: what lists show of it, 0...10,000; see `QueueRow.score`.
    /// - Throws: `InboxError.notFound(.turn)`, `.empty`, `.tooLong`, `.notJSON`; `StorageError`. Never for a lost race.
    package func reply(
        to turn: Turn, text: String, citations: String? = nil, details: String? = nil, score: Int? = nil, at now: Timestamp,
        in transaction: Transaction
    ) throws -> ReplyOutcome {
        let text = try Texts.message(text, limit: limits.messageCharacters)
        let citations = try Texts.json(citations, field: "citations", limit: limits.jsonBytes)
        let details = try Texts.json(details, field: "details", limit: limits.jsonBytes)
        let stored = try transaction.row(
            """
            INSERT INTO message(workspace, conversation, seq, id, author, kind, text, citations, details, epoch, turn, at_ms)
            SELECT c.workspace, c.id, c.last_seq + 1, $3, 'assistant', 'text', $4, $5, $6, c.epoch, t.id, $7
            FROM turn t JOIN conversation c ON c.workspace = t.workspace AND c.id = t.conversation
            WHERE t.workspace = $1 AND t.id = $2 AND t.state = 'open' AND COALESCE(t.lease, '') = $8
              AND c.owner = 'assistant' AND c.epoch = t.epoch AND c.state = 'open'
            RETURNING conversation, seq, id, epoch
            """, workspace, turn.id, MessageID.new(at: now), text, citations, details, now, turn.lease?.text ?? "")
        guard let stored else { return .refused(try refusal(of: turn, in: transaction)) }
        let message = try Message(
            id: stored[2], conversation: stored[0], sequence: stored[1], author: .assistant, kind: .text, text: text, citations: citations,
            details: details, epoch: stored[3], turn: turn.id, at: now)
        try transaction.run(
            "UPDATE conversation SET last_seq = $3, updated_ms = $4, score = $5 WHERE workspace = $1 AND id = $2",
            workspace, message.conversation, message.sequence, now, score.map(Self.score))
        try closeTurn(of: message.conversation, as: .answered, at: now, in: transaction)
        try list(message, at: now, in: transaction)
        try index(message, in: transaction)
        try emitSent(message, at: now, in: transaction)
        return .stored(message)
    }

    /// Keeps what lists show of the assistant's last turn.
    func keep(_ score: Int?, in conversation: ConversationID, in transaction: Transaction) throws {
        try transaction.run(
            "UPDATE conversation SET score = $3 WHERE workspace = $1 AND id = $2", workspace, conversation, score.map(Self.score))
    }

    private static func score(_ score: Int) -> Int { min(max(score, 0), 10_000) }

    /// Why the statement above found nothing to insert for.
    func refusal(of turn: Turn, in transaction: Transaction) throws -> ReplyOutcome.Refusal {
        let turn = try self.turn(turn.id, in: transaction)
        let conversation = try conversation(turn.conversation, in: transaction)
        switch turn.state {
        case .answered: return .answered
        case .superseded: return .superseded
        case .open, .handedOver, .taken: break
        }
        if conversation.state == .resolved { return .resolved }
        switch conversation.owner {
        case .teammate(let teammate): return .personOwns(teammate)
        case .queue: return .queued
        case .assistant: break
        }
        guard turn.state == .open, conversation.epoch == turn.epoch else {
            return .epochPassed(turn: turn.epoch, conversation: conversation.epoch)
        }
        return .leaseLost
    }

    /// Keeps a draft that was not sent, for teammates. It is never public, so it needs no owner and no epoch; the second draft of a turn changes nothing.
    /// - Parameters:
    ///   - turn: the turn that the draft was made for.
    ///   - draft: 1...`limits.messageCharacters` characters.
    ///   - details: JSON (why it was held back), kept unread.
    ///   - score: what lists show of it, 0...10,000; see `QueueRow.score`.
    /// - Returns: the suggestion, or nil: there is one.
    /// - Throws: `InboxError.notFound(.turn)`, `.empty`, `.tooLong`, `.notJSON`; `StorageError`.
    @discardableResult
    package func keepSuggestion(
        _ draft: String, for turn: TurnID, citations: String? = nil, details: String? = nil, score: Int? = nil, at now: Timestamp,
        in transaction: Transaction
    ) throws -> Message? {
        let draft = try Texts.message(draft, limit: limits.messageCharacters)
        let citations = try Texts.json(citations, field: "citations", limit: limits.jsonBytes)
        let details = try Texts.json(details, field: "details", limit: limits.jsonBytes)
        let turn = try self.turn(turn, in: transaction)
        let known = try transaction.row(
            "SELECT 1 FROM message WHERE workspace = $1 AND turn = $2 AND kind = 'suggestion'", workspace, turn.id)
        guard known == nil else { return nil }
        let message = try write(
            Entry(author: .assistant, kind: .suggestion, text: draft, citations: citations, details: details, turn: turn.id),
            to: turn.conversation, at: now, in: transaction)
        try keep(score, in: turn.conversation, in: transaction)
        try emit(
            .suggestionKept, of: turn.conversation.text, ["message": message.id.text, "seq": "\(message.sequence)"], at: now,
            in: transaction)
        return message
    }
}
