import Completion
import Escalation
import Inbox
import Metering
import Prompting
import Retrieval
import Storage

extension Desk {
    /// The reply, its settlement and its event in one transaction, if the assistant may still speak. If not, the draft is kept for the teammate and the credit is free again.
    func conclude(replying story: Story) async throws -> TurnOutcome {
        guard let draft = story.completion?.draft else { throw DeskFault.nothingToSay }
        let offer = story.receipt.verdict == .offer ? "\n\n" + story.workspace.phrases.text("offer_person") : ""
        let details = try StoredJSON.text(ReplyDetails(story))
        let citations = try StoredJSON.text(story.citations)
        let outcome: ResponseOutcome =
            story.completion?.finishReason == .length ? .cutAtLength : .delivered
        return try await finish(story) { desk, inbox, transaction, now in
            let reply = try inbox.reply(
                to: story.turn, text: draft.answer + offer, citations: citations, details: details, score: story.score, at: now,
                in: transaction)
            desk.reached(.concluding)
            guard case .stored(let message) = reply else { return try desk.stepBack(story, reply, inbox, transaction, now) }
            try desk.rooms.meter.settle(story.closing(outcome), in: transaction)
            return .replied(message)
        }
    }

    /// A ready reply: no model was asked, nothing is charged.
    func conclude(saying key: String, _ story: Story) async throws -> TurnOutcome {
        let text = story.workspace.phrases.text(key)
        let details = try StoredJSON.text(ReplyDetails(story, isCanned: true))
        return try await finish(story) { desk, inbox, transaction, now in
            let reply = try inbox.reply(to: story.turn, text: text, details: details, at: now, in: transaction)
            desk.reached(.concluding)
            guard case .stored(let message) = reply else { return try desk.stepBack(story, reply, inbox, transaction, now) }
            return .replied(message)
        }
    }

    /// Package, announcement, assignment, notification and release in one transaction.
    func conclude(handingOver story: Story) async throws -> TurnOutcome {
        let evidence = story.handoffEvidence
        let route = story.handoffRoute
        let reason = story.receipt.reason ?? .ruleOther
        return try await finish(story) { desk, inbox, transaction, now in
            let teamName = story.workspace.teams[route.team ?? story.workspace.defaultTeam] ?? story.workspace.name
            let outcome = try inbox.handOver(
                story.turn.conversation, turn: story.turn, because: reason.rawValue, evidence: evidence, to: route,
                announcing: { story.announcement(because: reason, team: teamName, $0, now) }, at: now, in: transaction)
            desk.reached(.concluding)
            switch outcome {
            case .handedOver(let handoff):
                try desk.keepDraft(of: story, inbox, transaction, now)
                try desk.release(story, as: story.released, in: transaction)
                return .handedOver(handoff)
            case .already:
                try desk.keepReceipt(of: story, inbox, transaction)
                try desk.keepDraft(of: story, inbox, transaction, now)
                try desk.release(story, as: .supersededByPerson, in: transaction)
                return .overtaken(nil)
            case .refused(let why):
                return try desk.stepBack(story, .refused(why), inbox, transaction, now)
            }
        }
    }

    private func finish(
        _ story: Story, _ body: @escaping @Sendable (Desk, Inbox, Transaction, Timestamp) throws -> TurnOutcome
    ) async throws -> TurnOutcome {
        let inbox = Inbox(of: story.turn.workspace)
        let now = rooms.clock.now()
        let outcome = try await rooms.store.write { transaction in
            let outcome = try body(self, inbox, transaction, now)
            self.reached(.settling)
            return outcome
        }
        reached(.concluded)
        return outcome
    }

    /// Somebody else was first: nothing is said, nothing is charged, nothing is lost.
    private func stepBack(
        _ story: Story, _ reply: ReplyOutcome, _ inbox: Inbox, _ transaction: Transaction, _ now: Timestamp
    ) throws -> TurnOutcome {
        guard case .refused(let why) = reply else { return .overtaken(nil) }
        switch why {
        case .answered, .leaseLost:
            // The turn is another worker's, and so are its hold and its draft.
            return .overtaken(why)
        case .superseded:
            try keepReceipt(of: story, inbox, transaction)
            try release(story, as: .abortedUnseen, in: transaction)
        case .personOwns, .queued, .resolved, .epochPassed:
            try keepReceipt(of: story, inbox, transaction)
            try keepDraft(of: story, inbox, transaction, now)
            try release(story, as: .supersededByPerson, in: transaction)
        }
        return .overtaken(why)
    }

    private func keepReceipt(of story: Story, _ inbox: Inbox, _ transaction: Transaction) throws {
        do {
            try transaction.attempt { try inbox.keepReceipt(StoredJSON.text(story.receipt), of: story.turn.id, in: transaction) }
        } catch  where error is InboxError || error is EncodingError {
            // A receipt that cannot be kept must not undo what else was decided.
        }
    }

    private func keepDraft(of story: Story, _ inbox: Inbox, _ transaction: Transaction, _ now: Timestamp) throws {
        guard let draft = story.completion?.draft, draft.answer.contains(where: { !$0.isWhitespace }) else { return }
        do {
            try transaction.attempt {
                _ = try inbox.keepSuggestion(
                    draft.answer, for: story.turn.id, citations: StoredJSON.text(story.citations),
                    details: StoredJSON.text(ReplyDetails(story)), score: story.score, at: now, in: transaction)
            }
        } catch  where error is InboxError || error is EncodingError {
            // A draft that cannot be kept (the model may write what it likes) must not keep the customer from a person.
        }
    }

    private func release(_ story: Story, as outcome: ResponseOutcome, in transaction: Transaction) throws {
        do {
            try transaction.attempt { _ = try rooms.meter.release(story.closing(outcome), in: transaction) }
        } catch MeteringError.unknownResponse {
            // Nothing was held: the turn ended before any credit was asked for.
        } catch MeteringError.keyReused {
            // Whoever ended the turn first has closed it; once is enough, and no reason to keep the customer from a person.
        }
    }
}

/// A turn that ended in the wrong hands: caught as any other failure, and handed over.
enum DeskFault: Error {
    case nothingToSay
}

extension Story {
    /// How a response that nobody reads is booked.
    var released: ResponseOutcome {
        if completion != nil { return .escalatedOnly }
        return failure?.booked ?? .noModelCall
    }

    func closing(_ outcome: ResponseOutcome) throws -> Closing {
        try Closing(
            workspace: turn.workspace, response: response, outcome: outcome, templateVersion: prompt?.version,
            rulesVersion: receipt.ruleSetVersion, indexVersion: found?.indexVersion, model: completion?.model,
            confidenceBasisPoints: score)
    }

    /// The effective confidence in basis points, as lists and the ledger keep it.
    var score: Int? { receipt.confidence.map { Int(min(max($0.probability, 0), 1) * 10_000) } }
}
