import Foundation
import Glibc
import NIOConcurrencyHelpers

/// Lets a few long computations run at once, on threads of their own, and a few more wait in line.
///
/// Not on a dispatch queue: its threads are as many as there are cores and are those of every task, so that two computations on two cores would stop the service.
/// The threads are nice besides: whoever only wants an answer comes first.
final class Turnstile: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = NIOLockedValueBox(State())
    private let places: Int
    private let mostWaiting: Int

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
        case .now: Self.run(work)
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
        if let next { Self.run(next) }
    }

    private static func run(_ work: @escaping @Sendable () -> Void) {
        let thread = Thread {
            // Of this thread alone, as Linux counts it; where it is not allowed, the thread is as good as the others.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
            work()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    private static let niceness: Int32 = 5
}
