/// A question as the index understands it: weighted terms and pairs of neighbours, words repaired, earlier turns mixed in. Made once for a
/// search.
struct Question {
    /// A known term.
    struct Term {
        let number: UInt32
        /// The word as written (or repaired), for the explanation.
        let word: String
        let idf: Double
        /// Sum of `a(t) x turn weight` over its occurrences in this turn.
        var own: Double
        /// The same over the earlier turns.
        var earlier: Double
        var weight: Double { own + earlier }
    }

    /// Two neighbouring known terms, by their places in `terms`.
    struct Pair {
        let first: Int
        let second: Int
        let idf: Double
        var own: Double
        var earlier: Double
        var weight: Double { own + earlier }
    }

    private(set) var terms: [Term] = []
    private(set) var pairs: [Pair] = []
    private(set) var repaired: [Repair] = []
    /// Sum of weight x idf over all words, unknown ones included.
    private(set) var fullWeight = 0.0
    /// The part of it that lies in unknown words.
    private(set) var unknownWeight = 0.0

    private var placeOfTerm: [UInt32: Int] = [:]
    private var placeOfPair: [UInt64: Int] = [:]

    /// - Parameter query: with texts cut to what is looked at.
    init(_ query: SearchQuery, in index: PassageIndex) {
        Stemmer.withOne { stemmer in
            read(query.text, turn: 1, isEarlier: false, in: index, stemmer)
            var turn = Weights.earlierTurn
            for text in query.earlier.suffix(SearchQuery.mostEarlier).reversed() {
                read(text, turn: turn, isEarlier: true, in: index, stemmer)
                turn /= 2
            }
        }
    }

    private mutating func read(_ text: String, turn: Double, isEarlier: Bool, in index: PassageIndex, _ stemmer: Stemmer) {
        var before: (place: Int, damping: Double)?
        Analyzer.withBytes(of: text) { bytes in
            let bytes = UnsafeBufferPointer(rebasing: bytes.prefix(SearchQuery.largestText))
            Tokenizer.eachWord(bytes) { word, _ in
                let damping = stemmer.stem(word) { DampedWords.contains($0) } ? DampedWords.weight : 1
                let found = known(word, isEarlier: isEarlier, in: index, stemmer)
                let idf = index.inverseDocumentFrequency(found?.term)
                fullWeight += turn * damping * idf
                guard let found, let place = place(of: found, idf: idf) else {
                    if found == nil { unknownWeight += turn * damping * idf }
                    before = nil
                    return
                }
                if isEarlier { terms[place].earlier += turn * damping } else { terms[place].own += turn * damping }
                if let before { add(pair: before.place, place, weight: turn * before.damping * damping, isEarlier: isEarlier, in: index) }
                before = (place, damping)
            }
        }
    }

    /// The term of a word that stands somewhere in the documents, by repair if need be.
    private mutating func known(
        _ word: UnsafeBufferPointer<UInt8>, isEarlier: Bool, in index: PassageIndex, _ stemmer: Stemmer
    ) -> (term: UInt32, word: String)? {
        let text = String(decoding: word, as: UTF8.self)
        func frequency(_ term: UInt32) -> Int { Int(index.postings.frequencies[Int(term)]) }
        if let term = index.vocabulary.knownTerm(of: word, stemmer), index.postings.count(of: Int(term)) > 0 { return (term, text) }
        guard let near = index.spelling.repair(word, in: index.vocabulary, frequency: frequency) else { return nil }
        let repair = Repair(from: text, to: index.vocabulary.words.text(near))
        if !isEarlier, !repaired.contains(repair) { repaired.append(repair) }
        return (index.vocabulary.termOfWord[near], repair.to)
    }

    private mutating func place(of found: (term: UInt32, word: String), idf: Double) -> Int? {
        if let place = placeOfTerm[found.term] { return place }
        guard terms.count < Self.mostTerms else { return nil }
        terms.append(Term(number: found.term, word: found.word, idf: idf, own: 0, earlier: 0))
        placeOfTerm[found.term] = terms.count - 1
        return terms.count - 1
    }

    private mutating func add(pair first: Int, _ second: Int, weight: Double, isEarlier: Bool, in index: PassageIndex) {
        let key = UInt64(first) << 32 | UInt64(second)
        let place: Int
        if let known = placeOfPair[key] {
            place = known
        } else {
            guard pairs.count < Self.mostTerms else { return }
            let count = index.pairs.count(terms[first].number, terms[second].number)
            guard count > 0 else { return }
            pairs.append(
                Pair(
                    first: first, second: second, idf: Weights.inverseDocumentFrequency(count, of: index.count), own: 0, earlier: 0))
            place = pairs.count - 1
            placeOfPair[key] = place
        }
        if isEarlier { pairs[place].earlier += weight } else { pairs[place].own += weight }
    }

    /// The most different terms of a question that are searched: the first ones. Few letters to support have more.
    static let mostTerms = 200
}
