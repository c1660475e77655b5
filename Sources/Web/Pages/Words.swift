import Foundation
import Inbox
import Metering
import Storage

/// How pages say times, durations, amounts and codes.
enum Words {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// A moment: in UTC as drawn, in the reader's zone where scripts run.
    static func time(_ at: Timestamp) -> HTML { "<time datetime=\"\(at.description)\">\(moment(at))</time>" }

    /// `30 Nov 2026 23:16 UTC`
    static func moment(_ at: Timestamp) -> String {
        let text = at.description  // 2026-11-30T23:16:03.000Z
        let parts = text.split { $0 == "-" || $0 == "T" || $0 == ":" }
        guard parts.count >= 5, let month = Int(parts[1]), months.indices.contains(month - 1) else { return text }
        return "\(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]) UTC"
    }

    /// How long ago, for lists.
    static func age(_ since: Timestamp, at now: Timestamp) -> HTML {
        "<time datetime=\"\(since.description)\" data-as=\"age\" title=\"\(moment(since))\">\(duration(now.since(since)))</time>"
    }

    /// `now`, `4 min`, `3 h`, `12 d`: the largest unit that is not zero.
    static func duration(_ milliseconds: Int64) -> String {
        let minutes = max(0, milliseconds) / 60_000
        if minutes < 1 { return "now" }
        if minutes < 60 { return "\(minutes) min" }
        return minutes < 48 * 60 ? "\(minutes / 60) h" : "\(minutes / 1440) d"
    }

    /// How long to wait, never less than it takes: `40 seconds`, `15 minutes`.
    static func wait(seconds: Int) -> String {
        func words(_ count: Int, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
        return seconds <= 90 ? words(seconds, "second") : words(seconds / 60 + (seconds % 60 == 0 ? 0 : 1), "minute")
    }

    /// `62 %`, never rounded up: what is below a limit must not look as if it were on it.
    static func percent(_ share: Double) -> String { "\(Int((min(max(share, 0), 1) * 100).rounded(.down))) %" }

    /// How sure the assistant is, as a chip: a word beside the number, so that nobody needs its colour.
    static func confidence(_ share: Double, isEnough: Bool) -> HTML {
        "<span class=\"chip certainty-\(isEnough ? "enough" : "low")\"><span class=\"unseen\">Confidence </span>\(if: !isEnough, "only ")\(percent(share)) sure</span>"
    }

    /// What a team has promised and when it is due: in words, with a mark, and in colour.
    static func due(_ due: Due, at now: Timestamp) -> HTML {
        let (state, left) = (due.state(at: now), due.at.since(now))
        let what =
            switch due.kind {
            case .firstResponse: "First reply"
            case .nextResponse: "Next reply"
            case .resolution: "Resolution"
            }
        return """
            <span class="chip \(state.rawValue)" title="\(what) due \(moment(due.at))"><span aria-hidden="true">\(state == .late ? "\u{25B2}" : "\u{25F7}")</span>
            \(duration(abs(left))) \(left < 0 ? "late" : "left")<span class="unseen">, \(what.lowercased())</span></span>
            """
    }

    /// An amount as people read it, the exact one in its title.
    static func money(_ amount: Money, _ currency: String, digits: Int = 4) -> HTML {
        "<data value=\"\(amount.text)\" title=\"\(amount.text) \(currency)\">\(amount.rounded(toDigits: digits)) \(currency)</data>"
    }

    /// `1 234 567`: digits in groups of three, with spaces that do not break (ISO 80000-1).
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append("\u{202F}") }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// Why a conversation was handed over, for a person. A code that is not known here is shown with its underscores as spaces.
    static func reason(_ code: String) -> String {
        switch code {
        case "asked_for_person": "asked for a person"
        case "sensitive_topic": "sensitive topic"
        case "amount_over_limit": "amount above the limit"
        case "identity_required": "must be identified first"
        case "frustration": "frustrated"
        case "repetition": "asked again"
        case "no_knowledge": "not in the documents"
        case "turn_cap": "long conversation"
        case "low_confidence": "low confidence"
        case "ungrounded": "answer not covered"
        case "unsafe_answer": "unsafe answer"
        case "model_asked": "assistant asked for a person"
        case "promise": "promised a person"
        case "model_error": "model failed"
        case "timeout": "model too slow"
        case "unreadable_output": "model's answer unreadable"
        case "credit_exhausted": "credit used up"
        case "stalled": "no answer in time"
        case "operator_takeover": "taken over by hand"
        case "teammateSuspended": "colleague left"
        default: code.replacing("_", with: " ")
        }
    }
}
