/// The passages found for a question, best first, and everything needed to judge and to repeat the search.
package struct SearchResult: Sendable {
    /// Best first; empty when no word of the question occurs in the documents.
    package let passages: [Passage]
    /// What the scores say about whether the answer is in the documents at all.
    package let signals: RetrievalSignals
    /// Names the content that was searched (`Library.version(of:)`).
    package let indexVersion: String
    /// Words that occur nowhere and were read as a known word one letter away, in the order of the question.
    package let repaired: [Repair]
    /// The scores of this turn alone, without the earlier ones: to see later whether the customer asks the same again.
    package let scores: ScoreVector

    /// For those who make results by hand: tests and replays.
    package init(
        passages: [Passage], signals: RetrievalSignals, indexVersion: String, repaired: [Repair] = [], scores: ScoreVector = .empty
    ) {
        self.passages = passages
        self.signals = signals
        self.indexVersion = indexVersion
        self.repaired = repaired
        self.scores = scores
    }
}

/// A misspelt word and what it was taken for.
package struct Repair: Hashable, Sendable, Codable {
    /// The word as the customer wrote it, in lower case.
    package let from: String
    /// The known word that was searched instead.
    package let to: String

    /// - Parameters: see the properties.
    package init(from: String, to: String) {
        self.from = from
        self.to = to
    }
}

/// A chunk found for a question, with its score explained.
package struct Passage: Hashable, Sendable, Codable {
    /// The chunk's id, `DOC::n`, n from 1. It stays the same while the document's parts before it do.
    package let id: String
    /// The document's id: its path below the ingested root, or the id its JSONL line gave.
    package let documentID: String
    /// The document's title.
    package let title: String
    /// The headings above the text, outermost first, without the document's title. May be empty.
    package let headings: [String]
    /// The text, with light Markdown for lists, tables and code. Empty for a document that is a title only.
    package let text: String
    /// TF-IDF score (variant B of the saturated weighting, with bigrams); comparable within one search only. Above 0.
    package let score: Double
    /// What each term of the question gave, largest share first. The shares sum to `score`.
    package let terms: [TermShare]

    /// For those who make passages by hand: tests and replays.
    package init(
        id: String, documentID: String, title: String, headings: [String] = [], text: String, score: Double = 0, terms: [TermShare] = []
    ) {
        self.id = id
        self.documentID = documentID
        self.title = title
        self.headings = headings
        self.text = text
        self.score = score
        self.terms = terms
    }
}

/// What one term of the question gave to a passage's score.
package struct TermShare: Hashable, Sendable, Codable {
    /// The word as the customer wrote it (as it was repaired, if it was), or two words for a pair of neighbours.
    package let term: String
    /// Its part of the score. Above 0.
    package let share: Double
    /// Where it was found and why it counts: `body`, `title`, `headings`, joined by `+`; `pair` for neighbouring words; with `, earlier
    /// turn` where the word comes from an earlier turn.
    package let note: String

    /// - Parameters: see the properties.
    package init(term: String, share: Double, note: String) {
        self.term = term
        self.share = share
        self.note = note
    }
}
