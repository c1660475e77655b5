package import Storage

/// How a response ended, and what made it.
package struct Closing: Hashable, Sendable {
    /// Whose it is.
    package let workspace: WorkspaceID
    /// Which response.
    package let response: ResponseID
    /// How it ended; decides who pays.
    package let outcome: ResponseOutcome
    /// The prompt template's version.
    package let templateVersion: String?
    /// The rule set's version.
    package let rulesVersion: String?
    /// The version of the index that was searched.
    package let indexVersion: String?
    /// The model that gave the answer.
    package let model: String?
    /// Effective confidence in basis points, 0...10,000.
    package let confidenceBasisPoints: Int?

    /// - Throws: `MeteringError.invalid` for a confidence outside 0...10,000, and for `.abandoned`, which only `sweep` finds.
    package init(
        workspace: WorkspaceID, response: ResponseID, outcome: ResponseOutcome, templateVersion: String? = nil, rulesVersion: String? = nil,
        indexVersion: String? = nil, model: String? = nil, confidenceBasisPoints: Int? = nil
    ) throws {
        if let confidenceBasisPoints, !(0...10_000).contains(confidenceBasisPoints) {
            throw MeteringError.invalid(what: "a confidence of \(confidenceBasisPoints) basis points")
        }
        guard outcome != .abandoned else { throw MeteringError.invalid(what: "closing a response as abandoned") }
        self.init(
            workspace, response, outcome, templateVersion: templateVersion, rulesVersion: rulesVersion, indexVersion: indexVersion,
            model: model, confidenceBasisPoints: confidenceBasisPoints)
    }

    private init(
        _ workspace: WorkspaceID, _ response: ResponseID, _ outcome: ResponseOutcome, templateVersion: String?, rulesVersion: String?,
        indexVersion: String?, model: String?, confidenceBasisPoints: Int?
    ) {
        self.workspace = workspace
        self.response = response
        self.outcome = outcome
        self.templateVersion = templateVersion
        self.rulesVersion = rulesVersion
        self.indexVersion = indexVersion
        self.model = model
        self.confidenceBasisPoints = confidenceBasisPoints
    }

    /// Nobody closed it.
    static func abandoned(_ response: ResponseID, _ workspace: WorkspaceID) -> Closing {
        Closing(
            workspace, response, .abandoned, templateVersion: nil, rulesVersion: nil, indexVersion: nil, model: nil,
            confidenceBasisPoints: nil)
    }
}

/// What closing a response booked.
package struct Settlement: Hashable, Sendable {
    /// What the workspace was charged.
    package let charged: Money
    /// Which grants paid, and `overrun` for what none covered.
    package let funding: [Funding]
    /// What providers get, as far as it is known.
    package let cost: Money
    /// Tokens that no price covers: the cost is higher than it says. An alarm for whoever keeps the price list.
    package let unpriced: [UnpricedTokens]
    /// Attempts whose end nobody saw: the cost may be higher by up to their bounds.
    package let unknownAttempts: Int
    /// Whether the response had been closed so before.
    package let isReplay: Bool

    /// What was charged although no credit was left. More than nothing is an alarm.
    package var overrun: Money { funding.first { $0.account == Account.overrun }?.amount ?? .zero }
}

extension Meter {
    /// Closes a response in the transaction of its reply: who pays is decided by its outcome, the hold is used and what is left of it given free,
    /// the costs of all attempts are booked. Attempts that are still under way count as `unknown_outcome`; when they end they are booked late.
    /// After the hold has expired this still books, against what credit there is, and the rest as overrun: what happened is never dropped.
    /// - Throws: `MeteringError.unknownResponse`, `.keyReused` where it was closed otherwise, `.noPrice`, `.invalid` where an internal response
    ///   is closed as a billed one, `StorageError`.
    @discardableResult
    package func settle(_ closing: Closing, in transaction: Transaction) throws -> Settlement {
        guard let row = try openRow(closing, transaction) else { throw MeteringError.unknownResponse(closing.response.text) }
        let closed: Timestamp? = try row[0]
        guard closed == nil else { return try replay(closing, row, transaction) }
        let rule = whoPays.rule(closing.outcome)
        let isInternal: Bool = try row[3]
        guard !(isInternal && rule.responsesBilled > 0) else {
            throw MeteringError.invalid(what: "charging for the internal response '\(closing.response)'; close it as internal")
        }
        let price =
            try rule.responsesBilled == 0 ? nil : priceOfResponse(row[1], at: row[2], closing.workspace, transaction)
        let holdState: String? = try row[4]
        return try transaction.attempt { try close(closing, sale: price, hasOpenHold: holdState == "open", transaction) }
    }

    /// Closes a response that nobody pays for, and gives its hold free. Costs are booked all the same.
    /// - Throws: `MeteringError.outcomeIsBilled`, and what `settle` throws.
    @discardableResult
    package func release(_ closing: Closing, in transaction: Transaction) throws -> Settlement {
        guard whoPays.rule(closing.outcome).responsesBilled == 0 else {
            throw MeteringError.outcomeIsBilled(outcome: closing.outcome.rawValue)
        }
        return try settle(closing, in: transaction)
    }

    private func close(_ closing: Closing, sale: PriceLookup.Found?, hasOpenHold: Bool, _ transaction: Transaction) throws -> Settlement {
        let now = clock.now()
        let (workspace, response) = (closing.workspace, closing.response)
        let unknown = try endAttempts(of: response, workspace, now, transaction)
        var charges = try ChargeWriter(response: response, workspace: workspace, now: now, transaction: transaction)
        if let sale { try charges.addSale(at: sale) }
        try charges.addCosts()
        try write(closing, isBilled: sale != nil, now, transaction)
        let reserved = hasOpenHold ? try free(response, workspace, asSettled: sale != nil, transaction) : []
        let funding = try fund(charges.sell, from: reserved, workspace, now, transaction)
        try book(closing, charges, funding, isBilled: sale != nil, now, transaction)
        return Settlement(
            charged: charges.sell, funding: funding, cost: charges.cost, unpriced: charges.unpriced, unknownAttempts: unknown,
            isReplay: false)
    }

    /// Who pays an amount: what was held for it, then what else is free, then overrun.
    private func fund(
        _ amount: Money, from reserved: [Funding], _ workspace: WorkspaceID, _ now: Timestamp, _ transaction: Transaction
    ) throws -> [Funding] {
        var (taken, missing): ([Burn.Source], Money) = try Burn.take(
            amount, from: reserved.map { Burn.Source(account: $0.account, amount: $0.amount) })
        if missing > .zero {
            // The hold was smaller than the price, or had expired. What was taken above is not in the balances yet: leave it out here.
            let free = try Burn.sources(of: workspace, at: now, transaction).map { source -> Burn.Source in
                let used = taken.first { $0.account == source.account }?.amount ?? .zero
                return try Burn.Source(account: source.account, amount: source.amount.subtracting(used))
            }
            let more = try Burn.take(missing, from: free)
            taken += more.taken
            if more.missing > .zero { taken.append(Burn.Source(account: Account.overrun, amount: more.missing)) }
        }
        var funding: [Funding] = []
        for part in taken {
            if let index = funding.firstIndex(where: { $0.account == part.account }) {
                funding[index] = try Funding(account: part.account, amount: funding[index].amount.adding(part.amount))
            } else {
                funding.append(Funding(account: part.account, amount: part.amount))
            }
        }
        return funding
    }

    /// One journal for what was charged (that one a reversal negates), one for what it cost; for a response with neither a journal without lines,
    /// so that the chain covers every closed response.
    private func book(
        _ closing: Closing, _ charges: ChargeWriter, _ funding: [Funding], isBilled: Bool, _ now: Timestamp, _ transaction: Transaction
    ) throws {
        let (workspace, response) = (closing.workspace, closing.response)
        let evidence = try Evidence.ofResponse(response, workspace, transaction)
        func post(_ kind: Journal.Kind, _ lines: [Journal.Line]) throws {
            try Ledger.post(
                Journal(
                    key: "\(kind.rawValue):\(response.text)", kind: kind, subject: .response(response), at: now, evidence: evidence,
                    lines: lines, reason: closing.outcome.rawValue),
                workspace, transaction)
        }
        if isBilled {
            var lines = try funding.map { try Journal.Line(account: $0.account, amount: $0.amount.negated()) }
            if charges.sell > .zero { lines.append(.init(account: Account.revenue, amount: charges.sell)) }
            try post(.usage, lines)
        }
        let costs = try Journal.costLines(charges.cost)
        if !costs.isEmpty { try post(.cost, costs) }
        if !isBilled && costs.isEmpty { try post(.release, []) }
    }

    private func endAttempts(of response: ResponseID, _ workspace: WorkspaceID, _ now: Timestamp, _ transaction: Transaction) throws -> Int
    {
        try transaction.run(
            """
            UPDATE attempt SET state = 'unknown_outcome', ended_ms = $3 WHERE workspace = $1 AND response = $2 AND state = 'sent'
            """, workspace, response, now)
        return try Self.unknownAttempts(of: response, workspace, transaction)
    }

    private static func unknownAttempts(of response: ResponseID, _ workspace: WorkspaceID, _ querying: any Querying) throws -> Int {
        try querying.row(
            "SELECT COUNT(*) FROM attempt WHERE workspace = $1 AND response = $2 AND state = 'unknown_outcome'", workspace, response)?[0]
            ?? 0
    }

    private func write(_ closing: Closing, isBilled: Bool, _ now: Timestamp, _ transaction: Transaction) throws {
        try transaction.run(
            """
            UPDATE response SET closed_ms = $3, outcome = $4, billable = $5, who_pays = $6, template_version = $7, rules_version = $8,
                index_version = $9, model = $10, confidence_bp = $11
            WHERE workspace = $1 AND id = $2
            """, closing.workspace, closing.response, now, closing.outcome.rawValue, isBilled, whoPays.version, closing.templateVersion,
            closing.rulesVersion, closing.indexVersion, closing.model, closing.confidenceBasisPoints)
    }

    private func free(_ response: ResponseID, _ workspace: WorkspaceID, asSettled: Bool, _ transaction: Transaction) throws -> [Funding] {
        try transaction.run(
            "UPDATE hold SET state = $3 WHERE workspace = $1 AND response = $2", workspace, response, asSettled ? "settled" : "released")
        return asSettled ? try Self.holdLines(of: response, workspace, transaction) : []
    }

    private func openRow(_ closing: Closing, _ transaction: Transaction) throws -> Row? {
        try transaction.row(
            """
            SELECT r.closed_ms, r.sku, r.created_ms, r.internal, h.state, r.outcome, r.template_version, r.rules_version, r.index_version,
                r.model, r.confidence_bp
            FROM response r LEFT JOIN hold h ON h.workspace = r.workspace AND h.response = r.id WHERE r.workspace = $1 AND r.id = $2
            """, closing.workspace, closing.response)
    }

    private func replay(_ closing: Closing, _ row: Row, _ transaction: Transaction) throws -> Settlement {
        let (outcome, template): (String?, String?) = try (row[5], row[6])
        let (rules, index, model): (String?, String?, String?) = try (row[7], row[8], row[9])
        let confidence: Int? = try row[10]
        guard outcome == closing.outcome.rawValue, template == closing.templateVersion, rules == closing.rulesVersion,
            index == closing.indexVersion, model == closing.model, confidence == closing.confidenceBasisPoints
        else { throw MeteringError.keyReused(what: "response", key: closing.response.text) }
        let (workspace, response) = (closing.workspace, closing.response)
        let funding = try Self.funding(of: response, workspace, transaction)
        return try Settlement(
            charged: funding.reduce(.zero) { try $0.adding($1.amount) }, funding: funding,
            cost: transaction.row(
                """
                SELECT COALESCE(SUM(amount_pico), 0) FROM charge WHERE workspace = $1 AND response = $2 AND book = 'cost'
                """, workspace, response)?[0] ?? .zero,
            unpriced: Self.unpricedTokens(of: response, workspace, transaction),
            unknownAttempts: Self.unknownAttempts(of: response, workspace, transaction), isReplay: true)
    }

    /// Who paid for a response, from its journal; empty where nothing was charged.
    static func funding(of response: ResponseID, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [Funding] {
        try querying.rows(
            """
            SELECT e.account, -e.amount_pico FROM journal j INDEXED BY journal_subject CROSS JOIN entry e ON e.workspace = j.workspace AND e.journal = j.number
            WHERE j.workspace = $1 AND j.subject_kind = 'response' AND j.subject = $2 AND j.kind = 'usage' AND e.account <> 'revenue'
            ORDER BY e.line
            """, workspace, response
        ).map { try Funding(account: $0[0], amount: $0[1]) }
    }

    /// The tokens of a response that have no price.
    static func unpricedTokens(of response: ResponseID, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [UnpricedTokens] {
        try querying.rows(
            """
            SELECT a.number, a.model, m.measure, m.quantity FROM attempt a JOIN (
                SELECT workspace, response, number, 'input' AS measure, input AS quantity, 1 AS place FROM attempt
                UNION ALL SELECT workspace, response, number, 'input_cached', input_cached, 2 FROM attempt
                UNION ALL SELECT workspace, response, number, 'input_cache_write', input_cache_write, 3 FROM attempt
                UNION ALL SELECT workspace, response, number, 'output', output, 4 FROM attempt
                UNION ALL SELECT workspace, response, number, 'output_reasoning', output_reasoning, 5 FROM attempt
            ) m ON m.workspace = a.workspace AND m.response = a.response AND m.number = a.number
            WHERE a.workspace = $1 AND a.response = $2 AND m.quantity > 0 AND NOT EXISTS
                (SELECT 1 FROM charge c WHERE c.workspace = a.workspace AND c.response = a.response AND c.attempt = a.number
                AND c.measure = m.measure)
            ORDER BY a.number, m.place
            """, workspace, response
        ).map { row in
            guard let measure = Measure(rawValue: try row[2]) else {
                throw StorageError.unexpectedColumn(index: 2, wanted: "a measure", found: "another text")
            }
            return try UnpricedTokens(attempt: row[0], model: row[1], measure: measure, quantity: row[3])
        }
    }
}
