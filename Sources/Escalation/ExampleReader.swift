import Notation

/// Reads `examples:`. An example is a sentence, or a mapping that also sets what cannot stand in a sentence:
/// `{ text: "yes please", offered: true }`.
extension RuleSetReader {
    /// Examples of one rule or topic.
    private static let mostExamples = 500

    func examples(_ node: Node?) throws -> [Example] {
        guard let node else { return [] }
        let fields = try Fields(node, known: ["fires", "quiet", "todo_fires"])
        var examples: [Example] = []
        for key in fields.keys {
            guard let expectation = Example.Expectation(rawValue: key) else { continue }
            for item in fields[key]?.items() ?? [] { examples.append(try example(item, expectation)) }
        }
        guard examples.count <= Self.mostExamples else { throw node.error("at most \(Self.mostExamples) examples for one rule") }
        return examples
    }

    private func example(_ node: Node, _ expectation: Example.Expectation) throws -> Example {
        guard case .mapping = node.content else {
            let thread = ThreadView(messages: [.init(.customer, try node.string())])
            return Example(expectation: expectation, line: node.line, thread: thread, evidence: nil, draft: nil)
        }
        let fields = try Fields(
            node, known: ["text", "earlier", "turns", "repeats", "confidences", "offered", "customer", "coverage", "intent"])
        var messages: [ThreadView.Message] = []
        for text in try fields["earlier"]?.strings() ?? [] { messages += [.init(.customer, text), .init(.assistant, "...")] }
        messages.append(.init(.customer, try fields.required("text").string()))
        var thread = ThreadView(messages: messages)
        thread.assistantTurns = try fields["turns"]?.integer(in: 0...10_000) ?? 0
        thread.repeatSimilarities = try fields["repeats"]?.items().map { try $0.number(in: 0...1) }
        thread.recentConfidences = try fields["confidences"]?.items().map { try $0.number(in: 0...1) } ?? []
        thread.offeredPerson = try fields["offered"]?.boolean() ?? false
        if let customer = fields["customer"] {
            let attributes = try Fields(customer, known: nil)
            for key in attributes.keys { thread.customer[key] = try attributes.required(key).string() }
        }
        let coverage = try fields["coverage"]?.number(in: 0...1)
        let intent = try fields["intent"]?.string()
        return Example(
            expectation: expectation, line: node.line, thread: thread,
            evidence: coverage.map { Evidence(passages: [], normScore: $0, coverage: $0) },
            draft: intent.map { DraftView(answer: "...", intent: $0) })
    }
}
