import Foundation
import Glibc
import Support
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TLSTests {
    @Test func `a certificate of an unknown authority is refused, and accepted with its CA file`() async throws {
        guard let server = try await SecureServer.start() else { return }
        let untrusting = HTTPClient()
        let error = try #require(await untrusting.failure(server.url))
        guard case .tls(_, let progress) = error else { throw error }
        #expect(!progress.requestMayHaveBeenSent)

        var settings = HTTPClientSettings()
        settings.certificateAuthorityFile = server.certificate
        let trusting = HTTPClient(settings: settings)
        let response = try await trusting.send(HTTPRequest(url: server.url))
        #expect(response.status == 200)
        _ = try await response.collect(upTo: 1 << 20)

        let missing = HTTPClient(settings: with(settings) { $0.certificateAuthorityFile = server.certificate + ".absent" })
        let absent = try #require(await missing.failure(server.url))
        guard case .tls = absent else { throw absent }
    }

    private func with(_ settings: HTTPClientSettings, _ change: (inout HTTPClientSettings) -> Void) -> HTTPClientSettings {
        var changed = settings
        change(&changed)
        return changed
    }
}

/// `openssl s_server` with a certificate of its own for 127.0.0.1.
private final class SecureServer: Sendable {
    let url: String
    let certificate: String
    private let process: pid_t
    private let folder: TemporaryFolder

    private init(url: String, certificate: String, process: pid_t, folder: TemporaryFolder) {
        self.url = url
        self.certificate = certificate
        self.process = process
        self.folder = folder
    }

    deinit {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// nil, with a message, where there is no openssl.
    static func start() async throws -> SecureServer? {
        let program = "/usr/bin/openssl"
        guard access(program, X_OK) == 0 else {
            print("skipped: no \(program), so no TLS server")
            return nil
        }
        let folder = try TemporaryFolder()
        let (certificate, key) = (folder.file("certificate.pem"), folder.file("key.pem"))
        let making = try launch([
            program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
            "-subj", "/CN=quayside.test", "-addext", "subjectAltName=IP:127.0.0.1",
        ])
        await onThread { waitpid(making.process, nil, 0) }
        close(making.output)
        let port = try LoopbackPort.unused()
        let serving = try launch([program, "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate, "-key", key, "-www"])
        let server = SecureServer(url: "https://127.0.0.1:\(port)/", certificate: certificate, process: serving.process, folder: folder)
        // It says "ACCEPT" when it listens.
        await onThread {
            var said: [UInt8] = []
            var byte: UInt8 = 0
            while read(serving.output, &byte, 1) == 1 {
                said.append(byte)
                if said.suffix(6) == ArraySlice("ACCEPT".utf8) { break }
            }
        }
        close(serving.output)
        return server
    }

    /// Blocking work must not hold up the threads that run the tasks.
    private static func onThread(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            Thread {
                work()
                continuation.resume()
            }.start()
        }
    }

    /// Starts a program with nothing to read, its output in a pipe and its complaints thrown away.
    private static func launch(_ arguments: [String]) throws -> (process: pid_t, output: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SupportError.socket("pipe: \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let failure = posix_spawn(&process, arguments[0], &actions, nil, &words, environ)
        close(ends[1])
        guard failure == 0 else { throw SupportError.socket("posix_spawn: \(failure)") }
        return (process, ends[0])
    }
}
