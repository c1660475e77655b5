/// A document after reading: a title and blocks in order. What is in the blocks is the document's text; what a reader leaves out (markup,
/// scripts, navigation) is not part of it.
struct Outline: Hashable, Sendable {
    /// A piece of a document that is not cut without need.
    struct Block: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            /// 1 is the outermost.
            case heading(level: Int)
            case prose
            /// An item of a list; stands close to the item before it.
            case item
            /// A table in bars; its first `header` lines are repeated when it is cut.
            case table(header: Int)
            /// Between fences, which are closed and opened again when it is cut.
            case code
        }

        let kind: Kind
        let text: String
    }

    /// What the text itself says its title is; empty if nothing does.
    var title = ""
    var blocks: [Block] = []

    /// Adds a block unless there is nothing in it.
    mutating func add(_ kind: Block.Kind, _ text: String) {
        let text = text.trimmed(newlinesOnly: kind == .code)
        guard !text.isEmpty else { return }
        blocks.append(Block(kind: kind, text: text))
    }

    /// Reads a document by its format. Linear in the size of the text, whatever is in it.
    static func read(_ document: SourceDocument) -> Outline {
        switch document.format {
        case .markdown: MarkdownReader.read(document.text)
        case .html: HTMLReader.read(document.text)
        case .plain: PlainReader(style: .plain).read(document.text)
        case .restructured: PlainReader(style: .restructured).read(document.text)
        }
    }
}

extension StringProtocol {
    /// Without white space at both ends (of a code block: without empty lines).
    func trimmed(newlinesOnly: Bool = false) -> String {
        func isOuter(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 || (!newlinesOnly && (byte == 32 || byte == 9)) }
        let text = Substring(self)
        guard let first = text.utf8.firstIndex(where: { !isOuter($0) }), let last = text.utf8.lastIndex(where: { !isOuter($0) }) else {
            return ""
        }
        return String(text[first..<text.utf8.index(after: last)])
    }

    /// Each white space run as one space.
    var collapsed: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        for byte in utf8 {
            if byte != 32, byte &- 9 > 4 { bytes.append(byte) } else if bytes.last != 32 { bytes.append(32) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
