import Inbox
import Storage
import Testing

@Suite struct OpeningHoursTests {
    private static let office = (1...5).map { OpeningHours.Interval(weekday: $0, opens: 9 * 60, closes: 17 * 60) }

    /// A moment from UTC date and time.
    private static func utc(_ month: Int, _ day: Int, _ hour: Int, _ minutes: Int = 0) -> Timestamp {
        // Days since 1970-01-01 of the first of each month of 2026.
        let starts = [20454, 20485, 20513, 20544, 20574, 20605, 20635, 20666, 20697, 20727, 20758, 20788]
        return Timestamp(milliseconds: Int64(((starts[month - 1] + day - 1) * 24 + hour) * 60 + minutes) * minute)
    }

    @Test func `the weekday of a date agrees with the calendar`() {
        #expect(Self.utc(11, 30, 12) == noon)
        #expect(Self.utc(3, 29, 1).description == "2026-03-29T01:00:00.000Z")
    }

    @Test func `nine o'clock stays nine o'clock when the clocks change`() throws {
        let hours = try OpeningHours(zone: "Europe/Berlin", weekly: Self.office)
        // The Friday before and the Monday after the change of 29 March 2026: 08:00 and 07:00 UTC.
        #expect(!hours.isOpen(at: Self.utc(3, 27, 7, 59)))
        #expect(hours.isOpen(at: Self.utc(3, 27, 8)))
        #expect(!hours.isOpen(at: Self.utc(3, 30, 6, 59)))
        #expect(hours.isOpen(at: Self.utc(3, 30, 7)))
        #expect(hours.isOpen(at: Self.utc(3, 30, 14, 59)))
        #expect(!hours.isOpen(at: Self.utc(3, 30, 15)))
        #expect(hours.nextOpening(after: Self.utc(3, 27, 17)) == Self.utc(3, 30, 7))
        // And back on 25 October.
        #expect(hours.nextOpening(after: Self.utc(10, 23, 17)) == Self.utc(10, 26, 8))
    }

    @Test func `a day around the clock has no hole when clocks change`() throws {
        let always = try OpeningHours(zone: "Europe/Berlin", weekly: (1...7).map { .init(weekday: $0, opens: 0, closes: 1440) })
        for (month, day) in [(3, 28), (10, 24)] {
            for step in 0..<(72 * 4) { #expect(always.isOpen(at: Self.utc(month, day, 0).adding(milliseconds: Int64(step) * 15 * minute))) }
        }
    }

    @Test func `an hour that the clocks leave out opens right after it`() throws {
        let night = try OpeningHours(zone: "Europe/Berlin", weekly: [.init(weekday: 7, opens: 2 * 60 + 30, closes: 5 * 60)])
        #expect(!night.isOpen(at: Self.utc(3, 29, 0, 59)))
        #expect(night.isOpen(at: Self.utc(3, 29, 1, 30)))
        #expect(night.isOpen(at: Self.utc(3, 29, 2, 59)))
        #expect(!night.isOpen(at: Self.utc(3, 29, 3)))
    }

    @Test func `an interval may end on the next day`() throws {
        let night = try OpeningHours(zone: "UTC", weekly: [.init(weekday: 1, opens: 22 * 60, closes: 6 * 60)])
        #expect(!night.isOpen(at: Self.utc(11, 30, 21, 59)))
        #expect(night.isOpen(at: Self.utc(11, 30, 22)))
        #expect(night.isOpen(at: Self.utc(12, 1, 5, 59)))
        #expect(!night.isOpen(at: Self.utc(12, 1, 6)))
        #expect(!night.isOpen(at: Self.utc(12, 1, 22)))
    }

    @Test func `holidays are closed in the zone's own days`() throws {
        let hours = try OpeningHours(zone: "Pacific/Auckland", weekly: Self.office, holidays: ["2026-12-01"])
        // 1 December in Auckland begins at 11:00 UTC of 30 November; 9 o'clock there is 20:00 UTC.
        #expect(!hours.isOpen(at: Self.utc(11, 30, 21)))
        #expect(hours.isOpen(at: Self.utc(12, 1, 21)))
        #expect(hours.nextOpening(after: Self.utc(11, 30, 6)) == Self.utc(12, 1, 20))
    }

    @Test func `the next opening is after now also while open, and none is none`() throws {
        let hours = try OpeningHours(zone: "UTC", weekly: Self.office)
        #expect(hours.nextOpening(after: Self.utc(11, 30, 9)) == Self.utc(12, 1, 9))
        #expect(hours.nextOpening(after: Self.utc(11, 30, 8, 59)) == Self.utc(11, 30, 9))
        #expect(hours.nextOpening(after: Self.utc(12, 4, 18)) == Self.utc(12, 7, 9))
        let never = try OpeningHours(zone: "UTC", weekly: [])
        #expect(!never.isOpen(at: noon))
        #expect(never.nextOpening(after: noon) == nil)
    }

    @Test func `an opening far away is found`() throws {
        let month = (1...31).map { "2026-12-" + ($0 < 10 ? "0\($0)" : "\($0)") }
        let hours = try OpeningHours(zone: "UTC", weekly: Self.office, holidays: Set(month))
        #expect(hours.nextOpening(after: Self.utc(11, 30, 18))?.description == "2027-01-01T09:00:00.000Z")
    }

    @Test func `hours that make no sense are refused`() {
        #expect(throws: InboxError.unknownZone("Mars/Olympus")) { try OpeningHours(zone: "Mars/Olympus", weekly: []) }
        for interval in [(0, 0, 60), (8, 0, 60), (1, -1, 60), (1, 1440, 60), (1, 0, 1441)] {
            #expect(throws: InboxError.self) {
                try OpeningHours(zone: "UTC", weekly: [.init(weekday: interval.0, opens: interval.1, closes: interval.2)])
            }
        }
        for day in ["2026-13-01", "2026-1-1", "christmas", "2026-12-25-", ""] {
            #expect(throws: InboxError.self) { try OpeningHours(zone: "UTC", weekly: [], holidays: [day]) }
        }
    }

    @Test func `hours outlive the database`() async throws {
        try await withQuayside { world in
            let hours = try OpeningHours(zone: "Europe/Berlin", weekly: Self.office, holidays: ["2026-12-25"])
            try await world.write { [inbox = world.inbox] in
                try inbox.save(Team(id: payments, name: "Payments", hours: hours, members: [jonas]), at: noon, in: $0)
            }
            let team = try await world.read { try world.inbox.team(payments, in: $0) }
            #expect(team.hours == hours)
            #expect(team.members == [jonas])
        }
    }
}
