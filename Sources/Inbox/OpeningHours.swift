import Foundation
package import Storage

/// When a team is there: weekly intervals in the wall-clock time of a zone, less holidays. Nine o'clock stays nine o'clock when the clocks change.
package struct OpeningHours: Hashable, Sendable, Codable {
    /// IANA name: `Europe/Berlin`.
    package let zone: String
    /// The intervals of a week, in any order; they may touch and overlap.
    package let weekly: [Interval]
    /// Days without opening, `YYYY-MM-DD` in the zone. An interval that began the evening before still ends as planned.
    package let holidays: Set<String>

    /// One interval of a week.
    package struct Interval: Hashable, Sendable, Codable {
        /// 1 = Monday ... 7 = Sunday (ISO 8601).
        package let weekday: Int
        /// Minutes since midnight, 0...1439.
        package let opens: Int
        /// Minutes since midnight, 0...1440; at or before `opens` it means the next day.
        package let closes: Int

        /// Memberwise; checked by `OpeningHours`.
        package init(weekday: Int, opens: Int, closes: Int) {
            self.weekday = weekday
            self.opens = opens
            self.closes = closes
        }
    }

    /// - Throws: `InboxError.unknownZone`, `.badHours`, `.tooMany`.
    package init(zone: String, weekly: [Interval], holidays: Set<String> = []) throws {
        guard TimeZone(identifier: zone) != nil else { throw InboxError.unknownZone(zone) }
        guard weekly.count <= 70 else { throw InboxError.tooMany(field: "opening hours", limit: 70) }
        guard holidays.count <= 1000 else { throw InboxError.tooMany(field: "holidays", limit: 1000) }
        for interval in weekly {
            guard (1...7).contains(interval.weekday) else {
                throw InboxError.badHours("weekday \(interval.weekday) is not 1 (Monday) to 7 (Sunday)")
            }
            guard (0...1439).contains(interval.opens), (0...1440).contains(interval.closes) else {
                throw InboxError.badHours("a time of day is outside 00:00 to 24:00")
            }
        }
        if let odd = holidays.first(where: { !Self.isDay($0) }) {
            throw InboxError.badHours("'\(odd.prefix(20))' is not a date like 2026-12-25")
        }
        self.zone = zone
        self.weekly = weekly
        self.holidays = holidays
    }

    /// Whether the team is there at a moment.
    package func isOpen(at now: Timestamp) -> Bool {
        // An interval lasts at most a day, so what is open now began today or yesterday; two days back covers a change of zone rules at midnight.
        openings(days: -2...0, around: now).contains { $0.start <= now && now < $0.end }
    }

    /// The first opening after a moment.
    /// - Returns: nil where none comes within 400 days.
    package func nextOpening(after now: Timestamp) -> Timestamp? {
        for days in [0...7, 8...400] {
            if let next = openings(days: days, around: now).map(\.start).filter({ $0 > now }).min() { return next }
        }
        return nil
    }

    /// The intervals that begin on the days given, as moments.
    func openings(days: ClosedRange<Int>, around now: Timestamp) -> [(start: Timestamp, end: Timestamp)] {
        guard let calendar, !weekly.isEmpty else { return [] }
        let today = calendar.startOfDay(for: Date(timeIntervalSince1970: Double(now.milliseconds) / 1000))
        return days.flatMap { offset -> [(start: Timestamp, end: Timestamp)] in
            guard let day = calendar.date(byAdding: .day, value: offset, to: today),
                let following = calendar.date(byAdding: .day, value: 1, to: day)
            else { return [] }
            let date = calendar.dateComponents([.year, .month, .day, .weekday], from: day)
            guard !holidays.contains(Self.text(of: date)) else { return [] }
            // Calendar counts 1 = Sunday.
            let weekday = ((date.weekday ?? 1) + 5) % 7 + 1
            return weekly.filter { $0.weekday == weekday }.compactMap { interval in
                guard let start = moment(interval.opens, on: day, in: calendar),
                    let end = moment(interval.closes, on: interval.closes <= interval.opens ? following : day, in: calendar)
                else { return nil }
                return (start, end)
            }
        }
    }

    /// A time of day on a day. A time that the change of clocks leaves out counts as the first one after it; of one that comes twice the first counts.
    private func moment(_ minutes: Int, on day: Date, in calendar: Calendar) -> Timestamp? {
        let date: Date?
        if minutes == 1440 {
            date = calendar.date(byAdding: .day, value: 1, to: day)
        } else {
            date = calendar.date(bySettingHour: minutes / 60, minute: minutes % 60, second: 0, of: day)
        }
        return date.map { Timestamp(milliseconds: Int64(($0.timeIntervalSince1970 * 1000).rounded())) }
    }

    private var calendar: Calendar? {
        guard let zone = TimeZone(identifier: zone) else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }

    private static func text(of date: DateComponents) -> String {
        func padded(_ number: Int?, _ count: Int) -> String {
            let digits = String(number ?? 0)
            return String(repeating: "0", count: max(0, count - digits.count)) + digits
        }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
    }

    private static func isDay(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2] else { return false }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == 3, let month = numbers.dropFirst().first, let day = numbers.last else { return false }
        return (1...12).contains(month) && (1...31).contains(day)
    }
}
