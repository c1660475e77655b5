import Yams

/// One value of a YAML text that people edit, with the file and line it stands at.
///
/// Everything that reads configuration reads it through `Node`: a missing key, an unknown key, a value of the wrong kind or out of range is a
/// `NotationError` that names file, line and remedy. Nothing is guessed and nothing is ignored.
package struct Node: Sendable {
    /// What a value can be.
    package enum Content: Sendable {
        /// Nothing is written after the key.
        case null
        /// A scalar. `isPlain`: written without quotes, so that `on` and `12` may mean a truth value or a number.
        case scalar(String, isPlain: Bool)
        /// Values one below the other, in the order written.
        case list([Node])
        /// In the order written.
        case mapping([(key: String, line: Int, value: Node)])
    }

    /// The file as the reader knows it, for messages.
    package let file: String
    /// 1-based.
    package let line: Int
    /// What stands there.
    package let content: Content

    /// Reads one YAML document.
    /// - Parameters:
    ///   - text: at most 1 MiB; aliases are refused (they make small files huge and hide what applies); a tag
    ///     (`!!str`) or an anchor that nothing refers to changes nothing.
    ///   - file: the name that messages use.
    /// - Throws: `NotationError`.
    package static func parse(_ text: String, file: String) throws -> Node {
        guard text.utf8.count <= Self.largestFile else {
            throw NotationError(file: file, line: 1, "the file is larger than \(Self.largestFile / 1024) KiB; split it")
        }
        if let line = References.firstAlias(in: text) { throw NotationError(file: file, line: line, Self.noReferences) }
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw NotationError(file: file, yaml: error)
        }
        guard let root else { return Node(file: file, line: 1, content: .null) }
        var budget = Self.mostNodes
        return try Node(root, file: file, depth: 0, budget: &budget)
    }

    private static let noReferences = "anchors and aliases are not used here; write the value out"
    /// Bytes of one YAML file.
    private static let largestFile = 1 << 20
    /// Values of one YAML file.
    private static let mostNodes = 100_000
    /// Levels of nesting in a YAML file.
    private static let deepest = 32

    private init(file: String, line: Int, content: Content) {
        self.file = file
        self.line = line
        self.content = content
    }

    private init(_ node: Yams.Node, file: String, depth: Int, budget: inout Int) throws {
        self.file = file
        line = node.mark?.line ?? 1
        budget -= 1
        guard budget > 0 else {
            throw NotationError(file: file, line: line, "the file holds more than \(Self.mostNodes) values; split it")
        }
        guard depth < Self.deepest else { throw NotationError(file: file, line: line, "nested deeper than \(Self.deepest) levels") }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            content =
                isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string) ? .null : .scalar(scalar.string, isPlain: isPlain)
        case .sequence(let sequence):
            var items: [Node] = []
            for item in sequence { items.append(try Node(item, file: file, depth: depth + 1, budget: &budget)) }
            content = .list(items)
        case .mapping(let mapping):
            var fields: [(key: String, line: Int, value: Node)] = []
            var seen: Set<String> = []
            for (key, value) in mapping {
                let line = key.mark?.line ?? 1
                guard case .scalar(let name) = key else { throw NotationError(file: file, line: line, "a key must be a word") }
                guard seen.insert(name.string).inserted else {
                    throw NotationError(file: file, line: line, "the key '\(name.string)' stands here twice; keep one")
                }
                fields.append((name.string, line, try Node(value, file: file, depth: depth + 1, budget: &budget)))
            }
            content = .mapping(fields)
        case .alias:
            throw NotationError(file: file, line: line, Self.noReferences)
        }
    }

    /// An error at this place.
    package func error(_ what: String) -> NotationError { NotationError(file: file, line: line, what) }
}

/// The keys of a mapping, each of which must be asked for: `Fields(node, known: [...])` refuses any other.
package struct Fields: Sendable {
    /// The mapping itself, for its place.
    package let node: Node
    private let values: [String: Node]
    /// The keys that are there, in the order written.
    package let keys: [String]

    /// - Parameters:
    ///   - node: must be a mapping (nothing at all counts as an empty one).
    ///   - known: every key that may stand here; nil where the keys are names that people choose.
    /// - Throws: `NotationError` with a suggestion for a misspelt key.
    package init(_ node: Node, known: [String]?) throws {
        self.node = node
        if let known, let first = Self.unknown(in: node, known: known).first { throw first }
        switch node.content {
        case .mapping(let fields):
            keys = fields.map(\.key)
            values = Dictionary(uniqueKeysWithValues: fields.map { ($0.key, $0.value) })
        case .null:
            keys = []
            values = [:]
        default: throw node.error("expected keys and values here ('name: value' lines)")
        }
    }

    /// Every key of a mapping that is not known there, for readers that report all faults of a file at once; none where it is no mapping.
    package static func unknown(in node: Node, known: [String]) -> [NotationError] {
        guard case .mapping(let fields) = node.content else { return [] }
        return fields.filter { !known.contains($0.key) }.map { field in
            let hint =
                Suggestion.nearest(to: field.key, among: known).map { "Did you mean '\($0)'?" }
                ?? "Known here: \(known.joined(separator: ", "))."
            return NotationError(file: node.file, line: field.line, "unknown key '\(field.key)'. \(hint)")
        }
    }

    /// The value of a key, or nil where the key is absent or empty.
    package subscript(_ key: String) -> Node? {
        guard let node = values[key] else { return nil }
        if case .null = node.content { return nil }
        return node
    }

    /// - Throws: `NotationError` where the key is absent or empty.
    package func required(_ key: String) throws -> Node {
        guard let node = self[key] else { throw node.error("'\(key)' is missing; add a line '\(key): ...'") }
        return node
    }
}

extension Node {
    /// The text of a scalar, numbers and truth values as written.
    /// - Throws: `NotationError`.
    package func string() throws -> String {
        guard case .scalar(let text, _) = content else { throw error("expected a text here") }
        return text
    }

    /// A whole number.
    /// - Throws: `NotationError`, also out of `range`.
    package func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws -> Int {
        guard case .scalar(let text, true) = content, let number = Int(text.replacing("_", with: "")), range.contains(number) else {
            throw error("expected a whole number\(range == Int.min...Int.max ? "" : " from \(range.lowerBound) to \(range.upperBound)")")
        }
        return number
    }

    /// A number that may have decimals. Never for money: that is read from its text.
    /// - Throws: `NotationError`, also out of `range` or not finite.
    package func number(in range: ClosedRange<Double>) throws -> Double {
        guard case .scalar(let text, true) = content, text.utf8.allSatisfy({ Self.decimal.contains($0) }),
            let number = Double(text), number.isFinite, range.contains(number)
        else {
            throw error("expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The signs of a decimal number; Swift also reads hexadecimal ones, which nobody writes on purpose.
    private static let decimal = Set("0123456789+-.eE".utf8)

    /// `true` or `false` (also `yes`, `no`, `on`, `off`).
    /// - Throws: `NotationError`.
    package func boolean() throws -> Bool {
        guard case .scalar(let text, true) = content else { throw error("expected true or false") }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw error("expected true or false")
        }
    }

    /// A duration: a number and its unit, `30 s`, `250ms`, `10 min`, `24 h`, `30 d`.
    /// - Returns: milliseconds.
    /// - Throws: `NotationError`, also out of `range` (milliseconds).
    package func milliseconds(in range: ClosedRange<Int64> = 0...Int64(10 * 366 * 86_400_000)) throws -> Int64 {
        let text = try string()
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        let units: [Substring: Int64] = ["ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let count = Int64(digits), let factor = units[unit] else {
            throw error("expected a duration with its unit, such as '30 s', '250 ms', '10 min', '24 h' or '30 d'")
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow, range.contains(product) else {
            throw error("the duration must lie between \(range.lowerBound) and \(range.upperBound) milliseconds")
        }
        return product
    }

    /// The items of a list; a single value counts as a list of one, nothing as an empty one.
    package func items() -> [Node] {
        switch content {
        case .list(let items): items
        case .null: []
        default: [self]
        }
    }

    /// A list of texts.
    /// - Throws: `NotationError`.
    package func strings() throws -> [String] { try items().map { try $0.string() } }

    /// One of a fixed set of words.
    /// - Throws: `NotationError` with a suggestion.
    package func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws -> Choice where Choice.RawValue == String {
        let text = try string()
        if let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map(\.rawValue)
        let hint = Suggestion.nearest(to: text, among: all).map { "Did you mean '\($0)'?" } ?? "Possible: \(all.joined(separator: ", "))."
        throw error("'\(text)' is not possible here. \(hint)")
    }
}
