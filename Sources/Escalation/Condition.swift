/// What must hold for a rule to fire: one look at the customer's words, the thread, the search or the draft, or several of them joined.
///
/// Conditions only compute. They have no effect and know no verdict; `Judge` decides when they are asked.
indirect enum Condition: Sendable, Hashable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case words(group: Int, typos: Int, isWhole: Bool, filler: Int?)
    case phrase(Phrase)
    case pattern(CompiledPattern)
    case amount(AmountLimit)
    case topic([String])
    case repeated(similar: Double, times: Int, window: Int)
    case turns(over: Int)
    case streak(below: Double, times: Int)
    case sentiment(below: Double, turns: Int)
    case language(notIn: [String])
    case coverage(below: Double)
    case intent([String])
    case customer(attribute: String, values: [String])
    case captured([Captured.Kind])
    case injection
    case offered

    /// A word of `verbs` followed by one of `near` within so many words.
    struct Phrase: Sendable, Hashable {
        let verbs: Int
        let near: Int
        /// Of neighbours it is 1.
        let within: Int
        let typos: Int
        /// Words that, right before the verb, turn the meaning round ("no need to talk to a human").
        let unless: Int?
    }

    /// A pattern, equal to another with the same source.
    struct CompiledPattern: Sendable, Hashable {
        let pattern: Pattern
        static func == (left: Self, right: Self) -> Bool { left.pattern.source == right.pattern.source }
        func hash(into hasher: inout Hasher) { hasher.combine(pattern.source) }
    }

    /// When in a turn a condition can be asked.
    enum Stage: Int, Comparable, Sendable {
        case words, search, draft
        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// The earliest stage at which everything is known that the condition asks for.
    var stage: Stage {
        switch self {
        case .all(let parts), .any(let parts): parts.map(\.stage).max() ?? .words
        case .not(let part): part.stage
        case .repeated, .coverage: .search
        case .intent: .draft
        default: .words
        }
    }

    /// All conditions inside, this one included.
    var flattened: [Condition] {
        switch self {
        case .all(let parts), .any(let parts): [self] + parts.flatMap(\.flattened)
        case .not(let part): [self] + part.flattened
        default: [self]
        }
    }
}

/// What a condition found.
struct Outcome: Sendable {
    let fired: Bool
    let value: String
    let threshold: String
    let evidence: String?

    init(_ fired: Bool, value: String, threshold: String = "", evidence: String? = nil) {
        self.fired = fired
        self.value = value
        self.threshold = threshold
        self.evidence = fired ? evidence : nil
    }
}

/// Everything a condition may look at, computed once for a turn.
struct Situation: Sendable {
    let reading: Reading
    let thread: ThreadView
    var evidence: Evidence?
    var draft: DraftView?
    var signals: Signals
    /// Topics that the words touch, with the words.
    var topics: [String: String]
    /// Amounts of money in the words.
    var amounts: [Amount]
    /// Likeness of this turn to the earlier ones, newest first.
    var repeats: [Double]
    /// Sentiment of the customer's turns, newest first.
    var sentiments: [Double]
}

extension Condition {
    func outcome(in situation: Situation) -> Outcome {
        switch self {
        case .all(let parts): Self.all(parts, in: situation)
        case .any(let parts): Self.any(parts, in: situation)
        case .not(let part): Self.not(part.outcome(in: situation))
        case .words(let group, let typos, let isWhole, let filler):
            isWhole
                ? Self.whole(group, filler: filler, typos: typos, in: situation.reading)
                : Self.words(group, typos: typos, in: situation.reading)
        case .phrase(let phrase): phrase.outcome(in: situation.reading)
        case .pattern(let compiled): Self.pattern(compiled.pattern, in: situation.reading)
        case .amount(let limit): limit.outcome(among: situation.amounts, in: situation.reading)
        case .topic(let names): Self.topic(names, in: situation)
        default: threadOutcome(in: situation)
        }
    }

    private static func all(_ parts: [Condition], in situation: Situation) -> Outcome {
        var outcomes: [Outcome] = []
        for part in parts {
            let outcome = part.outcome(in: situation)
            guard outcome.fired else { return outcome }
            outcomes.append(outcome)
        }
        return Outcome(
            true, value: outcomes.map(\.value).joined(separator: " and "),
            threshold: outcomes.map(\.threshold).filter { !$0.isEmpty }.joined(separator: " and "),
            evidence: outcomes.compactMap(\.evidence).first)
    }

    private static func any(_ parts: [Condition], in situation: Situation) -> Outcome {
        var first: Outcome?
        for part in parts {
            let outcome = part.outcome(in: situation)
            if outcome.fired { return outcome }
            first = first ?? outcome
        }
        return first ?? Outcome(false, value: "nothing to match")
    }

    private static func not(_ outcome: Outcome) -> Outcome {
        Outcome(!outcome.fired, value: outcome.fired ? "excluded: \(outcome.evidence ?? outcome.value)" : "not excluded")
    }

    private static func words(_ group: Int, typos: Int, in reading: Reading) -> Outcome {
        guard let hit = reading.hits(of: group).first(where: { typos > 0 || !$0.hasTypo }) else { return Outcome(false, value: "no match") }
        return Outcome(true, value: "matched", evidence: reading.quote(hit.start, hit.end))
    }

    /// Every word of the message belongs to a phrase of the group or to the filler, and one to the group.
    private static func whole(_ group: Int, filler: Int?, typos: Int, in reading: Reading) -> Outcome {
        guard (1...Self.mostWordsOfWhole).contains(reading.words.count) else { return Outcome(false, value: "no match") }
        let hits = reading.hits(of: group).filter { typos > 0 || !$0.hasTypo }
        let fillers = filler.map { reading.hits(of: $0).filter { !$0.hasTypo } } ?? []
        var covered = Array(repeating: false, count: reading.words.count)
        for hit in hits + fillers {
            for word in hit.start..<hit.end { covered[word] = true }
        }
        guard !hits.isEmpty, covered.allSatisfy(\.self) else { return Outcome(false, value: "no match") }
        return Outcome(true, value: "matched the whole message", evidence: reading.quote(0, reading.words.count))
    }

    /// Words of a message that a `whole: true` condition can match.
    private static let mostWordsOfWhole = 12

    private static func pattern(_ pattern: Pattern, in reading: Reading) -> Outcome {
        guard let bytes = pattern.firstMatch(in: reading.text) else { return Outcome(false, value: "no match") }
        return Outcome(true, value: "matched", evidence: reading.quote(bytes: bytes))
    }

    private static func topic(_ names: [String], in situation: Situation) -> Outcome {
        guard let name = names.first(where: { situation.topics[$0] != nil }) else { return Outcome(false, value: "another topic") }
        return Outcome(true, value: "topic \(name)", evidence: situation.topics[name])
    }
}

extension Condition.Phrase {
    /// Hits stand in the order of the words, so that one walk over both lists is enough.
    func outcome(in reading: Reading) -> Outcome {
        let targets = reading.hits(of: near).filter { typos > 0 || !$0.hasTypo }
        var target = 0
        for verb in reading.hits(of: verbs) where typos > 0 || !verb.hasTypo {
            while target < targets.count, targets[target].start < verb.end { target += 1 }
            guard target < targets.count else { break }
            let found = targets[target]
            guard found.start - verb.end < within, !isTurnedRound(before: verb, in: reading) else { continue }
            return Outcome(true, value: "matched", evidence: reading.quote(verb.start, found.end))
        }
        return Outcome(false, value: "no match")
    }

    private func isTurnedRound(before verb: Lexicon.Hit, in reading: Reading) -> Bool {
        guard let unless else { return false }
        return reading.hits(of: unless).contains { $0.end == verb.start }
    }
}
