import Inbox
import Storage
import Testing

/// How it went, as customers say.
struct SatisfactionTests {
    private func rate(
        _ world: Quayside, _ id: ConversationID, _ score: Int, _ comment: String? = nil, by customer: CustomerID? = nil,
        at now: Timestamp = noon
    ) async throws -> Satisfaction {
        let customer = customer ?? world.ines
        return try await world.write { [inbox = world.inbox] in
            try inbox.rate(id, of: customer, score: score, comment: comment, at: now, in: $0)
        }
    }

    @Test func `a customer judges an answered conversation once, and may change their mind`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.reply(turn)
            let first = try await rate(world, id, 2, "Too slow.\nStill waiting.")
            #expect(first.score == 2 && first.comment == "Too slow.\nStill waiting.")
            let later = noon.adding(milliseconds: minute)
            let second = try await rate(world, id, 5, "  ", at: later)
            #expect(second.score == 5 && second.comment == nil)
            // The same again is nothing new.
            _ = try await rate(world, id, 5, nil, at: later.adding(milliseconds: minute))
            let kept = try await world.read { [inbox = world.inbox] in try inbox.satisfaction(of: id, in: $0) }
            #expect(kept?.score == 5 && kept?.comment == nil && kept?.at == later)
            let told = try await world.read { try $0.events(after: 0, limit: 100) }
            #expect(told.filter { $0.kind == "conversation.rated" }.count == 2)
        }
    }

    @Test func `while somebody waits there is nothing to judge, and once it is closed there always is`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            await #expect(throws: InboxError.tooEarly) { _ = try await rate(world, id, 5) }
            try await world.handOver(id)
            await #expect(throws: InboxError.tooEarly) { _ = try await rate(world, id, 5) }
            try await world.claim(id, by: mara)
            try await world.resolve(id, by: .teammate(mara))
            #expect(try await rate(world, id, 1).score == 1)
            let empty = try await world.open()
            await #expect(throws: InboxError.tooEarly) { _ = try await rate(world, empty, 5) }
        }
    }

    @Test func `nobody judges another customer's conversation, and no score is beyond five`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.reply(turn)
            await #expect(throws: InboxError.notFound(.conversation)) { _ = try await rate(world, id, 5, by: world.tomas) }
            for score in [0, 6, -1, Int.max] {
                await #expect(throws: InboxError.outOfRange(field: "score", allowed: 1...5)) { _ = try await rate(world, id, score) }
            }
            await #expect(throws: InboxError.tooLong(field: "comment", limit: 1000)) {
                _ = try await rate(world, id, 5, String(repeating: "x", count: 1001))
            }
            #expect(try await rate(world, id, 5, String(repeating: "x", count: 1000)).comment?.count == 1000)
        }
    }
}
