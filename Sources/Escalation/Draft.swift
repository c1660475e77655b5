/// What the model answered, as far as the decision needs it. Everything in here is untrusted: it can make the verdict more careful only.
package struct DraftView: Sendable {
    /// Whether the passages settle the question, in the model's own view.
    package enum Support: String, Codable, Sendable, CaseIterable {
        case full, partial, none
    }

    /// A claim that a passage says something.
    package struct Citation: Hashable, Codable, Sendable {
        /// The id of a passage that was sent.
        package let passage: String
        /// Words that stand there verbatim.
        package let quote: String

        /// A citation; parameters as the properties.
        package init(passage: String, quote: String) {
            self.passage = passage
            self.quote = quote
        }
    }

    /// The text for the customer.
    package var answer: String
    /// Nil where the model did not say.
    package var support: Support?
    /// Nil where the model did not keep to the answer contract and there was no place for citations; empty where it cited nothing.
    package var citations: [Citation]?
    /// 0...20: of twenty such answers, how many a careful colleague would accept. Out of range counts as nil.
    package var selfReport: Int?
    /// Whether the model asked for a person.
    package var needsHuman: Bool
    /// What the documents do not say, in the model's words.
    package var missing: String?
    /// What the customer wants, in the model's words.
    package var intent: String?
    /// -2 (angry) ... 2 (delighted), as the model sees the customer.
    package var sentiment: Int?

    /// A draft; parameters as the properties.
    package init(
        answer: String, support: Support? = nil, citations: [Citation]? = nil, selfReport: Int? = nil, needsHuman: Bool = false,
        missing: String? = nil, intent: String? = nil, sentiment: Int? = nil
    ) {
        self.answer = answer
        self.support = support
        self.citations = citations
        self.selfReport = selfReport
        self.needsHuman = needsHuman
        self.missing = missing
        self.intent = intent
        self.sentiment = sentiment
    }
}

/// What the search found and what the model was shown.
package struct Evidence: Sendable {
    /// A passage as it was sent to the model.
    package struct Passage: Sendable {
        /// As citations name it.
        package let id: String
        /// Title and headings, which count as source text too.
        package let title: String
        /// The text that was sent.
        package let text: String

        /// A passage; parameters as the properties.
        package init(id: String, title: String, text: String) {
            self.id = id
            self.title = title
            self.text = text
        }
    }

    /// The passages that were sent, best first.
    package var passages: [Passage]
    /// Best score as a share of the most the question could score, 0...1.
    package var normScore: Double
    /// IDF-weighted share of the question's words that stand in the sent passages, 0...1.
    package var coverage: Double
    /// (first - second) / first of the raw scores, 0...1.
    package var marginSecond: Double
    /// (first - first not sent) / first of the raw scores, 0...1.
    package var marginRest: Double
    /// Share of the question's IDF weight in words that stand in no document, 0...1.
    package var unknownShare: Double
    /// The instructions the model got. An answer that repeats them is withheld.
    package var instructions: String
    /// Lower-case host names that answers may link to besides those in the passages.
    package var allowedHosts: Set<String>

    /// Evidence; parameters as the properties.
    package init(
        passages: [Passage], normScore: Double, coverage: Double, marginSecond: Double = 0, marginRest: Double = 0,
        unknownShare: Double = 0,
        instructions: String = "", allowedHosts: Set<String> = []
    ) {
        self.passages = passages
        self.normScore = normScore
        self.coverage = coverage
        self.marginSecond = marginSecond
        self.marginRest = marginRest
        self.unknownShare = unknownShare
        self.instructions = instructions
        self.allowedHosts = allowedHosts
    }
}
