package import Storage

/// How many tokens a call can use at most, known before it is sent and without a tokenizer.
package struct TokenBound: Hashable, Sendable {
    /// Input tokens at most.
    package let input: Int
    /// Output tokens at most, thinking included: the request's own limit.
    package let output: Int

    /// - Parameters:
    ///   - input: tokens; negative counts as 0.
    ///   - output: tokens; negative counts as 0.
    package init(input: Int, output: Int) {
        self.input = max(0, input)
        self.output = max(0, output)
    }

    /// From the text that is sent: byte-level BPE makes at most one token of a byte (never violated over 20,000 random strings and texts in six
    /// scripts with cl100k_base and o200k_base), and a message adds at most 16 tokens of its own, the request 64.
    /// - Parameters:
    ///   - textBytes: UTF-8 bytes of all messages' text.
    ///   - messages: how many messages.
    ///   - maximumOutputTokens: the limit in the request.
    package static func of(textBytes: Int, messages: Int, maximumOutputTokens: Int) -> TokenBound {
        let (own, tooMany) = max(0, messages).multipliedReportingOverflow(by: 16)
        let (sum, tooLong) = max(0, textBytes).addingReportingOverflow(tooMany ? .max / 2 : own)
        let (input, tooLarge) = sum.addingReportingOverflow(64)
        return TokenBound(input: tooLong || tooLarge ? .max : input, output: maximumOutputTokens)
    }
}

/// One call to a model, as it is recorded before its first byte goes out. Without this row no cost can ever be booked for it.
package struct AttemptClaim: Hashable, Sendable {
    /// Whose it is.
    package let workspace: WorkspaceID
    /// For which response.
    package let response: ResponseID
    /// 1, 2, ... within the response.
    package let number: Int
    /// The endpoint's name in the settings; with the model it names the price.
    package let endpoint: String
    /// Who runs the model, where that is known.
    package let provider: String
    /// The model asked for.
    package let model: String
    /// What it can use at most.
    package let bound: TokenBound

    /// - Throws: `MeteringError.invalid` for a number below 1.
    package init(
        workspace: WorkspaceID, response: ResponseID, number: Int, endpoint: String, provider: String = "", model: String, bound: TokenBound
    ) throws {
        guard number >= 1 else { throw MeteringError.invalid(what: "attempt \(number); they count from 1") }
        self.workspace = workspace
        self.response = response
        self.number = number
        self.endpoint = endpoint
        self.provider = provider
        self.model = model
        self.bound = bound
    }
}

extension Meter {
    /// Records a call that is about to be sent. Commit it before the first byte goes out: a process that dies then leaves a trace.
    /// - Returns: the most it can cost; nil where the model has no price.
    /// - Throws: `MeteringError.unknownResponse`, `.alreadyClosed`, `.noPrice` (with `UnpricedPolicy.refuse`), `.keyReused`, `MoneyError.overflow`,
    ///   `StorageError`.
    @discardableResult
    package func attemptWillBeSent(_ claim: AttemptClaim, in transaction: Transaction) throws -> Money? {
        if let row = try recorded(claim, transaction) { return try row[0] }
        guard
            let response = try transaction.row(
                "SELECT outcome FROM response WHERE workspace = $1 AND id = $2", claim.workspace, claim.response)
        else { throw MeteringError.unknownResponse(claim.response.text) }
        if let outcome: String = try response[0] { throw MeteringError.alreadyClosed(response: claim.response.text, outcome: outcome) }
        let now = clock.now()
        let bound = try costBound(claim, at: now, transaction)
        try transaction.run(
            """
            INSERT INTO attempt(workspace, response, number, endpoint, provider, model, state, sent_ms, bound_input, bound_output, bound_pico,
                input, input_cached, input_cache_write, output, output_reasoning, usage_source)
            VALUES ($1, $2, $3, $4, $5, $6, 'sent', $7, $8, $9, $10, 0, 0, 0, 0, 0, 'none')
            """, claim.workspace, claim.response, claim.number, claim.endpoint, claim.provider, claim.model, now, claim.bound.input,
            claim.bound.output, bound)
        return bound
    }

    private func recorded(_ claim: AttemptClaim, _ transaction: Transaction) throws -> Row? {
        let row = try transaction.row(
            """
            SELECT bound_pico, endpoint, provider, model, bound_input, bound_output FROM attempt
            WHERE workspace = $1 AND response = $2 AND number = $3
            """, claim.workspace, claim.response, claim.number)
        guard let row else { return nil }
        let (endpoint, provider, model): (String, String, String) = try (row[1], row[2], row[3])
        guard endpoint == claim.endpoint, provider == claim.provider, model == claim.model,
            try TokenBound(input: row[4], output: row[5]) == claim.bound
        else { throw MeteringError.keyReused(what: "attempt", key: "\(claim.response.text)/\(claim.number)") }
        return row
    }

    /// Input bound times the dearer of input and cache write, and output bound times the dearer of output and reasoning.
    private func costBound(_ claim: AttemptClaim, at now: Timestamp, _ transaction: Transaction) throws -> Money? {
        let prices = try PriceLookup.cost(
            endpoint: claim.endpoint, model: claim.model, serviceTier: "", inputTokens: claim.bound.input, at: now, claim.workspace,
            transaction)
        guard let input = prices[.input]?.unit, let output = prices[.output]?.unit else {
            guard unpriced == .flag else {
                let missing = prices[.input] == nil ? Measure.input : .output
                throw MeteringError.noPrice(book: Book.cost.rawValue, sku: claim.model, meter: missing.rawValue)
            }
            return nil
        }
        return try max(input, prices[.inputCacheWrite]?.unit ?? .zero).times(claim.bound.input)
            .adding(max(output, prices[.outputReasoning]?.unit ?? .zero).times(claim.bound.output))
    }
}
