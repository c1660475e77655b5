import Metering
import Storage
import Testing

/// Random operations, attacks among them, from a seed; after every few the whole ledger is checked, and after every one the answer is compared with
/// what a second, simple calculation says.
@Suite struct RandomLedgerTests {
    #if DEBUG
        static let operations = 400
    #else
        static let operations = 4000
    #endif

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `whatever happens in whatever order, the ledger is sound and no credit is spent twice`(seed: UInt64) async throws {
        try await World.open(credit: "0.5", creditDays: 1) { world in
            let walk = Walk(seed: seed)
            let chunk = 50
            for _ in 0..<(Self.operations / chunk) {
                try await world.write { transaction, meter, workspace in
                    for _ in 0..<chunk { try walk.step(meter, workspace, world.time, transaction) }
                }
                try await world.expectSound()
                try await world.expectSumsToAddUp()
            }
            #expect(walk.attacks > 0 && walk.refused > 0 && walk.settled > Self.operations / 20)
            world.time.advance(milliseconds: 3 * World.day)
            try await world.sweep()
            try await world.sweep()
            #expect(try await world.credit().held == .zero)
            try await world.expectSound()
        }
    }
}

/// One run. Only its own test uses it, one step after the other; that is why it may be unchecked.
private final class Walk: @unchecked Sendable {
    private var random: SeededGenerator
    private var open: [String] = []
    private var closed: [(id: String, closing: Closing)] = []
    private var reversed: Set<String> = []
    private var born = 0
    private(set) var attacks = 0
    private(set) var settled = 0
    private(set) var refused = 0

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    func step(_ meter: Meter, _ workspace: WorkspaceID, _ time: TestTime, _ transaction: Transaction) throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: try hold(meter, workspace, time, transaction)
        case 30..<55: try settle(meter, workspace, transaction)
        case 55..<60: try lateEnd(meter, workspace, transaction)
        case 60..<66: try grant(meter, workspace, time, transaction)
        case 66..<72: try meter.sweep(attemptsSentBefore: time.now.adding(milliseconds: -30_000), in: transaction)
        case 72..<78: try reverse(meter, workspace, transaction)
        case 78..<83: try replay(meter, workspace, transaction)
        case 83..<88: time.advance(milliseconds: .random(in: 1...40_000, using: &random))
        case 88..<90: time.advance(milliseconds: .random(in: 1...World.day / 4, using: &random))
        default: try attack(transaction)
        }
    }

    private func hold(_ meter: Meter, _ workspace: WorkspaceID, _ time: TestTime, _ transaction: Transaction) throws {
        born += 1
        let id = "turn-\(born)"
        let amount = Int.random(in: 0..<3, using: &random) == 0 ? Money(pico: .random(in: 1...90_000_000_000, using: &random)) : nil
        let request = try HoldRequest(
            response: ResponseID(id), workspace: workspace, assistant: born % 3 == 0 ? "Purser" : "Pilot", conversation: "c-\(born % 5)",
            amount: amount, expires: time.now.adding(milliseconds: .random(in: 1...60_000, using: &random)),
            isInternal: Int.random(in: 0..<12, using: &random) == 0)
        let expected = try Expectation.burn(request.amount ?? Money("0.05"), at: time.now, transaction)
        do {
            let hold = try meter.hold(request, in: transaction)
            #expect(request.isInternal || hold.funding == expected)
            open.append(id)
        } catch MeteringError.creditExhausted {
            refused += 1
            #expect(expected == nil)
            return
        }
        for number in 1...Int.random(in: 1...3, using: &random) {
            try meter.attemptWillBeSent(
                AttemptClaim(
                    workspace: workspace, response: ResponseID(id), number: number, endpoint: "main",
                    model: ["harbour-1", "harbour-lite", "free-1", "stranger"].randomElement(using: &random) ?? "harbour-1",
                    bound: TokenBound(input: 4000, output: 1000)), in: transaction)
            if Int.random(in: 0..<5, using: &random) > 0 { try end(id, number, meter, workspace, transaction) }
        }
    }

    private func end(_ id: String, _ number: Int, _ meter: Meter, _ workspace: WorkspaceID, _ transaction: Transaction) throws {
        let source = UsageSource.allCases.randomElement(using: &random) ?? .none
        let end = try AttemptRecord(
            workspace: workspace, response: ResponseID(id), number: number, outcome: "answered",
            usage: source == .none
                ? .unknown
                : TokenUsage(
                    input: .random(in: 0...4000, using: &random), inputCached: .random(in: 0...2, using: &random) * 500,
                    inputCacheWrite: .random(in: 0...1, using: &random) * 300, output: .random(in: 0...800, using: &random),
                    outputReasoning: .random(in: 0...1, using: &random) * 100, source: source))
        _ = try meter.attemptEnded(end, in: transaction)
    }

    private func settle(_ meter: Meter, _ workspace: WorkspaceID, _ transaction: Transaction) throws {
        guard let index = open.indices.randomElement(using: &random) else { return }
        let id = open.remove(at: index)
        let isInternal: Bool =
            try transaction.row("SELECT internal FROM response WHERE workspace = $1 AND id = $2", workspace, id)?[0] ?? false
        let outcomes: [ResponseOutcome] =
            isInternal ? [.internal] : [.delivered, .delivered, .delivered, .deliveredAndEscalated, .escalatedOnly, .failed, .abortedShown]
        let closing = try Closing(
            workspace: workspace, response: ResponseID(id), outcome: outcomes.randomElement(using: &random) ?? .failed,
            model: [nil, "harbour-1", "harbour-lite"].randomElement(using: &random) ?? nil)
        do {
            let settlement = try meter.settle(closing, in: transaction)
            #expect(try settlement.charged == Money("0.05").times(meter.whoPays.rule(closing.outcome).responsesBilled))
            #expect(try settlement.funding.reduce(Money.zero) { try $0.adding($1.amount) } == settlement.charged)
            closed.append((id, closing))
            settled += 1
        } catch MeteringError.keyReused {  // the sweep has closed it as abandoned
        }
    }

    private func lateEnd(_ meter: Meter, _ workspace: WorkspaceID, _ transaction: Transaction) throws {
        let row = try transaction.row("SELECT response, number FROM attempt WHERE workspace = $1 AND state <> 'ended' LIMIT 1", workspace)
        if let row { try end(row[0], row[1], meter, workspace, transaction) }
    }

    private func grant(_ meter: Meter, _ workspace: WorkspaceID, _ time: TestTime, _ transaction: Transaction) throws {
        born += 1
        let effective = time.now.adding(milliseconds: .random(in: 0...2, using: &random) * 10_000)
        let order = try GrantOrder(
            key: "grant-\(born)", amount: Money(pico: .random(in: 1...160_000_000_000, using: &random)),
            category: Bool.random(using: &random) ? .promotional : .purchased, priority: .random(in: 49...51, using: &random),
            effective: effective,
            expires: Bool.random(using: &random) ? effective.adding(milliseconds: .random(in: 1...World.day / 2, using: &random)) : nil)
        #expect(try meter.grant(order, to: workspace, in: transaction))
        #expect(try !meter.grant(order, to: workspace, in: transaction))
    }

    private func reverse(_ meter: Meter, _ workspace: WorkspaceID, _ transaction: Transaction) throws {
        guard let one = closed.randomElement(using: &random) else { return }
        let isCharged = meter.whoPays.rule(one.closing.outcome).responsesBilled > 0
        do {
            #expect(try meter.reverse(ResponseID(one.id), of: workspace, actor: "Mara", reason: "wrong", in: transaction) == Money("0.05"))
            #expect(isCharged)
        } catch MeteringError.nothingToReverse { #expect(!isCharged) }
    }

    private func replay(_ meter: Meter, _ workspace: WorkspaceID, _ transaction: Transaction) throws {
        guard let one = closed.randomElement(using: &random) else { return }
        let head = try transaction.row("SELECT MAX(number) FROM journal WHERE workspace = $1", workspace)
        #expect(try meter.settle(one.closing, in: transaction).isReplay)
        #expect(try transaction.row("SELECT MAX(number) FROM journal WHERE workspace = $1", workspace) == head)
    }

    /// Each must be refused by the database.
    private func attack(_ transaction: Transaction) throws {
        attacks += 1
        #expect(throws: StorageError.self) {
            try transaction.attempt {
                switch attacks % 7 {
                case 0: try transaction.run("UPDATE entry SET amount_pico = amount_pico + 1")
                case 1: try transaction.run("DELETE FROM journal WHERE number = (SELECT MAX(number) FROM journal)")
                case 2: try transaction.run("INSERT INTO entry VALUES ('quayside', 1, 77, 'revenue', 5)")
                case 3:
                    try transaction.run("INSERT INTO entry SELECT workspace, MAX(number) + 1, 1, 'revenue', 5 FROM journal")
                    try transaction.run(
                        """
                        INSERT INTO journal SELECT workspace, number + 1, 'k', 'release', 'workspace', '', NULL, 1, 1, '', '', 1, evidence,
                            hash, hash FROM journal ORDER BY number DESC LIMIT 1
                        """)
                case 4: try transaction.run("UPDATE balance SET held_pico = -1")
                case 5: try transaction.run("UPDATE price SET unit_pico = 0")
                default: try transaction.run("UPDATE balance SET posted_pico = held_pico - 1 WHERE account = 'grant:welcome'")
                }
            }
        }
    }
}

/// The burn order a second time, in Swift and by the book: priority, expiry, gift before purchase, beginning, birth.
private enum Expectation {
    static func burn(_ amount: Money, at now: Timestamp, _ transaction: Transaction) throws -> [Funding]? {
        struct Grant {
            let code: String
            let free: Int64
            let order: [Int64]
        }
        var grants: [Grant] = []
        try transaction.eachRow(
            """
            SELECT code, priority, category, effective_ms, expires_ms, created_ms,
                (SELECT COALESCE(SUM(amount_pico), 0) FROM entry WHERE account = code)
                - (SELECT COALESCE(SUM(l.amount_pico), 0) FROM hold_line l JOIN hold h USING (workspace, response)
                    WHERE l.account = code AND h.state = 'open')
            FROM account WHERE kind = 'grant'
            """
        ) { row in
            let (effective, expires, created): (Int64, Int64?, Int64) = try (row[3], row[4], row[5])
            guard effective <= now.milliseconds, now.milliseconds < expires ?? .max else { return }
            let category: String = try row[2]
            try grants.append(
                Grant(code: row[0], free: row[6], order: [row[1], expires ?? .max, category == "promotional" ? 0 : 1, effective, created]))
        }
        grants.sort { $0.order == $1.order ? $0.code < $1.code : $0.order.lexicographicallyPrecedes($1.order) }
        var rest = amount.pico
        var funding: [Funding] = []
        for grant in grants where grant.free > 0 && rest > 0 {
            funding.append(Funding(account: grant.code, amount: Money(pico: min(rest, grant.free))))
            rest -= min(rest, grant.free)
        }
        return rest == 0 ? funding : nil
    }
}
