package import Access
package import Assistant
package import Delivery
import Foundation
import Inbox
package import Logging
package import Metering
import NIOConcurrencyHelpers
package import Retrieval
package import Storage

/// What handlers work with: the rooms of a running process, and what the operator has decided about its face to the world.
package final class Service: Sendable {
    let store: Store
    let desk: Desk
    let library: Library
    let meter: Meter
    let access: AccessControl
    let passwords: PasswordHasher
    let webhooks: Webhooks
    let courier: Courier
    let secret: ServerSecret
    let clock: Clock
    let settings: WebSettings
    let logger: Logger
    let limiter: RateLimiter
    let tickets: StreamTickets
    let metrics = Metrics()
    let counted = CountedEvents()
    let attending = Attending()
    let live: LiveHub
    let isStopping = NIOLockedValueBox(false)
    fileprivate let verified = NIOLockedValueBox<[WorkspaceID: LedgerVerification]>([:])
    private let listening = NIOLockedValueBox("http://127.0.0.1")
    private let sitesOfAll: @Sendable () -> [WorkspaceID: [Site]]

    /// - Parameters:
    ///   - store: with the migrations of all rooms.
    ///   - sites: of each workspace; asked each time, so that a reload counts.
    ///   - logger: for access and errors.
    package init(
        store: Store, desk: Desk, library: Library, meter: Meter, access: AccessControl, passwords: PasswordHasher, webhooks: Webhooks,
        courier: Courier, secret: ServerSecret, clock: Clock, settings: WebSettings, sites: @escaping @Sendable () -> [WorkspaceID: [Site]],
        logger: Logger
    ) {
        self.store = store
        self.desk = desk
        self.library = library
        self.meter = meter
        self.access = access
        self.passwords = passwords
        self.webhooks = webhooks
        self.courier = courier
        self.secret = secret
        self.clock = clock
        self.settings = settings
        self.logger = logger
        limiter = RateLimiter()
        tickets = StreamTickets()
        live = LiveHub(store: store, access: access, clock: clock, most: settings.mostStreams)
        sitesOfAll = sites
    }

    /// Where the world reaches the service, without a trailing slash.
    package var publicURL: String { settings.publicURL ?? ownURL }

    /// Where it listens, whatever the world calls it.
    var ownURL: String { listening.withLockedValue { $0 } }

    /// Told by the server once it knows its address.
    func listens(host: String, port: Int) {
        listening.withLockedValue { $0 = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    /// Workspaces that have a site, with their sites.
    var companies: [WorkspaceID: [Site]] { sitesOfAll().filter { !$0.value.isEmpty } }

    /// The sites of a workspace.
    func sites(of workspace: WorkspaceID) -> [Site] { sitesOfAll()[workspace] ?? [] }

    /// A site by its public key.
    func site(_ key: String) -> (WorkspaceID, Site)? {
        for (workspace, sites) in sitesOfAll() {
            if let site = sites.first(where: { $0.key == key }) { return (workspace, site) }
        }
        return nil
    }

    /// Whether pages of this origin may talk to the customer's routes.
    func isSiteOrigin(_ origin: String) -> Bool { sitesOfAll().values.contains { $0.contains { $0.origins.contains(origin) } } }

    /// The inbox of a workspace.
    func inbox(of workspace: WorkspaceID) -> Inbox { Inbox(of: workspace) }
}

/// What the operator decided about the HTTP service.
package struct WebSettings: Sendable {
    /// Where the world reaches it: `https://support.example.com`, without a trailing slash; nil: where it listens. Links, problem types and the cookie's
    /// safety come from it; the request's Host header never does.
    package let publicURL: String?
    /// Addresses of proxies whose X-Forwarded-For is believed.
    package let trustedProxies: Set<String>
    /// Connections at one time.
    package let mostConnections: Int
    /// Connections at one time from one address that is no trusted proxy.
    package let mostConnectionsPerAddress: Int
    /// Live streams at one time.
    package let mostStreams: Int
    /// Multiplies every rate limit; for loads that are known, such as a storm test. 1 in production.
    package let rateFactor: Int
    /// Shown by health and metrics.
    package let version: String
    /// Milliseconds since 1970 when the process began.
    package let startedAt: Timestamp

    /// Memberwise; see the properties.
    package init(
        publicURL: String? = nil, trustedProxies: Set<String> = [], mostConnections: Int = 10_000, mostConnectionsPerAddress: Int = 64,
        mostStreams: Int = 8_000, rateFactor: Int = 1, version: String, startedAt: Timestamp
    ) {
        self.publicURL = publicURL
        self.trustedProxies = trustedProxies
        self.mostConnections = mostConnections
        self.mostConnectionsPerAddress = mostConnectionsPerAddress
        self.mostStreams = mostStreams
        self.rateFactor = rateFactor
        self.version = version
        self.startedAt = startedAt
    }

    /// Whether the world comes by https.
    var isSecure: Bool { publicURL?.hasPrefix("https://") ?? false }
}

/// What came of the last look through a whole ledger.
struct LedgerVerification: Sendable {
    let at: Timestamp
    let report: LedgerReport
}

extension Service {
    /// Goes through the whole ledger, and remembers what came of it until the next start.
    /// - Throws: `StorageError`.
    func verifyLedger(of workspace: WorkspaceID) async throws -> LedgerReport {
        let report = try await store.read { [meter] in try meter.verify(workspace, in: $0) }
        verified.withLockedValue { $0[workspace] = LedgerVerification(at: clock.now(), report: report) }
        return report
    }

    /// Nil where nobody has asked since the start.
    func lastVerification(of workspace: WorkspaceID) -> LedgerVerification? { verified.withLockedValue { $0[workspace] } }
}
