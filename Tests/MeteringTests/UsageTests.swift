import Metering
import Storage
import Testing

@Suite struct UsageTests {
    @Test func `a charge explains itself from the response to the grant`() async throws {
        try await World.open { world in
            try await world.turn("turn-1")
            let explanation = try await world.explain("turn-1")
            #expect(explanation.charges.map(\.measure) == [.response, .input, .output])
            #expect(explanation.charges.map(\.quantity) == [1, 1000, 200])
            #expect(explanation.charges.map(\.unitPrice.text) == ["0.05", "0.00000015", "0.0000006"])
            #expect(explanation.attempts.map(\.usageSource) == [.providerFinal])
            #expect(explanation.journals.map(\.kind) == ["usage", "cost"])
            #expect(explanation.funding == [Funding(account: "grant:welcome", amount: try Money("0.05"))])
            #expect(explanation.usage.templateVersion == "t1" && explanation.usage.confidenceBasisPoints == 9_300)
            #expect(try explanation.usage.margin == Money("0.04973"))
            #expect(try await world.read { try $1.explain(ResponseID("turn-2"), of: $2, in: $0) } == nil)
        }
    }

    @Test func `a filter restricts rows, totals and export alike`() async throws {
        try await World.open { world in
            for number in 1...6 {
                try await world.turn("turn-\(number)", number == 2 ? .escalatedOnly : .delivered)
                world.time.advance(milliseconds: 1000)
            }
            let filter = UsageFilter(
                from: World.noon.adding(milliseconds: 1000), until: World.noon.adding(milliseconds: 4000), assistant: "Pilot")
            let (rows, totals) = try await world.read { (try $1.usage(of: $2, filter, in: $0), try $1.totals(of: $2, filter, in: $0)) }
            #expect(rows.map(\.response.text) == ["turn-4", "turn-3", "turn-2"])
            #expect(totals.responses == 3 && totals.billedResponses == 2)
            #expect(try await world.csv(filter).split(separator: "\r\n").count == 4)
            let none = UsageFilter(conversation: "another")
            #expect(try await world.read { try $1.totals(of: $2, none, in: $0) }.charged == .zero)
            let page = try await world.read { try $1.usage(of: $2, limit: 2, offset: 1, in: $0) }
            #expect(page.map(\.response.text) == ["turn-5", "turn-4"])
        }
    }

    @Test func `a call is in vain once it ended without an answer or nobody saw its end, and not while it is under way`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            for (number, outcome) in [(1, "timeout"), (2, "answered"), (3, nil)] {
                try await world.attempt("turn-1", number, outcome: outcome)
            }
            #expect(try await world.explain("turn-1").attempts.map(\.isInVain) == [true, false, false])
            try await world.settle("turn-1")
            #expect(try await world.explain("turn-1").attempts.map(\.isInVain) == [true, false, true])
        }
    }

    @Test func `another workspace sees nothing of it`() async throws {
        try await World.open { world in
            try await world.turn("turn-1")
            let other = WorkspaceID("harbour")
            try await world.write { transaction, meter, _ in
                _ = try transaction.ensureWorkspace(other, name: "Harbour", at: World.noon)
                try meter.openAccount(for: other, currency: "EUR", grant: Money("1"), expires: nil, in: transaction)
            }
            let (rows, credit) = try await world.read { querying, meter, _ in
                (try meter.usage(of: other, in: querying), try meter.credit(of: other, in: querying))
            }
            #expect(rows == [])
            #expect(credit.currency == "EUR")
            #expect(credit.available == (try Money("1")))
            let reports = try await world.read { querying, meter, _ in try meter.verifyAll(in: querying) }
            #expect(reports.map(\.workspace.text) == ["harbour", "quayside"])
            #expect(reports.flatMap(\.findings) == [])
        }
    }

    @Test(arguments: [
        ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""), ("+1", "'+1"), ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1+1", "' =1+1"), ("'=1+1", "''=1+1"), ("\tx", "'\tx"), ("a,b", "\"a,b\""), ("two\nlines", "\"two\nlines\""), ("Pilot", "Pilot"),
        ("", ""),
    ])
    func `a name that a spreadsheet would run stays a name`(name: String, cell: String) async throws {
        try await World.open { world in
            let request = try HoldRequest(
                response: ResponseID("turn-1"), workspace: world.workspace, assistant: name, conversation: "conv-1", expires: World.noon)
            try await world.write { transaction, meter, _ in _ = try meter.hold(request, in: transaction) }
            #expect(try await world.csv().contains(",,\(cell),conv-1,"))
        }
    }

    @Test func `the export's amounts are exact and its columns are those it names`() async throws {
        try await World.open { world in
            try await world.turn("turn-1")
            let lines = try await world.csv().split(separator: "\r\n")
            #expect(lines.first.map(String.init) == Meter.exportColumns.joined(separator: ","))
            #expect(
                lines.last.map(String.init)
                    == "turn-1,2026-11-30T12:00:00.000Z,2026-11-30T12:00:00.000Z,Pilot,conv-1,0,delivered,1,1,USD,0.05,"
                    + "0.00027,0.04973,known,0,0,1,1000,0,0,200,0,harbour-1,t1,r1,i1,9300")
        }
    }

    @Test func `credit says what is left, what is held and for how long`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            world.time.advance(milliseconds: World.day)
            let credit = try await world.credit()
            #expect(credit.balance == (try Money("50")))
            #expect(credit.held == (try Money("0.05")))
            #expect(credit.available == (try Money("49.95")))
            let grant = try #require(credit.grants.first)
            #expect(grant.key == "welcome")
            #expect(grant.category == "promotional")
            #expect(grant.granted == (try Money("50")))
            #expect(grant.timeLeftMilliseconds == 29 * World.day)
            #expect(credit.nextExpiry == World.noon.adding(milliseconds: 30 * World.day))
        }
    }

    @Test func `prices go by endpoint, tier of the answer and length of the prompt`() async throws {
        try await World.open { world in
            let start = World.noon
            func price(_ sku: String, _ million: String, minimum: Int = 0, tier: String = "") throws -> Price {
                try Price(
                    book: .cost, sku: sku, measure: .input, unitPrice: Price.perMillionTokens(million), effectiveFrom: start,
                    minimumInputTokens: minimum, serviceTier: tier)
            }
            try await world.setPrices([
                price("m", "1"), price("m", "2", minimum: 1000), price("m", "3", tier: "priority"), price("near/m", "4"),
            ])
            for (id, endpoint, input, tier, million) in [
                ("base", "main", 999, nil, 1), ("long", "main", 1000, nil, 2), ("tier", "main", 999, "priority", 3),
                ("other-tier", "main", 999, "flex", 1), ("near", "near", 5000, nil, 4),
            ] as [(String, String, Int, String?, Int)] {
                try await world.hold(id)
                try await world.attempt(id, model: "m", endpoint: endpoint, outcome: nil)
                let end = try AttemptRecord(
                    workspace: world.workspace, response: ResponseID(id), number: 1, outcome: "answered",
                    usage: TokenUsage(input: input, output: 0, source: .providerFinal), serviceTier: tier)
                try await world.write { transaction, meter, _ in _ = try meter.attemptEnded(end, in: transaction) }
                #expect(try await world.settle(id).cost.pico == Int64(input * million * 1_000_000), "\(id)")
            }
            try await world.expectSound()
        }
    }

    @Test func `the most a call can cost is known before it is sent`() async throws {
        try await World.open { world in
            try await world.hold("turn-1")
            // 4,000 input tokens at the dearer cache-write price, 1,000 output tokens
            #expect(try await world.attempt("turn-1", outcome: nil)?.pico == 4000 * 187_500 + 1000 * 600_000)
            #expect(TokenBound.of(textBytes: 100, messages: 2, maximumOutputTokens: 50) == TokenBound(input: 196, output: 50))
            #expect(TokenBound.of(textBytes: .max, messages: .max, maximumOutputTokens: -1).output == 0)
        }
    }

    @Test func `values outside their range are refused and do not trap`() {
        #expect(throws: MeteringError.self) { try TokenUsage(input: -1, output: 0, source: .none) }
        #expect(throws: MeteringError.self) { try TokenUsage(input: .max, output: .max, source: .none) }
        #expect(throws: MeteringError.self) { try GrantOrder(key: "", amount: Money("1"), category: .purchased) }
        #expect(throws: MeteringError.self) { try GrantOrder(key: "k", amount: .zero, category: .purchased) }
        #expect(throws: MeteringError.self) { try GrantOrder(key: "k", amount: Money("1"), category: .purchased, priority: 101) }
        #expect(throws: MeteringError.self) {
            try Price(book: .sell, sku: "s", measure: .input, unitPrice: .zero, effectiveFrom: World.noon)
        }
        #expect(throws: MeteringError.self) {
            try Closing(workspace: WorkspaceID("w"), response: ResponseID("r"), outcome: .delivered, confidenceBasisPoints: 10_001)
        }
        #expect(throws: MeteringError.self) { try Closing(workspace: WorkspaceID("w"), response: ResponseID("r"), outcome: .abandoned) }
    }
}
