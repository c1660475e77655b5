import Glibc

/// One accepted connection: bytes in, bytes out, and waiting that also notices the client's departure and the end of the endpoint.
/// Used by the thread that plays on it, and by nobody else.
final class Wire {
    enum Wait { case ready, clientClosed, stopped, timeUp }

    private let descriptor: Int32
    private let stop: Gate
    private var unread: [UInt8] = []
    private var isOpen = true

    init(descriptor: Int32, stop: Gate) {
        self.descriptor = descriptor
        self.stop = stop
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { close() }

    func close() {
        if isOpen { _ = Glibc.close(descriptor) }
        isOpen = false
    }

    /// Ends the connection with RST instead of FIN, as a crashed server or a firewall does.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    /// Small kernel buffers make the number of bytes the client has not read visible early.
    func limitSendBuffer(bytes: Int) {
        var size = Int32(clamping: bytes)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: In

    /// The bytes up to and including `mark`, or nil when the client closes first, the endpoint stops, or `limit` bytes hold no mark.
    func read(upTo mark: [UInt8], limit: Int) -> [UInt8]? {
        var searched = 0
        while true {
            if let end = find(mark, from: searched) {
                let found = Array(unread[..<end])
                unread.removeFirst(end)
                return found
            }
            searched = max(0, unread.count - mark.count + 1)
            guard unread.count < limit, receive() else { return nil }
        }
    }

    /// Exactly `count` bytes, or nil when the client closes first or the endpoint stops.
    func read(count: Int) -> [UInt8]? {
        while unread.count < count {
            guard receive() else { return nil }
        }
        let taken = Array(unread[..<count])
        unread.removeFirst(count)
        return taken
    }

    private func find(_ mark: [UInt8], from start: Int) -> Int? {
        guard unread.count >= mark.count else { return nil }
        for index in start...(unread.count - mark.count) where unread[index] == mark[0] {
            if unread[index..<(index + mark.count)].elementsEqual(mark) { return index + mark.count }
        }
        return nil
    }

    private func receive() -> Bool {
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &block, block.count, 0)
            if count > 0 {
                unread.append(contentsOf: block[..<count])
                return true
            }
            guard count < 0, errno == EAGAIN || errno == EINTR else { return false }
            guard case .ready = wait(for: Int16(POLLIN), timeoutMilliseconds: -1) else { return false }
        }
    }

    // MARK: Out

    /// Sends all of `bytes`; `progress` hears of every part the kernel took.
    func send(_ bytes: [UInt8], progress: (Int) -> Void) -> Wait {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                Glibc.send(descriptor, all.baseAddress.map { $0 + sent }, all.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
                progress(count)
                continue
            }
            guard errno == EAGAIN || errno == EINTR else { return .clientClosed }
            let waited = wait(for: Int16(POLLOUT), timeoutMilliseconds: -1)
            guard case .ready = waited else { return waited }
        }
        return .ready
    }

    // MARK: Waiting

    /// Linux's POLLRDHUP, which its headers show only to GNU sources: the other side will send no more.
    private static let peerClosed: Int16 = 0x2000

    /// Waits for the gate to open, for the client to leave, for the endpoint to stop, or for the time to be up.
    func wait(gate: Gate?, timeoutMilliseconds: Int) -> Wait {
        poll(socketEvents: 0, gate: gate, timeoutMilliseconds: timeoutMilliseconds)
    }

    private func wait(for events: Int16, timeoutMilliseconds: Int) -> Wait {
        poll(socketEvents: events, gate: nil, timeoutMilliseconds: timeoutMilliseconds)
    }

    private func poll(socketEvents: Int16, gate: Gate?, timeoutMilliseconds: Int) -> Wait {
        let departed = Self.peerClosed | Int16(POLLHUP) | Int16(POLLERR)
        // A reader learns of the departure from recv, which first hands over what was sent before it.
        let reading = socketEvents & Int16(POLLIN) != 0
        var waiting = [
            pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: reading ? socketEvents : socketEvents | Self.peerClosed, revents: 0),
            pollfd(fd: gate?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = Glibc.poll(&waiting, nfds_t(waiting.count), Int32(clamping: timeoutMilliseconds))
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return .timeUp }
            if waiting[0].revents != 0 { return .stopped }
            if waiting[2].revents != 0 { return .ready }
            if !reading, waiting[1].revents & departed != 0 { return .clientClosed }
            return .ready
        }
    }
}
