import Foundation
import Prompting
import Testing

@testable import Baton

/// The built-in responder's words: sentences of the passages, or none.
struct ExtractiveReplyTests {
    private func passage(_ id: String, _ title: String, _ text: String) -> DataBlock.Passage { .init(id: id, title: title, text: text) }

    private let withdrawals = DataBlock.Passage(
        id: "w::0", title: "Bank withdrawals",
        text: "A bank withdrawal arrives within two working days. It is sent at noon. Dogs are welcome in the office.")

    @Test func `the sentence that shares most with the question is quoted word for word`() {
        let reply = ExtractiveReply(question: "When does a bank withdrawal arrive?", passages: [withdrawals])
        #expect(reply.answer.hasPrefix("A bank withdrawal arrives within two working days."))
        #expect(reply.citations.first?.passage == "w::0" && reply.support == "full")
        for citation in reply.citations { #expect(withdrawals.text.contains(citation.quote)) }
        #expect(reply.confidence > 15 && !reply.needsHuman)
    }

    @Test func `where no passage speaks to the question it says so, sure of nothing`() {
        for passages in [[], [withdrawals]] {
            let reply = ExtractiveReply(question: "Do you insure sailing boats?", passages: passages)
            #expect(reply.support == "none" && reply.citations.isEmpty && reply.confidence < 5 && reply.missing != nil)
        }
    }

    @Test func `a question without words finds nothing`() {
        #expect(ExtractiveReply(question: "???", passages: [withdrawals]).support == "none")
        #expect(ExtractiveReply(question: "", passages: [withdrawals]).support == "none")
    }

    @Test func `a row of a table comes with the table's head`() {
        let table = passage("l::0", "Limits", "| Level | Bank withdrawal a day |\n|---|---|\n| 1 | 2,000 USD |\n| 2 | 50,000 USD |")
        let reply = ExtractiveReply(question: "bank withdrawal limit a day for level 2", passages: [table])
        #expect(reply.answer == "Level | Bank withdrawal a day\n2 | 50,000 USD")
        // What is cited must stand in the passage word for word: the row, not the head with a later row.
        #expect(reply.citations.map(\.quote) == ["2 | 50,000 USD"])
    }

    @Test func `it keeps to the answer contract`() throws {
        let text = try ExtractiveReply(question: "When does a bank withdrawal arrive?", passages: [withdrawals]).json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        for key in ["plan", "support", "citations", "answer", "sentiment", "captured", "needs_human", "confidence"] {
            #expect(object[key] != nil)
        }
    }

    @Test func `sentences end where a capital or a digit follows, not within a number or an abbreviation`() {
        #expect(
            Sentences.split("It costs 0.90 EUR. Done! Really? yes. 3 days.").map(\.text) == [
                "It costs 0.90 EUR.", "Done!", "Really? yes.", "3 days.",
            ])
        #expect(Sentences.split("") == [] && Sentences.split("\n\n# Head\n```\n") == [])
        #expect(Sentences.split("One.").map(\.text) == ["One."])
    }

    @Test func `two tables keep their own heads`() {
        let units = Sentences.split("| A | B |\n|---|---|\n| 1 | 2 |\n\nText.\n| C | D |\n|---|---|\n| 3 | 4 |")
        #expect(units.map(\.whole) == ["A | B\n1 | 2", "Text.", "C | D\n3 | 4"])
    }
}
