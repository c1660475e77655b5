package import Storage

extension Inbox {
    /// A page of a conversation, oldest first.
    /// - Parameters:
    ///   - isPublic: only what the customer may see.
    ///   - after: the oldest messages beyond this seq; 0 for the beginning.
    ///   - before: in place of that, the newest messages below this seq.
    ///   - limit: 1...`limits.rows`; one more is read than that, to know whether there are more.
    /// - Returns: the messages, and whether there are more in that direction.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func page(
        of conversation: ConversationID, isPublic: Bool, after: Int = 0, before: Int? = nil, limit: Int, in querying: some Querying
    ) throws -> (messages: [Message], isMore: Bool) {
        try exists(conversation, in: querying)
        let limit = bounded(limit)
        let rows: [Row]
        if let before {
            rows = try querying.rows(
                """
                SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
                WHERE workspace = $1 AND conversation = $2 AND seq < $3 AND ($4 = 0 OR kind IN ('text', 'announcement', 'notice'))
                ORDER BY seq DESC LIMIT $5
                """, workspace, conversation, before, isPublic, limit + 1)
        } else {
            rows = try querying.rows(
                """
                SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
                WHERE workspace = $1 AND conversation = $2 AND seq > $3 AND ($4 = 0 OR kind IN ('text', 'announcement', 'notice'))
                ORDER BY seq LIMIT $5
                """, workspace, conversation, after, isPublic, limit + 1)
        }
        let messages = try rows.prefix(limit).map { try message($0, of: conversation) }
        return (before == nil ? messages : messages.reversed(), rows.count > limit)
    }
}
