import Metering
import Storage
import Testing

/// Bugs of other meters and gateways, as their users reported them; the names say in which public thread.
@Suite struct KnownBugsTests {
    // MARK: counted twice

    @Test func `litellm #15740, #17814: the same completion delivered and fetched again is one booking`() async throws {
        try await World.open { world in
            let first = try await world.turn("turn-1")
            let before = try await world.report()
            let again = try await world.turn("turn-1")
            #expect(again.isReplay && !first.isReplay)
            #expect(again.charged == first.charged && again.cost == first.cost && again.funding == first.funding)
            #expect(try await world.explain("turn-1").charges.count == 3)
            #expect(try await world.report() == before)
        }
    }

    @Test func `litellm #39455: attempts that fail with 500, 500 and then succeed are one response`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            try await world.attempt("turn-1", 1, outcome: "refused", usage: .unknown)
            try await world.attempt("turn-1", 2, outcome: "refused", usage: .unknown)
            try await world.attempt("turn-1", 3)
            try await world.settle("turn-1")
            let totals = try await world.totals()
            #expect(totals.billedResponses == 1)
            #expect(totals.responses == 1)
            #expect(totals.attempts == 3)
            #expect(totals.cost.pico == 270_000_000)
        }
    }

    @Test func `litellm PR #34675: totals equal the sum over the ledger also after everything is replayed`() async throws {
        try await World.open { world in
            for number in 1...5 { try await world.turn("turn-\(number)") }
            let before = try await world.totals()
            for number in 1...5 { try await world.turn("turn-\(number)") }
            #expect(try await world.totals() == before)
            #expect(before.charged == (try Money("0.25")))
        }
    }

    @Test func `litellm #6633: answers with an empty or a repeated provider id do not collide`() async throws {
        try await World.open { world in
            for (number, providerID) in [(1, ""), (2, ""), (3, "chatcmpl-1"), (4, "chatcmpl-1")] {
                let id = "turn-\(number)"
                try await world.hold(id)
                try await world.attempt(id, outcome: nil)
                let end = try AttemptRecord(
                    workspace: world.workspace, response: ResponseID(id), number: 1, outcome: "answered",
                    usage: TokenUsage(input: 1, output: 1, source: .providerFinal), providerID: providerID)
                try await world.write { transaction, meter, _ in _ = try meter.attemptEnded(end, in: transaction) }
                try await world.settle(id)
            }
            #expect(try await world.totals().billedResponses == 4)
        }
    }

    // MARK: lost

    @Test func `stripe-ai #402: a crash between claim and answer is found, and nothing is charged without a claim`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            let bound = try await world.attempt("turn-1", outcome: nil)
            world.time.advance(milliseconds: 120_000)
            let report = try await world.sweep()
            #expect(report.expiredHolds == [ResponseID("turn-1")])
            #expect(report.unknownAttempts == ["turn-1/1"])
            #expect(try await world.credit().held == .zero)
            let row = try await world.explain("turn-1").usage
            #expect(row.unknownAttempts == 1)
            #expect(row.unknownBound == bound)
            #expect(row.cost == .zero)
            #expect(row.costState == "unknown_outcome")
            await #expect(throws: MeteringError.unknownResponse("turn-2")) { try await world.settle("turn-2") }
            await #expect(throws: MeteringError.unknownResponse("turn-2")) { try await world.attempt("turn-2") }
            try await world.expectSound()
        }
    }

    @Test func `litellm #13280: an answer whose call was not recorded before it was sent cannot be booked`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            let end = try AttemptRecord(
                workspace: world.workspace, response: ResponseID("turn-1"), number: 1, outcome: "answered",
                usage: TokenUsage(input: 1, output: 1, source: .providerFinal))
            await #expect(throws: MeteringError.unknownAttempt(response: "turn-1", number: 1)) {
                try await world.write { transaction, meter, _ in _ = try meter.attemptEnded(end, in: transaction) }
            }
            try await world.attempt("turn-1", outcome: nil)
            #expect(try await world.explain("turn-1").attempts.map(\.state) == ["sent"])
        }
    }

    // MARK: limits

    @Test func `litellm #27639, PR #30522, #40050: callers cancelled anywhere leave nothing held`() async throws {
        try await World.open { world in
            try await world.hold("before-send")
            try await world.hold("mid-stream")
            try await world.attempt("mid-stream", outcome: nil)
            try await world.hold("after-last-byte")
            try await world.attempt("after-last-byte")
            #expect(try await world.credit().held == (try Money("0.15")))
            world.time.advance(milliseconds: 60_000)
            try await world.sweep()
            let credit = try await world.credit()
            #expect(credit.held == .zero)
            #expect(credit.available == (try Money("50")))
            try await world.expectSound()
        }
    }

    @Test func `litellm PR #27020: a hold of exactly the limit is admitted, one pico more is refused`() async throws {
        try await World.open(credit: "1") { world in
            await #expect(throws: MeteringError.creditExhausted(needed: Money(pico: 1_000_000_000_001), available: try Money("1"))) {
                try await world.hold("turn-1", amount: "1.000000000001")
            }
            try await world.hold("turn-2", amount: "1")
            #expect(try await world.credit().available == .zero)
            await #expect(throws: MeteringError.creditExhausted(needed: Money(pico: 1), available: .zero)) {
                try await world.hold("turn-3", amount: "0.000000000001")
            }
        }
    }

    @Test func `litellm #22726, #20615: with credit and no other limit nothing is refused`() async throws {
        try await World.open { world in
            for number in 1...30 { try await world.turn("turn-\(number)") }
            #expect(try await world.totals().billedResponses == 30)
        }
    }

    // MARK: tokens and prices

    @Test func `litellm #37992: a count of zero that the provider gave is booked as zero, not estimated`() async throws {
        try await World.open { world in
            let settlement = try await world.turn(
                "turn-1", usage: TokenUsage(input: 0, output: 0, source: .providerFinal, totalReported: 0))
            #expect(settlement.cost == .zero)
            #expect(settlement.unpriced == [])
            #expect(try await world.explain("turn-1").attempts.first?.usageSource == .providerFinal)
        }
    }

    @Test func `litellm #6215, #9812, #14849: cached tokens have their own price, exactly`() async throws {
        try await World.open { world in
            let settlement = try await world.turn(
                "turn-1", usage: TokenUsage(input: 2006 - 1920, inputCached: 1920, output: 300, source: .providerFinal))
            #expect(settlement.cost.pico == 336_900_000)
            let dearer = try await world.turn("turn-2", usage: TokenUsage(input: 2006, output: 300, source: .providerFinal))
            #expect(settlement.cost < dearer.cost)
        }
    }

    @Test func `litellm #37631, PR #38370: tokens of a kind without a price are unpriced, never free`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            try await world.attempt(
                "turn-1", model: "harbour-lite", usage: TokenUsage(input: 10, inputCacheWrite: 900, output: 5, source: .providerFinal))
            let settlement = try await world.settle("turn-1")
            #expect(settlement.unpriced == [UnpricedTokens(attempt: 1, model: "harbour-lite", measure: .inputCacheWrite, quantity: 900)])
            #expect(settlement.cost.pico == 10 * 100_000 + 5 * 400_000)
            #expect(try await world.explain("turn-1").usage.costState == "unpriced")
            #expect(try await world.totals().unpricedResponses == 1)
            let free = try await world.freeTurn("turn-2")
            #expect(free.unpriced == [] && free.cost == .zero)
            #expect(try await world.totals().unpricedResponses == 1)
            try await world.expectSound()
        }
    }

    @Test func `litellm PR #36561: a model that nobody priced is flagged, or refused before it is called`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            #expect(try await world.attempt("turn-1", model: "stranger") == nil)
            #expect(try await world.settle("turn-1").unpriced.map(\.measure) == [.input, .output])
        }
        try await World.open(unpriced: .refuse) { world in
            try await world.hold("turn-1")
            await #expect(throws: MeteringError.noPrice(book: "cost", sku: "stranger", meter: "input")) {
                try await world.attempt("turn-1", model: "stranger")
            }
            #expect(try await world.attempt("turn-1") != nil)
        }
    }

    @Test func `opencode #17566, LiveBench PR #503: thinking counts once, whether the provider puts it inside or outside`() async throws {
        try await World.open { world in
            let inside = try TokenUsage(
                input: 2008, output: 5, outputReasoning: 261, source: .providerFinal, rule: "reasoning inside", totalReported: 2274)
            let outside = try TokenUsage(
                input: 100, output: 237, outputReasoning: 1901, source: .providerFinal, rule: "reasoning outside", totalReported: 2238)
            #expect(try await world.turn("turn-1", usage: inside).cost.pico == 2008 * 150_000 + 266 * 600_000)
            #expect(try await world.turn("turn-2", usage: outside).cost.pico == 100 * 150_000 + 2138 * 600_000)
            let attempts = try await world.explain("turn-2").attempts
            #expect(attempts.map(\.totalDiffers) == [false])
            #expect(attempts.first?.usageRule == "reasoning outside")
        }
    }

    @Test func `ccusage #1636, litellm PR #38730: a new price changes nothing that was booked, a back-dated one neither`() async throws {
        try await World.open { world in
            let old = try await world.turn("turn-1")
            let report = try await world.csv()
            let later = try Price(
                book: .cost, sku: "harbour-1", measure: .input, unitPrice: Price.perMillionTokens("0.30"),
                effectiveFrom: World.noon.adding(milliseconds: 1000))
            let backDated = try Price(
                book: .cost, sku: "harbour-1", measure: .output, unitPrice: Price.perMillionTokens("9"),
                effectiveFrom: World.noon.adding(milliseconds: -1000))
            try await world.setPrices([later, backDated])
            #expect(try await world.csv() == report)
            try await world.expectSound()
            world.time.advance(milliseconds: 1000)
            let new = try await world.turn("turn-2")
            #expect(old.cost.pico == 1000 * 150_000 + 200 * 600_000)
            #expect(new.cost.pico == 1000 * 300_000 + 200 * 9_000_000)
            try await world.expectSound()
        }
    }

    @Test func `litellm #8867, langfuse #1041: charges of many responses sum exactly, and the export reads back to them`() async throws {
        try await World.open { world in
            var random = SeededGenerator(seed: 8867)
            var oracle: Int128 = 0
            for number in 1...60 {
                let usage = try TokenUsage(
                    input: .random(in: 0...3000, using: &random), inputCached: .random(in: 0...900, using: &random),
                    inputCacheWrite: .random(in: 0...900, using: &random), output: .random(in: 0...900, using: &random),
                    outputReasoning: .random(in: 0...900, using: &random), source: .providerFinal)
                oracle += Int128(usage.input) * 150_000 + Int128(usage.inputCached) * 75_000 + Int128(usage.inputCacheWrite) * 187_500
                oracle += Int128(usage.output + usage.outputReasoning) * 600_000
                try await world.turn("turn-\(number)", usage: usage)
            }
            #expect(Int128(try await world.totals().cost.pico) == oracle)
            let column = Meter.exportColumns.firstIndex(of: "cost") ?? 0
            let cells = try await world.csv().split(separator: "\r\n").dropFirst().map {
                String($0.split(separator: ",", omittingEmptySubsequences: false)[column])
            }
            #expect(try cells.reduce(Int128(0)) { try $0 + Int128(Money($1).pico) } == oracle)
        }
    }

    @Test func `langfuse #2112: an answer from our own cache costs nothing and is sold by the rule`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            let settlement = try await world.settle("turn-1")
            #expect(settlement.cost == .zero)
            #expect(settlement.charged == (try Money("0.05")))
            #expect(try await world.explain("turn-1").attempts.isEmpty)
        }
    }

    // MARK: credit

    @Test func `openmeter PR #1127: a grant can be used up to its end and not at it, and a hold taken before may still settle`()
        async throws
    {
        try await World.open(credit: "1", creditDays: 1) { world in
            world.time.advance(milliseconds: World.day - 1)
            try await world.hold("in-time", forMilliseconds: 60_000)
            world.time.advance(milliseconds: 1)
            await #expect(throws: MeteringError.creditExhausted(needed: try Money("0.05"), available: .zero)) {
                try await world.hold("too-late")
            }
            #expect(try await world.sweep().breakage == [])  // while it is held
            let settlement = try await world.settle("in-time")
            #expect(settlement.funding.map(\.account) == ["grant:welcome"])
            #expect(try await world.sweep().breakage.map(\.amount) == [try Money("0.95")])
            #expect(try await world.sweep().isEmpty)
            try await world.expectSound()
        }
    }

    @Test func `lago PR #3618, akash PR #3449: the same purchase confirmed many times at once is one grant`() async throws {
        try await World.open(credit: "0") { world in
            let news = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 1...16 { group.addTask { try await world.grant("purchase-7", "20") } }
                return try await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(news.filter { $0 }.count == 1)
            #expect(try await world.credit().balance == (try Money("20")))
            await #expect(throws: MeteringError.keyReused(what: "grant", key: "purchase-7")) { try await world.grant("purchase-7", "21") }
        }
    }

    @Test func `lago PR #4787: a response paid by two grants names both, free credit first`() async throws {
        try await World.open(credit: "0.02", creditDays: nil) { world in
            _ = try await world.grant("purchase-1", "10")
            try await world.turn("turn-1")
            let explanation = try await world.explain("turn-1")
            #expect(
                try explanation.funding == [
                    Funding(account: "grant:welcome", amount: Money("0.02")), Funding(account: "grant:purchase-1", amount: Money("0.03")),
                ])
            let credit = try await world.credit()
            #expect(credit.grants.map(\.state) == [.used, .active])
            #expect(credit.balance == (try Money("9.97")))
        }
    }

    @Test func `litellm #37144, #8897, #8585: every total is the same sum over the entries`() async throws {
        try await World.open { world in
            for number in 1...7 { try await world.turn("turn-\(number)", number % 3 == 0 ? .escalatedOnly : .delivered) }
            let totals = try await world.totals()
            let rows = try await world.read { try $1.usage(of: $2, in: $0) }
            let entries: [Money] = try await world.store.read { snapshot in
                try ["revenue", "cogs"].map {
                    try #require(
                        try snapshot.row("SELECT SUM(amount_pico) FROM entry WHERE workspace = 'quayside' AND account = $1", $0))[0]
                }
            }
            #expect([totals.charged, totals.cost] == entries)
            #expect(try rows.reduce(Money.zero) { try $0.adding($1.charged) } == totals.charged)
            #expect(try await world.credit().balance == (try Money("50").subtracting(totals.charged)))
        }
    }
}

extension World {
    func setPrices(_ prices: [Price]) async throws {
        let book = PriceBook(currency: "USD", prices: prices)
        try await write { transaction, meter, workspace in _ = try meter.setPrices(book, for: workspace, in: transaction) }
    }

    func csv(_ filter: UsageFilter = UsageFilter()) async throws -> String {
        try await read { querying, meter, workspace in
            var text = ""
            try meter.exportUsage(of: workspace, filter, in: querying) { text += $0 }
            return text
        }
    }

    /// A turn with the model that is written down as free.
    func freeTurn(_ id: String) async throws -> Settlement {
        try await hold(id)
        try await attempt(id, model: "free-1")
        return try await settle(id)
    }
}
