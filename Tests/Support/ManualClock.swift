import NIOConcurrencyHelpers

/// A clock that stands still until a test moves it. Plain milliseconds, so that a test of any room can make its own clock type from it.
package final class ManualClock: Sendable {
    private let milliseconds: NIOLockedValueBox<Int64>

    /// - Parameter milliseconds: since 1970 in UTC; the default is 2026-01-05 09:00:00, a Monday.
    package init(at milliseconds: Int64 = 1_767_603_600_000) {
        self.milliseconds = NIOLockedValueBox(milliseconds)
    }

    /// Milliseconds since 1970 in UTC.
    package var now: Int64 { milliseconds.withLockedValue { $0 } }

    /// Moves the clock forward (or back, with a negative number).
    package func advance(milliseconds step: Int64) { milliseconds.withLockedValue { $0 += step } }

    /// Moves the clock forward by whole seconds.
    package func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }

    /// Sets the clock.
    package func set(milliseconds new: Int64) { milliseconds.withLockedValue { $0 = new } }
}
