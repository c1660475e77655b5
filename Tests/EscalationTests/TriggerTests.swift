import Testing

@testable import Escalation

@Suite struct TriggerTests {
    private func before(_ thread: ThreadView) throws -> Receipt { try World.judge().before(thread) }

    @Test(arguments: [
        "Can I speak to a person?", "conect me with an agnet", "quiero hablar con una persona", "人工客服", "соедините с оператором",
    ])
    func `a customer who asks for a person gets one`(text: String) throws {
        let receipt = try before(World.ines(text))
        #expect(receipt.verdict == .handOver)
        #expect(receipt.reason == .askedForPerson)
        #expect(receipt.route.team == "frontline")
        #expect(receipt.message == "handoff_asked")
    }

    @Test(arguments: [
        "are you a person?", "can I pay another person?", "I don't need to talk to a human", "Is there a fee for persons under 18?",
    ])
    func `the word alone asks for nobody`(text: String) throws {
        #expect(try before(World.ines(text)).reason != .askedForPerson)
    }

    @Test func `yes takes up the offer of a person, and only then`() throws {
        var thread = ThreadView(messages: [
            .init(.customer, "fees?"), .init(.assistant, "Shall I connect you?"), .init(.customer, "Yes please!"),
        ])
        #expect(try before(thread).verdict == .answer)
        thread.offeredPerson = true
        #expect(try before(thread).reason == .askedForPerson)
        thread.messages[2] = .init(.customer, "yes, and what does a deposit cost?")
        #expect(try before(thread).verdict == .answer)
    }

    @Test(arguments: [
        ("I can't log in to my account", "login-failure", "login_failure"),
        ("somebody hacked my account", "account-takeover", "account_takeover"),
        ("I was scammed", "fraud", "fraud"), ("my withdrawal is blocked", "withdrawal-block", "withdrawal_block"),
        ("you rejected my passport", "manual-verification", "manual_verification"), ("I will call my lawyer", "compliance", "compliance"),
        ("you charged me twice", "billing-dispute", "billing_dispute"),
    ])
    func `a sensitive subject goes to people, with its topic`(text: String, rule: String, topic: String) throws {
        let receipt = try before(World.ines(text))
        #expect(receipt.verdict == .handOver)
        #expect(receipt.reason == .sensitiveTopic)
        #expect(receipt.firedIDs.contains(rule))
        #expect(receipt.signals.topics.contains(topic))
        #expect(receipt.inWords.contains { $0.hasPrefix("rule: \(rule) matched '") })
    }

    @Test(arguments: [
        "How do I log in?", "How do you protect accounts?", "How long does a withdrawal take?", "Which documents do I need?",
        "What do you charge?",
    ])
    func `a question about a sensitive subject is just a question`(text: String) throws {
        #expect(try before(World.ines(text)).verdict == .answer)
    }

    @Test func `amounts above the limit go to people, amounts below do not`() throws {
        #expect(try before(World.ines("please withdraw 75,000 USD")).reason == .amountOverLimit)
        #expect(try before(World.ines("please withdraw 75.00 USD")).verdict == .answer)
        #expect(try before(World.ines("withdraw after 75000 minutes?")).verdict == .answer)
    }

    @Test func `insults and circles hand over, one angry sentence offers a person`() throws {
        #expect(try before(World.ines("you are useless")).reason == .frustration)
        #expect(try before(World.ines("we are going in circles")).verdict == .handOver)
        #expect(try before(World.ines("this is horrible, a nightmare")).verdict == .offer)
        #expect(try before(World.ines("my card was declined and the payment failed")).verdict == .answer)
    }

    @Test func `a customer who is angry twice is handed over`() throws {
        let angry = ThreadView(messages: [
            .init(.customer, "this is horrible and awful"), .init(.assistant, "Sorry."), .init(.customer, "a dreadful nightmare"),
        ])
        #expect(try before(angry).verdict == .handOver)
        let calm = ThreadView(messages: [
            .init(.customer, "this is horrible and awful"), .init(.assistant, "Sorry."), .init(.customer, "ok thanks, fine"),
        ])
        #expect(try before(calm).verdict == .answer)
    }

    @Test func `a customer who asks twice is offered a person, and the third time handed over`() throws {
        let judge = try World.judge()
        func verdict(_ likenesses: [Double]?) -> Verdict {
            var thread = World.ines(World.question)
            thread.repeatSimilarities = likenesses
            return judge.afterSearch(thread, evidence: World.evidence, previous: judge.before(thread)).verdict
        }
        #expect(verdict([]) == .answer)
        #expect(verdict([0.84, 0.2]) == .answer)
        #expect(verdict([0.86, 0.2]) == .offer)
        #expect(verdict([0.86, 0.9]) == .handOver)
    }

    @Test func `without search scores the letters are compared`() throws {
        let judge = try World.judge()
        func verdict(_ earlier: String) -> Verdict {
            let thread = ThreadView(messages: [
                .init(.customer, earlier), .init(.assistant, "..."), .init(.customer, "What does a withdrawal cost?"),
            ])
            return judge.afterSearch(thread, evidence: World.evidence, previous: judge.before(thread)).verdict
        }
        #expect(verdict("what does a withdrawal cost") == .offer)
        #expect(verdict("how do I open an account") == .answer)
        let short = ThreadView(messages: [.init(.customer, "ok"), .init(.assistant, "..."), .init(.customer, "ok")])
        #expect(judge.afterSearch(short, evidence: World.evidence, previous: judge.before(short)).verdict == .answer)
    }

    @Test func `nothing found hands over, something found does not`() throws {
        let judge = try World.judge()
        let thread = World.ines("Do you insure sailing boats?")
        let previous = judge.before(thread)
        let nothing = judge.afterSearch(thread, evidence: Evidence(passages: [], normScore: 0, coverage: 0), previous: previous)
        #expect(nothing.reason == .noKnowledge)
        var far = World.evidence
        far.coverage = 0.1
        #expect(judge.afterSearch(thread, evidence: far, previous: previous).reason == .noKnowledge)
        far.coverage = .nan
        #expect(judge.afterSearch(thread, evidence: far, previous: previous).reason == .noKnowledge)
        #expect(judge.afterSearch(thread, evidence: World.evidence, previous: previous).verdict == .answer)
    }

    @Test func `the turn cap hands over, but not for a word of thanks`() throws {
        let judge = try World.judge(turnCap: 3)
        var thread = World.ines("and what does a deposit cost?")
        thread.assistantTurns = 2
        #expect(judge.before(thread).verdict == .answer)
        thread.assistantTurns = 3
        #expect(judge.before(thread).reason == .turnCap)
        thread.messages = [.init(.customer, "thanks!")]
        #expect(judge.before(thread).verdict == .answer)
    }

    @Test(arguments: [Reason.modelError, .timeout, .unreadableOutput, .creditExhausted, .stalled, .operatorTakeover])
    func `whatever fails ends in a handover that says why`(reason: Reason) throws {
        let judge = try World.judge()
        let receipt = judge.failed(reason, detail: "after 2 attempts", previous: judge.before(World.ines("fees?")))
        #expect(receipt.verdict == .handOver)
        #expect(receipt.reason == reason)
        #expect(receipt.inWords.contains { $0.contains("after 2 attempts") })
        #expect(judge.failedEarly(reason, detail: "no thread").reason == reason)
    }

    @Test func `greetings, thanks and goodbyes are answered without a model`() throws {
        #expect(try before(World.ines("Hello!")).cannedMessage == "greeting")
        #expect(try before(World.ines("thank you very much")).cannedMessage == "thanks")
        #expect(try before(World.ines("ok bye")).cannedMessage == "goodbye")
    }

    @Test(arguments: ["hello, I was hacked", "thanks, you are useless", "hi there, what are the fees?", "👍", ""])
    func `a greeting with more in it is no mere greeting`(text: String) throws {
        #expect(try before(World.ines(text)).cannedMessage == nil)
    }

    @Test func `a stronger rule takes the ready reply away`() throws {
        let judge = try World.judge()
        let greeted = judge.before(World.ines("hello"))
        #expect(greeted.cannedMessage != nil)
        let failed = judge.failed(.stalled, detail: "late", previous: greeted)
        #expect(failed.cannedMessage == nil)
        #expect(failed.message == nil)
    }

    @Test func `somebody in danger reads the safety message first`() throws {
        let receipt = try before(World.ines("I lost it all and want to die"))
        #expect(receipt.messageBefore == "safety")
        #expect(receipt.route.priority == .urgent)
    }

    @Test func `several messages in a row are one turn`() throws {
        let thread = ThreadView(messages: [.init(.assistant, "Hello"), .init(.customer, "I want to"), .init(.customer, "talk to a human")])
        #expect(try before(thread).reason == .askedForPerson)
    }

    @Test func `a rule in shadow is in the receipt and decides nothing`() throws {
        let receipt = try before(World.ines("как вывести деньги из моего аккаунта?"))
        #expect(receipt.verdict == .answer)
        #expect(receipt.triggers.contains { $0.id == "other-language" && $0.fired && $0.mode == .shadow })
        #expect(receipt.inWords.contains { $0.hasSuffix("(shadow)") })
    }

    @Test func `tags and urgency come from every rule, the team from the strongest`() throws {
        var thread = World.ines("I was scammed, please talk to me, I want to speak to a human")
        thread.customer = ["plan": "vip"]
        let receipt = try before(thread)
        #expect(receipt.route.tags.contains("vip"))
        #expect(receipt.route.tags.contains("fraud"))
        #expect(receipt.route.priority == .urgent)
        #expect(receipt.route.team == "frontline")
    }

    @Test func `an intent that only the model sees can offer a person`() throws {
        var draft = World.grounded
        draft.intent = "account_closure"
        #expect(try World.turn(draft: draft).verdict == .offer)
        draft.intent = "fees"
        #expect(try World.turn(draft: draft).verdict == .answer)
    }
}
