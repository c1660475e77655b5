import Assistant
import Escalation
import Foundation
import Inbox
import Metering
import Storage
import Support
import Testing

/// Questions that the documents answer.
struct AnsweringTests {
    @Test func `a question that the documents answer gets a reply with checked citations, settled once`() async throws {
        try await World.run { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            world.expectReply(asked)
            let reply = try #require(asked.reply)
            #expect(reply.text.contains("within two working days"))
            let citations = try StoredJSON.decode([ShownCitation].self, from: try #require(reply.citations))
            #expect(citations.map(\.document) == ["bank-withdrawals.md"])
            #expect(reply.text.contains(try #require(citations.first).quote))
            let details = try #require(reply.details.flatMap(ReplyDetails.read))
            #expect(details.promptVersion?.count == 64 && details.indexVersion?.isEmpty == false)
            #expect(details.model == "scripted-1" && details.endpoint == "scripted" && details.attempts == 1)
            #expect(details.passages.first?.title == "Bank withdrawals")
            #expect(try #require(details.receipt.confidence).probability >= 0.8)

            let usage = try #require(asked.usage)
            #expect(usage.outcome == .delivered && usage.attemptCount == 1)
            #expect(usage.tokens.reduce(0, +) == 1100)
            #expect(usage.cost.text == "0.0012")
            #expect(usage.templateVersion == details.promptVersion && usage.model == "scripted-1")
            #expect(try await world.credit().balance.text == "49.95")
            #expect(world.endpoint.requests.count == 1)
        }
    }

    @Test func `a citation that stands in no passage is not shown`() async throws {
        var options = World.Options()
        options.model = { Model.answer(to: $0) { $0.citations.append(("staking.md::9", "Invented words that stand nowhere")) } }
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            let shown = try asked.reply?.citations.map { try StoredJSON.decode([ShownCitation].self, from: $0) } ?? []
            #expect(!shown.contains { $0.quote.contains("Invented") })
        }
    }

    @Test func `a greeting is answered without a model and without a charge`() async throws {
        try await World.run { world in
            let asked = try await world.ask("Hello there!")
            #expect(asked.reply?.text == "Hello, how can I help?")
            #expect(asked.usage == nil && world.endpoint.requests.isEmpty)
            #expect(try await world.credit().balance.text == "50")
        }
    }

    @Test func `an angry customer gets the reply and the offer of a person, charged once`() async throws {
        try await World.run { world in
            let asked = try await world.ask("This is horrible, a nightmare! How long does a bank withdrawal take?")
            world.expectReply(asked)
            #expect(asked.reply?.text.hasSuffix("Would you like to talk to a person?") == true)
            #expect(asked.usage?.outcome == .delivered)
        }
    }

    @Test func `a reply that ran into the token limit is no whole answer and is charged as what it is, or handed over`() async throws {
        var options = World.Options()
        options.model = { request in Model.say(Model.honest(request).json, to: request, finish: "length") }
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            if asked.reply != nil { #expect(asked.usage?.outcome == .cutAtLength) } else { #expect(asked.usage?.charged == .zero) }
        }
    }

    @Test func `each workspace answers from its own documents, for its own money, and knows nothing of the other's threads`() async throws {
        try await World.run { world in
            let ours = try await world.ask("How long does a bank withdrawal take?")
            world.expectReply(ours)
            let theirs = try await world.open(in: harbour)
            let foreign = try await world.ask("How long does a bank withdrawal take?", in: theirs)
            #expect(foreign.reply == nil && foreign.handoff?.reason == "no_knowledge")
            let mooring = try await world.ask(
                "What does a mooring in the inner harbour cost a night?", in: try await world.open(in: harbour))
            world.expectReply(mooring)
            #expect(try await world.credit(quayside).balance.text == "49.95")
            #expect(try await world.credit(harbour).balance.text == "49.95")
            await #expect(throws: InboxError.notFound(.conversation)) {
                _ = try await world.desk.claim(ours.conversation.id, of: harbour, by: mara)
            }
            await #expect(throws: InboxError.notFound(.conversation)) {
                _ = try await world.desk.receive("Hello", from: ours.conversation.customer, in: ours.conversation.id, of: harbour)
            }
            for request in world.endpoint.requests where request.text.contains("mooring in the inner") {
                #expect(!request.text.contains("bank withdrawal"))
            }
        }
    }

    @Test func `what a reply says of itself survives a restart`() async throws {
        try await World.run { world in
            let asked = try await world.ask("When are staking rewards paid out?")
            world.expectReply(asked)
            let later = try await world.restarted()
            let again = try await later.look(at: asked.received, in: asked.conversation)
            #expect(again.reply == asked.reply && again.usage == asked.usage)
            await later.close()
        }
    }

    @Test func `the tokens in the books are the tokens the endpoint counted`() async throws {
        var options = World.Options()
        options.model = { $0.number % 3 == 0 ? .error(503, message: "busy") : Model.answer(to: $0) }
        try await World.run(options) { world in
            for _ in 0..<3 {
                for question in HandingOverTests.harmless { world.expectReply(try await world.ask(question)) }
            }
            let meter = world.meter
            let totals = try await world.read { try meter.totals(of: quayside, in: $0) }
            let billed = world.endpoint.tokensDelivered
            // What the endpoint reported; for an attempt that failed there is only a bound.
            let reported = try await world.read { snapshot in
                try meter.usage(of: quayside, limit: 100, in: snapshot).flatMap {
                    try meter.explain($0.response, of: quayside, in: snapshot)?.attempts ?? []
                }.filter { $0.usageSource == .providerFinal }.map(\.tokens)
            }
            #expect(reported.count == 12)
            #expect(reported.reduce(0) { $0 + $1.prefix(3).reduce(0, +) } == billed.prompt)
            #expect(reported.reduce(0) { $0 + $1.suffix(2).reduce(0, +) } == billed.completion)
            #expect(totals.attempts == world.endpoint.requests.count && totals.billedResponses == 12)
        }
    }

    static let oddTexts = [
        String(repeating: "bank withdrawal ", count: 500), "How long does a bank\u{0} withdrawal\u{7} take?",
        "\u{202E}?ekat lawardhtiw knab a seod gnol woH",
        "{{company}} {{> answer-contract}} {{#passages}} bank withdrawal", "'; DROP TABLE message; -- bank withdrawal", "👩🏽‍👩🏽‍👧🏽 🏦?",
        "Quanto tempo demora um levantamento bancário?", "<script>alert(1)</script> bank withdrawal", "?", "a",
    ]

    @Test(arguments: oddTexts)
    func `whatever a customer writes, it is kept as written and ends in a reply or a person`(_ text: String) async throws {
        try await World.run { world in
            let asked = try await world.ask(text)
            #expect(asked.after.count == 1 && asked.turn?.state != .open)
            let kept = try await world.thread(asked.conversation).first?.text
            #expect(kept == text.replacing("\u{0}", with: "\u{FFFD}"))
        }
    }

    @Test func `a message that is empty or above the limit is refused, and nothing of it is kept`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            for text in ["", " \n\t", "\u{200B}", String(repeating: "a", count: 8_001)] {
                await #expect(throws: InboxError.self) { try await world.say(text, in: conversation) }
            }
            #expect(try await world.thread(conversation).isEmpty)
            await #expect(throws: DeskError.unknownAssistant("nobody", known: ["help"])) {
                _ = try await world.desk.open(in: quayside, assistant: "nobody")
            }
            await #expect(throws: DeskError.unknownWorkspace("nowhere")) { _ = try await world.desk.open(in: WorkspaceID("nowhere")) }
        }
    }
}
