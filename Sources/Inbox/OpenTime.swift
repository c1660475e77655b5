package import Storage

/// A clock that runs while a team is there.
extension OpeningHours {
    /// The moment at which the team was there for so long since `start`.
    /// - Parameter milliseconds: 0 or more.
    /// - Returns: nil where that does not come within 400 days.
    package func moment(after milliseconds: Int64, from start: Timestamp) -> Timestamp? {
        var (left, cursor) = (max(milliseconds, 0), start)
        for days in Self.spans {
            for opening in openings(days: days, around: start).sorted(by: { $0.start < $1.start }) {
                let begin = max(opening.start, cursor)
                guard begin < opening.end else { continue }
                let length = opening.end.since(begin)
                if left <= length { return begin.adding(milliseconds: left) }
                left -= length
                cursor = opening.end
            }
        }
        return nil
    }

    /// How long the team was there between two moments, in milliseconds; of a time beyond 400 days only that much is counted.
    package func openMilliseconds(from start: Timestamp, to end: Timestamp) -> Int64 {
        var (sum, cursor): (Int64, Timestamp) = (0, start)
        for days in Self.spans {
            for opening in openings(days: days, around: start).sorted(by: { $0.start < $1.start }) {
                if opening.start >= end { return sum }
                let (begin, stop) = (max(opening.start, cursor), min(opening.end, end))
                guard begin < stop else { continue }
                sum += stop.since(begin)
                cursor = stop
            }
        }
        return sum
    }

    /// Most of what is asked ends within a week; further days are worked out when they are needed. An interval lasts at most a day, so what is open at the
    /// beginning began two days before it at the earliest.
    private static let spans = [-2...7, 8...40, 41...400]
}
