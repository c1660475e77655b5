import Foundation
import Inbox
import NIOConcurrencyHelpers
import Notation
import Storage
import Support
import Testing
import Web

/// Clients that hold a connection without giving or taking anything: each is ended by its limit, and the others are answered meanwhile.
struct GreedyClientTests {
    /// The limits of production, with shorter times.
    private static let short: ConnectionLimits = {
        var limits = ConnectionLimits()
        (limits.headMilliseconds, limits.unreadMilliseconds, limits.paceMilliseconds) = (300, 300, 200)
        (limits.lingerMilliseconds, limits.idleMilliseconds) = (300, 1_000)
        return limits
    }()

    /// Opens many connections, does something on each, and expects the service to end every one of them.
    private func expectEnds(_ count: Int, _ limits: ConnectionLimits = short, _ begin: @escaping @Sendable (RawConnection, String) -> Void)
        async throws
    {
        try await Served.run(limits: limits) { served in
            let (port, key) = (try served.port, served.key)
            let open = NIOLockedValueBox<[RawConnection]>([])
            try await onOwnThread {
                for _ in 0..<count {
                    let connection = try RawConnection(port: port)
                    begin(connection, key)
                    open.withLockedValue { $0.append(connection) }
                }
            }
            // The others are answered while these hold on.
            for _ in 0..<5 { #expect(try await served.send("GET", "/healthz").status == 200) }
            let stay = try await onOwnThread {
                open.withLockedValue { all in
                    defer { all = [] }
                    return all.count { $0.rest(withinSeconds: 30) == nil }
                }
            }
            #expect(stay == 0, "\(stay) of \(count) connections stay open")
            #expect(try await served.send("GET", "/healthz").status == 200)
        }
    }

    @Test func `a connection that says nothing is ended`() async throws {
        try await expectEnds(50) { _, _ in }
    }

    @Test func `half a head is not waited for`() async throws {
        try await expectEnds(200) { connection, _ in connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nX: ") }
    }

    @Test func `half a second head is not waited for, although the first was whole`() async throws {
        try await expectEnds(50) { connection, _ in
            connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = connection.answer()
            connection.send("GET /healthz HTTP/1.1\r\nHo")
        }
    }

    @Test func `a body that does not come is not waited for`() async throws {
        try await expectEnds(50) { connection, key in
            connection.send("POST /v1/stream-tickets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\nContent-Length: 900\r\n\r\n{")
        }
    }

    @Test func `a body that comes a byte at a time is not waited for`() async throws {
        try await Served.run(limits: Self.short) { served in
            let (port, key) = (try served.port, served.key)
            let sent = try await onOwnThread {
                let connection = try RawConnection(port: port)
                connection.send(
                    "POST /v1/stream-tickets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\nContent-Length: 900\r\n\r\n")
                // Waiting for the answer that does not come is the pause between two bytes.
                for number in 0..<200 {
                    guard connection.send("x"), connection.answer(withinSeconds: 0.05) == nil, !connection.isEnded else { return number }
                }
                return 200
            }
            #expect(sent < 200)
        }
    }

    @Test func `a body that comes in good time is read, however many pieces it has`() async throws {
        try await Served.run(limits: Self.short) { served in
            let (port, key) = (try served.port, served.key)
            let status = try await onOwnThread {
                let connection = try RawConnection(port: port)
                connection.send(
                    "POST /v1/stream-tickets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\nContent-Length: 900\r\n\r\n")
                for _ in 0..<900 { connection.send(" ") }
                return connection.answer()?.status
            }
            #expect(status == 201)
        }
    }

    /// Waits until the service has ended a connection because nobody reads it. Its client cannot see that before it reads: what was sent comes first.
    private func expectUnread(_ served: Served) async throws {
        for _ in 0..<600 {
            if try await served.send("GET", "/metrics").text.contains("baton_connections_refused_total{reason=\"unread\"} ") { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("nothing was ended")
    }

    @Test func `answers that are never read end the connection`() async throws {
        try await Served.run(limits: Self.short) { served in
            let port = try served.port
            let greedy = try await onOwnThread {
                let connection = try RawConnection(port: port, receiveBuffer: 4096)
                connection.send(String(repeating: "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n", count: 500))
                return connection
            }
            try await expectUnread(served)
            #expect(try await onOwnThread { greedy.rest(withinSeconds: 30) != nil })
        }
    }

    @Test func `a stream that is never read is ended, and the others miss nothing`() async throws {
        try await Served.run(limits: Self.short) { served in
            let (port, key) = (try served.port, served.key)
            let request = "GET /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\n\r\n"
            let greedy = try await onOwnThread {
                let connection = try RawConnection(port: port, receiveBuffer: 4096)
                connection.send(request)
                guard connection.reads(": connected") else { throw SupportError.socket("no stream") }
                return connection
            }
            let good = try await onOwnThread {
                let connection = try RawConnection(port: port)
                connection.send(request)
                guard connection.reads(": connected") else { throw SupportError.socket("no stream") }
                return connection
            }
            let first = try await served.world.store.events.head(of: quayside)
            // More than the kernel's buffers and ours hold.
            let filling = String(repeating: "x", count: 32_000)
            for _ in 0..<600 {
                try await served.world.store.write { transaction in
                    try transaction.emit("test.filled", of: "x", in: quayside, ["text": filling], at: served.world.now)
                }
            }
            let seen = try await onOwnThread { good.reads("id: \(first + 600)\n", withinSeconds: 60) || good.isEnded }
            #expect(seen)
            try await expectUnread(served)
            #expect(try await onOwnThread { greedy.rest(withinSeconds: 30) != nil })
        }
    }

    @Test func `an address with too many connections gets no more, and the others do`() async throws {
        try await Served.run(connectionsPerAddress: 8, limits: .init()) { served in
            let port = try served.port
            let answered = try await onOwnThread {
                let all = try (0..<20).map { _ in try RawConnection(port: port, from: 2) }
                return all.count { connection in
                    connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                    return connection.answer(withinSeconds: 5)?.status == 200
                }
            }
            #expect(answered == 8)
            // From another address, and from this one when the first are gone.
            let other = try await onOwnThread {
                [UInt8(3), 2].map { address in
                    for _ in 0..<100 {
                        guard let connection = try? RawConnection(port: port, from: address) else { return false }
                        connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                        if connection.answer(withinSeconds: 5)?.status == 200 { return true }
                    }
                    return false
                }
            }
            #expect(other == [true, true])
        }
    }

    @Test func `who expects to be asked for the body is asked, once`() async throws {
        try await Served.run { served in
            let (port, key) = (try served.port, served.key)
            let statuses = try await onOwnThread {
                let connection = try RawConnection(port: port)
                connection.send(
                    "POST /v1/stream-tickets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
                )
                let first = connection.answer()?.status
                connection.send("{}")
                return [first, connection.answer()?.status]
            }
            #expect(statuses == [100, 201])
        }
    }

    @Test func `requests that come at once are answered in their order`() async throws {
        try await Served.run { served in
            let port = try served.port
            let ids = (0..<64).map { number in String(repeating: "a", count: 28) + String(1000 + number) }
            let seen = try await onOwnThread {
                let connection = try RawConnection(port: port)
                let requests = ids.map { id in
                    "GET /healthz HTTP/1.1\r\nHost: a\r\ntraceparent: 00-\(id)-00f067aa0ba902b7-01\r\n\r\n"
                }
                connection.send(requests.joined())
                return ids.map { _ in connection.answer()?["x-request-id"] }
            }
            #expect(seen == ids)
        }
    }
}
