import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The HTTP server: Hummingbird with a limit on everything.
package struct WebServer: Sendable {
    private let service: Service
    private let host: String
    private let port: Int
    private let limits: ConnectionLimits

    /// - Parameters:
    ///   - service: what handlers work with.
    ///   - host: the address to listen on.
    ///   - port: 0 lets the system choose.
    ///   - limits: what one connection may do.
    package init(_ service: Service, host: String, port: Int, limits: ConnectionLimits = ConnectionLimits()) {
        self.service = service
        self.host = host
        self.port = port
        self.limits = limits
    }

    /// Connections that wait to be accepted: with 256, 5,000 clients that come at once need 18 s, with 4,096 half a second.
    private static let mostWaiting = 4_096
    /// Bytes of a request's head, all lines together, and of one line of it.
    static let largestHead = 16 << 10
    static let longestHeaderLine = 8 << 10
    /// Header lines of a request.
    static let mostHeaderLines = 100
    /// Seconds until a shutdown no longer waits for requests that are being answered.
    private static let longestShutdownSeconds: Int64 = 5

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled.
    /// - Parameter listening: told the public address once connections are taken.
    /// - Throws: where the address cannot be bound, or a locale file is not right.
    package func run(listening: @escaping @Sendable (_ url: String) async -> Void) async throws {
        try Wordbook.check()
        var quiet = Logger(label: "http", factory: { _ in SwiftLogNoOpLogHandler() })
        quiet.logLevel = .critical
        let census = ConnectionCensus(most: service.settings.mostConnectionsPerAddress, trusted: service.settings.trustedProxies)
        let http = HTTP1Channel.Configuration(
            idleTimeout: .milliseconds(limits.idleMilliseconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Self.longestHeaderLine, maxHeaderListSize: Self.largestHead, maxHeaderFieldCount: Self.mostHeaderLines))
        let configuration = ApplicationConfiguration(
            address: .hostname(host, port: port), backlog: Self.mostWaiting,
            availableConnectionsDelegate: MaximumAvailableConnections(
                Descriptors.connections(wanted: service.settings.mostConnections), logger: quiet))
        let (limits, refusals) = (limits, Refusals(service: service))
        let server = HTTPServerBuilder { responder in
            GuardedChannel(
                inner: HTTP1Channel(responder: responder, configuration: http), census: census, limits: limits, refusals: refusals)
        }
        let application = Application(
            responder: Front(service: service, table: RouteTable(Routes.all)), server: server,
            configuration: configuration,
            onServerRunning: { [service, host] channel in
                service.listens(host: host, port: channel.localAddress?.port ?? 0)
                await listening(service.publicURL)
            }, logger: quiet)
        var group = ServiceGroupConfiguration(
            services: [application, service.live, Stopping(service: service)], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        group.maximumGracefulShutdownDuration = .seconds(Self.longestShutdownSeconds)
        try await ServiceGroup(configuration: group).run()
    }
}

/// Tells the front that new work is refused, as soon as a shutdown begins.
private struct Stopping: ServiceLifecycle.Service {
    let service: Service

    func run() async throws {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                // Cancelled: the same, but for a process that goes on.
                guard (try? await gracefulShutdown()) != nil else { return }
                // Whoever asks a second time does not want to wait: the default action of the signals ends the process at once. What is on disk stays.
                for number in [SIGTERM, SIGINT] { _ = signal(number, SIG_DFL) }
            }
            await tasks.next()
        }
        service.isStopping.withLockedValue { $0 = true }
    }
}
