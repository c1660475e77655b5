import Notation

/// Reads the lines under `input:`.
///
/// `question: string, what it is` · `human_stretch?: string` (may be left out) · `labels(array): line` · `passages(array, what they are):` with fields
/// below · `customer(object):` with fields below.
enum InputReader {
    static let types = ["line", "string", "integer", "boolean"]
    /// Levels of fields within an input.
    private static let deepest = 4

    static func inputs(in node: Node, depth: Int) throws -> [Input] {
        guard case .mapping(let lines) = node.content else {
            throw node.error("expected inputs here, one a line: 'question: string, the customer's last message'")
        }
        guard depth < deepest else { throw node.error("fields are nested deeper than \(deepest) levels; flatten them") }
        var inputs: [Input] = []
        for (key, line, value) in lines {
            let place = Node.Spot(file: node.file, line: line)
            let input = try input(key, value, place, depth: depth)
            guard !inputs.contains(where: { $0.name == input.name }) else {
                throw place.error("'\(input.name)' is declared twice; keep one")
            }
            inputs.append(input)
        }
        return inputs
    }

    private static func input(_ key: String, _ value: Node, _ spot: Node.Spot, depth: Int) throws -> Input {
        let head = try head(key, spot)
        let place = Place(file: spot.file, line: spot.line)
        switch (head.kind, value.content) {
        case ("array", .mapping):
            let fields = try inputs(in: value, depth: depth + 1)
            return Input(name: head.name, shape: .array(.object(fields)), isOptional: head.isOptional, says: head.says, place: place)
        case ("object", .mapping):
            let fields = try inputs(in: value, depth: depth + 1)
            return Input(name: head.name, shape: .object(fields), isOptional: head.isOptional, says: head.says, place: place)
        case ("object", _): throw spot.error("'\(head.name)(object)' needs its fields below it, 'name: line', indented")
        case (let kind, .scalar(let text, _)):
            let type = try scalar(text, value)
            let says = head.says.isEmpty ? type.says : head.says
            guard kind == "array" else {
                return Input(name: head.name, shape: type.shape, isOptional: head.isOptional, says: says, place: place)
            }
            guard type.shape == .line || type.shape == .string else {
                throw value.error("a list holds 'line', 'string', or fields below it")
            }
            return Input(name: head.name, shape: .array(type.shape), isOptional: head.isOptional, says: says, place: place)
        default:
            throw spot.error(
                "'\(head.name)' needs a type: one of \(types.joined(separator: ", ")); for a list write '\(head.name)(array):'")
        }
    }

    /// `passages?(array, best first)` taken apart.
    private static func head(_ key: String, _ spot: Node.Spot) throws -> (name: String, isOptional: Bool, kind: String, says: String) {
        let bracket = key.firstIndex(of: "(")
        var name = key[..<(bracket ?? key.endIndex)].trimmingBlanks()
        let isOptional = name.hasSuffix("?")
        if isOptional { name.removeLast() }
        guard TemplateName.isWord(name[...].utf8) else {
            throw spot.error("'\(name)' is not a name for an input; letters, digits and '_', such as 'question' or 'question?'")
        }
        guard let bracket else { return (name, isOptional, "", "") }
        guard key.hasSuffix(")") else { throw spot.error("'\(key)' lacks the closing ')'; write '\(name)(array, what it is):'") }
        let inside = key[key.index(after: bracket)...].dropLast()
        let kind = inside.prefix { $0 != "," }.trimmingBlanks()
        guard kind == "array" || kind == "object" else {
            throw spot.error("'(\(kind))' is not possible; write '\(name)(array):', '\(name)(object):' or '\(name): string'")
        }
        return (name, isOptional, kind, inside.dropFirst(kind.count).drop { $0 == "," || $0 == " " }.trimmingBlanks())
    }

    private static func scalar(_ text: String, _ node: Node) throws -> (shape: Shape, says: String) {
        let word = text.prefix { $0 != "," }.trimmingBlanks()
        let says = text.dropFirst(text.prefix { $0 != "," }.count).drop { $0 == "," || $0 == " " }.trimmingBlanks()
        switch word {
        case "line": return (.line, says)
        case "string": return (.string, says)
        case "integer": return (.integer, says)
        case "boolean": return (.boolean, says)
        default: throw node.error("'\(word)' is not a type. " + Suggesting.hint(word, among: types, what: "types"))
        }
    }
}

extension Node {
    /// A place inside a file, to complain about.
    struct Spot {
        let file: String
        let line: Int

        func error(_ what: String) -> NotationError { NotationError(file: file, line: line, what) }
    }
}
