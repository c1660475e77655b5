package import Storage

/// Credit to be given to a workspace.
package struct GrantOrder: Hashable, Sendable {
    /// Where the credit comes from.
    package enum Category: String, Hashable, Sendable, Codable {
        /// A gift: booked against `promo_expense`, burnt before paid credit that expires at the same time.
        case promotional
        /// Paid for: booked against `cash`.
        case purchased
    }

    /// Made by the caller, unique in the workspace: the purchase's number. The same purchase confirmed twice is one grant.
    package let key: String
    /// More than zero.
    package let amount: Money
    /// Where the credit comes from.
    package let category: Category
    /// 0...100; lower burns first.
    package let priority: Int
    /// Usable from this moment on; nil: at once.
    package let effective: Timestamp?
    /// Usable before this moment, not at it; nil: for ever.
    package let expires: Timestamp?
    /// Who gave it, for the journal.
    package let actor: String
    /// Why, for the journal.
    package let reason: String

    /// - Throws: `MeteringError.invalid` for an amount that is not above zero, a priority outside 0...100, a key of 0 or over 200 bytes, or an
    ///   expiry that is not after the beginning.
    package init(
        key: String, amount: Money, category: Category, priority: Int = 50, effective: Timestamp? = nil, expires: Timestamp? = nil,
        actor: String = "", reason: String = ""
    ) throws {
        guard (1...200).contains(key.utf8.count) else { throw MeteringError.invalid(what: "a grant's key has 1 to 200 bytes") }
        guard amount > .zero else { throw MeteringError.invalid(what: "a grant of \(amount)") }
        guard (0...100).contains(priority) else { throw MeteringError.invalid(what: "the priority \(priority); it is 0 to 100") }
        if let effective, let expires, expires <= effective {
            throw MeteringError.invalid(what: "a grant that expires before it begins")
        }
        self.key = key
        self.amount = amount
        self.category = category
        self.priority = priority
        self.effective = effective
        self.expires = expires
        self.actor = actor
        self.reason = reason
    }
}

extension Meter {
    /// Opens a workspace's account and gives it a welcome grant, promotional and with an end. The workspace row must exist.
    /// - Parameters:
    ///   - currency: ISO 4217, three letters. It stays.
    ///   - grant: the welcome credit; zero gives none.
    ///   - expires: when the welcome credit ends; nil: never.
    /// - Returns: whether the account is new. An account that exists keeps what it has, whatever the settings say now.
    /// - Throws: `MeteringError.otherCurrency`, `.invalid`, `StorageError`.
    @discardableResult
    package func openAccount(
        for workspace: WorkspaceID, currency: String, grant: Money, expires: Timestamp?, in transaction: Transaction
    ) throws -> Bool {
        if let row = try transaction.row("SELECT currency FROM account WHERE workspace = $1 AND code = $2", workspace, Account.revenue) {
            let existing: String = try row[0]
            guard existing == currency else { throw MeteringError.otherCurrency(account: existing, given: currency) }
            return false
        }
        guard currency.utf8.count == 3 else { throw MeteringError.invalid(what: "the currency '\(currency.prefix(10))'") }
        try transaction.attempt {
            let now = clock.now()
            for code in Account.standing {
                try transaction.run(
                    """
                    INSERT INTO account(workspace, code, kind, currency, floor_pico, priority, category, effective_ms, expires_ms, created_ms)
                    VALUES ($1, $2, $2, $3, NULL, 0, '', $4, NULL, $4)
                    """, workspace, code, currency, now)
            }
            try Ledger.post(
                Journal(
                    key: "open", kind: .open, subject: .workspace, at: now, evidence: Evidence.ofStandingAccounts(workspace, transaction),
                    reason: "account opened in \(currency)"),
                workspace, transaction)
            guard grant != .zero else { return }
            try self.grant(
                GrantOrder(key: "welcome", amount: grant, category: .promotional, expires: expires, reason: "welcome credit"),
                to: workspace, in: transaction)
        }
        return true
    }

    /// Gives credit, once per key.
    /// - Returns: whether the grant is new.
    /// - Throws: `MeteringError.noAccount`, `.keyReused`, `.invalid` for one that has already expired, `StorageError`.
    @discardableResult
    package func grant(_ order: GrantOrder, to workspace: WorkspaceID, in transaction: Transaction) throws -> Bool {
        let currency = try Ledger.currency(of: workspace, in: transaction)
        let code = Account.grant(order.key)
        if try isRecorded(order, code, workspace, transaction) { return false }
        let now = clock.now()
        if let expires = order.expires, expires <= max(now, order.effective ?? now) {
            throw MeteringError.invalid(what: "a grant that has expired at \(expires)")
        }
        try transaction.attempt {
            try transaction.run(
                """
                INSERT INTO account(workspace, code, kind, currency, floor_pico, priority, category, effective_ms, expires_ms, created_ms)
                VALUES ($1, $2, 'grant', $3, 0, $4, $5, $6, $7, $8)
                """, workspace, code, currency, order.priority, order.category.rawValue, order.effective ?? now, order.expires, now)
            let contra = order.category == .promotional ? Account.promoExpense : Account.cash
            try Ledger.post(
                Journal(
                    key: "grant:\(order.key)", kind: .grant, subject: .account(code), at: now,
                    evidence: Evidence.ofAccount(code, workspace, transaction),
                    lines: [.init(account: code, amount: order.amount), .init(account: contra, amount: order.amount.negated())],
                    actor: order.actor, reason: order.reason),
                workspace, transaction)
        }
        return true
    }

    private func isRecorded(_ order: GrantOrder, _ code: String, _ workspace: WorkspaceID, _ transaction: Transaction) throws -> Bool {
        let row = try transaction.row(
            """
            SELECT a.category, a.priority, a.expires_ms, e.amount_pico, a.effective_ms FROM account a
            JOIN journal j ON j.workspace = a.workspace AND j.key = a.code
            JOIN entry e ON e.workspace = a.workspace AND e.journal = j.number AND e.account = a.code
            WHERE a.workspace = $1 AND a.code = $2
            """, workspace, code)
        guard let row else { return false }
        let category: String = try row[0]
        let (priority, expires, amount): (Int, Timestamp?, Money) = try (row[1], row[2], row[3])
        let effective: Timestamp = try row[4]
        guard category == order.category.rawValue, priority == order.priority, expires == order.expires, amount == order.amount,
            order.effective == nil || order.effective == effective
        else { throw MeteringError.keyReused(what: "grant", key: order.key) }
        return true
    }
}

/// Which grants pay, and in which order.
enum Burn {
    struct Source {
        let account: String
        let amount: Money
    }

    /// The grants that have something free at a moment, in the order in which they burn: priority, expiry (soonest first, never last),
    /// promotional before purchased, the beginning, the birth; at last the code, so that the order is total.
    static func sources(of workspace: WorkspaceID, at now: Timestamp, _ transaction: Transaction) throws -> [Source] {
        try transaction.rows(
            """
            SELECT a.code, b.posted_pico - b.held_pico FROM account a
            JOIN balance b ON b.workspace = a.workspace AND b.account = a.code
            WHERE a.workspace = $1 AND a.kind = 'grant' AND a.effective_ms <= $2 AND (a.expires_ms IS NULL OR a.expires_ms > $2)
            AND b.posted_pico > b.held_pico
            ORDER BY a.priority, a.expires_ms IS NULL, a.expires_ms, a.category, a.effective_ms, a.created_ms, a.code
            """, workspace, now
        ).map { try Source(account: $0[0], amount: $0[1]) }
    }

    /// Takes an amount from sources in their order.
    /// - Returns: what each gives, and what is missing.
    static func take(_ amount: Money, from sources: [Source]) throws -> (taken: [Source], missing: Money) {
        var rest = amount
        var taken: [Source] = []
        for source in sources where rest > .zero && source.amount > .zero {
            let part = min(rest, source.amount)
            taken.append(Source(account: source.account, amount: part))
            rest = try rest.subtracting(part)
        }
        return (taken, rest)
    }
}
