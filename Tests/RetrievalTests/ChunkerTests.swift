import Foundation
import Testing

@testable import Retrieval

@Suite struct ChunkerTests {
    @Test func `text is cut at headings and keeps the headings above it`() {
        let outline = Outline.read(
            SourceDocument(id: "x", text: "# Guide\nIntro.\n## Wallets\nOne.\n### Keys\nTwo.\n## Fees\nThree.", format: .markdown))
        let chunks = Chunker.chunks(of: outline, title: "Guide")
        #expect(chunks.map(\.headings) == [[], ["Wallets"], ["Wallets", "Keys"], ["Fees"]])
        #expect(chunks.map(\.text) == ["Intro.", "One.", "Two.", "Three."])
    }

    @Test func `a heading without text is kept, but not where a section below carries it`() {
        let outline = Outline.read(SourceDocument(id: "x", text: "## Empty\n## Parent\n### Child\nText.", format: .markdown))
        let chunks = Chunker.chunks(of: outline, title: "T")
        #expect(chunks == [DraftChunk(headings: ["Empty"], text: ""), DraftChunk(headings: ["Parent", "Child"], text: "Text.")])
    }

    @Test func `a document that is a title only is one empty chunk`() {
        #expect(Chunker.chunks(of: Outline(), title: "Only a title") == [DraftChunk(headings: [], text: "")])
        #expect(Chunker.chunks(of: Outline(), title: "").isEmpty)
    }

    @Test func `a section of up to 400 words is one chunk, a longer one has equal parts`() {
        let paragraph = String(repeating: "word ", count: 50)
        let short = Array(repeating: paragraph, count: 8).joined(separator: "\n\n")
        let long = Array(repeating: paragraph, count: 18).joined(separator: "\n\n")
        #expect(Chunker.chunks(of: PlainReader(style: .plain).read(short), title: "").count == 1)
        let parts = Chunker.chunks(of: PlainReader(style: .plain).read(long), title: "")
        #expect(parts.map { Chunker.size($0.text) } == [300, 300, 300])
    }

    @Test func `a large table is cut between rows and repeats its header`() {
        let rows = (0..<300).map { "| coin \($0) | network fee \($0) |" }
        let text = "| coin | fee |\n| --- | --- |\n" + rows.joined(separator: "\n")
        let chunks = Chunker.chunks(of: Outline.read(SourceDocument(id: "x", text: text, format: .markdown)), title: "")
        #expect(chunks.count > 2)
        #expect(chunks.allSatisfy { $0.text.hasPrefix("| coin | fee |\n| --- | --- |\n| coin") })
        for row in rows { #expect(chunks.count { $0.text.contains(row) } == 1) }
    }

    @Test func `a small table and a small code block stay whole`() {
        let filler = Array(repeating: String(repeating: "word ", count: 90), count: 4).joined(separator: "\n\n")
        let code = "```swift\n" + String(repeating: "let a = 1\n", count: 20) + "```"
        let outline = Outline.read(SourceDocument(id: "x", text: filler + "\n\n" + code + "\n\n" + filler, format: .markdown))
        let chunks = Chunker.chunks(of: outline, title: "")
        #expect(chunks.count { $0.text.contains(code) } == 1)
    }

    @Test func `a large code block is cut with its fences closed and opened again`() {
        let code = "```sh\n" + (0..<400).map { "run step \($0) now" }.joined(separator: "\n") + "\n```"
        let chunks = Chunker.chunks(of: Outline.read(SourceDocument(id: "x", text: code, format: .markdown)), title: "")
        #expect(chunks.count > 2)
        #expect(chunks.allSatisfy { $0.text.hasPrefix("```sh\n") && $0.text.hasSuffix("\n```") })
    }

    @Test func `together the chunks have every character of the document`() throws {
        var random = Dice(state: 11)
        for round in 0..<150 {
            let text = Self.text(&random)
            let format = SourceDocument.Format.allCases[round % 4]
            let outline = Outline.read(SourceDocument(id: "x", text: text, format: format))
            let chunks = Chunker.chunks(of: outline, title: "")
            // Every word of every block stands in the right order in the chunks with their headings.
            var missing = Self.characters(outline.blocks.map(\.text))[...]
            let there = Self.characters(Self.inOrder(chunks))
            for character in there where missing.first == character { missing = missing.dropFirst() }
            #expect(missing.isEmpty, "round \(round), \(format): \(String(String.UnicodeScalarView(missing.prefix(60))))")
        }
    }

    @Test func `plain text loses nothing between file and chunks`() {
        var random = Dice(state: 5)
        for _ in 0..<100 {
            // Without marks that are headings.
            let text = Self.text(&random).replacing("#", with: "").replacing("===", with: "").replacing("---", with: "")
            let chunks = Chunker.chunks(of: PlainReader(style: .plain).read(text), title: "")
            var missing = Self.characters([text])[...]
            for character in Self.characters(Self.inOrder(chunks)) where missing.first == character { missing = missing.dropFirst() }
            #expect(missing.isEmpty)
        }
    }

    /// The headings that a chunk is the first to have, then its text.
    private static func inOrder(_ chunks: [DraftChunk]) -> [String] {
        var all: [String] = []
        for chunk in chunks { all += chunk.headings + [chunk.text] }
        return all
    }

    private static func characters(_ texts: [String]) -> [UnicodeScalar] {
        texts.flatMap { Array($0.unicodeScalars) }.filter { !$0.properties.isWhitespace && $0.value > 32 }
    }

    /// A document of random blocks: long and short, tables, code, lists, headings, words without end, other scripts.
    private static func text(_ random: inout Dice) -> String {
        let words = [
            "fee", "wallet", "Größe", "東京都の手数料", "a", "https://quayside.example/help", "0.0004", "don't", "🙂", "|", "`x`", "*b*", "<b>",
        ]
        var blocks: [String] = []
        for _ in 0..<(1 + random.roll(12)) {
            let line = { (random: inout Dice) in
                (0..<(1 + random.roll(40))).map { _ in words[random.roll(words.count)] }.joined(separator: " ")
            }
            switch random.roll(9) {
            case 0: blocks.append(String(repeating: "#", count: 1 + random.roll(6)) + " Heading \(random.roll(99))")
            case 1:
                blocks.append(
                    "| a | b |\n| --- | --- |\n" + (0..<random.roll(200)).map { "| \($0) | value \($0) |" }.joined(separator: "\n"))
            case 2: blocks.append("```\n" + (0..<random.roll(120)).map { _ in line(&random) }.joined(separator: "\n") + "\n```")
            case 3: blocks.append((0..<random.roll(30)).map { _ in "- " + line(&random) }.joined(separator: "\n"))
            case 4: blocks.append(String(repeating: "x", count: random.roll(30_000)))
            case 5: blocks.append("Title \(random.roll(9))\n=======\n")
            case 6: blocks.append((0..<random.roll(60)).map { _ in line(&random) + "." }.joined(separator: " "))
            default: blocks.append(line(&random))
            }
        }
        return blocks.joined(separator: random.roll(2) == 0 ? "\n\n" : "\r\n\r\n")
    }
}

/// Random numbers that are the same in every run.
struct Dice {
    var state: UInt64

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return sides > 0 ? Int(state >> 33) % sides : 0
    }
}
