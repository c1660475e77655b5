/// What a word is, the same for documents, questions, rules and grounding checks: lower case, accents dropped, English stems. It knows no
/// documents and no weights.
package struct Analyzer: Sendable {
    /// A word and where it stands.
    package struct Word: Hashable, Sendable {
        /// In lower case, accents and apostrophes dropped (`don't` is `dont`, `customer's` is `customer`).
        package let text: String
        /// Where it stands in the text's UTF-8.
        package let range: Range<Int>
    }

    /// Names the analysis and the weights; changes whenever they do, and with it the version of every collection.
    static let version = "1"

    /// The analysis of English, which is the only one.
    package init() {}

    /// The words of a text, in order. Linear in the text's length.
    package func words(of text: String) -> [Word] {
        var words: [Word] = []
        Self.withBytes(of: text) { bytes in
            Tokenizer.eachWord(bytes) { words.append(Word(text: String(decoding: $0, as: UTF8.self), range: $1)) }
        }
        return words
    }

    /// The stems of a text's words, in order: as many as `words(of:)` gives.
    package func stems(of text: String) -> [String] {
        var stems: [String] = []
        Stemmer.withOne { stemmer in
            Self.withBytes(of: text) { bytes in
                Tokenizer.eachWord(bytes) { word, _ in stems.append(stemmer.stem(word) { String(decoding: $0, as: UTF8.self) }) }
            }
        }
        return stems
    }

    /// The stem of one word as `words(of:)` gives it.
    package func stem(_ word: String) -> String {
        Stemmer.withOne { stemmer in
            Self.withBytes(of: word) { bytes in stemmer.stem(bytes) { String(decoding: $0, as: UTF8.self) } }
        }
    }

    /// Whether a stem is that of a question or function word, which says little about the subject.
    package func isDamped(stem: String) -> Bool { Self.withBytes(of: stem) { DampedWords.contains($0) } }

    static func withBytes<Result>(of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        var text = text
        return text.withUTF8(body)
    }
}
