package import Storage

/// Whom a conversation is passed to among people.
package enum Assignee: Hashable, Sendable {
    /// This person is asked.
    case teammate(TeammateID)
    /// Whoever of this team.
    case team(TeamID)
}

/// What became of an assignment.
package enum AssignOutcome: Hashable, Sendable {
    /// It waits in the queue for those who were asked.
    case assigned(Conversation)
    /// A colleague owns it.
    case taken(by: TeammateID)
    /// The assistant owns it, or it is closed: hand it over instead, so that the customer is told.
    case notWithPeople(Conversation)
}

extension Inbox {
    /// Passes a conversation on among people: it goes (back) to the queue with the new assignee asked, and its handoff waits again with a notification of
    /// its own. Where a teammate had jumped in unasked, a handoff `reassigned` is made for that. The customer already talks to people, so nothing is
    /// announced. What was put aside is so no longer.
    /// - Parameters:
    ///   - teammate: who passes it on: its owner, or anybody while it is queued.
    ///   - fromColleague: whether to do so even where another teammate owns it.
    /// - Throws: `InboxError.notFound`; `StorageError`. Never for a lost race.
    package func assign(
        _ id: ConversationID, to assignee: Assignee, by teammate: TeammateID, fromColleague: Bool = false, at now: Timestamp,
        in transaction: Transaction
    ) throws -> AssignOutcome {
        try active(teammate, in: transaction)
        let placement = try placement(for: assignee, at: now, in: transaction)
        let before = try conversation(id, in: transaction)
        guard before.state == .open, before.owner != .assistant else { return .notWithPeople(before) }
        if case .teammate(let owner) = before.owner, owner != teammate, !fromColleague { return .taken(by: owner) }
        try queue(before, for: placement, because: "reassigned", by: teammate.text, at: now, in: transaction)
        return .assigned(try conversation(id, in: transaction))
    }

    private func placement(for assignee: Assignee, at now: Timestamp, in transaction: Transaction) throws -> Placement {
        switch assignee {
        case .teammate(let teammate):
            try active(teammate, in: transaction)
            return Placement(team: nil, teammate: teammate, availability: .busy)
        case .team(let team):
            _ = try self.team(team, in: transaction)
            return try place(HandoffDestination(team: team), at: now, in: transaction)
        }
    }

    /// Puts a conversation that people have into the queue (again).
    func queue(
        _ before: Conversation, for placement: Placement, because reason: String, by: String, at now: Timestamp,
        in transaction: Transaction
    ) throws {
        try transaction.run(
            """
            UPDATE conversation SET owner = 'queue', owner_teammate = NULL, suggested = $3, team = COALESCE($4, team), epoch = epoch + 1,
                snoozed_ms = NULL, updated_ms = $5
            WHERE workspace = $1 AND id = $2 AND state = 'open' AND owner <> 'assistant'
            """, workspace, before.id, placement.teammate, placement.team, now)
        let current = try conversation(before.id, in: transaction)
        if let open = try openHandoff(of: before.id, in: transaction) {
            try wait(open, again: placement, at: now, in: transaction)
        } else {
            let package = try package(HandoffEvidence(), because: reason, of: current, in: transaction)
            try insert(
                NewHandoff(id: .new(at: now), reason: reason, package: text(of: package), placement: placement), for: current, at: now,
                in: transaction)
        }
        try emit(
            .assigned, of: before.id.text,
            ["epoch": "\(current.epoch)", "team": placement.team?.text, "teammate": placement.teammate?.text, "by": by], at: now,
            in: transaction)
    }

    private func wait(_ handoff: Handoff, again placement: Placement, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            """
            UPDATE handoff SET state = 'waiting', assigned = $3, team = COALESCE($4, team), round = 1, remind_ms = $5
            WHERE workspace = $1 AND id = $2
            """, workspace, handoff.id, placement.teammate, placement.team, now.adding(milliseconds: limits.remindMilliseconds))
        try promise(again: handoff, in: transaction)
        let notice = HandoffNotice(
            handoff: handoff.id, conversation: handoff.conversation, reason: handoff.reason, team: placement.team ?? handoff.team,
            assigned: placement.teammate, round: 1)
        try transaction.enqueue(HandoffNotice.kind, notice, in: workspace, at: now)
    }
}
