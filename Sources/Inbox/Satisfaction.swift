package import Storage

/// How it went, as the customer says: one answer per conversation, which they may change.
package struct Satisfaction: Hashable, Sendable {
    /// 1 (very bad) to 5 (very good).
    package let score: Int
    /// In the customer's words; untrusted.
    package let comment: String?
    /// When they last said so.
    package let at: Timestamp

    /// The scores there are.
    package static let scores = 1...5
}

extension Inbox {
    /// Keeps how a conversation went; what was said before is replaced.
    /// - Parameters:
    ///   - customer: whose conversation it must be.
    ///   - comment: nil or blank: none.
    /// - Throws: `InboxError.notFound(.conversation)`; `.tooEarly` while `mayRate` is false; `.outOfRange`, `.tooLong`; `StorageError`.
    @discardableResult
    package func rate(
        _ id: ConversationID, of customer: CustomerID, score: Int, comment: String?, at now: Timestamp, in transaction: Transaction
    ) throws -> Satisfaction {
        let conversation = try conversation(id, of: customer, in: transaction)
        guard Satisfaction.scores.contains(score) else { throw InboxError.outOfRange(field: "score", allowed: Satisfaction.scores) }
        let isBlank = comment.map { $0.allSatisfy(\.isWhitespace) } ?? true
        let comment = try isBlank ? nil : comment.map { try Texts.checked($0, field: "comment", limit: limits.commentCharacters) }
        guard try mayRate(conversation, in: transaction) else { throw InboxError.tooEarly }
        let before = try satisfaction(of: id, in: transaction)
        if let before, before.score == score, before.comment == comment { return before }
        try transaction.run(
            """
            INSERT INTO satisfaction(workspace, conversation, score, comment, at_ms) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (workspace, conversation) DO UPDATE SET score = excluded.score, comment = excluded.comment, at_ms = excluded.at_ms
            """, workspace, id, score, comment, now)
        try emit(.rated, of: id.text, ["score": "\(score)"], at: now, in: transaction)
        return Satisfaction(score: score, comment: comment, at: now)
    }

    /// What the customer said of a conversation; nil where nothing.
    /// - Throws: `StorageError`.
    package func satisfaction(of id: ConversationID, in querying: some Querying) throws -> Satisfaction? {
        try querying.row("SELECT score, comment, at_ms FROM satisfaction WHERE workspace = $1 AND conversation = $2", workspace, id).map {
            try Satisfaction(score: $0[0], comment: $0[1], at: $0[2])
        }
    }

    /// Whether there is something to judge: the conversation is closed, or somebody has answered and nobody waits for anything.
    /// - Throws: `StorageError`.
    package func mayRate(_ conversation: Conversation, in querying: some Querying) throws -> Bool {
        if conversation.state == .resolved { return true }
        guard conversation.owner != .queue, conversation.awaiting == .customer else { return false }
        return try querying.row(
            """
            SELECT 1 FROM message WHERE workspace = $1 AND conversation = $2 AND kind = 'text' AND author IN ('assistant', 'teammate') LIMIT 1
            """, workspace, conversation.id) != nil
    }

    static let satisfactionSchema = Migration(
        "inbox-20",
        """
        CREATE TABLE satisfaction(
            workspace TEXT NOT NULL, conversation TEXT NOT NULL, score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5), comment TEXT,
            at_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, conversation),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id)
        ) STRICT;
        CREATE INDEX satisfaction_at ON satisfaction(workspace, at_ms);
        """)
}
