import Access
import ArgumentParser
import Assistant
import Delivery
import Foundation
import Logging
import Storage
import Transfer
import Web

/// `baton serve`: the service that customers, teammates and programs connect to.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service: pages, API and live streams.",
        discussion: """
            Examples:
              baton serve                              on 127.0.0.1:8700
              baton serve --listen 127.0.0.1:0         a port of the system's choice, printed when it is ready
              baton serve --log json 2>baton.log       one line of JSON for each request

            Every other command works while it runs: it talks to the running service. SIGHUP reads the configuration anew, SIGTERM ends it: what is being
            answered goes on after the next start.
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
                let service = try installation.service(desk, logger: logger)
                try await WebServer(service, host: host, port: port).run { Terminal.say("baton: listening on \($0)") }
                // What is being answered is on disk, and the next start goes on with it: nobody waits here for a model.
                await desk.stop()
            }
        }
    }
}

extension Installation {
    /// The service of this installation.
    func service(_ desk: Desk, logger: Logger) throws -> Service {
        let sites = try configuredWorkspaces().reduce(into: [WorkspaceID: [Site]]()) { $0[$1.id] = $1.sites }
        let secret = try ServerSecret.load(folder: settings.data.value)
        let webhooks = Webhooks(secret: secret, clock: clock)
        let courier = Courier(
            store: store, client: HTTPClient(), mailer: nil, webhooks: webhooks, clock: clock,
            doors: .init(payload: { WebhookPayload.bytes(of: $0) }, letters: { _ in [] }))
        return Service(
            store: store, desk: desk, library: library, meter: meter, access: AccessControl(clock: clock), passwords: PasswordHasher(),
            webhooks: webhooks, courier: courier, secret: secret, clock: clock,
            settings: WebSettings(
                publicURL: settings.serve.publicURL, trustedProxies: settings.serve.trustedProxies,
                mostConnections: settings.serve.connections,
                mostConnectionsPerAddress: settings.serve.connectionsPerAddress, mostStreams: settings.serve.streams,
                rateFactor: settings.serve.rateFactor, version: Baton.version, startedAt: clock.now()),
            sites: sites, logger: logger)
    }
}
