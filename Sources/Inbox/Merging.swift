package import Storage

/// What became of a wish to make two conversations one.
package enum MergeOutcome: Hashable, Sendable {
    /// The first is a part of the second now. Both as they are.
    case merged(source: Conversation, target: Conversation)
    /// A colleague owns one of them.
    case taken(by: TeammateID)
    /// They cannot be one.
    case refused(Refusal)

    /// Why two conversations cannot be one.
    package enum Refusal: String, Hashable, Sendable, CaseIterable {
        /// They are the same.
        case same
        /// The one that would be a part is a part of another already, or others are parts of it; or the other one is a part itself.
        case alreadyMerged
        /// Their customers are two, and nothing says that they are one person: neither is there the same e-mail address in both, or the company vouched for
        /// only one of them.
        case twoCustomers
        /// More are merged into it than `limits.merged`.
        case tooMany
    }
}

/// What became of taking a merge back.
package enum UnmergeOutcome: Hashable, Sendable {
    /// It stands by itself again, as it was. `turn`: opened because the assistant has it and its customer waits.
    case unmerged(Conversation, turn: TurnID?)
    /// It is no part of another, or no longer: its customer wrote in it, or somebody took it up or took the merge back.
    case notMerged(Conversation)
    /// A colleague owns the conversation of which it is a part.
    case taken(by: TeammateID)
}

/// Two conversations about one thing become one for teammates. The part is closed and its messages stay where they are: nothing is moved, so nothing can be
/// lost or doubled, and each customer sees what they saw before and not a word more. What the part's customer waits for is owed in the whole from then on,
/// by the teammate who merged them. A customer who writes in the part opens it again by that, as a conversation of its own with the teammate who has the
/// whole: words are never stored where their author cannot see them.
extension Inbox {
    /// Makes a conversation a part of another. Whoever does it has the other one afterwards. The same again changes nothing.
    /// - Parameter fromColleague: whether to do so even where another teammate owns one of them.
    /// - Throws: `InboxError.notFound`; `StorageError`. Never for a lost race.
    package func merge(
        _ source: ConversationID, into target: ConversationID, by teammate: TeammateID, fromColleague: Bool = false, at now: Timestamp,
        in transaction: Transaction
    ) throws -> MergeOutcome {
        try active(teammate, in: transaction)
        let (before, whole) = try (conversation(source, in: transaction), conversation(target, in: transaction))
        if before.mergedInto == target { return .merged(source: before, target: whole) }
        if let refusal = try refusal(before, whole, in: transaction) { return .refused(refusal) }
        for owner in [before.owner.teammate, whole.owner.teammate].compactMap(\.self) where owner != teammate && !fromColleague {
            return .taken(by: owner)
        }
        guard case .claimed(let claimed) = try claim(target, by: teammate, fromColleague: fromColleague, at: now, in: transaction) else {
            return .refused(.alreadyMerged)
        }
        let handoff = try openHandoff(of: source, in: transaction)
        let inherits = before.awaiting == .company && whole.awaiting == .customer
        let undo = Unmerge(
            before, handoff: handoff, wholeEpoch: claimed.epoch, wholeSequence: claimed.lastSequence, inherits: inherits)
        try close(before, into: target, undo, at: now, in: transaction)
        if before.awaiting == .company { try owe(before, in: claimed, at: now, in: transaction) }
        let epoch = "\(before.epoch + 1)"
        try emit(.merged, of: source.text, ["into": target.text, "epoch": epoch, "by": teammate.text], at: now, in: transaction)
        try emit(.merged, of: target.text, ["from": source.text, "by": teammate.text], at: now, in: transaction)
        return .merged(source: try conversation(source, in: transaction), target: try conversation(target, in: transaction))
    }

    private func refusal(
        _ source: Conversation, _ target: Conversation, in transaction: Transaction
    ) throws -> MergeOutcome.Refusal? {
        if source.id == target.id { return .same }
        guard source.mergedInto == nil, target.mergedInto == nil, try parts(of: source.id, in: transaction).isEmpty else {
            return .alreadyMerged
        }
        guard try areOne(source.customer, target.customer, in: transaction) else { return .twoCustomers }
        return try parts(of: target.id, in: transaction).count < limits.merged ? nil : .tooMany
    }

    /// The conversations that could be one with those of a customer: the customer's own, and those of customers with the same e-mail address whom the company
    /// vouches for as much or as little. The one that changed last first.
    /// - Parameter limit: 1...`limits.rows`.
    /// - Throws: `StorageError`.
    package func conversations(ofWhoeverIs customer: CustomerID, limit: Int, in querying: some Querying) throws -> [Conversation] {
        try querying.rows(
            """
            SELECT id FROM conversation WHERE workspace = $1 AND customer IN (
                SELECT $2 UNION SELECT other.id FROM customer one JOIN customer other ON other.workspace = one.workspace
                    AND lower(other.email) = lower(one.email) AND other.verified = one.verified
                WHERE one.workspace = $1 AND one.id = $2)
            ORDER BY updated_ms DESC, id DESC LIMIT $3
            """, workspace, customer, bounded(limit)
        ).map { try conversation($0[0], in: querying) }
    }

    static let addresses = Migration(
        "inbox-12", "CREATE INDEX customer_address ON customer(workspace, lower(email)) WHERE email IS NOT NULL;")

    /// Whether two customers may be looked at as one person. What somebody typed is not set beside what the company vouched for: a stranger who types a
    /// customer's address must not come to stand beside that customer's case.
    private func areOne(_ one: CustomerID, _ other: CustomerID, in querying: some Querying) throws -> Bool {
        if one == other { return true }
        let (one, other) = (try customer(one, in: querying), try customer(other, in: querying))
        guard one.isVerified == other.isVerified, let address = one.email, let otherAddress = other.email else { return false }
        return address.lowercased() == otherAddress.lowercased()
    }

    /// The part is closed: nothing is owed in it, and a late reply of the assistant is refused.
    private func close(
        _ source: Conversation, into target: ConversationID, _ undo: Unmerge, at now: Timestamp, in transaction: Transaction
    ) throws {
        try transaction.run(
            """
            UPDATE conversation SET state = 'resolved', resolved_ms = COALESCE(resolved_ms, $3), owner = 'assistant', owner_teammate = NULL,
                suggested = NULL, epoch = epoch + 1, awaiting = 'customer', waiting_ms = NULL, notice_ms = NULL, snoozed_ms = NULL,
                merged_into = $4, unmerge = $5, updated_ms = $3
            WHERE workspace = $1 AND id = $2
            """, workspace, source.id, now, target, StoredJSON.text(undo))
        if let turn = try closeTurn(of: source.id, as: .taken, at: now, in: transaction) {
            try emit(.turnTaken, of: source.id.text, ["turn": turn.id.text], at: now, in: transaction)
        }
        try closeHandoff(of: source.id, as: .resolved, at: now, in: transaction)
    }

    /// What the part's customer waits for is owed in the whole, for as long as it was.
    private func owe(_ source: Conversation, in target: Conversation, at now: Timestamp, in transaction: Transaction) throws {
        let since = min(source.waitingSince ?? now, target.waitingSince ?? now)
        try transaction.run(
            "UPDATE conversation SET awaiting = 'company', waiting_ms = $3 WHERE workspace = $1 AND id = $2", workspace, target.id, since)
        if target.due?.kind == nil || target.due?.kind == .resolution {
            try promise(.nextResponse, in: conversation(target.id, in: transaction), from: since, in: transaction)
        }
    }

    /// Takes a merge back: the part stands by itself again, with the owner it had; where that is a teammate who is no longer there, with whoever takes it back.
    /// What it had brought to the whole goes again where nothing was said and nobody changed in the whole since.
    /// - Parameters:
    ///   - patience: milliseconds until the customer must have heard something, where the assistant has it again.
    ///   - fromColleague: whether to do so even where another teammate owns the whole.
    /// - Throws: `InboxError.notFound`; `StorageError`. Never for a lost race.
    package func unmerge(
        _ id: ConversationID, by teammate: TeammateID, patience: Int64, fromColleague: Bool = false, at now: Timestamp,
        in transaction: Transaction
    ) throws -> UnmergeOutcome {
        try active(teammate, in: transaction)
        let before = try conversation(id, in: transaction)
        let kept: String? = try transaction.row("SELECT unmerge FROM conversation WHERE workspace = $1 AND id = $2", workspace, id)?[0]
        guard let target = before.mergedInto, let kept else { return .notMerged(before) }
        let whole = try conversation(target, in: transaction)
        if case .teammate(let owner) = whole.owner, owner != teammate, !fromColleague { return .taken(by: owner) }
        let undo = try StoredJSON.decode(Unmerge.self, from: kept)
        try restore(before, undo, by: teammate, at: now, in: transaction)
        if undo.inherits, whole.epoch == undo.wholeEpoch, whole.lastSequence == undo.wholeSequence {
            try transaction.run(
                """
                UPDATE conversation SET awaiting = 'customer', waiting_ms = NULL, respond_kind = NULL, respond_ms = NULL, respond_soon_ms = NULL
                WHERE workspace = $1 AND id = $2
                """, workspace, target)
        }
        try emitUnmerged(before, by: teammate.text, at: now, in: transaction)
        var turn: TurnID?
        if undo.owner == "assistant", undo.state == .open {
            turn = try unansweredTurn(in: id, epoch: before.epoch + 1, patience: max(patience, 1), at: now, in: transaction)
        }
        return .unmerged(try conversation(id, in: transaction), turn: turn)
    }

    private func restore(
        _ part: Conversation, _ undo: Unmerge, by teammate: TeammateID, at now: Timestamp, in transaction: Transaction
    ) throws {
        var person = undo.teammate
        if let named = person,
            try transaction.row(
                "SELECT 1 FROM teammate WHERE workspace = $1 AND id = $2 AND suspended = 0", workspace, named) == nil
        {
            person = teammate
        }
        let snoozed = undo.snoozedUntil.flatMap { $0 > now ? $0 : nil }
        try transaction.run(
            """
            UPDATE conversation SET state = $3, resolved_ms = $4, owner = $5, owner_teammate = $6, epoch = epoch + 1, awaiting = $7,
                waiting_ms = $8, snoozed_ms = $9, priority = $10, merged_into = NULL, unmerge = NULL, updated_ms = $11
            WHERE workspace = $1 AND id = $2
            """, workspace, part.id, undo.state.rawValue, undo.resolvedAt, undo.owner, person, undo.awaiting.rawValue, undo.waitingSince,
            snoozed, undo.priority, now)
        guard let handoff = undo.handoff else { return }
        try transaction.run(
            """
            UPDATE handoff SET state = $3, closed_ms = NULL, remind_ms = CASE WHEN $3 = 'waiting' THEN $4 END WHERE workspace = $1 AND id = $2
            """, workspace, handoff, undo.handoffState, now.adding(milliseconds: limits.remindMilliseconds))
        try promise(again: self.handoff(handoff, in: transaction), in: transaction)
    }

    /// The conversations that are parts of another, the one that began first first: teammates read them above it.
    /// - Throws: `StorageError`.
    package func mergedInto(_ target: ConversationID, in querying: some Querying) throws -> [Conversation] {
        try parts(of: target, in: querying).map { try conversation($0, in: querying) }
    }

    private func parts(of target: ConversationID, in querying: some Querying) throws -> [ConversationID] {
        try querying.rows(
            "SELECT id FROM conversation WHERE workspace = $1 AND merged_into = $2 ORDER BY opened_ms, id", workspace, target
        ).map { try $0[0] }
    }

    /// Tells that a part stands by itself again; nothing for what was none.
    /// - Parameter before: as it was, as a part; its epoch rises by one with what ends the merge.
    func emitUnmerged(_ before: Conversation, by actor: String, at now: Timestamp, in transaction: Transaction) throws {
        guard let target = before.mergedInto else { return }
        try emit(
            .unmerged, of: before.id.text, ["out_of": target.text, "epoch": "\(before.epoch + 1)", "by": actor], at: now, in: transaction)
        try emit(.unmerged, of: target.text, ["from": before.id.text, "by": actor], at: now, in: transaction)
    }

    static let merging = Migration(
        "inbox-11",
        """
        ALTER TABLE conversation ADD COLUMN merged_into TEXT CHECK (merged_into IS NULL OR (state = 'resolved' AND merged_into <> id));
        ALTER TABLE conversation ADD COLUMN unmerge TEXT CHECK ((unmerge IS NULL) = (merged_into IS NULL));
        CREATE INDEX conversation_merged ON conversation(workspace, merged_into) WHERE merged_into IS NOT NULL;
        """)
}

/// What a conversation was before it became a part of another, kept in its row until it is none.
struct Unmerge: Codable, Sendable {
    let state: Conversation.State
    let resolvedAt: Timestamp?
    let owner: String
    let teammate: TeammateID?
    let awaiting: Conversation.Awaiting
    let waitingSince: Timestamp?
    let snoozedUntil: Timestamp?
    let priority: Int
    let handoff: HandoffID?
    let handoffState: String?
    /// The whole right after the merge, and whether it waits for us only because of the part.
    let wholeEpoch: Int
    let wholeSequence: Int
    let inherits: Bool

    init(_ part: Conversation, handoff: Handoff?, wholeEpoch: Int, wholeSequence: Int, inherits: Bool) {
        state = part.state
        resolvedAt = part.resolvedAt
        owner = part.owner.kind
        teammate = part.owner.teammate
        awaiting = part.awaiting
        waitingSince = part.waitingSince
        snoozedUntil = part.snoozedUntil
        priority = handoff?.priority.rawValue ?? Handoff.Priority.normal.rawValue
        self.handoff = handoff?.id
        handoffState = handoff?.state.rawValue
        self.wholeEpoch = wholeEpoch
        self.wholeSequence = wholeSequence
        self.inherits = inherits
    }
}
