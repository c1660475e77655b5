import Foundation
import Retrieval
import Storage
import Testing

@Suite struct SearchTests {
    @Test func `the section that answers is the first passage`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let result = try await world.search("How long do withdrawals take?")
            #expect(result.passages.first?.id == "withdrawals.md::1")
            #expect(result.passages.first?.headings == ["How long does a withdrawal take?"])
            #expect(result.passages.first?.title == "Withdrawals")
        }
    }

    @Test func `a passage's terms sum to its score`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            for question in ["withdrawal fees for bitcoin", "I lost my phone and the recovery codes", "what is quayside"] {
                let result = try await world.search(question, earlier: ["two-factor authentication settings", "trading fees"])
                #expect(!result.passages.isEmpty)
                for passage in result.passages {
                    #expect(abs(passage.terms.reduce(0) { $0 + $1.share } - passage.score) < 1e-9)
                    #expect(passage.terms.allSatisfy { $0.share > 0 })
                }
            }
        }
    }

    @Test func `the explanation names the field, the pair and the earlier turn`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let result = try await world.search("recovery code", earlier: ["I lost my phone"])
            let terms = try #require(result.passages.first).terms
            #expect(terms.contains { $0.term == "recovery code" && $0.note == "pair" })
            #expect(terms.contains { $0.term == "recovery" && $0.note.hasPrefix("body") })
            #expect(terms.contains { $0.term == "phone" && $0.note.hasSuffix("earlier turn") })
        }
    }

    @Test func `question words alone do not decide`() async throws {
        try await Quayside.run { world in
            let chatty = (0..<6).map { SourceDocument(id: "chatty\($0)", text: "How can I do it? I can do it with button \($0).") }
            let plain = (0..<5).map { SourceDocument(id: "plain\($0)", text: "Rewards of coin \($0) are paid weekly into its balance.") }
            try await world.bring(chatty + plain + [SourceDocument(id: "b", text: "Staking rewards are paid weekly into the balance.")])
            #expect(try await world.search("how can I do staking").passages.first?.documentID == "b")
        }
    }

    @Test func `question words still count where there is nothing else`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            #expect(try await world.search("what is this").passages.first?.documentID == "contact.txt")
        }
    }

    @Test func `a follow-up is understood with the turn before it`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let alone = try await world.search("and the limits?")
            let both = try await world.search("and how long?", earlier: ["withdrawal"])
            #expect(alone.passages.first?.id == "withdrawals.md::2")
            #expect(both.passages.first?.id == "withdrawals.md::1")
        }
    }

    @Test func `what the documents do not know gives no passage`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let result = try await world.search("zxqv plmokn")
            #expect(result.passages.isEmpty)
            #expect(result.signals == .nothing(unknownShare: 1))
            #expect(result.scores.cosine(result.scores) == 0)
        }
    }

    @Test func `a known question has higher signals than a strange one`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let known = try await world.search("withdrawal limits").signals
            let strange = try await world.search("withdrawal of my cat from the veterinary clinic").signals
            #expect(known.normScore > 2 * strange.normScore)
            #expect(known.normScore <= 1 && strange.normScore > 0)
            #expect(known.coverage == 1 && strange.coverage < 0.7)
            #expect(known.unknownShare == 0 && strange.unknownShare > 0.3)
            #expect(known.best > 0 && known.marginToSecond > 0 && known.marginToRest >= known.marginToSecond)
        }
    }

    @Test func `the same question in other words has a close score vector, another question does not`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let first = try await world.search("how long does a withdrawal take").scores
            let again = try await world.search("my withdrawal takes so long", earlier: ["two-factor authentication"]).scores
            let other = try await world.search("which identity card for verification").scores
            #expect(first.cosine(again) > 0.85)
            #expect(first.cosine(other) < 0.3)
            #expect(abs(first.cosine(first) - 1) < 1e-6)
        }
    }

    @Test func `no workspace and no collection sees another's documents`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let others = [
                Retrieval.Collection(workspace: .init("harbour"), name: "help"),
                Retrieval.Collection(workspace: world.workspace, name: "internal"),
            ]
            for other in others {
                #expect(try await world.library.search(SearchQuery(text: "withdrawal"), in: other).passages.isEmpty)
                #expect(try await world.library.chunk("fees.md::1", in: other) == nil)
                #expect(try await world.library.documents(in: other).isEmpty)
            }
        }
    }

    @Test func `a chunk can be read by its id, and only by a right one`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            #expect(try await world.library.chunk("fees.md::1", in: world.help)?.text.contains("0.0004 BTC") == true)
            for id in ["fees.md::0", "fees.md::99", "fees.md", "::", "", "fees.md::+1", "fees.md:1", ":", "fees.md::1::1"] {
                #expect(try await world.library.chunk(id, in: world.help) == nil)
            }
            #expect(try await world.library.chunks(of: "fees.md", in: world.help).map(\.id) == ["fees.md::1", "fees.md::2"])
        }
    }

    @Test func `the limit is kept and moved into its range`() async throws {
        #expect(SearchQuery(text: "", limit: 0).limit == 1)
        #expect(SearchQuery(text: "", limit: 5_000).limit == SearchQuery.mostPassages)
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            #expect(try await world.search("withdrawal fee limit", limit: 2).passages.count == 2)
        }
    }

    @Test func `pruning finds the same head as reading every list`() throws {
        // Enough chunks that frequent words are not read through; each has the frequent words and one of a hundred rare ones.
        var builder = IndexBuilder()
        for chunk in 0..<9_000 {
            let filler = String(repeating: "the service is here ", count: 1 + chunk % 7)
            try builder.add(row: Int64(chunk), title: "", headings: [], text: filler + "topic\(chunk % 100) and entry\(chunk)")
        }
        let index = builder.seal()
        let pruned = index.hits(for: "the service is topic7", limit: 20)
        #expect(pruned.count == 20)
        #expect(pruned.allSatisfy { $0.row % 100 == 7 })
        // The shortest chunks come first; equal ones in the order of the documents.
        #expect(pruned.map(\.row) == pruned.map(\.row).sorted { ($0 % 7, $0) < ($1 % 7, $1) } || pruned[0].row % 7 == 0)
    }
}
