package import Storage

/// Credit to be set aside for one response, before anything is sent.
package struct HoldRequest: Hashable, Sendable {
    /// The response; the key under which a repetition is known.
    package let response: ResponseID
    /// Who pays.
    package let workspace: WorkspaceID
    /// Which assistant answers; unlimited, only named.
    package let assistant: String
    /// The conversation it belongs to.
    package let conversation: String
    /// The product in the sell book.
    package let sku: String
    /// How much; nil: the price of one response in force now, which is exact.
    package let amount: Money?
    /// When the credit is free again if nobody closes the response. A later `settle` still books.
    package let expires: Timestamp
    /// A preview, a test or an evaluation: nothing is held or charged, costs are recorded.
    package let isInternal: Bool

    /// The product's name where none is given.
    package static let usualSKU = "ai-response"

    /// - Throws: `MeteringError.invalid` for a negative amount or an empty response id.
    package init(
        response: ResponseID, workspace: WorkspaceID, assistant: String, conversation: String, sku: String = HoldRequest.usualSKU,
        amount: Money? = nil, expires: Timestamp, isInternal: Bool = false
    ) throws {
        if let amount, amount < .zero { throw MeteringError.invalid(what: "a hold of \(amount)") }
        guard !response.text.isEmpty else { throw MeteringError.invalid(what: "a response without an id") }
        self.response = response
        self.workspace = workspace
        self.assistant = assistant
        self.conversation = conversation
        self.sku = sku
        self.amount = amount
        self.expires = expires
        self.isInternal = isInternal
    }
}

/// A part of an amount, and the account that gives it.
package struct Funding: Hashable, Sendable, Codable {
    /// `grant:` and the grant's key; `overrun` for what no credit covered.
    package let account: String
    /// More than zero.
    package let amount: Money

    /// - Parameters:
    ///   - account: `grant:` and the grant's key, or `overrun`.
    ///   - amount: more than zero.
    package init(account: String, amount: Money) {
        self.account = account
        self.amount = amount
    }
}

/// Credit set aside.
package struct Hold: Hashable, Sendable {
    /// For which response.
    package let response: ResponseID
    /// How much.
    package let amount: Money
    /// From which grants, in the order in which they will burn.
    package let funding: [Funding]
    /// When it is free again by itself.
    package let expires: Timestamp
    /// Whether it was there before this call.
    package let isReplay: Bool
}

extension Meter {
    /// Begins a response and sets its price aside, from one grant or several, whole or not at all. One comparison decides: a hold of exactly what is
    /// free is admitted, one pico more is refused; behind it stands the CHECK `credit_limit`.
    /// - Throws: `MeteringError.creditExhausted` (nothing was written; the transaction goes on), `.noAccount`, `.noPrice` where the sell book
    ///   is silent, `.keyReused`, `StorageError`.
    @discardableResult
    package func hold(_ request: HoldRequest, in transaction: Transaction) throws -> Hold {
        if let existing = try recordedHold(request, transaction) { return existing }
        let now = clock.now()
        guard !request.isInternal else { return try beginInternal(request, now, transaction) }
        let amount = try request.amount ?? priceOfResponse(request.sku, at: now, request.workspace, transaction).unit
        let sources = try Burn.sources(of: request.workspace, at: now, transaction)
        let (taken, missing) = try Burn.take(amount, from: sources)
        guard missing == .zero else {
            _ = try Ledger.currency(of: request.workspace, in: transaction)  // "no account" is another answer than "no credit"
            throw MeteringError.creditExhausted(needed: amount, available: try amount.subtracting(missing))
        }
        if amount == .zero { _ = try Ledger.currency(of: request.workspace, in: transaction) }
        try transaction.attempt {
            try insertResponse(request, now, transaction)
            for (index, source) in taken.enumerated() {
                try transaction.run(
                    "INSERT INTO hold_line(workspace, response, line, account, amount_pico) VALUES ($1, $2, $3, $4, $5)",
                    request.workspace, request.response, index + 1, source.account, source.amount)
            }
            try transaction.run(
                "INSERT INTO hold(workspace, response, state, amount_pico, expires_ms, created_ms) VALUES ($1, $2, 'open', $3, $4, $5)",
                request.workspace, request.response, amount, request.expires, now)
        }
        return Hold(
            response: request.response, amount: amount, funding: taken.map { Funding(account: $0.account, amount: $0.amount) },
            expires: request.expires, isReplay: false)
    }

    func priceOfResponse(_ sku: String, at moment: Timestamp, _ workspace: WorkspaceID, _ querying: any Querying) throws
        -> PriceLookup.Found
    {
        if let price = try PriceLookup.sell(sku, at: moment, workspace, querying) { return price }
        _ = try Ledger.currency(of: workspace, in: querying)
        throw MeteringError.noPrice(book: Book.sell.rawValue, sku: sku, meter: Measure.response.rawValue)
    }

    private func beginInternal(_ request: HoldRequest, _ now: Timestamp, _ transaction: Transaction) throws -> Hold {
        _ = try Ledger.currency(of: request.workspace, in: transaction)
        try insertResponse(request, now, transaction)
        return Hold(response: request.response, amount: .zero, funding: [], expires: request.expires, isReplay: false)
    }

    private func insertResponse(_ request: HoldRequest, _ now: Timestamp, _ transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO response(workspace, id, assistant, conversation, internal, sku, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, request.workspace, request.response, request.assistant, request.conversation, request.isInternal, request.sku, now)
    }

    private func recordedHold(_ request: HoldRequest, _ transaction: Transaction) throws -> Hold? {
        let row = try transaction.row(
            """
            SELECT r.assistant, r.conversation, r.internal, r.sku, h.amount_pico, h.expires_ms FROM response r
            LEFT JOIN hold h ON h.workspace = r.workspace AND h.response = r.id WHERE r.workspace = $1 AND r.id = $2
            """, request.workspace, request.response)
        guard let row else { return nil }
        let (assistant, conversation, sku): (String, String, String) = try (row[0], row[1], row[3])
        let isInternal: Bool = try row[2]
        let (amount, expires): (Money?, Timestamp?) = try (row[4], row[5])
        guard assistant == request.assistant, conversation == request.conversation, isInternal == request.isInternal,
            sku == request.sku, request.amount == nil || isInternal || request.amount == amount
        else { throw MeteringError.keyReused(what: "response", key: request.response.text) }
        let funding = try Self.holdLines(of: request.response, request.workspace, transaction)
        return Hold(
            response: request.response, amount: amount ?? .zero, funding: funding, expires: expires ?? request.expires, isReplay: true)
    }

    static func holdLines(of response: ResponseID, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [Funding] {
        try querying.rows(
            "SELECT account, amount_pico FROM hold_line WHERE workspace = $1 AND response = $2 ORDER BY line", workspace, response
        ).map { try Funding(account: $0[0], amount: $0[1]) }
    }
}

extension Meter {
    /// Responses that began before a moment and are not closed, over all workspaces, oldest first; at most `sweepLimit`.
    /// - Throws: `StorageError`.
    package func openResponses(
        begunBefore moment: Timestamp, in querying: any Querying
    ) throws -> [(workspace: WorkspaceID, response: ResponseID)] {
        try querying.rows(
            "SELECT workspace, id FROM response WHERE closed_ms IS NULL AND created_ms < $1 ORDER BY created_ms LIMIT $2", moment,
            Self.sweepLimit
        ).map { try ($0[0], $0[1]) }
    }
}
