package import Storage

/// Where token counts come from. An estimate is never shown as a fact.
package enum UsageSource: String, Hashable, Sendable, Codable, CaseIterable {
    /// The provider's own final count, zero included.
    case providerFinal = "provider_final"
    /// The provider's running count at the moment the answer broke off.
    case providerPartial = "provider_partial"
    /// The most it can have been.
    case estimatedBound = "estimated_bound"
    /// Counted here.
    case estimatedLocal = "estimated_local"
    /// Nothing is known, or there was nothing.
    case none
}

/// Tokens of one call in five kinds that do not overlap: their sum is all tokens.
package struct TokenUsage: Hashable, Sendable {
    /// Prompt tokens that no cache had.
    package let input: Int
    /// Prompt tokens read from a cache.
    package let inputCached: Int
    /// Prompt tokens written to a cache.
    package let inputCacheWrite: Int
    /// Visible tokens of the answer.
    package let output: Int
    /// Tokens the model thought with.
    package let outputReasoning: Int
    /// Where the counts come from.
    package let source: UsageSource
    /// By which rule the provider's counts were parted.
    package let rule: String?
    /// What the provider said, as it came.
    package let raw: String?
    /// The provider's own sum, if it gave one; where it differs from `total` the row says so.
    package let totalReported: Int?

    /// - Throws: `MeteringError.invalid` for a negative count.
    package init(
        input: Int, inputCached: Int = 0, inputCacheWrite: Int = 0, output: Int, outputReasoning: Int = 0, source: UsageSource,
        rule: String? = nil, raw: String? = nil, totalReported: Int? = nil
    ) throws {
        guard [input, inputCached, inputCacheWrite, output, outputReasoning].allSatisfy({ (0...Self.most).contains($0) }) else {
            throw MeteringError.invalid(what: "a token count below 0 or above \(Self.most)")
        }
        self.input = input
        self.inputCached = inputCached
        self.inputCacheWrite = inputCacheWrite
        self.output = output
        self.outputReasoning = outputReasoning
        self.source = source
        self.rule = rule
        self.raw = raw
        self.totalReported = totalReported
    }

    /// The largest count that is believed; ten thousand times the longest context on the market.
    package static let most = 10_000_000_000

    /// No tokens, no source: the call failed before the model began.
    package static let unknown = TokenUsage()

    private init() {
        (input, inputCached, inputCacheWrite, output, outputReasoning) = (0, 0, 0, 0, 0)
        source = .none
        (rule, raw, totalReported) = (nil, nil, nil)
    }

    /// All tokens.
    package var total: Int { input + inputCached + inputCacheWrite + output + outputReasoning }

    /// The prompt's tokens, by which a price's threshold is chosen.
    var inputTotal: Int { input + inputCached + inputCacheWrite }

    /// What was counted of each kind, in a fixed order.
    var counts: [(measure: Measure, count: Int)] {
        [
            (.input, input), (.inputCached, inputCached), (.inputCacheWrite, inputCacheWrite), (.output, output),
            (.outputReasoning, outputReasoning),
        ]
    }
}

/// How a call ended.
package struct AttemptRecord: Hashable, Sendable {
    /// Whose it is.
    package let workspace: WorkspaceID
    /// For which response.
    package let response: ResponseID
    /// Which attempt.
    package let number: Int
    /// In one word: `answered`, `refused`, `cut`, `timed_out`, `cancelled`, ...
    package let outcome: String
    /// What it used.
    package let usage: TokenUsage
    /// The HTTP status, if one came.
    package let httpStatus: Int?
    /// The provider's id of the answer; may be empty or repeated, nothing depends on it.
    package let providerID: String?
    /// The provider's id of the request.
    package let requestID: String?
    /// The model that answered, often a dated name.
    package let modelAnswered: String?
    /// Why the answer ended.
    package let finishReason: String?
    /// The tier that the ANSWER names; it chooses the price.
    package let serviceTier: String?
    /// Milliseconds from sending to the first byte of the answer.
    package let firstByteMilliseconds: Int?

    /// - Throws: `MeteringError.invalid` for an empty outcome.
    package init(
        workspace: WorkspaceID, response: ResponseID, number: Int, outcome: String, usage: TokenUsage, httpStatus: Int? = nil,
        providerID: String? = nil, requestID: String? = nil, modelAnswered: String? = nil, finishReason: String? = nil,
        serviceTier: String? = nil, firstByteMilliseconds: Int? = nil
    ) throws {
        guard !outcome.isEmpty else { throw MeteringError.invalid(what: "an attempt's end without an outcome") }
        self.workspace = workspace
        self.response = response
        self.number = number
        self.outcome = outcome
        self.usage = usage
        self.httpStatus = httpStatus
        self.providerID = providerID
        self.requestID = requestID
        self.modelAnswered = modelAnswered
        self.finishReason = finishReason
        self.serviceTier = serviceTier
        self.firstByteMilliseconds = firstByteMilliseconds
    }
}

extension Meter {
    /// Records how a call ended. Also after the response was closed (a person took over while the model still wrote): then the cost is booked now,
    /// and nothing is charged for it.
    /// - Returns: whether this was news.
    /// - Throws: `MeteringError.unknownAttempt`, `.keyReused` where it had ended otherwise, `StorageError`.
    @discardableResult
    package func attemptEnded(_ end: AttemptRecord, in transaction: Transaction) throws -> Bool {
        let row = try transaction.row(
            """
            SELECT a.state, r.closed_ms FROM attempt a JOIN response r ON r.workspace = a.workspace AND r.id = a.response
            WHERE a.workspace = $1 AND a.response = $2 AND a.number = $3
            """, end.workspace, end.response, end.number)
        guard let row else { throw MeteringError.unknownAttempt(response: end.response.text, number: end.number) }
        let state: String = try row[0]
        if state == "ended" {
            guard try isRecorded(end, transaction) else {
                throw MeteringError.keyReused(what: "end of attempt", key: "\(end.response.text)/\(end.number)")
            }
            return false
        }
        let closed: Timestamp? = try row[1]
        let now = clock.now()
        guard closed != nil else {
            try update(end, now, transaction)
            return true
        }
        try transaction.attempt {
            try update(end, now, transaction)
            try bookLateCost(end, now, transaction)
        }
        return true
    }

    private func update(_ end: AttemptRecord, _ now: Timestamp, _ transaction: Transaction) throws {
        let usage = end.usage
        try transaction.run(
            """
            UPDATE attempt SET state = 'ended', ended_ms = $4, outcome = $5, http_status = $6, provider_id = $7, request_id = $8,
                model_answered = $9, finish_reason = $10, service_tier = $11, first_byte_ms = $12, input = $13, input_cached = $14,
                input_cache_write = $15, output = $16, output_reasoning = $17, total_reported = $18, usage_source = $19, usage_rule = $20,
                usage_raw = $21
            WHERE workspace = $1 AND response = $2 AND number = $3
            """, end.workspace, end.response, end.number, now, end.outcome, end.httpStatus, end.providerID, end.requestID,
            end.modelAnswered, end.finishReason, end.serviceTier, end.firstByteMilliseconds, usage.input, usage.inputCached,
            usage.inputCacheWrite, usage.output, usage.outputReasoning, usage.totalReported, usage.source.rawValue, usage.rule, usage.raw)
    }

    private func isRecorded(_ end: AttemptRecord, _ transaction: Transaction) throws -> Bool {
        let usage = end.usage
        return try transaction.row(
            """
            SELECT 1 FROM attempt WHERE workspace = $1 AND response = $2 AND number = $3 AND outcome = $4 AND http_status IS $5
            AND provider_id IS $6 AND request_id IS $7 AND model_answered IS $8 AND finish_reason IS $9 AND service_tier IS $10
            AND input = $11 AND input_cached = $12 AND input_cache_write = $13 AND output = $14 AND output_reasoning = $15
            AND total_reported IS $16 AND usage_source = $17 AND usage_rule IS $18 AND usage_raw IS $19
            """, end.workspace, end.response, end.number, end.outcome, end.httpStatus, end.providerID, end.requestID, end.modelAnswered,
            end.finishReason, end.serviceTier, usage.input, usage.inputCached, usage.inputCacheWrite, usage.output, usage.outputReasoning,
            usage.totalReported, usage.source.rawValue, usage.rule, usage.raw) != nil
    }

    private func bookLateCost(_ end: AttemptRecord, _ now: Timestamp, _ transaction: Transaction) throws {
        var charges = try ChargeWriter(response: end.response, workspace: end.workspace, now: now, transaction: transaction)
        try charges.addCosts(attempt: end.number)
        try Ledger.post(
            Journal(
                key: "cost:\(end.response.text):\(end.number)", kind: .cost, subject: .response(end.response), at: now,
                evidence: Evidence.ofResponse(end.response, end.workspace, transaction), lines: Journal.costLines(charges.cost),
                reason: "attempt \(end.number) ended after the response was closed"),
            end.workspace, transaction)
    }
}
