/// Writes a linked template with its values. Nothing here decides; the linker has decided what may stand where.
struct Renderer {
    /// What was written so far.
    private(set) var output = ""
    /// More was to be written than the limit allows.
    private(set) var isTooLarge = false
    private let limitBytes: Int
    private let raw: [String: String]
    private var frames: [PromptValue]
    private var indents = ""
    private var stepsLeft: Int

    /// All messages of a request together, in bytes of UTF-8.
    static let largestOutput = 256 * 1024
    /// Steps of one rendering.
    private static let mostSteps = 200_000

    init(values: PreparedValues, limitBytes: Int = Renderer.largestOutput) {
        frames = [.fields(values.clean)]
        raw = values.raw
        self.limitBytes = limitBytes
        stepsLeft = Self.mostSteps
    }

    mutating func render(_ nodes: [LinkedNode]) {
        for node in nodes where !isTooLarge { render(node) }
    }

    private mutating func render(_ node: LinkedNode) {
        guard step() else { return }
        switch node {
        case .text(let text): writeTemplate(text)
        case .raw(let name): writeRaw(raw[name] ?? "")
        case .value(let reference): writeData(lookUp(reference)?.shown ?? "")
        case .section(let reference, isInverted: true, let nodes):
            if lookUp(reference)?.isThere != true { render(nodes) }
        case .section(let reference, isInverted: false, let nodes): section(lookUp(reference), nodes)
        case .indented(let indent, let nodes):
            let outer = indents
            indents += indent
            render(nodes)
            indents = outer
        }
    }

    private mutating func section(_ value: PromptValue?, _ nodes: [LinkedNode]) {
        guard let value, value.isThere else { return }
        switch value {
        case .list(let items): for item in items { render(nodes, in: .fields(item)) }
        case .texts(let items): for item in items { render(nodes, in: .text(item)) }
        default: render(nodes, in: value)
        }
    }

    private mutating func render(_ nodes: [LinkedNode], in frame: PromptValue) {
        guard step() else { return }
        frames.append(frame)
        render(nodes)
        frames.removeLast()
    }

    /// Counts pieces and items alike: lists inside lists multiply even where they write nothing.
    private mutating func step() -> Bool {
        stepsLeft -= 1
        if stepsLeft <= 0 { isTooLarge = true }
        return !isTooLarge
    }

    private func lookUp(_ reference: Reference) -> PromptValue? {
        guard frames.indices.contains(reference.frame) else { return nil }
        var value = frames[reference.frame]
        for part in reference.path {
            guard case .fields(let fields) = value, let next = fields[part] else { return nil }
            value = next
        }
        return value
    }

    private var isAtLineStart: Bool { output.utf8.last.map { $0 == 0x0A } ?? true }

    private mutating func writeTemplate(_ text: String) {
        guard !indents.isEmpty else { return write(text) }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.offset > 0 { write("\n") }
            guard !line.element.isEmpty else { continue }
            if isAtLineStart { write(indents) }
            write(String(line.element))
        }
    }

    private mutating func writeRaw(_ text: String) {
        guard !text.isEmpty else { return }
        if isAtLineStart { write(indents) }
        write(text)
    }

    /// Data never begins a line with a bracket: only a template does, where a passage begins (`DataBlock` takes the blank off again).
    private mutating func writeData(_ text: String) {
        guard !text.isEmpty else { return }
        if isAtLineStart {
            write(indents)
            if DataLine.needsBlank(text.utf8) { write(" ") }
        }
        write(text)
    }

    private mutating func write(_ text: String) {
        guard output.utf8.count + text.utf8.count <= limitBytes else {
            isTooLarge = true
            return
        }
        output += text
    }
}

extension PromptValue {
    /// Whether a section on it is shown.
    var isThere: Bool {
        switch self {
        case .text(let text): !text.isEmpty
        case .number: true
        case .flag(let flag): flag
        case .texts(let items): !items.isEmpty
        case .list(let items): !items.isEmpty
        case .fields: true
        }
    }

    /// As written by `{{name}}`.
    var shown: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .texts, .list, .fields: ""
        }
    }
}
