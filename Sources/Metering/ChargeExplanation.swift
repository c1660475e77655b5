package import Storage

/// One call to a model, as it was recorded.
package struct AttemptRow: Hashable, Sendable, Codable {
    /// 1, 2, ...
    package let number: Int
    /// The endpoint's name.
    package let endpoint: String
    /// The model asked for.
    package let model: String
    /// The model that answered, if it said so.
    package let modelAnswered: String?
    /// `sent`, `ended` or `unknown_outcome`.
    package let state: String
    /// How it ended, in one word.
    package let outcome: String?
    /// The HTTP status.
    package let httpStatus: Int?
    /// The provider's id of the answer.
    package let providerID: String?
    /// The provider's id of the request.
    package let requestID: String?
    /// Why the answer ended.
    package let finishReason: String?
    /// When it was recorded, just before it was sent.
    package let sentAt: Timestamp
    /// When its end was recorded.
    package let endedAt: Timestamp?
    /// Milliseconds to the first byte.
    package let firstByteMilliseconds: Int?
    /// Tokens: input, cached, cache write, output, reasoning.
    package let tokens: [Int]
    /// The provider's own sum, if it gave one.
    package let totalReported: Int?
    /// Where the counts come from.
    package let usageSource: UsageSource
    /// By which rule the counts were parted.
    package let usageRule: String?
    /// What it can have cost at most; nil without a price.
    package let bound: Money?

    /// Whether it ended without an answer, or nobody saw its end: what it cost is paid all the same.
    package var isInVain: Bool { state != "sent" && outcome != "answered" }

    /// Whether the provider's sum is another than that of the five kinds.
    package var totalDiffers: Bool { totalReported.map { $0 != tokens.reduce(0, +) } ?? false }
}

/// One line of what was charged or what it cost: quantity times unit price.
package struct ChargeRow: Hashable, Sendable, Codable {
    /// Sell or cost.
    package let book: Book
    /// Which attempt; nil for the response itself.
    package let attempt: Int?
    /// What was counted.
    package let measure: Measure
    /// How many.
    package let quantity: Int
    /// The price line's number in the workspace's price list.
    package let price: Int64
    /// What the price is for.
    package let sku: String
    /// Of one.
    package let unitPrice: Money
    /// From when the price is valid.
    package let effectiveFrom: Timestamp
    /// Quantity times unit price.
    package let amount: Money
}

/// One booking of a response.
package struct JournalRow: Hashable, Sendable, Codable {
    /// Its number in the workspace: no gaps.
    package let number: Int64
    /// `usage`, `cost`, `release`, `reversal`.
    package let kind: String
    /// When it was booked.
    package let recordedAt: Timestamp
    /// Who decided it, where a person did.
    package let actor: String
    /// Why.
    package let reason: String
    /// Its hash in the chain, hexadecimal.
    package let hash: String
}

/// Everything about one response: from the charge back to tokens, price lines, grants and journals.
package struct ChargeExplanation: Hashable, Sendable, Codable {
    /// The response and its sums.
    package let usage: UsageRow
    /// Its calls.
    package let attempts: [AttemptRow]
    /// Quantity times price, line by line.
    package let charges: [ChargeRow]
    /// Tokens without a price.
    package let unpriced: [UnpricedTokens]
    /// Which grants paid.
    package let funding: [Funding]
    /// Its bookings.
    package let journals: [JournalRow]
}

extension Meter {
    /// Explains one response's charge.
    /// - Returns: nil where there is no such response.
    /// - Throws: `StorageError`.
    package func explain(_ response: ResponseID, of workspace: WorkspaceID, in querying: any Querying) throws -> ChargeExplanation? {
        guard let usage = try usage(of: workspace, UsageFilter(response: response), in: querying).first else { return nil }
        return try ChargeExplanation(
            usage: usage, attempts: attempts(of: response, workspace, querying), charges: charges(of: response, workspace, querying),
            unpriced: usage.closedAt == nil ? [] : Self.unpricedTokens(of: response, workspace, querying),
            funding: Self.funding(of: response, workspace, querying), journals: journals(of: response, workspace, querying))
    }

    private func attempts(of response: ResponseID, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [AttemptRow] {
        try querying.rows(
            """
            SELECT number, endpoint, model, model_answered, state, outcome, http_status, provider_id, request_id, finish_reason, sent_ms,
                ended_ms, first_byte_ms, input, input_cached, input_cache_write, output, output_reasoning, total_reported, usage_source,
                usage_rule, bound_pico
            FROM attempt WHERE workspace = $1 AND response = $2 ORDER BY number
            """, workspace, response
        ).map { row in
            try AttemptRow(
                number: row[0], endpoint: row[1], model: row[2], modelAnswered: row[3], state: row[4], outcome: row[5], httpStatus: row[6],
                providerID: row[7], requestID: row[8], finishReason: row[9], sentAt: row[10], endedAt: row[11],
                firstByteMilliseconds: row[12], tokens: [row[13], row[14], row[15], row[16], row[17]], totalReported: row[18],
                usageSource: UsageSource(rawValue: row[19]) ?? .none, usageRule: row[20], bound: row[21])
        }
    }

    private func charges(of response: ResponseID, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [ChargeRow] {
        try querying.rows(
            """
            SELECT c.book, c.attempt, c.measure, c.quantity, c.price, p.sku, p.unit_pico, p.effective_ms, c.amount_pico
            FROM charge c JOIN price p ON p.workspace = c.workspace AND p.number = c.price
            WHERE c.workspace = $1 AND c.response = $2 ORDER BY c.line
            """, workspace, response
        ).compactMap { row in
            guard let book = Book(rawValue: try row[0]), let measure = Measure(rawValue: try row[2]) else { return nil }
            return try ChargeRow(
                book: book, attempt: row[1], measure: measure, quantity: row[3], price: row[4], sku: row[5], unitPrice: row[6],
                effectiveFrom: row[7], amount: row[8])
        }
    }

    private func journals(of response: ResponseID, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [JournalRow] {
        try querying.rows(
            """
            SELECT number, kind, recorded_ms, actor, reason, hash FROM journal INDEXED BY journal_subject
            WHERE workspace = $1 AND subject_kind = 'response' AND subject = $2 ORDER BY number
            """, workspace, response
        ).map { row in
            try JournalRow(
                number: row[0], kind: row[1], recordedAt: row[2], actor: row[3], reason: row[4], hash: Chain.hex(row[5]))
        }
    }
}
