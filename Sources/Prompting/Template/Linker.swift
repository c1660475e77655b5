/// Resolves every name and partial of a prompt against its declared inputs, and refuses what must not stand where it stands.
///
/// The rule that matters most: a system or assistant message never holds text that a stranger wrote. Only inputs named under `trust:` and those that
/// we make ourselves may be written there; sections may *ask* about any input, because asking writes nothing.
struct Linker {
    /// Inputs whose values we make ourselves.
    static let generated: Set<String> = ["boundary", "language", "today"]
    /// The random fence, present in every prompt without being declared.
    static let boundary = "boundary"
    /// Tags after putting in all partials, at most; partials that include each other twice over would otherwise double at every level.
    private static let mostNodes = 20_000

    private struct Frame {
        let fields: [Input]
        let shape: Shape?
        /// The input of the file that all this belongs to; nil for the outermost frame.
        let root: String?
        /// Sections on optional values that are known to be there.
        var present: Set<String> = []
    }

    private let prompt: PromptFile
    private let partials: [String: PromptFile]
    private var role: ChatMessage.Role = .user
    private var frames: [Frame]
    private var inside: [String] = []
    private var depth = 0
    private var nodeCount = 0
    private(set) var faults: Set<PromptFault> = []
    /// Inputs that some tag names.
    private(set) var used: Set<String> = []
    /// Partials that the prompt reaches.
    private(set) var reached: Set<String> = []

    init(_ prompt: PromptFile, partials: [String: PromptFile]) {
        self.prompt = prompt
        self.partials = partials
        let boundary = Input(
            name: Self.boundary, shape: .line, isOptional: false, says: "", place: Place(file: prompt.file, line: 1))
        frames = [Frame(fields: prompt.inputs + [boundary], shape: nil, root: nil)]
    }

    mutating func link(_ nodes: [TemplateNode], role: ChatMessage.Role) -> [LinkedNode] {
        self.role = role
        return nodes.compactMap { link($0) }
    }

    private mutating func link(_ node: TemplateNode) -> LinkedNode? {
        nodeCount += 1
        guard nodeCount <= Self.mostNodes else {
            report(prompt.bodyPlace, "the prompt has more than \(Self.mostNodes) pieces with its partials put in; include fewer partials")
            return nil
        }
        switch node {
        case .text(let text): return .text(text)
        case .value(let name, let isRaw, let place): return value(name, isRaw: isRaw, place)
        case .section(let name, let isInverted, let nodes, let place):
            return section(name, isInverted: isInverted, nodes, place)
        case .partial(let id, let indent, let place): return partial(id, indent: indent, place)
        }
    }

    private mutating func value(_ name: TemplateName, isRaw: Bool, _ place: Place) -> LinkedNode? {
        guard let found = resolve(name, place) else { return nil }
        guard found.shape.isScalar else {
            report(place, "'\(name)' is \(found.shape.words); write '{{#\(name)}}...{{/\(name)}}' and its fields or '{{.}}' inside")
            return nil
        }
        if !mayStandHere(found.root) {
            report(
                place,
                "'\(name)' may hold a stranger's words and must not stand in a \(role.rawValue) message; move it to a 'user:' part, "
                    + "or list '\(found.root)' under 'trust: system' if only your company writes it")
        }
        if found.isOptional, !found.isKnownPresent {
            report(.warning, place, "'\(name)' is optional and leaves a hole where it is absent; put it into '{{#\(name)}}...{{/\(name)}}'")
        }
        guard isRaw else { return .value(found.reference) }
        guard prompt.trust.raw.contains(found.root), found.reference.path.count == 1, found.reference.frame == 0 else {
            report(
                place,
                "triple braces on '\(name)', which is not listed under 'trust: raw'; write '{{\(name)}}', which loses nothing but hidden characters"
            )
            return nil
        }
        return .raw(found.root)
    }

    private func mayStandHere(_ root: String) -> Bool {
        role == .user || Self.generated.contains(root) || prompt.trust.raw.contains(root) || prompt.trust.system.contains(root)
    }

    private mutating func section(_ name: TemplateName, isInverted: Bool, _ nodes: [TemplateNode], _ place: Place) -> LinkedNode? {
        guard let found = resolve(name, place) else { return nil }
        guard enter(place) else { return nil }
        defer { depth -= 1 }
        if isInverted { return .section(found.reference, isInverted: true, nodes.compactMap { link($0) }) }
        let (fields, shape): ([Input], Shape?) =
            switch found.shape {
            case .array(.object(let fields)), .object(let fields): (fields, nil)
            case .array(let item): ([], item)
            default: ([], found.shape)
            }
        frames.append(Frame(fields: fields, shape: shape, root: found.root, present: [found.key]))
        defer { frames.removeLast() }
        return .section(found.reference, isInverted: false, nodes.compactMap { link($0) })
    }

    private mutating func partial(_ id: String, indent: String, _ place: Place) -> LinkedNode? {
        guard let file = partials[id] else {
            report(place, "there is no partial '\(id)'. " + Self.hint(id, among: partials.keys.sorted(), what: "partials"))
            return nil
        }
        // A circle is reported once for the whole folder, where the partials meet.
        guard !inside.contains(id), enter(place) else { return nil }
        inside.append(id)
        reached.insert(id)
        defer {
            inside.removeLast()
            depth -= 1
        }
        return .indented(indent, file.parts.flatMap(\.nodes).compactMap { link($0) })
    }

    private mutating func enter(_ place: Place) -> Bool {
        guard depth < TemplateParser.deepest else {
            report(place, "sections and partials are nested deeper than \(TemplateParser.deepest) levels; flatten them")
            return false
        }
        depth += 1
        return true
    }
}

extension Linker {
    private struct Found {
        let reference: Reference
        let shape: Shape
        let root: String
        let isOptional: Bool
        let isKnownPresent: Bool
        /// Frame and path, to recognise a section on the same value.
        var key: String { "\(reference.frame).\(reference.path.joined(separator: "."))" }
    }

    private mutating func resolve(_ name: TemplateName, _ place: Place) -> Found? {
        guard let first = name.parts.first else { return item(place) }
        for index in frames.indices.reversed() {
            let frame = frames[index]
            guard let input = frame.fields.first(where: { $0.name == first }) else { continue }
            let root = frame.root ?? first
            used.insert(root)
            return descend(from: input, name, frame: index, root: root, place)
        }
        let known = frames.flatMap(\.fields).map(\.name).sorted()
        let origin = place.file == prompt.file ? "" : " in prompt '\(prompt.name)', which uses this partial"
        report(place, "unknown variable '\(name)'\(origin). " + Self.hint(first, among: known, what: "declared inputs"))
        return nil
    }

    private mutating func item(_ place: Place) -> Found? {
        guard frames.count > 1, let frame = frames.last, let shape = frame.shape, let root = frame.root else {
            report(place, "'{{.}}' stands for the item of a section over a text or a list of texts; there is none around it. Write a name")
            return nil
        }
        return Found(
            reference: Reference(frame: frames.count - 1, path: []), shape: shape, root: root, isOptional: false, isKnownPresent: true)
    }

    private mutating func descend(from input: Input, _ name: TemplateName, frame: Int, root: String, _ place: Place) -> Found? {
        var current = input
        var isOptional = input.isOptional
        for part in name.parts.dropFirst() {
            guard case .object(let fields) = current.shape else {
                report(
                    place, "'\(current.name)' is \(current.shape.words) and has no '.\(part)'; open it with '{{#\(current.name)}}' first")
                return nil
            }
            guard let next = fields.first(where: { $0.name == part }) else {
                report(place, "'\(current.name)' has no field '\(part)'. " + Self.hint(part, among: fields.map(\.name), what: "fields"))
                return nil
            }
            current = next
            isOptional = isOptional || next.isOptional
        }
        let reference = Reference(frame: frame, path: name.parts)
        let key = "\(frame).\(name)"
        let isKnown = frames.contains { frame in frame.present.contains { key == $0 || key.hasPrefix($0 + ".") } }
        return Found(reference: reference, shape: current.shape, root: root, isOptional: isOptional, isKnownPresent: isKnown)
    }

    private static func hint(_ word: String, among known: [String], what: String) -> String {
        Suggesting.hint(word, among: known, what: what)
    }

    private mutating func report(_ place: Place, _ what: String) { report(.error, place, what) }

    private mutating func report(_ level: PromptFault.Level, _ place: Place, _ what: String) {
        faults.insert(PromptFault(level, place, what))
    }
}
