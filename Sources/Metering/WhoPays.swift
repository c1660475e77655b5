/// How a response ended, as far as money is concerned.
package enum ResponseOutcome: String, Hashable, Sendable, Codable, CaseIterable {
    /// The customer saw an answer.
    case delivered
    /// The customer saw an answer, and a person was called in the same turn.
    case deliveredAndEscalated = "delivered_and_escalated"
    /// A model was asked, but the customer saw only that a person takes over.
    case escalatedOnly = "escalated_only"
    /// No model was asked: a rule handed over, the credit was used up, a greeting was read out.
    case noModelCall = "no_model_call"
    /// Provider error, refusal of the request or timeout; no answer was shown.
    case failed
    /// The customer left while the answer was appearing, after at least one visible token.
    case abortedShown = "aborted_shown"
    /// The customer left before anything was visible.
    case abortedUnseen = "aborted_unseen"
    /// The provider cut the stream: no finish reason, no end mark.
    case truncatedByProvider = "truncated_by_provider"
    /// An answer that ended at its length limit was shown.
    case cutAtLength = "cut_at_length"
    /// The provider's filter took the answer.
    case contentFiltered = "content_filtered"
    /// The model refused to answer.
    case refusedByModel = "refused_by_model"
    /// A person took over while the answer was made; it was kept as a suggestion and never sent.
    case supersededByPerson = "superseded_by_person"
    /// The same message again: the stored answer was given.
    case replayed
    /// A preview, a test of a prompt, an evaluation, a reply made again by a teammate.
    case `internal`
    /// Nobody ever closed it: its process died and no one came back. Set by `sweep` only.
    case abandoned
}

/// Who pays for what, version 1, as a table. Its version is stored with each response, so a statement can print the rule that made each line.
///
/// The cost side has one rule for every row: what the attempts really cost. A row that says `.nothing` is one in which no attempt can have been made.
package struct WhoPays: Hashable, Sendable {
    /// What one outcome means.
    package struct Rule: Hashable, Sendable {
        /// How the response ended.
        package let outcome: ResponseOutcome
        /// Responses charged to the workspace: 0 or 1.
        package let responsesBilled: Int
        /// What the provider side shows.
        package let cost: Cost
    }

    /// What the provider side shows.
    package enum Cost: String, Hashable, Sendable {
        /// Known costs of all attempts; an attempt whose end is unknown counts 0 and shows its upper bound.
        case actual
        /// There was no attempt.
        case nothing
    }

    /// Whether an answer that the customer left after seeing the beginning is paid for.
    package let billsAbortedAnswers: Bool

    /// - Parameter billsAbortedAnswers: whether an answer that the customer left after seeing the beginning is paid for.
    package init(billsAbortedAnswers: Bool = true) { self.billsAbortedAnswers = billsAbortedAnswers }

    /// Stored with each response: `1`, or `1-aborted-free`. A changed table gets a new number.
    package var version: String { billsAbortedAnswers ? "1" : "1-aborted-free" }

    /// The whole table, one rule for each outcome.
    package var rules: [Rule] { ResponseOutcome.allCases.map(rule) }

    /// What an outcome means.
    package func rule(_ outcome: ResponseOutcome) -> Rule {
        switch outcome {
        case .delivered, .deliveredAndEscalated, .cutAtLength: Rule(outcome: outcome, responsesBilled: 1, cost: .actual)
        case .abortedShown: Rule(outcome: outcome, responsesBilled: billsAbortedAnswers ? 1 : 0, cost: .actual)
        case .escalatedOnly, .failed, .abortedUnseen, .truncatedByProvider, .contentFiltered, .refusedByModel, .supersededByPerson,
            .internal, .abandoned:
            Rule(outcome: outcome, responsesBilled: 0, cost: .actual)
        case .noModelCall, .replayed: Rule(outcome: outcome, responsesBilled: 0, cost: .nothing)
        }
    }
}
