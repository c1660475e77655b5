import Escalation
package import Inbox
package import Storage

/// What teammates do, each one transaction; afterwards the assistant's work on that conversation stops or begins. The store decides who was first, so a reply that the
/// model finishes a moment later is refused there, not here.
extension Desk {
    /// Takes a conversation over.
    /// - Throws: `InboxError`, `StorageError`.
    package func claim(
        _ conversation: ConversationID, of workspace: WorkspaceID, by teammate: TeammateID, fromColleague: Bool = false
    ) async throws -> ClaimOutcome {
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        let outcome = try await rooms.store.write { transaction in
            try inbox.present(teammate, at: now, in: transaction)
            return try inbox.claim(conversation, by: teammate, fromColleague: fromColleague, at: now, in: transaction)
        }
        if case .claimed(let claimed) = outcome { interrupt(conversation, before: claimed.epoch) }
        return outcome
    }

    /// Sends a teammate's words; who replies takes over.
    /// - Parameters:
    ///   - lastSeen: the newest seq on the teammate's screen; nil sends in any case.
    ///   - key: idempotency key.
    /// - Throws: `InboxError`, `StorageError`.
    package func reply(
        _ text: String, in conversation: ConversationID, of workspace: WorkspaceID, by teammate: TeammateID, lastSeen: Int? = nil,
        key: String? = nil, fromColleague: Bool = false
    ) async throws -> TeammateReplyOutcome {
        try await replyOnce(
            text, in: conversation, of: workspace, by: teammate, lastSeen: lastSeen, key: key, fromColleague: fromColleague
        ).value
    }

    /// The same, telling whether it was a repetition.
    /// - Parameter attachments: files that the teammate uploaded before, to go with the words.
    /// - Throws: `InboxError`, `StorageError`.
    package func replyOnce(
        _ text: String, in conversation: ConversationID, of workspace: WorkspaceID, by teammate: TeammateID, lastSeen: Int? = nil,
        attachments: [AttachmentID] = [], key: String? = nil, fromColleague: Bool = false
    ) async throws -> Once<TeammateReplyOutcome> {
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        let (outcome, before, epoch) = try await rooms.store.write { transaction in
            try inbox.present(teammate, at: now, in: transaction)
            let before = try inbox.conversation(conversation, in: transaction).lastSequence
            let outcome = try inbox.teammateReply(
                text, in: conversation, by: teammate, lastSeen: lastSeen, attachments: attachments, key: key, fromColleague: fromColleague,
                at: now, in: transaction)
            return (outcome, before, try inbox.conversation(conversation, in: transaction).epoch)
        }
        // A repetition of an old request changes nothing: the assistant may have the conversation back by now, in a turn of this epoch.
        guard case .sent(let message, _) = outcome else { return Once(value: outcome, isReplay: false) }
        interrupt(conversation, before: epoch)
        return Once(value: outcome, isReplay: message.sequence <= before)
    }

    /// Gives a conversation back to the assistant, which answers at once if the customer still waits.
    /// - Throws: `InboxError`, `StorageError`.
    package func handBack(
        _ conversation: ConversationID, of workspace: WorkspaceID, by teammate: TeammateID, fromColleague: Bool = false
    ) async throws -> HandBackOutcome {
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        let patience = limits.turnMilliseconds
        let (outcome, turn) = try await rooms.store.write { transaction in
            let outcome = try inbox.handBack(
                conversation, by: teammate, patience: patience, overruling: [Escalation.Reason.askedForPerson.rawValue],
                fromColleague: fromColleague, at: now, in: transaction)
            guard case .handedBack(_, let id?) = outcome else { return (outcome, Turn?.none) }
            return (outcome, try inbox.lease(id, milliseconds: patience, at: now, in: transaction))
        }
        if let turn { begin(turn) }
        return outcome
    }

    /// Makes a conversation a part of another, which the teammate has afterwards.
    /// - Throws: `InboxError`, `StorageError`.
    package func merge(
        _ source: ConversationID, into target: ConversationID, of workspace: WorkspaceID, by teammate: TeammateID,
        fromColleague: Bool = false
    ) async throws -> MergeOutcome {
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        let outcome = try await rooms.store.write { transaction in
            try inbox.present(teammate, at: now, in: transaction)
            return try inbox.merge(source, into: target, by: teammate, fromColleague: fromColleague, at: now, in: transaction)
        }
        if case .merged(let part, let whole) = outcome {
            interrupt(part.id, before: part.epoch)
            interrupt(whole.id, before: whole.epoch)
        }
        return outcome
    }

    /// Takes a merge back; the assistant answers at once where it has the conversation again and the customer waits.
    /// - Throws: `InboxError`, `StorageError`.
    package func unmerge(
        _ conversation: ConversationID, of workspace: WorkspaceID, by teammate: TeammateID, fromColleague: Bool = false
    ) async throws -> UnmergeOutcome {
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        let patience = limits.turnMilliseconds
        let (outcome, turn) = try await rooms.store.write { transaction in
            let outcome = try inbox.unmerge(
                conversation, by: teammate, patience: patience, fromColleague: fromColleague, at: now, in: transaction)
            guard case .unmerged(_, let id?) = outcome else { return (outcome, Turn?.none) }
            return (outcome, try inbox.lease(id, milliseconds: patience, at: now, in: transaction))
        }
        if let turn { begin(turn) }
        return outcome
    }

    /// Uses a ready reply: its words and what comes then, in one transaction.
    /// - Parameters:
    ///   - text: the words as the teammate changed them; nil: as they are.
    ///   - lastSeen: the newest seq on the teammate's screen; nil sends in any case.
    ///   - key: idempotency key.
    /// - Throws: `DeskError`, `InboxError`, `StorageError`.
    package func use(
        _ macro: MacroID, in conversation: ConversationID, of workspace: WorkspaceID, by teammate: TeammateID, text: String? = nil,
        lastSeen: Int? = nil, key: String? = nil, fromColleague: Bool = false
    ) async throws -> Once<MacroOutcome> {
        let company = try profile(workspace).name
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        let outcome = try await rooms.store.write { transaction in
            try inbox.present(teammate, at: now, in: transaction)
            return try inbox.use(
                inbox.macro(macro, in: transaction), in: conversation, by: teammate, company: company, text: text, lastSeen: lastSeen,
                key: key, fromColleague: fromColleague, at: now, in: transaction)
        }
        // A repetition changes nothing: the assistant may have the conversation back by now.
        if case .done(_, let current) = outcome.value, !outcome.isReplay { interrupt(conversation, before: current.epoch) }
        return outcome
    }

    /// Closes a conversation.
    /// - Throws: `InboxError`, `StorageError`.
    package func resolve(_ conversation: ConversationID, of workspace: WorkspaceID, by actor: Actor) async throws -> Conversation {
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        let closed = try await rooms.store.write { try inbox.resolve(conversation, by: actor, at: now, in: $0) }
        if closed.state == .resolved { interrupt(conversation, before: closed.epoch) }
        return closed
    }
}
