package import Storage

/// What a team promises, in milliseconds of its opening hours (of the day where it has none). Nil: nothing.
package struct Promises: Hashable, Sendable {
    /// From the handoff to the first words of a person.
    package let firstResponse: Int64?
    /// From later words of the customer to a person's answer.
    package let nextResponse: Int64?
    /// From the handoff to its end.
    package let resolution: Int64?

    /// Memberwise.
    package init(firstResponse: Int64? = nil, nextResponse: Int64? = nil, resolution: Int64? = nil) {
        self.firstResponse = firstResponse
        self.nextResponse = nextResponse
        self.resolution = resolution
    }
}

/// What a customer who waits for a person may honestly be told.
package struct Wait: Hashable, Sendable {
    /// Customers before this one.
    package let before: Int
    /// How long customers of this team wait as a rule, in milliseconds of its opening hours; nil where too few are known.
    package let usualMilliseconds: Int64?
    /// When the team is there again; nil where it is there now, or where no opening is in sight.
    package let opensAt: Timestamp?
}

/// The clocks of a conversation. They are set when it is handed over and when its customer writes, and stand in its row as moments, so that nobody has to
/// reckon hours to draw a list. A change of the promises counts from the next clock on. Nothing stops a clock but the answer: no snooze, no change of hands.
extension Inbox {
    /// Sets a clock of a conversation that people have. A team that promises nothing has none.
    func promise(_ kind: Due.Kind, in conversation: Conversation, from start: Timestamp, in transaction: Transaction) throws {
        let due: Due? = try conversation.team.flatMap { try self.due(kind, team($0, in: transaction), from: start) }
        if kind == .resolution {
            try transaction.run(
                "UPDATE conversation SET resolve_ms = $3, resolve_soon_ms = $4 WHERE workspace = $1 AND id = $2", workspace,
                conversation.id, due?.at, due?.soonAt)
        } else {
            try transaction.run(
                "UPDATE conversation SET respond_kind = $3, respond_ms = $4, respond_soon_ms = $5 WHERE workspace = $1 AND id = $2",
                workspace,
                conversation.id, due.map { $0.kind == .nextResponse ? "next" : "first" }, due?.at, due?.soonAt)
        }
    }

    private func due(_ kind: Due.Kind, _ team: Team, from start: Timestamp) throws -> Due? {
        let promised =
            switch kind {
            case .firstResponse: team.promises.firstResponse
            case .nextResponse: team.promises.nextResponse
            case .resolution: team.promises.resolution
            }
        guard let promised else { return nil }
        func moment(_ milliseconds: Int64) -> Timestamp? {
            team.hours.map { $0.moment(after: milliseconds, from: start) } ?? start.adding(milliseconds: milliseconds)
        }
        guard let at = moment(promised), let soon = moment(promised - promised / 4) else { return nil }
        return Due(kind: kind, at: at, soonAt: soon)
    }

    /// Sets the clocks of a handoff that was passed on to what its team (another one, maybe) promises. The customer's time goes on: it is reckoned from
    /// when it began.
    func promise(again handoff: Handoff, in transaction: Transaction) throws {
        let conversation = try conversation(handoff.conversation, in: transaction)
        if let since = conversation.waitingSince, conversation.awaiting == .company {
            try promise(
                handoff.firstReplyAt == nil ? .firstResponse : .nextResponse, in: conversation,
                from: handoff.firstReplyAt == nil ? handoff.createdAt : since, in: transaction)
        }
        try promise(.resolution, in: conversation, from: handoff.createdAt, in: transaction)
    }

    /// A person answered: nothing is due but the end, and for the first answer of a handoff it is kept how long its customer waited.
    func keepWait(of id: ConversationID, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            "UPDATE conversation SET respond_kind = NULL, respond_ms = NULL, respond_soon_ms = NULL WHERE workspace = $1 AND id = $2",
            workspace,
            id)
        let first = try transaction.row(
            """
            UPDATE handoff SET replied_ms = $3 WHERE workspace = $1 AND conversation = $2 AND closed_ms IS NULL AND replied_ms IS NULL
            RETURNING id, team, created_ms
            """, workspace, id, now)
        guard let first, let team: TeamID = try first[1] else { return }
        let created: Timestamp = try first[2]
        let hours = try self.team(team, in: transaction).hours
        try transaction.run(
            "UPDATE handoff SET waited_ms = $3 WHERE workspace = $1 AND id = $2", workspace, try first[0] as HandoffID,
            hours?.openMilliseconds(from: created, to: now) ?? max(now.since(created), 0))
    }

    /// How long customers of a team wait for the first words of a person as a rule: the median of its last handoffs that were answered, in milliseconds
    /// of its opening hours.
    /// - Returns: nil where fewer than `limits.usualFrom` are known.
    /// - Throws: `StorageError`.
    package func typicalWait(of team: TeamID, in querying: some Querying) throws -> Int64? {
        let waits: [Int64] = try querying.rows(
            """
            SELECT COALESCE(waited_ms, replied_ms - created_ms) FROM handoff WHERE workspace = $1 AND team = $2 AND replied_ms IS NOT NULL
            ORDER BY replied_ms DESC, id LIMIT $3
            """, workspace, team, limits.usualOf
        ).map { try $0[0] }
        guard waits.count >= limits.usualFrom else { return nil }
        let sorted = waits.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2
    }

    /// What a customer who waits for a person may be told.
    /// - Returns: nil where the conversation is not queued.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func wait(of id: ConversationID, at now: Timestamp, in querying: some Querying) throws -> Wait? {
        let conversation = try conversation(id, in: querying)
        guard conversation.owner == .queue else { return nil }
        var opens: Timestamp?
        if case .closed(let next) = try closure(of: conversation.team, at: now, in: querying) { opens = next }
        return Wait(
            before: try placeInQueue(of: id, in: querying) ?? 0,
            usualMilliseconds: try conversation.team.flatMap { try typicalWait(of: $0, in: querying) }, opensAt: opens)
    }

    static let promises = Migration(
        "inbox-9",
        """
        ALTER TABLE team ADD COLUMN first_response_ms INTEGER CHECK (first_response_ms > 0);
        ALTER TABLE team ADD COLUMN next_response_ms INTEGER CHECK (next_response_ms > 0);
        ALTER TABLE team ADD COLUMN resolution_ms INTEGER CHECK (resolution_ms > 0);
        ALTER TABLE handoff ADD COLUMN waited_ms INTEGER;
        CREATE INDEX handoff_answered ON handoff(workspace, team, replied_ms) WHERE replied_ms IS NOT NULL;
        """)
}
