/// The constants of the score and where they come from. Variant B: saturated term frequency (as in BM25, Robertson and Zaragoza 2009),
/// weighted fields added before saturation, damped question words, pairs of neighbouring words on top. Picked on four public collections,
/// checked on seven others: the optimum is flat.
enum Weights {
    /// Saturation: how soon a further occurrence stops counting.
    static let saturation = 1.2
    /// How much long chunks are held back, 0...1.
    static let lengthNormalisation = 0.75
    /// The most a term's frequency can count: `saturation + 1`.
    static let ceiling = saturation + 1
    /// What an occurrence in the leaf heading (or the title, where there is no heading) counts, in body occurrences.
    static let title = 2.0
    /// What an occurrence in the headings above counts.
    static let above = 0.5
    /// What the pairs' score counts beside the words'.
    static let pairs = 0.3
    /// What the turn before counts; each turn before that half of the one after it. On a dialogue FAQ set nDCG@10 was .124 at 0, .341 at
    /// .7, .361 at 1.
    static let earlierTurn = 0.7
    /// How many of the best chunks are looked at closely (pairs, exact score).
    static let head = 50

    /// `ln(1 + (N - df + .5) / (df + .5))`; above 0 for every df of 0...N.
    @inline(__always)
    static func inverseDocumentFrequency(_ frequency: Int, of chunks: Int) -> Double {
        let (frequency, chunks) = (Double(min(frequency, chunks)), Double(chunks))
        return logarithm(1 + (chunks - frequency + 0.5) / (frequency + 0.5))
    }

    /// `tf (k1 + 1) / (tf + k1 (1 - b + b length / mean))`, 0...`ceiling`.
    @inline(__always)
    static func saturated(_ frequency: Double, length: Double, mean: Double) -> Double {
        let norm = saturation * (1 - lengthNormalisation + lengthNormalisation * length / max(mean, 1))
        return frequency * ceiling / (frequency + norm)
    }
}
