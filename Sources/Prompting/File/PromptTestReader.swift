import Notation

/// Reads the list under `tests:`.
struct PromptTestReader {
    private let prompt: PromptFile
    private let fixtures: [String: String]
    private(set) var faults = FaultList()

    static let keys = ["says", "vars", "history", "assert"]
    static let assertionKeys = ["type", "value", "in", "count", "last"]

    /// What an assertion may be.
    enum Kind: String, CaseIterable {
        case contains
        case notContains = "not-contains"
        case tokensBelow = "tokens-below"
        case roles
    }

    /// Who may speak in the `history:` of a test.
    static let speakers = ["customer", "assistant", "teammate"]
    /// Tests of one prompt.
    private static let mostTests = 100

    init(prompt: PromptFile, fixtures: [String: String]) {
        self.prompt = prompt
        self.fixtures = fixtures
    }

    mutating func read(_ node: Node) -> [PromptTest] {
        let items = node.items()
        if items.count > Self.mostTests {
            faults.report(Place(file: prompt.file, line: node.line), "more than \(Self.mostTests) tests; keep the telling ones")
        }
        return items.prefix(Self.mostTests).enumerated().compactMap { offset, item in
            do {
                return try test(item, number: offset + 1)
            } catch let error as NotationError {
                faults.report(Place(file: error.file, line: error.line), error.what)
            } catch {
                faults.report(Place(file: prompt.file, line: item.line), "not readable: \(error)")
            }
            return nil
        }
    }

    private func test(_ node: Node, number: Int) throws -> PromptTest {
        let fields = try Fields(node, known: Self.keys)
        let assertions = try fields.required("assert").items().map { try assertion($0) }
        guard !assertions.isEmpty else {
            throw node.error("this test asserts nothing; add '- { type: contains, value: \"...\" }' under 'assert:'")
        }
        return PromptTest(
            says: try fields["says"]?.string() ?? "test \(number)", line: node.line, values: try values(fields["vars"]),
            history: try fields["history"]?.items().map { try message($0) } ?? [], assertions: assertions)
    }

    private func values(_ node: Node?) throws -> PromptValues {
        guard let node else { return [:] }
        guard case .scalar(let path, _) = node.content else { return try InlineValues.read(node, prompt.inputs) }
        guard path.hasPrefix("fixtures/"), let text = fixtures[path] else {
            let known = fixtures.keys.filter { $0.hasPrefix("fixtures/") }.sorted()
            throw node.error("there is no '\(path)' in the prompt folder. " + Suggesting.hint(path, among: known, what: "fixtures"))
        }
        return try InlineValues.read(try Node.parse(text, file: path), prompt.inputs)
    }

    private func message(_ node: Node) throws -> ChatMessage {
        let fields = try Fields(node, known: Self.speakers)
        guard let speaker = fields.keys.first, fields.keys.count == 1, let content = fields[speaker] else {
            throw node.error("a line of history names who speaks: '- customer: How long?' or '- assistant: Two days.'")
        }
        return ChatMessage(role: speaker == "customer" ? .user : .assistant, content: try content.string())
    }

    private func assertion(_ node: Node) throws -> PromptTest.Assertion {
        let fields = try Fields(node, known: Self.assertionKeys)
        let kind = try fields.required("type").choice(Kind.self)
        let allowed: Set<String> =
            switch kind {
            case .contains, .notContains: ["type", "value", "in"]
            case .tokensBelow: ["type", "value"]
            case .roles: ["type", "count", "last"]
            }
        if let extra = fields.keys.first(where: { !allowed.contains($0) }) {
            throw node.error("'\(extra)' has no meaning for '\(kind.rawValue)'; it takes \(allowed.sorted().joined(separator: ", "))")
        }
        switch kind {
        case .contains: return .contains(try text(fields), in: try fields["in"]?.choice(ChatMessage.Role.self))
        case .notContains: return .lacks(try text(fields), in: try fields["in"]?.choice(ChatMessage.Role.self))
        case .tokensBelow: return .tokensBelow(try fields.required("value").integer(in: 1...1_000_000))
        case .roles:
            let count = try fields["count"]?.integer(in: 1...10_000)
            let last = try fields["last"]?.choice(ChatMessage.Role.self)
            guard count != nil || last != nil else { throw node.error("'roles' needs 'count: 4' or 'last: user', or both") }
            return .roles(count: count, last: last)
        }
    }

    private func text(_ fields: Fields) throws -> String {
        let node = try fields.required("value")
        let text = try node.string()
        guard !text.isEmpty else { throw node.error("an empty text stands everywhere; write what to look for") }
        return text
    }
}

/// Values written in YAML, read by the declared inputs.
enum InlineValues {
    static func read(_ node: Node, _ inputs: [Input]) throws -> PromptValues {
        let fields = try Fields(node, known: inputs.map(\.name))
        var values: PromptValues = [:]
        for input in inputs {
            guard let value = fields[input.name] else { continue }
            values[input.name] = try read(value, input.shape)
        }
        return values
    }

    private static func read(_ node: Node, _ shape: Shape) throws -> PromptValue {
        switch shape {
        case .line, .string: return .text(try node.string())
        case .integer: return .number(try node.integer())
        case .boolean: return .flag(try node.boolean())
        case .array(.object(let fields)): return .list(try list(node).map { try read($0, fields) })
        case .array: return .texts(try list(node).map { try $0.string() })
        case .object(let fields): return .fields(try read(node, fields))
        }
    }

    private static func list(_ node: Node) throws -> [Node] {
        guard case .list(let items) = node.content else { throw node.error("expected a list here, one '- ...' a line, or [] for none") }
        return items
    }
}
