import Foundation
import Glibc

/// A connection over `control.sock` in a data directory: blocking reads and writes of frames, for threads of their own.
struct LocalSocket: Sendable {
    let descriptor: Int32

    static let name = "control.sock"

    /// Opens the socket for others. Whoever owns the data directory calls this, so an older socket there is a dead process's.
    /// - Returns: the listening descriptor.
    static func listen(in folder: String) throws -> LocalSocket {
        unlink(folder + "/" + name)
        let socket = try make()
        let bound = withAddress(in: folder) { address, length in bind(socket.descriptor, address, length) }
        // Nobody gets in before `listen`, so the mode is right from the first connection on.
        guard bound == 0, chmod(folder + "/" + name, 0o600) == 0, Glibc.listen(socket.descriptor, 64) == 0 else {
            let why = String(cString: strerror(errno))
            Glibc.close(socket.descriptor)
            throw CommandError(
                .io, "The socket \(folder)/\(name) cannot be opened: \(why). Commands in other terminals will find the directory in use.")
        }
        return socket
    }

    /// - Returns: nil where nobody listens.
    static func connect(in folder: String) throws -> LocalSocket? {
        guard access(folder + "/" + name, F_OK) == 0 else { return nil }
        let socket = try make()
        let code = withAddress(in: folder) { address, length in Glibc.connect(socket.descriptor, address, length) }
        if code == 0 { return socket }
        Glibc.close(socket.descriptor)
        return nil
    }

    private static func make() throws -> LocalSocket {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw CommandError(.io, "No socket can be opened: \(String(cString: strerror(errno))).") }
        return LocalSocket(descriptor: descriptor)
    }

    /// An address holds 107 bytes of path. A longer path is gone by the directory's descriptor, which is short.
    private static func withAddress(in folder: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array((folder + "/" + name).utf8)
        var directory: Int32 = -1
        defer { if directory >= 0 { Glibc.close(directory) } }
        if path.count >= MemoryLayout.size(ofValue: address.sun_path) {
            directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { return -1 }
            path = Array("/proc/self/fd/\(directory)/\(name)".utf8)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    /// Waits for the next connection.
    /// - Returns: nil once the socket was shut.
    func accept() -> LocalSocket? {
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                return LocalSocket(descriptor: connection)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOMEM, ENOBUFS: usleep(100_000)
            default: return nil
            }
        }
    }

    /// Ends both directions: whoever waits in a read or write of this socket goes on.
    func shut() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Gives the descriptor back. Nobody may use it any more.
    func close() { Glibc.close(descriptor) }

    /// How long a read waits, in seconds; 0: for ever.
    func setPatience(seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// - Returns: the next frame; nil: the other side is gone, too slow, or not understood.
    func read() -> ControlFrame? {
        guard let head = bytes(ControlFrame.headBytes) else { return nil }
        // What cannot be read ends the connection, whatever it was.
        guard let length = try? ControlFrame.length(ofHead: head), let contents = bytes(length) else { return nil }
        // A frame of no known kind ends the connection, like one that is cut off.
        return try? ControlFrame(kind: head[0], contents)
    }

    private func bytes(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var taken = 0
        while taken < count {
            let more = bytes[taken...].withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if more > 0 { taken += more }
            if more == 0 || (more < 0 && errno != EINTR) { return nil }
        }
        return bytes
    }

    /// - Returns: whether the other side is still there.
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let more = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if more > 0 { sent += more }
            if more < 0 && errno != EINTR { return false }
        }
        return true
    }
}
