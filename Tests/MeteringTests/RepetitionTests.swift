import Metering
import Storage
import Testing

@Suite struct RepetitionTests {
    @Test func `every operation that is repeated changes nothing`() async throws {
        try await World.open { world in
            _ = try await world.grant("purchase-1", "5", days: 9)
            try await world.turn("turn-1")
            let reverse: @Sendable (Transaction, Meter, WorkspaceID) throws -> Money = {
                try $1.reverse(ResponseID("turn-1"), of: $2, actor: "Mara", reason: "wrong", in: $0)
            }
            _ = try await world.write(reverse)
            let before = try await world.report()
            let prices = try World.prices()
            let isNewAccount = try await world.write { transaction, meter, workspace in
                try meter.openAccount(for: workspace, currency: "USD", grant: Money("99"), expires: nil, in: transaction)
            }
            #expect(!isNewAccount)
            #expect(try await !world.grant("purchase-1", "5", days: 9))
            try await world.setPrices(prices)
            #expect(try await world.hold("turn-1").isReplay)
            try await world.attempt("turn-1")
            #expect(try await world.settle("turn-1").isReplay)
            #expect(try await world.write(reverse) == Money("0.05"))
            #expect(try await world.report() == before)
        }
    }

    @Test func `a key that comes again with another content is refused, everywhere`() async throws {
        try await World.open { world in
            try await world.turn("turn-1")
            await #expect(throws: MeteringError.keyReused(what: "response", key: "turn-1")) { try await world.hold("turn-1", amount: "1") }
            await #expect(throws: MeteringError.keyReused(what: "attempt", key: "turn-1/1")) {
                try await world.attempt("turn-1", model: "harbour-lite")
            }
            await #expect(throws: MeteringError.keyReused(what: "end of attempt", key: "turn-1/1")) {
                try await world.attempt("turn-1", usage: TokenUsage(input: 1, output: 1, source: .providerFinal))
            }
            await #expect(throws: MeteringError.keyReused(what: "response", key: "turn-1")) { try await world.settle("turn-1", .failed) }
            await #expect(throws: MeteringError.alreadyClosed(response: "turn-1", outcome: "delivered")) {
                try await world.attempt("turn-1", 2)
            }
            try await world.write { transaction, meter, workspace in
                _ = try meter.reverse(ResponseID("turn-1"), of: workspace, actor: "Mara", reason: "wrong", in: transaction)
                #expect(throws: MeteringError.keyReused(what: "reversal", key: "turn-1")) {
                    try meter.reverse(ResponseID("turn-1"), of: workspace, actor: "Mara", reason: "late", in: transaction)
                }
                #expect(throws: MeteringError.otherCurrency(account: "USD", given: "EUR")) {
                    try meter.openAccount(for: workspace, currency: "EUR", grant: .zero, expires: nil, in: transaction)
                }
            }
            let edited = try Price(
                book: .cost, sku: "harbour-1", measure: .input, unitPrice: Price.perMillionTokens("0.16"),
                effectiveFrom: Timestamp(milliseconds: 1_767_225_600_000))
            await #expect(throws: MeteringError.self) { try await world.setPrices([edited]) }
            try await world.expectSound()
        }
    }

    @Test func `what was not charged cannot be given back`() async throws {
        try await World.open { world in
            try await world.turn("turn-1", .failed)
            for id in ["turn-1", "turn-2"] {
                await #expect(throws: MeteringError.self) {
                    try await world.write { transaction, meter, workspace in
                        _ = try meter.reverse(ResponseID(id), of: workspace, actor: "", reason: "", in: transaction)
                    }
                }
            }
        }
    }

    @Test func `an attempt that ends after the response was closed is booked as cost, and charges nothing`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            try await world.attempt("turn-1", outcome: nil)
            let settlement = try await world.settle("turn-1", .supersededByPerson)
            #expect(settlement.unknownAttempts == 1 && settlement.cost == .zero)
            let end = try AttemptRecord(
                workspace: world.workspace, response: ResponseID("turn-1"), number: 1, outcome: "answered",
                usage: TokenUsage(input: 1000, output: 200, source: .providerFinal))
            for isNews in [true, false] {
                #expect(try await world.write { transaction, meter, _ in try meter.attemptEnded(end, in: transaction) } == isNews)
            }
            let row = try await world.explain("turn-1").usage
            #expect(row.cost.pico == 270_000_000)
            #expect(row.charged == .zero && row.unknownAttempts == 0)
            try await world.expectSound()
        }
    }

    @Test func `a response that nobody closes is closed after a day, with the costs that are known`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            try await world.attempt("turn-1")
            world.time.advance(milliseconds: World.day - 1)
            #expect(try await world.sweep().abandoned == [])
            world.time.advance(milliseconds: 1)
            #expect(try await world.sweep().abandoned == [ResponseID("turn-1")])
            let row = try await world.explain("turn-1").usage
            #expect(row.outcome == .abandoned)
            #expect(row.cost.pico == 270_000_000 && row.charged == .zero)
            #expect(try await world.sweep().isEmpty)
            try await world.expectSound()
        }
    }

    @Test func `what a reversal gives back to a grant that has ended is breakage`() async throws {
        try await World.open(credit: "0.05", creditDays: 1) { world in
            try await world.turn("turn-1")
            world.time.advance(milliseconds: World.day)
            #expect(try await world.sweep().isEmpty)  // nothing was left of it
            try await world.write { transaction, meter, workspace in
                _ = try meter.reverse(ResponseID("turn-1"), of: workspace, actor: "Mara", reason: "wrong", in: transaction)
            }
            #expect(try await world.sweep().breakage == [Funding(account: "grant:welcome", amount: try Money("0.05"))])
            #expect(try await world.credit().available == .zero)
            try await world.expectSound()
        }
    }
}
