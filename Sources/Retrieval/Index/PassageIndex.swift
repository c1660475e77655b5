import NIOConcurrencyHelpers

#if canImport(Glibc)
    import Glibc
#endif

/// The in-memory TF-IDF index of one collection: immutable once built, so that any number of searches read it while the next one is made.
/// It holds numbers only; texts stay in the database. About 0.5 KB a chunk of 70 words.
package final class PassageIndex: Sendable {
    let vocabulary: Vocabulary
    let tokens: ChunkTokens
    let postings: Postings
    let pairs: PairCounts
    /// The mean number of pairs of a chunk.
    let meanPairs: Double
    let spelling: Spelling
    /// The stored row of each chunk.
    let rows: [Int64]
    private let idle = NIOLockedValueBox<[Scratch]>([])

    /// Seals what the builder gathered.
    init(vocabulary: Vocabulary, tokens: ChunkTokens, rows: [Int64]) {
        self.vocabulary = vocabulary
        self.tokens = tokens
        self.rows = rows
        postings = Postings(tokens, terms: vocabulary.terms.count)
        var total = 0
        for chunk in 0..<tokens.count { total += tokens.parts(chunk).pairs }
        var pairs = PairCounts(pairs: total)
        tokens.terms.withUnsafeBufferPointer { all in
            for chunk in 0..<tokens.count {
                let parts = tokens.parts(chunk)
                pairs.add(UnsafeBufferPointer(rebasing: all[parts.body]), chunk: chunk)
                pairs.add(UnsafeBufferPointer(rebasing: all[parts.title]), chunk: chunk)
            }
        }
        pairs.seal()
        self.pairs = pairs
        meanPairs = tokens.count > 0 ? Double(total) / Double(tokens.count) : 0
        spelling = Spelling(vocabulary)
    }

    /// An index of nothing.
    package static let empty = PassageIndex(vocabulary: Vocabulary(), tokens: ChunkTokens(), rows: [])

    /// How many chunks it knows.
    package var count: Int { rows.count }

    /// How many different terms.
    package var termCount: Int { vocabulary.terms.count }

    /// `ln(1 + (N - df + .5) / (df + .5))` of a term; nil is a word that occurs nowhere.
    func inverseDocumentFrequency(_ term: UInt32?) -> Double {
        Weights.inverseDocumentFrequency(term.map { Int(postings.frequencies[Int($0)]) } ?? 0, of: count)
    }

    /// Lends an accumulator with one place a chunk, all 0.
    func withScratch<Result>(_ body: (Scratch) throws -> Result) rethrows -> Result {
        let scratch = idle.withLockedValue { $0.popLast() } ?? Scratch(count: count)
        defer {
            scratch.clear()
            idle.withLockedValue { if $0.count < Self.mostIdle { $0.append(scratch) } }
        }
        return try body(scratch)
    }

    /// Accumulators kept for the next searches.
    private static let mostIdle = 4

    /// One place a chunk, rounded up to whole blocks. Used by one search at a time.
    final class Scratch: @unchecked Sendable {
        /// Places looked through together.
        static let block = 32
        let scores: UnsafeMutablePointer<Float>
        private let capacity: Int

        init(count: Int) {
            capacity = (count + Self.block - 1) / Self.block * Self.block
            scores = .allocate(capacity: max(capacity, Self.block))
            clear()
        }

        deinit { scores.deallocate() }
        func clear() { scores.update(repeating: 0, count: capacity) }

        /// The first place of the next block that has a score above `threshold` (at least 0); `from` moves behind it.
        ///
        /// Floats that are not negative are ordered as their bits are, so a difference of integers tells by its sign, four or more at a
        /// time.
        @inline(__always)
        func nextBlock(from start: inout Int, above threshold: Float) -> Int? {
            let limit = Int32(bitPattern: threshold.bitPattern)
            let bits = UnsafeRawPointer(scores).assumingMemoryBound(to: Int32.self)
            while start < capacity {
                var signs: Int32 = 0
                for lane in 0..<Self.block { signs |= limit &- bits[start &+ lane] }
                start &+= Self.block
                if signs < 0 { return start &- Self.block }
            }
            return nil
        }
    }
}

func logarithm(_ value: Double) -> Double { log(value) }
