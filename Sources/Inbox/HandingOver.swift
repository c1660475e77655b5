package import Storage

/// What became of a wish to hand over.
package enum HandOverOutcome: Hashable, Sendable {
    /// People were asked, and the customer was told so.
    case handedOver(Handoff)
    /// People were asked before (or have it already); nothing was done now. The handoff is missing where a teammate jumped in unasked.
    case already(owner: Conversation.Owner, Handoff?)
    /// The turn is no longer the caller's to end.
    case refused(ReplyOutcome.Refusal)
}

extension HandOverOutcome {
    /// The handoff, new or known.
    package var handoff: Handoff? {
        switch self {
        case .handedOver(let handoff): handoff
        case .already(_, let handoff): handoff
        case .refused: nil
        }
    }
}

/// Who should be asked. What is not known here (a team that was removed) does not stop a handoff: the default team is asked then.
package struct HandoffDestination: Hashable, Sendable {
    /// This team.
    package var team: TeamID?
    /// Somebody with this skill, rather than others.
    package var skill: String?
    /// How urgent it is.
    package var priority = Handoff.Priority.normal

    /// Nobody in particular unless said: the default team.
    package init(team: TeamID? = nil, skill: String? = nil, priority: Handoff.Priority = .normal) {
        self.team = team
        self.skill = skill
        self.priority = priority
    }
}

extension Inbox {
    /// Passes a conversation from the assistant to people: owner, epoch, package, assignment, the one announcement, the notification and the end of the
    /// turn, all in the caller's transaction. Only one of many that try at once does it.
    ///
    /// The owner becomes the queue, with a teammate suggested; it becomes a teammate only when that teammate (or another) claims it, because only
    /// then has a person really seen it.
    /// - Parameters:
    ///   - turn: the turn that ends so, under its lease; nil where none is meant (a customer pressed "talk to a person").
    ///   - reason: a code.
    ///   - key: the same key again gives the handoff of the first time, whatever else is asked.
    ///   - announcing: the words to the customer for how things stand at this moment. Should they be empty, plain ones stand in.
    /// - Throws: `InboxError.notFound(.conversation)` or `(.turn)`, `.tooLong` for the reason; `StorageError`. Never for a lost race.
    package func handOver(
        _ id: ConversationID, turn: Turn? = nil, because reason: String, evidence: HandoffEvidence = .init(),
        to route: HandoffDestination = .init(),
        key: String? = nil, announcing: (Availability) -> String, at now: Timestamp, in transaction: Transaction
    ) throws -> HandOverOutcome {
        let reason = try Texts.line(reason, field: "reason", limit: limits.lineCharacters)
        let before = try conversation(id, in: transaction)
        if let turn, try self.turn(turn.id, in: transaction).conversation != id { throw InboxError.notFound(.turn) }
        do {
            var fresh: Handoff?
            let kept = try transaction.once(key: key, scope: "handoff:\(id)", fingerprint: "", in: workspace, at: now) {
                guard try release(before, turn: turn, at: now, in: transaction) else {
                    throw Lost(outcome: try whyNot(before, turn: turn, in: transaction))
                }
                try emitUnmerged(before, by: "system", at: now, in: transaction)
                try keep(evidence, in: before, at: now, in: transaction)
                try keep(evidence.score, in: id, in: transaction)
                let handoff = try ask(
                    before, turn: turn, because: reason, evidence: evidence, to: route, announcing: announcing, at: now, in: transaction)
                fresh = handoff
                return handoff.id
            }
            if let fresh { return .handedOver(fresh) }
            return .already(owner: before.owner, try handoff(kept.value, in: transaction))
        } catch let lost as Lost {
            return lost.outcome
        }
    }

    /// Leaves `once` without keeping anything under the key: whoever lost may try again.
    private struct Lost: Error {
        let outcome: HandOverOutcome
    }

    /// The statement that decides: from the assistant to the queue, if the assistant (and the turn) still may.
    private func release(_ conversation: Conversation, turn: Turn?, at now: Timestamp, in transaction: Transaction) throws -> Bool {
        try transaction.run(
            """
            UPDATE conversation SET owner = 'queue', owner_teammate = NULL, suggested = NULL, epoch = epoch + 1, state = 'open',
                resolved_ms = NULL, merged_into = NULL, unmerge = NULL, notice_ms = NULL, waiting_ms = COALESCE(waiting_ms, $5), awaiting = 'company', updated_ms = $5
            WHERE workspace = $1 AND id = $2 AND owner = 'assistant' AND ($3 IS NULL OR EXISTS(
                SELECT 1 FROM turn t WHERE t.workspace = $1 AND t.id = $3 AND t.conversation = $2 AND t.state = 'open'
                    AND t.epoch = conversation.epoch AND COALESCE(t.lease, '') = $4))
            """, workspace, conversation.id, turn?.id, turn?.lease?.text ?? "", now) == 1
    }

    private func whyNot(_ conversation: Conversation, turn: Turn?, in transaction: Transaction) throws -> HandOverOutcome {
        guard conversation.owner == .assistant, let turn else {
            return .already(owner: conversation.owner, try openHandoff(of: conversation.id, in: transaction))
        }
        return .refused(try refusal(of: turn, in: transaction))
    }

    private func ask(
        _ before: Conversation, turn: Turn?, because reason: String, evidence: HandoffEvidence, to route: HandoffDestination,
        announcing: (Availability) -> String, at now: Timestamp, in transaction: Transaction
    ) throws -> Handoff {
        let current = try conversation(before.id, in: transaction)
        let package = try package(evidence, because: reason, of: current, in: transaction)
        let placement = try place(route, at: now, in: transaction)
        let closed = try closeTurn(of: current.id, as: .handedOver, at: now, in: transaction)
        let id = HandoffID.new(at: now)
        let announcement = try announce(
            announcing(placement.availability), handoff: id, in: current.id, at: now, in: transaction)
        try insert(
            NewHandoff(
                id: id, turn: closed?.id, reason: reason, package: text(of: package), announcement: announcement.id, placement: placement,
                skill: route.skill, priority: route.priority), for: current, at: now, in: transaction)
        try emit(
            .handedOver, of: current.id.text,
            [
                "handoff": id.text, "reason": reason, "epoch": "\(current.epoch)", "turn": closed?.id.text,
                "team": placement.team?.text, "assigned": placement.teammate?.text,
            ], at: now, in: transaction)
        return try handoff(id, in: transaction)
    }

    private func announce(
        _ text: String, handoff: HandoffID, in conversation: ConversationID, at now: Timestamp, in transaction: Transaction
    ) throws -> Message {
        // An unusable text from a file must not leave the customer without a word.
        let checked = (try? Texts.message(text, limit: limits.messageCharacters)) ?? "I'm connecting you with a specialist."
        let message = try write(
            Entry(author: .system, kind: .announcement, text: checked, handoff: handoff), to: conversation, at: now, in: transaction)
        try emitSent(message, at: now, in: transaction)
        return message
    }

    struct NewHandoff {
        var id: HandoffID
        var turn: TurnID?
        var reason: String
        var package: String
        var announcement: MessageID?
        var placement: Placement
        var skill: String?
        var priority = Handoff.Priority.normal
    }

    /// Writes the row, puts the conversation with those who are asked, and has them told.
    func insert(_ new: NewHandoff, for conversation: Conversation, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO handoff(workspace, id, conversation, turn, epoch, reason, package, announcement, team, skill, assigned, state, created_ms,
                remind_ms, priority)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'waiting', $12, $13, $14)
            """, workspace, new.id, conversation.id, new.turn, conversation.epoch, new.reason, new.package, new.announcement,
            new.placement.team, new.skill.map(Texts.preview), new.placement.teammate, now,
            now.adding(milliseconds: limits.remindMilliseconds), new.priority.rawValue)
        try transaction.run(
            "UPDATE conversation SET team = COALESCE($3, team), suggested = $4, priority = $5 WHERE workspace = $1 AND id = $2",
            workspace, conversation.id, new.placement.team, new.placement.teammate, new.priority.rawValue)
        let asked = try self.conversation(conversation.id, in: transaction)
        if asked.awaiting == .company { try promise(.firstResponse, in: asked, from: now, in: transaction) }
        try promise(.resolution, in: asked, from: now, in: transaction)
        let notice = HandoffNotice(
            handoff: new.id, conversation: conversation.id, reason: new.reason, team: new.placement.team,
            assigned: new.placement.teammate, round: 1)
        try transaction.enqueue(HandoffNotice.kind, notice, in: workspace, at: now)
    }
}
