import Assistant
import Escalation
import Foundation
import Inbox
import Metering
import Storage
import Support
import Testing

/// Every reason for which a person takes over, each with one announcement and a whole package.
struct HandingOverTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let says: String
        let reason: String
        var team: String?
        var announcement: String?
        var testDescription: String { says }
    }

    /// What the customer's words alone decide.
    static let byWords = [
        Case(says: "Can I talk to a human please?", reason: "asked_for_person", team: "frontline", announcement: "Of course."),
        Case(says: "I can't log in to my account any more", reason: "sensitive_topic", team: "security", announcement: "Freeze it."),
        Case(says: "Someone hacked my account last night", reason: "sensitive_topic", team: "security", announcement: "Freeze it."),
        Case(says: "I was scammed by somebody on Telegram", reason: "sensitive_topic", team: "security", announcement: "Freeze it."),
        Case(says: "My withdrawal is blocked since Monday", reason: "sensitive_topic", team: "payments", announcement: "About your money."),
        Case(says: "You rejected my passport", reason: "sensitive_topic", team: "compliance", announcement: "Your documents."),
        Case(says: "My lawyer will contact you", reason: "sensitive_topic", team: "compliance", announcement: "A person takes over."),
        Case(says: "You charged me twice for one deposit", reason: "sensitive_topic", team: "payments", announcement: "About your money."),
        Case(
            says: "Please transfer 75,000 USD to my bank", reason: "amount_over_limit", team: "payments", announcement: "About your money."),
        Case(says: "You are useless, what a pathetic service", reason: "frustration", team: "frontline", announcement: "I am sorry."),
        Case(
            says: "We are going in circles, that is not what I asked", reason: "frustration", team: "frontline", announcement: "I am sorry."
        ),
    ]

    @Test(arguments: byWords)
    func `the customer's words alone bring a person, without a model and without a charge`(_ example: Case) async throws {
        try await World.run { world in
            let asked = try await world.ask(example.says)
            try await world.expectHandoff(asked, because: example.reason, calls: 0)
            #expect(asked.usage == nil)
            let handoff = try #require(asked.handoff)
            if let team = example.team { #expect(handoff.team == TeamID(team)) }
            if let announcement = example.announcement { #expect(asked.after.first?.text.hasPrefix(announcement) == true) }
            #expect(asked.after.first?.text.contains("is here") == true)
            #expect(handoff.package.summary.pending == [example.says])
            #expect(handoff.package.customer.name == "Ines" && handoff.package.customer.email == "ines@example.com")
        }
    }

    static let harmless = [
        "How long does a bank withdrawal take?", "How do I set up two-factor authentication with an app?",
        "What do I get when I invite a friend?", "When are the staking rewards paid out?",
    ]

    @Test(arguments: harmless)
    func `an ordinary question about the same subjects brings nobody`(_ question: String) async throws {
        try await World.run { world in world.expectReply(try await world.ask(question)) }
    }

    @Test func `a question the documents do not speak to is handed over before a model could guess`() async throws {
        try await World.run { world in
            let asked = try await world.ask("Do you sell insurance for sailing boats?")
            try await world.expectHandoff(asked, because: "no_knowledge", calls: 0)
            #expect(asked.handoff?.package.tried.first?.hasPrefix("searched the documents") == true)
            #expect(asked.handoff?.package.why.contains { $0.contains("knowledge") && $0.contains("below") } == true)
        }
    }

    @Test func `details the customer gave are in the package, so that nobody asks again`() async throws {
        try await World.run { world in
            let asked = try await world.ask("You charged me twice for 120.50 EUR, write to ines.work@example.com, order QS-99817")
            try await world.expectHandoff(asked, because: "sensitive_topic")
            let package = try #require(asked.handoff?.package)
            #expect(package.captured["email"] == "ines.work@example.com")
            #expect(package.captured["amount"]?.contains("120") == true)
            #expect(package.intent == "billing_dispute")
            #expect(package.tags.contains("billing_dispute"))
            #expect(asked.conversation.captured == package.captured && asked.conversation.tags == package.tags)
        }
    }

    @Test func `the same question for the third time is handed over`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            world.expectReply(try await world.ask("How long does a bank withdrawal take?", in: conversation))
            let second = try await world.ask("how long does the bank withdrawal take", in: conversation)
            world.expectReply(second)
            #expect(second.reply?.text.hasSuffix("Would you like to talk to a person?") == true)
            let third = try await world.ask("So how long does a bank withdrawal take?", in: conversation)
            try await world.expectHandoff(third, because: "repetition", calls: 2)
            let package = try #require(third.handoff?.package)
            #expect(package.summary.resolved.count == 2 && package.summary.pending.count == 1)
        }
    }

    @Test func `different questions in a row are no repetition`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            for question in Self.harmless { world.expectReply(try await world.ask(question, in: conversation)) }
        }
    }

    @Test func `after as many replies as the cap allows a person is asked`() async throws {
        var options = World.Options()
        options.turnCap = 2
        try await World.run(options) { world in
            let conversation = try await world.open()
            world.expectReply(try await world.ask(Self.harmless[0], in: conversation))
            world.expectReply(try await world.ask(Self.harmless[1], in: conversation))
            let third = try await world.ask(Self.harmless[2], in: conversation)
            try await world.expectHandoff(third, because: "turn_cap", calls: 2)
            #expect(third.handoff?.package.why.contains { $0.contains("2 replies") && $0.contains("at most 2") } == true)
        }
    }

    // MARK: What the draft decides

    private func ask(
        _ question: String = "How long does a bank withdrawal take?", because reason: String,
        sourceLocation: SourceLocation = #_sourceLocation, _ change: @escaping @Sendable (inout Model.Answer) -> Void
    ) async throws {
        var options = World.Options()
        options.model = { Model.answer(to: $0, change) }
        try await World.run(options) { world in
            let asked = try await world.ask(question)
            try await world.expectHandoff(asked, because: reason, calls: 1, sourceLocation: sourceLocation)
            let usage = try #require(asked.usage, sourceLocation: sourceLocation)
            #expect(usage.outcome == .escalatedOnly && usage.cost.text == "0.0012", sourceLocation: sourceLocation)
            // What was written is kept for the teammate, and only for the teammate.
            let whole = try await world.wholeThread(asked.conversation)
            #expect(whole.map(\.kind) == [.text, .announcement, .suggestion], sourceLocation: sourceLocation)
            let package = try #require(asked.handoff?.package, sourceLocation: sourceLocation)
            #expect(!package.sources.isEmpty && package.tried.count == 2, sourceLocation: sourceLocation)
            #expect(
                package.receipt?.contains("effective") == true || package.receipt?.contains("confidence") == true,
                sourceLocation: sourceLocation)
        }
    }

    @Test func `a draft that is not sure enough is handed over, with its confidence and the threshold`() async throws {
        var options = World.Options()
        options.model = {
            Model.answer(to: $0) { answer in
                answer.support = "partial"
                answer.confidence = 2
                answer.citations = []
                answer.missing = "How long it takes on Sundays."
            }
        }
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            try await world.expectHandoff(asked, because: "low_confidence", calls: 1)
            let package = try #require(asked.handoff?.package)
            #expect(package.why.contains { $0.contains("confidence") && $0.contains("below 80 %") }, "\(package.why)")
            #expect(package.summary.pending.contains { $0.contains("Sundays") })
        }
    }

    @Test func `a draft with a figure that stands in no source is handed over`() async throws {
        try await ask(because: "ungrounded") { $0.answer += " The fee is 17.35 EUR." }
    }

    @Test func `a draft whose citations stand nowhere is handed over`() async throws {
        try await ask(because: "ungrounded") { $0.citations = [("bank-withdrawals.md::0", "It takes a whole year and a day.")] }
    }

    @Test func `a model that asks for a person gets one`() async throws {
        try await ask(because: "model_asked") { $0.needsHuman = true }
    }

    @Test func `a draft that promises a person is no promise but a handover`() async throws {
        try await ask(because: "promise") { $0.answer += " I am connecting you with a specialist now." }
    }

    @Test func `a model that finds nothing in the passages is believed`() async throws {
        try await ask(because: "no_knowledge") { answer in
            answer.support = "none"
            answer.citations = []
            answer.answer = "The documents do not say it."
            answer.confidence = 1
        }
    }

    @Test func `a draft that links to a strange place is handed over`() async throws {
        try await ask(because: "unsafe_answer") { $0.answer += " See https://quayside-help.example.net/login for details." }
    }

    @Test func `a draft without a stated confidence is no certain one, and no failure by itself`() async throws {
        var options = World.Options()
        options.model = { Model.answer(to: $0) { $0.confidence = nil } }
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            if let details = asked.reply?.details.flatMap(ReplyDetails.read) {
                #expect(try #require(details.receipt.confidence).probability < 1)
                #expect(details.receipt.confidence?.selfReport == nil)
            } else {
                #expect(asked.handoff?.reason == "low_confidence")
            }
        }
    }

    @Test func `a draft that with the offer of a person is too long to be sent ends with a person, after one call`() async throws {
        var options = World.Options()
        options.model = { Model.answer(to: $0) { $0.answer = String(repeating: $0.answer + " ", count: 200) } }
        try await World.run(options) { world in
            let asked = try await world.ask("This is horrible, a nightmare! How long does a bank withdrawal take?")
            #expect(asked.reply == nil && asked.handoff != nil && asked.turn?.state == .handedOver)
            #expect(world.endpoint.requests.count == 1)
            // A later look finds nothing left to do.
            let round = try await world.desk.look()
            #expect(round.resumed == 0 && round.handedOver == 0 && round.swept == 0)
        }
    }

    @Test func `a draft of nothing that can be seen is no answer, and keeps nobody from a person`() async throws {
        var options = World.Options()
        options.model = { Model.answer(to: $0) { $0.answer = "\u{200B}\u{2060}\u{200B}" } }
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            #expect(asked.reply == nil && asked.handoff != nil && asked.turn?.state == .handedOver)
            #expect(asked.after.map(\.kind) == [.announcement])
        }
    }

    // MARK: Hours

    @Test func `outside its hours the team's announcement says when it opens, in its own time`() async throws {
        var options = World.Options()
        // The world begins on a Monday at nine; this team comes on Tuesdays.
        options.hours = try OpeningHours(zone: "Europe/Lisbon", weekly: [.init(weekday: 2, opens: 480, closes: 1200)])
        try await World.run(options) { world in
            let asked = try await world.ask("Can I talk to a human please?")
            #expect(asked.after.map(\.text) == ["Of course. Customer care opens tomorrow at 08:00 (Lisbon time)."])
            #expect(asked.handoff?.team == TeamID("frontline"))
        }
    }

    @Test func `within its hours, with nobody at the inbox, the announcement promises nobody`() async throws {
        var options = World.Options()
        options.isStaffed = false
        try await World.run(options) { world in
            let asked = try await world.ask("Can I talk to a human please?")
            #expect(asked.after.map(\.text) == ["Of course. Customer care is busy."])
            #expect(asked.handoff?.assigned == nil && asked.conversation.owner == .queue)
        }
    }

    // MARK: Credit and time

    @Test func `without credit a person is asked, warmly, and no model is`() async throws {
        var options = World.Options()
        options.credit = "0.04"
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            try await world.expectHandoff(asked, because: "credit_exhausted", calls: 0)
            #expect(asked.after.first?.text.contains("credit") == false)
            #expect(try await world.credit().balance.text == "0.04")
        }
    }

    @Test func `the last credit that covers one more response is used, and not a cent more`() async throws {
        var options = World.Options()
        options.credit = "0.05"
        try await World.run(options) { world in
            world.expectReply(try await world.ask("How long does a bank withdrawal take?"))
            let next = try await world.ask("When are staking rewards paid out?")
            try await world.expectHandoff(next, because: "credit_exhausted", calls: 1)
            #expect(try await world.credit().balance == .zero)
        }
    }

    @Test func `a turn past its deadline is handed over by the reaper, once, and the model's late answer is not sent`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { Model.answer(to: $0).after(gate) }
        try await World.run(options) { world in
            let conversation = try await world.open()
            let received = try await world.say("How long does a bank withdrawal take?", in: conversation)
            try await world.endpoint.waitForRequests(1)
            world.clock.advance(seconds: 44)
            #expect(try await world.desk.look().handedOver == 0)
            world.clock.advance(seconds: 2)
            let round = try await world.desk.look()
            gate.open()
            _ = await world.desk.outcome(in: conversation.id)
            let asked = try await world.look(at: received, in: conversation)
            #expect(round.handedOver <= 1)
            try await world.expectHandoff(asked, because: "stalled", calls: 1)
            #expect(try await world.desk.look().handedOver == 0)
        }
    }

    @Test func `a turn left behind by a dead process past its deadline is handed over at the next start`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { Model.answer(to: $0).after(gate) }
        try await World.run(options) { world in
            let conversation = try await world.open()
            let received = try await world.say("How long does a bank withdrawal take?", in: conversation)
            try await world.endpoint.waitForRequests(1)
            let later = try await world.restarted()
            later.clock.advance(seconds: 60)
            let round = try await later.desk.resume()
            #expect(round.handedOver == 1 && round.resumed == 0)
            let asked = try await later.look(at: received, in: conversation)
            try await later.expectHandoff(asked, because: "stalled", calls: 1)
            gate.open()
            await later.close()
        }
    }

    @Test func `a turn that a process left behind days ago is handed over at the next start, whatever the ledger thinks of it`()
        async throws
    {
        let gate = Gate()
        var options = World.Options()
        options.model = { Model.answer(to: $0).after(gate) }
        try await World.run(options) { world in
            let conversation = try await world.open()
            let received = try await world.say("How long does a bank withdrawal take?", in: conversation)
            try await world.endpoint.waitForRequests(1)
            let later = try await world.restarted()
            // Longer than a response may stay open before the ledger closes it as abandoned.
            later.clock.advance(seconds: 3 * 86_400)
            let round = try await later.desk.resume()
            #expect(round.handedOver == 1 && round.troubles.isEmpty)
            let asked = try await later.look(at: received, in: conversation)
            #expect(asked.reply == nil && asked.handoff?.reason == "stalled" && asked.usage?.outcome == .failed)
            #expect(try await later.desk.resume() == Desk.Round())
            gate.open()
            await later.close()
        }
    }

    @Test func `who may be losing money stands before who waits longer`() async throws {
        try await World.run { world in
            let ordinary = try await world.open()
            _ = try await world.ask("Can I talk to a human please?", in: ordinary)
            world.clock.advance(seconds: 60)
            let urgent = try await world.open()
            _ = try await world.ask("Someone hacked my account!", in: urgent)
            let rows = try await world.read { try world.inbox(quayside).rows(of: .needsPerson, for: mara, in: $0) }
            #expect(rows.map(\.conversation) == [urgent.id, ordinary.id])
            #expect(rows.map(\.priority) == [.urgent, .normal])
        }
    }

    @Test func `what a customer adds while waiting for a person is captured too, and asks no model`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            _ = try await world.ask("Can I talk to a human please?", in: conversation)
            _ = try await world.ask("My other address is tomas@example.com", in: conversation)
            let captured = try await world.read { try world.inbox(quayside).conversation(conversation.id, in: $0).captured }
            #expect(captured["email"] == "tomas@example.com")
            #expect(world.endpoint.requests.isEmpty)
        }
    }
}
