package import Storage

/// Which side a price is on.
package enum Book: String, Hashable, Sendable, Codable, CaseIterable {
    /// What the workspace pays for a response.
    case sell
    /// What the model's provider takes for tokens.
    case cost
}

/// What is counted. The five token kinds are disjoint: every token is in exactly one.
package enum Measure: String, Hashable, Sendable, Codable, CaseIterable {
    /// One response to a customer, whole.
    case response
    /// Prompt tokens that no cache had.
    case input
    /// Prompt tokens read from the provider's cache.
    case inputCached = "input_cached"
    /// Prompt tokens written to the provider's cache.
    case inputCacheWrite = "input_cache_write"
    /// Tokens of the answer that can be seen.
    case output
    /// Tokens the model thought with and did not show.
    case outputReasoning = "output_reasoning"
}

/// One line of a price list: what one unit of a measure costs from a moment on. Lines are never edited; a new price is a new line with a later
/// `effectiveFrom`, and what was booked before keeps the old one.
package struct Price: Hashable, Sendable {
    /// Sell: only `response`. Cost: the five token measures.
    package let book: Book
    /// Sell: the name of the product (`ai-response`). Cost: `endpoint/model`, or `model` for every endpoint.
    package let sku: String
    /// What is counted.
    package let measure: Measure
    /// Of one response, or of one token. Zero must be written; it is never assumed.
    package let unitPrice: Money
    /// Valid for what begins at this moment or later.
    package let effectiveFrom: Timestamp
    /// Only for requests with at least so many input tokens (all three kinds together); of several lines that fit, the one with the highest wins.
    package let minimumInputTokens: Int
    /// Only for this service tier, as the provider's answer names it; empty for all tiers without a line of their own.
    package let serviceTier: String
    /// Where the price was found: an address, a contract. Shown beside it.
    package let source: String

    /// - Throws: `MeteringError.invalid` for an empty sku, a negative price or a measure that does not belong into the book.
    package init(
        book: Book, sku: String, measure: Measure, unitPrice: Money, effectiveFrom: Timestamp, minimumInputTokens: Int = 0,
        serviceTier: String = "", source: String = ""
    ) throws {
        guard !sku.isEmpty, sku.utf8.count <= 200 else {
            throw MeteringError.invalid(what: "a price without a sku, or with one over 200 bytes")
        }
        guard unitPrice >= .zero else { throw MeteringError.invalid(what: "the price of '\(sku)' is negative") }
        guard minimumInputTokens >= 0 else { throw MeteringError.invalid(what: "'\(sku)' begins at a negative number of tokens") }
        guard (book == .sell) == (measure == .response) else {
            throw MeteringError.invalid(what: "'\(sku)': the sell book has prices per response, the cost book prices per token")
        }
        self.book = book
        self.sku = sku
        self.measure = measure
        self.unitPrice = unitPrice
        self.effectiveFrom = effectiveFrom
        self.minimumInputTokens = minimumInputTokens
        self.serviceTier = serviceTier
        self.source = source
    }

    /// The price of one token, from a provider's list price for a million: `0.15` gives 150,000 picos.
    /// - Throws: `MoneyError`; `.tooFine` where a token's price is not a whole number of picos.
    package static func perMillionTokens(_ text: String) throws -> Money {
        let (token, rest) = try Money(text).pico.quotientAndRemainder(dividingBy: 1_000_000)
        guard rest == 0 else { throw MoneyError.tooFine(text: String(text.prefix(40))) }
        return Money(pico: token)
    }
}

/// A price list, as a whole.
package struct PriceBook: Hashable, Sendable {
    /// ISO 4217: `USD`. The account's own; nothing is converted.
    package let currency: String
    /// All lines, past and future ones too.
    package let prices: [Price]

    /// - Parameters:
    ///   - currency: ISO 4217, as the account's.
    ///   - prices: all lines, in any order.
    package init(currency: String, prices: [Price]) {
        self.currency = currency
        self.prices = prices
    }
}

extension Meter {
    /// Takes the lines of a price list that are not recorded yet; a list given again changes nothing. Lines that are missing from the list stay
    /// valid, for what was booked with them must be explainable for ever.
    /// - Returns: how many lines are new.
    /// - Throws: `MeteringError.priceChanged` for a line that was edited, `.otherCurrency`, `.noAccount`, `StorageError`.
    @discardableResult
    package func setPrices(_ book: PriceBook, for workspace: WorkspaceID, in transaction: Transaction) throws -> Int {
        let currency = try Ledger.currency(of: workspace, in: transaction)
        guard currency == book.currency else { throw MeteringError.otherCurrency(account: currency, given: book.currency) }
        let new = try book.prices.filter { try !isRecorded($0, workspace, transaction) }
        guard !new.isEmpty else { return 0 }
        let now = clock.now()
        return try transaction.attempt {
            let last: Int64 = try transaction.row("SELECT COALESCE(MAX(number), 0) FROM price WHERE workspace = $1", workspace)?[0] ?? 0
            let revision = "prices-\(last + 1)"
            for (offset, price) in new.enumerated() {
                try insert(price, number: last + 1 + Int64(offset), revision: revision, workspace, now, transaction)
            }
            try Ledger.post(
                Journal(
                    key: "prices:\(revision)", kind: .prices, subject: .prices(revision), at: now,
                    evidence: Evidence.ofPrices(revision, workspace, transaction), reason: "\(new.count) new prices"),
                workspace, transaction)
            return new.count
        }
    }

    private func isRecorded(_ price: Price, _ workspace: WorkspaceID, _ transaction: Transaction) throws -> Bool {
        let row = try transaction.row(
            """
            SELECT unit_pico FROM price WHERE workspace = $1 AND book = $2 AND sku = $3 AND measure = $4 AND service_tier = $5
            AND min_input_tokens = $6 AND effective_ms = $7
            """, workspace, price.book.rawValue, price.sku, price.measure.rawValue, price.serviceTier, price.minimumInputTokens,
            price.effectiveFrom)
        guard let row else { return false }
        let recorded: Money = try row[0]
        guard recorded == price.unitPrice else {
            throw MeteringError.priceChanged(
                sku: price.sku, meter: price.measure.rawValue, recorded: recorded, new: price.unitPrice)
        }
        return true
    }

    private func insert(
        _ price: Price, number: Int64, revision: String, _ workspace: WorkspaceID, _ now: Timestamp, _ transaction: Transaction
    ) throws {
        try transaction.run(
            """
            INSERT INTO price(workspace, number, revision, book, sku, measure, unit_pico, min_input_tokens, service_tier, effective_ms,
                recorded_ms, source)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """, workspace, number, revision, price.book.rawValue, price.sku, price.measure.rawValue, price.unitPrice,
            price.minimumInputTokens, price.serviceTier, price.effectiveFrom, now, price.source)
    }
}
