import Assistant
import Escalation
import Notation

/// Rules, what they make of a text, and prompts, as JSON.
enum RuleShapes {
    private static let verdicts = Schema.oneOf(Verdict.allCases.map(name))
    private static let reasons = Schema.oneOf(Reason.allCases.map(\.rawValue))
    private static let modes = Schema.oneOf(Mode.allCases.map(\.rawValue))
    private static let short = Schema.text(0...200)

    static let rules = Schema.named(
        "Rules",
        .object([
            .init("assistant", short), .init("version", .text(0...100), "of the rules file; receipts name it"),
            .init("threshold", .number(0...1), "the least effective confidence that answers"),
            .init("turn_cap", .count, "answers in a row before a person is called"),
            .init("topics", .array(short, most: 10_000), "subjects that words can touch"),
            .init(
                "rules",
                .array(
                    .object([
                        .init("id", short), .init("says", .lines(0...4000)), .init("action", .oneOf(Rule.Action.allCases.map(\.rawValue))),
                        .init("verdict", verdicts), .init("reason", reasons, required: false),
                        .init("mode", modes, "shadow rules decide nothing"),
                        .init("line", .count, "in the rules file"), .init("team", short, "where it routes to", required: false),
                    ]), most: 10_000)),
        ]))

    static func json(_ assistant: AssistantProfile) -> JSON {
        let references = assistant.rules.references
        let rules = assistant.rules.rules.map { rule in
            JSON.of(
                ("id", .string(rule.id)), ("says", .string(rule.says)), ("action", .string(rule.action.rawValue)),
                ("verdict", .string(name(rule.action.verdict))), ("reason", rule.reason.map { .string($0.rawValue) }),
                ("mode", .string(rule.mode.rawValue)), ("line", Written.number(rule.line)),
                ("team", references.first { $0.rule == rule.id }?.team.map(JSON.string)))
        }
        return .of(
            ("assistant", .string(assistant.name)), ("version", .string(assistant.rules.version)),
            ("threshold", Written.number(assistant.threshold)), ("turn_cap", Written.number(assistant.turnCap)),
            ("topics", Written.texts(assistant.rules.topicNames)), ("rules", .array(rules)))
    }

    static let outcome = Schema.named(
        "RuleTest",
        .object([
            .init("assistant", short), .init("version", .text(0...100)), .init("verdict", verdicts),
            .init("reason", reasons, required: false), .init("in_words", .array(.lines(0...4000), most: 10_000)),
            .init("team", short, required: false), .init("priority", .oneOf(Priority.allCases.map(\.rawValue)), required: false),
            .init("tags", .array(short, most: 1000)), .init("topics", .array(short, most: 10_000)),
            .init("sentiment", .number(-1...1)), .init("language", .text(0...20), required: false),
            .init("suspected_injection", .boolean), .init("canned_message", short, "key of a ready reply", required: false),
            .init(
                "triggers",
                .array(
                    .object([
                        .init("id", short), .init("kind", .text(0...40)), .init("says", .lines(0...4000)), .init("value", .lines(0...4000)),
                        .init("threshold", .lines(0...4000)), .init("fired", .boolean), .init("verdict", verdicts),
                        .init("reason", reasons, required: false), .init("evidence", .lines(0...1000), required: false),
                        .init("mode", modes),
                    ]), most: 10_000)),
        ]))

    static func json(_ receipt: Receipt, of assistant: AssistantProfile) -> JSON {
        .of(
            ("assistant", .string(assistant.name)), ("version", .string(receipt.ruleSetVersion)),
            ("verdict", .string(name(receipt.verdict))), ("reason", receipt.reason.map { .string($0.rawValue) }),
            ("in_words", Written.texts(receipt.inWords)), ("team", receipt.route.team.map(JSON.string)),
            ("priority", receipt.route.priority.map { .string($0.rawValue) }), ("tags", Written.texts(receipt.route.tags)),
            ("topics", Written.texts(receipt.signals.topics)), ("sentiment", Written.number(receipt.signals.sentiment)),
            ("language", receipt.signals.language.map(JSON.string)), ("suspected_injection", .bool(receipt.signals.isSuspectedInjection)),
            ("canned_message", receipt.cannedMessage.map(JSON.string)), ("triggers", .array(receipt.triggers.map(json))))
    }

    private static func json(_ trigger: Trigger) -> JSON {
        .of(
            ("id", .string(trigger.id)), ("kind", .string(trigger.kind.rawValue)), ("says", .string(trigger.says)),
            ("value", .string(trigger.value)), ("threshold", .string(trigger.threshold)), ("fired", .bool(trigger.fired)),
            ("verdict", .string(name(trigger.verdict))), ("reason", trigger.reason.map { .string($0.rawValue) }),
            ("evidence", trigger.evidence.map(JSON.string)), ("mode", .string(trigger.mode.rawValue)))
    }

    static func name(_ verdict: Verdict) -> String {
        switch verdict {
        case .answer: "answer"
        case .offer: "offer"
        case .handOver: "hand_over"
        }
    }

    static let prompt = Schema.named(
        "Prompt",
        .object([
            .init("name", short), .init("says", .lines(0...4000)), .init("version", .text(0...100), "usage rows name it"),
            .init("inputs", .array(short, most: 1000)), .init("partials", .array(short, most: 1000)),
            .init("assistants", .array(short, most: 1000), "of this workspace, that use it"),
        ]))

    static func json(_ note: PromptNote, assistants: [String]) -> JSON {
        .of(
            ("name", .string(note.name)), ("says", .string(note.says)), ("version", .string(note.version)),
            ("inputs", Written.texts(note.inputs)), ("partials", Written.texts(note.partials)), ("assistants", Written.texts(assistants)))
    }
}
