/// The words of a collection and the terms they stand for. A term is a stem; each surface form is stemmed once and remembered (a tenth of
/// the cost of stemming every word). Numbers are dense and never change; words of removed documents stay until the index is loaded anew,
/// without chunks.
struct Vocabulary: Sendable {
    private(set) var words = WordTable()
    private(set) var terms = WordTable()
    /// The term of each word.
    private(set) var termOfWord: [UInt32] = []

    /// The term of a word, made if need be.
    @inline(__always)
    mutating func term(of word: UnsafeBufferPointer<UInt8>, _ stemmer: Stemmer) -> UInt32 {
        let (number, isNew) = words.number(of: word)
        if isNew { termOfWord.append(stemmer.stem(word) { UInt32(terms.number(of: $0).number) }) }
        return termOfWord[number]
    }

    /// The term of a word that a document may have.
    func knownTerm(of word: UnsafeBufferPointer<UInt8>, _ stemmer: Stemmer) -> UInt32? {
        if let number = words.find(word) { return termOfWord[number] }
        return stemmer.stem(word) { terms.find($0) }.map { UInt32($0) }
    }

    /// Takes over the words of another vocabulary.
    /// - Returns: for each of its terms, the number here.
    mutating func adopt(_ other: Vocabulary) -> [UInt32] {
        let numbers = (0..<other.terms.count).map { term in other.terms.withWord(term) { UInt32(terms.number(of: $0).number) } }
        for word in 0..<other.words.count {
            let isNew = other.words.withWord(word) { words.number(of: $0).isNew }
            if isNew { termOfWord.append(numbers[Int(other.termOfWord[word])]) }
        }
        return numbers
    }
}
