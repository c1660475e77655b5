import Foundation
import Prompting
import Retrieval

/// What the built-in responder says: sentences of the passages, word for word, chosen by the words they share with the question. No machine
/// learning and nothing of its own, so a newcomer sees the whole product in minutes without a model; it is labelled wherever it answers.
///
/// It sees only the rendered prompt, as any model would, and replies by the same answer contract.
struct ExtractiveReply: Encodable {
    struct Citation: Encodable {
        let passage: String
        let quote: String
    }

    let plan: String
    let support: String
    let citations: [Citation]
    let answer: String
    let missing: String?
    let sentiment: Int
    let captured: [String: String]
    let needsHuman: Bool
    let confidence: Int

    // The answer contract's order: evidence before the answer, confidence last.
    private enum CodingKeys: String, CodingKey {
        case plan, support, citations, answer, missing, sentiment, captured
        case needsHuman = "needs_human"
        case confidence
    }

    /// - Parameters:
    ///   - question: the customer's last message.
    ///   - passages: as they stood in the prompt, best first.
    init(question: String, passages: [DataBlock.Passage], analyzer: Analyzer = Analyzer()) {
        let wanted = Dictionary(
            analyzer.stems(of: question).map { ($0, analyzer.isDamped(stem: $0) ? 0.1 : 1.0) }, uniquingKeysWith: max)
        let total = wanted.values.reduce(0, +)
        let candidates = passages.enumerated().map { rank, passage in
            Candidate(passage: passage, rank: rank, wanted: wanted, analyzer: analyzer)
        }
        let best = candidates.max { $0.score < $1.score }
        let hasSubject = wanted.values.contains(1)
        let share = total > 0 && hasSubject ? (best?.covered ?? 0) / total : 0
        captured = [:]
        sentiment = 0
        needsHuman = false
        guard let best, !best.excerpt.isEmpty, share >= 0.3 else {
            plan = "No passage speaks to the question."
            support = "none"
            citations = []
            answer = "I could not find this in our documents."
            missing = "The passages do not answer the question."
            confidence = 2
            return
        }
        plan = "Quote the passage that shares most with the question."
        support = share >= 0.6 ? "full" : "partial"
        citations = best.excerpt.prefix(3).map { Citation(passage: best.passage.id, quote: String($0.text.prefix(160))) }
        answer = Self.text(of: best.excerpt)
        missing = nil
        confidence = min(20, Int((8 + 12 * share).rounded()))
    }

    /// Sentences in a row; rows of a table on lines of their own, below the table's head.
    private static func text(of units: [Sentences.Unit]) -> String {
        var text = ""
        var head: String?
        for unit in units {
            if let tableHead = unit.tableHead, tableHead != head { text += (text.isEmpty ? "" : "\n") + tableHead }
            text += (text.isEmpty ? "" : unit.tableHead == nil && head == nil ? " " : "\n") + unit.text
            head = unit.tableHead
        }
        return text
    }

    /// The reply as the model's text.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// One passage with the part of it that would be quoted.
private struct Candidate {
    let passage: DataBlock.Passage
    let excerpt: [Sentences.Unit]
    /// Weight of the question's words that the passage (with its title) holds.
    let covered: Double
    let score: Double

    init(passage: DataBlock.Passage, rank: Int, wanted: [String: Double], analyzer: Analyzer) {
        self.passage = passage
        func found(in text: String) -> Set<String> { Set(analyzer.stems(of: text)).intersection(wanted.keys) }
        func weight(_ stems: Set<String>) -> Double { stems.reduce(0) { $0 + (wanted[$1] ?? 0) } }

        let heading = found(in: passage.title)
        let sentences = Sentences.split(passage.text)
        let hits = sentences.map { found(in: $0.whole) }
        let everything = hits.reduce(heading) { $0.union($1) }
        covered = weight(everything)

        var chosen: [Int] = []
        // A row of a table is about what its first cell names.
        let weights = sentences.indices.map { weight(hits[$0]) + 0.1 * weight(found(in: sentences[$0].subject)) }
        if let first = hits.indices.max(by: { (weights[$0], -$0) < (weights[$1], -$1) }) {
            // A section whose heading is the question is answered by its beginning.
            let isAnsweredByHeading = weight(heading) >= 0.8 * covered && !heading.isEmpty
            chosen = [isAnsweredByHeading && weight(hits[first]) < 0.6 * covered ? 0 : first]
            var known = hits[chosen[0]]
            for next in hits.indices
            where chosen.count < 3 && !chosen.contains(next) && weight(hits[next].subtracting(known)) > 0.1 * covered {
                chosen.append(next)
                known.formUnion(hits[next])
            }
            // A sentence alone often lacks its condition; a table's row does not.
            if chosen.count == 1, chosen[0] + 1 < sentences.count, sentences[chosen[0]].tableHead == nil,
                sentences[chosen[0] + 1].tableHead == nil
            {
                chosen.append(chosen[0] + 1)
            }
        }
        excerpt = chosen.sorted().map { sentences[$0] }
        let quoted = chosen.reduce(Set<String>()) { $0.union(hits[$1]) }
        score = (covered + weight(quoted)) * (1 - 0.06 * Double(rank))
    }
}

/// Cuts a passage into the units that can be quoted alone: sentences, list items, table rows (each with the table's head).
enum Sentences {
    /// A sentence, a list item, or a row of a table.
    struct Unit: Hashable {
        /// As it stands in the passage.
        let text: String
        /// The head of the table it is a row of.
        var tableHead: String?

        /// The first cell of a row; nothing for a sentence.
        var subject: String { tableHead == nil ? "" : String(text.prefix { $0 != "|" }) }

        /// What it says, the head included.
        var whole: String { (tableHead.map { $0 + "\n" } ?? "") + text }
    }

    static func split(_ text: String) -> [Unit] {
        var units: [Unit] = []
        var tableHead: String?
        for line in text.split(separator: "\n") {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("|") {
                let isRule = line.allSatisfy { "|-: ".contains($0) }
                if isRule { continue }
                let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
                    .joined(separator: " | ")
                if let head = tableHead { units.append(Unit(text: cells, tableHead: head)) } else { tableHead = cells }
                continue
            }
            tableHead = nil
            if line.isEmpty || line.hasPrefix("```") || line.hasPrefix("#") { continue }
            units += sentences(in: line).map { Unit(text: $0) }
        }
        return units
    }

    /// A sentence ends at `.`, `!` or `?` before a space and a capital or a digit.
    private static func sentences(in line: String) -> [String] {
        var result: [String] = []
        var start = line.startIndex
        var index = line.startIndex
        while index < line.endIndex {
            let next = line.index(after: index)
            if ".!?".contains(line[index]), next < line.endIndex, line[next] == " " {
                let after = line.index(after: next)
                if after < line.endIndex, line[after].isUppercase || line[after].isNumber {
                    result.append(String(line[start...index]))
                    start = after
                }
            }
            index = next
        }
        if start < line.endIndex { result.append(String(line[start...])) }
        return result
    }
}
