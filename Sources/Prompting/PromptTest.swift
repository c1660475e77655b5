/// An inline test of a prompt: values, and what must be true of the request they make. No model is asked.
package struct PromptTest: Sendable, Hashable {
    /// What must be true.
    package enum Assertion: Sendable, Hashable {
        /// The text stands in some message, or in one of the given role.
        case contains(String, in: ChatMessage.Role?)
        /// The text stands in no message, or in none of the given role.
        case lacks(String, in: ChatMessage.Role?)
        /// The estimate of the whole request is below this.
        case tokensBelow(Int)
        /// So many messages, and the role of the last.
        case roles(count: Int?, last: ChatMessage.Role?)
    }

    /// The name people see.
    package let says: String
    /// The line of the file, 1-based.
    package let line: Int
    /// What the inputs are filled with.
    package let values: PromptValues
    /// The conversation before.
    package let history: [ChatMessage]
    /// At least one.
    package let assertions: [Assertion]

    /// The boundary of every test, so that the rendered text is always the same.
    package static let boundary = "0badc0de"
}

/// What came of one inline test.
package struct PromptTestOutcome: Sendable, Hashable, CustomStringConvertible {
    /// The prompt's name.
    package let prompt: String
    /// The test's name.
    package let says: String
    /// Where it stands, 1-based.
    package let line: Int
    /// One line for each assertion that did not hold; empty where all did.
    package let failures: [String]

    /// All assertions held.
    package var passed: Bool { failures.isEmpty }

    /// `answer.prompt:31: passed: quotes the passage`
    package var description: String {
        let first = "\(prompt).prompt:\(line): \(passed ? "passed" : "FAILED"): \(says)"
        return ([first] + failures.map { "    \($0)" }).joined(separator: "\n")
    }
}

/// What came of all inline tests of a library.
package struct PromptTestReport: Sendable, Hashable {
    /// By prompt, then in the order of the file.
    package let outcomes: [PromptTestOutcome]
    /// Every test passed.
    package var passed: Bool { outcomes.allSatisfy(\.passed) }
}

extension PromptLibrary {
    /// Runs the inline tests of every prompt.
    package func test() -> PromptTestReport {
        PromptTestReport(outcomes: names.flatMap { name in tests(of: name).map { run($0, of: name) } })
    }

    private func run(_ test: PromptTest, of name: String) -> PromptTestOutcome {
        let failures: [String]
        do {
            let rendered = try render(name, values: test.values, history: test.history, boundary: PromptTest.boundary)
            failures = test.assertions.compactMap { $0.failure(in: rendered) }
        } catch {
            failures = [error.description]
        }
        return PromptTestOutcome(prompt: name, says: test.says, line: test.line, failures: failures)
    }
}

extension PromptTest.Assertion {
    /// Nil where it holds.
    fileprivate func failure(in rendered: RenderedPrompt) -> String? {
        switch self {
        case .contains(let text, let role):
            return Self.stands(text, rendered, role) ? nil : "contains: '\(text.prefix(80))' stands in no \(role?.rawValue ?? "") message"
        case .lacks(let text, let role):
            return Self.stands(text, rendered, role)
                ? "not-contains: '\(text.prefix(80))' stands in a \(role?.rawValue ?? "") message" : nil
        case .tokensBelow(let limit):
            let estimate = rendered.tokenEstimate
            return estimate < limit ? nil : "tokens-below: about \(estimate) tokens, not below \(limit)"
        case .roles(let count, let last):
            let roles = rendered.messages.map(\.role)
            if let count, roles.count != count { return "roles: \(roles.count) messages, not \(count)" }
            if let last, roles.last != last { return "roles: the last message is \(roles.last?.rawValue ?? "none"), not \(last.rawValue)" }
            return nil
        }
    }

    private static func stands(_ text: String, _ rendered: RenderedPrompt, _ role: ChatMessage.Role?) -> Bool {
        rendered.messages.contains { (role == nil || $0.role == role) && $0.content.contains(text) }
    }
}
