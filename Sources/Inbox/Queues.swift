package import Storage

/// The lists of the shared inbox. One conversation may stand in several: a teammate's own that waits for the customer is in `mine` and in `waiting`.
package enum Queue: Hashable, Sendable {
    /// People were asked and nobody has it. The most urgent first, among equals the longest wait.
    case needsPerson
    /// This teammate has it.
    case mine(TeammateID)
    /// The assistant has it.
    case assistant
    /// People have it, and it is the customer's move.
    case waiting
    /// Closed.
    case closed
}

/// How many conversations each list has.
package struct QueueCounts: Hashable, Sendable {
    /// In `.needsPerson`.
    package let needsPerson: Int
    /// In `.mine` of the teammate asked for.
    package let mine: Int
    /// In `.assistant`.
    package let assistant: Int
    /// In `.waiting`.
    package let waiting: Int
    /// In `.closed`.
    package let closed: Int
}

/// One line of a list.
package struct QueueRow: Hashable, Sendable {
    /// Names the conversation.
    package let conversation: ConversationID
    /// The customer's name, or e-mail, where one is known; untrusted.
    package let customer: String?
    /// Who answers.
    package let owner: Conversation.Owner
    /// In the queue: who is asked.
    package let suggested: TeammateID?
    /// The team it was routed to.
    package let team: TeamID?
    /// What it is about.
    package let subject: String?
    /// The beginning of the last words said; untrusted.
    package let lastLine: String?
    /// Who said them: `customer`, `assistant`, `teammate`.
    package let lastAuthor: String?
    /// Since when the customer waits.
    package let waitingSince: Timestamp?
    /// When something last happened.
    package let updatedAt: Timestamp
    /// Why it was handed over, where it was and that is not over.
    package let reason: String?
    /// How urgent the open handoff is; normal where there is none.
    package let priority: Handoff.Priority
    /// Customer's messages that the teammate has not seen.
    package let unread: Int

    /// How long the customer has waited, in milliseconds; nil where it is the customer's move.
    package func age(at now: Timestamp) -> Int64? { waitingSince.map { max(0, now.since($0)) } }
}

extension Inbox {
    /// The counts of all lists, as one teammate sees them.
    /// - Throws: `StorageError`.
    package func queueCounts(for teammate: TeammateID, in querying: some Querying) throws -> QueueCounts {
        var counts: [String: Int] = [:]
        let groups = try querying.rows(
            "SELECT state, owner, COUNT(*) FROM conversation WHERE workspace = $1 GROUP BY state, owner", workspace)
        for group in groups { counts[try group[0] + " " + group[1]] = try group[2] }
        let mine = try querying.row(
            "SELECT COUNT(*) FROM conversation WHERE workspace = $1 AND owner_teammate = $2 AND state = 'open'", workspace, teammate)
        let waiting = try querying.row(
            """
            SELECT COUNT(*) FROM conversation WHERE workspace = $1 AND state = 'open' AND owner = 'teammate' AND awaiting = 'customer'
            """, workspace)
        return try QueueCounts(
            needsPerson: counts["open queue"] ?? 0, mine: mine?[0] ?? 0, assistant: counts["open assistant"] ?? 0,
            waiting: waiting?[0] ?? 0, closed: counts["resolved assistant"] ?? 0)
    }

    /// One list, as one teammate sees it.
    /// - Parameters:
    ///   - teammate: whose unread messages are counted.
    ///   - limit: 1...`limits.rows`.
    ///   - skipping: how many rows to leave out, for "more".
    /// - Throws: `StorageError`.
    package func rows(
        of queue: Queue, for teammate: TeammateID, limit: Int = 100, skipping: Int = 0, in querying: some Querying
    ) throws -> [QueueRow] {
        try page(of: queue, limit: bounded(limit), skipping: max(skipping, 0), in: querying).compactMap { id in
            try row(of: id, for: teammate, in: querying)
        }
    }

    /// How many customers stand in the queue before this one.
    /// - Returns: 0 for the next; nil where the conversation is not queued.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func placeInQueue(of id: ConversationID, in querying: some Querying) throws -> Int? {
        let conversation = try conversation(id, in: querying)
        guard conversation.owner == .queue, let since = conversation.waitingSince else { return nil }
        return try querying.row(
            "SELECT COUNT(*) FROM conversation WHERE workspace = $1 AND owner = 'queue' AND waiting_ms < $2", workspace, since
        ).map { try $0[0] }
    }

    /// The conversations of one page, by an index that has them in order; what the rows show is read only for these.
    private func page(of queue: Queue, limit: Int, skipping: Int, in querying: some Querying) throws -> [ConversationID] {
        let rows: [Row]
        if queue == .needsPerson {
            rows = try querying.rows(
                """
                SELECT c.id FROM conversation c
                LEFT JOIN handoff h ON h.workspace = c.workspace AND h.conversation = c.id AND h.closed_ms IS NULL
                WHERE c.workspace = $1 AND c.owner = 'queue' ORDER BY COALESCE(h.priority, 1) DESC, c.waiting_ms, c.id LIMIT $2 OFFSET $3
                """, workspace, limit, skipping)
        } else {
            let wanted = Wanted(queue)
            rows = try querying.rows(
                """
                SELECT id FROM conversation WHERE workspace = $1 AND state = $2 AND owner = $3
                    AND ($4 IS NULL OR owner_teammate = $4) AND ($5 IS NULL OR awaiting = $5)
                ORDER BY updated_ms DESC, id LIMIT $6 OFFSET $7
                """, workspace, wanted.state.rawValue, wanted.owner, wanted.teammate, wanted.awaiting?.rawValue, limit, skipping)
        }
        return try rows.map { try $0[0] }
    }

    func row(of id: ConversationID, for teammate: TeammateID, in querying: some Querying) throws -> QueueRow? {
        try querying.row(
            """
            SELECT c.id, COALESCE(u.name, u.email), c.owner, c.owner_teammate, c.suggested, c.team, c.subject, c.last_line, c.last_author,
                c.waiting_ms, c.updated_ms,
                (SELECT h.reason FROM handoff h WHERE h.workspace = c.workspace AND h.conversation = c.id AND h.closed_ms IS NULL),
                (SELECT COUNT(*) FROM message m WHERE m.workspace = c.workspace AND m.conversation = c.id AND m.author = 'customer'
                    AND m.seq > COALESCE((SELECT r.seq FROM read_mark r WHERE r.workspace = c.workspace AND r.conversation = c.id
                        AND r.teammate = $3), 0)),
                COALESCE((SELECT h.priority FROM handoff h
                    WHERE h.workspace = c.workspace AND h.conversation = c.id AND h.closed_ms IS NULL), 1)
            FROM conversation c JOIN customer u ON u.workspace = c.workspace AND u.id = c.customer
            WHERE c.workspace = $1 AND c.id = $2
            """, workspace, id, teammate
        ).map {
            try QueueRow(
                conversation: $0[0], customer: $0[1], owner: .init(kind: $0[2], teammate: $0[3]), suggested: $0[4], team: $0[5],
                subject: $0[6], lastLine: $0[7], lastAuthor: $0[8], waitingSince: $0[9], updatedAt: $0[10], reason: $0[11],
                priority: .init(rawValue: $0[13]) ?? .normal, unread: $0[12])
        }
    }

    /// A list as conditions on columns; nil: any. Closed conversations belong to the assistant.
    struct Wanted {
        var state = Conversation.State.open
        var owner = "assistant"
        var teammate: TeammateID?
        var awaiting: Conversation.Awaiting?

        init(_ queue: Queue) {
            switch queue {
            case .needsPerson: owner = "queue"
            case .mine(let mine): (owner, teammate) = ("teammate", mine)
            case .assistant: break
            case .waiting: (owner, awaiting) = ("teammate", .customer)
            case .closed: state = .resolved
            }
        }
    }
}
