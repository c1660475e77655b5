package import Storage

/// Where a page of a list ends: what its rows are ordered by, of the last one. The next page begins after it, whatever was inserted meanwhile.
package struct QueuePosition: Hashable, Sendable {
    /// The priority where the list is ordered by it, else 0.
    package let rank: Int
    /// Milliseconds: of the wait's beginning, or of the last change.
    package let moment: Int64
    /// Decides between equals.
    package let conversation: ConversationID

    /// Memberwise.
    package init(rank: Int, moment: Int64, conversation: ConversationID) {
        self.rank = rank
        self.moment = moment
        self.conversation = conversation
    }
}

extension QueueRow {
    /// Where the row stands in a list.
    package func position(in queue: Queue) -> QueuePosition {
        queue == .needsPerson
            ? QueuePosition(rank: priority.rawValue, moment: waitingSince?.milliseconds ?? .max, conversation: conversation)
            : QueuePosition(rank: 0, moment: updatedAt.milliseconds, conversation: conversation)
    }
}

extension Inbox {
    /// A page of one list, as one teammate sees it.
    /// - Parameters:
    ///   - position: of the last row of the page before; nil for the first page.
    ///   - teammate: whose unread messages are counted; nobody's name counts all.
    ///   - limit: 1...`limits.rows`.
    /// - Throws: `StorageError`.
    package func rows(
        of queue: Queue, after position: QueuePosition?, for teammate: TeammateID, limit: Int, in querying: some Querying
    ) throws -> [QueueRow] {
        let page =
            try queue == .needsPerson
            ? waiting(after: position, bounded(limit), querying) : changed(queue, position, bounded(limit), querying)
        return try page.compactMap { try row(of: $0[0], for: teammate, in: querying) }
    }

    private func waiting(after position: QueuePosition?, _ limit: Int, _ querying: some Querying) throws -> [Row] {
        try querying.rows(
            """
            SELECT c.id FROM conversation c
            LEFT JOIN handoff h ON h.workspace = c.workspace AND h.conversation = c.id AND h.closed_ms IS NULL
            WHERE c.workspace = $1 AND c.owner = 'queue' AND ($2 IS NULL OR COALESCE(h.priority, 1) < $2 OR (COALESCE(h.priority, 1) = $2
                AND (COALESCE(c.waiting_ms, 9223372036854775807), c.id) > ($3, $4)))
            ORDER BY COALESCE(h.priority, 1) DESC, COALESCE(c.waiting_ms, 9223372036854775807), c.id LIMIT $5
            """, workspace, position?.rank, position?.moment, position?.conversation, limit)
    }

    private func changed(_ queue: Queue, _ position: QueuePosition?, _ limit: Int, _ querying: some Querying) throws -> [Row] {
        let wanted = Wanted(queue)
        return try querying.rows(
            """
            SELECT id FROM conversation WHERE workspace = $1 AND state = $2 AND owner = $3
                AND ($4 IS NULL OR owner_teammate = $4) AND ($5 IS NULL OR awaiting = $5)
                AND updated_ms <= $6 AND (updated_ms < $6 OR id > $7)
            ORDER BY updated_ms DESC, id LIMIT $8
            """, workspace, wanted.state.rawValue, wanted.owner, wanted.teammate, wanted.awaiting?.rawValue, position?.moment ?? .max,
            position?.conversation ?? ConversationID(""), limit)
    }

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
