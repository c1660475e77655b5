package import Notation

/// The examples of a rule set, run.
package struct RuleTestReport: Sendable {
    /// One example that did not do what it should.
    package struct Failure: Hashable, Sendable, CustomStringConvertible {
        /// The rule or topic.
        package let rule: String
        /// The rules file.
        package let file: String
        /// 1-based.
        package let line: Int
        /// The example.
        package let text: String
        /// What was expected: `fires`, `quiet` or `todo_fires`.
        package let expected: String

        /// One line with the place.
        package var description: String {
            "\(file):\(line): \(rule): '\(text.prefix(80))' should \(expected == "quiet" ? "stay quiet" : "fire") and does not"
        }
    }

    /// How often the examples of one rule were right.
    package struct Count: Hashable, Sendable {
        /// Examples that fire and should.
        package internal(set) var rightlyFired = 0
        /// Examples that fire and should not.
        package internal(set) var wronglyFired = 0
        /// Examples that should fire and do not.
        package internal(set) var missed = 0
        /// Examples that stay quiet and should.
        package internal(set) var rightlyQuiet = 0
    }

    /// Examples that are wrong; the rule set is not good before there are none.
    package internal(set) var failures: [Failure] = []
    /// Known gaps (`todo_fires`) that are still gaps; never a failure.
    package internal(set) var gaps: [Failure] = []
    /// Known gaps that work by now and could move to `fires`.
    package internal(set) var closedGaps: [Failure] = []
    /// By rule or `topic NAME`.
    package internal(set) var counts: [String: Count] = [:]
    /// Whether all examples are right.
    package var isGood: Bool { failures.isEmpty }
}

extension RuleSet {
    /// Runs the examples of all rules and topics, also of those in shadow or switched off.
    package func test() -> RuleTestReport {
        var report = RuleTestReport()
        for topic in topics {
            for example in topic.examples {
                record(example, of: "topic \(topic.name)", fired: situation(of: example.thread).topics[topic.name] != nil, in: &report)
            }
        }
        for rule in rules {
            for example in rule.examples {
                let situation = situation(of: example.thread, evidence: example.evidence, draft: example.draft)
                record(example, of: rule.id, fired: rule.condition.outcome(in: situation).fired, in: &report)
            }
        }
        return report
    }

    private func record(_ example: Example, of name: String, fired: Bool, in report: inout RuleTestReport) {
        let failure = RuleTestReport.Failure(
            rule: name, file: file, line: example.line, text: example.text, expected: example.expectation.rawValue)
        switch (example.expectation, fired) {
        case (.fires, true): report.counts[name, default: .init()].rightlyFired += 1
        case (.fires, false):
            report.counts[name, default: .init()].missed += 1
            report.failures.append(failure)
        case (.quiet, true):
            report.counts[name, default: .init()].wronglyFired += 1
            report.failures.append(failure)
        case (.quiet, false): report.counts[name, default: .init()].rightlyQuiet += 1
        case (.todoFires, true): report.closedGaps.append(failure)
        case (.todoFires, false): report.gaps.append(failure)
        }
    }
}

extension RuleSet {
    /// What is allowed but probably not meant, in the order of the file.
    package func lint() -> [NotationError] {
        let findings = rules.indices.flatMap { lint(rules[$0], after: rules[..<$0]) } + topics.flatMap(lint)
        return findings.sorted { $0.line < $1.line }
    }

    private func lint(_ rule: Rule, after earlier: ArraySlice<Rule>) -> [NotationError] {
        var findings: [NotationError] = []
        func find(_ what: String, line: Int? = nil) {
            findings.append(NotationError(file: file, line: line ?? rule.line, "\(rule.id): \(what)"))
        }
        if !rule.examples.contains(where: { $0.expectation == .fires }) {
            find("has no example that fires; add one under 'examples: fires:'")
        }
        if !rule.examples.contains(where: { $0.expectation == .quiet }) {
            find("has no example that stays quiet; add one under 'examples: quiet:'")
        }
        if let twin = earlier.first(where: {
            $0.condition == rule.condition && $0.action.verdict >= rule.action.verdict && $0.mode == .enforce
        }) {
            find("never decides anything: '\(twin.id)' has the same condition and is at least as careful; join the two")
        }
        if rule.condition.flattened.contains(where: Self.isContradiction) {
            find("asks for a thing and its opposite, so that it can never fire")
        }
        for example in rule.examples where example.expectation == .fires {
            if let other = contradiction(of: example, in: rule) {
                find("'\(example.text.prefix(60))' fires here and must stay quiet in '\(other)'; decide which", line: example.line)
            }
            if rule.action == .canned, let stronger = stronger(than: rule, for: example) {
                find("'\(example.text.prefix(60))' also fires '\(stronger)', so that the ready reply is never sent", line: example.line)
            }
        }
        return findings
    }

    private func lint(_ topic: Topic) -> [NotationError] {
        guard !topic.examples.contains(where: { $0.expectation == .fires }), topic.sentences.isEmpty else { return [] }
        return [NotationError(file: file, line: topic.line, "\(topic.name): has no example that fires; add one under 'examples: fires:'")]
    }

    private static func isContradiction(_ condition: Condition) -> Bool {
        guard case .all(let parts) = condition else { return false }
        return parts.contains { part in parts.contains(.not(part)) }
    }

    /// Another rule for the same reason, or this one, that calls the same sentence quiet.
    private func contradiction(of example: Example, in rule: Rule) -> String? {
        rules.first { other in
            (other.id == rule.id || (other.reason != nil && other.reason == rule.reason && other.condition == rule.condition))
                && other.examples.contains {
                    $0.expectation == .quiet && $0.text == example.text && $0.line != example.line && rule.isTextOnly
                }
        }?.id
    }

    private func stronger(than rule: Rule, for example: Example) -> String? {
        let situation = situation(of: example.thread)
        return rules.first {
            $0.action.verdict > .answer && $0.mode == .enforce && $0.condition.stage == .words && $0.condition.outcome(in: situation).fired
        }?.id
    }
}

extension Rule {
    /// Whether the newest message alone decides, so that two examples with the same text are the same.
    fileprivate var isTextOnly: Bool {
        condition.flattened.allSatisfy { part in
            switch part {
            case .all, .any, .not, .words, .phrase, .pattern, .amount, .topic, .injection, .captured, .language: true
            default: false
            }
        }
    }
}
