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
    }

    /// All tickets live equally long, so the order in which they were issued is the order in which they end.
    private struct State {
        var tickets: [String: Ticket] = [:]
        var order: [String] = []
        var first = 0
        var own: [Caller: [String]] = [:]
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
            Self.makeRoom(&state, for: caller, most, now)
            state.tickets[text] = Ticket(caller: caller, until: now + Self.ticketMilliseconds)
            state.order.append(text)
            state.own[caller, default: []].append(text)
        }
        return text
    }

    /// Whose ticket it is, and uses it up.
    /// - Returns: nil for one that was used, is older than 30 seconds, or was never issued. The caller may have lost access since: ask `AccessControl.current`.
    package func redeem(_ text: String) -> Caller? {
        guard SecretText.isCookie(text) else { return nil }
        let now = nowMilliseconds()
        return state.withLockedValue { state in
            guard let ticket = Self.remove(text, &state) else { return nil }
            return ticket.until > now ? ticket.caller : nil
        }
    }

    private static func makeRoom(_ state: inout State, for caller: Caller, _ most: Int, _ now: Int64) {
        while state.first < state.order.count {
            let text = state.order[state.first]
            if let ticket = state.tickets[text] {
                guard ticket.until <= now || state.tickets.count >= most else { break }
                remove(text, &state)
            }
            state.first += 1
        }
        if state.first > state.order.count / 2 {
            state.order.removeFirst(state.first)
            state.first = 0
        }
        if let own = state.own[caller], own.count >= mostTicketsPerCaller { remove(own[0], &state) }
    }

    @discardableResult
    private static func remove(_ text: String, _ state: inout State) -> Ticket? {
        guard let ticket = state.tickets.removeValue(forKey: text) else { return nil }
        let left = state.own[ticket.caller]?.filter { $0 != text } ?? []
        state.own[ticket.caller] = left.isEmpty ? nil : left
        return ticket
    }
}
