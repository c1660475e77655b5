package import Storage

/// What a teammate thinks of an answer of the assistant: the measure by which its certainty can be set right. One teammate has one judgement of an
/// answer, the latest; several teammates may differ.
package struct Judgement: Hashable, Sendable {
    /// The answer.
    package let message: MessageID
    /// Who judged.
    package let teammate: TeammateID
    /// How good it is.
    package let verdict: Verdict
    /// What was wrong with it, where that was said.
    package let because: Cause?
    /// When.
    package let at: Timestamp

    /// How good an answer is.
    package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
        /// A careful colleague would have sent it as it is.
        case right
        /// After a small change.
        case fixable
        /// Not at all.
        case wrong
    }

    /// What was wrong with an answer, so that whoever repairs it knows where.
    package enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        /// No document says it.
        case missingDocument
        /// A rule should have stopped it, or stopped it without need.
        case wrongRule
        /// A document says something wrong or old.
        case wrongDocument
        /// Right, but not said so.
        case tone
        /// Something else.
        case other
    }
}

extension Inbox {
    /// Keeps what a teammate thinks of an answer. Saying the same again changes nothing.
    /// - Parameters:
    ///   - message: of the assistant, sent or held back as a suggestion.
    ///   - because: what was wrong; nil where nothing is said.
    /// - Returns: the judgement as kept.
    /// - Throws: `InboxError.notFound`, `.notAnAnswer`; `StorageError`.
    @discardableResult
    package func judge(
        _ message: MessageID, in conversation: ConversationID, as verdict: Judgement.Verdict, because: Judgement.Cause? = nil,
        by teammate: TeammateID, at now: Timestamp, in transaction: Transaction
    ) throws -> Judgement {
        try active(teammate, in: transaction)
        let answer = try self.message(message, of: conversation, in: transaction)
        guard answer.author == .assistant, answer.kind == .text || answer.kind == .suggestion else { throw InboxError.notAnAnswer }
        let before = try judgements(of: conversation, in: transaction)[message]?.first { $0.teammate == teammate }
        if let before, before.verdict == verdict, before.because == because { return before }
        try transaction.run(
            """
            INSERT INTO judgement(workspace, conversation, message, teammate, verdict, because, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT(workspace, conversation, message, teammate)
            DO UPDATE SET verdict = excluded.verdict, because = excluded.because, at_ms = excluded.at_ms
            """, workspace, conversation, message, teammate, verdict.rawValue, because?.rawValue, now)
        try emit(
            .judged, of: conversation.text,
            [
                "message": message.text, "seq": "\(answer.sequence)", "teammate": teammate.text, "verdict": verdict.rawValue,
                "because": because?.rawValue,
            ], at: now, in: transaction)
        return Judgement(message: message, teammate: teammate, verdict: verdict, because: because, at: now)
    }

    /// What was thought of the answers of a conversation, by answer, the oldest judgement first.
    /// - Throws: `StorageError`.
    package func judgements(of conversation: ConversationID, in querying: some Querying) throws -> [MessageID: [Judgement]] {
        let all = try querying.rows(
            """
            SELECT message, teammate, verdict, because, at_ms FROM judgement WHERE workspace = $1 AND conversation = $2
            ORDER BY at_ms, teammate
            """, workspace, conversation
        ).map { row in
            let because: String? = try row[3]
            return try Judgement(
                message: row[0], teammate: row[1], verdict: stored(row[2]), because: because.map { try stored($0) }, at: row[4])
        }
        return Dictionary(grouping: all, by: \.message)
    }

    static let judging = Migration(
        "inbox-8",
        """
        CREATE TABLE judgement(
            workspace TEXT NOT NULL, conversation TEXT NOT NULL, message TEXT NOT NULL, teammate TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('right', 'fixable', 'wrong')),
            because TEXT CHECK (because IN ('missingDocument', 'wrongRule', 'wrongDocument', 'tone', 'other')), at_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, conversation, message, teammate),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id),
            FOREIGN KEY (workspace, message) REFERENCES message(workspace, id),
            FOREIGN KEY (workspace, teammate) REFERENCES teammate(workspace, id)
        ) STRICT;
        """)
}
