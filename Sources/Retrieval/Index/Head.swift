/// Chooses the chunks worth a close look: the best `wanted` by the words' score, without pairs.
///
/// Terms are added one after the other to an accumulator, those that can gain most first. Before a term that stands in very many chunks
/// (`the`, `is`: most of the work, hardly any of the score) it looks whether all terms left together can still lift a chunk into the head
/// that is far below it now; if only few chunks are in question, those are finished one by one and the long lists are never read
/// (MaxScore, Turtle and Flood 1995).
struct Head {
    struct Hit {
        let chunk: Int
        let score: Float
    }

    private struct Step {
        let term: Int
        let weight: Float
        /// The most it can give to a chunk.
        let bound: Float
        let postings: Int
    }

    private let index: PassageIndex
    private var steps: [Step] = []
    private let wanted: Int

    /// - Parameter weights: terms with `weight x idf`, no term twice.
    init(_ index: PassageIndex, weights: [(term: UInt32, weight: Double)], wanted: Int) {
        self.index = index
        self.wanted = wanted
        let perStep = Float(Weights.ceiling / Postings.steps)
        for (term, weight) in weights where weight > 0 {
            let term = Int(term)
            let bound = Float(weight) * perStep * Float(index.postings.peaks[term])
            steps.append(Step(term: term, weight: Float(weight), bound: bound, postings: index.postings.count(of: term)))
        }
        steps.sort { $0.bound > $1.bound }
    }

    /// Best first; of equals, the one that stands first in the documents.
    func choose() -> [Hit] {
        guard !steps.isEmpty else { return [] }
        return index.withScratch { scratch in
            let heavy = max(Self.alwaysRead, index.count / 12)
            for (place, step) in steps.enumerated() {
                if place > 0, step.postings > heavy, let hits = finish(scratch, from: place) { return hits }
                index.postings.add(step.term, times: step.weight, to: scratch.scores)
            }
            return Self.best(wanted, of: scratch).sorted()
        }
    }

    /// Finishes chunk by chunk, if few enough are in question.
    private func finish(_ scratch: PassageIndex.Scratch, from place: Int) -> [Hit]? {
        let rest = steps[place...].reduce(0) { $0 + $1.bound }
        let partial = Self.best(wanted, of: scratch)
        guard partial.isFull, partial.least > rest else { return nil }
        guard var candidates = Self.above((partial.least - rest).nextDown, in: scratch, most: Self.mostCandidates) else { return nil }
        candidates.sort { $0.score > $1.score }
        var top = Top(wanted)
        let lists = steps[place...].map { (UInt32($0.term), $0.weight) }
        for candidate in candidates {
            if top.isFull, candidate.score + rest < top.least { break }
            top.offer(Hit(chunk: candidate.chunk, score: candidate.score + missing(lists, of: candidate.chunk)))
        }
        return top.sorted()
    }

    /// What the terms left give to one chunk, from its tokens.
    private func missing(_ lists: [(UInt32, Float)], of chunk: Int) -> Float {
        let parts = index.tokens.parts(chunk)
        let (length, mean) = (parts.length, index.postings.meanLength)
        var sum: Float = 0
        index.tokens.terms.withUnsafeBufferPointer { terms in
            for (term, weight) in lists {
                var frequency = Self.occurrences(of: term, in: terms, parts.body)
                frequency += Weights.title * Self.occurrences(of: term, in: terms, parts.title)
                frequency += Weights.above * Self.occurrences(of: term, in: terms, parts.above)
                if frequency > 0 { sum += weight * Float(Weights.saturated(frequency, length: length, mean: mean)) }
            }
        }
        return sum
    }

    @inline(__always)
    private static func occurrences(of term: UInt32, in terms: UnsafeBufferPointer<UInt32>, _ range: Range<Int>) -> Double {
        var count: Int32 = 0
        for place in range { count &+= terms[place] == term ? 1 : 0 }
        return Double(count)
    }

    /// The best `count` of the accumulator, in any order.
    private static func best(_ count: Int, of scratch: PassageIndex.Scratch) -> Top {
        var top = Top(count)
        var block = 0
        while let start = scratch.nextBlock(from: &block, above: top.least) {
            for chunk in start..<(start &+ PassageIndex.Scratch.block) where scratch.scores[chunk] > top.least {
                top.offer(Hit(chunk: chunk, score: scratch.scores[chunk]))
            }
        }
        return top
    }

    /// All above a threshold, or nil if they are more than `most`.
    private static func above(_ threshold: Float, in scratch: PassageIndex.Scratch, most: Int) -> [Hit]? {
        var hits: [Hit] = []
        var block = 0
        while let start = scratch.nextBlock(from: &block, above: threshold) {
            for chunk in start..<(start &+ PassageIndex.Scratch.block) where scratch.scores[chunk] > threshold {
                hits.append(Hit(chunk: chunk, score: scratch.scores[chunk]))
            }
            if hits.count > most { return nil }
        }
        return hits
    }

    /// Up to this many postings are read without asking.
    private static let alwaysRead = 2_000
    /// The most chunks that are finished one by one.
    private static let mostCandidates = 1_500
}

/// The best few of many.
private struct Top {
    private var hits: [Head.Hit] = []
    private let wanted: Int
    /// What a further one must exceed: 0 until there are enough.
    private(set) var least: Float = 0

    init(_ wanted: Int) {
        self.wanted = max(wanted, 1)
        hits.reserveCapacity(self.wanted)
    }

    var isFull: Bool { hits.count == wanted }

    mutating func offer(_ hit: Head.Hit) {
        if hits.count < wanted {
            hits.append(hit)
            var child = hits.count - 1
            while child > 0, isBelow(child, (child - 1) / 2) {
                hits.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        } else if hit.score > hits[0].score {
            hits[0] = hit
            sink()
        }
        if isFull { least = hits[0].score }
    }

    /// Best first.
    func sorted() -> [Head.Hit] { hits.sorted { ($1.score, $0.chunk) < ($0.score, $1.chunk) } }

    private mutating func sink() {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < hits.count else { return }
            if child + 1 < hits.count, isBelow(child + 1, child) { child += 1 }
            guard isBelow(child, parent) else { return }
            hits.swapAt(child, parent)
            parent = child
        }
    }

    /// Whether the hit at one place should go before the other: lower score, or equal and later in the documents.
    private func isBelow(_ left: Int, _ right: Int) -> Bool {
        (hits[left].score, hits[right].chunk) < (hits[right].score, hits[left].chunk)
    }
}
