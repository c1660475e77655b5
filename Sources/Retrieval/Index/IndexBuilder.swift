/// Makes the next index of a collection: takes over the chunks of the one before as they are, adds new ones, and seals. A changed document
/// costs the reading of its own changed chunks; the postings are inverted anew from numbers, without any text (about 5 microseconds a
/// chunk).
package struct IndexBuilder {
    private var vocabulary: Vocabulary
    private var tokens = ChunkTokens()
    private var rows: [Int64] = []

    /// Begins with nothing.
    package init() { vocabulary = Vocabulary() }

    /// Begins with another index's chunks.
    /// - Parameter keeps: whether the chunk of this stored row stays.
    init(from index: PassageIndex, keeping keeps: (Int64) -> Bool) {
        vocabulary = index.vocabulary
        for (chunk, row) in index.rows.enumerated() where keeps(row) {
            tokens.append(chunk, of: index.tokens)
            rows.append(row)
        }
    }

    /// How many chunks it has so far.
    package var count: Int { rows.count }

    /// Adds a chunk.
    /// - Parameters:
    ///   - row: its stored row, or any number that names it to the caller.
    ///   - title: the document's title.
    ///   - headings: above the text, outermost first. The last is the chunk's own title; the others and the document's title stand above it.
    ///   - text: the body.
    /// - Throws: `RetrievalError.collectionTooLarge`.
    package mutating func add(row: Int64, title: String, headings: [String], text: String) throws {
        guard rows.count < Self.mostChunks, tokens.terms.count < Self.mostWords else {
            throw RetrievalError.collectionTooLarge(chunks: rows.count + 1, most: Self.mostChunks)
        }
        Stemmer.withOne { stemmer in
            read(text, stemmer)
            tokens.endPart()
            read(headings.last ?? title, stemmer)
            tokens.endPart()
            if !headings.isEmpty { read(title, stemmer) }
            for heading in headings.dropLast() { read(heading, stemmer) }
            tokens.endPart()
        }
        rows.append(row)
    }

    private mutating func read(_ text: String, _ stemmer: Stemmer) {
        Analyzer.withBytes(of: text) { bytes in
            Tokenizer.eachWord(bytes) { word, _ in tokens.append(vocabulary.term(of: word, stemmer)) }
        }
    }

    /// Adds another builder's chunks after these. Terms are matched by their letters.
    mutating func append(_ other: IndexBuilder) {
        let terms = vocabulary.adopt(other.vocabulary)
        tokens.append(other.tokens, numbering: terms)
        rows += other.rows
    }

    /// The index of what was added. CPU time only; the builder may be used further.
    package func seal() -> PassageIndex { PassageIndex(vocabulary: vocabulary, tokens: tokens, rows: rows) }

    /// The most chunks an index can name: well inside the 32 bits of a chunk's number.
    package static let mostChunks = 16_000_000
    /// The most words of all chunks together: one chunk more still fits 32 bits.
    private static let mostWords = 3 << 30
}
