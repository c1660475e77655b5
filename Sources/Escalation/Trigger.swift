/// One thing that was looked at in a turn, with what was found and where the limit lay, whether it fired or not.
package struct Trigger: Hashable, Codable, Sendable {
    /// The id of a rule, or of a built-in trigger such as `confidence`.
    package let id: String
    /// `rule`, `evidence`, `guard`, `model`, `confidence`, `failure` or `limit`.
    package let kind: Kind
    /// What it stands for, one sentence for teammates.
    package let says: String
    /// What was found: `62 %`, `1250.00 USD`, `3 turns`.
    package let value: String
    /// The limit the value was held against: `below 80 %`, `over 1000.00 USD`.
    package let threshold: String
    /// Whether the value lay beyond the limit.
    package let fired: Bool
    /// What it asks for when it fires.
    package let verdict: Verdict
    /// Nil where it asks for nothing (a rule that only tags).
    package let reason: Reason?
    /// The words that made it fire, at most `longestEvidence` characters. Untrusted text: escape it like any other.
    package let evidence: String?
    /// A trigger in shadow never decides.
    package let mode: Mode

    /// What a trigger looks at.
    package enum Kind: String, Codable, Sendable {
        /// A rule of the rules file.
        case rule
        /// What the search found.
        case evidence
        /// The draft against the passages.
        case `guard`
        /// What the model said of its own draft.
        case model
        /// The effective confidence.
        case confidence
        /// Something failed or ran out.
        case failure
        /// A limit of the product, such as the turn cap.
        case limit
    }

    /// Characters of evidence that are kept.
    package static let longestEvidence = 120

    /// Whether it took part in the decision.
    package var decided: Bool { fired && mode == .enforce }

    /// A trigger as it stands in a receipt; parameters as the properties.
    package init(
        id: String, kind: Kind, says: String, value: String, threshold: String, fired: Bool, verdict: Verdict, reason: Reason?,
        evidence: String? = nil, mode: Mode = .enforce
    ) {
        self.id = id
        self.kind = kind
        self.says = says
        self.value = value
        self.threshold = threshold
        self.fired = fired
        self.verdict = verdict
        self.reason = reason
        self.evidence = evidence.map { String($0.prefix(Self.longestEvidence)) }
        self.mode = mode
    }

    /// One line for a teammate, such as `confidence 62 % below 80 %` or `rule: withdrawal-block matched 'withdrawal is blocked'`.
    package var inWords: String {
        let shadow = mode == .shadow ? " (shadow)" : ""
        if kind == .rule {
            guard let evidence else { return "rule: \(id) \(value)\(threshold.isEmpty ? "" : " (\(threshold))")\(shadow)" }
            return "rule: \(id) matched '\(evidence)'\(shadow)"
        }
        let found = evidence.map { ": '\($0)'" } ?? ""
        let limit = threshold.isEmpty ? "" : " (stops when \(threshold))"
        return kind == .confidence ? "\(id) \(value) \(threshold)\(shadow)" : "\(id): \(value)\(limit)\(found)\(shadow)"
    }
}
