import Inbox
import Storage
import Testing

@Suite struct ReturningTests {
    @Test func `handed back with an unanswered question the assistant owes an answer`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            try await world.claim(id, by: mara)
            guard case .handedBack(let now, let turn?) = try await world.handBack(id, by: mara) else { throw Unexpected() }
            #expect(now.owner == .assistant)
            #expect(now.epoch == 4)
            #expect(try await world.handoffs(id).map(\.state) == [.handedBack])
            let open = try await world.turn(turn)
            #expect(open.epoch == now.epoch)
            #expect(open.sequence == 1)
            guard case .stored = try await world.reply(open) else { throw Unexpected() }
        }
    }

    @Test func `handed back after an answer the assistant owes nothing`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.answer("Done", in: id, by: mara)
            guard case .handedBack(let now, turn: nil) = try await world.handBack(id, by: mara) else { throw Unexpected() }
            #expect(now.awaiting == .customer)
            #expect(try await world.turns(id).map(\.state) == [.taken])
        }
    }

    @Test func `the stretch with people stays in the assistant's thread and its handoff is over`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            try await world.answer("I raised your limit", in: id, by: mara)
            try await world.handBack(id, by: mara)
            #expect(try await world.thread(id).map(\.author) == [.customer, .system, .teammate(mara)])
            let open = try await world.read { try world.inbox.openHandoff(of: id, in: $0) }
            #expect(open == nil)
            #expect(try await world.ask("Thanks. And the fees?", in: id).turn != nil)
        }
    }

    @Test func `what is queued by mistake can be handed back unclaimed`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            guard case .handedBack(_, .some) = try await world.handBack(id, by: jonas) else { throw Unexpected() }
        }
    }

    @Test func `a colleague's conversation is not handed back`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: mara)
            #expect(try await world.handBack(id, by: jonas) == .taken(by: mara))
            #expect(try await world.conversation(id).owner == .teammate(mara))
        }
    }

    @Test func `what the assistant has is not handed back`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            guard case .unchanged(let now) = try await world.handBack(id, by: mara) else { throw Unexpected() }
            #expect(now.epoch == turn.epoch)
        }
    }

    @Test func `the customer is told when the assistant is back, if so wished`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: mara)
            try await world.write { [inbox = world.inbox] in
                _ = try inbox.handBack(id, by: mara, patience: patience, announcing: "The assistant is back.", at: noon, in: $0)
            }
            #expect(try await world.thread(id).map(\.kind) == [.notice])
        }
    }

    @Test func `closing ends every duty and a late reply is refused`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let closed = try await world.resolve(id, by: .teammate(mara))
            #expect(closed.state == .resolved)
            #expect(closed.resolvedAt == noon)
            #expect(try await world.turn(turn.id).state == .taken)
            #expect(try await world.reply(turn) == .refused(.resolved))
            #expect(try await world.events(id).last == "conversation.resolved")
        }
    }

    @Test func `closing what is closed changes nothing`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            let once = try await world.resolve(id, by: .teammate(mara))
            let twice = try await world.resolve(id, by: .teammate(jonas))
            #expect(once == twice)
            #expect(try await world.events(id).filter { $0 == "conversation.resolved" }.count == 1)
        }
    }

    @Test func `the system does not close over a waiting customer`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            #expect(try await world.resolve(id, by: .system).state == .open)
            try await world.reply(turn)
            #expect(try await world.resolve(id, by: .system).state == .resolved)
        }
    }

    @Test func `a customer closes their own conversation and no other`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            await #expect(throws: InboxError.notFound(.conversation)) { try await world.resolve(id, by: .customer(world.tomas)) }
            let now = try await world.resolve(id, by: .customer(world.ines))
            #expect(now.state == .resolved)
        }
    }

    @Test func `passed to a colleague it waits in the queue until claimed and is told again`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            try await world.claim(id, by: mara)
            let outcome = try await world.write { [inbox = world.inbox] in
                try inbox.assign(id, to: .teammate(jonas), by: mara, at: noon, in: $0)
            }
            guard case .assigned(let now) = outcome else { throw Unexpected() }
            #expect(now.owner == .queue)
            #expect(now.suggested == jonas)
            let handoffs = try await world.handoffs(id)
            #expect(handoffs.map(\.state) == [.waiting])
            #expect(handoffs.first?.claimedBy == mara)
            #expect(try await world.notices() == 2)
            #expect(try await world.thread(id).filter { $0.kind == .announcement }.count == 1)
        }
    }

    @Test func `passed to a team it is routed there`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: mara)
            _ = try await world.write { [inbox = world.inbox] in try inbox.assign(id, to: .team(security), by: mara, at: noon, in: $0) }
            let now = try await world.conversation(id)
            #expect(now.suggested == edda)
            #expect(now.team == security)
            #expect(try await world.handoffs(id).map(\.reason) == ["reassigned"])
        }
    }

    @Test func `what the assistant or a colleague has is not passed on`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            func assign(by teammate: TeammateID) async throws -> AssignOutcome {
                try await world.write { [inbox = world.inbox] in
                    try inbox.assign(id, to: .teammate(jonas), by: teammate, at: noon, in: $0)
                }
            }
            guard case .notWithPeople = try await assign(by: mara) else { throw Unexpected() }
            try await world.claim(id, by: mara)
            #expect(try await assign(by: edda) == .taken(by: mara))
        }
    }
}
