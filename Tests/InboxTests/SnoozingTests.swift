import Inbox
import Storage
import Testing

@Suite struct SnoozingTests {
    private let later = noon.adding(milliseconds: 60 * minute)

    private func snooze(
        _ id: ConversationID, until: Timestamp, by teammate: TeammateID = mara, _ world: Quayside, at now: Timestamp = noon
    ) async throws -> SnoozeOutcome {
        try await world.write { [inbox = world.inbox] in try inbox.snooze(id, until: until, by: teammate, at: now, in: $0) }
    }

    private func list(_ queue: Queue, _ world: Quayside) async throws -> [ConversationID] {
        try await world.read { try world.inbox.rows(of: queue, for: mara, in: $0).map(\.conversation) }
    }

    @Test func `what its owner puts aside leaves their list, waits with its time, and comes back unread when the time has come`()
        async throws
    {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            try await world.claim(id, by: mara)
            try await world.write { [inbox = world.inbox] in try inbox.seen(id, by: mara, upTo: 99, at: noon, in: $0) }
            guard case .snoozed(let aside) = try await snooze(id, until: later, world) else { throw StorageError.closed }
            #expect(aside.snoozedUntil == later && aside.owner == .teammate(mara))
            #expect(try await list(.mine(mara), world).isEmpty)
            #expect(try await list(.waiting, world) == [id])
            let row = try #require(try await world.read { try world.inbox.rows(of: .waiting, for: mara, in: $0).first })
            #expect(row.snoozedUntil == later && row.unread == 0)
            let counts = try await world.read { try world.inbox.queueCounts(for: mara, in: $0) }
            #expect((counts.mine, counts.waiting, counts.needsPerson, counts.teams[frontline]) == (0, 1, 0, 0))
            let early = try await world.write { try Inbox.wake(at: later.adding(milliseconds: -1), in: $0) }
            #expect(early == 0)
            let due = try await world.write { [later] in try Inbox.wake(at: later, in: $0) }
            #expect(due == 1)
            let back = try #require(try await world.read { try world.inbox.rows(of: .mine(mara), for: mara, in: $0).first })
            #expect(back.snoozedUntil == nil && back.unread == 1)
            #expect(try await list(.waiting, world).isEmpty)
            #expect(try await world.events(id).suffix(2) == ["conversation.snoozed", "conversation.woken"])
        }
    }

    @Test func `a customer who writes wakes it at once, and the owner's own words do not`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.claim(id, by: mara)
            _ = try await snooze(id, until: later, world)
            try await world.answer("I will ask", in: id, by: mara)
            #expect(try await world.conversation(id).snoozedUntil == later)
            try await world.ask("Any news?", in: id)
            let now = try await world.conversation(id)
            #expect(now.snoozedUntil == nil && now.owner == .teammate(mara))
            #expect(try await world.events(id).filter { $0 == "conversation.woken" }.count == 1)
        }
    }

    @Test func `whoever puts aside what waits in the queue has it, and passing it on, giving it back and closing it wake it`() async throws
    {
        try await withQuayside { world in
            for action in 0..<4 {
                let (id, _) = try await world.asked()
                try await world.handOver(id)
                guard case .snoozed(let aside) = try await snooze(id, until: later, world) else { throw StorageError.closed }
                #expect(aside.owner == .teammate(mara))
                switch action {
                case 0:
                    _ = try await world.write { [inbox = world.inbox] in
                        try inbox.assign(id, to: .teammate(jonas), by: mara, at: noon, in: $0)
                    }
                case 1: try await world.handBack(id, by: mara)
                case 2: try await world.claim(id, by: jonas, fromColleague: true)
                default: try await world.resolve(id, by: .teammate(mara))
                }
                #expect(try await world.conversation(id).snoozedUntil == nil, "\(action)")
            }
        }
    }

    @Test func `a colleague's, the assistant's and a closed conversation are not put aside, nor to a moment that is past or out of sight`()
        async throws
    {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            guard case .notWithPeople = try await snooze(id, until: later, world) else {
                Issue.record("the assistant's")
                return
            }
            try await world.claim(id, by: jonas)
            #expect(try await snooze(id, until: later, world) == .taken(by: jonas))
            for until in [noon, noon.adding(milliseconds: -1), noon.adding(milliseconds: 367 * 86_400_000), Timestamp(milliseconds: .max)] {
                await #expect(throws: InboxError.self) { _ = try await snooze(id, until: until, by: jonas, world) }
            }
            try await world.resolve(id, by: .teammate(jonas))
            guard case .notWithPeople = try await snooze(id, until: later, by: jonas, world) else {
                Issue.record("closed")
                return
            }
            #expect(try await world.events(id).contains("conversation.snoozed") == false)
        }
    }

    @Test func `the same moment again changes nothing, and taking up by hand what is not aside neither`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.claim(id, by: mara)
            for _ in 0..<3 { _ = try await snooze(id, until: later, world) }
            for _ in 0..<3 { try await world.write { [inbox = world.inbox] in _ = try inbox.wake(id, by: jonas, at: noon, in: $0) } }
            #expect(
                try await world.events(id).filter { $0.hasSuffix("snoozed") || $0.hasSuffix("woken") } == [
                    "conversation.snoozed", "conversation.woken",
                ])
        }
    }

    @Test func `who put it aside and went home keeps it until it wakes, and only then another is asked`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            _ = try await snooze(id, until: later, world)
            let before = later.adding(milliseconds: -1)
            let early = try await world.write { try Inbox.reclaim(at: before, in: $0) }
            #expect(early.isEmpty)
            let back = try await world.write { [later] transaction in
                try Inbox.wake(at: later, in: transaction)
                return try Inbox.reclaim(at: later, in: transaction).map(\.owner)
            }
            #expect(back == [.queue])
        }
    }
}
