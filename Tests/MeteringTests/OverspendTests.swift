import Metering
import Storage
import Testing

@Suite struct OverspendTests {
    @Test func `litellm #34732, #40095, #26672: 64 callers at once with one dollar spend one dollar, to the pico`() async throws {
        try await World.open(credit: "1") { world in
            let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...64 {
                    group.addTask {
                        do {
                            try await world.hold("turn-\(number)")
                        } catch MeteringError.creditExhausted { return false }  // this caller's conversation goes to a person
                        let credit = try await world.credit()
                        #expect(credit.available >= .zero)
                        try await world.attempt("turn-\(number)")
                        try await world.settle("turn-\(number)")
                        return true
                    }
                }
                return try await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(admitted.filter { $0 }.count == 20)
            let credit = try await world.credit()
            #expect(credit.available == .zero && credit.held == .zero && credit.overrun == .zero)
            #expect(try await world.totals().charged == (try Money("1")))
            try await world.expectSound()
        }
    }

    @Test func `a refused hold leaves the transaction usable and nothing held`() async throws {
        try await World.open(credit: "0.04") { world in
            let request = try HoldRequest(
                response: ResponseID("turn-1"), workspace: world.workspace, assistant: "Pilot", conversation: "c", expires: World.noon)
            let kept = try await world.write { transaction, meter, workspace in
                #expect(throws: MeteringError.self) { try meter.hold(request, in: transaction) }
                return try transaction.ensureWorkspace(WorkspaceID("harbour"), name: "written after the refusal", at: World.noon)
            }
            #expect(kept)
            #expect(try await world.credit().held == .zero)
            #expect(try await world.read { try $1.usage(of: $2, in: $0) } == [])
        }
    }

    @Test func `a hold over several grants takes them in their order, or none`() async throws {
        try await World.open(credit: "0.02") { world in  // ends in 30 days
            _ = try await world.grant("forever", "0.02")
            _ = try await world.grant("first", "0.02", priority: 10)
            _ = try await world.grant("soon", "0.02", days: 3)
            await #expect(throws: MeteringError.creditExhausted(needed: try Money("0.09"), available: try Money("0.08"))) {
                try await world.hold("too-much", amount: "0.09")
            }
            #expect(try await world.credit().held == .zero)
            let hold = try await world.hold("turn-1", amount: "0.07")
            #expect(hold.funding.map(\.account) == ["grant:first", "grant:soon", "grant:welcome", "grant:forever"])
            #expect(try hold.funding.map(\.amount) == [Money("0.02"), Money("0.02"), Money("0.02"), Money("0.01")])
        }
    }

    @Test func `a gift burns before paid credit that ends at the same time, and neither before it begins`() async throws {
        try await World.open(credit: "0") { world in
            _ = try await world.grant("paid", "0.05", .purchased, days: 5)
            _ = try await world.grant("gift", "0.05", .promotional, days: 5)
            let later = try GrantOrder(
                key: "later", amount: Money("5"), category: .promotional, priority: 0, effective: World.noon.adding(milliseconds: 1000))
            try await world.write { transaction, meter, workspace in _ = try meter.grant(later, to: workspace, in: transaction) }
            #expect(try await world.hold("turn-1").funding.map(\.account) == ["grant:gift"])
            #expect(try await world.credit().grants.first { $0.key == "later" }?.state == .pending)
            world.time.advance(milliseconds: 1000)
            #expect(try await world.hold("turn-2").funding.map(\.account) == ["grant:later"])
        }
    }

    @Test func `a late settlement after the hold expired pays from what is left, and the rest is overrun`() async throws {
        try await World.open(credit: "0.08") { world in
            try await world.hold("slow")
            world.time.advance(milliseconds: 60_000)
            try await world.sweep()
            try await world.turn("quick")
            let settlement = try await world.settle("slow")
            #expect(
                try settlement.funding == [
                    Funding(account: "grant:welcome", amount: Money("0.03")), Funding(account: "overrun", amount: Money("0.02")),
                ])
            #expect(settlement.overrun == (try Money("0.02")))
            #expect(try await world.credit().overrun == (try Money("0.02")))
            try await world.expectSound()
        }
    }

    @Test func `a hold smaller or larger than the price is made good or given free`() async throws {
        try await World.open(credit: "1") { world in
            try await world.hold("small", amount: "0.01")
            #expect(try await world.settle("small").funding == [Funding(account: "grant:welcome", amount: try Money("0.05"))])
            try await world.hold("large", amount: "0.40")
            #expect(try await world.credit().available == (try Money("0.55")))
            try await world.settle("large")
            #expect(try await world.credit().available == (try Money("0.90")))
            try await world.expectSound()
        }
    }

    @Test func `the limit stands in the database, whatever a caller writes`() async throws {
        try await World.open(credit: "1") { world in
            let refused = try await world.write { transaction, _, _ in
                do {
                    try transaction.run(
                        """
                        INSERT INTO entry(workspace, journal, line, account, amount_pico) VALUES ('quayside', 99, 1, 'grant:welcome',
                            -1000000000001)
                        """)
                } catch StorageError.constraint(let what) { return what }
                return ""
            }
            #expect(refused.contains("credit_limit"))
        }
    }

    @Test func `without an account or without a price nothing is held, and the answer says which`() async throws {
        try await World.open { world in
            let stranger = try HoldRequest(
                response: ResponseID("turn-1"), workspace: WorkspaceID("nobody"), assistant: "A", conversation: "c", amount: Money("1"),
                expires: World.noon)
            await #expect(throws: MeteringError.noAccount(workspace: "nobody")) {
                try await world.write { transaction, meter, _ in _ = try meter.hold(stranger, in: transaction) }
            }
            let other = try HoldRequest(
                response: ResponseID("turn-1"), workspace: world.workspace, assistant: "A", conversation: "c", sku: "gold-response",
                expires: World.noon)
            await #expect(throws: MeteringError.noPrice(book: "sell", sku: "gold-response", meter: "response")) {
                try await world.write { transaction, meter, _ in _ = try meter.hold(other, in: transaction) }
            }
        }
    }
}
