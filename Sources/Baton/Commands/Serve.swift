import Access
import ArgumentParser
import Assistant
import Delivery
import Foundation
import Logging
import NIOConcurrencyHelpers
import Storage
import Transfer
import Web

/// `baton serve`: the service that customers, teammates and programs connect to.
struct Serve: LoneCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service: pages, API and live streams.",
        discussion: """
            Examples:
              baton serve                              on 127.0.0.1:8700
              baton serve --listen 127.0.0.1:0         a port of the system's choice, printed when it is ready
              baton serve --log json 2>baton.log       one line of JSON for each request

            Every other command works while it runs: it talks to the running service. SIGHUP (or `baton reload`) reads the configuration anew, SIGTERM ends it:
            what is being answered goes on after the next start.
            """)

    enum LogForm: String, ExpressibleByArgument, CaseIterable { case plain, json }

    @Option(help: ArgumentHelp("The address to listen on (default 127.0.0.1:8700, or BATON_LISTEN).", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("How to log: plain for people (default at a terminal), json for programs.", valueName: "form"))
    var log: LogForm?

    @OptionGroup var installation: InstallationOptions

    func run() async throws {
        let settings = try installation.settings()
        let (host, port) = try listen.map(ServeSettings.address) ?? (settings.serve.host, settings.serve.port)
        let form = log ?? (Terminal.showsTalk ? .plain : .json)
        let logger = Logger(label: "baton") { label -> any LogHandler in form == .json ? JSONLog(label: label) : PlainLog() }
        try await Installation.open(settings) { installation in
            try await installation.withDesk { desk in
                let told: @Sendable (String) -> Void = { logger.notice("reload", metadata: ["outcome": "\($0)"]) }
                try await ControlSocket.serving(installation, desk, reloading: told) {
                    try await Office(installation, desk, logger).run(host: host, port: port)
                }
                // What is being answered is on disk, and the next start goes on with it: nobody waits here for a model.
                await desk.stop()
            }
        }
    }
}

/// `baton health`: whether the service on this machine answers, for supervisors.
struct Health: LoneCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask the running service whether it is ready; exit 0 or 4.")

    @OptionGroup var installation: InstallationOptions

    func run() async throws {
        let serve = try installation.settings().serve
        let host = ["0.0.0.0", "::", "*"].contains(serve.host) ? "127.0.0.1" : serve.host
        let client = HTTPClient()
        defer { client.close() }
        let limits = Timeouts(
            connectMilliseconds: 2_000, firstByteMilliseconds: 2_000, silenceMilliseconds: 2_000, totalMilliseconds: 3_000)
        let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(serve.port)/readyz"
        let status: Int
        do { status = try await client.send(HTTPRequest(url: url, limits: limits)).status } catch {
            throw CommandError(.unreachable, "Nothing answers at \(url). Start it with `baton serve`.")
        }
        guard status == 200 else { throw CommandError(.unreachable, "\(url) answers \(status): see its body and the log.") }
        Terminal.print("ready")
    }
}

/// The running service: the HTTP server and the courier, over one installation.
private struct Office {
    private let installation: Installation
    private let service: Service
    private let courier: Courier
    private let address: NIOLockedValueBox<String>

    init(_ installation: Installation, _ desk: Desk, _ logger: Logger) throws {
        self.installation = installation
        let (settings, store, clock) = (installation.settings, installation.store, installation.clock)
        let inForce = installation.inForce
        let address = NIOLockedValueBox(settings.serve.publicURL ?? "")
        self.address = address
        let secret = try ServerSecret.load(folder: settings.data.value)
        let webhooks = Webhooks(secret: secret, clock: clock)
        let letters = HandoffLetters(
            store: store,
            settings: { workspace in inForce.configuration?.workspaces.first { $0.id == workspace }?.notifications },
            publicURL: address.withLockedValue { $0 }, clock: clock)
        let mailer = settings.mail.value.map {
            Mailer(client: MailClient(certificateAuthorityFile: settings.authorities.value), server: $0)
        }
        courier = Courier(
            store: store, client: HTTPClient(settings: Installation.transferSettings(settings)), mailer: mailer, webhooks: webhooks,
            clock: clock, allowing: Set(settings.privateReceivers.value),
            doors: .init(
                payload: { WebhookPayload.bytes(of: $0) }, letters: { try await letters.letters(for: $0) },
                told: { await letters.told($0) },
                trouble: { logger.warning("delivery", metadata: ["error": "\($0)"]) }))
        service = Service(
            store: store, desk: desk, library: installation.library, meter: installation.meter, access: AccessControl(clock: clock),
            passwords: PasswordHasher(), webhooks: webhooks, courier: courier, secret: secret, clock: clock,
            settings: WebSettings(
                publicURL: settings.serve.publicURL, trustedProxies: settings.serve.trustedProxies,
                mostConnections: settings.serve.connections, mostConnectionsPerAddress: settings.serve.connectionsPerAddress,
                mostStreams: settings.serve.streams, rateFactor: settings.serve.rateFactor, version: Baton.release, startedAt: clock.now()),
            sites: { (inForce.configuration?.workspaces ?? []).reduce(into: [:]) { $0[$1.id] = $1.sites } }, logger: logger)
    }

    /// Until SIGTERM or SIGINT.
    func run(host: String, port: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await courier.run() }
            tasks.addTask { await installation.sweepAccess() }
            try await WebServer(service, host: host, port: port).run { url in
                address.withLockedValue { $0 = url }
                Terminal.say("baton: listening on \(url)")
            }
            tasks.cancelAll()
        }
    }
}
