import Metering
import Storage
import Testing

@Suite struct WhoPaysTests {
    /// The table, written a second time by hand: outcome, responses billed, whether a model was asked.
    static let table: [(ResponseOutcome, Int, Bool)] = [
        (.delivered, 1, true), (.deliveredAndEscalated, 1, true), (.escalatedOnly, 0, true), (.noModelCall, 0, false), (.failed, 0, true),
        (.abortedShown, 1, true), (.abortedUnseen, 0, true), (.truncatedByProvider, 0, true), (.cutAtLength, 1, true),
        (.contentFiltered, 0, true), (.refusedByModel, 0, true), (.supersededByPerson, 0, true), (.replayed, 0, false),
    ]

    @Test(arguments: table)
    func `each outcome charges what the table says, and costs what it cost`(outcome: ResponseOutcome, billed: Int, isAsked: Bool)
        async throws
    {
        try await World.open { world in
            try await world.hold("turn-1")
            if isAsked { try await world.attempt("turn-1") }
            let settlement = try await world.settle("turn-1", outcome)
            #expect(try settlement.charged == Money("0.05").times(billed))
            #expect(settlement.cost.pico == (isAsked ? 270_000_000 : 0))  // 1000 x 150,000 + 200 x 600,000
            let row = try await world.explain("turn-1").usage
            #expect(row.isBilled == (billed == 1))
            #expect(row.whoPaysVersion == "1")
            #expect(row.outcome == outcome)
            let credit = try await world.credit()
            #expect(try credit.available == Money("50").subtracting(settlement.charged))
            #expect(credit.held == .zero)
            #expect(WhoPays().rule(outcome).cost == (isAsked ? .actual : .nothing))
            try await world.expectSound()
        }
    }

    @Test func `the table has a rule for every outcome, and the tests have all rows but those with a test of their own`() {
        #expect(WhoPays().rules.map(\.outcome) == ResponseOutcome.allCases)
        #expect(Set(Self.table.map(\.0)).union([.internal, .abandoned]) == Set(ResponseOutcome.allCases))
    }

    @Test func `an answer that the customer left is free where the company decided so, and the row says by which rule`() async throws {
        try await World.open(whoPays: WhoPays(billsAbortedAnswers: false)) { world in
            let settlement = try await world.turn("turn-1", .abortedShown)
            #expect(settlement.charged == .zero)
            #expect(settlement.cost > .zero)
            #expect(try await world.explain("turn-1").usage.whoPaysVersion == "1-aborted-free")
        }
    }

    @Test func `a retry that succeeds is one response, and all known costs of its attempts count`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            try await world.attempt("turn-1", 1, outcome: "refused", usage: .unknown)
            try await world.attempt("turn-1", 2, outcome: "cut", usage: TokenUsage(input: 1000, output: 10, source: .providerPartial))
            try await world.attempt("turn-1", 3)
            let settlement = try await world.settle("turn-1")
            #expect(settlement.charged == (try Money("0.05")))
            #expect(settlement.cost.pico == 270_000_000 + 156_000_000)
        }
    }

    @Test func `a preview costs but charges nothing, and cannot be closed as a paid answer`() async throws {
        try await World.open(credit: "0.04") { world in  // less than one response: a preview needs none
            try await world.hold("preview-1", isInternal: true)
            try await world.attempt("preview-1")
            await #expect(throws: MeteringError.self) { try await world.settle("preview-1", .delivered) }
            let settlement = try await world.settle("preview-1", .internal)
            #expect(settlement.charged == .zero)
            #expect(settlement.cost.pico == 270_000_000)
            #expect(try await world.explain("preview-1").usage.isInternal)
            try await world.expectSound()
        }
    }

    @Test func `releasing is for what nobody pays for`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            let (paid, free) = try (
                Closing(workspace: world.workspace, response: ResponseID("turn-1"), outcome: .delivered),
                Closing(workspace: world.workspace, response: ResponseID("turn-1"), outcome: .escalatedOnly)
            )
            await #expect(throws: MeteringError.outcomeIsBilled(outcome: "delivered")) {
                try await world.write { transaction, meter, _ in _ = try meter.release(paid, in: transaction) }
            }
            let released = try await world.write { transaction, meter, _ in try meter.release(free, in: transaction) }
            #expect(released.charged == .zero)
        }
    }

    @Test func `a teammate who marks the answer wrong gives the charge back, and the cost stays`() async throws {
        try await World.open { world in
            try await world.turn("turn-1")
            let back = try await world.write { transaction, meter, workspace in
                try meter.reverse(ResponseID("turn-1"), of: workspace, actor: "Mara", reason: "wrong fee quoted", in: transaction)
            }
            #expect(back == (try Money("0.05")))
            let row = try await world.explain("turn-1").usage
            #expect(row.charged == .zero)
            #expect(row.cost.pico == 270_000_000)
            #expect(row.isReversed)
            #expect(try await world.credit().available == Money("50"))
            try await world.expectSound()
        }
    }
}
