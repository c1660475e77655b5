import Dispatch
import NIOConcurrencyHelpers

/// Lets a few long computations run at once, on threads of their own, and a few more wait in line.
final class Turnstile: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = NIOLockedValueBox(State())
    private let places: Int
    private let mostWaiting: Int
    private let queue = DispatchQueue(label: "baton.passwords", attributes: .concurrent)

    init(places: Int, mostWaiting: Int) {
        self.places = max(places, 1)
        self.mostWaiting = max(mostWaiting, 0)
    }

    /// Runs `body` when there is a place.
    /// - Throws: `AccessError.busy` where too many wait; what `body` throws.
    func pass<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
            enter(
                work: {
                    let result = Result { try body() }
                    self.leave()
                    continuation.resume(with: result)
                }, refused: { continuation.resume(throwing: AccessError.busy(retryAfterSeconds: 5)) })
        }
    }

    private func enter(work: @escaping @Sendable () -> Void, refused: () -> Void) {
        enum Way { case now, later, never }
        let way = state.withLockedValue { state -> Way in
            if state.running < places {
                state.running += 1
                return .now
            }
            guard state.waiting.count < mostWaiting else { return .never }
            state.waiting.append(work)
            return .later
        }
        switch way {
        case .now: queue.async(execute: work)
        case .later: break
        case .never: refused()
        }
    }

    /// Gives the place to the next in line.
    private func leave() {
        let next = state.withLockedValue { state -> (@Sendable () -> Void)? in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        if let next { queue.async(execute: next) }
    }
}
