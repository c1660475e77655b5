package import Inbox
import NIOConcurrencyHelpers
import Storage

/// How a turn ended, for whoever waits for it.
package enum TurnOutcome: Sendable {
    /// The customer has a reply.
    case replied(Message)
    /// People were asked, and the customer was told so.
    case handedOver(Handoff)
    /// Nothing was said: a person, a newer message or another worker was first.
    case overtaken(ReplyOutcome.Refusal?)
    /// The process stops; the turn stays open for the next start.
    case leftOpen
}

/// A turn that is being worked on in this process.
struct RunningTurn: Sendable {
    let turn: Turn
    let task: Task<TurnOutcome, Never>

    /// Whether it answers more than `other` does: then that one is part of it, and closed.
    func isNewer(than other: Turn) -> Bool { (turn.epoch, turn.sequence) > (other.epoch, other.sequence) }
}

extension Desk {
    /// Starts the work on a leased turn. Work on an older turn of the same conversation is cancelled, which closes its connection to the model. A turn that
    /// comes here after a newer one of its conversation (their commits are told to two tasks, in any order) is part of that one and needs no work.
    func begin(_ turn: Turn) {
        let older = running.withLockedValue { running -> RunningTurn? in
            let older = running[turn.conversation]
            if let older, older.isNewer(than: turn) { return nil }
            // In the trace of the request that began it; a turn that is taken up again begins one.
            let trace = Trace.current ?? Trace()
            let task = Task {
                let outcome = await Trace.$current.withValue(trace) { await self.work(on: turn) }
                self.forget(turn)
                return outcome
            }
            running[turn.conversation] = RunningTurn(turn: turn, task: task)
            return older
        }
        older?.task.cancel()
    }

    private func work(on turn: Turn) async -> TurnOutcome {
        guard await places.take() else { return .leftOpen }
        defer { places.give() }
        return await answer(turn)
    }

    /// A turn that has ended is no longer running; called from within its own task, before whoever waits for it goes on. The lease tells two runs of one
    /// turn apart.
    private func forget(_ turn: Turn) {
        running.withLockedValue { running in
            guard let known = running[turn.conversation]?.turn, known.id == turn.id, known.lease == turn.lease else { return }
            running[turn.conversation] = nil
        }
    }

    /// Stops the work on a conversation that has changed hands. Work that began after the change is left alone.
    /// - Parameter epoch: of the conversation after the change.
    func interrupt(_ conversation: ConversationID, before epoch: Int) {
        running.withLockedValue { running in
            running[conversation].flatMap { $0.turn.epoch < epoch ? $0.task : nil }
        }?.cancel()
    }

    /// Waits for the turn that is being worked on in a conversation, if there is one.
    /// - Returns: how it ended; nil where nothing is being worked on here.
    package func outcome(in conversation: ConversationID) async -> TurnOutcome? {
        await running.withLockedValue { $0[conversation]?.task }?.value
    }

    /// Waits until nothing is being worked on. A turn ends by its deadline at the latest, so this does.
    package func finish() async {
        while case let tasks = running.withLockedValue({ $0.values.map(\.task) }), !tasks.isEmpty {
            for task in tasks { _ = await task.value }
        }
    }

    /// Stops all work and leaves what is open to the next start. Returns when nothing runs any more.
    package func stop() async {
        isStopping.withLockedValue { $0 = true }
        places.close()
        let tasks = running.withLockedValue { $0.values.map(\.task) }
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.value }
    }
}
