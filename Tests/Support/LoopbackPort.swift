import Glibc

/// Ports of 127.0.0.1 for tests.
package enum LoopbackPort {
    /// A port nobody listens on at this moment: connecting to it is refused.
    package static func unused() throws(SupportError) -> Int {
        let opened = try listen(backlog: 1)
        _ = Glibc.close(opened.descriptor)
        return opened.port
    }

    /// Opens a listener on a free port of 127.0.0.1.
    static func listen(backlog: Int32) throws(SupportError) -> (descriptor: Int32, port: Int) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw .socket("socket: \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) != 0 || Glibc.listen(descriptor, backlog) != 0
                    || getsockname(descriptor, generic, &length) != 0
            }
        }
        if failed {
            _ = Glibc.close(descriptor)
            throw .socket("bind, listen: \(errno)")
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}

/// A port that never completes a connection: its listener accepts nothing and its queue is full, so that further attempts hang as they do behind
/// a firewall that drops packets.
package final class DeafPort: Sendable {
    private let descriptors: [Int32]
    /// The port on 127.0.0.1.
    package let port: Int

    /// Opens the listener and fills its queue.
    package init() throws(SupportError) {
        let opened = try LoopbackPort.listen(backlog: 0)
        port = opened.port
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(UInt16(opened.port).bigEndian)
        var all = [opened.descriptor]
        for _ in 0..<4 {
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let filler = socket(AF_INET, kind, 0)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    _ = connect(filler, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            all.append(filler)
        }
        descriptors = all
    }

    deinit { for descriptor in descriptors { _ = Glibc.close(descriptor) } }
}
