/// The record of one decision: everything that was looked at, what it was held against, and what came of it.
///
/// A receipt grows in the stages of a turn (words, search, draft, failure) by `adding`, which can raise the verdict and never lower it.
package struct Receipt: Codable, Sendable {
    /// In the order they were evaluated, fired or not, those in shadow included.
    package private(set) var triggers: [Trigger]
    /// The most careful verdict of the triggers that decided.
    package private(set) var verdict: Verdict
    /// Why; nil where the verdict is `answer`.
    package private(set) var reason: Reason?
    /// Where the conversation should go if it is handed over, from all rules that fired.
    package private(set) var route: Route
    /// The key of a ready reply that needs no model; set only while the verdict is `answer`.
    package var cannedMessage: String? { verdict == .answer ? canned : nil }
    /// The key of the message that announces the handover, where a rule wants its own.
    package private(set) var message: String?
    /// The key of a message that is sent before anything else (emergency numbers), where a rule has one.
    package private(set) var messageBefore: String?
    /// What the customer's words showed.
    package let signals: Signals
    /// Nil until a draft was weighed.
    package private(set) var confidence: EffectiveConfidence?
    /// The citations whose quote stands in a passage that was sent; the others are dropped.
    package private(set) var keptCitations: [DraftView.Citation]
    /// The least effective confidence that answers, 0...1.
    package let threshold: Double
    /// The hash of the rules file.
    package let ruleSetVersion: String
    private var canned: String?

    init(signals: Signals, threshold: Double, ruleSetVersion: String) {
        triggers = []
        verdict = .answer
        route = Route()
        keptCitations = []
        self.signals = signals
        self.threshold = threshold
        self.ruleSetVersion = ruleSetVersion
    }

    /// The triggers that decided, the most careful first, then by the tier of their reason.
    package var fired: [Trigger] { triggers.filter(\.decided).enumerated().sorted { Self.goesBefore($0, $1) }.map(\.element) }

    /// One line for every trigger that fired, the deciding ones first, those in shadow last.
    package var inWords: [String] {
        fired.filter { $0.reason != nil || $0.verdict > .answer }.map(\.inWords)
            + triggers.filter { $0.fired && $0.mode == .shadow }.map(\.inWords)
    }

    mutating func add(_ trigger: Trigger, consequence: Rule.Consequence? = nil) {
        triggers.append(trigger)
        guard trigger.decided else { return }
        verdict = max(verdict, trigger.verdict)
        reason = verdict == .answer ? nil : fired.first { $0.verdict == verdict && $0.reason != nil }?.reason
        guard let consequence else { return }
        add(consequence, of: trigger)
    }

    mutating func add(_ confidence: EffectiveConfidence, keeping citations: [DraftView.Citation]) {
        self.confidence = confidence
        keptCitations = citations
    }

    private mutating func add(_ consequence: Rule.Consequence, of trigger: Trigger) {
        if trigger.verdict == verdict, fired.first?.id == trigger.id {
            // The strongest rule so far says where it goes; the others only add tags and urgency.
            var strongest = consequence.route
            strongest.add(route)
            route = strongest
            if !consequence.isCanned { message = consequence.message ?? message }
        } else {
            route.add(consequence.route)
        }
        messageBefore = messageBefore ?? consequence.before
        if consequence.isCanned { canned = canned ?? consequence.message }
    }

    private static func goesBefore(_ left: (offset: Int, element: Trigger), _ right: (offset: Int, element: Trigger)) -> Bool {
        if left.element.verdict != right.element.verdict { return left.element.verdict > right.element.verdict }
        let tiers = (left.element.reason?.tier ?? 9, right.element.reason?.tier ?? 9)
        return tiers.0 != tiers.1 ? tiers.0 < tiers.1 : left.offset < right.offset
    }
}

/// What the customer's words show without any model. Every field is a guess that routes and tags; none can lower a verdict.
package struct Signals: Hashable, Codable, Sendable {
    /// The topics of the rules file that the words touch, in the file's order. The first one is the intent.
    package var topics: [String]
    /// -1 (angry) ... 1 (pleased), 0 where nothing was said.
    package var sentiment: Double
    /// ISO 639-1, or nil where the words are too few.
    package var language: String?
    /// Details that a teammate would otherwise ask for again.
    package var captured: [Captured]
    /// Whether the words try to instruct the model. A tag for the team, not a refusal: guards against "injection" refuse mostly harmless texts.
    package var isSuspectedInjection: Bool

    /// Signals; parameters as the properties.
    package init(topics: [String], sentiment: Double, language: String?, captured: [Captured], isSuspectedInjection: Bool) {
        self.topics = topics
        self.sentiment = sentiment
        self.language = language
        self.captured = captured
        self.isSuspectedInjection = isSuspectedInjection
    }
}

/// A detail found in the customer's words.
package struct Captured: Hashable, Codable, Sendable {
    /// What kind of detail.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case email, phone, order, transaction, amount, card, iban
    }

    /// What it is.
    package let kind: Kind
    /// As written; of cards and IBANs only the last four characters, the rest as `•`.
    package let value: String

    /// A detail; parameters as the properties.
    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }
}
