import Storage

/// How an entry gets its place in a conversation: the number is taken from the conversation's row in the same transaction, so there is no gap and no
/// second one. The assistant's replies do not pass here: they have a statement of their own, which checks more (`Inbox.reply`).
extension Inbox {
    /// An entry to be written.
    struct Entry {
        var author: Message.Author
        var kind: Message.Kind
        var text: String
        var citations: String?
        var details: String?
        var turn: TurnID?
        var handoff: HandoffID?
    }

    /// Writes an entry, keeps the conversation's list fields, and tells it.
    func write(_ entry: Entry, to conversation: ConversationID, at now: Timestamp, in transaction: Transaction) throws -> Message {
        let next = try transaction.row(
            """
            UPDATE conversation SET last_seq = last_seq + 1, updated_ms = $3 WHERE workspace = $1 AND id = $2 RETURNING last_seq, epoch
            """, workspace, conversation, now)
        guard let next else { throw InboxError.notFound(.conversation) }
        let message = try Message(
            id: .new(at: now), conversation: conversation, sequence: next[0], author: entry.author, kind: entry.kind, text: entry.text,
            citations: entry.citations, details: entry.details, epoch: next[1], turn: entry.turn, at: now)
        try transaction.run(
            """
            INSERT INTO message(workspace, conversation, seq, id, author, teammate, kind, text, citations, details, epoch, turn, handoff, at_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """, workspace, conversation, message.sequence, message.id, message.author.kind, message.author.teammate,
            message.kind.rawValue, message.text, message.citations, message.details, message.epoch, message.turn, entry.handoff, now)
        try list(message, at: now, in: transaction)
        try index(message, in: transaction)
        return message
    }

    /// Tells a message that the customer sees.
    func emitSent(_ message: Message, at now: Timestamp, in transaction: Transaction) throws {
        try emit(
            .messageSent, of: message.conversation.text,
            [
                "message": message.id.text, "seq": "\(message.sequence)", "epoch": "\(message.epoch)", "author": message.author.kind,
                "kind": message.kind.rawValue, "turn": message.turn?.text, "teammate": message.author.teammate?.text,
            ], at: now, in: transaction)
    }

    /// Keeps what lists show: the last line said, and whose move it is.
    func list(_ message: Message, at now: Timestamp, in transaction: Transaction) throws {
        guard message.kind == .text else { return }
        let awaiting: Conversation.Awaiting = message.author == .customer ? .company : .customer
        try transaction.run(
            """
            UPDATE conversation SET last_line = $3, last_author = $4, awaiting = $5,
                waiting_ms = CASE WHEN $5 = 'company' THEN COALESCE(waiting_ms, $6) END
            WHERE workspace = $1 AND id = $2
            """, workspace, message.conversation, Texts.preview(message.text), message.author.kind, awaiting.rawValue, now)
    }

    /// Closes the open turn of a conversation, if there is one.
    /// - Returns: the turn that was closed, and when its burst began.
    @discardableResult
    func closeTurn(
        of conversation: ConversationID, as state: Turn.State, at now: Timestamp, in transaction: Transaction
    ) throws -> (id: TurnID, burst: Timestamp)? {
        try transaction.row(
            """
            UPDATE turn SET state = $3, closed_ms = $4, lease = NULL, lease_ms = NULL
            WHERE workspace = $1 AND conversation = $2 AND state = 'open' RETURNING id, burst_ms
            """, workspace, conversation, state.rawValue, now
        ).map { try ($0[0], $0[1]) }
    }

    /// Opens a turn for a message; a turn that was open becomes part of it (one answer per burst). Each message of a burst moves the deadline, but
    /// never beyond twice `patience` from the first: who keeps typing must not wait for ever.
    func openTurn(
        for message: MessageID, sequence: Int, of conversation: ConversationID, epoch: Int, patience: Int64, at now: Timestamp,
        in transaction: Transaction
    ) throws -> TurnID {
        let turn = TurnID.new(at: now)
        var burst = now
        if let older = try closeTurn(of: conversation, as: .superseded, at: now, in: transaction) {
            burst = min(older.burst, now)
            try emit(.turnSuperseded, of: conversation.text, ["turn": older.id.text, "by": turn.text], at: now, in: transaction)
        }
        let deadline = min(now.adding(milliseconds: patience), burst.adding(milliseconds: patience).adding(milliseconds: patience))
        try transaction.run(
            """
            INSERT INTO turn(workspace, id, conversation, message, seq, epoch, burst_ms, deadline_ms, state, opened_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)
            """, workspace, turn, conversation, message, sequence, epoch, burst, deadline, now)
        return turn
    }
}
