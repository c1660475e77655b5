/// What a search finds before texts are fetched.
struct Findings {
    struct Hit {
        let chunk: Int
        let score: Double
        let shares: [TermShare]
    }

    let hits: [Hit]
    let signals: RetrievalSignals
    let repaired: [Repair]
    let scores: ScoreVector
}

extension PassageIndex {
    /// Searches: words choose the head, a close look with pairs orders it.
    func find(_ query: SearchQuery) -> Findings {
        let question = Question(query, in: self)
        let head = Head(self, weights: question.terms.map { ($0.number, $0.weight * $0.idf) }, wanted: max(Weights.head, query.limit + 1))
            .choose()
        var look = CloseLook(question, in: self)
        var ranked = head.map { look.score(of: $0.chunk) }
        ranked.sort { ($1.total, $0.chunk) < ($0.total, $1.chunk) }
        let given = ranked.prefix(query.limit)
        let reasons = given.map { look.reasons(for: $0.chunk) }
        return Findings(
            hits: zip(given, reasons).map { Findings.Hit(chunk: $0.chunk, score: $0.total, shares: $1.shares) },
            signals: signals(question, ranked, given: reasons), repaired: question.repaired,
            scores: scores(question, head: head, hasEarlier: !query.earlier.isEmpty))
    }

    /// The best chunks for a text, without explanation: for measurements and for indexes that live without a database.
    /// - Parameters:
    ///   - text: the question.
    ///   - limit: 1...`SearchQuery.mostPassages`.
    /// - Returns: rows as they were added, and scores, best first.
    package func hits(for text: String, limit: Int) -> [(row: Int64, score: Double)] {
        find(SearchQuery(text: text, limit: limit)).hits.map { (rows[$0.chunk], $0.score) }
    }

    /// The signals of a question against this index: for measurements.
    package func signals(for text: String, limit: Int) -> RetrievalSignals { find(SearchQuery(text: text, limit: limit)).signals }

    private func signals(_ question: Question, _ ranked: [CloseLook.Score], given: [CloseLook.Reasons]) -> RetrievalSignals {
        let full = question.fullWeight
        let unknown = full > 0 ? min(1, question.unknownWeight / full) : 1
        guard let first = ranked.first, first.total > 0 else { return .nothing(unknownShare: unknown) }
        let bestWords = ranked.reduce(0) { max($0, $1.words) }
        let covered = Set(given.flatMap(\.terms)).reduce(0) { $0 + question.terms[$1].weight * question.terms[$1].idf }
        func margin(_ place: Int) -> Double { ranked.indices.contains(place) ? 1 - ranked[place].total / first.total : 1 }
        return RetrievalSignals(
            normScore: full > 0 ? min(1, bestWords / (Weights.ceiling * full)) : 0, coverage: full > 0 ? min(1, covered / full) : 0,
            best: first.total, marginToSecond: margin(1), marginToRest: margin(given.count), unknownShare: unknown, isEmpty: false)
    }

    /// This turn's own scores: the head as it is, or chosen anew where earlier turns were mixed in.
    private func scores(_ question: Question, head: [Head.Hit], hasEarlier: Bool) -> ScoreVector {
        var own = head
        if hasEarlier { own = Head(self, weights: question.terms.map { ($0.number, $0.own * $0.idf) }, wanted: Weights.head).choose() }
        return ScoreVector(own.prefix(Weights.head).map { (rows[$0.chunk], $0.score) })
    }
}
