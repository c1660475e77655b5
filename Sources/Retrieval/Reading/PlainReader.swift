/// Reads plain text and reStructuredText: paragraphs between empty lines, headings by `#` marks or by underlining, fenced code, tables in
/// bars, lists. Line by line and without backtracking, so it also takes what a full parser should not be trusted with.
struct PlainReader {
    enum Style {
        case plain
        case restructured
    }

    let style: Style

    func read(_ text: String) -> Outline {
        var state = State(lines: Self.lines(of: text))
        while state.next < state.lines.count {
            if !heading(&state), !fence(&state), !table(&state) { line(&state) }
        }
        state.endParagraph()
        return state.outline
    }

    /// Lines without their ends; `\r\n` and `\r` end lines too. Bytes, because in Swift `\r\n` is one character.
    static func lines(of text: String) -> [Substring] {
        var lines: [Substring] = []
        let bytes = text.utf8
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            let byte = bytes[index]
            let end = index
            bytes.formIndex(after: &index)
            guard byte == 10 || byte == 13 else { continue }
            lines.append(text[start..<end])
            if byte == 13, index < bytes.endIndex, bytes[index] == 10 { bytes.formIndex(after: &index) }
            start = index
        }
        lines.append(text[start...])
        return lines
    }

    private struct State {
        let lines: [Substring]
        var next = 0
        var outline = Outline()
        var paragraph: [Substring] = []
        var kind = Outline.Block.Kind.prose
        /// Underlining styles in the order met: in reStructuredText that is their level.
        var underlines: [String] = []

        mutating func endParagraph() {
            if !paragraph.isEmpty { outline.add(kind, paragraph.joined(separator: "\n")) }
            paragraph = []
            kind = .prose
        }
    }

    /// `## Heading`, or a line with a line of `====` below (and above) it.
    private func heading(_ state: inout State) -> Bool {
        let line = state.lines[state.next]
        if style == .plain, let (level, text) = Self.marked(line) {
            state.endParagraph()
            state.outline.add(.heading(level: level), text)
            state.next += 1
            return true
        }
        let hasOverline = Self.underline(line) != nil && style == .restructured
        let title = hasOverline ? state.next + 1 : state.next
        guard state.paragraph.isEmpty, title + 1 < state.lines.count, let mark = Self.underline(state.lines[title + 1]),
            style == .restructured || mark == "=" || mark == "-", !hasOverline || Self.underline(line) == mark
        else { return false }
        let text = state.lines[title].trimmed()
        guard !text.isEmpty, Self.underline(state.lines[title]) == nil, !text.hasPrefix("|"),
            state.lines[title + 1].trimmed().utf8.count + 2 >= text.count, text.utf8.count <= Self.longestHeading
        else { return false }
        state.outline.add(.heading(level: level(of: (hasOverline ? "over " : "") + String(mark), &state)), text)
        state.next = title + 2
        return true
    }

    private func level(of underline: String, _ state: inout State) -> Int {
        if style == .plain { return underline == "=" ? 1 : 2 }
        if let known = state.underlines.firstIndex(of: underline) { return known + 1 }
        state.underlines.append(underline)
        return state.underlines.count
    }

    /// From the opening fence to the closing one, or to the end.
    private func fence(_ state: inout State) -> Bool {
        guard style == .plain, let fence = Self.fence(state.lines[state.next]) else { return false }
        state.endParagraph()
        var end = state.next + 1
        while end < state.lines.count, !Self.closes(fence, state.lines[end]) { end += 1 }
        var code = state.lines[state.next..<min(end + 1, state.lines.count)].map(String.init)
        if end >= state.lines.count { code.append(fence) }
        state.outline.add(.code, code.joined(separator: "\n"))
        state.next = end + 1
        return true
    }

    /// Lines that begin with a bar, the second a line of dashes.
    private func table(_ state: inout State) -> Bool {
        guard style == .plain, state.lines[state.next].trimmed().hasPrefix("|") else { return false }
        state.endParagraph()
        var end = state.next
        while end < state.lines.count, state.lines[end].trimmed().hasPrefix("|") { end += 1 }
        let rows = state.lines[state.next..<end].map { $0.trimmed() }
        let hasHeader = rows.count > 1 && rows[1].utf8.allSatisfy { "|-: \t".utf8.contains($0) }
        state.outline.add(.table(header: hasHeader ? 2 : 0), rows.joined(separator: "\n"))
        state.next = end
        return true
    }

    private func line(_ state: inout State) {
        let line = state.lines[state.next]
        state.next += 1
        let text = line.trimmed()
        if text.isEmpty { return state.endParagraph() }
        if Self.isItem(text), !line.utf8.starts(with: "    ".utf8) {
            state.endParagraph()
            state.kind = .item
        }
        state.paragraph.append(line.trimmedEnd())
    }

    /// One to six `#`, a space, the heading.
    static func marked(_ line: Substring) -> (level: Int, text: String)? {
        let marks = line.utf8.prefix { $0 == UInt8(ascii: "#") }.count
        guard (1...6).contains(marks), line.utf8.dropFirst(marks).first == UInt8(ascii: " ") else { return nil }
        var text = line.dropFirst(marks).trimmed()
        while text.hasSuffix("#") { text.removeLast() }
        text = text.trimmed()
        return text.isEmpty || text.utf8.count > longestHeading ? nil : (marks, text)
    }

    /// The sign of a line of at least three equal punctuation signs.
    private static func underline(_ line: Substring) -> Character? {
        let text = line.trimmedEnd().utf8
        guard text.count >= 3, let first = text.first, "=-~^\"'`#*+:._<>".utf8.contains(first), text.allSatisfy({ $0 == first }) else {
            return nil
        }
        return Character(UnicodeScalar(first))
    }

    /// The fence a line opens: three or more backticks or tildes.
    private static func fence(_ line: Substring) -> String? {
        let text = line.trimmed()
        guard let sign = text.utf8.first, sign == UInt8(ascii: "`") || sign == UInt8(ascii: "~") else { return nil }
        let count = text.utf8.prefix { $0 == sign }.count
        guard count >= 3, !(sign == UInt8(ascii: "`") && text.utf8.dropFirst(count).contains(sign)) else { return nil }
        return String(repeating: Character(UnicodeScalar(sign)), count: count)
    }

    private static func closes(_ fence: String, _ line: Substring) -> Bool {
        let text = line.trimmed()
        guard let sign = fence.utf8.first else { return false }
        return text.utf8.count >= fence.utf8.count && text.utf8.allSatisfy { $0 == sign }
    }

    /// `- `, `* `, `+ `, `12. `, `12) `.
    private static func isItem(_ text: String) -> Bool {
        let bytes = text.utf8
        let digits = bytes.prefix { $0 &- 0x30 < 10 }.count
        let mark = bytes.dropFirst(digits).first
        guard digits <= 3, bytes.dropFirst(digits + 1).first == UInt8(ascii: " ") else { return false }
        let marks = digits > 0 ? ".)".utf8 : "-*+".utf8
        return mark.map { marks.contains($0) } ?? false
    }

    /// A longer "heading" is a paragraph, in bytes.
    private static let longestHeading = 300
}

extension Substring {
    fileprivate func trimmedEnd() -> Substring {
        let end = utf8.lastIndex { $0 != 32 && $0 != 9 && $0 != 13 }
        return end.map { self[..<utf8.index(after: $0)] } ?? self[startIndex..<startIndex]
    }
}
