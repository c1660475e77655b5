import Foundation
import Glibc

/// One connection to a service on this machine, byte by byte: for requests that no HTTP client would send, and for clients that are slow or greedy.
package final class RawConnection: @unchecked Sendable {
    /// The socket, for whoever waits for many at once; it is closed with the connection.
    package let descriptor: Int32
    private var received: [UInt8] = []
    private var isOpen = true
    /// Whether the service has ended its side; known after a read.
    package private(set) var isEnded = false

    /// One answer.
    package struct Answer: Sendable {
        /// The status code.
        package let status: Int
        /// Names in lower case.
        package let headers: [(name: String, value: String)]
        /// Without its framing.
        package let body: [UInt8]

        /// The first value of a header.
        package subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// Connects.
    /// - Parameters:
    ///   - port: of 127.0.0.1.
    ///   - address: the last number of the address it comes from: 2 for 127.0.0.2.
    ///   - receiveBuffer: bytes that the kernel takes for a client that does not read.
    package init(port: Int, from address: UInt8 = 1, receiveBuffer: Int32? = nil) throws(SupportError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .socket("socket: \(errno)") }
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
        if address != 1 { _ = Self.with(address, 0) { bind(descriptor, $0, $1) } }
        guard Self.with(1, UInt16(clamping: port), { connect(descriptor, $0, $1) }) == 0 else {
            let code = errno
            close()
            throw .socket("connect: \(String(cString: strerror(code)))")
        }
    }

    deinit { close() }

    private static func with(_ last: UInt8, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port.bigEndian)
        address.sin_addr.s_addr = (0x7F00_0000 | UInt32(last)).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    /// Ends it.
    package func close() {
        if isOpen { _ = Glibc.close(descriptor) }
        isOpen = false
    }

    /// Says that nothing more will be sent.
    package func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends bytes; false where the service is gone or takes nothing for some seconds.
    @discardableResult
    package func send(_ bytes: some Collection<UInt8>, withinSeconds: Double = 10) -> Bool {
        let all = Array(bytes)
        let deadline = Date().addingTimeInterval(withinSeconds)
        var sent = 0
        while sent < all.count {
            let count = all[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                guard wait(for: Int16(POLLOUT), until: deadline) else { return false }
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Sends text.
    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    private func wait(for events: Int16, until deadline: Date) -> Bool {
        var waiting = pollfd(fd: descriptor, events: events, revents: 0)
        while true {
            let left = deadline.timeIntervalSinceNow
            guard left > 0 else { return false }
            let count = poll(&waiting, 1, Int32(clamping: Int(left * 1000) + 1))
            if count > 0 { return true }
            guard count == 0 || errno == EINTR else { return false }
        }
    }

    /// Reads what comes next; false where the time is up or nothing more will come.
    private func receive(until deadline: Date) -> Bool {
        guard !isEnded, wait(for: Int16(POLLIN), until: deadline) else { return false }
        var block = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &block, block.count, 0)
        if count > 0 { received += block[..<count] } else { isEnded = true }
        return count > 0
    }

    /// The next answer; nil where none comes in time or what comes is none.
    /// - Parameter isForHead: an answer to HEAD has no body whatever its length says.
    package func answer(isForHead: Bool = false, withinSeconds: Double = 10) -> Answer? {
        let deadline = Date().addingTimeInterval(withinSeconds)
        while true {
            if let (answer, length) = parse(isForHead) {
                received.removeFirst(length)
                return answer
            }
            guard receive(until: deadline) else { return nil }
        }
    }

    /// Everything that comes until the service ends the connection; nil where it does not in time.
    package func rest(withinSeconds: Double = 10) -> [UInt8]? {
        let deadline = Date().addingTimeInterval(withinSeconds)
        while receive(until: deadline) {}
        return isEnded ? received : nil
    }

    /// Reads until a text has come, and forgets what came before it; false where it does not come.
    package func reads(_ text: String, withinSeconds: Double = 10) -> Bool {
        let (mark, deadline) = (Data(text.utf8), Date().addingTimeInterval(withinSeconds))
        while true {
            if let place = Data(received).range(of: mark) {
                received.removeFirst(place.upperBound)
                return true
            }
            received = received.suffix(mark.count)
            guard receive(until: deadline) else { return false }
        }
    }

    // MARK: Reading an answer

    private func parse(_ isForHead: Bool) -> (Answer, Int)? {
        guard let end = find(Array("\r\n\r\n".utf8), from: 0) else { return nil }
        let lines = String(decoding: received[..<end], as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        let headers = lines.dropFirst().map { line in
            let pieces = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                name: pieces[0].lowercased(), value: pieces.count > 1 ? pieces[1].trimmingCharacters(in: .whitespaces) : ""
            )
        }
        func value(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        if isForHead || status < 200 || status == 204 || status == 304 {
            return (Answer(status: status, headers: headers, body: []), end)
        }
        if value("transfer-encoding") == "chunked" {
            guard let (body, length) = chunks(from: end) else { return nil }
            return (Answer(status: status, headers: headers, body: body), length)
        }
        let length = value("content-length").flatMap { Int($0) } ?? (isEnded ? received.count - end : Int.max - end)
        guard received.count - end >= length else { return nil }
        return (Answer(status: status, headers: headers, body: Array(received[end..<(end + length)])), end + length)
    }

    private func chunks(from start: Int) -> ([UInt8], Int)? {
        var (body, place) = ([UInt8](), start)
        while let line = find([13, 10], from: place) {
            guard let size = Int(String(decoding: received[place..<(line - 2)], as: UTF8.self), radix: 16),
                received.count >= line + size + 2
            else { return nil }
            if size == 0 { return (body, line + 2) }
            body += received[line..<(line + size)]
            place = line + size + 2
        }
        return nil
    }

    /// The index behind a mark.
    private func find(_ mark: [UInt8], from start: Int) -> Int? {
        guard start <= received.count - mark.count else { return nil }
        for index in start...(received.count - mark.count) where received[index..<(index + mark.count)].elementsEqual(mark) {
            return index + mark.count
        }
        return nil
    }
}

/// Runs what blocks on a thread of its own, so that the tasks of the tests go on.
package func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result(catching: body)) }
        thread.stackSize = 1 << 20
        thread.start()
    }
}
