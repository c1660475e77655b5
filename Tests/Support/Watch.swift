import Foundation
import NIOConcurrencyHelpers

/// Tasks that wait for a state to become what they want. Whoever changes the state calls `look`.
final class Watch: Sendable {
    private struct Waiter: Sendable {
        let id: UInt64
        let isSatisfied: @Sendable (EndpointCore.State) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let waiters = NIOLockedValueBox<(next: UInt64, all: [Waiter])>((0, []))

    /// How long a test waits for something that should happen by itself at once.
    private static let patienceSeconds = 120.0

    func wait(
        for description: String, in state: NIOLockedValueBox<EndpointCore.State>,
        _ condition: @escaping @Sendable (EndpointCore.State) -> Bool
    ) async throws {
        let id = waiters.withLockedValue { waiters in
            waiters.next += 1
            return waiters.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiters.withLockedValue {
                    $0.all.append(Waiter(id: id, isSatisfied: condition, continuation: continuation))
                }
                DispatchQueue.global().asyncAfter(deadline: .now() + Self.patienceSeconds) { [weak self] in
                    self?.end(id, with: SupportError.nothingHappened("waited \(Self.patienceSeconds) s for \(description)"))
                }
                look(at: state)
                if Task.isCancelled { end(id, with: CancellationError()) }
            }
        } onCancel: {
            end(id, with: CancellationError())
        }
    }

    func look(at state: NIOLockedValueBox<EndpointCore.State>) {
        // The state is read inside the waiters' lock: a change after this look makes a look of its own.
        let satisfied = waiters.withLockedValue { waiters -> [Waiter] in
            guard !waiters.all.isEmpty else { return [] }
            let now = state.withLockedValue { $0 }
            let satisfied = waiters.all.filter { $0.isSatisfied(now) }
            waiters.all.removeAll { waiter in satisfied.contains { $0.id == waiter.id } }
            return satisfied
        }
        for waiter in satisfied { waiter.continuation.resume() }
    }

    private func end(_ id: UInt64, with error: any Error) {
        let ended = waiters.withLockedValue { waiters -> Waiter? in
            guard let index = waiters.all.firstIndex(where: { $0.id == id }) else { return nil }
            return waiters.all.remove(at: index)
        }
        ended?.continuation.resume(throwing: error)
    }
}
