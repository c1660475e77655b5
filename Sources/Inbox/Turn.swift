package import Storage

/// The duty to answer a customer's message. It is written in the commit that acknowledges the message and ends in a reply, an announced handoff, a
/// person who stepped in, or a later message that took it over; a crash does not end it.
package struct Turn: Hashable, Sendable {
    /// Names it.
    package let id: TurnID
    /// Whose it is.
    package let workspace: WorkspaceID
    /// Where the question stands.
    package let conversation: ConversationID
    /// The question (the last message of a burst).
    package let message: MessageID
    /// The question's seq.
    package let sequence: Int
    /// The conversation's epoch when the duty arose. A reply counts only while it is still that one.
    package let epoch: Int
    /// When the customer must have heard something.
    package let deadline: Timestamp
    /// What became of it.
    package let state: State
    /// The right under which it is being worked on.
    package let lease: LeaseID?
    /// When that right ends.
    package let leasedUntil: Timestamp?
    /// How often work on it was begun. More than one means that a worker died or was too slow.
    package let runs: Int
    /// When the duty arose.
    package let openedAt: Timestamp
    /// When it ended.
    package let closedAt: Timestamp?

    /// What became of it.
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Still owed.
        case open
        /// The assistant replied.
        case answered
        /// Passed to people, with an announcement.
        case handedOver
        /// A later message of the same burst took it over.
        case superseded
        /// A person stepped in.
        case taken
    }
}

extension Inbox {
    /// One turn.
    /// - Throws: `InboxError.notFound(.turn)`; `StorageError`.
    package func turn(_ id: TurnID, in querying: some Querying) throws -> Turn {
        let row = try querying.row(
            """
            SELECT id, workspace, conversation, message, seq, epoch, deadline_ms, state, lease, lease_ms, runs, opened_ms, closed_ms FROM turn
            WHERE workspace = $1 AND id = $2
            """, workspace, id)
        guard let row else { throw InboxError.notFound(.turn) }
        return try Turn(row)
    }

    /// The turns of a conversation, oldest first.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func turns(of conversation: ConversationID, in querying: some Querying) throws -> [Turn] {
        try exists(conversation, in: querying)
        return try querying.rows(
            """
            SELECT id, workspace, conversation, message, seq, epoch, deadline_ms, state, lease, lease_ms, runs, opened_ms, closed_ms FROM turn
            WHERE workspace = $1 AND conversation = $2 ORDER BY seq, opened_ms, id
            """, workspace, conversation
        ).map(Turn.init)
    }
}

extension Turn {
    init(_ row: Row) throws {
        id = try row[0]
        workspace = try row[1]
        conversation = try row[2]
        message = try row[3]
        sequence = try row[4]
        epoch = try row[5]
        deadline = try row[6]
        state = try stored(row[7])
        lease = try row[8]
        leasedUntil = try row[9]
        runs = try row[10]
        openedAt = try row[11]
        closedAt = try row[12]
    }
}
