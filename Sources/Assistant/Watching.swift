import Escalation
import Inbox
import Metering
import Storage

extension Desk {
    /// What the desk did in one round of looking after what is owed.
    package struct Round: Hashable, Sendable {
        /// Turns that a dead or lost worker had left, and that are worked on again.
        package internal(set) var resumed = 0
        /// Overdue turns that were handed over.
        package internal(set) var handedOver = 0
        /// Holds and grants that expired, attempts whose end nobody saw.
        package internal(set) var swept = 0
        /// Turns that could not be looked after in this round, and why, for the operator.
        package internal(set) var troubles: [String] = []

        /// A round in which nothing was to be done.
        package init() {}

        fileprivate mutating func note(_ error: any Error, _ turn: Turn) {
            troubles.append("\(turn.workspace), turn \(turn.id): \(error)")
        }
    }

    /// Continues what an earlier process left open: turns whose time is not up are answered, the others handed over. Call once at start, before new messages.
    /// - Throws: `StorageError`.
    @discardableResult
    package func resume() async throws -> Round {
        let now = rooms.clock.now()
        // This process owns the data directory, so whatever lease is kept is of a process that is gone.
        try await rooms.store.write { try Inbox.releaseLeases(in: $0) }
        // Turns before the ledger: a response that is still owed must not be closed as abandoned.
        let round = try await look()
        let meter = rooms.meter
        try await rooms.store.write { try meter.sweep(attemptsSentBefore: now, in: $0) }
        try await freeEndedTurns(begunBefore: now)
        return round
    }

    /// Gives the credit free that a process which is gone had set aside for turns that have ended since: a later message took the turn over, or a person did, and
    /// the worker that would have noticed died first.
    private func freeEndedTurns(begunBefore start: Timestamp) async throws {
        let meter = rooms.meter
        try await rooms.store.write { transaction in
            for (workspace, response) in try meter.openResponses(begunBefore: start, in: transaction) {
                let turn: Turn
                // A response without a turn is a preview's; the sweep closes it.
                do { turn = try Inbox(of: workspace).turn(TurnID(response.text), in: transaction) } catch InboxError.notFound { continue }
                let outcome: ResponseOutcome
                switch turn.state {
                case .open, .answered: continue
                case .superseded: outcome = .abortedUnseen
                case .taken, .handedOver: outcome = .supersededByPerson
                }
                try meter.release(Closing(workspace: workspace, response: response, outcome: outcome), in: transaction)
            }
        }
    }

    /// One round: hands over what is overdue, takes up what lies unattended, sweeps the ledger. Run by a timer; tests call it with a clock of their own.
    /// A turn that makes trouble is told in `Round.troubles` and does not keep the others waiting.
    /// - Parameter sweeping: whether the slow work (ledger, reminders, old keys) is due too.
    /// - Throws: `StorageError`.
    @discardableResult
    package func look(sweeping: Bool = true) async throws -> Round {
        let now = rooms.clock.now()
        var round = Round()
        let overdue = try await rooms.store.read { try Inbox.overdueTurns(limit: 1000, at: now, in: $0) }
        for turn in overdue where workspaces[turn.workspace] != nil {
            do { round.handedOver += try await reap(turn) ? 1 : 0 } catch { round.note(error, turn) }
        }
        try await takeUp(at: now, &round)
        if sweeping { try await sweep(at: now, &round) }
        return round
    }

    /// Runs rounds until the task is cancelled. A round that fails (disk full) is followed by the next.
    /// - Parameters:
    ///   - milliseconds: between rounds; the slow work is done in every fifteenth.
    ///   - failed: told what went wrong.
    package func watch(every milliseconds: Int64, failed: @Sendable (String) -> Void) async {
        var number = 0
        while !Task.isCancelled {
            do {
                for trouble in try await look(sweeping: number % 15 == 0).troubles { failed(trouble) }
            } catch {
                if !Task.isCancelled { failed("\(error)") }
            }
            number += 1
            do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { return }
        }
    }

    /// How long a client may repeat a request with the same key, in milliseconds: 72 hours.
    private static let keysAreKept: Int64 = 72 * 3_600_000

    private func sweep(at now: Timestamp, _ round: inout Round) async throws {
        // A call can take no longer than its turn; whatever was sent before that and has not ended is dead.
        let dead = now.adding(milliseconds: -10 * limits.turnMilliseconds)
        let meter = rooms.meter
        let report = try await rooms.store.write { transaction in
            try Inbox.wake(at: now, in: transaction)
            try Inbox.remind(at: now, in: transaction)
            try Inbox.reclaim(at: now, in: transaction)
            try transaction.forgetKeys(olderThan: Self.keysAreKept, at: now)
            return try meter.sweep(attemptsSentBefore: dead, in: transaction)
        }
        round.swept = report.expiredHolds.count + report.unknownAttempts.count + report.abandoned.count + report.breakage.count
    }

    private func takeUp(at now: Timestamp, _ round: inout Round) async throws {
        let open = try await rooms.store.read { try Inbox.openTurns(limit: 1000, at: now, in: $0) }
        for turn in open where workspaces[turn.workspace] != nil && turn.deadline > now {
            let inbox = Inbox(of: turn.workspace)
            let lease = turn.deadline.since(now)
            do {
                guard let leased = try await rooms.store.write({ try inbox.lease(turn.id, milliseconds: lease, at: now, in: $0) })
                else { continue }
                begin(leased)
                round.resumed += 1
            } catch {
                round.note(error, turn)
            }
        }
    }

    /// Hands an overdue turn over, whoever works on it. The turn goes with the lease it has, so whoever was faster wins once and for all.
    private func reap(_ turn: Turn) async throws -> Bool {
        guard let profile = workspaces[turn.workspace] else { return false }
        var story = Story(turn: turn, workspace: profile)
        let inbox = Inbox(of: turn.workspace)
        let (conversation, messages) = try await rooms.store.read { snapshot in
            (try inbox.conversation(turn.conversation, in: snapshot), try inbox.thread(of: turn.conversation, in: snapshot))
        }
        story.read(conversation, messages)
        story.receipt = story.judge.before(story.thread)
        story.fail(Failure(.stalled, "no reply within \(limits.turnMilliseconds / 1000) s"))
        guard case .handedOver(let handoff) = try await conclude(handingOver: story) else { return false }
        interrupt(turn.conversation, before: handoff.epoch)
        return true
    }
}
