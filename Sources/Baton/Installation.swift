import Access
import Assistant
import Completion
import Delivery
import Foundation
import Inbox
import Metering
import Prompting
import Retrieval
import Storage
import Transfer

/// The rooms of one process, opened on a data directory: what commands work with. The only place where they are wired together.
struct Installation: Sendable {
    let settings: Settings
    let store: Store
    let library: Library
    let meter: Meter
    let clock: Clock
    /// What the configuration says, once a desk is open.
    let inForce = InForce()

    /// The schema of all rooms, in the order of their dependencies.
    static let migrations = Library.migrations + Inbox.migrations + Meter.migrations + AccessControl.migrations + Webhooks.migrations

    /// Opens the data directory while `body` runs. For a command that runs in the process of the directory's owner it is open already.
    ///
    /// A command opens it before it prints or reads anything, so that it can still be sent there instead.
    /// - Throws: `StorageError`, and what `body` throws.
    static func open<Result>(
        _ settings: Settings, clock: Clock = .system, _ body: (Installation) async throws -> Result
    ) async throws -> Result {
        if let running = Running.current { return try await body(running.installation) }
        let store = try Store(folder: settings.data.value, migrations: migrations, migrated: FailPoint.migrated)
        do {
            let installation = Installation(
                settings: settings, store: store, library: try await Library(store: store, clock: clock), meter: Meter(clock: clock),
                clock: clock)
            let result = try await body(installation)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }

    /// The one workspace a command is about: the named one, or the only one.
    /// - Throws: `CommandError` where there is none, or more than one and none is named.
    static func workspace(named name: String?, _ settings: Settings) throws -> WorkspaceSettings {
        let names = Configuration.names(settings)
        guard let first = names.first else { throw Configuration.isEmpty(settings) }
        guard let name = name ?? (names.count == 1 ? first : nil) else {
            throw CommandError(.usage, "There are several workspaces: \(names.joined(separator: ", ")). Name one with --workspace.")
        }
        guard names.contains(name) else {
            throw CommandError(
                .notFound, "There is no workspace '\(name)' in \(settings.config.value). There are: \(names.joined(separator: ", ")).")
        }
        return try Configuration.workspace(name, settings)
    }

    /// Brings the database up to what the configuration says of a workspace: its account with the first grant, prices, teams, and teammates with
    /// their accounts.
    func apply(_ workspace: WorkspaceSettings) async throws {
        // A running process has done that at its start, and with each `reload`.
        if Running.current == nil { try await apply([workspace]) }
    }

    /// Several workspaces, all or none.
    func apply(_ workspaces: [WorkspaceSettings]) async throws {
        try await store.write { transaction in
            for workspace in workspaces { try apply(workspace, in: transaction) }
        }
    }

    private func apply(_ workspace: WorkspaceSettings, in transaction: Transaction) throws {
        let now = clock.now()
        let (inbox, access) = (Inbox(of: workspace.id), AccessControl(clock: clock))
        _ = try transaction.ensureWorkspace(workspace.id, name: workspace.profile.name, at: now)
        try meter.openAccount(
            for: workspace.id, currency: workspace.currency, grant: workspace.grant,
            expires: now.adding(milliseconds: workspace.grantExpiresAfter), in: transaction)
        try meter.setPrices(workspace.prices, for: workspace.id, in: transaction)
        for person in workspace.people {
            try inbox.saveTeammate(
                person.id, name: person.name, email: person.email, capacity: person.capacity, skills: person.skills, at: now,
                in: transaction)
            try Self.save(person, of: workspace, access, in: transaction)
        }
        for team in workspace.teams { try inbox.save(team, at: now, in: transaction) }
        for (id, draft) in workspace.macros {
            do { try inbox.begin(with: draft, as: id, at: now, in: transaction) } catch let error as InboxError {
                throw CommandError(.configuration, "\(workspace.folder)/macros.yaml: '\(id)': \(error)")
            }
        }
    }

    /// Whoever has an address has an account; it opens with a password that an invitation sets.
    private static func save(
        _ person: WorkspaceSettings.Person, of workspace: WorkspaceSettings, _ access: AccessControl, in transaction: Transaction
    ) throws {
        guard let email = person.email else { return }
        do {
            try access.saveAccount(person.id.text, email: email, role: person.role, of: workspace.id, in: transaction)
        } catch let error as AccessError {
            throw CommandError(.configuration, "\(workspace.folder)/workspace.yaml: the teammate '\(person.id)': \(error)")
        }
    }

    /// Opens the desk while `body` runs: endpoints (or the built-in responder), prompts, and everything that is still owed from the last time.
    /// - Throws: `PromptErrors`, `StorageError`, and what `body` throws.
    func withDesk<Result: Sendable>(_ body: @escaping @Sendable (Desk) async throws -> Result) async throws -> Result {
        if let running = Running.current { return try await body(running.desk) }
        let configuration = try Configuration(settings)
        try await apply(configuration.workspaces)
        guard settings.endpoints.value.isEmpty else { return try await withDesk(configuration, settings.endpoints.value, body) }
        return try await Responder.running { url in
            try await withDesk(configuration, [Endpoint(name: "built-in", url: url, model: Responder.model)], body)
        }
    }

    private func withDesk<Result: Sendable>(
        _ configuration: Configuration, _ endpoints: [Endpoint], _ body: @Sendable (Desk) async throws -> Result
    ) async throws -> Result {
        let client = HTTPClient(settings: Self.transferSettings(settings))
        defer { client.close() }
        inForce.begin(configuration, client, endpoints)
        let clock = clock
        let completer = completer(client, endpoints)
        let desk = Desk(
            rooms: .init(store: store, library: library, prompts: configuration.prompts, completer: completer, meter: meter, clock: clock),
            workspaces: configuration.workspaces.map(\.profile),
            limits: .init(turnMilliseconds: settings.turnDeadline.value, turnsAtOnce: settings.turnsAtOnce.value),
            reached: FailPoint.reached)
        let resumed = try await desk.resume().resumed
        if resumed > 0 { Terminal.say("Going on with \(resumed) conversations that were left open the last time.") }
        let every = settings.sweepEvery.value
        let watching = Task { await desk.watch(every: every) { Terminal.say("baton: \($0)".forTerminal) } }
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(desk)) } catch { result = .failure(error) }
        if case .success = result { await desk.finish() }
        watching.cancel()
        await watching.value
        await desk.stop()
        return try result.get()
    }

    /// Proxy and certificates as the operator set them.
    static func transferSettings(_ settings: Settings) -> HTTPClientSettings {
        var transfer = HTTPClientSettings()
        switch settings.proxy.value {
        case nil: break
        case "environment": transfer.proxy = .environment(ProcessInfo.processInfo.environment)
        case let proxy?: transfer.proxy = .everywhere(proxy)
        }
        transfer.certificateAuthorityFile = settings.authorities.value
        return transfer
    }

    /// Endpoints, tried in their order.
    func completer(_ client: HTTPClient, _ endpoints: [Endpoint]) -> Completer {
        let clock = clock
        return Completer(client: client, endpoints: endpoints, now: { clock.now().milliseconds })
    }
}

/// For the tests that end the process in the middle of a turn: in a debug build `BATON_DIE_AT=held` kills it, as `kill -9` would, when a turn comes to that
/// step. A release build does not know these variables.
enum FailPoint {
    #if DEBUG
        private static let migration = ProcessInfo.processInfo.environment["BATON_DIE_AT"]
        private static let step = ProcessInfo.processInfo.environment["BATON_DIE_AT"].flatMap(Step.init(rawValue:))
    #endif

    /// Told by the store when a migration has been run and not yet committed; `BATON_DIE_AT=inbox-4`.
    static func migrated(_ name: String) {
        #if DEBUG
            if name == migration { kill(getpid(), SIGKILL) }
        #endif
    }

    /// Told by the desk when a turn has come to a step.
    @Sendable static func reached(_ reached: Step) {
        #if DEBUG
            if reached == step { kill(getpid(), SIGKILL) }
        #endif
    }
}
