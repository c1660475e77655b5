import Storage

/// A count of tokens that no price covers. Its cost is unknown, not nothing.
package struct UnpricedTokens: Hashable, Sendable, Codable {
    /// In which attempt.
    package let attempt: Int
    /// The model that has no price for it.
    package let model: String
    /// Which kind of tokens.
    package let measure: Measure
    /// How many.
    package let quantity: Int

    /// - Parameters:
    ///   - attempt: 1, 2, ...
    ///   - quantity: 1 or more.
    package init(attempt: Int, model: String, measure: Measure, quantity: Int) {
        self.attempt = attempt
        self.model = model
        self.measure = measure
        self.quantity = quantity
    }
}

/// Writes a response's charges: quantity times the price in force, one line for each kind of token of each attempt.
struct ChargeWriter {
    let response: ResponseID
    let workspace: WorkspaceID
    let now: Timestamp
    let transaction: Transaction
    private(set) var sell = Money.zero
    private(set) var cost = Money.zero
    private(set) var unpriced: [UnpricedTokens] = []
    private var lines: Int

    init(response: ResponseID, workspace: WorkspaceID, now: Timestamp, transaction: Transaction) throws {
        self.response = response
        self.workspace = workspace
        self.now = now
        self.transaction = transaction
        lines =
            try transaction.row(
                "SELECT COALESCE(MAX(line), 0) FROM charge WHERE workspace = $1 AND response = $2", workspace, response)?[0] ?? 0
    }

    mutating func addSale(at price: PriceLookup.Found) throws {
        sell = try sell.adding(price.unit)
        try insert(attempt: nil, .sell, .response, quantity: 1, price)
    }

    /// Costs of one attempt that has ended, or of all of them.
    mutating func addCosts(attempt only: Int? = nil) throws {
        let attempts = try transaction.rows(
            """
            SELECT number, endpoint, model, COALESCE(service_tier, ''), sent_ms, input, input_cached, input_cache_write, output,
                output_reasoning
            FROM attempt WHERE workspace = $1 AND response = $2 AND state = 'ended' AND ($3 IS NULL OR number = $3)
            AND input + input_cached + input_cache_write + output + output_reasoning > 0 ORDER BY number
            """, workspace, response, only)
        for row in attempts {
            let usage = try TokenUsage(
                input: row[5], inputCached: row[6], inputCacheWrite: row[7], output: row[8], outputReasoning: row[9], source: .none)
            let (number, model): (Int, String) = try (row[0], row[2])
            let prices = try PriceLookup.cost(
                endpoint: row[1], model: model, serviceTier: row[3], inputTokens: usage.inputTotal, at: row[4], workspace, transaction)
            for (measure, count) in usage.counts where count > 0 {
                guard let price = prices[measure] else {
                    unpriced.append(UnpricedTokens(attempt: number, model: model, measure: measure, quantity: count))
                    continue
                }
                cost = try cost.adding(price.unit.times(count))
                try insert(attempt: number, .cost, measure, quantity: count, price)
            }
        }
    }

    private mutating func insert(attempt: Int?, _ book: Book, _ measure: Measure, quantity: Int, _ price: PriceLookup.Found) throws {
        lines += 1
        try transaction.run(
            """
            INSERT INTO charge(workspace, response, line, attempt, book, measure, quantity, price, amount_pico, known_prices, recorded_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT MAX(number) FROM price WHERE workspace = $1), $10)
            """, workspace, response, lines, attempt, book.rawValue, measure.rawValue, quantity, price.number, price.unit.times(quantity),
            now)
    }
}

extension Journal {
    /// What providers get for a response; nothing where the cost is nothing or unknown.
    static func costLines(_ cost: Money) throws -> [Line] {
        guard cost > .zero else { return [] }
        return try [Line(account: Account.cogs, amount: cost), Line(account: Account.providerPayable, amount: cost.negated())]
    }
}
