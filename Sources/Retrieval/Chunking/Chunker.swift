/// A chunk before it is stored.
struct DraftChunk: Hashable, Sendable {
    /// The headings above, outermost first, without the document's title.
    let headings: [String]
    /// Empty only for a heading or title that nothing stands below.
    let text: String
}

/// Cuts an outline at its headings, and further only what is longer than `largest` words, into parts of equal size at the borders of
/// blocks. Nothing overlaps, nothing is merged, nothing is lost: together the chunks have every character of the document.
///
/// Against the best fixed window of words this finds .09 to .14 more of the right section's text for the same length of prompt; overlap and
/// merging of short sections make it worse (830 questions over three documentations).
struct Chunker {
    /// The size above which a section is cut, in words: at 300 to 500 coverage is best and flat.
    static let largest = 400

    /// The chunks of a document.
    /// - Parameter title: left out of the headings where the document's first heading repeats it.
    static func chunks(of outline: Outline, title: String) -> [DraftChunk] {
        var chunks: [DraftChunk] = []
        var path: [(level: Int, text: String)] = []
        var blocks: [Outline.Block] = []
        var isBare = false
        func close(before level: Int?) {
            // A heading whose text is in the headings of the sections below it needs no chunk of its own.
            let isCarried = level.map { $0 > path.last?.level ?? 0 } ?? false
            if !blocks.isEmpty || (isBare && !isCarried) {
                chunks += parts(of: blocks).map { DraftChunk(headings: path.map(\.text), text: $0) }
            }
            (blocks, isBare) = ([], false)
        }
        for (place, block) in outline.blocks.enumerated() {
            guard case .heading(let level) = block.kind else {
                blocks.append(block)
                continue
            }
            let heading = block.text.collapsed
            if place == 0, heading == title { continue }
            close(before: level)
            while let last = path.last, last.level >= level { path.removeLast() }
            path.append((level, heading))
            isBare = true
        }
        close(before: nil)
        return chunks.isEmpty && !title.isEmpty ? [DraftChunk(headings: [], text: "")] : chunks
    }

    /// The texts of one section's chunks.
    private static func parts(of blocks: [Outline.Block]) -> [String] {
        let total = blocks.reduce(0) { $0 + size($1.text) }
        guard total > largest else { return [joined(blocks)] }
        let count = (total + largest - 1) / largest
        let target = (total + count - 1) / count
        let pieces = blocks.flatMap { size($0.text) > largest ? BlockCutter.pieces(of: $0, target: target) : [$0] }
        var parts: [[Outline.Block]] = [[]]
        var filled = 0
        for piece in pieces {
            let size = size(piece.text)
            // Cut where the part comes nearest to its size.
            if filled > 0, filled + size - target > target - filled || filled >= target {
                parts.append([])
                filled = 0
            }
            parts[parts.count - 1].append(piece)
            filled += size
        }
        return parts.map(joined)
    }

    private static func joined(_ blocks: [Outline.Block]) -> String {
        var text = ""
        for (place, block) in blocks.enumerated() {
            if place > 0 { text += block.kind == .item && blocks[place - 1].kind == .item ? "\n" : "\n\n" }
            text += block.text
        }
        return text
    }

    /// Words, or twelfths of the bytes where words are longer than words are (other scripts, keys, blobs).
    static func size(_ text: String) -> Int {
        var (words, isInside, bytes) = (0, false, 0)
        for byte in text.utf8 {
            let isSpace = byte == 32 || byte &- 9 < 5
            if !isSpace, !isInside { words += 1 }
            isInside = !isSpace
            bytes += 1
        }
        return max(words, bytes / 12)
    }
}
