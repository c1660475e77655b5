/// One rule of the rules file.
package struct Rule: Sendable {
    /// What a rule does when it fires.
    package enum Action: String, CaseIterable, Codable, Sendable {
        /// Replies with a ready message and no model call; only for greetings, thanks and the like.
        case canned
        /// Lets the assistant answer; for rules that only tag.
        case answer
        /// The reply offers a person.
        case offer
        /// A person takes over.
        case handOver = "hand_over"

        /// The verdict that the action asks for.
        package var verdict: Verdict {
            switch self {
            case .canned, .answer: .answer
            case .offer: .offer
            case .handOver: .handOver
            }
        }
    }

    /// What follows besides the verdict.
    struct Consequence: Sendable {
        let route: Route
        /// The key of the announcement, or of the ready reply of a canned rule.
        let message: String?
        /// The key of a message that goes out before everything else.
        let before: String?
        let isCanned: Bool
    }

    /// Unique in its file; receipts and statistics name it for ever.
    package let id: String
    /// One sentence for teammates.
    package let says: String
    /// 1-based, in the rules file.
    package let line: Int
    /// What it does.
    package let action: Action
    /// Nil only for `answer` and `canned`.
    package let reason: Reason?
    /// Whether it acts.
    package let mode: Mode
    let condition: Condition
    let consequence: Consequence
    let examples: [Example]
}

/// A sentence beside a rule or a topic that shows what it is for and tests it.
struct Example: Sendable {
    enum Expectation: String, Sendable {
        case fires, quiet
        /// A known gap: reported, never a failure.
        case todoFires = "todo_fires"
    }

    let expectation: Expectation
    let line: Int
    /// The newest message is the customer's.
    let thread: ThreadView
    /// Share of the question's words in the documents, where the rule asks for it.
    let evidence: Evidence?
    /// The model's intent and mood, where the rule asks for it.
    let draft: DraftView?

    var text: String { thread.messages.last?.text ?? "" }
}

/// A subject that a customer's words can touch: a condition, and sentences like those that customers write.
struct Topic: Sendable {
    let name: String
    let says: String
    let line: Int
    /// Nil where the topic has only sentences.
    let condition: Condition?
    let sentences: [String]
    /// The least likeness of a message to one of the sentences, 0...1.
    let similar: Double
    let examples: [Example]
}
