import Testing

@testable import Escalation

@Suite struct WordTests {
    private func words(_ text: String) -> [String] { Words.split(text).map(\.text) }

    @Test func `words are folded, and apostrophes and invisible characters do not part them`() {
        #expect(words("Don’t  CONNECT me, hu\u{200B}man!") == ["dont", "connect", "me", "human"])
        #expect(words("À l'agent: ÉTÉ, Straße, ｈｕｍａｎ") == ["a", "l", "agent", "ete", "strasse", "human"])
        #expect(words("e\u{301}te\u{301}") == ["ete"])
    }

    @Test func `scripts without spaces are cut into characters`() {
        #expect(words("我要转人工") == ["我", "要", "转", "人", "工"])
        #expect(words("상담원 연결") == ["상담원", "연결"])
    }

    @Test func `ranges lead back to what was written`() {
        let text = "Où est Édda?"
        let last = Words.split(text).last
        #expect(last.map { String(decoding: Array(text.utf8)[$0.range], as: UTF8.self) } == "Édda")
    }

    @Test func `hostile texts give words within bounds and no trap`() {
        for text in [
            "", "\u{0}\u{0}", "\u{202E}\u{200F}", "👩‍👩‍👧‍👦🏳️‍🌈", String(repeating: "a", count: 200_000), String(repeating: "é ", count: 200_000),
            "\u{FEFF}'''",
        ] {
            let bytes = text.utf8.count
            for word in Words.split(text) {
                #expect(word.range.upperBound <= bytes)
                #expect(word.text.utf8.count <= Words.longestWord + 4)
            }
        }
    }

    @Test func `one wrong letter is forgiven, two are not`() {
        func near(_ left: String, _ right: String) -> Bool { Typo.isMeant(Array(left.utf8), Array(right.utf8)) }
        for typed in ["agnet", "agen", "agentt", "agemt", "gaent"] { #expect(near(typed, "agent")) }
        for typed in ["agent", "aegnts", "urgent", "bgent", "ag", ""] { #expect(!near(typed, "agent")) }
    }

    @Test func `typos need five letters, and words of the list are never typos of each other`() throws {
        var lexicon = Lexicon()
        let number = lexicon.group(of: ["agent", "chat", "manager"])
        let group = try #require(number)
        lexicon.add(correctWords: ["manage"])
        #expect(lexicon.read("an agnet").hits(of: group).map(\.hasTypo) == [true])
        #expect(lexicon.read("a chap").hits(of: group).isEmpty)
        #expect(lexicon.read("I manage this").hits(of: group).isEmpty)
    }

    @Test func `a star stands for every ending, phrases of several words need them all`() throws {
        var lexicon = Lexicon()
        let number = lexicon.group(of: ["transfer*", "real person"])
        let group = try #require(number)
        #expect(lexicon.read("transferring").hits(of: group).count == 1)
        #expect(lexicon.read("a real nice person").hits(of: group).isEmpty)
        #expect(lexicon.read("a Real  PERSON").quote(1, 3) == "Real  PERSON")
        #expect(lexicon.group(of: ["***"]) == nil)
    }
}
