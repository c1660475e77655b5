/// What the scores of one search say about whether the documents answer the question. None of them is a verdict: off-topic questions are
/// caught well (AUROC .91-.97), a missing article in a known topic hardly at all (about .6, embeddings no better).
package struct RetrievalSignals: Hashable, Sendable, Codable {
    /// The best score without pairs, divided by the score of a passage in which every term of the question were saturated:
    /// `best / (2.2 x sum of a(t) qtf(t) idf(t))`, unknown words counted with the idf of a word that occurs nowhere. 0...1.
    /// The raw score says little (mean AUROC .70); this .75.
    package let normScore: Double
    /// The idf-weighted, damped share of the question's terms that occur somewhere in the passages given. 0...1.
    package let coverage: Double
    /// The best passage's score, raw. 0 when nothing was found.
    package let best: Double
    /// `(s1 - s2) / s1` over the scores; 1 when only one passage was found, 0 when none. 0...1.
    package let marginToSecond: Double
    /// `(s1 - s(k+1)) / s1`, k the number of passages given: how far what was given stands out from what was left. 0...1.
    package let marginToRest: Double
    /// The share of the question's idf weight that lies in words the documents do not know, after repair. 0...1.
    package let unknownShare: Double
    /// No passage at all.
    package let isEmpty: Bool

    /// The signals of a search that found nothing.
    /// - Parameter unknownShare: 0...1; 1 where no word was known, also for a question without words.
    package static func nothing(unknownShare: Double) -> RetrievalSignals {
        RetrievalSignals(
            normScore: 0, coverage: 0, best: 0, marginToSecond: 0, marginToRest: 0, unknownShare: unknownShare, isEmpty: true)
    }

    /// For those who make signals by hand: tests and replays.
    package init(
        normScore: Double, coverage: Double, best: Double, marginToSecond: Double, marginToRest: Double, unknownShare: Double, isEmpty: Bool
    ) {
        self.normScore = normScore
        self.coverage = coverage
        self.best = best
        self.marginToSecond = marginToSecond
        self.marginToRest = marginToRest
        self.unknownShare = unknownShare
        self.isEmpty = isEmpty
    }
}
