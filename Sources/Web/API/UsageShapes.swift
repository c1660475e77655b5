import Metering
import Notation
import Storage

/// Usage and what explains a charge, as JSON. Amounts are exact.
enum UsageShapes {
    private static let outcomes = Schema.oneOf(ResponseOutcome.allCases.map(\.rawValue))
    private static let short = Schema.text(0...300)
    private static let kinds = ["input", "input_cached", "input_cache_write", "output", "output_reasoning"]
    private static let tokens = Schema.named("Tokens", .object(kinds.map { .init($0, .integer(0...Int.max)) }))

    private static func json(tokens: [Int]) -> JSON {
        .object(zip(kinds, tokens).map { .init(key: $0, value: Written.number($1)) })
    }

    static let row = Schema.named(
        "UsageRow",
        .object([
            .init("response", .identifier), .init("conversation", .text(0...200)), .init("assistant", short),
            .init("is_internal", .boolean, "a preview, test or evaluation"), .init("created_at", .time),
            .init("closed_at", .time, "absent: under way", required: false), .init("outcome", outcomes, required: false),
            .init("is_billed", .boolean), .init("charged", .money), .init("cost", .money, "of the providers, as far as it is known"),
            .init("margin", .money), .init("cost_state", .oneOf(["known", "unpriced", "unknown_outcome", "estimated"])),
            .init("is_reversed", .boolean), .init("attempts", .count), .init("tokens", tokens),
            .init("unknown_attempts", .count, "whose end nobody saw"), .init("unknown_bound", .money, "what those cost at most"),
            .init("estimated_attempts", .count), .init("unpriced_measures", .count), .init("model", short, required: false),
            .init("prompt_version", short, required: false), .init("rules_version", short, required: false),
            .init("index_version", short, required: false), .init("who_pays_version", short, required: false),
            .init("confidence_basis_points", .integer(0...10_000), required: false),
        ]))

    static func json(_ row: UsageRow, _ currency: String) throws -> JSON {
        .of(
            ("response", .string(row.response.text)), ("conversation", .string(row.conversation)), ("assistant", .string(row.assistant)),
            ("is_internal", .bool(row.isInternal)), ("created_at", Written.time(row.createdAt)), ("closed_at", Written.time(row.closedAt)),
            ("outcome", row.outcome.map { .string($0.rawValue) }), ("is_billed", .bool(row.isBilled)),
            ("charged", Written.money(row.charged, currency)), ("cost", Written.money(row.cost, currency)),
            ("margin", Written.money(try row.margin, currency)), ("cost_state", .string(row.costState)),
            ("is_reversed", .bool(row.isReversed)), ("attempts", Written.number(row.attemptCount)), ("tokens", json(tokens: row.tokens)),
            ("unknown_attempts", Written.number(row.unknownAttempts)), ("unknown_bound", Written.money(row.unknownBound, currency)),
            ("estimated_attempts", Written.number(row.estimatedAttempts)), ("unpriced_measures", Written.number(row.unpricedMeasures)),
            ("model", row.model.map(JSON.string)), ("prompt_version", row.templateVersion.map(JSON.string)),
            ("rules_version", row.rulesVersion.map(JSON.string)), ("index_version", row.indexVersion.map(JSON.string)),
            ("who_pays_version", row.whoPaysVersion.map(JSON.string)),
            ("confidence_basis_points", row.confidenceBasisPoints.map(Written.number)))
    }

    static let sum = Schema.named(
        "UsageSum",
        .object([
            .init("key", short, "the day, assistant or model; absent where no model gave the answer", required: false),
            .init("responses", .count), .init("billed_responses", .count), .init("charged", .money), .init("cost", .money),
        ]))

    static func json(_ sum: UsageSum, _ currency: String) -> JSON {
        .of(
            ("key", sum.key.map(JSON.string)), ("responses", Written.number(sum.responses)),
            ("billed_responses", Written.number(sum.billedResponses)), ("charged", Written.money(sum.charged, currency)),
            ("cost", Written.money(sum.cost, currency)))
    }

    static let totals = Schema.named(
        "UsageTotals",
        .object([
            .init("responses", .count), .init("billed_responses", .count), .init("attempts", .count), .init("charged", .money),
            .init("cost", .money), .init("margin", .money), .init("tokens", tokens), .init("unpriced_responses", .count),
            .init("unknown_attempts", .count), .init("unknown_bound", .money),
        ]))

    static func json(_ totals: UsageTotals, _ currency: String) throws -> JSON {
        .of(
            ("responses", Written.number(totals.responses)), ("billed_responses", Written.number(totals.billedResponses)),
            ("attempts", Written.number(totals.attempts)), ("charged", Written.money(totals.charged, currency)),
            ("cost", Written.money(totals.cost, currency)), ("margin", Written.money(try totals.margin, currency)),
            ("tokens", json(tokens: totals.tokens)), ("unpriced_responses", Written.number(totals.unpricedResponses)),
            ("unknown_attempts", Written.number(totals.unknownAttempts)), ("unknown_bound", Written.money(totals.unknownBound, currency)))
    }

    static let page = Schema.object([
        .init("data", .array(row, most: 1000)),
        .init("next", .text(0...1000), "give it as `after`; absent on the last page", required: false),
        .init("totals", totals, "of all that fit, where `totals=true`", required: false),
    ])

    private static let attempt = Schema.object([
        .init("number", .count), .init("endpoint", short), .init("model", short), .init("model_answered", short, required: false),
        .init("state", short), .init("outcome", short, required: false), .init("http_status", .integer(0...999), required: false),
        .init("provider_id", short, required: false), .init("request_id", short, required: false),
        .init("finish_reason", short, required: false), .init("sent_at", .time), .init("ended_at", .time, required: false),
        .init("first_byte_ms", .count, required: false), .init("tokens", tokens),
        .init("total_reported", .integer(0...Int.max), "the provider's own sum", required: false),
        .init("total_differs", .boolean), .init("usage_source", .oneOf(UsageSource.allCases.map(\.rawValue))),
        .init("usage_rule", short, required: false), .init("bound", .money, "what it can have cost at most", required: false),
    ])

    private static func json(_ row: AttemptRow, _ currency: String) -> JSON {
        .of(
            ("number", Written.number(row.number)), ("endpoint", .string(row.endpoint)), ("model", .string(row.model)),
            ("model_answered", row.modelAnswered.map(JSON.string)), ("state", .string(row.state)),
            ("outcome", row.outcome.map(JSON.string)),
            ("http_status", row.httpStatus.map(Written.number)), ("provider_id", row.providerID.map(JSON.string)),
            ("request_id", row.requestID.map(JSON.string)), ("finish_reason", row.finishReason.map(JSON.string)),
            ("sent_at", Written.time(row.sentAt)), ("ended_at", Written.time(row.endedAt)),
            ("first_byte_ms", row.firstByteMilliseconds.map(Written.number)), ("tokens", json(tokens: row.tokens)),
            ("total_reported", row.totalReported.map(Written.number)), ("total_differs", .bool(row.totalDiffers)),
            ("usage_source", .string(row.usageSource.rawValue)), ("usage_rule", row.usageRule.map(JSON.string)),
            ("bound", row.bound.map { Written.money($0, currency) }))
    }

    private static let charge = Schema.object([
        .init("book", .oneOf(Book.allCases.map(\.rawValue)), "sell: charged; cost: the provider's"),
        .init("attempt", .count, required: false),
        .init("measure", .oneOf(Measure.allCases.map(\.rawValue))), .init("quantity", .integer(0...Int.max)),
        .init("price", .integer(0...Int.max), "number of the price line"), .init("sku", short), .init("unit_price", .money),
        .init("effective_from", .time), .init("amount", .money, "quantity times unit price"),
    ])

    private static func json(_ row: ChargeRow, _ currency: String) -> JSON {
        .of(
            ("book", .string(row.book.rawValue)), ("attempt", row.attempt.map(Written.number)), ("measure", .string(row.measure.rawValue)),
            ("quantity", Written.number(row.quantity)), ("price", Written.number(row.price)), ("sku", .string(row.sku)),
            ("unit_price", Written.money(row.unitPrice, currency)), ("effective_from", Written.time(row.effectiveFrom)),
            ("amount", Written.money(row.amount, currency)))
    }

    static let explanation = Schema.named(
        "ChargeExplanation",
        .object([
            .init("usage", row), .init("in_words", .array(.lines(0...2000), most: 10_000)), .init("attempts", .array(attempt, most: 1000)),
            .init("charges", .array(charge, most: 10_000)),
            .init(
                "unpriced",
                .array(
                    .object([
                        .init("attempt", .count), .init("model", short), .init("measure", .oneOf(Measure.allCases.map(\.rawValue))),
                        .init("quantity", .integer(0...Int.max)),
                    ]), most: 10_000)),
            .init("funding", .array(.object([.init("account", short, "`grant:` and its key"), .init("amount", .money)]), most: 10_000)),
            .init(
                "journals",
                .array(
                    .object([
                        .init("number", .integer(0...Int.max)), .init("kind", short), .init("recorded_at", .time), .init("actor", short),
                        .init("reason", .lines(0...4000)), .init("digest", .text(0...64), "in the chain of the ledger"),
                    ]), most: 10_000)),
        ]))

    static func json(_ charge: ChargeExplanation, _ currency: String) throws -> JSON {
        .of(
            ("usage", try json(charge.usage, currency)), ("in_words", Written.texts(try ChargeInWords.lines(charge, currency))),
            ("attempts", .array(charge.attempts.map { json($0, currency) })),
            ("charges", .array(charge.charges.map { json($0, currency) })),
            (
                "unpriced",
                .array(
                    charge.unpriced.map {
                        .of(
                            ("attempt", Written.number($0.attempt)), ("model", .string($0.model)),
                            ("measure", .string($0.measure.rawValue)),
                            ("quantity", Written.number($0.quantity)))
                    })
            ),
            (
                "funding",
                .array(charge.funding.map { .of(("account", .string($0.account)), ("amount", Written.money($0.amount, currency))) })
            ),
            (
                "journals",
                .array(
                    charge.journals.map {
                        .of(
                            ("number", Written.number($0.number)), ("kind", .string($0.kind)), ("recorded_at", Written.time($0.recordedAt)),
                            ("actor", .string($0.actor)), ("reason", .string($0.reason)), ("digest", .string($0.hash)))
                    })
            ))
    }
}

/// A charge in sentences, for whoever asks "why did this cost that?".
enum ChargeInWords {
    static func lines(_ charge: ChargeExplanation, _ currency: String) throws -> [String] {
        let usage = charge.usage
        var lines = [outcome(usage)]
        for line in charge.charges where line.book == .sell {
            lines.append(
                "Charged: \(line.quantity) × \(line.unitPrice) = \(line.amount) \(currency) (\(line.sku), price line \(line.price)).")
        }
        for funding in charge.funding { lines.append("Paid with \(funding.amount) \(currency) of \(payer(funding.account)).") }
        if usage.isReversed { lines.append("The charge was given back.") }
        for attempt in charge.attempts { lines.append(sentence(attempt)) }
        for line in charge.charges where line.book == .cost {
            let attempt = line.attempt.map { "Attempt \($0)" } ?? "The response"
            lines.append(
                "\(attempt): \(line.quantity) \(name(line.measure)) × \(line.unitPrice) = \(line.amount) \(currency) to the provider.")
        }
        for missing in charge.unpriced {
            lines.append(
                "Attempt \(missing.attempt): \(missing.quantity) \(name(missing.measure)) of \(missing.model) have no price; the cost is too low by them."
            )
        }
        if usage.unknownAttempts > 0 {
            lines.append("\(usage.unknownAttempts) attempts ended unseen; they cost at most \(usage.unknownBound) \(currency) more.")
        }
        lines.append("Charged \(usage.charged), cost \(usage.cost), margin \(try usage.margin) \(currency).")
        return lines
    }

    private static func outcome(_ usage: UsageRow) -> String {
        guard let outcome = usage.outcome else { return "The response is still under way." }
        let paid = usage.isBilled ? "is paid for" : "is not charged"
        let table = usage.whoPaysVersion.map { " (who-pays table \($0))" } ?? ""
        return "It ended as \(outcome.rawValue.replacing("_", with: " ")), which \(paid)\(table)."
    }

    private static func payer(_ account: String) -> String {
        account.hasPrefix("grant:") ? "the grant \(account.dropFirst("grant:".count))" : "no grant: the credit was used up (\(account))"
    }

    private static func sentence(_ attempt: AttemptRow) -> String {
        let answered = attempt.modelAnswered.flatMap { $0 == attempt.model ? nil : " (answered by \($0))" } ?? ""
        let status = attempt.httpStatus.map { ", HTTP \($0)" } ?? ""
        let source = attempt.usageSource == .providerFinal ? "" : ", counted as \(attempt.usageSource.rawValue.replacing("_", with: " "))"
        let tokens = attempt.tokens.reduce(0, +)
        return
            "Attempt \(attempt.number): \(attempt.model)\(answered) at \(attempt.endpoint): \(attempt.outcome ?? attempt.state)\(status), \(tokens) tokens\(source)."
    }

    private static func name(_ measure: Measure) -> String {
        switch measure {
        case .response: "responses"
        case .input: "input tokens"
        case .inputCached: "input tokens from the cache"
        case .inputCacheWrite: "input tokens written to the cache"
        case .output: "output tokens"
        case .outputReasoning: "reasoning tokens"
        }
    }
}
