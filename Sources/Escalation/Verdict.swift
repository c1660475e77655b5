/// What happens with a turn, from the boldest to the most careful.
///
/// Verdicts are only ever joined by taking the greater one: rules, evidence, guards and the model's own words can make a decision more
/// careful, and nothing can make it bolder again.
package enum Verdict: Int, Comparable, Codable, Sendable, CaseIterable {
    /// The assistant's reply goes out.
    case answer
    /// The reply goes out and offers a person.
    case offer
    /// A person takes over.
    case handOver

    /// `a < b`: `b` is the more careful one.
    package static func < (left: Verdict, right: Verdict) -> Bool { left.rawValue < right.rawValue }
}

/// Why a turn was not simply answered. Stored by its raw value: a case is never renamed.
///
/// The order of `tier` follows the taxonomy of tau2-bench's banking domain (MIT): what must not be handled by a machine comes before what
/// could not be handled, and that before how the customer feels about it.
package enum Reason: String, Codable, CaseIterable, Sendable {
    /// The customer asked for a person, or took up the offer of one.
    case askedForPerson = "asked_for_person"
    /// The subject is one that people handle: account takeover, fraud, compliance, and so on.
    case sensitiveTopic = "sensitive_topic"
    /// An amount of money above the limit of a rule.
    case amountOverLimit = "amount_over_limit"
    /// A rule wants the customer to be identified first.
    case identityRequired = "identity_required"
    /// The customer is angry, insulting or says that it leads nowhere.
    case frustration
    /// The same question came again.
    case repetition
    /// The documents do not speak to the question.
    case noKnowledge = "no_knowledge"
    /// The assistant has answered as often in a row as it may.
    case turnCap = "turn_cap"
    /// The effective confidence is below the threshold.
    case lowConfidence = "low_confidence"
    /// The draft says what the passages do not say.
    case ungrounded
    /// The draft repeats instructions, or links to where it must not.
    case unsafeAnswer = "unsafe_answer"
    /// The model asked for a person.
    case modelAsked = "model_asked"
    /// The draft promises a person or a later answer.
    case promise
    /// The endpoint refused or failed.
    case modelError = "model_error"
    /// The endpoint did not answer in time.
    case timeout
    /// What came back could not be read as an answer.
    case unreadableOutput = "unreadable_output"
    /// The workspace's credit does not cover another response.
    case creditExhausted = "credit_exhausted"
    /// The turn passed its deadline; a crash may lie behind it.
    case stalled
    /// A teammate took the conversation over by hand.
    case operatorTakeover = "operator_takeover"
    /// An attachment could not be read.
    case attachmentUnreadable = "attachment_unreadable"
    /// Any other rule of the workspace.
    case ruleOther = "rule_other"

    /// 1 (must be a person) to 4 (other). Of several reasons of equally strong triggers the one of the lowest tier is named first.
    package var tier: Int {
        switch self {
        case .askedForPerson, .sensitiveTopic, .amountOverLimit, .identityRequired, .operatorTakeover: 1
        case .creditExhausted, .modelError, .timeout, .unreadableOutput, .stalled, .attachmentUnreadable, .unsafeAnswer: 2
        case .noKnowledge, .ungrounded, .lowConfidence, .modelAsked, .promise: 3
        case .frustration, .repetition, .turnCap, .ruleOther: 4
        }
    }
}

/// Whether a trigger acts, only watches, or is switched off.
package enum Mode: String, Codable, CaseIterable, Sendable {
    /// It decides.
    case enforce
    /// It is evaluated and stands in the receipt, but decides nothing.
    case shadow
    /// It is not evaluated.
    case off
}

/// How urgent a handed over conversation is. A rule can raise it, never lower it.
package enum Priority: String, Codable, CaseIterable, Sendable, Comparable {
    /// Can wait for the ordinary ones.
    case low
    /// The ordinary one.
    case normal
    /// Before the ordinary ones.
    case high
    /// At once: somebody is losing money or is in danger.
    case urgent

    /// `a < b`: `b` is the more urgent one.
    package static func < (left: Priority, right: Priority) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        case .urgent: 3
        }
    }
}

/// Where a handed over conversation should go. What is nil or empty is left to the inbox.
package struct Route: Hashable, Codable, Sendable {
    /// The team's id in the inbox.
    package var team: String?
    /// Skills that the teammate must have.
    package var skills: [String]
    /// Tags that the conversation gets.
    package var tags: [String]
    /// Nil: as it was.
    package var priority: Priority?

    /// A route; the empty one changes nothing.
    package init(team: String? = nil, skills: [String] = [], tags: [String] = [], priority: Priority? = nil) {
        self.team = team
        self.skills = skills
        self.tags = tags
        self.priority = priority
    }

    /// Adds what `other` wants: its team only where none is set yet, its skills and tags, the greater priority.
    package mutating func add(_ other: Route) {
        team = team ?? other.team
        for skill in other.skills where !skills.contains(skill) { skills.append(skill) }
        for tag in other.tags where !tags.contains(tag) { tags.append(tag) }
        priority = [priority, other.priority].compactMap(\.self).max()
    }
}
