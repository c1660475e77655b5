import Foundation
import Testing

@testable import Escalation

/// Quayside's rules and small threads around them.
enum World {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Read once: the tests share it as the threads of a service do.
    private static let quayside = Result {
        let file = root.appending(path: "Config/quayside/rules.yaml")
        return try RuleSet.load(yaml: String(contentsOf: file, encoding: .utf8), file: "Config/quayside/rules.yaml")
    }

    static func rules() throws -> RuleSet { try quayside.get() }

    static func judge(threshold: Double = 0.8, turnCap: Int = 8) throws -> Judge {
        Judge(rules: try rules(), threshold: threshold, turnCap: turnCap)
    }

    /// A thread whose newest message is Ines's.
    static func ines(_ text: String) -> ThreadView { ThreadView(messages: [.init(.customer, text)]) }

    static func rules(_ yaml: String) throws -> RuleSet { try RuleSet.load(yaml: yaml, file: "rules.yaml") }

    /// The faults of a file, or none.
    static func faults(_ yaml: String) -> [String] {
        do {
            _ = try rules(yaml)
            return []
        } catch {
            return "\(error)".split(separator: "\n").map(String.init)
        }
    }

    static let passage = Evidence.Passage(
        id: "fees.md::1", title: "Withdrawal fees",
        text: "A withdrawal to a bank account costs 1.50 EUR. It arrives within two business days. Withdrawals of bitcoin cost 0.0002 BTC.")

    static let evidence = Evidence(passages: [passage], normScore: 0.5, coverage: 0.8, marginSecond: 0.3, marginRest: 0.4)

    /// Says only what the passage says, and is sure of it.
    static let grounded = DraftView(
        answer: "A withdrawal to a bank account costs 1.50 EUR. It arrives within two business days.", support: .full,
        citations: [.init(passage: "fees.md::1", quote: "A withdrawal to a bank account costs 1.50 EUR.")], selfReport: 18)

    static let question = "What does a withdrawal to my bank cost?"

    /// The receipt of a whole turn.
    static func turn(_ text: String = question, draft: DraftView = grounded, evidence: Evidence = evidence, judge: Judge? = nil) throws
        -> Receipt
    {
        let judge = try judge ?? World.judge()
        let thread = ines(text)
        let found = judge.afterSearch(thread, evidence: evidence, previous: judge.before(thread))
        return judge.weigh(draft, evidence: evidence, thread: thread, previous: found)
    }
}

extension Receipt {
    /// The ids of the triggers that fired.
    var firedIDs: [String] { triggers.filter(\.fired).map(\.id) }
}
