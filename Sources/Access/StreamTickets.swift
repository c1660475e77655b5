import NIOConcurrencyHelpers

/// Tickets for live streams: a browser cannot send a header when it opens one, and a credential must not stand in an address. A ticket holds 30 seconds, once,
/// and only in this process's memory.
package final class StreamTickets: Sendable {
    /// How long a ticket holds: 30 seconds, in milliseconds.
    package static let ticketMilliseconds: Int64 = 30_000
    /// The most tickets that wait to be used; the oldest gives way.
    package static let mostTickets = 20_000
    /// The most tickets of one credential that wait; its oldest gives way, so that one caller cannot push out others'.
    package static let mostTicketsPerCaller = 16

    private struct Ticket {
        let caller: Caller
        let until: Int64
        let number: Int
    }

    private struct State {
        var tickets: [String: Ticket] = [:]
        var issued = 0
    }

    private let state = NIOLockedValueBox(State())
    private let nowMilliseconds: @Sendable () -> Int64
    private let most: Int

    /// - Parameters:
    ///   - most: the bound on waiting tickets.
    ///   - nowMilliseconds: a clock that only goes forward.
    package init(most: Int = mostTickets, nowMilliseconds: @escaping @Sendable () -> Int64 = Monotonic.milliseconds) {
        self.most = max(most, 1)
        self.nowMilliseconds = nowMilliseconds
    }

    /// A ticket for this caller: 43 base-62 digits, 256 random bits.
    package func issue(for caller: Caller) -> String {
        let text = SecretText.random(SecretText.cookieDigits)
        let now = nowMilliseconds()
        state.withLockedValue { state in
            state.issued += 1
            makeRoom(&state, for: caller, now)
            state.tickets[text] = Ticket(caller: caller, until: now + Self.ticketMilliseconds, number: state.issued)
        }
        return text
    }

    /// Whose ticket it is, and uses it up.
    /// - Returns: nil for one that was used, is older than 30 seconds, or was never issued. The caller may have lost access since: ask `AccessControl.current`.
    package func redeem(_ text: String) -> Caller? {
        guard SecretText.isCookie(text) else { return nil }
        let ticket = state.withLockedValue { $0.tickets.removeValue(forKey: text) }
        return ticket.flatMap { $0.until > nowMilliseconds() ? $0.caller : nil }
    }

    private func makeRoom(_ state: inout State, for caller: Caller, _ now: Int64) {
        let own = state.tickets.filter { $0.value.caller.workspace == caller.workspace && $0.value.caller.actor == caller.actor }
        if own.count >= Self.mostTicketsPerCaller, let oldest = own.min(by: { $0.value.number < $1.value.number }) {
            state.tickets[oldest.key] = nil
        }
        guard state.tickets.count >= most else { return }
        state.tickets = state.tickets.filter { $0.value.until > now }
        if state.tickets.count >= most, let oldest = state.tickets.min(by: { $0.value.number < $1.value.number }) {
            state.tickets[oldest.key] = nil
        }
    }
}
