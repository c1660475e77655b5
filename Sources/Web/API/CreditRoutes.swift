import Access
import HTTPTypes
import Metering
import Notation
import Storage

/// What a workspace has left, more of it, and the proof of the books.
enum CreditRoutes {
    static let all: [Route] = [
        Route(
            .get, "/v1/credit", "getCredit", .usage, "What is left, until when, and every grant", policy: .staff(.usageRead),
            answers: [.init(200, "the credit", CreditShapes.credit)]
        ) { call in
            let meter = call.service.meter
            return .json(CreditShapes.json(try await call.service.store.read { try meter.credit(of: call.workspace, in: $0) }))
        },
        Route(
            .post, "/v1/credit/grants", "grantCredit", .usage, "Gives credit, once for each key of a grant", policy: .staff(.creditWrite),
            input: .json(CreditShapes.order), key: .required,
            answers: [
                .init(200, "this grant was given before: nothing changed", CreditShapes.grant), .init(201, "the grant", CreditShapes.grant),
            ]
        ) { try await grant($0) },
        Route(
            .get, "/v1/ledger", "verifyLedger", .usage,
            "Checks every journal, balance, hold and hash; whoever keeps `head` can prove later that nothing before it was changed",
            policy: .staff(.usageRead), answers: [.init(200, "the findings; none for sound books", CreditShapes.report)]
        ) { call in
            .json(CreditShapes.json(try await call.service.verifyLedger(of: call.workspace)))
        },
        Route(
            .get, "/v1/ledger/journals", "listJournals", .usage, "The journals with their entries, newest first",
            policy: .staff(.usageRead), query: [.limit, .after], answers: [.init(200, "a page", .page(of: CreditShapes.journal))]
        ) { try await journals($0) },
    ]

    private static func grant(_ call: Call) async throws -> Reply {
        let meter = call.service.meter
        let order = try CreditShapes.order(of: call)
        return try await call.service.store.write { transaction in
            try call.once(in: transaction) {
                let isNew = try meter.grant(order, to: call.workspace, in: transaction)
                let credit = try meter.credit(of: call.workspace, in: transaction)
                guard let grant = credit.grants.first(where: { $0.key == order.key }) else { throw Problem.notFound }
                return (isNew ? 201 : 200, CreditShapes.json(grant, credit.currency))
            }
        }
    }

    private static func journals(_ call: Call) async throws -> Reply {
        let (meter, limit) = (call.service.meter, call.limit)
        let before = try call.position(count: 1)?.first.flatMap { Int64($0) }
        let (found, currency) = try await call.service.store.read { snapshot in
            (
                try meter.journals(of: call.workspace, before: before, limit: limit + 1, in: snapshot),
                try meter.currency(of: call.workspace, in: snapshot)
            )
        }
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last.map { call.cursor(["\($0.number)"]) } : nil
        return .page(page.map { CreditShapes.json($0, currency) }, next: next, call)
    }
}

/// Credit and ledger as JSON.
enum CreditShapes {
    private static let short = Schema.text(0...300)
    private static let categories = Schema.oneOf(["promotional", "purchased"])

    static let grant = Schema.named(
        "Grant",
        .object([
            .init("key", short), .init("category", categories), .init("state", .oneOf(["active", "pending", "used", "expired"])),
            .init("priority", .integer(0...100), "lower burns first"), .init("granted", .money), .init("left", .money),
            .init("held", .money, "of what is left, for responses under way"), .init("effective_at", .time),
            .init("expires_at", .time, "absent: never", required: false), .init("time_left_ms", .integer(0...Int.max), required: false),
        ]))

    static let credit = Schema.named(
        "Credit",
        .object([
            .init("balance", .money), .init("held", .money), .init("available", .money, "what a new response can take"),
            .init("overrun", .money, "charged although no credit was left"), .init("next_expiry_at", .time, required: false),
            .init("grants", .array(grant, most: 100_000), "in the order in which they burn"),
        ]))

    static func json(_ credit: CreditSummary) -> JSON {
        .of(
            ("balance", Written.money(credit.balance, credit.currency)), ("held", Written.money(credit.held, credit.currency)),
            ("available", Written.money(credit.available, credit.currency)), ("overrun", Written.money(credit.overrun, credit.currency)),
            ("next_expiry_at", Written.time(credit.nextExpiry)), ("grants", .array(credit.grants.map { json($0, credit.currency) })))
    }

    static func json(_ grant: CreditSummary.Grant, _ currency: String) -> JSON {
        .of(
            ("key", .string(grant.key)), ("category", .string(grant.category)), ("state", .string(grant.state.rawValue)),
            ("priority", Written.number(grant.priority)), ("granted", Written.money(grant.granted, currency)),
            ("left", Written.money(grant.left, currency)), ("held", Written.money(grant.held, currency)),
            ("effective_at", Written.time(grant.effective)), ("expires_at", Written.time(grant.expires)),
            ("time_left_ms", grant.timeLeftMilliseconds.map(Written.number)))
    }

    static let order = Schema.object([
        .init("key", .text(1...200), "names the grant for ever: the purchase's number"),
        .init("amount", .string(.init(length: 1...40, pattern: #"^[0-9]+(\.[0-9]+)?$"#)), "exact decimal in the account's currency"),
        .init("category", categories, "purchased where absent", required: false),
        .init("priority", .integer(0...100), "50 where absent; lower burns first", required: false),
        .init("effective_at", .time, "at once where absent", required: false),
        .init("expires_at", .time, "never where absent", required: false),
        .init("reason", .text(0...1000), "for the journal", required: false),
    ])

    /// - Throws: `Problem`, `MeteringError`, `MoneyError`.
    static func order(of call: Call) throws -> GrantOrder {
        let amount: Money
        do { amount = try Money(call.text("amount") ?? "") } catch { throw Problem.invalid("/amount", "not_an_amount", "\(error)") }
        return try GrantOrder(
            key: call.text("key") ?? "", amount: amount, category: call.text("category") == "promotional" ? .promotional : .purchased,
            priority: call.input["priority"]?.integer ?? 50, effective: try call.moment("effective_at"),
            expires: try call.moment("expires_at"), actor: call.caller.actor, reason: call.text("reason") ?? "")
    }

    static let report = Schema.named(
        "LedgerReport",
        .object([
            .init("is_sound", .boolean), .init("journals", .integer(0...Int.max)), .init("responses", .integer(0...Int.max)),
            .init("head", .text(64...64), "of the newest journal, hexadecimal"),
            .init(
                "findings", .array(.object([.init("rule", short), .init("what", .lines(0...4000))]), most: LedgerReport.mostFindings)),
        ]))

    static func json(_ report: LedgerReport) -> JSON {
        .of(
            ("is_sound", .bool(report.isSound)), ("journals", Written.number(report.journals)),
            ("responses", Written.number(report.responses)), ("head", .string(report.head)),
            ("findings", .array(report.findings.map { .of(("rule", .string($0.rule)), ("what", .string($0.what))) })))
    }

    static let journal = Schema.named(
        "Journal",
        .object([
            .init("number", .integer(0...Int.max)), .init("kind", short), .init("subject_kind", short), .init("subject", short),
            .init("recorded_at", .time), .init("actor", short), .init("reason", .lines(0...4000)), .init("digest", .text(64...64)),
            .init("entries", .array(.object([.init("account", short), .init("amount", .money)]), most: 100_000), "sum to zero"),
        ]))

    static func json(_ journal: BookedJournal, _ currency: String) -> JSON {
        .of(
            ("number", Written.number(journal.number)), ("kind", .string(journal.kind)), ("subject_kind", .string(journal.subjectKind)),
            ("subject", .string(journal.subject)), ("recorded_at", Written.time(journal.recordedAt)), ("actor", .string(journal.actor)),
            ("reason", .string(journal.reason)), ("digest", .string(journal.digest)),
            (
                "entries",
                .array(
                    journal.entries.map { .of(("account", .string($0.account)), ("amount", Written.money($0.amount, currency))) })
            ))
    }
}
