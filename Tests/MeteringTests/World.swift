import Foundation
import Metering
import Storage
import Synchronization
import Testing

/// Quayside with an account, a price list, and a clock that only moves when told.
struct World: Sendable {
    let store: Store
    let meter: Meter
    let time: TestTime
    let folder: String
    let workspace = WorkspaceID("quayside")

    /// 2026-11-30T12:00:00Z, when every test begins.
    static let noon = Timestamp(milliseconds: 1_796_040_000_000)
    static let day: Int64 = 86_400_000

    /// Opens a world, runs `body`, and leaves nothing behind.
    static func open(
        credit: String = "50", creditDays: Int64? = 30, whoPays: WhoPays = WhoPays(), unpriced: UnpricedPolicy = .flag,
        _ body: (World) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/metering-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a temporary folder that stays harms nobody
        let time = TestTime(noon)
        let meter = Meter(clock: Clock { time.now }, whoPays: whoPays, unpriced: unpriced)
        let store = try Store(folder: folder, migrations: Meter.migrations)
        let world = World(store: store, meter: meter, time: time, folder: folder)
        let (workspace, amount) = (world.workspace, try Money(credit))
        let book = try PriceBook(currency: "USD", prices: prices())
        try await store.write { transaction in
            _ = try transaction.ensureWorkspace(workspace, name: "Quayside", at: noon)
            try meter.openAccount(
                for: workspace, currency: "USD", grant: amount, expires: creditDays.map { noon.adding(milliseconds: $0 * day) },
                in: transaction)
            try meter.setPrices(book, for: workspace, in: transaction)
        }
        try await body(world)
        await store.close()
    }

    /// A response costs $0.05; `harbour-1` has all five prices, `harbour-lite` none for cache writes, `free-1` costs nothing and says so.
    static func prices() throws -> [Price] {
        let start = Timestamp(milliseconds: 1_767_225_600_000)
        func cost(_ sku: String, _ measure: Measure, _ million: String) throws -> Price {
            try Price(
                book: .cost, sku: sku, measure: measure, unitPrice: Price.perMillionTokens(million), effectiveFrom: start, source: "test")
        }
        return try [
            Price(book: .sell, sku: "ai-response", measure: .response, unitPrice: Money("0.05"), effectiveFrom: start),
            cost("harbour-1", .input, "0.15"), cost("harbour-1", .inputCached, "0.075"), cost("harbour-1", .inputCacheWrite, "0.1875"),
            cost("harbour-1", .output, "0.60"), cost("harbour-1", .outputReasoning, "0.60"),
            cost("harbour-lite", .input, "0.10"), cost("harbour-lite", .output, "0.40"),
            cost("free-1", .input, "0"), cost("free-1", .output, "0"),
        ]
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction, Meter, WorkspaceID) throws -> T) async throws -> T {
        let (meter, workspace) = (meter, workspace)
        return try await store.write { try body($0, meter, workspace) }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any Querying, Meter, WorkspaceID) throws -> T) async throws -> T {
        let (meter, workspace) = (meter, workspace)
        return try await store.read { try body($0, meter, workspace) }
    }

    @discardableResult
    func hold(_ id: String, amount: String? = nil, forMilliseconds: Int64 = 60_000, isInternal: Bool = false) async throws -> Hold {
        let request = try HoldRequest(
            response: ResponseID(id), workspace: workspace, assistant: "Pilot", conversation: "conv-1",
            amount: amount.map { try Money($0) },
            expires: time.now.adding(milliseconds: forMilliseconds), isInternal: isInternal)
        return try await write { transaction, meter, _ in try meter.hold(request, in: transaction) }
    }

    @discardableResult
    func attempt(
        _ id: String, _ number: Int = 1, model: String = "harbour-1", endpoint: String = "main", outcome: String? = "answered",
        usage: TokenUsage? = nil
    ) async throws -> Money? {
        let claim = try AttemptClaim(
            workspace: workspace, response: ResponseID(id), number: number, endpoint: endpoint, model: model,
            bound: TokenBound(input: 4000, output: 1000))
        let usage = try usage ?? TokenUsage(input: 1000, output: 200, source: .providerFinal)
        let end = try outcome.map {
            try AttemptRecord(workspace: workspace, response: ResponseID(id), number: number, outcome: $0, usage: usage)
        }
        return try await write { transaction, meter, _ in
            let bound = try meter.attemptWillBeSent(claim, in: transaction)
            if let end { try meter.attemptEnded(end, in: transaction) }
            return bound
        }
    }

    @discardableResult
    func settle(_ id: String, _ outcome: ResponseOutcome = .delivered) async throws -> Settlement {
        let closing = try Closing(
            workspace: workspace, response: ResponseID(id), outcome: outcome, templateVersion: "t1", rulesVersion: "r1", indexVersion: "i1",
            model: "harbour-1", confidenceBasisPoints: 9_300)
        return try await write { transaction, meter, _ in try meter.settle(closing, in: transaction) }
    }

    /// A whole turn: hold, one attempt, settle.
    @discardableResult
    func turn(_ id: String, _ outcome: ResponseOutcome = .delivered, usage: TokenUsage? = nil) async throws -> Settlement {
        try await hold(id)
        try await attempt(id, usage: usage)
        return try await settle(id, outcome)
    }

    @discardableResult
    func sweep() async throws -> SweepReport {
        let now = time.now
        return try await write { transaction, meter, _ in try meter.sweep(attemptsSentBefore: now, in: transaction) }
    }

    func credit() async throws -> CreditSummary { try await read { try $1.credit(of: $2, in: $0) } }

    func totals() async throws -> UsageTotals { try await read { try $1.totals(of: $2, in: $0) } }

    func explain(_ id: String) async throws -> ChargeExplanation {
        try #require(try await read { try $1.explain(ResponseID(id), of: $2, in: $0) })
    }

    func report() async throws -> LedgerReport { try await read { try $1.verify($2, in: $0) } }

    /// The ledger holds together, whatever was done to it.
    func expectSound(_ location: SourceLocation = #_sourceLocation) async throws {
        let report = try await report()
        #expect(report.findings == [], sourceLocation: location)
    }

    /// However responses are grouped, and whatever is asked for, rows are those that the filter means, groups are those of the rows, and they add up to the totals.
    func expectSumsToAddUp(_ location: SourceLocation = #_sourceLocation) async throws {
        let yesterday = time.now.adding(milliseconds: -Self.day)
        let all = try await rows(UsageFilter())
        let some = all.last?.response
        let filters: [(UsageFilter, @Sendable (UsageRow) -> Bool)] = [
            (UsageFilter(), { _ in true }), (UsageFilter(from: yesterday), { $0.createdAt >= yesterday }),
            (UsageFilter(until: yesterday), { $0.createdAt < yesterday }), (UsageFilter(assistant: "Pilot"), { $0.assistant == "Pilot" }),
            (UsageFilter(assistant: "nobody"), { _ in false }), (UsageFilter(model: "harbour-1"), { $0.model == "harbour-1" }),
            (UsageFilter(conversation: "c-1"), { $0.conversation == "c-1" }),
            (UsageFilter(response: some), { some == nil || $0.response == some }),
            (UsageFilter(outcome: .delivered), { $0.outcome == .delivered }),
            (UsageFilter(onlyUncertain: true), { $0.unpricedMeasures > 0 || $0.unknownAttempts > 0 }),
            (
                UsageFilter(from: yesterday, assistant: "Pilot", model: "harbour-1"),
                { $0.createdAt >= yesterday && $0.assistant == "Pilot" && $0.model == "harbour-1" }
            ),
        ]
        for (filter, isMeant) in filters {
            let rows = try await rows(filter)
            #expect(rows.map(\.response) == all.filter(isMeant).map(\.response), sourceLocation: location)
            for grouping in UsageGrouping.allCases {
                let (sums, totals) = try await read { snapshot, meter, workspace in
                    try (meter.sums(by: grouping, of: workspace, filter, in: snapshot), meter.totals(of: workspace, filter, in: snapshot))
                }
                let groups = Dictionary(grouping: rows) { row in
                    switch grouping {
                    case .day: String(row.createdAt.description.prefix(10))
                    case .assistant: row.assistant
                    case .model: row.model
                    }
                }
                #expect(Set(sums.map(\.key)) == Set(groups.keys) && sums.count == groups.count, sourceLocation: location)
                for sum in sums {
                    let group = groups[sum.key] ?? []
                    #expect(sum.responses == group.count && sum.billedResponses == group.count(where: \.isBilled), sourceLocation: location)
                    #expect(sum.charged.pico == group.reduce(0) { $0 + $1.charged.pico }, sourceLocation: location)
                    #expect(sum.cost.pico == group.reduce(0) { $0 + $1.cost.pico }, sourceLocation: location)
                }
                #expect(sums.reduce(0) { $0 + $1.charged.pico } == totals.charged.pico, sourceLocation: location)
                #expect(sums.reduce(0) { $0 + $1.cost.pico } == totals.cost.pico, sourceLocation: location)
                #expect(sums.reduce(0) { $0 + $1.responses } == totals.responses, sourceLocation: location)
                #expect(sums.reduce(0) { $0 + $1.billedResponses } == totals.billedResponses, sourceLocation: location)
            }
        }
    }

    private func rows(_ filter: UsageFilter) async throws -> [UsageRow] {
        try await read { snapshot, meter, workspace in
            var rows: [UsageRow] = []
            try meter.eachUsage(of: workspace, filter, in: snapshot) { rows.append($0) }
            return rows
        }
    }

    func grant(_ key: String, _ amount: String, _ category: GrantOrder.Category = .purchased, priority: Int = 50, days: Int64? = nil)
        async throws
        -> Bool
    {
        let order = try GrantOrder(
            key: key, amount: Money(amount), category: category, priority: priority,
            expires: days.map { time.now.adding(milliseconds: $0 * Self.day) })
        return try await write { transaction, meter, workspace in try meter.grant(order, to: workspace, in: transaction) }
    }
}

/// A clock's hands.
final class TestTime: Sendable {
    private let milliseconds: Atomic<Int64>

    init(_ start: Timestamp) { milliseconds = Atomic(start.milliseconds) }

    var now: Timestamp { Timestamp(milliseconds: milliseconds.load(ordering: .sequentiallyConsistent)) }

    func advance(milliseconds more: Int64) { milliseconds.add(more, ordering: .sequentiallyConsistent) }
}
