import Foundation
import Inbox
import Metering
import Prompting
import Storage
import Support
import Testing

@testable import Assistant

/// The same request again, many requests at once, and a process that stops in between.
struct RepeatingTests {
    private static let question = "How long does a bank withdrawal take?"

    @Test func `the same message with the same key is one message, one reply, one charge`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            let first = try await world.ask(Self.question, in: conversation, key: "k1")
            world.expectReply(first)
            let second = try await world.ask(Self.question, in: conversation, key: "k1")
            #expect(second.received == first.received)
            #expect(try await world.thread(conversation).count == 2)
            #expect(world.endpoint.requests.count == 1)
            #expect(try await world.credit().balance.text == "49.95")
        }
    }

    @Test func `another message with the same key is refused, and nothing of it is kept`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            try await world.ask(Self.question, in: conversation, key: "k1")
            await #expect(throws: StorageError.keyReused(key: "k1")) {
                _ = try await world.say("Something else", in: conversation, key: "k1")
            }
            #expect(try await world.thread(conversation).count == 2)
        }
    }

    @Test func `the same words with another key are another message`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            let first = try await world.ask(Self.question, in: conversation, key: "k1")
            let second = try await world.ask(Self.question, in: conversation, key: "k2")
            #expect(first.received.message != second.received.message)
            #expect(world.endpoint.requests.count == 2)
        }
    }

    @Test func `fifty times the same request at once is answered once`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            let all = try await withThrowingTaskGroup(of: Received.self) { group in
                for _ in 0..<50 { group.addTask { try await world.say(Self.question, in: conversation, key: "k1") } }
                return try await group.reduce(into: [Received]()) { $0.append($1) }
            }
            #expect(Set(all).count == 1 && all.count == 50)
            _ = await world.desk.outcome(in: conversation.id)
            world.expectReply(try await world.look(at: all[0], in: conversation))
            #expect(world.endpoint.requests.count == 1)
        }
    }

    @Test func `the same request after a restart gets the answer of the first time`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            let first = try await world.ask(Self.question, in: conversation, key: "k1")
            let later = try await world.restarted()
            try await later.desk.resume()
            let again = try await later.ask(Self.question, in: conversation, key: "k1")
            #expect(again.received == first.received && again.reply == first.reply)
            #expect(later.endpoint.requests.count == 1)
            await later.close()
        }
    }

    @Test func `a burst of messages is answered once, with all of it in the question`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { request in request.number == 1 ? Model.answer(to: request).after(gate) : Model.answer(to: request) }
        try await World.run(options) { world in
            let conversation = try await world.open()
            let first = try await world.say("It is about a bank withdrawal.", in: conversation)
            try await world.endpoint.waitForRequests(1)
            let second = try await world.say(Self.question, in: conversation)
            _ = await world.desk.outcome(in: conversation.id)
            gate.open()
            let asked = try await world.look(at: second, in: conversation)
            world.expectReply(asked)
            #expect(Model.data(in: try #require(world.endpoint.requests.last))?.question.contains("It is about a bank withdrawal.") == true)
            #expect(try await world.look(at: first, in: conversation).turn?.state == .superseded)
            #expect(try await world.thread(conversation).map(\.author) == [.customer, .customer, .assistant])
            // The first request was cut short: its end is known, its hold is free.
            try await world.endpoint.waitForEndings(2)
            #expect(try await world.credit().held == .zero)
        }
    }

    @Test func `fifty messages of one customer at once end in one reply and no handoff`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 { group.addTask { try await world.say("\(Self.question) Part \(number).", in: conversation) } }
                try await group.waitForAll()
            }
            _ = await world.desk.outcome(in: conversation.id)
            let thread = try await world.thread(conversation)
            #expect(thread.count == 51)
            #expect(thread.last?.author == .assistant, "\(thread.last?.text ?? "")")
            #expect(try await world.current(conversation).owner == .assistant)
        }
    }

    @Test func `the work on a message is not cut short by the news of an older one that comes late`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { Model.answer(to: $0).after(gate) }
        try await World.run(options) { world in
            let conversation = try await world.open()
            let first = try await world.say("It is about a bank withdrawal.", in: conversation)
            let inbox = world.inbox()
            let older = try await world.read { try inbox.turn(try #require(first.turn), in: $0) }
            let second = try await world.say(Self.question, in: conversation)
            try await world.endpoint.wait(until: "the question is asked") {
                $0.contains { $0.request.text.contains("bank withdrawal take") }
            }
            world.desk.begin(older)
            gate.open()
            _ = await world.desk.outcome(in: conversation.id)
            world.expectReply(try await world.look(at: second, in: conversation))
        }
    }

    @Test func `an orderly stop leaves open turns open, and the next start answers them, for one charge`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { request in request.number <= 3 ? Model.answer(to: request).after(gate) : Model.answer(to: request) }
        options.limits = .init(turnMilliseconds: 45_000, turnsAtOnce: 3)
        try await World.run(options) { world in
            var all: [(Conversation, Received)] = []
            for _ in 0..<5 {
                let conversation = try await world.open()
                all.append((conversation, try await world.say(Self.question, in: conversation)))
            }
            // Three are being answered, two wait for a place.
            try await world.endpoint.waitForRequests(3)
            let later = try await world.restarted()
            for (conversation, received) in all {
                let open = try await later.look(at: received, in: conversation)
                #expect(open.after.isEmpty && open.turn?.state == .open)
            }
            let round = try await later.desk.resume()
            #expect(round.resumed == 5 && round.handedOver == 0)
            for (conversation, received) in all {
                _ = await later.desk.outcome(in: conversation.id)
                later.expectReply(try await later.look(at: received, in: conversation))
            }
            #expect(try await later.credit().balance.text == "49.75")
            #expect(try await later.desk.resume().resumed == 0)
            gate.open()
            await later.close()
        }
    }

    @Test func `what the process is about to answer while it stops is left open too`() async throws {
        try await World.run { world in
            let conversation = try await world.open()
            await world.desk.stop()
            let received = try await world.say(Self.question, in: conversation)
            _ = await world.desk.outcome(in: conversation.id)
            let later = try await world.restarted()
            try await later.desk.resume()
            _ = await later.desk.outcome(in: conversation.id)
            later.expectReply(try await later.look(at: received, in: conversation))
            await later.close()
        }
    }
}
