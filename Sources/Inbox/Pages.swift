package import Storage

/// Where a page of a list ends: what its rows are ordered by, of the last one. The next page begins after it, whatever was inserted meanwhile.
package struct QueuePosition: Hashable, Sendable {
    /// The priority where the list is ordered by it (-1: nobody waits for us), else 0.
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
        let moment = waitingSince?.milliseconds ?? .max
        return switch queue {
        case .needsPerson: QueuePosition(rank: priority.rawValue, moment: moment, conversation: conversation)
        case .team: QueuePosition(rank: waitingSince == nil ? -1 : priority.rawValue, moment: moment, conversation: conversation)
        default: QueuePosition(rank: 0, moment: updatedAt.milliseconds, conversation: conversation)
        }
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
        try page(of: queue, after: position, limit: limit, skipping: 0, in: querying).compactMap {
            try row(of: $0, for: teammate, in: querying)
        }
    }

    /// The conversations of one page, by an index that has them in order; what the rows show is read only for these.
    func page(
        of queue: Queue, after position: QueuePosition?, limit: Int, skipping: Int, in querying: some Querying
    ) throws -> [ConversationID] {
        let limit = bounded(limit)
        let rows =
            switch queue {
            case .needsPerson: try urgent(position, limit, skipping, querying)
            case .team(let team): try ofTeam(team, position, limit, skipping, querying)
            case .waiting: try waiting(position, limit, skipping, querying)
            case .mine(let teammate): try mine(teammate, position, limit, skipping, querying)
            case .assistant: try changed(.open, position, limit, skipping, querying)
            case .closed: try changed(.resolved, position, limit, skipping, querying)
            }
        return try rows.map { try $0[0] }
    }

    private func urgent(_ position: QueuePosition?, _ limit: Int, _ skipping: Int, _ querying: some Querying) throws -> [Row] {
        try querying.rows(
            """
            SELECT id FROM conversation WHERE workspace = $1 AND owner = 'queue' AND ($2 IS NULL OR priority < $2 OR (priority = $2
                AND (COALESCE(waiting_ms, 9223372036854775807), id) > ($3, $4)))
            ORDER BY priority DESC, COALESCE(waiting_ms, 9223372036854775807), id LIMIT $5 OFFSET $6
            """, workspace, position?.rank, position?.moment, position?.conversation, limit, skipping)
    }

    private func ofTeam(
        _ team: TeamID, _ position: QueuePosition?, _ limit: Int, _ skipping: Int, _ querying: some Querying
    ) throws -> [Row] {
        try querying.rows(
            """
            SELECT id, CASE WHEN waiting_ms IS NULL THEN -1 ELSE priority END AS rank, COALESCE(waiting_ms, 9223372036854775807) AS since
            FROM conversation WHERE workspace = $1 AND state = 'open' AND owner <> 'assistant' AND team = $2 AND snoozed_ms IS NULL
                AND ($3 IS NULL OR CASE WHEN waiting_ms IS NULL THEN -1 ELSE priority END < $3
                    OR (CASE WHEN waiting_ms IS NULL THEN -1 ELSE priority END = $3
                        AND (COALESCE(waiting_ms, 9223372036854775807), id) > ($4, $5)))
            ORDER BY rank DESC, since, id LIMIT $6 OFFSET $7
            """, workspace, team, position?.rank, position?.moment, position?.conversation, limit, skipping)
    }

    private func waiting(_ position: QueuePosition?, _ limit: Int, _ skipping: Int, _ querying: some Querying) throws -> [Row] {
        try querying.rows(
            """
            SELECT id FROM conversation WHERE workspace = $1 AND state = 'open' AND owner = 'teammate'
                AND (awaiting = 'customer' OR snoozed_ms IS NOT NULL) AND updated_ms <= $2 AND (updated_ms < $2 OR id > $3)
            ORDER BY updated_ms DESC, id LIMIT $4 OFFSET $5
            """, workspace, position?.moment ?? .max, position?.conversation ?? ConversationID(""), limit, skipping)
    }

    private func mine(
        _ teammate: TeammateID, _ position: QueuePosition?, _ limit: Int, _ skipping: Int, _ querying: some Querying
    ) throws -> [Row] {
        try querying.rows(
            """
            SELECT id FROM conversation WHERE workspace = $1 AND owner_teammate = $2 AND snoozed_ms IS NULL
                AND updated_ms <= $3 AND (updated_ms < $3 OR id > $4)
            ORDER BY updated_ms DESC, id LIMIT $5 OFFSET $6
            """, workspace, teammate, position?.moment ?? .max, position?.conversation ?? ConversationID(""), limit, skipping)
    }

    /// Of the assistant's. Closed conversations are among these.
    private func changed(
        _ state: Conversation.State, _ position: QueuePosition?, _ limit: Int, _ skipping: Int, _ querying: some Querying
    ) throws -> [Row] {
        try querying.rows(
            """
            SELECT id FROM conversation WHERE workspace = $1 AND state = $2 AND owner = 'assistant'
                AND updated_ms <= $3 AND (updated_ms < $3 OR id > $4)
            ORDER BY updated_ms DESC, id LIMIT $5 OFFSET $6
            """, workspace, state.rawValue, position?.moment ?? .max, position?.conversation ?? ConversationID(""), limit, skipping)
    }
}
