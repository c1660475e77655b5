import Notation

/// Reads `when:`. A condition is a mapping with exactly one kind, and for some kinds a few settings beside it.
extension RuleSetReader {
    private static let kinds = [
        "all", "any", "not", "words", "phrase", "pattern", "amount", "topic", "repeat", "turns", "streak", "sentiment", "language",
        "coverage",
        "intent", "customer", "captured", "injection", "offered",
    ]
    private static let settings = ["typos", "whole", "filler"]

    mutating func condition(_ node: Node) throws -> Condition {
        let fields = try Fields(node, known: Self.kinds + Self.settings)
        let found = fields.keys.filter(Self.kinds.contains)
        guard let kind = found.first, found.count == 1 else {
            throw node.error(
                found.isEmpty
                    ? "an empty condition; use one of: \(Self.kinds.joined(separator: ", "))"
                    : "'\(found.joined(separator: "' and '"))' side by side; put them under 'all:' or 'any:'")
        }
        if let stray = fields.keys.first(where: { Self.settings.contains($0) }), kind != "words" {
            throw node.error("'\(stray)' belongs to 'words:', not to '\(kind):'")
        }
        let value = try fields.required(kind)
        switch kind {
        case "all": return .all(try parts(value))
        case "any": return .any(try parts(value))
        case "not": return .not(try condition(value))
        case "words": return try words(value, beside: fields)
        case "phrase": return .phrase(try phrase(value))
        case "pattern": return .pattern(try pattern(value))
        case "amount": return .amount(try amount(value))
        case "topic": return .topic(try topicNames(value))
        default: return try threadCondition(kind, value)
        }
    }

    private mutating func parts(_ node: Node) throws -> [Condition] {
        let items = node.items()
        guard (1...100).contains(items.count) else { throw node.error("1 to 100 conditions stand here") }
        return try items.map { try condition($0) }
    }

    private mutating func words(_ node: Node, beside fields: Fields) throws -> Condition {
        let isWhole = try fields["whole"]?.boolean() ?? false
        if let filler = fields["filler"], !isWhole { throw filler.error("'filler' needs 'whole: true' beside it") }
        return .words(
            group: try group(node), typos: try fields["typos"]?.integer(in: 0...1) ?? 0, isWhole: isWhole,
            filler: try fields["filler"].map { try group($0) })
    }

    private mutating func phrase(_ node: Node) throws -> Condition.Phrase {
        let fields = try Fields(node, known: ["verbs", "near", "within", "typos", "unless"])
        return Condition.Phrase(
            verbs: try group(fields.required("verbs")), near: try group(fields.required("near")),
            within: try fields["within"]?.integer(in: 1...50) ?? 6, typos: try fields["typos"]?.integer(in: 0...1) ?? 0,
            unless: try fields["unless"].map { try group($0) })
    }

    private func pattern(_ node: Node) throws -> Condition.CompiledPattern {
        do {
            return Condition.CompiledPattern(pattern: try Pattern(try node.string()))
        } catch let fault as Pattern.Fault {
            throw node.error(fault.what)
        }
    }

    /// `{ over: 1000, currency: [USD, EUR] }`, or `{ over: { USD: 1000, BTC: 0.05 } }`.
    private func amount(_ node: Node) throws -> AmountLimit {
        let fields = try Fields(node, known: ["over", "currency"])
        let over = try fields.required("over")
        let codes = try fields["currency"]?.items().map { try Self.currency(try $0.string(), file: $0.file, line: $0.line) }
        guard case .mapping(let pairs) = over.content else {
            let micros = try Self.micros(over)
            return AmountLimit(
                limits: Dictionary((codes ?? []).map { ($0, micros) }, uniquingKeysWith: { first, _ in first }),
                otherwise: codes == nil ? micros : nil)
        }
        if let currency = fields["currency"] { throw currency.error("the currencies stand under 'over:' already; take this line away") }
        var limits: [String: Int64] = [:]
        for (key, line, value) in pairs {
            limits[try Self.currency(key, file: node.file, line: line)] = try Self.micros(value)
        }
        return AmountLimit(limits: limits, otherwise: nil)
    }

    private static func currency(_ text: String, file: String, line: Int) throws -> String {
        let known = AmountReader.currencies[text.lowercased()]
        guard let known, known == text else {
            let codes = Array(Set(AmountReader.currencies.values)).sorted()
            let hint =
                Suggestion.nearest(to: text, among: codes).map { "Did you mean '\($0)'?" } ?? "Known: \(codes.joined(separator: ", "))."
            throw NotationError(file: file, line: line, "'\(text.prefix(20))' is not a known currency. \(hint)")
        }
        return known
    }

    private static func micros(_ node: Node) throws -> Int64 {
        let number = try node.number(in: 0...9_000_000_000_000)
        return Int64((number * 1_000_000).rounded())
    }

    private func threadCondition(_ kind: String, _ node: Node) throws -> Condition {
        switch kind {
        case "repeat":
            let fields = try Fields(node, known: ["similar", "times", "window"])
            return .repeated(
                similar: try fields["similar"]?.number(in: 0.3...1) ?? 0.85, times: try fields["times"]?.integer(in: 2...9) ?? 2,
                window: try fields["window"]?.integer(in: 1...RuleSet.mostEarlierTurns) ?? 4)
        case "turns": return .turns(over: try Fields(node, known: ["over"]).required("over").integer(in: 0...1_000))
        case "streak":
            let fields = try Fields(node, known: ["below", "times"])
            return .streak(below: try fields.required("below").number(in: 0...1), times: try fields.required("times").integer(in: 1...20))
        case "sentiment":
            let fields = try Fields(node, known: ["below", "turns"])
            return .sentiment(
                below: try fields.required("below").number(in: -1...1),
                turns: try fields["turns"]?.integer(in: 1...RuleSet.mostEarlierTurns) ?? 1)
        case "language": return .language(notIn: try Fields(node, known: ["not_in"]).required("not_in").strings())
        case "coverage": return .coverage(below: try Fields(node, known: ["below"]).required("below").number(in: 0...1))
        case "intent": return .intent(try node.items().map { try identifier($0) })
        case "customer": return try customer(node)
        case "captured": return .captured(try node.items().map { try $0.choice(Captured.Kind.self) })
        default: return try flag(kind, node)
        }
    }

    private func customer(_ node: Node) throws -> Condition {
        let fields = try Fields(node, known: nil)
        guard let attribute = fields.keys.first, fields.keys.count == 1 else {
            throw node.error("one attribute stands here, such as 'plan: [vip]'; put several under 'all:'")
        }
        return .customer(attribute: attribute, values: try fields.required(attribute).strings().map { $0.lowercased() })
    }

    private func flag(_ kind: String, _ node: Node) throws -> Condition {
        let condition: Condition = kind == "offered" ? .offered : .injection
        return try node.boolean() ? condition : .not(condition)
    }
}

extension Condition {
    /// The kind as the file writes it.
    var kind: String {
        switch self {
        case .all: "all"
        case .any: "any"
        case .not: "not"
        case .words: "words"
        case .phrase: "phrase"
        case .pattern: "pattern"
        case .amount: "amount"
        case .topic: "topic"
        case .repeated: "repeat"
        case .turns: "turns"
        case .streak: "streak"
        case .sentiment: "sentiment"
        case .language: "language"
        case .coverage: "coverage"
        case .intent: "intent"
        case .customer: "customer"
        case .captured: "captured"
        case .injection: "injection"
        case .offered: "offered"
        }
    }

    /// Whether it can only hold for a message that consists of nothing else.
    var isWholeMessage: Bool {
        switch self {
        case .words(_, _, let isWhole, _): isWhole
        case .any(let parts): parts.allSatisfy(\.isWholeMessage)
        case .all(let parts): parts.contains(where: \.isWholeMessage)
        default: false
        }
    }
}
