package import Storage

/// Which responses to look at. Everything that is nil does not restrict.
package struct UsageFilter: Hashable, Sendable {
    /// Begun at this moment or later.
    package var from: Timestamp?
    /// Begun before this moment.
    package var until: Timestamp?
    /// By this assistant.
    package var assistant: String?
    /// Answered by this model.
    package var model: String?
    /// In this conversation.
    package var conversation: String?
    /// This one response.
    package var response: ResponseID?
    /// Ended so.
    package var outcome: ResponseOutcome?
    /// Only those with tokens that have no price, or with an attempt whose end is unknown.
    package var onlyUncertain: Bool

    /// - Parameter onlyUncertain: only those whose cost is not fully known.
    package init(
        from: Timestamp? = nil, until: Timestamp? = nil, assistant: String? = nil, model: String? = nil,
        conversation: String? = nil, response: ResponseID? = nil, outcome: ResponseOutcome? = nil, onlyUncertain: Bool = false
    ) {
        self.from = from
        self.until = until
        self.assistant = assistant
        self.model = model
        self.conversation = conversation
        self.response = response
        self.outcome = outcome
        self.onlyUncertain = onlyUncertain
    }
}

/// One response with everything that made its price and its cost.
package struct UsageRow: Hashable, Sendable, Codable {
    /// The response.
    package let response: ResponseID
    /// Which assistant answered.
    package let assistant: String
    /// In which conversation.
    package let conversation: String
    /// Whether it was a preview, a test or an evaluation.
    package let isInternal: Bool
    /// When it began.
    package let createdAt: Timestamp
    /// When it was closed; nil while it is open.
    package let closedAt: Timestamp?
    /// How it ended; nil while it is open.
    package let outcome: ResponseOutcome?
    /// Whether the outcome is one that is paid for.
    package let isBilled: Bool
    /// The version of the who-pays table that decided.
    package let whoPaysVersion: String?
    /// The prompt template's version.
    package let templateVersion: String?
    /// The rule set's version.
    package let rulesVersion: String?
    /// The index's version.
    package let indexVersion: String?
    /// The model that gave the answer.
    package let model: String?
    /// Effective confidence, 0...10,000.
    package let confidenceBasisPoints: Int?
    /// What was charged, less what was given back.
    package let charged: Money
    /// What providers get, as far as it is known (see `unpricedMeasures`, `unknownAttempts`).
    package let cost: Money
    /// Whether the charge was given back.
    package let isReversed: Bool
    /// How many calls were made.
    package let attemptCount: Int
    /// Tokens of all attempts: input, cached, cache write, output, reasoning.
    package let tokens: [Int]
    /// Attempts whose end nobody saw.
    package let unknownAttempts: Int
    /// What those attempts can have cost at most, where their models have prices.
    package let unknownBound: Money
    /// Attempts whose tokens are an estimate.
    package let estimatedAttempts: Int
    /// Kinds of tokens without a price: more than 0 means that `cost` is too low.
    package let unpricedMeasures: Int

    /// Charged less cost.
    /// - Throws: `MoneyError.overflow`.
    package var margin: Money { get throws { try charged.subtracting(cost) } }

    /// From the customer's question to the closing, in milliseconds; nil while it is open.
    package var milliseconds: Int64? { closedAt.map { max(0, $0.since(createdAt)) } }

    /// Where the cost stands: `known`, `unpriced`, `unknown_outcome` or `estimated`, the gravest first.
    package var costState: String {
        if unpricedMeasures > 0 { return "unpriced" }
        if unknownAttempts > 0 { return "unknown_outcome" }
        return estimatedAttempts > 0 ? "estimated" : "known"
    }

    init(_ row: Row) throws {
        (response, assistant, conversation, isInternal) = try (row[0], row[1], row[2], row[3])
        (createdAt, closedAt) = try (row[4], row[5])
        let outcome: String? = try row[6]
        self.outcome = outcome.flatMap(ResponseOutcome.init(rawValue:))
        let billable: Bool? = try row[7]
        isBilled = billable ?? false
        (whoPaysVersion, templateVersion, rulesVersion) = try (row[8], row[9], row[10])
        (indexVersion, model, confidenceBasisPoints) = try (row[11], row[12], row[13])
        (charged, cost, isReversed, attemptCount) = try (row[14], row[15], row[16], row[17])
        tokens = try [row[18], row[19], row[20], row[21], row[22]]
        (unknownAttempts, unknownBound, estimatedAttempts, unpricedMeasures) = try (row[23], row[24], row[25], row[26])
    }
}

/// Sums over responses.
package struct UsageTotals: Hashable, Sendable, Codable {
    /// Responses that were closed as paid for.
    package let billedResponses: Int
    /// All responses.
    package let responses: Int
    /// Calls to models.
    package let attempts: Int
    /// What was charged, less what was given back.
    package let charged: Money
    /// What providers get, as far as it is known.
    package let cost: Money
    /// Tokens: input, cached, cache write, output, reasoning.
    package let tokens: [Int]
    /// Responses with tokens that have no price: `cost` is too low by theirs.
    package let unpricedResponses: Int
    /// Attempts whose end nobody saw.
    package let unknownAttempts: Int
    /// What those can have cost at most.
    package let unknownBound: Money

    /// Charged less cost.
    /// - Throws: `MoneyError.overflow`.
    package var margin: Money { get throws { try charged.subtracting(cost) } }
}

/// A place in the list of responses, which is ordered by the moment they began and by id: where a page ends and the next one begins.
package struct UsagePosition: Hashable, Sendable {
    /// When the last response of the page began.
    package let createdAt: Timestamp
    /// The last response of the page.
    package let response: ResponseID

    /// Memberwise.
    package init(createdAt: Timestamp, response: ResponseID) {
        self.createdAt = createdAt
        self.response = response
    }
}

extension UsageRow {
    /// The place after this row.
    package var position: UsagePosition { UsagePosition(createdAt: createdAt, response: response) }
}

extension Meter {
    /// Calls `body` for one response after the other, newest first.
    /// - Parameters:
    ///   - after: only what comes after this place; stays right while responses are added.
    ///   - limit: at most so many, 1 or more.
    ///   - offset: after so many.
    /// - Throws: `StorageError`, or what `body` throws.
    package func eachUsage(
        of workspace: WorkspaceID, _ filter: UsageFilter = UsageFilter(), after: UsagePosition? = nil, limit: Int = .max, offset: Int = 0,
        in querying: any Querying, body: (UsageRow) throws -> Void
    ) throws {
        try querying.eachRow(
            """
            SELECT id, assistant, conversation, internal, created_ms, closed_ms, outcome, billable, who_pays, template_version,
                rules_version, index_version, model, confidence_bp, charged_pico, cost_pico, reversed, attempts, input, input_cached,
                input_cache_write, output, output_reasoning, unknown_attempts, bound_pico, estimated_attempts, unpriced_measures
            FROM usage_row
            WHERE workspace = $1 AND ($2 IS NULL OR created_ms >= $2) AND ($3 IS NULL OR created_ms < $3)
            AND ($4 IS NULL OR assistant = $4) AND ($5 IS NULL OR conversation = $5) AND ($6 IS NULL OR id = $6)
            AND ($7 IS NULL OR outcome = $7) AND ($8 = 0 OR unpriced_measures > 0 OR unknown_attempts > 0)
            AND ($13 IS NULL OR model = $13) AND ($11 IS NULL OR created_ms < $11 OR (created_ms = $11 AND id < $12))
            ORDER BY created_ms DESC, id DESC LIMIT $9 OFFSET $10
            """, workspace, filter.from, filter.until, filter.assistant, filter.conversation, filter.response, filter.outcome?.rawValue,
            filter.onlyUncertain, max(1, limit), max(0, offset), after?.createdAt, after?.response, filter.model
        ) { try body(UsageRow($0)) }
    }

    /// The responses of a filter, newest first.
    /// - Parameters:
    ///   - after: only what comes after this place.
    ///   - limit: 1...1000.
    ///   - offset: after so many.
    /// - Throws: `StorageError`.
    package func usage(
        of workspace: WorkspaceID, _ filter: UsageFilter = UsageFilter(), after: UsagePosition? = nil, limit: Int = 100, offset: Int = 0,
        in querying: any Querying
    ) throws -> [UsageRow] {
        var rows: [UsageRow] = []
        try eachUsage(of: workspace, filter, after: after, limit: min(max(1, limit), 1000), offset: offset, in: querying) {
            rows.append($0)
        }
        return rows
    }

    /// The sums of a filter: THE totals. Charged and cost are sums over the ledger's entries; every page and export shows these and adds nothing up by
    /// itself.
    /// - Throws: `StorageError` where a sum leaves the range of 64 bits.
    package func totals(of workspace: WorkspaceID, _ filter: UsageFilter = UsageFilter(), in querying: any Querying) throws -> UsageTotals {
        let row = try querying.row(
            """
            SELECT COALESCE(SUM(billable), 0), COUNT(*), COALESCE(SUM(attempts), 0), COALESCE(SUM(charged_pico), 0),
                COALESCE(SUM(cost_pico), 0), COALESCE(SUM(input), 0), COALESCE(SUM(input_cached), 0), COALESCE(SUM(input_cache_write), 0),
                COALESCE(SUM(output), 0), COALESCE(SUM(output_reasoning), 0), COALESCE(SUM(unpriced_measures > 0), 0),
                COALESCE(SUM(unknown_attempts), 0), COALESCE(SUM(bound_pico), 0)
            FROM usage_row
            WHERE workspace = $1 AND ($2 IS NULL OR created_ms >= $2) AND ($3 IS NULL OR created_ms < $3)
            AND ($4 IS NULL OR assistant = $4) AND ($5 IS NULL OR conversation = $5) AND ($6 IS NULL OR id = $6)
            AND ($7 IS NULL OR outcome = $7) AND ($8 = 0 OR unpriced_measures > 0 OR unknown_attempts > 0)
            AND ($9 IS NULL OR model = $9)
            """, workspace, filter.from, filter.until, filter.assistant, filter.conversation, filter.response, filter.outcome?.rawValue,
            filter.onlyUncertain, filter.model)
        guard let row else { throw StorageError.unexpectedColumn(index: 0, wanted: "a row of sums", found: "no row") }
        return try UsageTotals(
            billedResponses: row[0], responses: row[1], attempts: row[2], charged: row[3], cost: row[4],
            tokens: [row[5], row[6], row[7], row[8], row[9]], unpricedResponses: row[10], unknownAttempts: row[11], unknownBound: row[12])
    }
}
