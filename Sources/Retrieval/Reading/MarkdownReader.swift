import CText

/// Reads Markdown (CommonMark with GitHub's tables) through cmark-gfm and writes it down again as light text: links keep their address
/// only where it leads to the web, emphasis goes, lists, tables and code keep their marks. Front matter is taken off and its `title:`
/// used.
enum MarkdownReader {
    static func read(_ text: String) -> Outline {
        let (title, body) = frontMatter(of: text)
        // cmark 0.29 has inputs that cost the square of a paragraph or of a line's nesting; such a text is read as plain.
        var outline = MarkdownCaution.isTame(body) ? parse(body) : PlainReader(style: .plain).read(body)
        if !title.isEmpty { outline.title = title }
        return outline
    }

    /// Takes a leading `---` block off.
    static func frontMatter(of text: String) -> (title: String, body: String) {
        guard text.utf8.starts(with: "---".utf8) else { return ("", text) }
        let lines = PlainReader.lines(of: text)
        guard lines.count > 1, lines[0].trimmed() == "---" else { return ("", text) }
        guard let end = lines.dropFirst().prefix(longestFrontMatter).firstIndex(where: { $0.trimmed() == "---" || $0.trimmed() == "..." })
        else { return ("", text) }
        var title = ""
        for line in lines[1..<end] where title.isEmpty && line.utf8.starts(with: "title:".utf8) {
            title = unquoted(line.dropFirst("title:".count).trimmed())
        }
        return (title, lines[(end + 1)...].joined(separator: "\n"))
    }

    private static func unquoted(_ text: String) -> String {
        guard text.utf8.count > 1, let first = text.utf8.first, first == text.utf8.last, first == 34 || first == 39 else { return text }
        return String(text.dropFirst().dropLast()).trimmed()
    }

    private static func parse(_ text: String) -> Outline {
        registered
        guard let parser = cmark_parser_new(CMARK_OPT_DEFAULT) else { return PlainReader(style: .plain).read(text) }
        defer { cmark_parser_free(parser) }
        if let table = cmark_find_syntax_extension("table") { cmark_parser_attach_syntax_extension(parser, table) }
        Analyzer.withBytes(of: text) { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
        }
        guard let root = cmark_parser_finish(parser) else { return PlainReader(style: .plain).read(text) }
        defer { cmark_node_free(root) }
        return MarkdownOutline.of(root)
    }

    /// The extensions register once a process.
    private static let registered: Void = cmark_gfm_core_extensions_ensure_registered()
    /// A front matter of more lines is a text between rules.
    private static let longestFrontMatter = 200
}

/// Whether a text is safe for a parser with quadratic corners.
enum MarkdownCaution {
    static func isTame(_ text: String) -> Bool {
        guard text.utf8.count <= largestText else { return false }
        var (paragraph, run) = (0, 0)
        for line in PlainReader.lines(of: text) {
            let bytes = line.utf8
            guard bytes.count <= longestParagraph, !bytes.contains(0) else { return false }
            guard let first = bytes.first(where: { $0 != 32 && $0 != 9 }) else {
                paragraph = 0
                continue
            }
            if beginsBlock(bytes.drop { $0 == 32 || $0 == 9 }) { paragraph = 0 }
            run = first == UInt8(ascii: "|") ? run + bytes.count : 0
            guard run <= longestTable else { return false }
            if run > 0 { continue }
            paragraph += bytes.count
            guard paragraph <= longestParagraph, containers(line) <= deepest else { return false }
        }
        return true
    }

    /// Whether a line begins an item or a heading, and so a new inline text.
    private static func beginsBlock(_ line: some Swift.Collection<UInt8>) -> Bool {
        let digits = line.prefix { $0 &- 0x30 < 10 }.count
        let rest = line.dropFirst(digits)
        guard let mark = rest.first else { return false }
        if digits == 0, mark == UInt8(ascii: "#") { return true }
        let marks = digits > 0 ? ".)".utf8 : "-*+".utf8
        return digits < 10 && marks.contains(mark) && rest.dropFirst().first == 32
    }

    /// How many quotation and list marks a line begins with, or how far it is indented.
    private static func containers(_ line: Substring) -> Int {
        var (marks, spaces) = (0, 0)
        for byte in line.utf8 {
            switch byte {
            case 32: spaces += 1
            case 9: spaces += 4
            case UInt8(ascii: ">"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "+"), 0x30...0x39, UInt8(ascii: "."),
                UInt8(ascii: ")"):
                marks += 1
            default: return max(marks, spaces / 4)
            }
        }
        // A rule, or a row of digits.
        return line.utf8.contains(UInt8(ascii: ">")) || line.utf8.contains(32) ? max(marks, spaces / 4) : 0
    }

    /// In bytes; larger texts are read as plain.
    private static let largestText = 4 << 20
    /// The most inline text parsed in one piece, in bytes.
    private static let longestParagraph = 16 << 10
    /// The longest run of lines that begin with a bar, in bytes: each row is parsed by itself.
    private static let longestTable = 512 << 10
    /// The most marks or steps of indentation at the beginning of a line.
    private static let deepest = 60
}
