import Access
import Delivery
import Foundation
import Inbox
import Logging
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// A world with its HTTP service on a loopback port of the system's choice: what customers, teammates and programs see of the product.
struct Served: Sendable {
    let world: World
    let service: Service
    let access: AccessControl
    /// `http://127.0.0.1:PORT`
    let base: String
    /// A key of Quayside that may do everything.
    let key: String
    /// The same for Harbour.
    let foreignKey: String

    /// Runs `body` against the service, stops it, and audits the world as every journey does.
    static func run(
        _ options: World.Options = .init(), rateFactor: Int = 1000, connectionsPerAddress: Int = 10_000, limits: ConnectionLimits = .init(),
        publicURL: String? = nil, _ body: @escaping @Sendable (Served) async throws -> Void
    ) async throws {
        try await World.run(options) { world in
            let clock = Clock { Timestamp(milliseconds: world.clock.now) }
            let access = AccessControl(clock: clock)
            let secret = try ServerSecret.load(folder: world.folder.file("data"))
            let webhooks = Webhooks(secret: secret, clock: clock)
            let key = try await makeKey(access, world, quayside)
            let foreignKey = try await makeKey(access, world, harbour)
            let service = Service(
                store: world.store, desk: world.desk, library: world.library, meter: world.meter, access: access,
                passwords: PasswordHasher(cost: .init(logN: 4, r: 1, p: 1)), webhooks: webhooks,
                courier: Courier(
                    store: world.store, client: world.client, mailer: nil, webhooks: webhooks, clock: clock,
                    doors: .init(payload: { _ in nil }, letters: { _ in [] })), secret: secret, clock: clock,
                settings: WebSettings(
                    publicURL: publicURL, mostConnectionsPerAddress: connectionsPerAddress, rateFactor: rateFactor, version: "test",
                    startedAt: world.now),
                sites: {
                    [quayside: [ServedSites.quayside], harbour: [ServedSites.harbour]]
                }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            let (addresses, announce) = AsyncStream.makeStream(of: String.self)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    defer { announce.finish() }
                    try await WebServer(service, host: "127.0.0.1", port: 0, limits: limits).run { _ in
                        announce.yield(service.ownURL)
                    }
                }
                tasks.addTask {
                    var iterator = addresses.makeAsyncIterator()
                    let base = try #require(await iterator.next(), "the service did not start")
                    try await body(
                        Served(
                            world: world, service: service, access: access, base: base, key: key,
                            foreignKey: foreignKey))
                }
                // The body ends first; the service ends because it is cancelled.
                try await tasks.next()
                tasks.cancelAll()
                while await tasks.nextResult() != nil {}
            }
        }
    }

    private static func makeKey(_ access: AccessControl, _ world: World, _ workspace: WorkspaceID) async throws -> String {
        try await world.store.write { transaction in
            try access.makeKey(
                name: "everything", permissions: Set(Permission.allCases), expiresAt: nil, of: workspace, by: .console(of: workspace),
                in: transaction
            ).text
        }
    }

    /// What came back.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        /// The body as JSON; null where it is none.
        var json: JSON { (try? JSONReader.read(body)) ?? .null }
        var text: String { String(decoding: body, as: UTF8.self) }
        /// `code` of a problem.
        var code: String? { json["code"]?.text }
    }

    /// Sends one request.
    /// - Parameters:
    ///   - credential: a key or token; nil sends none.
    ///   - key: an Idempotency-Key.
    func send(
        _ method: String, _ path: String, _ input: JSON? = nil, as credential: String? = nil, key: String? = nil,
        headers: [(String, String)] = [], bytes: [UInt8]? = nil
    ) async throws -> Answer {
        var all = headers
        if let credential { all.append(("Authorization", "Bearer \(credential)")) }
        if let key { all.append(("Idempotency-Key", key)) }
        if input != nil { all.append(("Content-Type", "application/json")) }
        let response = try await world.client.send(
            HTTPRequest(method: method, url: base + path, headers: all, body: bytes ?? input?.bytes ?? []))
        return Answer(status: response.status, headers: response.headers, body: try await response.collect(upTo: 16 << 20))
    }
}
