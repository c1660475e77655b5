/// Which chunks have a term, in ascending order, and how much each counts: `starts[t]..<starts[t + 1]` are the places of term `t`. The
/// weight is the saturated frequency in 255 steps of the most it can be: five bytes a posting, exact enough to choose the head, whose
/// scores are then taken exactly.
struct Postings: Sendable {
    private(set) var starts: [UInt32]
    private(set) var chunks: [UInt32]
    private(set) var weights: [UInt8]
    /// The largest weight of each term: nothing it matches can gain more.
    private(set) var peaks: [UInt8]
    /// In how many chunks each term stands in body or title; the headings above do not count.
    private(set) var frequencies: [UInt32]
    /// The mean length of the chunks (`ChunkTokens.Parts.length`).
    let meanLength: Double

    /// Inverts the chunks' tokens: one pass to count, one to fill.
    init(_ tokens: ChunkTokens, terms: Int) {
        var total = 0.0
        for chunk in 0..<tokens.count { total += tokens.parts(chunk).length }
        meanLength = tokens.count > 0 ? total / Double(tokens.count) : 0
        starts = Array(repeating: 0, count: terms + 1)
        frequencies = Array(repeating: 0, count: terms)
        peaks = Array(repeating: 0, count: terms)
        (chunks, weights) = ([], [])
        count(tokens)
        fill(tokens)
    }

    private mutating func count(_ tokens: ChunkTokens) {
        var seen = [UInt32](repeating: 0, count: frequencies.count)
        tokens.terms.withUnsafeBufferPointer { all in
            starts.withUnsafeMutableBufferPointer { starts in
                frequencies.withUnsafeMutableBufferPointer { frequencies in
                    seen.withUnsafeMutableBufferPointer { seen in
                        for chunk in 0..<tokens.count {
                            let parts = tokens.parts(chunk)
                            let stamp = UInt32(truncatingIfNeeded: chunk &+ 1)
                            for place in parts.body.lowerBound..<parts.above.upperBound {
                                let term = Int(all[place])
                                if seen[term] == stamp { continue }
                                seen[term] = stamp
                                starts[term &+ 1] &+= 1
                                if place < parts.above.lowerBound { frequencies[term] &+= 1 }
                            }
                        }
                    }
                }
            }
        }
        var sum: UInt32 = 0
        for index in starts.indices {
            sum &+= starts[index]
            starts[index] = sum
        }
    }

    private mutating func fill(_ tokens: ChunkTokens) {
        let postings = Int(starts.last ?? 0)
        chunks = Array(repeating: 0, count: postings)
        weights = Array(repeating: 0, count: postings)
        var next = starts
        // Frequencies in half occurrences: body 2, title 4, above 1.
        var halves = [UInt32](repeating: 0, count: frequencies.count)
        let mean = meanLength
        tokens.terms.withUnsafeBufferPointer { all in
            chunks.withUnsafeMutableBufferPointer { chunks in
                weights.withUnsafeMutableBufferPointer { weights in
                    peaks.withUnsafeMutableBufferPointer { peaks in
                        next.withUnsafeMutableBufferPointer { next in
                            halves.withUnsafeMutableBufferPointer { halves in
                                for chunk in 0..<tokens.count {
                                    let parts = tokens.parts(chunk)
                                    for place in parts.body { halves[Int(all[place])] &+= 2 }
                                    for place in parts.title { halves[Int(all[place])] &+= UInt32(2 * Weights.title) }
                                    for place in parts.above { halves[Int(all[place])] &+= UInt32(2 * Weights.above) }
                                    let length = parts.length
                                    for place in parts.body.lowerBound..<parts.above.upperBound {
                                        let term = Int(all[place])
                                        let frequency = halves[term]
                                        if frequency == 0 { continue }
                                        halves[term] = 0
                                        let exact = Weights.saturated(Double(frequency) / 2, length: length, mean: mean)
                                        let weight = UInt8(clamping: max(1, Int((exact * Self.steps / Weights.ceiling).rounded())))
                                        let posting = Int(next[term])
                                        next[term] &+= 1
                                        chunks[posting] = UInt32(truncatingIfNeeded: chunk)
                                        weights[posting] = weight
                                        if weight > peaks[term] { peaks[term] = weight }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// How many postings a term has.
    func count(of term: Int) -> Int { Int(starts[term + 1] - starts[term]) }

    /// Adds what a term gives to each chunk that has it.
    @inline(__always)
    func add(_ term: Int, times weight: Float, to scores: UnsafeMutablePointer<Float>) {
        let range = Int(starts[term])..<Int(starts[term + 1])
        let step = weight * Float(Weights.ceiling / Self.steps)
        chunks.withUnsafeBufferPointer { chunks in
            weights.withUnsafeBufferPointer { weights in
                for posting in range { scores[Int(chunks[posting])] += step * Float(weights[posting]) }
            }
        }
    }

    /// The steps a weight is kept in.
    static let steps = 255.0
}
