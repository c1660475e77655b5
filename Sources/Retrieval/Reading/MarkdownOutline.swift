import CText

/// Turns cmark's tree into blocks of light text.
enum MarkdownOutline {
    static func of(_ root: OpaquePointer) -> Outline {
        var outline = Outline()
        for node in children(of: root) { add(node, to: &outline) }
        return outline
    }

    private static func add(_ node: OpaquePointer, to outline: inout Outline) {
        switch type(of: node) {
        case "heading":
            outline.add(.heading(level: Int(cmark_node_get_heading_level(node))), headingText(node))
        case "code_block": outline.add(.code, code(node))
        case "table": outline.add(.table(header: 2), table(node))
        case "list":
            for (number, item) in children(of: node).enumerated() {
                outline.add(.item, self.item(item, mark: mark(of: node, number), depth: 0))
            }
        case "html_block":
            let inner = HTMLReader.read(fragment: literal(node))
            for block in inner.blocks { outline.add(block.kind, block.text) }
        case "thematic_break": break
        default: outline.add(.prose, text(of: node, depth: 0))
        }
    }

    /// A block inside another as lines of text. Beyond `deepest` cmark's own plain writer, which needs no stack, takes over.
    private static func text(of node: OpaquePointer, depth: Int) -> String {
        guard depth < deepest else { return plain(node) }
        switch type(of: node) {
        case "paragraph", "heading": return directive(inline(node))
        case "code_block": return code(node)
        case "table": return table(node)
        case "html_block": return HTMLReader.read(fragment: literal(node)).blocks.map(\.text).joined(separator: "\n")
        case "list":
            return children(of: node).enumerated().map { item($1, mark: mark(of: node, $0), depth: depth + 1) }.joined(separator: "\n")
        case "thematic_break": return ""
        default: return children(of: node).map { text(of: $0, depth: depth + 1) }.filter { !$0.isEmpty }.joined(separator: "\n\n")
        }
    }

    private static func item(_ item: OpaquePointer, mark: String, depth: Int) -> String {
        let body = children(of: item).map { text(of: $0, depth: depth + 1) }.filter { !$0.isEmpty }.joined(separator: "\n")
        guard !body.isEmpty else { return "" }
        let indent = String(repeating: " ", count: mark.count)
        let lines = PlainReader.lines(of: body).enumerated().map { $0 == 0 || $1.isEmpty ? String($1) : indent + $1 }
        return mark + lines.joined(separator: "\n")
    }

    private static func mark(of list: OpaquePointer, _ number: Int) -> String {
        guard cmark_node_get_list_type(list) == CMARK_ORDERED_LIST else { return "- " }
        return "\(Int(cmark_node_get_list_start(list)) &+ number). "
    }

    private static func code(_ node: OpaquePointer) -> String {
        let text = literal(node).trimmed(newlinesOnly: true)
        let fence = text.contains("```") ? "~~~~" : "```"
        let language = String(cString: cmark_node_get_fence_info(node)).prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "+" }
        return text.isEmpty ? "" : "\(fence)\(language)\n\(text)\n\(fence)"
    }

    private static func table(_ node: OpaquePointer) -> String {
        var lines: [String] = []
        for row in children(of: node) {
            let cells = children(of: row).map { inline($0).collapsed }
            lines.append("| " + cells.joined(separator: " | ") + " |")
            if lines.count == 1 { lines.append("|" + String(repeating: " --- |", count: cells.count)) }
        }
        return lines.joined(separator: "\n")
    }

    /// Headings of documentation tools end in `{#their-anchor}`.
    private static func headingText(_ node: OpaquePointer) -> String {
        let text = inline(node).collapsed
        guard text.hasSuffix("}"), let start = text.lastIndex(of: "{"), text[start...].hasPrefix("{#") else { return text }
        return text[..<start].trimmed()
    }

    /// Documentation tools mark boxes with lines of `:::tip Title`; the title stays.
    private static func directive(_ text: String) -> String {
        guard text.contains(":::") else { return text }
        return PlainReader.lines(of: text).map { line -> String in
            guard line.utf8.starts(with: ":::".utf8) else { return String(line) }
            return String(line.drop { $0 == ":" }.drop { $0 == " " }.drop { $0.isLetter || $0 == "-" }).trimmed()
        }.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// The inline content of a node, walked by cmark's iterator: no recursion.
    private static func inline(_ node: OpaquePointer) -> String {
        guard let iterator = cmark_iter_new(node) else { return "" }
        defer { cmark_iter_free(iterator) }
        var writer = InlineWriter()
        while case let event = cmark_iter_next(iterator), event != CMARK_EVENT_DONE {
            guard let current = cmark_iter_get_node(iterator) else { continue }
            if current != node { writer.write(current, entering: event == CMARK_EVENT_ENTER) }
        }
        return writer.text.trimmed()
    }

    private static func plain(_ node: OpaquePointer) -> String {
        guard let memory = cmark_get_default_mem_allocator(), let text = cmark_render_plaintext(node, CMARK_OPT_DEFAULT, 0) else {
            return ""
        }
        defer { memory.pointee.free(text) }
        return String(cString: text).trimmed()
    }

    static func children(of node: OpaquePointer) -> [OpaquePointer] {
        var children: [OpaquePointer] = []
        var next = cmark_node_first_child(node)
        while let child = next {
            children.append(child)
            next = cmark_node_next(child)
        }
        return children
    }

    static func type(of node: OpaquePointer) -> String { cmark_node_get_type_string(node).map { String(cString: $0) } ?? "" }
    static func literal(_ node: OpaquePointer) -> String { cmark_node_get_literal(node).map { String(cString: $0) } ?? "" }

    /// The nesting that is written with its marks.
    private static let deepest = 24
}

/// Writes inline nodes as they come.
private struct InlineWriter {
    private(set) var text = ""
    private var linkStarts: [Int] = []

    mutating func write(_ node: OpaquePointer, entering: Bool) {
        switch MarkdownOutline.type(of: node) {
        case "text", "code": text += MarkdownOutline.literal(node)
        case "softbreak", "linebreak": text += "\n"
        case "html_inline": if MarkdownOutline.literal(node).lowercased().hasPrefix("<br") { text += "\n" }
        case "link": link(node, entering: entering)
        default: break
        }
    }

    /// A link keeps its address where the address says more than its text and leads to the web.
    private mutating func link(_ node: OpaquePointer, entering: Bool) {
        if entering { return linkStarts.append(text.utf8.count) }
        guard let start = linkStarts.popLast(), let address = cmark_node_get_url(node).map({ String(cString: $0) }) else { return }
        let shown = String(decoding: text.utf8.dropFirst(start), as: UTF8.self)
        let isWeb = address.hasPrefix("https://") || address.hasPrefix("http://") || address.hasPrefix("mailto:")
        let bare = address.hasPrefix("mailto:") ? String(address.dropFirst("mailto:".count)) : address
        if isWeb, !shown.contains(bare) { text += " (\(bare))" }
    }
}
