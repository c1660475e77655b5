/// Chance that can be repeated: the same seed and the same stream give the same numbers on every machine (SplitMix64, Steele et al. 2014).
///
/// Each client of a storm draws from a stream of its own, so that what one does never depends on how fast another was.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameters:
    ///   - seed: of the run.
    ///   - stream: who draws; every name is a stream of its own.
    package init(_ seed: UInt64, _ stream: String) {
        // FNV-1a, so that near names begin far from each other.
        state = stream.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        _ = next()
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something that happens in so many of a hundred cases happens now.
    package mutating func happens(percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// A whole number of a range.
    package mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// One of several; nil where there are none.
    package mutating func pick<Element>(_ all: [Element]) -> Element? { all.randomElement(using: &self) }

    /// A word that no language has: two given letters, then twelve of a to p. Long enough that a run never draws it twice.
    package mutating func word(_ prefix: String) -> String {
        var bits = next()
        var letters: [UInt8] = []
        for _ in 0..<12 {
            letters.append(UInt8(ascii: "a") + UInt8(bits & 15))
            bits >>= 4
        }
        return prefix + String(decoding: letters, as: UTF8.self)
    }
}
