import Assistant
import Foundation
import Inbox
import Metering
import NIOConcurrencyHelpers
import Storage
import Support
import Testing

/// People step in, and the assistant falls silent at once.
struct TakingOverTests {
    private static let question = "How long does a bank withdrawal take?"

    @Test
    func `a teammate who takes over while the model writes stops it: no word of it is sent, the credit is free, the connection closed`()
        async throws
    {
        let gate = Gate()
        var options = World.Options()
        options.model = {
            .stream(chunks: Model.pieces(of: Model.honest($0).json), usage: nil, finish: nil, end: .heldBy(gate))
        }
        try await World.run(options) { world in
            let conversation = try await world.open()
            let received = try await world.say(Self.question, in: conversation)
            try await world.endpoint.waitForRequests(1)
            #expect(try await world.credit().held.text == "0.05")
            let claim = try await world.desk.claim(conversation.id, of: quayside, by: mara)
            guard case .claimed(let claimed) = claim else { throw SupportError.nothingHappened("\(claim)") }
            _ = await world.desk.outcome(in: conversation.id)
            try await world.endpoint.waitForEndings(1)
            #expect(world.endpoint.exchanges.first?.ending == .clientClosed)
            let asked = try await world.look(at: received, in: conversation)
            #expect(asked.after.isEmpty && asked.turn?.state == .taken)
            #expect(claimed.owner == .teammate(mara) && asked.conversation.owner == .teammate(mara))
            #expect(try await world.credit().held == .zero)
            #expect(asked.usage?.charged == .zero && asked.usage?.isBilled == false)
            // What was looked at before the takeover can still be read; a turn that ends in a reply has its receipt there.
            let kept = try await world.read { snapshot in
                try received.turn.flatMap { try world.inbox(quayside).receipt(of: $0, in: snapshot) }
            }
            #expect(kept?.contains("\"triggers\"") == true)
            gate.open()
        }
    }

    @Test func `a draft that was finished as the teammate took over is kept for the teammate and never sent`() async throws {
        // The claim is made inside the work, between the model's answer and the verdict.
        let claims = NIOLockedValueBox<(@Sendable () -> Void)?>(nil)
        let claimed = DispatchSemaphore(value: 0)
        var options = World.Options()
        options.reached = { step in
            guard step == .completed, let claim = claims.withLockedValue({ $0 }) else { return }
            claim()
            claimed.wait()
        }
        try await World.run(options) { world in
            let conversation = try await world.open()
            claims.withLockedValue {
                $0 = {
                    Task {
                        defer { claimed.signal() }
                        _ = try await world.desk.claim(conversation.id, of: quayside, by: mara)
                    }
                }
            }
            let received = try await world.say(Self.question, in: conversation)
            _ = await world.desk.outcome(in: conversation.id)
            let asked = try await world.look(at: received, in: conversation)
            #expect(asked.after.isEmpty)
            let whole = try await world.wholeThread(conversation)
            #expect(whole.map(\.kind) == [.text, .suggestion])
            #expect(whole.last?.text.contains("within two working days") == true)
            #expect(asked.usage?.outcome == .supersededByPerson && asked.usage?.charged == .zero)
            #expect(try await world.credit().held == .zero)
        }
    }

    @Test func `who replies takes over, and the assistant's answer is not sent after it`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { Model.answer(to: $0).after(gate) }
        try await World.run(options) { world in
            let conversation = try await world.open()
            try await world.say(Self.question, in: conversation)
            try await world.endpoint.waitForRequests(1)
            let sent = try await world.desk.reply("I am on it.", in: conversation.id, of: quayside, by: mara)
            guard case .sent(_, tookOver: true) = sent else { throw SupportError.nothingHappened("\(sent)") }
            gate.open()
            _ = await world.desk.outcome(in: conversation.id)
            #expect(try await world.thread(conversation).map(\.text) == [Self.question, "I am on it."])
        }
    }

    @Test func `while a person has the conversation the assistant answers nothing; in the queue the customer hears so once`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            let asked = try await world.ask("Can I talk to a human please?", in: conversation)
            try await world.expectHandoff(asked, because: "asked_for_person", calls: 0)
            let more = try await world.ask("Are you there?", in: conversation)
            #expect(more.received.turn == nil && more.after.map(\.kind) == [.notice])
            let again = try await world.ask(Self.question, in: conversation)
            #expect(again.received.turn == nil && again.after.isEmpty)
            _ = try await world.desk.claim(conversation.id, of: quayside, by: mara)
            let claimed = try await world.ask(Self.question, in: conversation)
            #expect(claimed.after.isEmpty && world.endpoint.requests.isEmpty)
        }
    }

    @Test func `a conversation that is handed back is answered again, with the memory of what the person said and not of the handoff`()
        async throws
    {
        try await World.run { world in
            let conversation = try await world.open()
            _ = try await world.ask("Can I talk to a human please?", in: conversation)
            _ = try await world.desk.reply("Hello Ines, I have unlocked it. Code word: heron.", in: conversation.id, of: quayside, by: mara)
            try await world.say(Self.question, in: conversation)
            let back = try await world.desk.handBack(conversation.id, of: quayside, by: mara)
            guard case .handedBack(let current, turn: _?) = back else { throw SupportError.nothingHappened("\(back)") }
            #expect(current.owner == .assistant)
            _ = await world.desk.outcome(in: conversation.id)
            let thread = try await world.thread(conversation)
            #expect(thread.last?.author == .assistant)
            let request = try #require(world.endpoint.requests.last)
            #expect(request.text.contains("heron"))
            // The next question too: the old wish for a person hands nothing over again.
            let next = try await world.ask("When are staking rewards paid out?", in: conversation)
            world.expectReply(next)
        }
    }

    @Test func `a wish for a person that a teammate gives back is not handed over a second time, the next one is`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            let asked = try await world.ask("Can I talk to a human please?", in: conversation)
            #expect(asked.conversation.owner != .assistant)
            world.clock.advance(milliseconds: 1_000)
            let back = try await world.desk.handBack(conversation.id, of: quayside, by: mara)
            guard case .handedBack(let current, turn: nil) = back else { throw SupportError.nothingHappened("\(back)") }
            #expect(current.owner == .assistant && current.awaiting == .customer)
            let before = try await world.thread(conversation).count
            #expect(try await world.thread(conversation).filter { $0.kind == .announcement }.count == 1)
            let again = try await world.ask("I still want to talk to a human.", in: conversation)
            #expect(again.conversation.owner != .assistant && again.after.count == 1)
            #expect(try await world.thread(conversation).count == before + 2)
        }
    }

    @Test func `handing back where nothing is open begins no turn`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            _ = try await world.ask("Can I talk to a human please?", in: conversation)
            _ = try await world.desk.reply("All done.", in: conversation.id, of: quayside, by: mara)
            guard case .handedBack(_, turn: nil) = try await world.desk.handBack(conversation.id, of: quayside, by: mara) else {
                throw SupportError.nothingHappened("a turn was opened")
            }
            #expect(world.endpoint.requests.isEmpty)
        }
    }

    @Test func `a reply sent again with its key after the hand-back does not disturb the assistant at work`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { Model.answer(to: $0).after(gate) }
        try await World.run(options) { world in
            let conversation = try await world.open()
            _ = try await world.desk.reply("Hello Ines.", in: conversation.id, of: quayside, by: mara, key: "reply-1")
            _ = try await world.desk.handBack(conversation.id, of: quayside, by: mara)
            let received = try await world.say(Self.question, in: conversation)
            try await world.endpoint.waitForRequests(1)
            let again = try await world.desk.reply("Hello Ines.", in: conversation.id, of: quayside, by: mara, key: "reply-1")
            guard case .sent = again else { throw SupportError.nothingHappened("\(again)") }
            gate.open()
            _ = await world.desk.outcome(in: conversation.id)
            world.expectReply(try await world.look(at: received, in: conversation))
        }
    }

    @Test func `a closed conversation says nothing more, and opens again with the assistant`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            _ = try await world.ask("Can I talk to a human please?", in: conversation)
            _ = try await world.desk.claim(conversation.id, of: quayside, by: mara)
            let closed = try await world.desk.resolve(conversation.id, of: quayside, by: .teammate(mara))
            #expect(closed.state == .resolved)
            let asked = try await world.ask(Self.question, in: conversation)
            #expect(asked.received.reopened)
            world.expectReply(asked)
        }
    }

    @Test func `closing while the model writes stops it`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { Model.answer(to: $0).after(gate) }
        try await World.run(options) { world in
            let conversation = try await world.open()
            try await world.say(Self.question, in: conversation)
            try await world.endpoint.waitForRequests(1)
            _ = try await world.desk.resolve(conversation.id, of: quayside, by: .teammate(mara))
            gate.open()
            _ = await world.desk.outcome(in: conversation.id)
            #expect(try await world.thread(conversation).count == 1)
            #expect(try await world.credit().held == .zero)
        }
    }

    @Test func `notes and unsent drafts never reach the endpoint`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            _ = try await world.ask("Can I talk to a human please?", in: conversation)
            let inbox = world.inbox()
            let now = world.now
            _ = try await world.store.write {
                try inbox.note("SECRETNOTE the customer is a journalist", in: conversation.id, by: mara, at: now, in: $0)
            }
            _ = try await world.desk.reply("Hello Ines.", in: conversation.id, of: quayside, by: mara)
            _ = try await world.desk.handBack(conversation.id, of: quayside, by: mara)
            world.expectReply(try await world.ask(Self.question, in: conversation))
            // An unsent draft of an earlier turn.
            world.endpoint.enqueue(.error(500, message: "SECRETERROR"))
            world.expectReply(try await world.ask("When are staking rewards paid out?", in: conversation))
            #expect(world.endpoint.requests.count == 3)
            for request in world.endpoint.requests {
                for word in ["SECRETNOTE", "SECRETERROR", "ines@example.com"] { #expect(!request.text.contains(word)) }
            }
        }
    }

    @Test func `in a thousand races between the reply and a takeover the assistant never speaks after the takeover`() async throws {
        var options = World.Options()
        options.credit = "1000.00"
        try await World.run(options) { world in
            let tally = NIOLockedValueBox((replied: 0, silent: 0))
            for batch in 0..<20 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            let conversation = try await world.open(name: nil, email: nil)
                            let received = try await world.say(Self.question, in: conversation)
                            // From at once to after the reply: the claim strikes at every point of the work.
                            async let outcome = world.desk.outcome(in: conversation.id)
                            let wait = (batch * 50 + number) % 40
                            for _ in 0..<(wait * wait) { await Task.yield() }
                            _ = try await world.desk.claim(conversation.id, of: quayside, by: [mara, jonas, edda][number % 3])
                            _ = await outcome
                            let asked = try await world.look(at: received, in: conversation)
                            let whole = try await world.thread(conversation)
                            #expect(asked.after.count <= 1 && whole.count <= 2)
                            tally.withLockedValue { tally in
                                if asked.reply == nil { tally.silent += 1 } else { tally.replied += 1 }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let (replied, silent) = tally.withLockedValue { $0 }
            #expect(replied + silent == 1000 && replied > 0 && silent > 0, "\(replied) replied, \(silent) silent")
            #expect(try await world.credit().held == .zero)
        }
    }
}
