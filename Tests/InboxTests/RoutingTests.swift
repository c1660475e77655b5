import Inbox
import Storage
import Testing

@Suite struct RoutingTests {
    private static func handOver(_ world: Quayside, to route: HandoffDestination = .init(), at now: Timestamp = noon) async throws
        -> Handoff
    {
        let (id, _) = try await world.asked(at: now)
        return try #require(try await world.handOver(id, to: route, at: now).handoff)
    }

    private static func change(_ world: Quayside, _ body: @escaping @Sendable (Inbox, Transaction) throws -> Void) async throws {
        try await world.write { [inbox = world.inbox] in try body(inbox, $0) }
    }

    @Test func `a named team is asked, and the default team where none is meant`() async throws {
        try await withQuayside { world in
            let named = try await Self.handOver(world, to: .init(team: security))
            let other = try await Self.handOver(world)
            #expect(named.assigned == edda)
            #expect(other.team == frontline)
        }
    }

    @Test func `a team that is gone does not stop a handoff`() async throws {
        try await withQuayside { world in
            let handoff = try await Self.handOver(world, to: .init(team: TeamID("gone")))
            #expect(handoff.team == frontline)
        }
    }

    @Test func `a skill finds its team and its person`() async throws {
        try await withQuayside { world in
            let handoff = try await Self.handOver(world, to: .init(skill: "withdrawals"))
            #expect(handoff.team == payments)
            #expect(handoff.assigned == jonas)
            #expect(try await Self.handOver(world, to: .init(skill: "juggling")).team == frontline)
        }
    }

    @Test func `within a team the skilled come first and the others before nobody`() async throws {
        try await withQuayside { world in
            try await Self.change(world) { inbox, transaction in
                try inbox.save(Team(id: frontline, name: "All", isDefault: true, members: [mara, jonas, edda]), at: noon, in: transaction)
            }
            for _ in 0..<3 { #expect(try await Self.handOver(world, to: .init(team: frontline, skill: "takeover")).assigned == edda) }
            try await Self.change(world) { try $0.setAvailability(of: edda, to: .away, at: noon, in: $1) }
            #expect(try await Self.handOver(world, to: .init(team: frontline, skill: "takeover")).assigned != nil)
        }
    }

    @Test func `the least busy is asked and equals take turns`() async throws {
        try await withQuayside { world in
            try await Self.change(world) { inbox, transaction in
                try inbox.save(Team(id: frontline, name: "All", isDefault: true, members: [mara, jonas, edda]), at: noon, in: transaction)
            }
            var asked: [TeammateID: Int] = [:]
            for number in 0..<30 {
                let handoff = try await Self.handOver(world, at: noon.adding(milliseconds: Int64(number)))
                asked[try #require(handoff.assigned), default: 0] += 1
            }
            #expect(asked == [mara: 10, jonas: 10, edda: 10])
            let maras = try await world.read {
                try $0.rows("SELECT id FROM conversation WHERE workspace = $1 AND suggested = $2", quayside, mara)
            }
            for row in maras.prefix(3) { try await world.resolve(try row[0], by: .teammate(mara)) }
            for number in 0..<3 {
                #expect(try await Self.handOver(world, at: noon.adding(milliseconds: Int64(100 + number))).assigned == mara)
            }
        }
    }

    @Test func `whoever is full, away, gone quiet or shut out is not asked`() async throws {
        try await withQuayside { world in
            try await Self.change(world) { try $0.saveTeammate(mara, name: "Mara", capacity: 1, at: noon, in: $1) }
            #expect(try await Self.handOver(world).assigned == mara)
            let full = try await Self.handOver(world)
            #expect(full.assigned == nil)
            #expect(try await world.thread(full.conversation).last?.text == "Everybody is busy; a specialist will be with you.")
            try await Self.change(world) { try $0.setAvailability(of: jonas, to: .away, at: noon, in: $1) }
            #expect(try await Self.handOver(world, to: .init(team: payments)).assigned == nil)
            let quiet = noon.adding(milliseconds: InboxLimits.standard.presenceMilliseconds + 1)
            #expect(try await Self.handOver(world, to: .init(team: security), at: quiet).assigned == nil)
            try await Self.change(world) { try $0.present(edda, at: quiet, in: $1) }
            #expect(try await Self.handOver(world, to: .init(team: security), at: quiet).assigned == edda)
            try await Self.change(world) { _ = try $0.setSuspended(edda, true, at: quiet, in: $1) }
            #expect(try await Self.handOver(world, to: .init(team: security), at: quiet).assigned == nil)
        }
    }

    @Test func `fifty handoffs at once spread out and nobody gets more than there is room for`() async throws {
        try await withQuayside { world in
            try await Self.change(world) { inbox, transaction in
                for teammate in [mara, jonas, edda] { try inbox.saveTeammate(teammate, name: "x", capacity: 15, at: noon, in: transaction) }
                try inbox.save(Team(id: frontline, name: "All", isDefault: true, members: [mara, jonas, edda]), at: noon, in: transaction)
            }
            let asked = try await withThrowingTaskGroup(of: TeammateID?.self) { group in
                for _ in 0..<50 { group.addTask { try await Self.handOver(world).assigned } }
                return try await group.reduce(into: [TeammateID?: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(asked == [mara: 15, jonas: 15, edda: 15, nil: 5])
        }
    }

    @Test func `outside its hours a team is closed, says when it opens, and nobody is assigned`() async throws {
        try await withQuayside { world in
            let hours = try OpeningHours(
                zone: "Europe/Berlin", weekly: (1...5).map { .init(weekday: $0, opens: 9 * 60, closes: 17 * 60) })
            try await Self.change(world) { inbox, transaction in
                try inbox.save(
                    Team(id: frontline, name: "Frontline", hours: hours, isDefault: true, members: [mara]), at: noon, in: transaction)
            }
            func availability(_ hoursLater: Int64) async throws -> Availability {
                try await world.read { try world.inbox.availability(at: noon.adding(milliseconds: hoursLater * 60 * minute), in: $0) }
            }
            // Noon UTC is 13:00 in Berlin in winter.
            #expect(try await availability(0) == .online)
            #expect(try await availability(3) == .busy)
            let opens = noon.adding(milliseconds: 20 * 60 * minute)
            #expect(try await availability(4) == .closed(opens: opens))
            let late = try await Self.handOver(world, at: noon.adding(milliseconds: 5 * 60 * minute))
            #expect(late.assigned == nil)
            #expect(late.team == frontline)
            #expect(try await world.thread(late.conversation).last?.text == "We are closed until 2026-12-01T08:00:00.000Z.")
        }
    }

    @Test func `a workspace without teams asks anybody and is never closed`() async throws {
        try await withQuayside { world in
            let inbox = Inbox(of: harbour)
            let assigned = try await world.write { transaction in
                try inbox.saveTeammate(TeammateID("olga"), name: "Olga", at: noon, in: transaction)
                try inbox.setAvailability(of: TeammateID("olga"), to: .available, at: noon, in: transaction)
                let customer = try inbox.newCustomer(at: noon, in: transaction).id
                let id = try inbox.open(for: customer, assistant: "Pilot", at: noon, in: transaction).id
                return try inbox.handOver(id, because: "r", announcing: announcement, at: noon, in: transaction).handoff?.assigned
            }
            #expect(assigned == TeammateID("olga"))
        }
    }

    @Test func `an unclaimed handoff is told again to a wider circle until somebody has it`() async throws {
        try await withQuayside { world in
            let handoff = try await Self.handOver(world)
            let wait = InboxLimits.standard.remindMilliseconds
            func remind(_ now: Timestamp) async throws -> [Int] { try await world.write { try Inbox.remind(at: now, in: $0).map(\.round) } }
            #expect(try await remind(noon.adding(milliseconds: wait - 1)) == [])
            #expect(try await remind(noon.adding(milliseconds: wait)) == [2])
            #expect(try await remind(noon.adding(milliseconds: wait)) == [])
            #expect(try await world.conversation(handoff.conversation).suggested == nil)
            #expect(try await remind(noon.adding(milliseconds: 5 * wait)) == [3])
            let notices = try await world.read {
                try $0.rows("SELECT body FROM outbox WHERE workspace = $1 ORDER BY id", quayside).map {
                    try StoredJSON.decode(HandoffNotice.self, from: $0[0])
                }
            }
            #expect(notices.map(\.round) == [1, 2, 3])
            #expect(notices.map(\.assigned) == [mara, nil, nil])
            #expect(notices.map(\.team) == [frontline, frontline, nil])
            try await world.claim(handoff.conversation, by: mara)
            #expect(try await remind(noon.adding(milliseconds: 500 * wait)) == [])
        }
    }

    @Test func `reminders end`() async throws {
        try await withQuayside { world in
            _ = try await Self.handOver(world)
            var rounds = 0
            for hour in 1...1_000 {
                rounds += try await world.write { try Inbox.remind(at: noon.adding(milliseconds: Int64(hour) * 60 * minute), in: $0).count }
            }
            #expect(rounds == InboxLimits.standard.reminders - 1)
        }
    }

    @Test func `a customer who waits for a teammate who is gone returns to the queue`() async throws {
        try await withQuayside { world in
            let (left, _) = try await world.asked()
            try await world.handOver(left, to: .init(team: payments))
            try await world.claim(left, by: jonas)
            let (answered, _) = try await world.asked()
            try await world.answer("Done", in: answered, by: jonas)
            let (attended, _) = try await world.asked()
            try await world.claim(attended, by: mara)
            let late = noon.adding(milliseconds: InboxLimits.standard.reclaimMilliseconds)
            try await Self.change(world) { try $0.present(mara, at: late, in: $1) }
            let early = try await world.write { try Inbox.reclaim(at: late.adding(milliseconds: -1), in: $0).map(\.id) }
            let back = try await world.write { try Inbox.reclaim(at: late, in: $0).map(\.id) }
            #expect(early.isEmpty)
            #expect(back == [left])
            #expect(try await world.conversation(left).owner == .queue)
            #expect(try await world.handoffs(left).map(\.state) == [.waiting])
            #expect(try await world.notices() == 2)
            #expect(try await world.conversation(answered).owner == .teammate(jonas))
            #expect(try await world.conversation(attended).owner == .teammate(mara))
            let again = try await world.write { try Inbox.reclaim(at: late, in: $0) }
            #expect(again.isEmpty)
        }
    }
}
