import Foundation
import NIOConcurrencyHelpers
import Storage
import Support
import Testing
import Transfer

@testable import Delivery

let quayside = WorkspaceID("quayside")
/// Another company in the same installation.
let harbour = WorkspaceID("harbour")
let second: Int64 = 1_000
let minute: Int64 = 60_000
let hour: Int64 = 3_600_000

/// Two companies, a store, a clock that stands still, and a courier whose waits have no jitter.
final class World: Sendable {
    let store: Store
    let time = ManualClock(at: 1_796_040_000_000)
    let webhooks: Webhooks
    let courier: Courier
    let folder: String
    let told: NIOLockedValueBox<[Int64]>
    let troubles = NIOLockedValueBox<[String]>([])

    /// How a world is set up.
    struct Shape: Sendable {
        var allowing: Set<String> = []
        var mailPort: Int?
        var login: MailServer.Login?
        var limits = CourierLimits()
        /// What an outbox item becomes.
        var letters: @Sendable (OutboxItem) throws -> [Letter] = { _ in [] }
        var payload: @Sendable (Event) -> [UInt8]? = { Array(#"{"type":"\#($0.kind)","data":{"id":"\#($0.subject)"}}"#.utf8) }
    }

    init(folder: String, _ shape: Shape) throws {
        self.folder = folder
        store = try Store(folder: folder, migrations: Webhooks.migrations)
        let clock = Clock { [time] in Timestamp(milliseconds: time.now) }
        webhooks = Webhooks(secret: ServerSecret(bytes: [UInt8](repeating: 7, count: 32)), clock: clock)
        let mailer = try shape.mailPort.map { port in
            var server = MailServer(
                host: "127.0.0.1", port: port, security: .plain, login: shape.login, from: try MailAddress("baton@quayside.example"))
            server.connectMilliseconds = 2_000
            server.totalMilliseconds = 2_000
            return Mailer(client: MailClient(), server: server)
        }
        let (told, troubles) = (NIOLockedValueBox<[Int64]>([]), troubles)
        self.told = told
        courier = Courier(
            store: store, client: HTTPClient(), mailer: mailer, webhooks: webhooks, clock: clock, allowing: shape.allowing,
            doors: .init(
                payload: shape.payload, letters: { try shape.letters($0) }, told: { item in told.withLockedValue { $0.append(item.id) } },
                trouble: { error in troubles.withLockedValue { $0.append("\(error)") } }),
            limits: shape.limits, jitter: { 0 })
    }

    var now: Timestamp { Timestamp(milliseconds: time.now) }

    func subscribe(_ url: String, events: [String] = ["*"], in workspace: WorkspaceID = quayside) async throws -> NewWebhook {
        try await store.write { [webhooks] in try webhooks.create(url: url, events: events, in: workspace, $0) }
    }

    func emit(_ kind: String = "message.received", of subject: String = "conv_1", in workspace: WorkspaceID = quayside, times: Int = 1)
        async throws
    {
        let now = now
        try await store.write { transaction in
            for _ in 0..<times { try transaction.emit(kind, of: subject, in: workspace, at: now) }
        }
    }

    func enqueue(_ texts: [String], in workspace: WorkspaceID = quayside) async throws {
        let now = now
        try await store.write { transaction in
            for text in texts { try transaction.enqueue(Courier.itemKind, ["text": text], in: workspace, at: now) }
        }
    }

    func deliveries(of webhook: NewWebhook) async throws -> [DeliveryRecord] {
        try await store.read { [webhooks] in
            try webhooks.deliveries(of: webhook.subscription.id, in: webhook.subscription.workspace, limit: 200, $0)
        }
    }

    func subscription(_ webhook: NewWebhook) async throws -> WebhookSubscription {
        try await store.read { [webhooks] in try webhooks.subscription(webhook.subscription.id, of: webhook.subscription.workspace, $0) }
    }

    /// The letters by state, over all workspaces.
    func letters(_ state: String) async throws -> Int {
        try await store.read { try $0.row("SELECT COUNT(*) FROM letter WHERE state = $1", state)?[0] ?? 0 }
    }
}

/// Runs `body` in a fresh world.
func withWorld(_ shape: World.Shape = .init(), _ body: (World) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    defer { folder.close() }
    let world = try World(folder: folder.path, shape)
    let now = world.now
    try await world.store.write { transaction in
        _ = try transaction.ensureWorkspace(quayside, name: "Quayside", at: now)
        _ = try transaction.ensureWorkspace(harbour, name: "Harbour", at: now)
    }
    try await body(world)
    await world.store.close()
}

/// What a receiver answers.
struct Answers: Sendable {
    let choose: @Sendable (EndpointRequest) -> Script

    init(_ choose: @escaping @Sendable (EndpointRequest) -> Script) { self.choose = choose }
}

/// A receiver on this machine, and a world that may tell it.
func withReceiver(
    _ answers: Answers = Answers { _ in .status(200) }, limits: CourierLimits = CourierLimits(),
    _ body: (World, ScriptedEndpoint) async throws -> Void
) async throws {
    let receiver = try ScriptedEndpoint(answer: answers.choose)
    try await withWorld(.init(allowing: ["127.0.0.1:\(receiver.port)"], limits: limits)) { try await body($0, receiver) }
}
