import Foundation

/// How alike two short texts are, without a search index: for a question that comes again, and for the example sentences of topics.
enum Likeness {
    /// Cosine of the counts of three-letter runs, 0...1. The best of the lexical measures for "same question again" (AUROC .85-.88 on banking77,
    /// CLINC and Bitext); the cosine of search scores is far better (.95-.995), which is why this is only the fallback.
    static func ofLetters(_ left: String, _ right: String) -> Double {
        let (left, right) = (runs(left), runs(right))
        var product = 0
        for (run, count) in left { product += count * (right[run] ?? 0) }
        let norms = Double(left.values.reduce(0) { $0 + $1 * $1 }) * Double(right.values.reduce(0) { $0 + $1 * $1 })
        return norms > 0 ? Double(product) / norms.squareRoot() : 0
    }

    private static func runs(_ text: String) -> [UInt32: Int] {
        var letters: [UInt8] = [0x20]
        for word in Words.split(String(decoding: text.utf8.prefix(4_096), as: UTF8.self)) { letters += Array(word.text.utf8) + [0x20] }
        var counts: [UInt32: Int] = [:]
        for index in letters.indices.dropFirst(2) {
            let run = UInt32(letters[index - 2]) << 16 | UInt32(letters[index - 1]) << 8 | UInt32(letters[index])
            counts[run, default: 0] += 1
        }
        return counts
    }
}

/// The example sentences of all topics, searched at once: TF-IDF cosine with the function words damped, as in the search over documents.
struct SentenceIndex: Sendable {
    /// The sentence of a topic that a text is most like.
    struct Match: Sendable {
        let topic: Int
        let sentence: String
        let likeness: Double
    }

    private var sentences: [(topic: Int, text: String, norm: Double)] = []
    private var postings: [String: [(sentence: Int, weight: Double)]] = [:]
    private var weights: [String: Double] = [:]
    private let unknownWeight: Double

    /// - Parameter sentences: with the number of their topic.
    init(_ sentences: [(topic: Int, text: String)]) {
        let words = sentences.map { Self.words($0.text) }
        var frequency: [String: Int] = [:]
        for set in words {
            for word in set { frequency[word, default: 0] += 1 }
        }
        let count = Double(sentences.count)
        unknownWeight = log(1 + (count + 0.5) / 0.5)
        for (word, documents) in frequency {
            let idf = log(1 + (count - Double(documents) + 0.5) / (Double(documents) + 0.5))
            weights[word] = idf * (Self.damped.contains(word) ? 0.25 : 1)
        }
        for (number, set) in words.enumerated() {
            var square = 0.0
            for word in set.sorted() {
                let weight = weights[word] ?? 0
                square += weight * weight
                postings[word, default: []].append((number, weight))
            }
            self.sentences.append((sentences[number].topic, sentences[number].text, square.squareRoot()))
        }
    }

    /// The best sentence of every topic that shares a word with the text, at most one per topic. Only the first 60 different words count.
    func matches(_ text: String) -> [Match] {
        guard !sentences.isEmpty else { return [] }
        let words = Set(Self.words(String(decoding: text.utf8.prefix(4_096), as: UTF8.self)).prefix(60))
        var products: [Int: Double] = [:]
        var square = 0.0
        for word in words.sorted() {
            let weight = weights[word] ?? unknownWeight * (Self.damped.contains(word) ? 0.25 : 1)
            square += weight * weight
            for posting in postings[word] ?? [] { products[posting.sentence, default: 0] += weight * posting.weight }
        }
        var best: [Int: Match] = [:]
        for (number, product) in products.sorted(by: { $0.key < $1.key }) {
            let sentence = sentences[number]
            let likeness = product / (square.squareRoot() * sentence.norm)
            guard likeness > (best[sentence.topic]?.likeness ?? 0) else { continue }
            best[sentence.topic] = Match(topic: sentence.topic, sentence: sentence.text, likeness: likeness)
        }
        return best.values.sorted { $0.topic < $1.topic }
    }

    /// Different words with their commonest endings taken off, in the order they stand.
    private static func words(_ text: String) -> [String] {
        var seen: Set<String> = []
        return Words.split(text).map { ending(off: $0.text) }.filter { seen.insert($0).inserted }
    }

    private static func ending(off word: String) -> String {
        for ending in ["ing", "ed", "es", "s"] where word.utf8.count >= ending.utf8.count + 3 && word.hasSuffix(ending) {
            return String(word.dropLast(ending.utf8.count))
        }
        return word
    }

    private static let damped = Set(
        ("a am an and any are as at be but by can could did do doe for from get had ha have hello hi how i if im in into is it ive me my need no not of on or "
            + "our please should so some such that the their then there these they thi to want was we were what when where which who why will with would "
            + "you your").split(separator: " ").map(String.init))
}
