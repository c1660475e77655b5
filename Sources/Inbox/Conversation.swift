package import Storage

/// A thread between one customer and whoever answers, with exactly one owner at any time.
///
/// Each change of owner raises the epoch. Whoever wants to speak says which epoch it has seen; the statement that stores the words compares it, so a
/// speaker who was overtaken stores nothing.
package struct Conversation: Hashable, Sendable {
    /// Names it.
    package let id: ConversationID
    /// Whose it is.
    package let workspace: WorkspaceID
    /// The name of the assistant that answers in it.
    package let assistant: String
    /// Who asks.
    package let customer: CustomerID
    /// Who answers now.
    package let owner: Owner
    /// How often the owner changed, from 1.
    package let epoch: Int
    /// Open or closed.
    package let state: State
    /// The team it was routed to.
    package let team: TeamID?
    /// While in the queue: the teammate who is asked to take it. Anybody may.
    package let suggested: TeammateID?
    /// What it is about, one line.
    package let subject: String?
    /// Details captured from the customer (lead form, answers), by name.
    package let captured: [String: String]
    /// Tags, in alphabetical order.
    package let tags: [String]
    /// The seq of the newest message of any kind; 0 before the first. Seqs are 1, 2, 3, ... without a gap.
    package let lastSequence: Int
    /// Who has to say something next.
    package let awaiting: Awaiting
    /// Since when the customer waits for an answer.
    package let waitingSince: Timestamp?
    /// When it began.
    package let openedAt: Timestamp
    /// When something last happened in it.
    package let updatedAt: Timestamp
    /// When it was closed, while it is closed.
    package let resolvedAt: Timestamp?
    /// Until when its owner has put it aside.
    package let snoozedUntil: Timestamp?
    /// What its team has promised and when that is due; nil where nothing is.
    package let due: Due?
    /// The conversation of which it is a part, while it is: it is closed then, and its messages stay where they are.
    package let mergedInto: ConversationID?

    /// Who answers.
    package enum Owner: Hashable, Sendable {
        /// The assistant.
        case assistant
        /// Nobody yet: people were asked.
        case queue
        /// This person, and nobody else.
        case teammate(TeammateID)
    }

    /// Open or closed.
    package enum State: String, Hashable, Sendable, Codable {
        /// Somebody owes something.
        case open
        /// Closed, and the assistant's again: the customer's next message opens it.
        case resolved
    }

    /// Whose move it is.
    package enum Awaiting: String, Hashable, Sendable, Codable {
        /// The customer's: all was answered.
        case customer
        /// Ours: the customer's last message has no answer.
        case company
    }
}

extension Conversation.Owner {
    /// `assistant`, `queue` or `teammate`, as stored and told.
    package var kind: String {
        switch self {
        case .assistant: "assistant"
        case .queue: "queue"
        case .teammate: "teammate"
        }
    }

    /// The person, where a person owns it.
    package var teammate: TeammateID? {
        guard case .teammate(let teammate) = self else { return nil }
        return teammate
    }

    init(kind: String, teammate: TeammateID?) throws {
        switch (kind, teammate) {
        case ("assistant", nil): self = .assistant
        case ("queue", nil): self = .queue
        case ("teammate", let teammate?): self = .teammate(teammate)
        default: throw StorageError.unexpectedColumn(index: 3, wanted: "an owner", found: kind)
        }
    }
}

extension Inbox {
    /// One conversation of this workspace.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func conversation(_ id: ConversationID, in querying: some Querying) throws -> Conversation {
        let found = try querying.row(
            """
            SELECT assistant, customer, owner, owner_teammate, epoch, state, team, suggested, subject, captured, last_seq, awaiting,
                   waiting_ms, opened_ms, updated_ms, resolved_ms, snoozed_ms, merged_into,
                   respond_kind, respond_ms, respond_soon_ms, resolve_ms, resolve_soon_ms
            FROM conversation WHERE workspace = $1 AND id = $2
            """, workspace, id)
        guard let row = found else { throw InboxError.notFound(.conversation) }
        let captured: String = try row[9]
        return try Conversation(
            id: id, workspace: workspace, assistant: row[0], customer: row[1], owner: .init(kind: row[2], teammate: row[3]), epoch: row[4],
            state: stored(row[5]), team: row[6], suggested: row[7], subject: row[8],
            captured: StoredJSON.decode([String: String].self, from: captured), tags: tags(of: id, in: querying),
            lastSequence: row[10], awaiting: stored(row[11]), waitingSince: row[12], openedAt: row[13], updatedAt: row[14],
            resolvedAt: row[15], snoozedUntil: row[16], due: Due.nearest(row, from: 18), mergedInto: row[17])
    }

    /// One conversation, as its customer may see it: another customer's is not found.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func conversation(_ id: ConversationID, of customer: CustomerID, in querying: some Querying) throws -> Conversation {
        let conversation = try conversation(id, in: querying)
        guard conversation.customer == customer else { throw InboxError.notFound(.conversation) }
        return conversation
    }

    /// Begins a conversation; it belongs to the assistant and has no message yet.
    /// - Parameters:
    ///   - assistant: the name of the assistant that is to answer in it.
    ///   - subject: one line, or nil.
    ///   - key: the same key again gives the same conversation.
    /// - Throws: `InboxError.notFound(.customer)`, `.tooLong`; `StorageError`.
    package func open(
        for customer: CustomerID, assistant: String, subject: String? = nil, key: String? = nil, at now: Timestamp,
        in transaction: Transaction
    ) throws -> Conversation {
        let assistant = try Texts.line(assistant, field: "assistant's name", limit: limits.lineCharacters)
        let subject = try subject.map { try Texts.line($0, field: "subject", limit: limits.lineCharacters) }
        let fingerprint = Fingerprint.of([assistant, subject ?? ""])
        let once = try transaction.once(
            key: key, scope: "conversation:\(customer)", fingerprint: fingerprint, in: workspace, at: now
        ) {
            _ = try self.customer(customer, in: transaction)
            let id = ConversationID.new(at: now)
            try transaction.run(
                """
                INSERT INTO conversation(workspace, id, assistant, customer, owner, epoch, state, subject, opened_ms, updated_ms)
                VALUES ($1, $2, $3, $4, 'assistant', 1, 'open', $5, $6, $6)
                """, workspace, id, assistant, customer, subject, now)
            try index(id, subject: subject, in: transaction)
            try emit(.conversationOpened, of: id.text, ["assistant": assistant], at: now, in: transaction)
            return id
        }
        return try conversation(once.value, in: transaction)
    }

    func bounded(_ limit: Int) -> Int { min(max(limit, 1), limits.rows) }
}

/// A word of ours, read back.
func stored<Word: RawRepresentable>(_ text: String) throws -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: text) else {
        throw StorageError.unexpectedColumn(index: 0, wanted: "\(Word.self)", found: String(text.prefix(60)))
    }
    return word
}
