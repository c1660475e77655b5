package import Storage

/// A turn that ends in a reply has its receipt beside the reply, one that ends in a handoff in the package. A turn that was overtaken has neither, and keeps it
/// here: what was looked at before a person or a newer message came first.
extension Inbox {
    /// Keeps the receipt of an overtaken turn. The first one stays.
    /// - Parameter receipt: JSON, kept unread.
    /// - Throws: `InboxError.tooLong`, `.notJSON`; `StorageError`.
    package func keepReceipt(_ receipt: String, of turn: TurnID, in transaction: Transaction) throws {
        let receipt = try Texts.json(receipt, field: "receipt", limit: limits.jsonBytes)
        try transaction.run(
            "UPDATE turn SET receipt = $3 WHERE workspace = $1 AND id = $2 AND receipt IS NULL", workspace, turn, receipt)
    }

    /// The receipt of an overtaken turn.
    /// - Returns: JSON; nil for a turn that ended otherwise, or of which nothing was looked at.
    /// - Throws: `StorageError`.
    package func receipt(of turn: TurnID, in querying: some Querying) throws -> String? {
        try querying.row("SELECT receipt FROM turn WHERE workspace = $1 AND id = $2", workspace, turn).flatMap { try $0[0] }
    }

    /// What was kept beside what the assistant made of a turn: of the reply, or else of the suggestion.
    /// - Returns: nil where neither was made.
    /// - Throws: `StorageError`.
    package func entry(ofTurn turn: TurnID, in conversation: ConversationID, in querying: some Querying) throws -> Message? {
        try querying.row(
            """
            SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
            WHERE workspace = $1 AND conversation = $2 AND turn = $3 AND author = 'assistant' AND kind IN ('text', 'suggestion')
            ORDER BY CASE kind WHEN 'text' THEN 0 ELSE 1 END LIMIT 1
            """, workspace, conversation, turn
        ).map { try message($0, of: conversation) }
    }
}
