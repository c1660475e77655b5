import Inbox
import Storage
import Testing

@Suite struct DutyTests {
    private static func lease(_ world: Quayside, _ turn: TurnID, at now: Timestamp = noon) async throws -> Turn? {
        try await world.write { [inbox = world.inbox] in try inbox.lease(turn, milliseconds: 30_000, at: now, in: $0) }
    }

    @Test func `two workers do not run one turn`() async throws {
        try await withQuayside { world in
            let (_, turn) = try await world.asked()
            let leases = try await withThrowingTaskGroup(of: Turn?.self) { group in
                for _ in 0..<20 { group.addTask { try await Self.lease(world, turn.id) } }
                return try await group.reduce(into: [Turn]()) { if let turn = $1 { $0.append(turn) } }
            }
            #expect(leases.count == 1)
            #expect(leases.first?.runs == 1)
        }
    }

    @Test func `a worker that slept through its lease stores nothing`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let slow = try #require(try await Self.lease(world, turn.id))
            let later = noon.adding(milliseconds: 30_000)
            let quick = try #require(try await Self.lease(world, turn.id, at: later))
            #expect(quick.runs == 2)
            #expect(try await world.reply(slow, "slow", at: later) == .refused(.leaseLost))
            #expect(try await world.handOver(id, turn: slow, at: later) == .refused(.leaseLost))
            guard case .stored = try await world.reply(quick, "quick", at: later) else { throw Unexpected() }
            #expect(try await world.thread(id).map(\.text).last == "quick")
        }
    }

    @Test func `a turn that was given back is free at once and one that was not is not`() async throws {
        try await withQuayside { world in
            let (_, turn) = try await world.asked()
            let first = try #require(try await Self.lease(world, turn.id))
            #expect(try await Self.lease(world, turn.id) == nil)
            try await world.write { [inbox = world.inbox] in try inbox.release(first, in: $0) }
            #expect(try await Self.lease(world, turn.id) != nil)
            try await world.write { [inbox = world.inbox] in try inbox.release(first, in: $0) }
            #expect(try await Self.lease(world, turn.id) == nil)
        }
    }

    @Test func `a closed turn is not leased`() async throws {
        try await withQuayside { world in
            let (_, turn) = try await world.asked()
            try await world.reply(turn)
            #expect(try await Self.lease(world, turn.id) == nil)
        }
    }

    @Test func `open and overdue turns are found also after a restart`() async throws {
        try await withQuayside { world in
            let (_, first) = try await world.asked()
            let (_, second) = try await world.asked(at: noon.adding(milliseconds: 30_000))
            let (_, answered) = try await world.asked()
            try await world.reply(answered)
            await world.store.close()
            let store = try Store(folder: world.folder, migrations: Inbox.migrations)
            let due = noon.adding(milliseconds: patience)
            let open = try await store.read { try Inbox.openTurns(limit: 10, at: noon, in: $0).map(\.id) }
            let overdue = try await store.read { try Inbox.overdueTurns(limit: 10, at: due, in: $0).map(\.id) }
            let early = try await store.read { try Inbox.overdueTurns(limit: 10, at: due.adding(milliseconds: -1), in: $0) }
            #expect(open == [first.id, second.id])
            #expect(overdue == [first.id])
            #expect(early.isEmpty)
            await store.close()
        }
    }

    @Test func `a leased turn is not open to others but is overdue all the same`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            _ = try await Self.lease(world, turn.id)
            let due = noon.adding(milliseconds: patience)
            let open = try await world.read { try Inbox.openTurns(limit: 10, at: noon, in: $0) }
            let overdue = try await world.read { try Inbox.overdueTurns(limit: 10, at: due, in: $0) }
            #expect(open.isEmpty)
            #expect(overdue.map(\.id) == [turn.id])
            // As the reaper does it.
            guard case .handedOver(let handoff) = try await world.handOver(id, turn: overdue.first, because: "stalled", at: due) else {
                throw Unexpected()
            }
            #expect(handoff.turn == turn.id)
            #expect(try await world.turn(turn.id).state == .handedOver)
        }
    }

    @Test func `the statistics count what is owed`() async throws {
        try await withQuayside { world in
            let (_, answered) = try await world.asked()
            try await world.reply(answered)
            let (_, leased) = try await world.asked()
            _ = try await Self.lease(world, leased.id)
            _ = try await world.asked()
            let now = try await world.read { try world.inbox.dutyStatistics(at: noon, in: $0) }
            #expect(now.counts == [.answered: 1, .open: 2])
            #expect(now.leased == 1)
            #expect(now.overdue == 0)
            #expect(now.oldestOpenedAt == noon)
            let later = try await world.read { try world.inbox.dutyStatistics(at: noon.adding(milliseconds: patience), in: $0) }
            #expect(later.overdue == 2)
            let none = try await world.read { try Inbox(of: harbour).dutyStatistics(at: noon, in: $0) }
            #expect(none.counts.isEmpty)
            #expect(none.oldestOpenedAt == nil)
        }
    }
}
