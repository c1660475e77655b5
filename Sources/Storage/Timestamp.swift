import Foundation

/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z. Everything is stored so; zones matter only for showing and for opening hours.
package struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible, SQLBindable, SQLReadable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    /// - Parameter milliseconds: since 1970-01-01T00:00:00Z.
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The moment so many milliseconds later (earlier, if negative); stops at the ends of the range instead of overflowing.
    package func adding(milliseconds more: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(more)
        return Timestamp(milliseconds: overflow ? (more < 0 ? .min : .max) : sum)
    }

    /// Milliseconds from another moment to this one; stops at the ends of the range.
    package func since(_ earlier: Timestamp) -> Int64 {
        let (difference, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        return overflow ? (milliseconds < earlier.milliseconds ? .min : .max) : difference
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-30T19:39:33.000Z`.
    package var description: String {
        let thousandths = (milliseconds % 1000 + 1000) % 1000
        let seconds = milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0)
        let base = Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle())
        return base.dropLast() + "." + String(repeating: "0", count: 3 - String(thousandths).count) + "\(thousandths)Z"
    }

    /// As the database keeps it.
    package var sqlValue: SQLValue { .integer(milliseconds) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> Timestamp? { Int64.read(value).map(Timestamp.init) }
    /// Orders by what is kept.
    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Reads what `encode(to:)` wrote.
    package init(from decoder: any Decoder) throws { milliseconds = try decoder.singleValueContainer().decode(Int64.self) }

    /// As one plain value.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

/// Where the time comes from. Tests hand in their own, so that no test ever waits.
package struct Clock: Sendable {
    /// The present moment.
    package let now: @Sendable () -> Timestamp

    /// - Parameter now: called for the present moment, from any thread.
    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// The machine's clock.
    package static let system = Clock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
