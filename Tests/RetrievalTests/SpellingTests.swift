import Retrieval
import Testing

@Suite struct SpellingTests {
    @Test(arguments: ["withdrawl", "withdrawall", "withdrwaal", "withdrawel"])
    func `one wrong letter is repaired and told`(word: String) async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let result = try await world.search("\(word) limits")
            #expect(result.passages.first?.id == "withdrawals.md::2")
            #expect(result.repaired.map(\.from) == [word])
            #expect(result.repaired.first?.to.hasPrefix("withdrawal") == true)
        }
    }

    @Test(arguments: ["withdrawal", "withdrawals", "xithdrawal", "fse", "wthdrwl", "withdrawa1"])
    func `known, short, numbered, far and wrongly begun words are left alone`(word: String) async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            #expect(try await world.search(word).repaired.isEmpty)
        }
    }

    @Test func `of several near words the one in most chunks is taken`() async throws {
        try await Quayside.run { world in
            try await world.bring([
                SourceDocument(id: "a", text: "market"), SourceDocument(id: "b", text: "marked"), SourceDocument(id: "c", text: "market"),
            ])
            #expect(try await world.search("markex").repaired == [Repair(from: "markex", to: "market")])
        }
    }
}
