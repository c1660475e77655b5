package import Storage

/// The lists of the shared inbox. One conversation may stand in several: a teammate's own that waits for the customer is in `mine` and in `waiting`.
package enum Queue: Hashable, Sendable {
    /// People were asked and nobody has it. The longest wait first.
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
    /// Customer's messages that the teammate has not seen.
    package let unread: Int

    /// How long the customer has waited, in milliseconds; nil where it is the customer's move.
    package func age(at now: Timestamp) -> Int64? { waitingSince.map { max(0, now.since($0)) } }
}

extension Inbox {
    /// The counts of all lists, as one teammate sees them.
    /// - Throws: `StorageError`.
    package func queueCounts(for teammate: TeammateID, in querying: some Querying) throws -> QueueCounts {
        let row = try querying.row(
            """
            SELECT COUNT(CASE WHEN state = 'open' AND owner = 'queue' THEN 1 END),
                   COUNT(CASE WHEN state = 'open' AND owner_teammate = $2 THEN 1 END),
                   COUNT(CASE WHEN state = 'open' AND owner = 'assistant' THEN 1 END),
                   COUNT(CASE WHEN state = 'open' AND owner = 'teammate' AND awaiting = 'customer' THEN 1 END),
                   COUNT(CASE WHEN state = 'resolved' THEN 1 END)
            FROM conversation WHERE workspace = $1
            """, workspace, teammate)
        return try QueueCounts(
            needsPerson: row?[0] ?? 0, mine: row?[1] ?? 0, assistant: row?[2] ?? 0, waiting: row?[3] ?? 0, closed: row?[4] ?? 0)
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
        let wanted = Wanted(queue)
        return try querying.rows(
            """
            SELECT c.id, COALESCE(u.name, u.email), c.owner, c.owner_teammate, c.suggested, c.team, c.subject, c.last_line, c.last_author,
                c.waiting_ms, c.updated_ms,
                (SELECT h.reason FROM handoff h WHERE h.workspace = c.workspace AND h.conversation = c.id AND h.closed_ms IS NULL),
                (SELECT COUNT(*) FROM message m WHERE m.workspace = c.workspace AND m.conversation = c.id AND m.author = 'customer'
                    AND m.seq > COALESCE((SELECT r.seq FROM read_mark r WHERE r.workspace = c.workspace AND r.conversation = c.id
                        AND r.teammate = $2), 0))
            FROM conversation c JOIN customer u ON u.workspace = c.workspace AND u.id = c.customer
            WHERE c.workspace = $1 AND c.state = $3 AND ($4 IS NULL OR c.owner = $4) AND ($5 IS NULL OR c.owner_teammate = $5)
                AND ($6 IS NULL OR c.awaiting = $6)
            ORDER BY CASE WHEN $7 = 1 THEN COALESCE(c.waiting_ms, c.updated_ms) ELSE 0 END, c.updated_ms DESC, c.id LIMIT $8 OFFSET $9
            """, workspace, teammate, wanted.state.rawValue, wanted.owner, wanted.teammate, wanted.awaiting?.rawValue,
            queue == .needsPerson, bounded(limit), max(skipping, 0)
        ).map {
            try QueueRow(
                conversation: $0[0], customer: $0[1], owner: .init(kind: $0[2], teammate: $0[3]), suggested: $0[4], team: $0[5],
                subject: $0[6], lastLine: $0[7], lastAuthor: $0[8], waitingSince: $0[9], updatedAt: $0[10], reason: $0[11], unread: $0[12])
        }
    }

    /// A list as conditions on columns; nil: any.
    private struct Wanted {
        var state = Conversation.State.open
        var owner: String?
        var teammate: TeammateID?
        var awaiting: Conversation.Awaiting?

        init(_ queue: Queue) {
            switch queue {
            case .needsPerson: owner = "queue"
            case .mine(let mine): (owner, teammate) = ("teammate", mine)
            case .assistant: owner = "assistant"
            case .waiting: (owner, awaiting) = ("teammate", .customer)
            case .closed: state = .resolved
            }
        }
    }
}
