/// The terms of all chunks in the order of their words: body, leaf heading, headings above, one chunk after the other in one array. From
/// this the postings are made, pairs are found and scores are explained, so that no text is read again when other documents change.
struct ChunkTokens: Sendable {
    /// Term numbers.
    private(set) var terms: [UInt32] = []
    /// Three ends for each chunk (body, title, above), after a leading 0.
    private(set) var bounds: [UInt32] = [0]

    /// How many chunks.
    var count: Int { bounds.count / 3 }

    /// Where the parts of a chunk lie in `terms`.
    struct Parts {
        let body: Range<Int>
        let title: Range<Int>
        let above: Range<Int>

        /// The sum of its terms' weighted frequencies.
        var length: Double { Double(body.count) + Weights.title * Double(title.count) + Weights.above * Double(above.count) }
        /// How many pairs of neighbours it has, inside the body and inside the title.
        var pairs: Int { max(0, body.count - 1) + max(0, title.count - 1) }
    }

    @inline(__always)
    func parts(_ chunk: Int) -> Parts {
        bounds.withUnsafeBufferPointer { bounds in
            let (start, body) = (Int(bounds[chunk * 3]), Int(bounds[chunk * 3 + 1]))
            let (title, above) = (Int(bounds[chunk * 3 + 2]), Int(bounds[chunk * 3 + 3]))
            return Parts(body: start..<body, title: body..<title, above: title..<above)
        }
    }

    mutating func append(_ term: UInt32) { terms.append(term) }
    mutating func endPart() { bounds.append(UInt32(clamping: terms.count)) }

    /// Takes over a chunk of another index that numbers its terms alike.
    mutating func append(_ chunk: Int, of other: ChunkTokens) {
        let parts = other.parts(chunk)
        for part in [parts.body, parts.title, parts.above] {
            terms.append(contentsOf: other.terms[part])
            endPart()
        }
    }

    /// Takes over all chunks of another index.
    /// - Parameter numbers: for each term of the other, its number here.
    mutating func append(_ other: ChunkTokens, numbering numbers: [UInt32]) {
        let offset = UInt32(clamping: terms.count)
        terms.reserveCapacity(terms.count + other.terms.count)
        for term in other.terms { terms.append(numbers[Int(term)]) }
        for bound in other.bounds.dropFirst() { bounds.append(UInt32(clamping: Int(bound) + Int(offset))) }
    }
}
