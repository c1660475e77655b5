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
        guard let path = try Child.baton() else {
            return table.note("There is no `baton` beside this program; build the product to measure it.")
        }
        let seconds = ProcessInfo.processInfo.environment["BATON_SIEGE_SECONDS"].flatMap { Double($0) } ?? 30
        StreamCrowd.raiseLimit()
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let model = try Child(.model)
        defer { model.stop() }
        let baton = try ServedBaton(path, in: folder, model: model.line())
        defer { _ = baton.stop() }
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

    private let port: UInt16
    private let credential: String
    private let state = NIOLockedValueBox((isOver: false, thrownOut: 0, ended: false))

    init(port: UInt16, credential: String) { (self.port, self.credential) = (port, credential) }

    func begin(heads: Int, bodies: Int, streams: Int) {
        let kinds =
            [Kind](repeating: .head, count: heads) + [Kind](repeating: .body, count: bodies) + [Kind](repeating: .stream, count: streams)
        let thread = Thread { [self] in
            // Streams are watched for their end alone: reading is what they do not do.
            var sockets = kinds.map { pollfd(fd: -1, events: Int16($0 == .stream ? 0 : POLLIN), revents: 0) }
            var dripped = [Moment](repeating: Moment(), count: kinds.count)
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !state.withLockedValue(\.isOver) {
                for index in sockets.indices where sockets[index].fd < 0 {
                    sockets[index].fd = open(kinds[index])
                    dripped[index] = Moment()
                }
                _ = poll(&sockets, nfds_t(sockets.count), 100)
                for index in sockets.indices where sockets[index].fd >= 0 {
                    let events = sockets[index].revents
                    let isGone =
                        events & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
                        || (events & Int16(POLLIN) != 0 && recv(sockets[index].fd, &buffer, buffer.count, Int32(MSG_DONTWAIT)) <= 0)
                    if isGone {
                        close(sockets[index].fd)
                        sockets[index].fd = -1
                        state.withLockedValue { $0.thrownOut += 1 }
                    } else if kinds[index] == .body, dripped[index].seconds > 10 {
                        dripped[index] = Moment()
                        _ = send(sockets[index].fd, "x", 1, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                    }
                }
            }
            for socket in sockets where socket.fd >= 0 { close(socket.fd) }
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

    /// - Returns: -1 where none could be opened; it is tried again.
    private func open(_ kind: Kind) -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return -1 }
        if kind == .stream {
            var size: Int32 = 4096
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        let words =
            switch kind {
            case .head: "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "
            case .body:
                "POST /v1/sites/quayside-help/conversations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            case .stream: "GET /v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer \(credential)\r\n\r\n"
            }
        guard connected == 0, send(socket, words, words.utf8.count, Int32(MSG_NOSIGNAL)) == words.utf8.count else {
            close(socket)
            return -1
        }
        return socket
    }
}
