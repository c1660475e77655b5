/// Cuts a block that is too large for one chunk: a table between rows (its header is repeated), code between lines (its fences are closed
/// and opened again), prose between lines, sentences, words, and at last characters.
enum BlockCutter {
    /// Pieces of about `target` words.
    static func pieces(of block: Outline.Block, target: Int) -> [Outline.Block] {
        switch block.kind {
        case .table(let header): wrapped(block, target: target, head: header, foot: 0)
        case .code: wrapped(block, target: target, head: 1, foot: 1)
        default: grouped(units(of: block.text[...], target: target), target: target).map { .init(kind: block.kind, text: $0) }
        }
    }

    /// Keeps `head` first and `foot` last lines around each piece, unless they are most of it.
    private static func wrapped(_ block: Outline.Block, target: Int, head: Int, foot: Int) -> [Outline.Block] {
        let lines = PlainReader.lines(of: block.text)
        let first = lines.prefix(head).joined(separator: "\n")
        let last = lines.suffix(foot).joined(separator: "\n")
        guard lines.count > head + foot, Chunker.size(first) < target / 4 else {
            return grouped(units(of: block.text[...], target: target), target: target).map { .init(kind: .prose, text: $0) }
        }
        let body = lines[head..<(lines.count - foot)].joined(separator: "\n")
        return grouped(units(of: body[...], target: target), target: target).map { text in
            .init(kind: block.kind, text: [first, text, last].filter { !$0.isEmpty }.joined(separator: "\n"))
        }
    }

    /// Consecutive slices, each at most about `target` words, that together are the text.
    private static func units(of text: Substring, target: Int) -> [Substring] {
        var units: [Substring] = []
        for line in slices(text, after: { $0 == 10 }) {
            guard Chunker.size(String(line)) > target else {
                units.append(line)
                continue
            }
            for sentence in sentences(line) {
                guard Chunker.size(String(sentence)) > target else {
                    units.append(sentence)
                    continue
                }
                for word in slices(sentence, after: { $0 == 32 || $0 == 9 }) {
                    if word.utf8.count > target * 12 { units += blocks(word, bytes: target * 12) } else { units.append(word) }
                }
            }
        }
        return units
    }

    private static func grouped(_ units: [Substring], target: Int) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var filled = 0
        for unit in units {
            let size = Chunker.size(String(unit))
            if filled > 0, filled + size > target {
                pieces.append(piece)
                (piece, filled) = ("", 0)
            }
            piece += unit
            filled += size
        }
        pieces.append(piece)
        return pieces.map { $0.trimmed(newlinesOnly: true) }.filter { !$0.trimmed().isEmpty }
    }

    /// Cuts after each byte that `ends` says.
    private static func slices(_ text: Substring, after ends: (UInt8) -> Bool) -> [Substring] {
        var slices: [Substring] = []
        let bytes = text.utf8
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            let isEnd = ends(bytes[index])
            bytes.formIndex(after: &index)
            guard isEnd else { continue }
            slices.append(text[start..<index])
            start = index
        }
        if start < bytes.endIndex { slices.append(text[start...]) }
        return slices
    }

    /// Cuts after `. `, `! `, `? `.
    private static func sentences(_ line: Substring) -> [Substring] {
        var before: UInt8 = 0
        return slices(line) { byte in
            defer { before = byte }
            return byte == 32 && ".!?".utf8.contains(before)
        }
    }

    /// Cuts between characters, about every `bytes`.
    private static func blocks(_ word: Substring, bytes: Int) -> [Substring] {
        var blocks: [Substring] = []
        let scalars = word.unicodeScalars
        var start = scalars.startIndex
        var (index, filled) = (start, 0)
        while index < scalars.endIndex {
            filled += UTF8.width(scalars[index])
            scalars.formIndex(after: &index)
            guard filled >= bytes else { continue }
            blocks.append(word[start..<index])
            (start, filled) = (index, 0)
        }
        if start < scalars.endIndex { blocks.append(word[start...]) }
        return blocks
    }
}
