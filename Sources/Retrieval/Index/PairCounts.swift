/// In how many chunks two terms stand side by side, counted by hash instead of by pair: a full list of pairs would be 10 to 17 times as
/// long as the vocabulary. Two pairs that share a cell make each other look more frequent, never less; with twice as many cells as pairs
/// that is rare, and only weighs on the re-ranking of the head.
struct PairCounts: Sendable {
    private var counts: [UInt32]
    /// The chunk that raised a cell last, + 1: a pair counts once for each chunk. Empty when sealed.
    private var last: [UInt32]
    private let mask: UInt64

    /// - Parameter pairs: how many there are in all chunks, repetitions included.
    init(pairs: Int) {
        var cells = 1 << 10
        while cells < pairs * 2, cells < 1 << 22 { cells <<= 1 }
        counts = Array(repeating: 0, count: cells)
        last = counts
        mask = UInt64(cells - 1)
    }

    /// Counts the pairs of a run of terms for a chunk. Chunks come in order.
    mutating func add(_ terms: UnsafeBufferPointer<UInt32>, chunk: Int) {
        guard terms.count > 1 else { return }
        let (stamp, mask) = (UInt32(truncatingIfNeeded: chunk &+ 1), mask)
        counts.withUnsafeMutableBufferPointer { counts in
            last.withUnsafeMutableBufferPointer { last in
                var before = terms[0]
                for index in 1..<terms.count {
                    let term = terms[index]
                    let cell = Int(Self.hash(before, term) & mask)
                    if last[cell] != stamp {
                        last[cell] = stamp
                        counts[cell] &+= 1
                    }
                    before = term
                }
            }
        }
    }

    /// Lets go of what only counting needs.
    mutating func seal() { last = [] }

    /// How many chunks have this pair, or a few more.
    func count(_ first: UInt32, _ second: UInt32) -> Int { Int(counts[Int(Self.hash(first, second) & mask)]) }

    @inline(__always)
    private static func hash(_ first: UInt32, _ second: UInt32) -> UInt64 {
        let product = (UInt64(first) << 32 | UInt64(second)) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }
}
