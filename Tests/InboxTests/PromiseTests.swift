import Foundation
import Inbox
import Storage
import Testing

@Suite struct PromiseTests {
    private let hour: Int64 = 60 * minute

    /// Monday to Friday, nine to five, UTC.
    private func office() throws -> OpeningHours {
        try OpeningHours(zone: "UTC", weekly: (1...5).map { .init(weekday: $0, opens: 9 * 60, closes: 17 * 60) })
    }

    private func save(_ promises: Promises, hours: OpeningHours? = nil, _ world: Quayside) async throws {
        try await world.write { [inbox = world.inbox] in
            try inbox.save(
                Team(id: payments, name: "Payments", hours: hours, members: [jonas], promises: promises), at: noon, in: $0)
        }
    }

    private func due(_ id: ConversationID, _ world: Quayside) async throws -> Due? { try await world.conversation(id).due }

    @Test func `time counts while the team is there`() throws {
        let office = try office()
        #expect(office.moment(after: 4 * hour, from: noon) == noon.adding(milliseconds: 4 * hour))
        // One hour is left on Monday; the second comes on Tuesday at ten.
        #expect(office.moment(after: 2 * hour, from: noon.adding(milliseconds: 4 * hour)) == noon.adding(milliseconds: 22 * hour))
        // Friday afternoon to Monday morning.
        let friday = noon.adding(milliseconds: 4 * 24 * hour)
        #expect(office.moment(after: 6 * hour, from: friday) == friday.adding(milliseconds: (3 * 24 - 2) * hour))
        #expect(office.openMilliseconds(from: noon, to: friday) == (4 * 8) * hour)
        #expect(office.openMilliseconds(from: noon, to: noon) == 0)
        #expect(office.openMilliseconds(from: friday, to: noon) == 0)
        let never = try OpeningHours(zone: "UTC", weekly: [])
        #expect(never.moment(after: 1, from: noon) == nil)
        #expect(never.openMilliseconds(from: noon, to: friday) == 0)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `the two ways to reckon open time agree, over holidays, overlaps and changes of the clocks`(seed: UInt64) throws {
        var state = seed
        func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
        for _ in 0..<12 {
            let weekly = (0..<1 + roll(10)).map { _ in
                OpeningHours.Interval(weekday: 1 + roll(7), opens: roll(1440), closes: roll(1441))
            }
            let hours = try OpeningHours(
                zone: ["UTC", "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe"][roll(4)], weekly: weekly,
                holidays: roll(2) == 0 ? [] : ["2027-03-28", "2026-12-25"])
            let start = noon.adding(milliseconds: Int64(roll(200)) * 86_400_000 + Int64(roll(86_400)) * 1000)
            let wanted = Int64(roll(4_000)) * minute / 4 + 1
            guard let end = hours.moment(after: wanted, from: start) else { continue }
            #expect(hours.openMilliseconds(from: start, to: end) == wanted)
            #expect(hours.openMilliseconds(from: start, to: end.adding(milliseconds: -1)) == wanted - 1)
            #expect(hours.isOpen(at: end.adding(milliseconds: -1)))
        }
    }

    @Test func `a handoff is due as its team promised, and its answer ends the clock`() async throws {
        try await withQuayside { world in
            try await save(Promises(firstResponse: 4 * hour, nextResponse: hour, resolution: 16 * hour), hours: office(), world)
            let (id, _) = try await world.asked()
            #expect(try await due(id, world) == nil)
            try await world.handOver(id, to: .init(team: payments))
            let first = try #require(try await due(id, world))
            #expect(first.kind == .firstResponse && first.at == noon.adding(milliseconds: 4 * hour))
            #expect(first.soonAt == noon.adding(milliseconds: 3 * hour))
            #expect(first.state(at: noon) == .ok && first.state(at: first.soonAt) == .soon && first.state(at: first.at) == .soon)
            #expect(first.state(at: first.at.adding(milliseconds: 1)) == .late)
            let row = try await world.read { try world.inbox.rows(of: .needsPerson, for: mara, in: $0).first }
            #expect(row?.due == first)
            try await world.claim(id, by: jonas)
            #expect(try await due(id, world) == first)
            try await world.answer("Hello", in: id, by: jonas, at: noon.adding(milliseconds: hour))
            #expect(try await due(id, world)?.kind == .resolution)
            try await world.ask("And?", in: id, at: noon.adding(milliseconds: 4 * hour + hour / 2))
            let next = try #require(try await due(id, world))
            #expect(next.kind == .nextResponse && next.at == noon.adding(milliseconds: 21 * hour + hour / 2))
            // More words do not win more time.
            try await world.ask("Hello?", in: id, at: noon.adding(milliseconds: 5 * hour))
            #expect(try await due(id, world) == next)
            try await world.resolve(id, by: .teammate(jonas))
            #expect(try await due(id, world) == nil)
        }
    }

    @Test func `a team that promises nothing has no clock, and another team's promise counts from the customer's beginning`() async throws {
        try await withQuayside { world in
            try await save(Promises(firstResponse: hour), world)
            let (id, _) = try await world.asked()
            try await world.handOver(id, to: .init(team: security))
            #expect(try await due(id, world) == nil)
            let later = noon.adding(milliseconds: hour / 2)
            _ = try await world.write { [inbox = world.inbox] in
                try inbox.assign(id, to: .team(payments), by: mara, at: later, in: $0)
            }
            #expect(try await due(id, world)?.at == noon.adding(milliseconds: hour))
            // Putting it aside stops nothing.
            _ = try await world.write { [inbox = world.inbox, hour] in
                try inbox.snooze(id, until: noon.adding(milliseconds: 5 * hour), by: jonas, at: later, in: $0)
            }
            #expect(try await due(id, world)?.at == noon.adding(milliseconds: hour))
            try await world.handBack(id, by: jonas)
            #expect(try await due(id, world) == nil)
        }
    }

    @Test func `the usual wait is the middle of the last answered handoffs, and unknown below five`() async throws {
        try await withQuayside { world in
            let minutes: [Int64] = [4, 1, 60, 3, 5, 600]
            for (number, wait) in minutes.enumerated() {
                let start = noon.adding(milliseconds: Int64(number) * 24 * hour)
                let (id, _) = try await world.asked(at: start)
                try await world.handOver(id, to: .init(team: payments), at: start)
                try await world.answer("Hello", in: id, by: jonas, at: start.adding(milliseconds: wait * minute))
                try await world.answer("Anything else?", in: id, by: jonas, at: start.adding(milliseconds: 2 * wait * minute))
                let usual = try await world.read { try world.inbox.typicalWait(of: payments, in: $0) }
                switch number {
                case 0...3: #expect(usual == nil)
                case 4: #expect(usual == 4 * minute)
                default: #expect(usual == 9 * minute / 2)
                }
            }
            let others = try await world.read { try world.inbox.typicalWait(of: security, in: $0) }
            #expect(others == nil)
        }
    }

    @Test func `a night without people does not count as waiting, and who waits is told how it stands`() async throws {
        try await withQuayside { world in
            try await save(Promises(), hours: office(), world)
            let evening = noon.adding(milliseconds: 8 * hour)
            for _ in 0..<5 {
                let (id, _) = try await world.asked(at: evening)
                try await world.handOver(id, to: .init(team: payments), at: evening)
                // Ten past nine the next morning.
                try await world.answer("Good morning", in: id, by: jonas, at: noon.adding(milliseconds: 21 * hour + 10 * minute))
            }
            let (id, _) = try await world.asked(at: evening)
            try await world.handOver(id, to: .init(team: payments), at: evening)
            let wait = try #require(try await world.read { try world.inbox.wait(of: id, at: evening, in: $0) })
            #expect(wait.usualMilliseconds == 10 * minute && wait.before == 0)
            #expect(wait.opensAt == noon.adding(milliseconds: 21 * hour))
            let open = try await world.read { [hour] in
                try world.inbox.wait(of: id, at: noon.adding(milliseconds: 22 * hour), in: $0)?.opensAt
            }
            #expect(open == nil)
            try await world.claim(id, by: jonas)
            let none = try await world.read { try world.inbox.wait(of: id, at: evening, in: $0) }
            #expect(none == nil)
        }
    }
}
