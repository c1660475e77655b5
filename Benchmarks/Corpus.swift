import Retrieval

/// Documents that nobody wrote: words by Zipf's law, with a title, a heading and about 70 words each, the same for everybody and for ever.
///
/// The most frequent words are English function words, since a search that knows English treats them in its own way; all others are made of
/// syllables, some with English endings. Document `n` can be made without those before it.
struct Corpus {
    private let words: [String]
    /// Cumulated weights of the words.
    private let weights: [Double]

    /// How many words the language has.
    private static let vocabulary = 60_000

    init() {
        var dice = Dice(1)
        var known = Set(Self.functionWords)
        var words = Self.functionWords
        while words.count < Self.vocabulary {
            let word = Self.invented(&dice, syllables: words.count < 2_000 ? 1 + dice.roll(2) : 2 + dice.roll(2))
            if known.insert(word).inserted { words.append(word) }
        }
        self.words = words
        var sum = 0.0
        weights = words.indices.map { rank in
            sum += 1 / (Double(rank) + 2.7)
            return sum
        }
    }

    /// One document, which is one chunk.
    struct Page {
        let id: String
        let title: String
        let heading: String
        let text: String

        var markdown: String { "# \(title)\n\n## \(heading)\n\n\(text)\n" }
        var document: SourceDocument { SourceDocument(id: id, text: markdown, format: .markdown) }
    }

    func page(_ number: Int) -> Page {
        var dice = Dice(UInt64(number) &* 2 &+ 7)
        let title = capital((0..<3).map { _ in contentWord(&dice) }.joined(separator: " "))
        let heading = capital((0..<3).map { _ in contentWord(&dice) }.joined(separator: " "))
        var sentences: [String] = []
        for place in 0..<6 {
            var sentence = (0..<(8 + dice.roll(6))).map { _ in word(&dice) }
            // One name that hardly any other document has, as products and places are in real ones.
            if place == 3 { sentence.append(Self.invented(&dice, syllables: 4)) }
            sentences.append(capital(sentence.joined(separator: " ")) + ".")
        }
        return Page(id: "page-\(number)", title: title, heading: heading, text: sentences.joined(separator: " "))
    }

    func pages(_ count: Int) -> [Page] { (0..<count).map(page) }

    /// A question of eight words about a page: four that anybody asks with, four out of its text.
    func question(about number: Int, _ dice: inout Dice) -> String {
        let page = page(number)
        let content = page.text.lowercased().split { $0 == " " || $0 == "." }.map(String.init).filter { !Self.isFunctionWord($0) }
        let asked = (0..<4).map { _ in content.isEmpty ? contentWord(&dice) : content[dice.roll(content.count)] }
        return "How do I \(asked[0]) \(asked[1]) the \(asked[2]) \(asked[3])?"
    }

    private func word(_ dice: inout Dice) -> String {
        let aim = dice.share() * (weights.last ?? 0)
        var (low, high) = (0, weights.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if weights[middle] < aim { low = middle + 1 } else { high = middle }
        }
        return words[low]
    }

    private func contentWord(_ dice: inout Dice) -> String {
        while true {
            let word = word(&dice)
            if !Self.isFunctionWord(word) { return word }
        }
    }

    private func capital(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    private static let onsets = [
        "b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "w",
    ]
    private static let vowels = ["a", "e", "i", "o", "u", "ai", "ea", "ou"]
    private static let codas = ["", "n", "r", "l", "s", "t", "m", "nd", "rk", "p"]
    private static let endings = ["", "", "", "", "", "s", "ing", "ed"]

    private static func invented(_ dice: inout Dice, syllables: Int) -> String {
        var word = ""
        for _ in 0..<syllables {
            word += onsets[dice.roll(onsets.count)] + vowels[dice.roll(vowels.count)] + codas[dice.roll(codas.count)]
        }
        return word + endings[dice.roll(endings.count)]
    }

    static func isFunctionWord(_ word: String) -> Bool { functionWordSet.contains(word) }
    private static let functionWordSet = Set(functionWords)

    private static let functionWords = """
        the of and to a in is you that it for on are with as be this or from your by have not can at an if will we which when our how all do there \
        was but their they has what so up out about who get one no my more them some would into has been only its any these other also may than then \
        after before does where why should because could while each both few most such over under again once here
        """.split(separator: " ").map(String.init).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
}

/// A source of numbers that are the same in every run (SplitMix64: Steele, Lea and Flood 2014).
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0..<count.
    mutating func roll(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }
    /// 0..<1.
    mutating func share() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
