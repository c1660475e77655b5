package import Storage

/// What became of a claim.
package enum ClaimOutcome: Hashable, Sendable {
    /// The teammate owns the conversation. From its `lastSequence` on the assistant says nothing.
    case claimed(Conversation)
    /// A colleague owns it, or was faster.
    case taken(by: TeammateID)
    /// It changed hands since the teammate looked, and no person owns it now: look again.
    case changed(Conversation)
}

extension Inbox {
    /// Makes a teammate the owner, whoever owns the conversation now: compare-and-set on the epoch, so that of many at once exactly one wins and the
    /// others learn who. Claiming what one owns already changes nothing.
    /// - Parameters:
    ///   - expecting: the epoch that the teammate saw; nil: whatever it is now.
    ///   - fromColleague: whether to take it even from another teammate.
    /// - Throws: `InboxError.notFound(.conversation)` or `(.teammate)`; `StorageError`. Never for a lost race.
    package func claim(
        _ id: ConversationID, by teammate: TeammateID, expecting epoch: Int? = nil, fromColleague: Bool = false, at now: Timestamp,
        in transaction: Transaction
    ) throws -> ClaimOutcome {
        try active(teammate, in: transaction)
        let before = try conversation(id, in: transaction)
        if before.owner == .teammate(teammate), before.state == .open { return .claimed(before) }
        let won = try transaction.run(
            """
            UPDATE conversation SET owner = 'teammate', owner_teammate = $3, suggested = NULL, epoch = epoch + 1, state = 'open',
                resolved_ms = NULL, merged_into = NULL, unmerge = NULL, notice_ms = NULL, snoozed_ms = NULL, updated_ms = $4
            WHERE workspace = $1 AND id = $2 AND epoch = $5 AND (owner <> 'teammate' OR $6 = 1)
            """, workspace, id, teammate, now, epoch ?? before.epoch, fromColleague)
        guard won == 1 else {
            if case .teammate(let colleague) = before.owner { return .taken(by: colleague) }
            return .changed(before)
        }
        try began(before, by: teammate, at: now, in: transaction)
        return .claimed(try conversation(id, in: transaction))
    }

    /// What a claim brings with it: the assistant's duty ends, the handoff is in a person's hands, everybody is told.
    private func began(_ before: Conversation, by teammate: TeammateID, at now: Timestamp, in transaction: Transaction) throws {
        if let turn = try closeTurn(of: before.id, as: .taken, at: now, in: transaction) {
            try emit(.turnTaken, of: before.id.text, ["turn": turn.id.text], at: now, in: transaction)
        }
        let handoff = try transaction.row(
            """
            UPDATE handoff SET state = 'claimed', claimed_ms = COALESCE(claimed_ms, $3), claimed_by = COALESCE(claimed_by, $4),
                seen_ms = COALESCE(seen_ms, $3), seen_by = COALESCE(seen_by, $4), remind_ms = NULL
            WHERE workspace = $1 AND conversation = $2 AND closed_ms IS NULL RETURNING id
            """, workspace, before.id, now, teammate)
        try emitUnmerged(before, by: teammate.text, at: now, in: transaction)
        if before.state == .resolved {
            try emit(
                .reopened, of: before.id.text, ["by": teammate.text, "epoch": "\(before.epoch + 1)"], at: now, in: transaction)
        }
        try emit(
            .claimed, of: before.id.text,
            [
                "teammate": teammate.text, "from": before.owner.kind, "epoch": "\(before.epoch + 1)", "after": "\(before.lastSequence)",
                "handoff": try handoff.map { try $0[0] as String },
            ], at: now, in: transaction)
    }
}
