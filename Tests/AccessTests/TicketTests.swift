import Access
import Storage
import Support
import Testing

@Suite struct TicketTests {
    private func caller(_ number: Int) -> Caller { .console(of: WorkspaceID("workspace\(number)")) }

    @Test func `a ticket works once, within thirty seconds`() {
        let clock = ManualClock(at: 0)
        let tickets = StreamTickets(nowMilliseconds: { clock.now })
        let first = tickets.issue(for: caller(1))
        let second = tickets.issue(for: caller(2))
        let third = tickets.issue(for: caller(3))
        #expect(Set([first, second, third]).count == 3 && first.utf8.count == 43)
        #expect(tickets.redeem(first) == caller(1))
        #expect(tickets.redeem(first) == nil)
        clock.advance(milliseconds: 29_999)
        #expect(tickets.redeem(second) == caller(2))
        clock.advance(milliseconds: 1)
        #expect(tickets.redeem(third) == nil)
        for text in ["", " ", "null", String(first.dropLast()), first + "0"] { #expect(tickets.redeem(text) == nil) }
    }

    @Test func `one caller's many tickets push out only that caller's`() {
        let tickets = StreamTickets(nowMilliseconds: { 0 })
        let other = tickets.issue(for: caller(1))
        let many = (0..<100).map { _ in tickets.issue(for: caller(2)) }
        #expect(many.filter { tickets.redeem($0) != nil } == Array(many.suffix(StreamTickets.mostTicketsPerCaller)))
        #expect(tickets.redeem(other) == caller(1))
    }

    @Test func `there are never more than the bound; the oldest give way`() {
        let clock = ManualClock(at: 0)
        let tickets = StreamTickets(most: 50, nowMilliseconds: { clock.now })
        let all = (0..<200).map { tickets.issue(for: caller($0)) }
        #expect(all.filter { tickets.redeem($0) != nil } == Array(all.suffix(50)))
        let late = tickets.issue(for: caller(0))
        clock.advance(milliseconds: 30_000)
        let later = tickets.issue(for: caller(0))
        #expect(tickets.redeem(late) == nil && tickets.redeem(later) == caller(0))
    }

    @Test func `of many who show a ticket at once one is let in`() async {
        let tickets = StreamTickets()
        let ticket = tickets.issue(for: caller(1))
        let through = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 { group.addTask { tickets.redeem(ticket) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(through == 1)
    }
}
