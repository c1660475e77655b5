/// What the head of a refusal says about trying again.
struct RetryAdvice: Hashable, Sendable {
    /// `x-should-retry`.
    var shouldRetry: Bool?
    /// How long to wait; nil where the endpoint did not say.
    var waitMilliseconds: Int?
    /// It asks to wait longer than anyone should: give this endpoint up.
    var isTooLong = false

    /// The longest wait that an endpoint is believed.
    static let longestWaitMilliseconds = 120_000

    /// - Parameters:
    ///   - header: looks a header up, whatever its case.
    ///   - nowMilliseconds: since 1970, for dates.
    init(nowMilliseconds: Int64, header: (String) -> String?) {
        switch header("x-should-retry")?.lowercased() {
        case "true": shouldRetry = true
        case "false": shouldRetry = false
        default: break
        }
        guard let wait = Self.wait(nowMilliseconds: nowMilliseconds, header: header), wait > 0 else { return }
        if wait <= Double(Self.longestWaitMilliseconds) { waitMilliseconds = Int(wait.rounded(.up)) } else { isTooLong = true }
    }

    /// Milliseconds: `retry-after-ms`, else `retry-after` in seconds, as a decimal or as an HTTP date.
    private static func wait(nowMilliseconds: Int64, header: (String) -> String?) -> Double? {
        if let wait = header("retry-after-ms").flatMap(decimal) { return wait }
        guard let text = header("retry-after") else { return nil }
        if let seconds = decimal(text) { return seconds * 1000 }
        return HTTPDate.milliseconds(text).map { Double($0 - nowMilliseconds) }
    }

    private static func decimal(_ text: String) -> Double? {
        guard let number = Double(Coercion.trimmed(text)), number.isFinite, number >= 0 else { return nil }
        return number
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of RFC 9110 that is still sent.
enum HTTPDate {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Milliseconds since 1970, nil where the text is no such date.
    static func milliseconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), (1...31).contains(day) else { return nil }
        guard let month = months.firstIndex(of: parts[2].lowercased()), let year = Int64(parts[3]), (1970...9999).contains(year) else {
            return nil
        }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2]) else { return nil }
        let seconds = days(year: year, month: Int64(month) + 1, day: day) * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2]
        return seconds * 1000
    }

    /// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "days_from_civil").
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
