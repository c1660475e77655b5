package import Storage

/// The passing of a conversation to people, from the moment they were asked to the moment it is over, each step timed.
package struct Handoff: Hashable, Sendable {
    /// Names it.
    package let id: HandoffID
    /// Whose it is.
    package let workspace: WorkspaceID
    /// What was passed.
    package let conversation: ConversationID
    /// The turn that ended in it.
    package let turn: TurnID?
    /// The conversation's epoch right after it.
    package let epoch: Int
    /// A code for why.
    package let reason: String
    /// Everything a person needs to take over.
    package let package: HandoffPackage
    /// What the customer was told. Nil only where people passed it on among themselves, which is nothing to announce.
    package let announcement: MessageID?
    /// The team that was asked.
    package let team: TeamID?
    /// The skill that was asked for.
    package let skill: String?
    /// The teammate who was asked first.
    package let assigned: TeammateID?
    /// How urgent it is.
    package let priority: Priority
    /// How far it got.
    package let state: State
    /// When people were asked.
    package let createdAt: Timestamp
    /// When a notification first reached somebody.
    package let notifiedAt: Timestamp?
    /// When a teammate first looked.
    package let seenAt: Timestamp?
    /// Who looked first.
    package let seenBy: TeammateID?
    /// When it was taken first.
    package let claimedAt: Timestamp?
    /// Who took it first.
    package let claimedBy: TeammateID?
    /// When a person first answered the customer.
    package let firstReplyAt: Timestamp?
    /// When it was over.
    package let closedAt: Timestamp?
    /// How often people were notified.
    package let round: Int

    /// How urgent it is; in the queue the urgent ones stand first, and among equals the one that waits longest.
    package enum Priority: Int, Hashable, Sendable, Codable, CaseIterable {
        /// Can wait for the ordinary ones.
        case low = 0
        /// The ordinary one.
        case normal = 1
        /// Before the ordinary ones.
        case high = 2
        /// At once.
        case urgent = 3
    }

    /// How far it got.
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Nobody has it.
        case waiting
        /// A teammate has it.
        case claimed
        /// Over: the assistant has the conversation again.
        case handedBack
        /// Over: the conversation was closed.
        case resolved
    }
}

/// The body of the outbox item `handoff.notify`: whom to tell what. Who delivers it looks up names and addresses.
package struct HandoffNotice: Hashable, Sendable, Codable {
    /// The outbox item's kind.
    package static let kind = "handoff.notify"
    /// Names the handoff.
    package let handoff: HandoffID
    /// Names the conversation.
    package let conversation: ConversationID
    /// A code for why.
    package let reason: String
    /// The team that is asked.
    package let team: TeamID?
    /// The teammate who is asked; nil for the whole team (no team: everybody).
    package let assigned: TeammateID?
    /// 1 for the first notification; each later one goes to a wider circle.
    package let round: Int
}

extension Inbox {
    /// One handoff.
    /// - Throws: `InboxError.notFound(.handoff)`; `StorageError`.
    package func handoff(_ id: HandoffID, in querying: some Querying) throws -> Handoff {
        let row = try querying.row(
            """
            SELECT conversation, turn, epoch, reason, package, announcement, team, skill, assigned, state, created_ms, notified_ms, seen_ms,
                   seen_by, claimed_ms, claimed_by, replied_ms, closed_ms, round, priority
            FROM handoff WHERE workspace = $1 AND id = $2
            """, workspace, id)
        guard let row else { throw InboxError.notFound(.handoff) }
        let package: String = try row[4]
        return try Handoff(
            id: id, workspace: workspace, conversation: row[0], turn: row[1], epoch: row[2], reason: row[3],
            package: StoredJSON.decode(HandoffPackage.self, from: package), announcement: row[5], team: row[6], skill: row[7],
            assigned: row[8], priority: .init(rawValue: row[19]) ?? .normal, state: stored(row[9]), createdAt: row[10], notifiedAt: row[11], seenAt: row[12], seenBy: row[13],
            claimedAt: row[14], claimedBy: row[15], firstReplyAt: row[16], closedAt: row[17], round: row[18])
    }

    /// The handoffs of a conversation, newest first; the first may be open.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func handoffs(of conversation: ConversationID, in querying: some Querying) throws -> [Handoff] {
        try exists(conversation, in: querying)
        return try querying.rows(
            "SELECT id FROM handoff WHERE workspace = $1 AND conversation = $2 ORDER BY created_ms DESC, epoch DESC LIMIT $3",
            workspace, conversation, limits.rows
        ).map { try handoff($0[0], in: querying) }
    }

    /// The handoff that is not over yet, if there is one.
    /// - Throws: `StorageError`.
    package func openHandoff(of conversation: ConversationID, in querying: some Querying) throws -> Handoff? {
        try querying.row(
            "SELECT id FROM handoff WHERE workspace = $1 AND conversation = $2 AND closed_ms IS NULL", workspace, conversation
        ).map { try handoff($0[0], in: querying) }
    }

    /// Notes that a notification reached somebody. The first time counts.
    /// - Throws: `InboxError.notFound(.handoff)`; `StorageError`.
    package func notified(_ id: HandoffID, at now: Timestamp, in transaction: Transaction) throws {
        let handoff = try handoff(id, in: transaction)
        let changed = try transaction.run(
            "UPDATE handoff SET notified_ms = $3 WHERE workspace = $1 AND id = $2 AND notified_ms IS NULL", workspace, id, now)
        guard changed == 1 else { return }
        try emit(.notified, of: handoff.conversation.text, ["handoff": id.text], at: now, in: transaction)
    }

    /// Handoffs counted by their reason, created in `from ..< to`: how many, and how long customers waited.
    /// - Throws: `StorageError`.
    package func handoffStatistics(from: Timestamp, to: Timestamp, in querying: some Querying) throws -> [HandoffStatistics] {
        try querying.rows(
            """
            SELECT reason, COUNT(*), COUNT(claimed_ms), COUNT(replied_ms), SUM(claimed_ms - created_ms), SUM(replied_ms - created_ms)
            FROM handoff WHERE workspace = $1 AND created_ms >= $2 AND created_ms < $3
            GROUP BY reason ORDER BY COUNT(*) DESC, reason
            """, workspace, from, to
        ).map {
            try HandoffStatistics(
                reason: $0[0], count: $0[1], claimed: $0[2], replied: $0[3], claimMilliseconds: $0[4] ?? 0, replyMilliseconds: $0[5] ?? 0)
        }
    }
}

/// How the handoffs of one reason went.
package struct HandoffStatistics: Hashable, Sendable {
    /// The code.
    package let reason: String
    /// How many there were.
    package let count: Int
    /// How many of them a teammate took.
    package let claimed: Int
    /// How many of them a teammate answered.
    package let replied: Int
    /// The waits until they were taken, summed over `claimed`, in milliseconds.
    package let claimMilliseconds: Int64
    /// The waits until the first answer, summed over `replied`, in milliseconds.
    package let replyMilliseconds: Int64
}
