import Testing

@testable import Escalation

@Suite struct RuleFileTests {
    @Test func `all examples in Quayside's rules are right, and lint finds nothing`() throws {
        let rules = try World.rules()
        let report = rules.test()
        #expect(report.failures.map(\.description) == [])
        #expect(report.closedGaps.isEmpty)
        #expect(rules.lint().map { "\($0)" } == [])
        #expect(rules.version.count == 64)
    }

    @Test func `Quayside's questions go where its staff expects`() throws {
        let judge = try World.judge()
        let handedOver = [
            "can I talk to a human please", "Someone hacked my account and is selling my coins!",
            "You charged me twice for the same card purchase",
            "My withdrawal has been blocked for three days, why won't you release it?", "I can't log in to my account any more",
            "I would like to withdraw 75,000 USD to my bank tomorrow, can you arrange that?",
            "This is useless, you keep sending me round in circles",
        ]
        for text in handedOver { #expect(judge.before(World.ines(text)).verdict == .handOver, "\(text)") }
        let answered = [
            "What's the most I can withdraw in a day with level 2?", "how much does it cost to withdraw btc",
            "I sent XRP and forgot the tag, is it gone?",
            "How many confirmations for USDT on TRON before it gets credited?", "If I change my password, how long are withdrawals paused?",
            "Is a phone bill accepted as proof of address?", "how do I turn on 2fa with an authenticator app",
            "what day are staking rewards paid out?",
            "Where do I find the report for my taxes?", "do you offer leverage?", "How much do I get if I invite a friend?",
            "Are you open on Sundays?",
        ]
        for text in answered { #expect(judge.before(World.ines(text)).verdict == .answer, "\(text)") }
    }

    private func rule(_ text: String) -> String { "version: 1\nlists:\n  insults: [useless]\nrules:\n  - id: a\n    says: s\n\(text)" }

    @Test(arguments: [
        ("    when: { words: $insluts }\n    then: offer", "rules.yaml:7:", "Did you mean '$insults'?"),
        ("    when: { wrods: [a] }\n    then: offer", "rules.yaml:7:", "Did you mean 'words'?"),
        ("    when: { words: [x], topic: [y] }\n    then: offer", "rules.yaml:7:", "'all:' or 'any:'"),
        ("    when: { topic: [frod] }\n    then: offer", "rules.yaml:7:", "no topic 'frod'"),
        ("    when: { words: [x] }\n    then: handover", "rules.yaml:8:", "Did you mean 'hand_over'?"),
        ("    when: { words: [x] }\n    then: offer\n    reason: frustraton", "rules.yaml:9:", "Did you mean 'frustration'?"),
        ("    when: { words: [x] }\n    then: offer\n    mode: on", "rules.yaml:9:", "not possible"),
        ("    when: { pattern: \"(?=a)\" }\n    then: offer", "rules.yaml:7:", "Look-around"),
        ("    when: { words: [\"...\"] }\n    then: offer", "rules.yaml:7:", "can never match"),
        ("    when: { words: [] }\n    then: offer", "rules.yaml:7:", "empty"),
        ("    when: { amount: { over: 10, currency: [USX] } }\n    then: offer", "rules.yaml:7:", "not a known currency"),
        ("    when: { words: [hi] }\n    then: canned\n    message: hello", "rules.yaml:5:", "whole: true"),
        ("    when: { words: [hi], whole: true }\n    then: canned", "rules.yaml:5:", "message"),
        ("    when: { words: [hi], typos: 3 }\n    then: offer", "rules.yaml:7:", "0 to 1"),
        ("    when: { sentiment: { below: -7 } }\n    then: offer", "rules.yaml:7:", "-1"),
        ("    when: { injection: maybe }\n    then: offer", "rules.yaml:7:", "true or false"),
        ("    then: offer", "rules.yaml:5:", "'when' is missing"),
        ("    when: { words: [x] }\n    then: offer\n    route: { team: Front Line }", "rules.yaml:9:", "cannot be a name"),
    ])
    func `a mistake names its line and the remedy`(text: String, place: String, remedy: String) throws {
        let fault = try #require(World.faults(rule(text)).first)
        #expect(fault.hasPrefix(place), "\(fault)")
        #expect(fault.contains(remedy), "\(fault)")
    }

    @Test func `one mistake does not hide the next`() {
        let yaml =
            "version: 1\nrules:\n  - { id: a, says: s, when: { words: $x }, then: offer }\n  - { id: a b, says: s, when: { words: [x] }, then: offer }"
        #expect(World.faults(yaml).count == 2)
    }

    @Test(arguments: [
        "", "[]", "rules: 3", "version: 2", "version: 1\nrules: {a: b}", "version: 1\nrules: [1, [2]]", "version: 1\nlists: [a]", "\u{0}",
        "version: 1\nrules: &x [*x]",
        "version: 1\nversion: 1", "version: 1\nrules: [{}]", "version: 1\nrules:\n - id: [a]",
        "version: 1\nlists: {a: [$a]}", "version: 1\nrules: [{id: a, says: s, then: offer, when: {all: []}}]",
    ])
    func `hostile files are refused and do no harm`(yaml: String) {
        #expect(!World.faults(yaml).isEmpty)
    }

    @Test func `deep, wide and huge files are refused`() {
        let deep =
            "version: 1\nrules: [{id: a, says: s, then: offer, when: " + String(repeating: "{not: ", count: 200) + "x"
            + String(repeating: "}", count: 200) + "}]"
        #expect(!World.faults(deep).isEmpty)
        let wide =
            "version: 1\nlists:\n" + (0..<60).map { "  l\($0): [" + (0..<1_000).map { "w\($0)" }.joined(separator: ",") + "]\n" }.joined()
        #expect(World.faults(wide).contains { $0.contains("50000 words") })
        #expect(!World.faults("version: 1\n" + String(repeating: "#", count: 2_000_000)).isEmpty)
    }

    @Test func `a wrong example is reported with its line, a known gap is not a failure`() throws {
        let rules = try World.rules(
            "version: 1\nrules:\n  - id: a\n    says: s\n    when: { words: [refund] }\n    then: offer\n    examples:\n      fires: [money]\n      quiet: [refund]\n      todo_fires: [cash]"
        )
        let report = rules.test()
        #expect(report.failures.map(\.line) == [8, 9])
        #expect(report.gaps.map(\.text) == ["cash"])
        #expect(!report.isGood)
    }

    @Test func `lint finds missing examples, rules that decide nothing and contradictions`() throws {
        let rules = try World.rules(
            """
            version: 1
            rules:
              - { id: one, says: s, when: { words: [refund] }, then: hand_over, examples: { fires: [refund], quiet: [x] } }
              - { id: two, says: s, when: { words: [refund] }, then: offer, examples: { fires: [refund], quiet: [x] } }
              - { id: three, says: s, when: { all: [ { words: [a] }, { not: { words: [a] } } ] }, then: offer }
              - { id: four, says: s, when: { words: [hi, refund], whole: true }, then: canned, message: hi, examples: { fires: [refund], quiet: [x] } }
            """)
        let findings = rules.lint().map { "\($0)" }
        #expect(findings.contains { $0.contains("two: never decides") })
        #expect(findings.contains { $0.contains("three: has no example that fires") })
        #expect(findings.contains { $0.contains("three: asks for a thing and its opposite") })
        #expect(findings.contains { $0.contains("four: 'refund' also fires 'one'") })
        #expect(!findings.contains { $0.contains("one:") })
    }
}
