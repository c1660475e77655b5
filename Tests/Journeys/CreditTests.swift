import Assistant
import Foundation
import Inbox
import Metering
import Storage
import Support
import Testing

/// Money under pressure.
struct CreditTests {
    @Test func `of 64 customers at once, one dollar answers exactly 20, and the other 44 get a person`() async throws {
        var options = World.Options()
        options.credit = "1.00"
        try await World.run(options) { world in
            let outcomes = try await withThrowingTaskGroup(of: Asked.self) { group in
                for _ in 0..<64 { group.addTask { try await world.ask("How long does a bank withdrawal take?") } }
                return try await group.reduce(into: [Asked]()) { $0.append($1) }
            }
            let answered = outcomes.filter { $0.reply != nil }
            let handedOver = outcomes.filter { $0.handoff != nil }
            #expect(answered.count == 20 && handedOver.count == 44)
            #expect(handedOver.allSatisfy { $0.handoff?.reason == "credit_exhausted" && $0.after.count == 1 })
            #expect(world.endpoint.requests.count == 20)
            let credit = try await world.credit()
            #expect(credit.balance == .zero && credit.held == .zero && credit.overrun == .zero)
            let meter = world.meter
            #expect(try await world.read { try meter.verify(quayside, in: $0).isSound })
            #expect(try await world.read { try meter.totals(of: quayside, in: $0).charged.text } == "1")
            // The neighbour's credit is untouched.
            #expect(try await world.credit(harbour).balance.text == "1")
        }
    }

    @Test func `credit that was granted later answers again`() async throws {
        var options = World.Options()
        options.credit = "0.05"
        try await World.run(options) { world in
            world.expectReply(try await world.ask("How long does a bank withdrawal take?"))
            #expect(try await world.ask("When are staking rewards paid out?").handoff?.reason == "credit_exhausted")
            let meter = world.meter
            let order = try GrantOrder(
                key: "top-up-1", amount: Money("0.10"), category: .purchased, expires: nil, actor: "test", reason: "")
            _ = try await world.store.write { try meter.grant(order, to: quayside, in: $0) }
            world.expectReply(try await world.ask("When are staking rewards paid out?"))
            #expect(try await world.credit().balance.text == "0.05")
        }
    }

    @Test func `credit that has expired answers nothing`() async throws {
        try await World.run { world in
            world.clock.advance(seconds: 91 * 86_400)
            let asked = try await world.ask("How long does a bank withdrawal take?")
            #expect(asked.handoff?.reason == "credit_exhausted")
            #expect(world.endpoint.requests.isEmpty)
        }
    }

    @Test func `a failed response gives its hold back, so that the next customer is answered with it`() async throws {
        var options = World.Options()
        options.credit = "0.05"
        options.model = { $0.number == 1 ? .error(401, message: "no") : Model.answer(to: $0) }
        try await World.run(options) { world in
            #expect(try await world.ask("How long does a bank withdrawal take?").handoff?.reason == "model_error")
            #expect(try await world.credit().available.text == "0.05")
            // The endpoint is asked again although it refused a key once.
            let next = try await world.ask("When are staking rewards paid out?")
            world.expectReply(next)
        }
    }
}
