import Foundation
import Glibc
import Support

/// Many live streams held open by one thread, as browsers of a large team would: each notes when it first sees a given piece of text.
final class StreamCrowd {
    private var connections: [RawConnection] = []
    private var sockets: [pollfd] = []
    private var tails: [[UInt8]] = []

    var count: Int { sockets.count }

    /// Opens streams until there are so many.
    func grow(to count: Int, port: Int, credential: String) throws {
        let request =
            "GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAuthorization: Bearer \(credential)\r\n\r\n"
        let before = sockets.count
        while sockets.count < count {
            let connection = try RawConnection(port: port)
            guard connection.send(request) else { throw SupportError.socket("stream \(sockets.count) was refused") }
            connections.append(connection)
            sockets.append(pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0))
            tails.append([])
        }
        // All are in once each has had its first words.
        _ = try arrivals(of: ": connected", from: before, seconds: 60)
    }

    /// Reads the streams, or those after the first `from`, until each has shown the text.
    /// - Returns: seconds until each did.
    func arrivals(of text: String, from first: Int = 0, seconds: Double) throws -> Sample {
        let wanted = Array(text.utf8)
        let began = Moment()
        var seen = [Bool](repeating: false, count: sockets.count)
        var sample = Sample()
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // Streams that had the text before they were asked.
        for index in tails.indices where index >= first && contains(tails[index], wanted) {
            seen[index] = true
            tails[index] = []
            sample.add(0)
        }
        while sample.seconds.count < sockets.count - first {
            guard began.seconds < seconds else {
                throw SupportError.file(
                    "\(sockets.count - first - sample.seconds.count) of \(sockets.count) streams did not hear of it in \(seconds) s")
            }
            guard poll(&sockets, nfds_t(sockets.count), 100) > 0 else { continue }
            for index in sockets.indices where sockets[index].revents != 0 {
                let count = recv(sockets[index].fd, &buffer, buffer.count, 0)
                guard count > 0 else { throw SupportError.file("a stream was closed") }
                tails[index] = tails[index].suffix(wanted.count + 2_000) + buffer[..<count]
                guard index >= first, !seen[index], contains(tails[index], wanted) else { continue }
                seen[index] = true
                tails[index] = []
                sample.add(began.seconds)
            }
        }
        return sample
    }

    private func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first, bytes.count >= wanted.count else { return false }
        var start = bytes.startIndex
        while let at = bytes[start...].firstIndex(of: first), bytes.count - at >= wanted.count {
            if bytes[at..<at + wanted.count].elementsEqual(wanted) { return true }
            start = at + 1
        }
        return false
    }

    /// Forgets what the streams have shown so far.
    func forget() {
        for index in tails.indices { tails[index] = [] }
    }

    /// Lets this process open that many more sockets.
    static func raiseLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
