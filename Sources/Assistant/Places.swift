import NIOConcurrencyHelpers

/// A number of places, first come, first served: as many turns as there are places are worked on at once.
final class Places: Sendable {
    private struct Line {
        var free: Int
        var waiting: [CheckedContinuation<Bool, Never>] = []
        var isClosed = false
    }

    private let line: NIOLockedValueBox<Line>

    init(_ count: Int) { line = NIOLockedValueBox(Line(free: count)) }

    /// Waits for a place.
    /// - Returns: false when the doors closed; then there is nothing to give back.
    func take() async -> Bool {
        await withCheckedContinuation { continuation in
            let now: Bool? = line.withLockedValue { line in
                if line.isClosed { return false }
                if line.free > 0 {
                    line.free -= 1
                    return true
                }
                line.waiting.append(continuation)
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    /// Gives a place back.
    func give() {
        let next = line.withLockedValue { line -> CheckedContinuation<Bool, Never>? in
            if line.waiting.isEmpty {
                line.free += 1
                return nil
            }
            return line.waiting.removeFirst()
        }
        next?.resume(returning: true)
    }

    /// How many wait.
    var waitingCount: Int { line.withLockedValue { $0.waiting.count } }

    /// Sends everybody who waits away.
    func close() {
        let waiting = line.withLockedValue { line in
            line.isClosed = true
            defer { line.waiting = [] }
            return line.waiting
        }
        for continuation in waiting { continuation.resume(returning: false) }
    }
}
