import Completion
import Escalation
import Foundation
import Inbox
import Metering
import Retrieval
import Storage

/// What a turn that ends with people tells them: the parts of the package that the inbox cannot know, where it should go, and what the customer hears.
/// All of it is put together from what was stored and read; no model is asked, for it may be the model that failed.
extension Story {
    var handoffEvidence: HandoffEvidence {
        var evidence = HandoffEvidence()
        let draft = completion?.draft
        evidence.intent = receipt.signals.topics.first ?? draft?.intent
        let felt = Int((receipt.signals.sentiment * 2).rounded())
        evidence.sentiment = min(felt, draft?.sentiment ?? felt)
        evidence.tags = tags
        evidence.captured = captured
        evidence.tried = tried
        let cited = Set(receipt.keptCitations.map(\.passage))
        evidence.sources = passages.map { .init(passage: $0.id, title: $0.title, wasCited: cited.contains($0.id)) }
        evidence.why = receipt.inWords
        // A receipt that cannot be written as JSON must not keep the customer from a person.
        evidence.receipt = try? StoredJSON.text(receipt)
        evidence.summary = summary
        evidence.score = score
        return evidence
    }

    private var tags: [String] {
        var tags = receipt.signals.topics + receipt.route.tags
        if receipt.signals.isSuspectedInjection { tags.append("suspected-injection") }
        return Array(Set(tags)).sorted()
    }

    /// Details from the customer's own words; of what the model says it read, only what really stands there.
    private var captured: [String: String] {
        var details: [String: String] = [:]
        let said = messages.filter { $0.author == .customer }.map(\.text).joined(separator: "\n").lowercased()
        for (name, value) in completion?.draft.captured ?? [:] where !value.isEmpty && said.contains(value.lowercased()) {
            details[name] = value
        }
        for detail in receipt.signals.captured { details[detail.kind.rawValue] = detail.value }
        return details
    }

    private var tried: [String] {
        var lines: [String] = []
        if let found {
            let best = found.passages.first.map { ", the best from “\($0.title)”" } ?? ""
            lines.append("searched the documents: \(found.passages.count) passages\(best)")
            for repair in found.repaired { lines.append("read “\(repair.from)” as “\(repair.to)”") }
        }
        if let completion {
            let confidence = receipt.confidence.map { ", effective confidence \(Int(($0.probability * 100).rounded(.down))) %" } ?? ""
            lines.append("asked \(completion.model) at \(completion.endpoint)\(confidence); the draft is kept as a suggestion")
        } else if let failure, prompt != nil {
            lines.append("asked the model, without an answer: \(failure.detail)")
        }
        return lines
    }

    /// Extractive: questions with what answered them, and what is still open.
    private var summary: HandoffPackage.Summary {
        var resolved: [String] = []
        var open: [String] = []
        for message in messages {
            switch message.author {
            case .customer: open.append(message.text)
            case .assistant, .teammate:
                guard !open.isEmpty, message.details.flatMap(ReplyDetails.read)?.isCanned != true else {
                    open = []
                    continue
                }
                resolved.append("\(Self.line(open.joined(separator: " "))) → \(Self.line(message.text))")
                open = []
            case .system: break
            }
        }
        var pending = open.map { Self.line($0) }
        if let missing = completion?.draft.missing, !missing.isEmpty { pending.append("The documents do not say: \(Self.line(missing))") }
        return .init(resolved: resolved.suffix(10).map { $0 }, pending: pending)
    }

    /// The beginning of a text as one line.
    private static func line(_ text: String, limit: Int = 200) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= limit ? line : String(line.prefix(limit)) + "…"
    }

    /// The team that a rule names; else the first of the workspace's routes that matches; else the default team.
    var handoffRoute: HandoffDestination {
        let urgency: Handoff.Priority =
            switch priority {
            case .low: .low
            case .normal, nil: .normal
            case .high: .high
            case .urgent: .urgent
            }
        if let team = receipt.route.team {
            return HandoffDestination(team: TeamID(team), skill: receipt.route.skills.first, priority: urgency)
        }
        let route = matchingRoute
        return HandoffDestination(
            team: route?.team ?? workspace.defaultTeam, skill: receipt.route.skills.first ?? route?.skill, priority: urgency)
    }

    private var matchingRoute: HandoffRoute? {
        workspace.routes.first { route in
            switch route.match {
            case .topic(let topic): receipt.signals.topics.contains(topic)
            case .reason(let reason): receipt.reason == reason
            }
        }
    }

    private var priority: Priority? { [receipt.route.priority, matchingRoute?.priority].compactMap(\.self).max() }

    /// The one announcement: a rule's own text, else the one for the reason, each as honest as the hour.
    func announcement(because reason: Reason, team: String, _ availability: Availability, _ now: Timestamp) -> String {
        let opens: String =
            if case .closed(let opens?) = availability { HourText.of(opens, zone: workspace.zone, now: now) } else { "soon" }
        let values = ["team": team, "opens": opens, "customer": ""]
        let text = workspace.phrases.text(receipt.message ?? phraseKey(reason), availability: availability, values: values)
        guard let before = receipt.messageBefore else { return text }
        return workspace.phrases.text(before, availability: availability, values: values) + "\n\n" + text
    }

    private func phraseKey(_ reason: Reason) -> String {
        switch reason {
        case .askedForPerson: "handoff_asked"
        case .amountOverLimit: "handoff_billing"
        case .noKnowledge, .lowConfidence, .ungrounded, .unsafeAnswer, .modelAsked, .promise: "handoff_no_knowledge"
        case .frustration, .repetition: "handoff_frustration"
        case .creditExhausted: "handoff_no_credit"
        case .modelError, .timeout, .unreadableOutput, .stalled, .attachmentUnreadable: "handoff_error"
        case .sensitiveTopic:
            if receipt.signals.topics.contains(where: ["account_takeover", "fraud", "login_failure"].contains) {
                "handoff_security"
            } else if receipt.signals.topics.contains(where: ["withdrawal_block", "billing_dispute"].contains) {
                "handoff_billing"
            } else {
                "handoff_compliance"
            }
        case .identityRequired, .turnCap, .operatorTakeover, .ruleOther: "handoff"
        }
    }
}

/// A moment as a customer reads it: `today at 14:00 (Lisbon time)`, `on Monday at 08:00 (Lisbon time)`.
enum HourText {
    static func of(_ moment: Timestamp, zone: String, now: Timestamp) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        calendar.locale = Locale(identifier: "en_GB")
        func date(_ moment: Timestamp) -> Date { Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000) }
        let parts = calendar.dateComponents([.year, .month, .day, .weekday, .hour, .minute], from: date(moment))
        let days =
            calendar.dateComponents([.day], from: calendar.startOfDay(for: date(now)), to: calendar.startOfDay(for: date(moment))).day ?? 0
        func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        let names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        let weekday = names[((parts.weekday ?? 1) - 1) % 7]
        let day =
            switch days {
            case 0: "today"
            case 1: "tomorrow"
            case 2...6: "on \(weekday)"
            default: "on \(weekday), \(two(parts.day)).\(two(parts.month)).\(parts.year ?? 0),"
            }
        let city = zone.split(separator: "/").last.map { String($0).replacing("_", with: " ") } ?? zone
        return "\(day) at \(two(parts.hour)):\(two(parts.minute)) (\(city) time)"
    }
}
