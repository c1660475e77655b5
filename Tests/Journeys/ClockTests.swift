import Assistant
import Foundation
import Inbox
import Metering
import Storage
import Support
import Testing

/// The machine's clock jumps: a time server corrects it, a virtual machine sleeps, somebody sets it by hand. Order is by number and never by time, what
/// is owed stays owed, and what has expired stays expired.
struct ClockTests {
    private static let question = "How long does a bank withdrawal take?"
    private static let day: Int64 = 86_400_000

    /// A world that has been there for a month, so that a jump of a day does not go back before its beginning.
    private func grownWorld(_ options: World.Options = World.Options(), _ body: (World) async throws -> Void) async throws {
        try await World.run(options) { world in
            world.clock.advance(milliseconds: 30 * Self.day)
            try await body(world)
        }
    }

    @Test(arguments: [-day, -1000, day]) func `messages stand in the order in which they came, whatever the clock does between them`(
        jump: Int64
    ) async throws {
        try await grownWorld { world in
            let conversation = try await world.open()
            let first = try await world.ask(Self.question, in: conversation)
            world.expectReply(first)
            world.clock.advance(milliseconds: jump)
            let second = try await world.ask("When are staking rewards paid out?", in: conversation)
            world.expectReply(second)
            world.clock.advance(milliseconds: -jump)
            _ = try await world.ask("How do I set a price alert?", in: conversation)
            let thread = try await world.thread(conversation)
            #expect(thread.map(\.sequence) == Array(1...6))
            #expect(thread.map(\.author) == [.customer, .assistant, .customer, .assistant, .customer, .assistant])
            let events = try await world.store.events.after(0, in: quayside, limit: 1000).map(\.sequence)
            #expect(events == events.sorted() && Set(events).count == events.count)
        }
    }

    @Test func `a day that is skipped while the model answers hands the customer over once, and the late answer is dropped`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { .stream(chunks: Model.pieces(of: Model.honest($0).json), usage: nil, finish: nil, end: .heldBy(gate)) }
        try await grownWorld(options) { world in
            let conversation = try await world.open()
            let received = try await world.say(Self.question, in: conversation)
            try await world.endpoint.waitForRequests(1)
            world.clock.advance(milliseconds: Self.day)
            #expect(try await world.desk.look().handedOver == 1)
            gate.open()
            _ = await world.desk.outcome(in: conversation.id)
            #expect(try await world.desk.look().handedOver == 0)
            let asked = try await world.look(at: received, in: conversation)
            #expect(asked.after.map(\.kind) == [.announcement] && asked.handoff?.reason == "stalled")
            #expect(try await world.credit().held == .zero)
        }
    }

    @Test func `a clock that goes back a day while the model answers changes nothing`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { request in
            var script = Model.answer(to: request)
            script.steps.insert(.wait(gate), at: 0)
            return script
        }
        try await grownWorld(options) { world in
            let conversation = try await world.open()
            let received = try await world.say(Self.question, in: conversation)
            try await world.endpoint.waitForRequests(1)
            world.clock.advance(milliseconds: -Self.day)
            #expect(try await world.desk.look().handedOver == 0)
            gate.open()
            _ = await world.desk.outcome(in: conversation.id)
            world.expectReply(try await world.look(at: received, in: conversation))
        }
    }

    @Test func `a turn that was left open is continued after a restart a day in the past`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { request in
            guard request.number == 1 else { return Model.answer(to: request) }
            var script = Model.answer(to: request)
            script.steps.insert(.wait(gate), at: 0)
            return script
        }
        try await grownWorld(options) { world in
            let conversation = try await world.open()
            let received = try await world.say(Self.question, in: conversation)
            try await world.endpoint.waitForRequests(1)
            world.clock.advance(milliseconds: -Self.day)
            let later = try await world.restarted()
            gate.open()
            _ = try await later.desk.resume()
            _ = await later.desk.outcome(in: conversation.id)
            later.expectReply(try await later.look(at: received, in: conversation))
            await later.close()
        }
    }

    @Test func `credit that has expired stays expired when the clock goes back, and expires once`() async throws {
        try await World.run { world in
            world.clock.advance(milliseconds: 91 * Self.day)
            _ = try await world.desk.look()
            let expired = try await world.credit()
            #expect(expired.balance == .zero && expired.available == .zero)
            world.clock.advance(milliseconds: -91 * Self.day)
            _ = try await world.desk.look()
            #expect(try await world.credit().balance == .zero)
            #expect(try await world.ask(Self.question).handoff?.reason == "credit_exhausted")
            world.clock.advance(milliseconds: 92 * Self.day)
            _ = try await world.desk.look()
            #expect(try await world.credit().balance == .zero)
            let meter = world.meter
            #expect(try await world.read { try meter.verify(quayside, in: $0).isSound })
        }
    }
}
