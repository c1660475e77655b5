/// Cuts a template into text and tags in one pass over its bytes.
///
/// Standalone lines follow the Mustache specification: a section, closing, comment, partial or delimiter tag alone on its line takes the line with
/// it. Looking for the end of a tag never goes past its line (a comment may), so that the work stays linear in the size of the text.
struct TemplateScanner {
    struct Token {
        enum Kind {
            case text
            case value(isRaw: Bool)
            case section(isInverted: Bool)
            case end
            case partial(indent: String)
        }
        let kind: Kind
        /// The text itself, or what stands inside the tag without its sign and the blanks around it.
        let content: String
        let place: Place
    }

    private let bytes: [UInt8]
    private let file: String
    private var open: [UInt8] = Array("{{".utf8)
    private var close: [UInt8] = Array("}}".utf8)
    private var tokens: [Token] = []
    private(set) var faults: [PromptFault] = []
    private var textStart = 0
    private var cursor: (offset: Int, line: Int, column: Int)

    /// The longest tag, in bytes.
    private static let longestTag = 256

    init(_ text: String, file: String, firstLine: Int) {
        bytes = Array(text.utf8)
        self.file = file
        cursor = (0, firstLine, 1)
    }

    mutating func scan() -> [Token] {
        var position = 0
        while let start = find(open, from: position, before: bytes.count) {
            position = tag(at: start)
        }
        emitText(upTo: bytes.count)
        return tokens
    }

    /// Reads the tag that opens at `start`; returns where to go on.
    private mutating func tag(at start: Int) -> Int {
        let place = place(of: start)
        var inside = start + open.count
        let isTriple = open == Array("{{".utf8) && byte(inside) == UInt8(ascii: "{")
        if isTriple { inside += 1 }
        while let blank = byte(inside), blank == 0x20 || blank == 0x09 { inside += 1 }
        let sign = isTriple ? nil : byte(inside)
        let closing: [UInt8] =
            isTriple ? Array("}}}".utf8) : sign == UInt8(ascii: "=") ? [UInt8(ascii: "=")] + close : close
        let limit = sign == UInt8(ascii: "!") ? bytes.count : endOfLine(from: inside, atMost: Self.longestTag)
        // The sign of a delimiter tag must not be taken for its closing one.
        let from = sign == UInt8(ascii: "=") ? inside + 1 : inside
        guard let end = find(closing, from: from, before: limit) else {
            faults.append(PromptFault(place, Self.unclosed(isComment: sign == UInt8(ascii: "!"), closing)))
            return sign == UInt8(ascii: "!") ? bytes.count : start + open.count
        }
        let next = end + closing.count
        guard let sign, Self.signs.contains(sign) else {
            emitText(upTo: start)
            append(.value(isRaw: isTriple), inside..<end, place)
            textStart = next
            return next
        }
        signed(sign, content: (inside + 1)..<end, whole: start..<next, place)
        return next
    }

    private static let signs = Set("#^/>!=&".utf8)

    private mutating func signed(_ sign: UInt8, content: Range<Int>, whole: Range<Int>, _ place: Place) {
        if sign == UInt8(ascii: "&") {
            emitText(upTo: whole.lowerBound)
            append(.value(isRaw: true), content, place)
            textStart = whole.upperBound
            return
        }
        let alone = standalone(whole)
        emitText(upTo: alone?.lowerBound ?? whole.lowerBound)
        textStart = alone?.upperBound ?? whole.upperBound
        switch sign {
        case UInt8(ascii: "#"): append(.section(isInverted: false), content, place)
        case UInt8(ascii: "^"): append(.section(isInverted: true), content, place)
        case UInt8(ascii: "/"): append(.end, content, place)
        case UInt8(ascii: ">"):
            let indent = alone.map { text($0.lowerBound..<whole.lowerBound) } ?? ""
            append(.partial(indent: indent), content, place)
        case UInt8(ascii: "="): setDelimiters(text(content), place)
        default: break
        }
    }

    private mutating func setDelimiters(_ content: String, _ place: Place) {
        let both = content.split { $0 == " " || $0 == "\t" }.map { Array($0.utf8) }
        guard both.count == 2, both.allSatisfy({ $0.count <= 8 && !$0.contains(UInt8(ascii: "=")) }) else {
            faults.append(PromptFault(place, "a delimiter tag holds two signs of at most 8 bytes and no '='; write it like '{{=<% %>=}}'"))
            return
        }
        (open, close) = (both[0], both[1])
    }

    private static func unclosed(isComment: Bool, _ closing: [UInt8]) -> String {
        let sign = String(decoding: closing, as: UTF8.self)
        return isComment
            ? "this comment is never closed; add '\(sign)'"
            : "this tag is never closed on its line; add '\(sign)'. For literal double braces change the delimiters: {{=<% %>=}}"
    }
}

extension TemplateScanner {
    private mutating func emitText(upTo end: Int) {
        guard textStart < end else { return }
        tokens.append(Token(kind: .text, content: text(textStart..<end), place: Place(file: file, line: cursor.line)))
        textStart = end
    }

    private mutating func append(_ kind: Token.Kind, _ content: Range<Int>, _ place: Place) {
        let trimmed = text(content).trimmingBlanks()
        tokens.append(Token(kind: kind, content: trimmed, place: place))
    }

    /// The whole line of a tag that stands alone on it, its line end included.
    private func standalone(_ tag: Range<Int>) -> Range<Int>? {
        var start = tag.lowerBound
        while start > textStart, let before = byte(start - 1), before == 0x20 || before == 0x09 { start -= 1 }
        guard start == 0 || byte(start - 1) == 0x0A else { return nil }
        var end = tag.upperBound
        while let after = byte(end), after == 0x20 || after == 0x09 { end += 1 }
        guard end < bytes.count else { return start..<end }
        return byte(end) == 0x0A ? start..<(end + 1) : nil
    }

    private func find(_ needle: [UInt8], from: Int, before limit: Int) -> Int? {
        guard let first = needle.first else { return nil }
        var position = from
        while position + needle.count <= limit {
            if bytes[position] == first, bytes[position..<(position + needle.count)].elementsEqual(needle) { return position }
            position += 1
        }
        return nil
    }

    private func endOfLine(from: Int, atMost: Int) -> Int {
        var end = from
        while end < bytes.count, bytes[end] != 0x0A, end - from < atMost { end += 1 }
        return end
    }

    private func byte(_ offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

    private func text(_ range: Range<Int>) -> String {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return "" }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// Offsets come in rising order, so that all lookups together pass over the text once.
    private mutating func place(of offset: Int) -> Place {
        while cursor.offset < min(offset, bytes.count) {
            let byte = bytes[cursor.offset]
            if byte == 0x0A {
                cursor = (cursor.offset + 1, cursor.line + 1, 1)
            } else {
                cursor = (cursor.offset + 1, cursor.line, cursor.column + (byte & 0xC0 == 0x80 ? 0 : 1))
            }
        }
        return Place(file: file, line: cursor.line, column: cursor.column)
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    func trimmingBlanks() -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var rest = self[...]
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return String(rest.drop(while: isBlank))
    }
}
