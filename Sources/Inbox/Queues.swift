package import Storage

/// The lists of the shared inbox. One conversation may stand in several: a teammate's own that waits for the customer is in `mine` and in `waiting`, and
/// what is with people is also in the list of its team.
package enum Queue: Hashable, Sendable {
    /// People were asked and nobody has it. The most urgent first, among equals the longest wait.
    case needsPerson
    /// This teammate has it, and it is not snoozed.
    case mine(TeammateID)
    /// The assistant has it.
    case assistant
    /// People have it, and it is the customer's move or it is snoozed.
    case waiting
    /// Closed.
    case closed
    /// People have it or were asked, it was routed to this team, and it is not snoozed. Those that wait for us first, then as in `needsPerson`.
    case team(TeamID)
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
    /// In `.team` of each team; every team of the workspace is named.
    package let teams: [TeamID: Int]
}

/// One line of a list.
package struct QueueRow: Hashable, Sendable {
    /// Names the conversation.
    package let conversation: ConversationID
    /// The customer's name, or e-mail, where one is known; untrusted.
    package let customer: String?
    /// Open or closed.
    package let state: Conversation.State
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
    /// Whose move it is.
    package let awaiting: Conversation.Awaiting
    /// Since when the customer waits.
    package let waitingSince: Timestamp?
    /// When something last happened.
    package let updatedAt: Timestamp
    /// Why it was handed over, where it was and that is not over.
    package let reason: String?
    /// How urgent the open handoff is; normal where there is none.
    package let priority: Handoff.Priority
    /// What whoever answers for the assistant made of its last turn, 0...10,000; nil where it made nothing. Not interpreted here.
    package let score: Int?
    /// Until when it is snoozed.
    package let snoozedUntil: Timestamp?
    /// The conversation of which it is a part, while it is.
    package let mergedInto: ConversationID?
    /// How it went, as the customer says: 1 to 5; nil where nothing was said.
    package let satisfaction: Int?
    /// What its team has promised and when that is due; nil where nothing is.
    package let due: Due?
    /// Customer's messages that the teammate has not seen; `limits.unread` stands for that many or more.
    package let unread: Int

    /// How long the customer has waited, in milliseconds; nil where it is the customer's move.
    package func age(at now: Timestamp) -> Int64? { waitingSince.map { max(0, now.since($0)) } }
}

extension Inbox {
    /// The counts of all lists, as one teammate sees them: two walks over indexes, one of which holds only what people have.
    /// - Throws: `StorageError`.
    package func queueCounts(for teammate: TeammateID, in querying: some Querying) throws -> QueueCounts {
        var counts: [String: Int] = [:]
        let groups = try querying.rows(
            "SELECT state, owner, COUNT(*) FROM conversation WHERE workspace = $1 GROUP BY state, owner", workspace)
        for group in groups { counts[try group[0] + " " + group[1]] = try group[2] }
        var teams: [TeamID: Int] = [:]
        for row in try querying.rows("SELECT id FROM team WHERE workspace = $1", workspace) { teams[try row[0]] = 0 }
        var (mine, waiting) = (0, 0)
        let people = try querying.rows(
            """
            SELECT team, owner_teammate = $2, owner = 'teammate' AND awaiting = 'customer', snoozed_ms IS NOT NULL, COUNT(*)
            FROM conversation WHERE workspace = $1 AND state = 'open' AND owner <> 'assistant' GROUP BY 1, 2, 3, 4
            """, workspace, teammate)
        for row in people {
            let (team, isMine): (TeamID?, Bool?) = try (row[0], row[1])
            let (isCustomers, isSnoozed): (Bool, Bool) = try (row[2], row[3])
            let count: Int = try row[4]
            if isCustomers || isSnoozed { waiting += count }
            if isMine == true, !isSnoozed { mine += count }
            if let team, !isSnoozed { teams[team, default: 0] += count }
        }
        return QueueCounts(
            needsPerson: counts["open queue"] ?? 0, mine: mine, assistant: counts["open assistant"] ?? 0, waiting: waiting,
            closed: counts["resolved assistant"] ?? 0, teams: teams)
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
        try page(of: queue, after: nil, limit: limit, skipping: max(skipping, 0), in: querying).compactMap { id in
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

    /// One conversation as a line of a list; nil where there is none.
    func row(of id: ConversationID, for teammate: TeammateID, in querying: some Querying) throws -> QueueRow? {
        try querying.row(
            """
            SELECT c.id, COALESCE(u.name, u.email), c.owner, c.owner_teammate, c.suggested, c.team, c.subject, c.last_line, c.last_author,
                c.waiting_ms, c.updated_ms,
                (SELECT h.reason FROM handoff h WHERE h.workspace = c.workspace AND h.conversation = c.id AND h.closed_ms IS NULL),
                (SELECT COUNT(*) FROM (SELECT 1 FROM message m WHERE m.workspace = c.workspace AND m.conversation = c.id
                    AND m.author = 'customer' AND m.seq > COALESCE((SELECT r.seq FROM read_mark r WHERE r.workspace = c.workspace
                        AND r.conversation = c.id AND r.teammate = $3), 0) LIMIT $4)),
                c.priority, c.state, c.awaiting, c.score, c.snoozed_ms, c.merged_into,
                c.respond_kind, c.respond_ms, c.respond_soon_ms, c.resolve_ms, c.resolve_soon_ms,
                (SELECT s.score FROM satisfaction s WHERE s.workspace = c.workspace AND s.conversation = c.id)
            FROM conversation c JOIN customer u ON u.workspace = c.workspace AND u.id = c.customer
            WHERE c.workspace = $1 AND c.id = $2
            """, workspace, id, teammate, limits.unread
        ).map { row in
            try QueueRow(
                conversation: row[0], customer: row[1], state: stored(row[14]), owner: .init(kind: row[2], teammate: row[3]),
                suggested: row[4], team: row[5], subject: row[6], lastLine: row[7], lastAuthor: row[8], awaiting: stored(row[15]),
                waitingSince: row[9], updatedAt: row[10], reason: row[11], priority: .init(rawValue: row[13]) ?? .normal, score: row[16],
                snoozedUntil: row[17], mergedInto: row[18], satisfaction: row[24], due: Due.nearest(row, from: 19), unread: row[12])
        }
    }
}

extension Inbox {
    /// What lists show and are ordered by stands in the conversation's row, so that a page of any list is one walk over an index. A snooze is the
    /// owner's: nobody else may let a customer wait.
    static let listing = Migration(
        "inbox-6",
        """
        ALTER TABLE conversation ADD COLUMN priority INTEGER NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 3);
        ALTER TABLE conversation ADD COLUMN score INTEGER CHECK (score BETWEEN 0 AND 10000);
        ALTER TABLE conversation ADD COLUMN snoozed_ms INTEGER CHECK (snoozed_ms IS NULL OR (owner = 'teammate' AND state = 'open'));
        ALTER TABLE conversation ADD COLUMN respond_kind TEXT CHECK (respond_kind IN ('first', 'next'));
        ALTER TABLE conversation ADD COLUMN respond_ms INTEGER;
        ALTER TABLE conversation ADD COLUMN respond_soon_ms INTEGER;
        ALTER TABLE conversation ADD COLUMN resolve_ms INTEGER;
        ALTER TABLE conversation ADD COLUMN resolve_soon_ms INTEGER;
        UPDATE conversation SET
            priority = COALESCE((SELECT h.priority FROM handoff h
                WHERE h.workspace = conversation.workspace AND h.conversation = conversation.id AND h.closed_ms IS NULL), 1),
            score = (SELECT CAST(ROUND(MIN(MAX(json_extract(m.details, '$.receipt.confidence.probability'), 0), 1) * 10000) AS INTEGER)
                FROM message m WHERE m.workspace = conversation.workspace AND m.conversation = conversation.id AND m.author = 'assistant'
                    AND json_valid(m.details) ORDER BY m.seq DESC LIMIT 1);
        CREATE INDEX conversation_urgent ON conversation(workspace, priority DESC, COALESCE(waiting_ms, 9223372036854775807), id)
            WHERE owner = 'queue';
        CREATE INDEX conversation_people ON conversation(workspace, team, owner, owner_teammate, awaiting, snoozed_ms)
            WHERE state = 'open' AND owner <> 'assistant';
        CREATE INDEX conversation_snoozed ON conversation(snoozed_ms) WHERE snoozed_ms IS NOT NULL;
        """)
}
