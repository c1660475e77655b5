/// Scores one chunk exactly and explains the score: reads the chunk's tokens, counts the question's terms in body, title and headings, and
/// finds the pairs. What it finds is what the customer's passage shows, so the shares sum to the score by construction.
struct CloseLook {
    /// What a chunk scores.
    struct Score {
        let chunk: Int
        /// Words and pairs.
        let total: Double
        /// Words alone.
        let words: Double
    }

    /// Why it scores.
    struct Reasons {
        /// The places in `Question.terms` of the terms it has.
        let terms: [Int]
        /// What each term and pair gave, above 0, largest first.
        let shares: [TermShare]
    }

    private struct Count {
        var body = 0
        var title = 0
        var above = 0

        var isAny: Bool { body + title + above > 0 }

        /// The names of the fields it is in.
        var fields: String {
            var fields: [String] = []
            if body > 0 { fields.append("body") }
            if title > 0 { fields.append("title") }
            if above > 0 { fields.append("headings") }
            return fields.joined(separator: "+")
        }
    }

    private let index: PassageIndex
    private let question: Question
    /// `term number -> place + 1` by open addressing, so that a token is looked up in a step or two.
    private var keys: [UInt32]
    private var places: [Int]
    private let mask: Int
    /// `first place * number of terms + second place -> place in Question.pairs`, or -1.
    private var pairOf: [Int16]
    private var counts: [Count]
    private var pairCounts: [Int]

    init(_ question: Question, in index: PassageIndex) {
        self.index = index
        self.question = question
        var size = 64
        while size < question.terms.count * 4 { size *= 2 }
        mask = size - 1
        keys = Array(repeating: 0, count: size)
        counts = Array(repeating: Count(), count: question.terms.count)
        pairCounts = Array(repeating: 0, count: question.pairs.count)
        pairOf = Array(repeating: -1, count: question.terms.count * question.terms.count)
        places = Array(repeating: -1, count: size)
        for (place, term) in question.terms.enumerated() {
            var slot = Int(term.number &* 0x9E37_79B9 >> 8) & mask
            while places[slot] >= 0 { slot = (slot + 1) & mask }
            (keys[slot], places[slot]) = (term.number, place)
        }
        for (place, pair) in question.pairs.enumerated() {
            pairOf[pair.first * question.terms.count + pair.second] = Int16(clamping: place)
        }
    }

    /// Scores a chunk.
    mutating func score(of chunk: Int) -> Score {
        let parts = count(in: chunk)
        var (words, pairs) = (0.0, 0.0)
        for place in counts.indices where counts[place].isAny {
            words += question.terms[place].weight * value(ofTerm: place, parts)
        }
        for place in pairCounts.indices where pairCounts[place] > 0 {
            pairs += question.pairs[place].weight * value(ofPair: place, parts)
        }
        return Score(chunk: chunk, total: words + pairs, words: words)
    }

    /// Explains a chunk's score.
    mutating func reasons(for chunk: Int) -> Reasons {
        let parts = count(in: chunk)
        var shares: [TermShare] = []
        let found = counts.indices.filter { counts[$0].isAny }
        for place in found {
            let term = question.terms[place]
            explain(term.word, value(ofTerm: place, parts), own: term.own, earlier: term.earlier, counts[place].fields, &shares)
        }
        for place in pairCounts.indices where pairCounts[place] > 0 {
            let pair = question.pairs[place]
            let words = question.terms[pair.first].word + " " + question.terms[pair.second].word
            explain(words, value(ofPair: place, parts), own: pair.own, earlier: pair.earlier, "pair", &shares)
        }
        shares.sort { ($1.share, $0.term, $0.note) < ($0.share, $1.term, $1.note) }
        return Reasons(terms: found, shares: shares)
    }

    /// What a term gives at weight 1.
    private func value(ofTerm place: Int, _ parts: ChunkTokens.Parts) -> Double {
        let count = counts[place]
        let frequency = Double(count.body) + Weights.title * Double(count.title) + Weights.above * Double(count.above)
        return question.terms[place].idf * Weights.saturated(frequency, length: parts.length, mean: index.postings.meanLength)
    }

    /// What a pair gives at weight 1.
    private func value(ofPair place: Int, _ parts: ChunkTokens.Parts) -> Double {
        let saturated = Weights.saturated(Double(pairCounts[place]), length: Double(parts.pairs), mean: index.meanPairs)
        return Weights.pairs * question.pairs[place].idf * saturated
    }

    /// Counts the question's terms and pairs in a chunk.
    private mutating func count(in chunk: Int) -> ChunkTokens.Parts {
        for place in counts.indices { counts[place] = Count() }
        for place in pairCounts.indices { pairCounts[place] = 0 }
        let parts = index.tokens.parts(chunk)
        index.tokens.terms.withUnsafeBufferPointer { terms in
            walk(terms, parts.body, isTitle: false)
            walk(terms, parts.title, isTitle: true)
            for token in parts.above { if let place = place(of: terms[token]) { counts[place].above += 1 } }
        }
        return parts
    }

    @inline(__always)
    private mutating func walk(_ terms: UnsafeBufferPointer<UInt32>, _ range: Range<Int>, isTitle: Bool) {
        var before = -1
        for token in range {
            guard let place = place(of: terms[token]) else {
                before = -1
                continue
            }
            if isTitle { counts[place].title += 1 } else { counts[place].body += 1 }
            if before >= 0 {
                let pair = Int(pairOf[before * counts.count + place])
                if pair >= 0 { pairCounts[pair] += 1 }
            }
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

    private func explain(_ term: String, _ unit: Double, own: Double, earlier: Double, _ note: String, _ shares: inout [TermShare]) {
        if own * unit > 0 { shares.append(TermShare(term: term, share: own * unit, note: note)) }
        if earlier * unit > 0 { shares.append(TermShare(term: term, share: earlier * unit, note: note + ", earlier turn")) }
    }
}
