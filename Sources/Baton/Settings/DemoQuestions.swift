import Escalation
import Notation

/// `demo.yaml`: questions to try, and what should happen with each.
struct DemoQuestions {
    /// What should happen.
    enum Expectation {
        /// An answer that quotes this document, as `collection/path`.
        case answeredFrom(String)
        /// A handover for this reason.
        case handedOver(Reason)
    }

    /// A few to show a newcomer.
    let examples: [String]
    let questions: [(ask: String, expect: Expectation)]

    /// - Throws: `NotationError`, `CommandError`.
    init(_ path: String) throws {
        let fields = try Fields(try ConfigFile.read(path, required: false), known: ["examples", "questions"])
        examples = try fields["examples"]?.strings() ?? []
        questions = try (fields["questions"]?.items() ?? []).map { item in
            let entry = try Fields(item, known: ["ask", "expect"])
            let expect = try entry.required("expect")
            let outcome = try Fields(expect, known: ["answered_from", "handed_over"])
            let ask = try entry.required("ask").string()
            switch (outcome["answered_from"], outcome["handed_over"]) {
            case (let document?, nil): return (ask, .answeredFrom(try document.string()))
            case (nil, let reason?): return (ask, .handedOver(try reason.choice(Reason.self)))
            default: throw expect.error("say either answered_from or handed_over")
            }
        }
    }
}
