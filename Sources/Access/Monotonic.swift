import Foundation

/// The clock that only goes forward: for limits and tickets, which must not be moved by whoever sets the wall clock.
package enum Monotonic {
    /// Milliseconds since some moment before the process began.
    @Sendable package static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
