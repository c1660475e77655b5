import NIOConcurrencyHelpers

/// A server on 127.0.0.1 that plays byte scripts and remembers what it received: the endpoint of every test that speaks HTTP.
///
/// ```swift
/// let endpoint = try ScriptedEndpoint(.status(503), .completion(content: "Four to six weeks."))
/// // ... point the code under test at endpoint.baseURL ...
/// #expect(endpoint.requests.count == 2)
/// ```
/// Scripts are taken in order, one per request; or `answer(with:)` chooses one for each request. It runs on threads of its own, one per
/// connection, and is gone when it is closed or released.
package final class ScriptedEndpoint: Sendable {
    let core: EndpointCore

    /// Listens at once on a free port of 127.0.0.1 and answers the first requests with these scripts. What comes after them is answered 500 and
    /// counted in `unscripted`, unless `answer(with:)` is set.
    package init(_ scripts: Script...) throws(SupportError) {
        core = try EndpointCore()
        core.state.withLockedValue { $0.queue = scripts }
        core.start()
    }

    /// Listens at once and asks `choose` for every request's script.
    package convenience init(answer choose: @escaping @Sendable (EndpointRequest) -> Script) throws(SupportError) {
        try self.init()
        answer(with: choose)
    }

    deinit { core.stop() }

    /// Ends all connections and the listener, and returns when their threads are gone.
    package func close() { core.stop() }

    // MARK: Where it is

    /// The port on 127.0.0.1.
    package var port: Int { core.port }
    /// "http://127.0.0.1:PORT".
    package var url: String { "http://127.0.0.1:\(port)" }
    /// "http://127.0.0.1:PORT/v1", as an OpenAI-compatible endpoint is configured.
    package var baseURL: String { url + "/v1" }

    // MARK: What it answers

    /// Adds scripts for the next requests; they come before `answer(with:)`.
    package func enqueue(_ scripts: Script...) { core.state.withLockedValue { $0.queue += scripts } }

    /// Chooses a script for every request that finds the queue empty. Called on the connection's thread; it may look at `number` to count.
    package func answer(with choose: @escaping @Sendable (EndpointRequest) -> Script) {
        core.state.withLockedValue { $0.choose = choose }
    }

    /// Answers every request that finds the queue empty with the same script.
    package func answer(with script: Script) { answer { _ in script } }

    /// Answers as soon as the head is there and before the body is read; nil leaves it to the other ways. For `Expect: 100-continue` refused,
    /// and for servers that answer early.
    package func answerBeforeBody(with choose: @escaping @Sendable (EndpointRequest) -> Script?) {
        core.state.withLockedValue { $0.chooseEarly = choose }
    }

    /// What a connection does before any request is read.
    package enum Greeting: Sendable {
        /// Reads requests.
        case serve
        /// Closes at once.
        case close
        /// Ends with RST at once.
        case reset
        /// Never reads nor writes, until the client leaves.
        case ignore
        /// Writes these bytes, then reads requests: a server that speaks first or no TLS.
        case say([UInt8])
    }

    /// Sets what the next connections do; those after them `serve`.
    package func greet(_ greetings: Greeting...) { core.state.withLockedValue { $0.greetings += greetings } }

    /// Whether `Expect: 100-continue` is answered with `100 Continue` (the default), or ignored.
    package func continues(_ answers: Bool) { core.state.withLockedValue { $0.answersContinue = answers } }

    /// Makes the kernel hold at most about this much unread output per connection, for the connections to come.
    package func limitSendBuffer(bytes: Int) { core.state.withLockedValue { $0.sendBufferBytes = bytes } }

    // MARK: What happened

    /// Everything received so far, in the order of arrival.
    package var requests: [EndpointRequest] { exchanges.map(\.request) }

    /// Everything received so far and what became of it.
    package var exchanges: [EndpointExchange] { core.state.withLockedValue { $0.exchanges } }

    /// The number of connections accepted so far.
    package var connectionCount: Int { core.state.withLockedValue { $0.connections } }

    /// The number of connections open now.
    package var openConnectionCount: Int { core.state.withLockedValue { $0.openConnections } }

    /// The largest number of scripts that were being played at one time.
    package var mostAtOnce: Int { core.state.withLockedValue { $0.mostAtOnce } }

    /// The number of requests that found no script.
    package var unscripted: Int { core.state.withLockedValue { $0.unscripted } }

    /// The endpoint's own count of tokens: over all answers it began to send (a provider bills an answer the client dropped) ...
    package var tokensBilled: TokenTally { tally { _ in true } }

    /// ... and over those it sent to the end.
    package var tokensDelivered: TokenTally { tally { $0.ending == .finished } }

    private func tally(where counted: (EndpointExchange) -> Bool) -> TokenTally {
        exchanges.filter(counted).reduce(into: TokenTally()) { total, exchange in
            total.prompt += exchange.tokens?.prompt ?? 0
            total.completion += exchange.tokens?.completion ?? 0
        }
    }

    // MARK: Waiting

    /// Returns when `count` requests have arrived since the start.
    /// - Throws: `SupportError.nothingHappened` after two minutes, so that a broken test fails instead of hanging.
    package func waitForRequests(_ count: Int) async throws {
        try await wait(for: "\(count) requests") { $0.exchanges.count >= count }
    }

    /// Returns when `count` scripts have ended in any way.
    package func waitForEndings(_ count: Int) async throws {
        try await wait(for: "\(count) ended exchanges") { $0.exchanges.count(where: { $0.ending != nil }) >= count }
    }

    /// Returns when the clients have closed `count` connections since the start, in or between requests.
    package func waitForDepartures(_ count: Int) async throws {
        try await wait(for: "\(count) closed connections") { $0.departures >= count }
    }

    /// Returns when no connection is open.
    package func waitUntilNobodyIsConnected() async throws {
        try await wait(for: "all connections closed") { $0.openConnections == 0 }
    }

    /// Returns when what has happened satisfies `condition`. Exchanges are looked at again after every change.
    package func wait(
        until description: String, _ condition: @escaping @Sendable ([EndpointExchange]) -> Bool
    ) async throws {
        try await wait(for: description) { condition($0.exchanges) }
    }

    private func wait(for description: String, _ condition: @escaping @Sendable (EndpointCore.State) -> Bool) async throws {
        try await core.watch.wait(for: description, in: core.state, condition)
    }
}

/// One request and what became of its script.
package struct EndpointExchange: Sendable {
    /// How a script came to its end.
    package enum Ending: Sendable, Hashable {
        /// Every step was done.
        case finished
        /// The client closed or reset the connection first.
        case clientClosed
        /// The script ended the connection (`close`, `reset`).
        case serverClosed
        /// The endpoint was closed.
        case stopped
    }

    /// What was asked.
    package let request: EndpointRequest
    /// Bytes of the answer the kernel has taken so far.
    package internal(set) var bytesSent = 0
    /// nil while the script is being played.
    package internal(set) var ending: Ending?
    /// What the endpoint bills for this answer.
    package internal(set) var tokens: TokenTally?
}
