import Escalation
import Inbox
import Metering
import Storage

extension Desk {
    /// What the desk did in one round of looking after what is owed.
    package struct Round: Hashable, Sendable {
        /// Turns that a dead or lost worker had left, and that are worked on again.
        package var resumed = 0
        /// Overdue turns that were handed over.
        package var handedOver = 0
        /// Holds and grants that expired, attempts whose end nobody saw.
        package var swept = 0
    }

    /// Continues what an earlier process left open: turns whose time is not up are answered, the others handed over. Call once at start, before new messages.
    /// - Throws: `StorageError`.
    @discardableResult
    package func resume() async throws -> Round {
        let now = rooms.clock.now()
        // This process owns the data directory, so whatever lease is kept is of a process that is gone.
        let meter = rooms.meter
        try await rooms.store.write { transaction in
            try Inbox.releaseLeases(in: transaction)
            try meter.sweep(attemptsSentBefore: now, in: transaction)
        }
        var round = try await look()
        round.resumed += try await takeUp(at: now)
        return round
    }

    /// One round: hands over what is overdue, takes up what lies unattended, sweeps the ledger. Run by a timer; tests call it with a clock of their own.
    /// - Throws: `StorageError`.
    @discardableResult
    package func look() async throws -> Round {
        let now = rooms.clock.now()
        var round = Round()
        let overdue = try await rooms.store.read { try Inbox.overdueTurns(limit: 500, at: now, in: $0) }
        for turn in overdue where workspaces[turn.workspace] != nil {
            if try await reap(turn) { round.handedOver += 1 }
        }
        round.resumed = try await takeUp(at: now)
        // A call can take no longer than its turn; whatever was sent before that and has not ended is dead.
        let dead = now.adding(milliseconds: -10 * limits.turnMilliseconds)
        let meter = rooms.meter
        let report = try await rooms.store.write { transaction in
            try Inbox.remind(at: now, in: transaction)
            try Inbox.reclaim(at: now, in: transaction)
            return try meter.sweep(attemptsSentBefore: dead, in: transaction)
        }
        round.swept = report.expiredHolds.count + report.unknownAttempts.count + report.abandoned.count + report.breakage.count
        return round
    }

    /// Runs rounds until the task is cancelled. A round that fails (disk full) is followed by the next.
    /// - Parameter every: milliseconds between rounds.
    package func watch(every milliseconds: Int64, failed: @Sendable (any Error) -> Void) async {
        while !Task.isCancelled {
            do { try await look() } catch is CancellationError { return } catch { failed(error) }
            do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { return }
        }
    }

    private func takeUp(at now: Timestamp) async throws -> Int {
        var count = 0
        for turn in try await rooms.store.read({ try Inbox.openTurns(limit: 500, at: now, in: $0) }) where workspaces[turn.workspace] != nil
        {
            let inbox = Inbox(of: turn.workspace)
            let lease = max(1, turn.deadline.since(now))
            guard let leased = try await rooms.store.write({ try inbox.lease(turn.id, milliseconds: lease, at: now, in: $0) }) else {
                continue
            }
            begin(leased)
            count += 1
        }
        return count
    }

    /// Hands an overdue turn over, whoever works on it. The turn goes with the lease it has, so whoever was faster wins once and for all.
    private func reap(_ turn: Turn) async throws -> Bool {
        guard let profile = workspaces[turn.workspace] else { return false }
        interrupt(turn.conversation)
        var story = Story(turn: turn, workspace: profile)
        let inbox = Inbox(of: turn.workspace)
        let (conversation, messages) = try await rooms.store.read { snapshot in
            (try inbox.conversation(turn.conversation, in: snapshot), try inbox.thread(of: turn.conversation, in: snapshot))
        }
        story.read(conversation, messages)
        story.receipt = story.judge.failed(
            .stalled, detail: "no reply within \(limits.turnMilliseconds / 1000) s", previous: story.judge.before(story.thread))
        if case .handedOver = try await conclude(handingOver: story) { return true }
        return false
    }
}
