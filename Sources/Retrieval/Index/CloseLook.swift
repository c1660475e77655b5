/// Scores one chunk exactly and explains the score: reads the chunk's tokens, counts the question's terms in body, title and headings, and finds the pairs.
/// What it finds is what the customer's passage shows, so the shares sum to the score by construction.
struct CloseLook {
    /// What a chunk has of a question.
    struct Finding {
        let chunk: Int
        /// Words and pairs.
        let score: Double
        /// Words alone.
        let wordScore: Double
        /// The places in `Question.terms` of the terms it has.
        let terms: [Int]
        /// What each term and pair gave, above 0; only when asked for.
        let shares: [TermShare]
    }

    private struct Count {
        var body = 0
        var title = 0
        var above = 0
    }

    private let index: PassageIndex
    private let question: Question
    /// `term number -> place + 1` by open addressing, so that a token is looked up in a step or two.
    private var keys: [UInt32]
    private var places: [Int]
    private let mask: Int
    private var pairOf: [Int: Int] = [:]

    init(_ question: Question, in index: PassageIndex) {
        self.index = index
        self.question = question
        var size = 64
        while size < question.terms.count * 4 { size *= 2 }
        mask = size - 1
        keys = Array(repeating: 0, count: size)
        places = Array(repeating: -1, count: size)
        for (place, term) in question.terms.enumerated() {
            var slot = Int(term.number &* 0x9E37_79B9 >> 8) & mask
            while places[slot] >= 0 { slot = (slot + 1) & mask }
            (keys[slot], places[slot]) = (term.number, place)
        }
        for (place, pair) in question.pairs.enumerated() { pairOf[pair.first * Question.mostTerms + pair.second] = place }
    }

    /// Looks at a chunk.
    /// - Parameter explaining: whether the shares are wanted.
    func look(at chunk: Int, explaining: Bool) -> Finding {
        var counts = [Count](repeating: Count(), count: question.terms.count)
        var pairCounts = [Int](repeating: 0, count: question.pairs.count)
        let parts = index.tokens.parts(chunk)
        index.tokens.terms.withUnsafeBufferPointer { terms in
            walk(terms, parts.body, pairs: &pairCounts) { counts[$0].body += 1 }
            walk(terms, parts.title, pairs: &pairCounts) { counts[$0].title += 1 }
            for token in parts.above { if let place = place(of: terms[token]) { counts[place].above += 1 } }
        }
        return sum(chunk, parts, counts, pairCounts, explaining: explaining)
    }

    @inline(__always)
    private func walk(_ terms: UnsafeBufferPointer<UInt32>, _ range: Range<Int>, pairs: inout [Int], _ found: (Int) -> Void) {
        var before = -1
        for token in range {
            guard let place = place(of: terms[token]) else {
                before = -1
                continue
            }
            found(place)
            if before >= 0, let pair = pairOf[before * Question.mostTerms + place] { pairs[pair] += 1 }
            before = place
        }
    }

    @inline(__always)
    private func place(of term: UInt32) -> Int? {
        keys.withUnsafeBufferPointer { keys in
            places.withUnsafeBufferPointer { places in
                var slot = Int(term &* 0x9E37_79B9 >> 8) & mask
                while places[slot] >= 0 {
                    if keys[slot] == term { return places[slot] }
                    slot = (slot + 1) & mask
                }
                return nil
            }
        }
    }

    private func sum(_ chunk: Int, _ parts: ChunkTokens.Parts, _ counts: [Count], _ pairCounts: [Int], explaining: Bool) -> Finding {
        var (wordScore, pairScore) = (0.0, 0.0)
        var found: [Int] = []
        var shares: [TermShare] = []
        for (place, count) in counts.enumerated() where count.body + count.title + count.above > 0 {
            let term = question.terms[place]
            let frequency = Double(count.body) + Weights.title * Double(count.title) + Weights.above * Double(count.above)
            let saturated = Weights.saturated(frequency, length: parts.length, mean: index.postings.meanLength)
            wordScore += term.weight * term.idf * saturated
            found.append(place)
            if explaining { explain(term.word, term.idf * saturated, own: term.own, earlier: term.earlier, fields(count), &shares) }
        }
        for (place, count) in pairCounts.enumerated() where count > 0 {
            let pair = question.pairs[place]
            let saturated = Weights.saturated(Double(count), length: Double(parts.pairs), mean: index.meanPairs)
            let unit = Weights.pairs * pair.idf * saturated
            pairScore += pair.weight * unit
            if explaining {
                let words = question.terms[pair.first].word + " " + question.terms[pair.second].word
                explain(words, unit, own: pair.own, earlier: pair.earlier, "pair", &shares)
            }
        }
        shares.sort { ($1.share, $0.term, $0.note) < ($0.share, $1.term, $1.note) }
        return Finding(chunk: chunk, score: wordScore + pairScore, wordScore: wordScore, terms: found, shares: shares)
    }

    private func explain(_ term: String, _ unit: Double, own: Double, earlier: Double, _ note: String, _ shares: inout [TermShare]) {
        if own * unit > 0 { shares.append(TermShare(term: term, share: own * unit, note: note)) }
        if earlier * unit > 0 { shares.append(TermShare(term: term, share: earlier * unit, note: note + ", earlier turn")) }
    }

    private func fields(_ count: Count) -> String {
        var fields: [String] = []
        if count.body > 0 { fields.append("body") }
        if count.title > 0 { fields.append("title") }
        if count.above > 0 { fields.append("headings") }
        return fields.joined(separator: "+")
    }
}
