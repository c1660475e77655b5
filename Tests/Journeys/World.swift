import Access
import Assistant
import Completion
import Delivery
import Escalation
import Foundation
import Inbox
import Metering
import NIOConcurrencyHelpers
import Prompting
import Retrieval
import Storage
import Support
import Testing
import Transfer

let quayside = WorkspaceID("quayside")
let harbour = WorkspaceID("harbour")
let mara = TeammateID("mara")
let jonas = TeammateID("jonas")
let edda = TeammateID("edda")

/// The whole product on a temporary folder: all rooms as they are, the prompts of the repository, a scripted endpoint on loopback, and a clock that
/// only moves when told.
struct World: Sendable {
    /// How a world differs from the usual one.
    struct Options: Sendable {
        /// Credit of each workspace; a response costs 0.05.
        var credit = "50.00"
        /// What the model answers, where no scripts are queued.
        var model: @Sendable (EndpointRequest) -> Script = { Model.answer(to: $0) }
        /// In place of the one scripted endpoint.
        var endpoints: [Endpoint]?
        /// Changes the endpoint's settings.
        var endpoint: @Sendable (inout Endpoint) -> Void = { _ in }
        var turnCap = 8
        var limits = Desk.Limits(turnMilliseconds: 45_000, turnsAtOnce: 64)
        /// Documents besides the usual ones.
        var documents: [SourceDocument] = []
        /// When the teams are there; nil: always.
        var hours: OpeningHours?
        /// Whether the teammates are at the inbox.
        var isStaffed = true
        /// Told the steps of every turn.
        var reached: @Sendable (Step) -> Void = { _ in }
    }

    let folder: TemporaryFolder
    let options: Options
    let clock: ManualClock
    let endpoint: ScriptedEndpoint
    let client: HTTPClient
    let store: Store
    let library: Library
    let meter: Meter
    let desk: Desk

    /// Runs `body` in a world of its own, audits it afterwards, and leaves nothing behind.
    static func run(_ options: Options = Options(), _ body: (World) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let endpoint = try ScriptedEndpoint(answer: options.model)
        let world = try await World(folder: folder, clock: ManualClock(), endpoint: endpoint, options)
        try await world.settle()
        do {
            try await body(world)
        } catch {
            await world.close()
            throw error
        }
        await world.close()
        let later = try await World(folder: folder, clock: world.clock, endpoint: endpoint, options)
        do { try await later.audit() } catch { Issue.record(error, "the audit could not be made") }
        await later.close()
        endpoint.close()
        folder.close()
    }

    /// Opens the rooms on a folder that may have been used before.
    init(folder: TemporaryFolder, clock: ManualClock, endpoint: ScriptedEndpoint, _ options: Options) async throws {
        self.folder = folder
        self.clock = clock
        self.endpoint = endpoint
        self.options = options
        let time = Clock { Timestamp(milliseconds: clock.now) }
        store = try Store(
            folder: folder.file("data"),
            migrations: Library.migrations + Inbox.migrations + Meter.migrations + AccessControl.migrations + Webhooks.migrations)
        library = try await Library(store: store, clock: time)
        meter = Meter(clock: time)
        client = HTTPClient()
        var usual = Endpoint(name: "scripted", url: endpoint.baseURL, model: "scripted-1")
        options.endpoint(&usual)
        let completer = Completer(
            client: client, endpoints: options.endpoints ?? [usual], now: { clock.now },
            // Waits between attempts are no part of these tests; a cancelled one still ends.
            sleep: { _ in try Task.checkCancellation() }, random: { 0.5 })
        desk = Desk(
            rooms: .init(
                store: store, library: library, prompts: try Repository.prompts.get(), completer: completer, meter: meter, clock: time),
            workspaces: [
                try Repository.profile(quayside, turnCap: options.turnCap), try Repository.profile(harbour, turnCap: options.turnCap),
            ],
            limits: options.limits, reached: options.reached)
    }

    var now: Timestamp { Timestamp(milliseconds: clock.now) }

    /// Accounts, people and documents of both companies.
    private func settle() async throws {
        let (meter, now, credit, hours, isStaffed) = (meter, now, try Money(options.credit), options.hours, options.isStaffed)
        let book = try Repository.prices()
        try await store.write { transaction in
            for workspace in [quayside, harbour] {
                _ = try transaction.ensureWorkspace(workspace, name: workspace.text.capitalized, at: now)
                try meter.openAccount(
                    for: workspace, currency: "USD", grant: credit, expires: now.adding(milliseconds: 90 * 86_400_000), in: transaction)
                _ = try meter.setPrices(book, for: workspace, in: transaction)
                let inbox = Inbox(of: workspace)
                for (id, name, skills) in [(mara, "Mara", ["general"]), (jonas, "Jonas", ["withdrawals"]), (edda, "Edda", ["takeover"])] {
                    try inbox.saveTeammate(id, name: name, capacity: 2000, skills: Set(skills), at: now, in: transaction)
                }
                try inbox.save(
                    Team(id: TeamID("frontline"), name: "Customer care", hours: hours, isDefault: true, members: [mara]), at: now,
                    in: transaction)
                try inbox.save(Team(id: TeamID("payments"), name: "Payments", hours: hours, members: [jonas]), at: now, in: transaction)
                try inbox.save(
                    Team(id: TeamID("security"), name: "Account security", hours: hours, members: [edda]), at: now, in: transaction)
                try inbox.save(Team(id: TeamID("compliance"), name: "Compliance", hours: hours, members: [mara]), at: now, in: transaction)
                for teammate in [mara, jonas, edda] where isStaffed {
                    try inbox.setAvailability(of: teammate, to: .available, at: now, in: transaction)
                }
            }
        }
        for workspace in [quayside, harbour] {
            _ = try await library.ingest(
                DocumentSource(documents: Repository.documents(of: workspace) + options.documents, origin: "memory"),
                into: Collection(workspace: workspace, name: "help"))
        }
    }

    /// The same world after a restart of the process: this one is closed, and what it left is on disk.
    func restarted(_ change: (inout Options) -> Void = { _ in }) async throws -> World {
        await close()
        var options = options
        change(&options)
        return try await World(folder: folder, clock: clock, endpoint: endpoint, options)
    }

    func close() async {
        await desk.stop()
        client.close()
        await store.close()
    }
}

/// What the worlds share and only read.
enum Repository {
    static let prompts = Result { try PromptLibrary(folder: Project.path("Prompts")) }
    private static let rules = Result {
        try RuleSet.load(yaml: String(contentsOfFile: Project.path("Config/quayside/rules.yaml"), encoding: .utf8), file: "rules.yaml")
    }

    static func profile(_ id: WorkspaceID, turnCap: Int) throws -> WorkspaceProfile {
        func same(_ text: String) -> Phrases.Variants { .init(online: text, busy: text, closed: text) }
        func handoff(_ text: String) -> Phrases.Variants {
            .init(online: "\(text) {{team}} is here.", busy: "\(text) {{team}} is busy.", closed: "\(text) {{team}} opens {{opens}}.")
        }
        let phrases = Phrases([
            "handoff": handoff("A person takes over."), "handoff_asked": handoff("Of course."), "handoff_security": handoff("Freeze it."),
            "handoff_billing": handoff("About your money."), "handoff_compliance": handoff("Your documents."),
            "handoff_frustration": handoff("I am sorry."), "handoff_no_knowledge": handoff("I would rather not guess."),
            "handoff_error": handoff("One moment."), "handoff_no_credit": handoff("A colleague answers this one."),
            "offer_person": same("Would you like to talk to a person?"), "greeting": same("Hello, how can I help?"),
            "thanks": same("You are welcome."), "goodbye": same("Goodbye."), "still_waiting": same("{{team}} has your message."),
        ])
        let assistant = AssistantProfile(
            name: "help", displayName: "\(id.text.capitalized) Assistant", collection: Collection(workspace: id, name: "help"),
            prompt: "answer",
            rules: try rules.get(), threshold: 0.8, turnCap: turnCap, tone: "Calm and exact.", language: "English")
        return WorkspaceProfile(
            id: id, name: id.text.capitalized, zone: "Europe/Lisbon", assistants: ["help": assistant], defaultAssistant: "help",
            phrases: phrases,
            routes: [
                HandoffRoute(match: .topic("account_takeover"), team: TeamID("security"), skill: "takeover", priority: .urgent),
                HandoffRoute(match: .reason(.amountOverLimit), team: TeamID("payments"), skill: "withdrawals", priority: .high),
                HandoffRoute(match: .topic("fees"), team: TeamID("payments"), skill: nil, priority: nil),
            ],
            teams: [
                TeamID("frontline"): "Customer care", TeamID("payments"): "Payments", TeamID("security"): "Account security",
                TeamID("compliance"): "Compliance",
            ], defaultTeam: TeamID("frontline"))
    }

    /// One response: 0.05. The scripted model: 1 and 2 dollars for a million tokens.
    static func prices() throws -> PriceBook {
        let start = Timestamp(milliseconds: 1_735_689_600_000)
        func cost(_ measure: Measure, _ amount: String) throws -> Price {
            try Price(
                book: .cost, sku: "scripted-1", measure: measure, unitPrice: Price.perMillionTokens(amount), effectiveFrom: start,
                source: "test")
        }
        return try PriceBook(
            currency: "USD",
            prices: [
                Price(book: .sell, sku: HoldRequest.usualSKU, measure: .response, unitPrice: Money("0.05"), effectiveFrom: start),
                cost(.input, "1.00"), cost(.output, "2.00"), cost(.inputCached, "1.00"), cost(.outputReasoning, "2.00"),
                cost(.inputCacheWrite, "1.00"),
            ])
    }

    static func documents(of workspace: WorkspaceID) -> [SourceDocument] {
        func page(_ id: String, _ title: String, _ text: String) -> SourceDocument {
            SourceDocument(id: id, title: title, text: "# \(title)\n\n\(text)\n", format: .markdown)
        }
        guard workspace == quayside else {
            return [
                page(
                    "moorings.md", "Moorings",
                    "A mooring in the inner harbour costs 40 EUR a night. Boats longer than 12 metres moor outside.")
            ]
        }
        return [
            page(
                "bank-withdrawals.md", "Bank withdrawals",
                "A bank withdrawal arrives within two working days. It is sent at noon on the day it is confirmed."),
            page(
                "referrals.md", "Referral programme",
                "Whoever invites a friend gets 10 USD once the friend has traded for 100 USD. The bonus is paid on the first of the month."),
            page(
                "staking.md", "Staking",
                "Staking rewards are paid out every Monday. Unstaking takes seven days, in which nothing is earned."),
            page(
                "two-factor.md", "Two-factor authentication",
                "Open Settings, then Security, and choose Authenticator app. Scan the picture with the app and type the six digits."),
            page("price-alerts.md", "Price alerts", "A price alert is set with the bell beside the chart. It reaches you by email."),
        ]
    }
}
