/// The conditions that look at the thread, the search and the draft instead of at single words.
extension Condition {
    func threadOutcome(in situation: Situation) -> Outcome {
        switch self {
        case .repeated(let similar, let times, let window):
            Self.repeated(situation.repeats.prefix(window), similar: similar, times: times)
        case .turns(let over):
            Outcome(situation.thread.assistantTurns > over, value: "\(situation.thread.assistantTurns) turns", threshold: "over \(over)")
        case .streak(let below, let times): Self.streak(situation.thread.recentConfidences.suffix(times), below: below, times: times)
        case .sentiment(let below, let turns): Self.sentiment(situation.sentiments.prefix(turns), below: below, turns: turns)
        case .language(let known): Self.language(situation.signals.language, known: known)
        case .coverage(let below): Self.coverage(situation.evidence, below: below)
        case .intent(let names): Self.intent(names, in: situation)
        case .customer(let attribute, let values): Self.customer(situation.thread.customer[attribute], attribute: attribute, values: values)
        case .captured(let kinds): Self.captured(situation.signals.captured, kinds: kinds)
        case .injection:
            Outcome(situation.signals.isSuspectedInjection, value: situation.signals.isSuspectedInjection ? "suspected" : "none seen")
        case .offered:
            Outcome(situation.thread.offeredPerson, value: situation.thread.offeredPerson ? "a person was offered" : "none offered")
        default: Outcome(false, value: "no match")
        }
    }

    private static func repeated(_ likenesses: ArraySlice<Double>, similar: Double, times: Int) -> Outcome {
        let count = 1 + likenesses.count { $0 >= similar }
        let nearest = likenesses.max() ?? 0
        return Outcome(
            count >= times, value: "asked \(count) times (likeness \(Figures.two(nearest)))",
            threshold: "\(times) times at \(Figures.two(similar)) or more")
    }

    private static func streak(_ confidences: ArraySlice<Double>, below: Double, times: Int) -> Outcome {
        let low = confidences.count { $0 < below }
        return Outcome(
            confidences.count == times && low == times, value: "\(low) unsure replies",
            threshold: "\(times) below \(Figures.percent(below))")
    }

    private static func sentiment(_ sentiments: ArraySlice<Double>, below: Double, turns: Int) -> Outcome {
        let best = sentiments.max() ?? 0
        return Outcome(
            sentiments.count == turns && best < below, value: "sentiment \(Figures.two(best))",
            threshold: "below \(Figures.two(below)) in \(turns) turns")
    }

    private static func language(_ language: String?, known: [String]) -> Outcome {
        guard let language else {
            return Outcome(false, value: "language unknown", threshold: "other than \(known.joined(separator: ", "))")
        }
        return Outcome(!known.contains(language), value: "language \(language)", threshold: "other than \(known.joined(separator: ", "))")
    }

    private static func coverage(_ evidence: Evidence?, below: Double) -> Outcome {
        let coverage = evidence?.coverage ?? 0
        return Outcome(coverage < below, value: "coverage \(Figures.percent(coverage))", threshold: "below \(Figures.percent(below))")
    }

    /// By the customer's words, or by the model: the model can add an intent, never take one away.
    private static func intent(_ names: [String], in situation: Situation) -> Outcome {
        if let name = names.first(where: { situation.topics[$0] != nil }) {
            return Outcome(true, value: "intent \(name)", evidence: situation.topics[name])
        }
        let model = situation.draft?.intent
        return Outcome(model.map(names.contains) ?? false, value: "intent \(model.map { String($0.prefix(40)) } ?? "unknown")")
    }

    private static func customer(_ value: String?, attribute: String, values: [String]) -> Outcome {
        Outcome(
            value.map { values.contains($0.lowercased()) } ?? false,
            value: "\(attribute) \(value.map { String($0.prefix(40)) } ?? "unknown")",
            threshold: values.joined(separator: " or "))
    }

    private static func captured(_ details: [Captured], kinds: [Captured.Kind]) -> Outcome {
        let found = details.first { kinds.contains($0.kind) }
        return Outcome(found != nil, value: found.map { "gave \($0.kind.rawValue)" } ?? "gave none", evidence: found?.value)
    }
}

/// Numbers as receipts write them.
enum Figures {
    /// `0.62` as `62 %`; halves go to the even neighbour.
    static func percent(_ share: Double) -> String {
        guard share.isFinite else { return "? %" }
        return "\(Int((min(max(share, -10), 10) * 100).rounded(.toNearestOrEven))) %"
    }

    /// Two decimals, with the sign of a negative number.
    static func two(_ number: Double) -> String {
        guard number.isFinite else { return "?" }
        let hundredths = Int((min(max(number, -1e6), 1e6) * 100).rounded(.toNearestOrEven))
        let digits = String(abs(hundredths) % 100)
        return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(digits.count == 1 ? "0" : "")\(digits)"
    }
}
