import Foundation
import Glibc
import NIOConcurrencyHelpers
import Support

/// "Do those who only hold connections open keep customers waiting?" New customers open conversations, at a steady pace, while 2,000 connections send half a head,
/// 500 send a body of one byte in ten seconds, and 500 live streams are never read; whoever is thrown out comes back at once. The yardstick is the same pace without
/// them. `BATON_SIEGE_SECONDS` says how long (30 where it is absent).
struct SiegeFigures {
    let table: Table

    private static let heads = 2_000
    private static let bodies = 500
    private static let streams = 500
    /// Conversations opened a second.
    private static let pace = 50.0

    func measure() async throws {
        StreamCrowd.raiseLimit()
        try await ServedBaton.measured(table) { try await measure($0) }
    }

    private func measure(_ baton: ServedBaton) async throws {
        let seconds = ProcessInfo.processInfo.environment["BATON_SIEGE_SECONDS"].flatMap { Double($0) } ?? 30
        _ = try await customers(baton.api, seconds: 2)
        let calm = try await customers(baton.api, seconds: min(seconds, 20))
        let before = try Memory(of: "\(baton.id)").resident
        let siege = Siege(port: baton.api.port, credential: baton.api.key)
        siege.begin(heads: Self.heads, bodies: Self.bodies, streams: Self.streams)
        let waiting = try await customers(baton.api, seconds: seconds) { try Memory(of: "\(baton.id)").resident }
        let thrownOut = siege.end()
        table.add(
            Figure(
                name: "siege of \(Int(seconds)) s: a new customer's POST, p99", value: waiting.sample.percentile(0.99) * 1e3, unit: "ms",
                yardstick: ("the same without it", calm.sample.percentile(0.99) * 1e3)))
        table.add(
            Figure(
                name: "  the same, p50", value: waiting.sample.median * 1e3, unit: "ms", yardstick: ("without it", calm.sample.median * 1e3)
            ))
        table.add(Figure(name: "  thrown out, and back at once", value: Double(thrownOut), unit: "times"))
        table.add(Figure(name: "  most memory of the service, RSS", value: waiting.most, unit: "MB", yardstick: ("before", before)))
    }

    /// Opens conversations at the pace, whether the ones before were answered or not: who is kept waiting keeps nobody else from coming.
    private func customers(
        _ baton: ServedAPI, seconds: Double, watch: () throws -> Double = { 0 }
    ) async throws -> (sample: Sample, most: Double) {
        let began = Moment()
        var most = 0.0
        let sample = try await withThrowingTaskGroup(of: Double.self) { group in
            var opened = 0
            while began.seconds < seconds {
                group.addTask {
                    let sent = Moment()
                    _ = try await baton.customer()
                    return sent.seconds
                }
                opened += 1
                if opened % 50 == 0 { most = max(most, try watch()) }
                let left = Double(opened) / Self.pace - began.seconds
                if left > 0 { try await Task.sleep(for: .seconds(left)) }
            }
            return try await group.reduce(into: Sample()) { $0.add($1) }
        }
        return (sample, most)
    }
}

/// Connections that only take up room, held by one thread.
private final class Siege: Sendable {
    private enum Kind: Sendable { case head, body, stream }

    private let port: Int
    private let credential: String
    private let state = NIOLockedValueBox((isOver: false, thrownOut: 0, ended: false))

    init(port: Int, credential: String) { (self.port, self.credential) = (port, credential) }

    func begin(heads: Int, bodies: Int, streams: Int) {
        let kinds =
            [Kind](repeating: .head, count: heads) + [Kind](repeating: .body, count: bodies) + [Kind](repeating: .stream, count: streams)
        let thread = Thread { [self] in
            // Streams are watched for their end alone: reading is what they do not do.
            var sockets = kinds.map { pollfd(fd: -1, events: Int16($0 == .stream ? 0 : POLLIN), revents: 0) }
            var connections = [RawConnection?](repeating: nil, count: kinds.count)
            var dripped = [Moment](repeating: Moment(), count: kinds.count)
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !state.withLockedValue(\.isOver) {
                for index in connections.indices where connections[index] == nil {
                    connections[index] = open(kinds[index])
                    sockets[index].fd = connections[index]?.descriptor ?? -1
                    dripped[index] = Moment()
                }
                _ = poll(&sockets, nfds_t(sockets.count), 100)
                for index in sockets.indices where sockets[index].fd >= 0 {
                    let events = sockets[index].revents
                    let isGone =
                        events & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
                        || (events & Int16(POLLIN) != 0 && recv(sockets[index].fd, &buffer, buffer.count, Int32(MSG_DONTWAIT)) <= 0)
                    if isGone {
                        connections[index] = nil
                        sockets[index].fd = -1
                        state.withLockedValue { $0.thrownOut += 1 }
                    } else if kinds[index] == .body, dripped[index].seconds > 10 {
                        dripped[index] = Moment()
                        connections[index]?.send("x")
                    }
                }
            }
            connections = []
            state.withLockedValue { $0.ended = true }
        }
        thread.start()
    }

    /// - Returns: how often a connection was ended by the service.
    func end() -> Int {
        state.withLockedValue { $0.isOver = true }
        while !state.withLockedValue(\.ended) { usleep(10_000) }
        return state.withLockedValue(\.thrownOut)
    }

    /// - Returns: nil where none could be opened; it is tried again.
    private func open(_ kind: Kind) -> RawConnection? {
        let words =
            switch kind {
            case .head: "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "
            case .body:
                "POST /v1/sites/quayside-help/conversations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            case .stream: "GET /v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer \(credential)\r\n\r\n"
            }
        let connection = try? RawConnection(port: port, receiveBuffer: kind == .stream ? 4096 : nil)  // refused: see above
        return connection?.send(words) == true ? connection : nil
    }
}
