import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A small HTTP/1.1 server on 127.0.0.1 for what stands beside the program under test: the scripted model, and the proxies that tests put between.
///
/// One thread for each connection, because its handlers want to be slow, cut and silent on purpose. It is no server for anybody else.
package final class LoopbackServer: Sendable {
    /// One request, whole.
    package struct Request: Sendable {
        /// "GET", ...
        package let method: String
        /// Path and query.
        package let target: String
        /// In order, as written.
        package let headers: [(name: String, value: String)]
        /// As the declared length says.
        package let body: [UInt8]

        /// The first value of a header.
        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// A connection, for the thread that serves it.
    package struct Connection: Sendable {
        let descriptor: Int32

        /// Writes all bytes.
        /// - Returns: false where the other side has gone.
        @discardableResult
        package func send(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        /// Writes a whole answer with its length.
        @discardableResult
        package func answer(_ status: Int, type: String, _ body: [UInt8]) -> Bool {
            let head = "HTTP/1.1 \(status) Answer\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
            return send(Array(head.utf8) + body)
        }

        /// Makes the closing of the connection a reset, as a crashed process or a firewall does.
        package func reset() {
            var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        }
    }

    /// The port on 127.0.0.1.
    package let port: Int
    private let listener: Int32
    private let open = NIOLockedValueBox<Set<Int32>?>([])
    private let handle: @Sendable (Connection, Request) -> Bool

    /// Listens at once.
    /// - Parameter handle: answers one request on the connection's thread; false ends the connection.
    /// - Throws: `StormError.socket`.
    package init(handle: @escaping @Sendable (Connection, Request) -> Bool) throws(StormError) {
        self.handle = handle
        (listener, port) = try Self.listen()
        let thread = Thread { [listener, open] in
            while true {
                let descriptor = Glibc.accept(listener, nil, nil)
                if descriptor < 0, errno == EINTR || errno == ECONNABORTED || errno == EMFILE { continue }
                guard descriptor >= 0 else { return }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                var on: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                let isWanted = open.withLockedValue { $0?.insert(descriptor) != nil }
                guard isWanted else {
                    _ = Glibc.close(descriptor)
                    return
                }
                let serving = Thread { Self.serve(descriptor, open, handle) }
                serving.stackSize = 512 * 1024
                serving.start()
            }
        }
        thread.stackSize = 256 * 1024
        thread.start()
    }

    deinit { close() }

    /// Ends the listener and all connections.
    package func close() {
        let all = open.withLockedValue { open in
            defer { open = nil }
            return open
        }
        guard let all else { return }
        // shutdown wakes the threads that wait in accept and recv; each closes what is its own.
        _ = shutdown(listener, Int32(SHUT_RDWR))
        _ = Glibc.close(listener)
        for descriptor in all { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private static func listen() throws(StormError) -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .socket("socket: \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) != 0 || Glibc.listen(descriptor, 512) != 0
                    || getsockname(descriptor, generic, &length) != 0
            }
        }
        if failed {
            _ = Glibc.close(descriptor)
            throw .socket("bind, listen: \(errno)")
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func serve(
        _ descriptor: Int32, _ open: NIOLockedValueBox<Set<Int32>?>, _ handle: @Sendable (Connection, Request) -> Bool
    ) {
        var reader = Reader(descriptor: descriptor)
        while let request = reader.request(), handle(Connection(descriptor: descriptor), request) {}
        open.withLockedValue { _ = $0?.remove(descriptor) }
        _ = Glibc.close(descriptor)
    }
}

/// Reads requests off one connection.
private struct Reader {
    let descriptor: Int32
    private var unread: [UInt8] = []

    init(descriptor: Int32) { self.descriptor = descriptor }

    mutating func request() -> LoopbackServer.Request? {
        guard let head = head() else { return nil }
        var lines = head.components(separatedBy: "\r\n").filter { !$0.isEmpty }
        guard !lines.isEmpty else { return nil }
        let first = lines.removeFirst().split(separator: " ").map(String.init)
        guard first.count == 3 else { return nil }
        let headers = lines.compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        let declared = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        guard (0...(8 << 20)).contains(declared) else { return nil }
        while unread.count < declared { guard fill() else { return nil } }
        let body = Array(unread.prefix(declared))
        unread.removeFirst(declared)
        return LoopbackServer.Request(method: first[0], target: first[1], headers: headers, body: body)
    }

    private mutating func head() -> String? {
        let mark = Array("\r\n\r\n".utf8)
        while true {
            if let end = unread.firstRange(of: mark) {
                defer { unread.removeFirst(end.upperBound) }
                return String(decoding: unread[..<end.lowerBound], as: UTF8.self)
            }
            guard unread.count < 1 << 20, fill() else { return nil }
        }
    }

    private mutating func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            unread.append(contentsOf: buffer.prefix(count))
            return true
        }
    }
}
