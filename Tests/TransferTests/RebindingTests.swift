import Glibc
import NIOConcurrencyHelpers
import Support
import Testing

@testable import Transfer

/// E4: a name that is public when it is looked at and private when it is connected to. The check is made on the address that a socket is opened for, so there
/// is no moment in between. 127.0.0.1 plays the public internet here, 127.0.0.2 the inside.
@Suite(.timeLimit(.minutes(1)))
struct RebindingTests {
    private static let (outside, inside) = ("127.0.0.1", "127.0.0.2")
    private let answers = NIOLockedValueBox<[String]>([])

    /// A client for which every name resolves to `answers` as they are at that moment.
    private func client() -> HTTPClient {
        var settings = HTTPClientSettings()
        settings.stage = .init(answer: { [answers] _ in answers.withLockedValue { $0 } }, publicAddresses: [Self.outside])
        return HTTPClient(settings: settings)
    }

    private func resolve(to addresses: String...) { answers.withLockedValue { $0 = addresses } }

    @Test func `a name that was public and now leads inside is refused, however often it changes`() async throws {
        let endpoint = try ScriptedEndpoint { _ in .status(200, body: "public") }
        let secret = try Listener(on: Self.inside, port: endpoint.port)
        let client = client()
        let url = "http://rebinding.example:\(endpoint.port)/"
        for round in 1...3 {
            resolve(to: Self.outside)
            #expect(try await client.get(url, addresses: .publicOnly()) == bytes("public"))
            resolve(to: Self.inside)
            #expect(await client.failure(url, addresses: .publicOnly()) == .refusedAddress(Self.inside))
            #expect(endpoint.requests.count == round)
        }
        #expect(!secret.wasReached)
        // Without the check the name would have led there.
        async let failure = client.failure(url)
        secret.acceptAndClose()
        #expect(await failure != nil)
        #expect(endpoint.requests.count == 3)
    }

    @Test func `of a name with a public and a private address only the public one is tried`() async throws {
        let endpoint = try ScriptedEndpoint { _ in .status(200, body: "public") }
        let secret = try Listener(on: Self.inside, port: endpoint.port)
        let client = client()
        let url = "http://both.example:\(endpoint.port)/"
        for order in [[Self.inside, Self.outside], [Self.outside, Self.inside]] {
            answers.withLockedValue { $0 = order }
            #expect(try await client.get(url, addresses: .publicOnly()) == bytes("public"))
        }
        #expect(!secret.wasReached)
    }

    @Test func `where the public address does not answer the private one is not the next to be tried`() async throws {
        let closed = try Listener(on: Self.outside, port: 0, isOpen: false)
        let secret = try Listener(on: Self.inside, port: closed.port)
        let client = client()
        let url = "http://both.example:\(closed.port)/"
        for order in [[Self.inside, Self.outside], [Self.outside, Self.inside]] {
            answers.withLockedValue { $0 = order }
            let error = try #require(await client.failure(url, addresses: .publicOnly()))
            #expect(!error.requestMayHaveBeenSent)
        }
        #expect(!secret.wasReached)
    }

    @Test func `what the operator lists is the name with its port; it may lead inside, another name may not`() async throws {
        let endpoint = try ScriptedEndpoint { _ in .status(200, body: "inside") }
        var settings = HTTPClientSettings()
        settings.stage = .init(answer: { _ in [Self.outside] }, publicAddresses: [])
        let client = HTTPClient(settings: settings)
        let listed = AddressPolicy.publicOnly(allowing: ["hooks.internal:\(endpoint.port)"])
        #expect(try await client.get("http://hooks.internal:\(endpoint.port)/", addresses: listed) == bytes("inside"))
        for name in ["other.internal", "hooks.internal.evil.example", "HOOKS.internal."] {
            #expect(
                await client.failure("http://\(name):\(endpoint.port)/", addresses: listed) == .refusedAddress(Self.outside), "\(name)")
        }
        #expect(endpoint.requests.count == 1)
    }
}

/// A listener whose connections are only counted.
private final class Listener {
    private let socket: Int32
    let port: Int

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - isOpen: false only keeps the port, so that nobody answers there.
    init(on host: String, port: Int, isOpen: Bool = true) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(clamping: port).bigEndian)
        inet_pton(AF_INET, host, &address.sin_addr)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        try #require(bound == 0 && (!isOpen || listen(socket, 8) == 0), "cannot listen on \(host)")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        self.socket = socket
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(socket) }

    /// Whether a connection waits.
    var wasReached: Bool {
        var one = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, 0) > 0
    }

    /// Waits for a connection and ends it.
    func acceptAndClose() {
        let connection = accept(socket, nil, nil)
        if connection >= 0 { close(connection) }
    }
}
