import Foundation
import Glibc

/// A certificate for 127.0.0.1 with its key, made by the system's openssl at test time.
package final class TestCertificate: Sendable {
    /// The certificate in PEM, which is also its own authority.
    package let file: String
    let key: String
    private let folder: TemporaryFolder
    fileprivate static let program = "/usr/bin/openssl"

    private init(folder: TemporaryFolder) {
        self.folder = folder
        file = folder.file("certificate.pem")
        key = folder.file("key.pem")
    }

    /// nil, with a message, where there is no openssl.
    /// - Throws: `SupportError`.
    package static func make() async throws -> TestCertificate? {
        guard access(program, X_OK) == 0 else {
            print("skipped: no \(program), so no TLS server")
            return nil
        }
        let certificate = TestCertificate(folder: try TemporaryFolder())
        let process = try spawn(
            [
                program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", certificate.key, "-out", certificate.file, "-days",
                "2",
                "-subj", "/CN=quayside.test", "-addext", "subjectAltName=IP:127.0.0.1",
            ], input: nil)
        await withCheckedContinuation { continuation in
            Thread {
                waitpid(process, nil, 0)
                continuation.resume()
            }.start()
        }
        return certificate
    }

    /// Starts a program whose standard input and output are a descriptor, or nothing.
    fileprivate static func spawn(_ arguments: [String], input: Int32?) throws(SupportError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
            posix_spawn_file_actions_adddup2(&actions, input, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let failure = posix_spawn(&process, arguments[0], &actions, nil, &words, environ)
        guard failure == 0 else { throw .socket("posix_spawn: \(failure)") }
        return process
    }
}

/// TLS in front of a scripted server: one `openssl s_server` for one connection. The client's bytes go to it, and what it decrypts comes out at
/// `plaintext`.
final class TLSCover: Sendable {
    /// Our end: reading gives what the client said, writing says it to the client. Whoever takes it closes it.
    let plaintext: Int32
    private let process: pid_t
    private let done = Gate()
    private let relay = DispatchGroup()

    /// - Parameter client: a connection, which is closed at the end.
    init?(around client: Int32, certificate: TestCertificate, stop: Gate) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0, let port = try? LoopbackPort.unused() else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let arguments = [
            TestCertificate.program, "s_server", "-quiet", "-naccept", "1", "-accept", "127.0.0.1:\(port)", "-cert", certificate.file,
            "-key",
            certificate.key,
        ]
        guard let process = try? TestCertificate.spawn(arguments, input: ends[1]) else { return nil }
        _ = Glibc.close(ends[1])
        plaintext = ends[0]
        self.process = process
        let server = Self.connect(to: port)
        let (done, relay) = (done, relay)
        relay.enter()
        Thread {
            Self.copy(client, server, until: [stop, done])
            for descriptor in [client, server] { _ = Glibc.close(descriptor) }
            relay.leave()
        }.start()
    }

    func close() {
        // What was said last is on its way to the client before the process goes.
        var patience = timespec(tv_sec: 0, tv_nsec: 50_000_000)
        nanosleep(&patience, nil)
        done.open()
        relay.wait()
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// Waits until the process listens.
    private static func connect(to port: Int) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(UInt16(clamping: port).bigEndian)
        for _ in 0..<1000 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            let failed = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) != 0
                }
            }
            if !failed { return descriptor }
            _ = Glibc.close(descriptor)
            usleep(10_000)
        }
        return -1
    }

    private static func copy(_ left: Int32, _ right: Int32, until gates: [Gate]) {
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            var waiting = [left, right].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            waiting += gates.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&waiting, nfds_t(waiting.count), -1) > 0, waiting[2...].allSatisfy({ $0.revents == 0 }) else { return }
            for (from, to) in [(0, right), (1, left)] where waiting[from].revents != 0 {
                let count = recv(waiting[from].fd, &block, block.count, 0)
                if count <= 0 {
                    // The descriptor may be non-blocking, as it was the scripted server's before.
                    if count < 0, errno == EAGAIN || errno == EINTR { continue }
                    return
                }
                var sent = 0
                while sent < count {
                    let part = block[sent..<count].withUnsafeBytes { send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                    if part < 0 {
                        if errno == EAGAIN || errno == EINTR { continue }
                        return
                    }
                    sent += part
                }
            }
        }
    }
}
