/// A passage prepared for comparisons: its words in order.
struct SourceText: Sendable {
    let id: String
    let words: [String]

    /// Words of a passage that a sentence is compared with.
    private static let mostWords = 4_000

    init(_ passage: Evidence.Passage) {
        id = passage.id
        words = Words.split(passage.title + "\n" + String(decoding: passage.text.utf8.prefix(65_536), as: UTF8.self)).prefix(Self.mostWords)
            .map(\.text)
    }

    /// Whether words stand here next to each other, in any spelling of capitals, accents and punctuation. Parts around an ellipsis may stand
    /// apart, but each must be here. A quote of fewer than two words proves nothing.
    func contains(quote: String) -> Bool {
        let quote = String(decoding: quote.utf8.prefix(2_048), as: UTF8.self)
        let parts = quote.replacing("...", with: "…").split(separator: "…").map { Words.split(String($0)).map(\.text) }.filter {
            !$0.isEmpty
        }
        guard parts.reduce(0, { $0 + $1.count }) >= 2 else { return false }
        return parts.allSatisfy { contains(run: $0) }
    }

    /// Whether a run of words stands here. Bounded by the limits on quotes and passages.
    func contains(run: [String]) -> Bool {
        guard let first = run.first, run.count <= words.count else { return false }
        return (0...words.count - run.count).contains { words[$0] == first && words[$0..<$0 + run.count].elementsEqual(run) }
    }
}

/// How well an answer is covered by its sources, without any model: the share of a sentence's words that stand in the source in the same order
/// (longest common subsequence over length). Against the human labels of BEGIN this tells attributable answers from others with AUROC .93; the
/// weakest sentence counts, because one invented sentence spoils an answer.
enum Grounding {
    /// 0...1; 0 where there is nothing to compare. Questions back, courtesies, offers of a person and fragments of up to
    /// three words are left out.
    static func weakest(of answer: String, in sources: [SourceText]) -> Double {
        let sentences = Sentences.split(answer).filter(states)
        guard !sentences.isEmpty, !sources.isEmpty else { return 0 }
        return sentences.map { coverage(of: Words.split($0).map(\.text), in: sources) }.min() ?? 0
    }

    /// The best coverage of one sentence by any source, 0...1.
    static func coverage(of sentence: [String], in sources: [SourceText]) -> Double {
        guard !sentence.isEmpty else { return 0 }
        let best = sources.map { commonLength(sentence, $0.words) }.max() ?? 0
        return Double(best) / Double(sentence.count)
    }

    private static func states(_ sentence: String) -> Bool {
        if sentence.hasSuffix("?") || sentence.hasSuffix("？") { return false }
        let words = Words.split(sentence).map(\.text)
        return words.count > 3 && !words.allSatisfy(courtesy.contains) && !Promise.isOffer(sentence)
    }

    private static let courtesy = Set(
        ("hi hello dear thanks thank you for your question reaching out i hope this helps let me know if have any other more further questions happy to help "
            + "great good here is what the documentation says found in our documents sorry about that please feel free ask anything else can with we are glad "
            + "happy understand").split(separator: " ").map(String.init))

    /// Length of the longest common subsequence, 64 words of the sentence at a time (Hyyrö 2004: one addition and three bit operations for each
    /// word of the source). Sentences beyond 64 words are summed piece by piece, which can only overrate what is out of order between pieces.
    static func commonLength(_ sentence: [String], _ source: [String]) -> Int {
        var sum = 0
        var start = 0
        while start < sentence.count {
            let end = min(start + 64, sentence.count)
            sum += blockLength(sentence[start..<end], source)
            start = end
        }
        return sum
    }

    private static func blockLength(_ block: ArraySlice<String>, _ source: [String]) -> Int {
        var masks: [String: UInt64] = [:]
        for (bit, word) in block.enumerated() { masks[word, default: 0] |= 1 << UInt64(bit) }
        var open = UInt64.max
        for word in source {
            guard let mask = masks[word] else { continue }
            let matched = open & mask
            open = (open &+ matched) | (open & ~mask)
        }
        let used = block.count == 64 ? UInt64.max : (1 << UInt64(block.count)) - 1
        return (~open & used).nonzeroBitCount
    }
}

/// Cuts an answer into sentences: after `.`, `!`, `?` before a space, after their Chinese forms, at line ends. Figures and abbreviations with a
/// dot inside stay whole.
enum Sentences {
    static func split(_ text: String) -> [String] {
        var sentences: [String] = []
        var current = ""
        var previous: Character = " "
        func close() {
            let trimmed = current.drop(while: \.isWhitespace)
            if !trimmed.isEmpty, sentences.count < most { sentences.append(String(trimmed)) }
            current = ""
        }
        for character in text {
            if character.isNewline {
                close()
            } else if character.isWhitespace, ".!?".contains(previous), !endsInOrdinal(current) {
                close()
            } else {
                current.append(character)
                if "。！？".contains(character) { close() }
            }
            previous = character
        }
        close()
        return sentences
    }

    /// Sentences of a draft that are compared.
    private static let most = 200

    /// `1.` at the beginning of a line is a list's number, no sentence.
    private static func endsInOrdinal(_ text: String) -> Bool {
        let trimmed = text.drop(while: \.isWhitespace)
        return trimmed.utf8.count <= 4 && trimmed.dropLast().allSatisfy(\.isNumber)
    }
}
