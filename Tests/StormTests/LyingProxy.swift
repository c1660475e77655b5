import Foundation
import NIOConcurrencyHelpers
import Notation
import Storm
import Support
import Testing
import Transfer

/// Stands between the clients of a storm and the real server, and breaks one promise in its name. So that a storm that finds nothing is known to
/// be able to find something, and nothing of the product has to be broken for it.
final class LyingProxy: Sendable {
    /// What it knows when it lies.
    struct Moment {
        let request: LoopbackServer.Request
        let call: Call
        /// How many requests came before.
        let number: Int
        let proxy: LyingProxy

        /// The path without its query.
        var path: String { String(request.target.prefix { $0 != "?" }) }
        /// `.../messages` of a conversation, to write or to read.
        func isMessages(_ method: String) -> Bool { request.method == method && path.hasSuffix("/messages") }
        /// The conversation in the path.
        var conversation: String? { path.components(separatedBy: "/").drop { $0 != "conversations" }.dropFirst().first }
        /// Whether this is one of every so many.
        func isEvery(_ count: Int) -> Bool { number % count == 0 }
    }

    /// One broken promise.
    struct Lie: Sendable, CustomTestStringConvertible {
        let name: String
        /// By which it must be found.
        let invariant: Invariant
        /// In place of the server's answer; nil: the server is asked.
        var instead: @Sendable (Moment) async -> (Int, JSON)? = { _ in nil }
        /// What becomes of the server's answer.
        var after: @Sendable (Moment, Int, JSON) async -> (Int, JSON) = { _, status, json in (status, json) }
        /// What becomes of a text that is no JSON.
        var text: @Sendable (Moment, String) -> String = { _, text in text }
        /// What becomes of frames: the ones before, and the next one.
        var frames: @Sendable (_ held: inout [Frame], Frame) -> [Frame] = { _, frame in [frame] }

        var testDescription: String { name }
    }

    private struct State {
        var port = 0
        var requests = 0
        var known: [String: JSON] = [:]
    }

    private let lie: Lie
    private let client: HTTPClient
    private let state = NIOLockedValueBox(State())
    private let server = NIOLockedValueBox<LoopbackServer?>(nil)
    /// The server's log, for a lie that leaks.
    let log: String

    init(_ lie: Lie, log: String) throws {
        (self.lie, self.log) = (lie, log)
        var settings = HTTPClientSettings()
        (settings.connectionsPerHost, settings.connections) = (256, 300)
        client = HTTPClient(settings: settings)
        let server = try LoopbackServer { [weak self] connection, request in self?.pass(request, on: connection) ?? false }
        self.server.withLockedValue { $0 = server }
    }

    /// Where clients are to go while the server is at a port.
    func port(for upstream: Int) -> Int {
        state.withLockedValue { $0.port = upstream }
        return server.withLockedValue { $0?.port ?? 0 }
    }

    func close() {
        server.withLockedValue { $0 }?.close()
        client.close()
    }

    /// Remembers something for later lies; the value of before.
    func remember(_ key: String, _ value: JSON) -> JSON? { state.withLockedValue { $0.known.updateValue(value, forKey: key) } }
    func remembered(_ key: String) -> JSON? { state.withLockedValue { $0.known[key] } }

    /// Asks the server itself.
    func ask(_ call: Call) async -> (status: Int, type: String, bytes: [UInt8])? {
        var headers = [("Accept", "*/*")]
        if let credential = call.credential { headers.append(("Authorization", credential)) }
        if let key = call.key { headers.append(("Idempotency-Key", key)) }
        if call.body != nil { headers.append(("Content-Type", "application/json")) }
        let request = HTTPRequest(
            method: call.method, url: "http://127.0.0.1:\(state.withLockedValue(\.port))\(call.path)", headers: headers,
            body: call.body?.bytes ?? [])
        do {
            let response = try await client.send(request)
            return (response.status, response.headers["Content-Type"] ?? "", try await response.collect(upTo: 64 << 20))
        } catch { return nil }
    }

    // MARK: Passing on

    private func pass(_ request: LoopbackServer.Request, on connection: LoopbackServer.Connection) -> Bool {
        let number = state.withLockedValue { state in
            state.requests += 1
            return state.requests
        }
        let body = request.body.isEmpty ? nil : try? JSONReader.read(request.body)  // no JSON: sent without
        let call = Call(
            request.method, request.target, body: body, key: request.header("Idempotency-Key"), credential: request.header("Authorization"))
        let moment = Moment(request: request, call: call, number: number, proxy: self)
        if request.target.hasPrefix("/v1/events") {
            wait { await self.stream(moment, to: connection) }
            return false
        }
        return wait { await self.answer(moment, on: connection) }
    }

    private func answer(_ moment: Moment, on connection: LoopbackServer.Connection) async -> Bool {
        if let (status, json) = await lie.instead(moment) { return connection.answer(status, type: "application/json", json.bytes) }
        guard let answer = await ask(moment.call) else { return false }
        guard answer.type.contains("json"), let json = try? JSONReader.read(answer.bytes) else {  // passed on as it is
            return connection.answer(
                answer.status, type: answer.type, Array(lie.text(moment, String(decoding: answer.bytes, as: UTF8.self)).utf8))
        }
        let (status, changed) = await lie.after(moment, answer.status, json)
        return connection.answer(status, type: answer.type, changed.bytes)
    }

    private func stream(_ moment: Moment, to connection: LoopbackServer.Connection) async {
        var headers = [("Accept", "text/event-stream"), ("Authorization", moment.request.header("Authorization") ?? "")]
        if let last = moment.request.header("Last-Event-ID") { headers.append(("Last-Event-ID", last)) }
        let limits = Timeouts(silenceMilliseconds: 600_000, totalMilliseconds: 3_600_000)
        let request = HTTPRequest(
            url: "http://127.0.0.1:\(state.withLockedValue(\.port))\(moment.call.path)", headers: headers, limits: limits)
        guard let response = try? await client.send(request) else { return }  // the client sees a cut stream
        connection.send(Array("HTTP/1.1 \(response.status) OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n".utf8))
        var reader = FrameReader()
        var held: [Frame] = []
        do {
            for try await bytes in response.body {
                for frame in reader.read(bytes) {
                    for told in lie.frames(&held, frame) {
                        let id = told.id.map { "id: \($0)\n" } ?? ""
                        guard connection.send(Array("\(id)event: \(told.event)\ndata: \(told.data)\n\n".utf8)) else { return }
                    }
                }
                // A comment, so that a reader that has gone is noticed.
                guard connection.send(Array(":\n\n".utf8)) else { return }
            }
        } catch { return }
    }

    /// Waits on the connection's own thread, which is none of the concurrency pool's.
    @discardableResult
    private func wait<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
        let result = NIOLockedValueBox<Value?>(nil)
        let semaphore = DispatchSemaphore(value: 0)
        Task {
            let value = await body()
            result.withLockedValue { $0 = value }
            semaphore.signal()
        }
        semaphore.wait()
        guard let value = result.withLockedValue({ $0 }) else { preconditionFailure("signalled without a value") }
        return value
    }
}

extension JSON {
    /// The same object with a member set, or taken away where `value` is nil.
    func with(_ key: String, _ value: JSON?) -> JSON {
        guard case .object(let members) = self else { return self }
        var found = false
        var new: [Member] = members.compactMap { member in
            guard member.key == key else { return member }
            found = true
            return value.map { Member(key: key, value: $0) }
        }
        if !found, let value { new.append(Member(key: key, value: value)) }
        return .object(new)
    }

    /// The same object with one member changed.
    func changing(_ key: String, _ change: (JSON) -> JSON) -> JSON { self[key].map { with(key, change($0)) } ?? self }
}
