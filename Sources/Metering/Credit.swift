package import Storage

/// What a workspace has left, at one moment.
package struct CreditSummary: Hashable, Sendable, Codable {
    /// One grant and what became of it.
    package struct Grant: Hashable, Sendable, Codable {
        /// Where a grant stands.
        package enum State: String, Hashable, Sendable, Codable {
            /// Can be used.
            case active
            /// Begins later.
            case pending
            /// Used to the last pico.
            case used
            /// Its end has come; what was left is, or will be with the next sweep, breakage.
            case expired
        }

        /// The key it was given under.
        package let key: String
        /// Gift or purchase.
        package let category: String
        /// Where it stands.
        package let state: State
        /// 0...100; lower burns first.
        package let priority: Int
        /// What it was worth.
        package let granted: Money
        /// What is left of it, held or not.
        package let left: Money
        /// What of that is held for responses under way.
        package let held: Money
        /// Usable from here on.
        package let effective: Timestamp
        /// Usable before this moment; nil: for ever.
        package let expires: Timestamp?
        /// Milliseconds to its end; nil without one, 0 after it.
        package let timeLeftMilliseconds: Int64?
    }

    /// ISO 4217.
    package let currency: String
    /// What is left of the grants that can be used now, held or not.
    package let balance: Money
    /// What of that is held for responses under way.
    package let held: Money
    /// What a new response can still take.
    package let available: Money
    /// What was charged although no credit was left; the workspace owes it.
    package let overrun: Money
    /// All grants, in the order in which they burn.
    package let grants: [Grant]
    /// The next end of a usable grant with something left; nil where none ends.
    package var nextExpiry: Timestamp? { grants.filter { $0.state == .active }.compactMap(\.expires).min() }
}

extension Meter {
    /// The currency that a workspace's account is kept in.
    /// - Throws: `MeteringError.noAccount`, `StorageError`.
    package func currency(of workspace: WorkspaceID, in querying: any Querying) throws -> String {
        try Ledger.currency(of: workspace, in: querying)
    }

    /// What a workspace has left now.
    /// - Throws: `MeteringError.noAccount`, `StorageError`, `MoneyError.overflow`.
    package func credit(of workspace: WorkspaceID, in querying: any Querying) throws -> CreditSummary {
        let currency = try Ledger.currency(of: workspace, in: querying)
        let now = clock.now()
        let grants = try querying.rows(
            """
            SELECT a.code, a.category, a.priority, a.effective_ms, a.expires_ms, b.posted_pico, b.held_pico,
                (SELECT COALESCE(SUM(e.amount_pico), 0) FROM journal j JOIN entry e ON e.workspace = j.workspace AND e.journal = j.number
                    AND e.account = a.code WHERE j.workspace = a.workspace AND j.key = a.code)
            FROM account a JOIN balance b ON b.workspace = a.workspace AND b.account = a.code
            WHERE a.workspace = $1 AND a.kind = 'grant'
            ORDER BY a.priority, a.expires_ms IS NULL, a.expires_ms, a.category, a.effective_ms, a.created_ms, a.code
            """, workspace
        ).map { try Self.grant($0, now) }
        let usable = grants.filter { $0.state == .active }
        let balance = try usable.reduce(Money.zero) { try $0.adding($1.left) }
        let held = try usable.reduce(Money.zero) { try $0.adding($1.held) }
        let overrun: Money =
            try querying.row(
                "SELECT posted_pico FROM balance WHERE workspace = $1 AND account = $2", workspace, Account.overrun)?[0] ?? .zero
        return try CreditSummary(
            currency: currency, balance: balance, held: held, available: balance.subtracting(held), overrun: overrun.negated(),
            grants: grants)
    }

    private static func grant(_ row: Row, _ now: Timestamp) throws -> CreditSummary.Grant {
        let (code, category, priority): (String, String, Int) = try (row[0], row[1], row[2])
        let (effective, expires): (Timestamp, Timestamp?) = try (row[3], row[4])
        let (left, held, granted): (Money, Money, Money) = try (row[5], row[6], row[7])
        let state: CreditSummary.Grant.State =
            if let expires, expires <= now { .expired } else if left == .zero { .used } else if effective > now { .pending } else {
                .active
            }
        return CreditSummary.Grant(
            key: String(code.dropFirst(Account.grant("").count)), category: category, state: state, priority: priority, granted: granted,
            left: left, held: held, effective: effective, expires: expires,
            timeLeftMilliseconds: expires.map { max(0, $0.since(now)) })
    }
}
