import Retrieval
import Testing

@Suite struct AnalyzerTests {
    private let analyzer = Analyzer()

    @Test func `apostrophes are dropped and a final s after one is cut`() {
        #expect(
            analyzer.words(of: "Don't touch the customer's keys, it's Ines’s").map(\.text) == [
                "dont", "touch", "the", "customer", "keys", "it", "ines",
            ])
    }

    @Test func `accents, capitals and typographic signs do not part words`() {
        #expect(analyzer.words(of: "Größe NAÏVE Łódź co\u{AD}operate").map(\.text) == ["grosse", "naive", "lodz", "cooperate"])
        #expect(analyzer.words(of: "ПРИВЕТ ΑΘΗΝΑ").map(\.text) == ["привет", "αθηνα"])
        #expect(analyzer.words(of: "cafe\u{301}").map(\.text) == ["cafe"])
    }

    @Test func `dashes, quotes and odd spaces part words`() {
        #expect(analyzer.words(of: "log\u{2013}in \u{201C}wallet\u{201D}\u{A0}key…").map(\.text) == ["log", "in", "wallet", "key"])
    }

    @Test func `Chinese and Japanese characters are words by themselves`() {
        #expect(analyzer.words(of: "東京Tower").map(\.text) == ["東", "京", "tower"])
    }

    @Test func `a word knows where it stands in the text`() {
        let text = "Über 2 Wallets’ keys"
        let places = analyzer.words(of: text).map { String(decoding: Array(text.utf8)[$0.range], as: UTF8.self) }
        #expect(places == ["Über", "2", "Wallets", "keys"])
    }

    @Test func `stems join the forms of a word`() {
        #expect(Set(analyzer.stems(of: "withdraw withdrawing withdraws")).count == 1)
        #expect(analyzer.stem("fees") == "fee")
        #expect(analyzer.isDamped(stem: analyzer.stem("what")) && !analyzer.isDamped(stem: analyzer.stem("withdrawal")))
    }

    @Test func `nothing, signs and endless words are harmless`() {
        #expect(analyzer.words(of: "").isEmpty)
        #expect(analyzer.words(of: "... '' ’ \u{0} \u{FEFF}").isEmpty)
        #expect(analyzer.words(of: String(repeating: "x", count: 100_000)).map(\.text.utf8.count) == [64])
        #expect(analyzer.words(of: String(repeating: "'", count: 100_000)).isEmpty)
    }
}
