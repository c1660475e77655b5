/// Builds the tree of a template from its tags, and collects every fault on the way instead of stopping at the first.
struct TemplateParser {
    private struct OpenSection {
        let name: TemplateName
        let isInverted: Bool
        let place: Place
        var nodes: [TemplateNode] = []
    }

    private var finished: [TemplateNode] = []
    private var stack: [OpenSection] = []
    private(set) var faults: [PromptFault] = []

    /// Sections inside sections (and partials inside partials), at most.
    static let deepest = 16

    /// - Parameter firstLine: the line of the file on which the text begins, 1-based.
    static func parse(_ text: String, file: String, firstLine: Int) -> (nodes: [TemplateNode], faults: [PromptFault]) {
        var scanner = TemplateScanner(text, file: file, firstLine: firstLine)
        let tokens = scanner.scan()
        var parser = TemplateParser()
        parser.faults = scanner.faults
        for token in tokens { parser.take(token) }
        parser.finish()
        return (parser.finished, parser.faults)
    }

    private mutating func take(_ token: TemplateScanner.Token) {
        switch token.kind {
        case .text: append(.text(token.content))
        case .value(let isRaw):
            if let name = name(token) { append(.value(name, isRaw: isRaw, token.place)) }
        case .section(let isInverted):
            if let name = name(token) { stack.append(OpenSection(name: name, isInverted: isInverted, place: token.place)) }
        case .end: end(token)
        case .partial(let indent): partial(token, indent: indent)
        }
    }

    private mutating func partial(_ token: TemplateScanner.Token, indent: String) {
        guard PromptName.isValid(token.content) else {
            faults.append(
                PromptFault(
                    token.place,
                    "'\(token.content.prefix(60))' is not the name of a partial; partials are called by the name of their file "
                        + "in the prompt folder, without path and ending: {{> house-style}}"))
            return
        }
        append(.partial(token.content, indent: indent, token.place))
    }

    private mutating func end(_ token: TemplateScanner.Token) {
        guard let name = name(token) else { return }
        guard let index = stack.lastIndex(where: { $0.name == name }) else {
            let hint = stack.last.map { "the open section is '\($0.name)' (line \($0.place.line)), closed by '{{/\($0.name)}}'" }
            faults.append(PromptFault(token.place, "'{{/\(name)}}' closes nothing; \(hint ?? "no section is open here, remove it")"))
            return
        }
        while stack.count > index + 1 { closeUnfinished() }
        close()
    }

    private mutating func close() {
        guard let section = stack.popLast() else { return }
        guard stack.count < Self.deepest else {
            faults.append(PromptFault(section.place, "sections are nested deeper than \(Self.deepest) levels; move the inner ones out"))
            return
        }
        append(.section(section.name, isInverted: section.isInverted, section.nodes, section.place))
    }

    private mutating func closeUnfinished() {
        guard let section = stack.last else { return }
        faults.append(PromptFault(section.place, "section '\(section.name)' is never closed; add '{{/\(section.name)}}'"))
        close()
    }

    private mutating func finish() {
        while !stack.isEmpty { closeUnfinished() }
    }

    private mutating func append(_ node: TemplateNode) {
        if stack.isEmpty { finished.append(node) } else { stack[stack.count - 1].nodes.append(node) }
    }

    private mutating func name(_ token: TemplateScanner.Token) -> TemplateName? {
        if let name = TemplateName(token.content) { return name }
        faults.append(PromptFault(token.place, Self.remedy(for: token.content)))
        return nil
    }

    private static func remedy(for content: String) -> String {
        let shown = content.prefix(60)
        let firstWord = content.prefix { $0 != " " }
        if content.isEmpty { return "an empty tag; write a name between the braces or remove it" }
        if ["each", "if", "unless", "with", "for", "role"].contains(firstWord), firstWord.count < content.count {
            return "there are no helpers such as '\(firstWord)'; '{{#name}}...{{/name}}' shows a part if the value is there, "
                + "and once for each item of a list"
        }
        if let first = content.first, "$<%".contains(first) {
            return "'\(first)' tags (blocks, parents, pragmas) are not part of this language; use a partial: {{> house-style}}"
        }
        return "'\(shown)' is not a name (letters, digits, '_', '-', joined by dots), and nothing is computed in a template. "
            + "For literal double braces change the delimiters: {{=<% %>=}}"
    }
}
