import CText

/// Gathers blocks while a page is walked.
struct HTMLWriter {
    private var outline = Outline()
    private var text = ""
    private var kind = Outline.Block.Kind.prose
    /// What the list item at work begins with.
    private var mark = ""
    /// Inside how many `<pre>`.
    private var preformatted = 0
    /// For each open list, the number of its next item; nil for bullets.
    private var lists: [Int?] = []
    /// Of each table that is open, its finished rows and the cells of the row at work; only the outermost becomes a block.
    private var rows: [String] = []
    private var cells: [String] = []
    private var tables = 0
    private var linkStarts: [(start: Int, address: String)] = []

    /// - Returns: whether what is inside is to be read.
    mutating func open(_ node: xmlNodePtr) -> Bool {
        switch node.pointee.type {
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
            if let content = node.pointee.content { append(String(cString: content)) }
            return false
        case XML_ELEMENT_NODE: return open(element: HTMLReader.name(of: node), node)
        default: return false
        }
    }

    mutating func close(_ node: xmlNodePtr) {
        let name = HTMLReader.name(of: node)
        switch name {
        case "h1", "h2", "h3", "h4", "h5", "h6":
            if tables == 0 { kind = .heading(level: Int(name.dropFirst()) ?? 1) }
            end()
        case "pre":
            preformatted -= 1
            endCode()
        case "ul", "ol":
            end()
            _ = lists.popLast()
        case "li":
            end()
            if tables == 0 { kind = .prose }
        case "td", "th":
            cells.append(text.collapsed.trimmed())
            text = ""
        case "tr": endRow()
        case "table": endTable()
        case "a": endLink()
        default: if Self.blocks.contains(name) { end() }
        }
    }

    mutating func finish() -> Outline {
        end()
        return outline
    }

    private mutating func open(element name: String, _ node: xmlNodePtr) -> Bool {
        if Self.left.contains(name) { return false }
        switch name {
        case "br": text += "\n"
        case "pre":
            end()
            preformatted += 1
        case "ul": begin(list: nil)
        case "ol": begin(list: 1)
        case "li": beginItem()
        case "table":
            end()
            tables += 1
        case "td", "th", "tr": break
        case "img": append(attribute("alt", of: node))
        case "a": linkStarts.append((text.utf8.count, attribute("href", of: node)))
        default: if Self.blocks.contains(name) { end() }
        }
        return true
    }

    private mutating func append(_ more: String) {
        if preformatted > 0 {
            text += more
        } else {
            let more = more.collapsed
            let follows = text.isEmpty || text.utf8.last == 32 || text.utf8.last == 10
            text += follows && more.utf8.first == 32 ? String(more.dropFirst()) : more
        }
    }

    private mutating func begin(list: Int?) {
        end()
        if lists.count < Self.deepest { lists.append(list) }
    }

    private mutating func beginItem() {
        guard tables == 0 else { return }
        end()
        kind = .item
        mark = String(repeating: "  ", count: max(0, lists.count - 1))
        if let last = lists.indices.last, let number = lists[last] {
            mark += "\(number). "
            lists[last] = number &+ 1
        } else {
            mark += "- "
        }
    }

    /// Ends the block at work. Inside a table nothing is a block of its own. An item's mark waits for the item's first text.
    private mutating func end() {
        guard tables == 0 else { return text.append(" ") }
        linkStarts = linkStarts.map { (0, $0.address) }
        let body = text.trimmedLines()
        text = ""
        guard !body.isEmpty else {
            if kind != .item { kind = .prose }
            return
        }
        outline.blocks.append(.init(kind: kind, text: kind == .item ? mark + body : body))
        kind = .prose
    }

    private mutating func endCode() {
        guard tables == 0, preformatted == 0 else { return }
        let code = text.trimmed(newlinesOnly: true)
        text = ""
        if !code.isEmpty { outline.add(.code, code.contains("```") ? "~~~~\n\(code)\n~~~~" : "```\n\(code)\n```") }
    }

    private mutating func endRow() {
        guard !cells.isEmpty else { return }
        rows.append("| " + cells.joined(separator: " | ") + " |")
        if rows.count == 1 { rows.append("|" + String(repeating: " --- |", count: cells.count)) }
        cells = []
    }

    private mutating func endTable() {
        tables -= 1
        guard tables == 0 else { return }
        endRow()
        // Loose text in a table that is in no cell.
        outline.add(.prose, text.collapsed)
        if !rows.isEmpty { outline.add(.table(header: 2), rows.joined(separator: "\n")) }
        (rows, text) = ([], "")
    }

    private mutating func endLink() {
        guard let (start, address) = linkStarts.popLast(), address.hasPrefix("https://") || address.hasPrefix("http://") else { return }
        let shown = String(decoding: text.utf8.dropFirst(start), as: UTF8.self)
        if !shown.trimmed().isEmpty, !shown.contains(address) { text += " (\(address))" }
    }

    private func attribute(_ name: String, of node: xmlNodePtr) -> String {
        guard let value = xmlGetProp(node, name) else { return "" }
        defer { text_free(value) }
        return String(cString: value).collapsed.trimmed()
    }

    private static let blocks: Set<String> = [
        "p", "div", "section", "article", "main", "header", "body", "html", "blockquote", "dl", "dt", "dd", "figure", "figcaption",
        "address",
        "details", "summary", "fieldset", "form", "hr", "caption", "center",
    ]
    /// What is no text of the page.
    private static let left: Set<String> = [
        "script", "style", "nav", "footer", "aside", "noscript", "template", "svg", "math", "head", "button", "select", "iframe", "object",
        "canvas", "audio",
        "video", "input", "textarea",
    ]
    /// Lists within lists that keep their indentation.
    private static let deepest = 32
}

extension String {
    /// Each line without spaces at its end and the whole without empty lines around.
    fileprivate func trimmedLines() -> String {
        PlainReader.lines(of: self).map { line in
            var line = line
            while let last = line.utf8.last, last == 32 || last == 9 { line = line.dropLast() }
            return String(line)
        }.joined(separator: "\n").trimmed(newlinesOnly: true)
    }
}
