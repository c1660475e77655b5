package import Storage

/// One entry of a conversation.
package struct Message: Hashable, Sendable {
    /// Names it.
    package let id: MessageID
    /// Where it stands.
    package let conversation: ConversationID
    /// Its place: 1, 2, 3, ... without a gap, over all kinds. Order is by this, never by time.
    package let sequence: Int
    /// Who wrote it.
    package let author: Author
    /// What it is, and with that who may see it.
    package let kind: Kind
    /// What it says. Untrusted, whoever wrote it: never markup.
    package let text: String
    /// Citations as JSON, kept unread.
    package let citations: String?
    /// Details of a draft as JSON, kept unread; for teammates.
    package let details: String?
    /// The conversation's epoch when it was stored.
    package let epoch: Int
    /// The turn that it answers, or that its draft was made for.
    package let turn: TurnID?
    /// When it was stored.
    package let at: Timestamp

    /// Who wrote it.
    package enum Author: Hashable, Sendable {
        case customer
        case assistant
        case teammate(TeammateID)
        /// Nobody: announcements and notices.
        case system
    }

    /// What it is.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Words to the other side.
        case text
        /// "A person is taking over": exactly one per handoff from the assistant.
        case announcement
        /// Other words of the system to the customer ("still waiting").
        case notice
        /// Among teammates.
        case note
        /// A draft of the assistant that was not sent; for teammates.
        case suggestion
    }
}

extension Message.Kind {
    /// Whether the customer and the assistant may see it.
    package var isPublic: Bool { self != .note && self != .suggestion }
}

extension Message.Author {
    /// `customer`, `assistant`, `teammate` or `system`, as stored and told.
    package var kind: String {
        switch self {
        case .customer: "customer"
        case .assistant: "assistant"
        case .teammate: "teammate"
        case .system: "system"
        }
    }

    /// The person, where a teammate wrote it.
    package var teammate: TeammateID? {
        guard case .teammate(let teammate) = self else { return nil }
        return teammate
    }

    init(kind: String, teammate: TeammateID?) throws {
        switch (kind, teammate) {
        case ("customer", _): self = .customer
        case ("assistant", _): self = .assistant
        case ("system", _): self = .system
        case ("teammate", let teammate?): self = .teammate(teammate)
        default: throw StorageError.unexpectedColumn(index: 2, wanted: "an author", found: kind)
        }
    }
}

extension Inbox {
    /// What the assistant and the customer may see, oldest first: notes and suggestions are not among it.
    /// - Parameters:
    ///   - after: the seq last seen: what follows it, so that who reads on from there misses nothing; 0 for who has seen nothing: the newest.
    ///   - limit: 1...`limits.rows`.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func thread(
        of conversation: ConversationID, after: Int = 0, limit: Int = 200, in querying: some Querying
    ) throws -> [Message] {
        try exists(conversation, in: querying)
        let rows =
            after > 0
            ? try querying.rows(
                """
                SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
                WHERE workspace = $1 AND conversation = $2 AND seq > $4 AND kind IN ('text', 'announcement', 'notice') ORDER BY seq LIMIT $3
                """, workspace, conversation, bounded(limit), after)
            : try querying.rows(
                """
                SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
                WHERE workspace = $1 AND conversation = $2 AND kind IN ('text', 'announcement', 'notice') ORDER BY seq DESC LIMIT $3
                """, workspace, conversation, bounded(limit)
            ).reversed()
        return try rows.map { try message($0, of: conversation) }
    }

    /// Everything, notes and suggestions included, oldest first: for teammates only.
    /// - Parameters:
    ///   - after: the seq last seen: what follows it, so that who reads on from there misses nothing; 0 for who has seen nothing: the newest.
    ///   - limit: 1...`limits.rows`.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func wholeThread(
        of conversation: ConversationID, after: Int = 0, limit: Int = 200, in querying: some Querying
    ) throws -> [Message] {
        try exists(conversation, in: querying)
        let rows =
            after > 0
            ? try querying.rows(
                """
                SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
                WHERE workspace = $1 AND conversation = $2 AND seq > $4 ORDER BY seq LIMIT $3
                """, workspace, conversation, bounded(limit), after)
            : try querying.rows(
                """
                SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
                WHERE workspace = $1 AND conversation = $2 ORDER BY seq DESC LIMIT $3
                """, workspace, conversation, bounded(limit)
            ).reversed()
        return try rows.map { try message($0, of: conversation) }
    }

    /// One message of a conversation, for teammates.
    /// - Throws: `InboxError.notFound(.message)`; `StorageError`.
    package func message(_ id: MessageID, of conversation: ConversationID, in querying: some Querying) throws -> Message {
        let row = try querying.row(
            """
            SELECT id, seq, author, teammate, kind, text, citations, details, epoch, turn, at_ms FROM message
            WHERE workspace = $1 AND conversation = $2 AND id = $3
            """, workspace, conversation, id)
        guard let row else { throw InboxError.notFound(.message) }
        return try message(row, of: conversation)
    }

    func message(_ row: Row, of conversation: ConversationID) throws -> Message {
        try Message(
            id: row[0], conversation: conversation, sequence: row[1], author: .init(kind: row[2], teammate: row[3]), kind: stored(row[4]),
            text: row[5], citations: row[6], details: row[7], epoch: row[8], turn: row[9], at: row[10])
    }

    func exists(_ conversation: ConversationID, in querying: some Querying) throws {
        guard try querying.row("SELECT 1 FROM conversation WHERE workspace = $1 AND id = $2", workspace, conversation) != nil else {
            throw InboxError.notFound(.conversation)
        }
    }
}
