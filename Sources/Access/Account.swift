package import Storage

/// A teammate who can sign in. The name, capacity and skills of the same teammate are elsewhere, under the same id.
package struct Account: Hashable, Sendable {
    /// Where.
    package let workspace: WorkspaceID
    /// The teammate's id, as text.
    package let teammate: String
    /// Trimmed and in lower case; one account of the whole installation has it.
    package let email: String
    /// What the teammate may do.
    package let role: Role
    /// Whether a password was set; without one nobody signs in.
    package let hasPassword: Bool
    /// Whether the teammate was shut out.
    package let isSuspended: Bool
    /// When the account was made.
    package let createdAt: Timestamp

    /// An address as it is stored and compared.
    /// - Throws: `AccessError.badEmail`.
    package static func normalised(email: String) throws -> String {
        guard let email = EmailText.normalised(email) else { throw AccessError.badEmail }
        return email
    }
}

extension AccessControl {
    /// Brings an account up to what the configuration says. Doing it again changes nothing.
    /// - Parameters:
    ///   - role: as written in the file; nil where it says nothing (a new account is then a teammate). A role in the file counts when it is written or changed:
    ///     what was given through the API afterwards stays until the file says something new.
    /// - Returns: the account as now known.
    /// - Throws: `AccessError.badEmail`, `.emailTaken`; `StorageError`.
    @discardableResult
    package func saveAccount(
        _ teammate: String, email: String, role: Role?, of workspace: WorkspaceID, in transaction: Transaction
    ) throws -> Account {
        let email = try Account.normalised(email: email)
        try claim(email, for: teammate, of: workspace, in: transaction)
        let known = try transaction.row(
            "SELECT email, configured_role FROM access_account WHERE workspace = $1 AND teammate = $2", workspace, teammate)
        guard let known else {
            return try insert(
                teammate, email: email, role: role ?? .teammate, configured: role, of: workspace, by: .console(of: workspace), transaction)
        }
        let (before, configured): (String, String?) = try (known[0], known[1])
        if before != email { try changeEmail(of: teammate, to: email, of: workspace, by: .console(of: workspace), in: transaction) }
        if let role, role.rawValue != configured {
            try transaction.run(
                "UPDATE access_account SET configured_role = $3 WHERE workspace = $1 AND teammate = $2", workspace, teammate, role.rawValue)
            try write(role, to: teammate, of: workspace, by: .console(of: workspace), in: transaction)
        }
        return try account(teammate, of: workspace, in: transaction)
    }

    /// Makes an account for a teammate who has none. It has no password until an invitation is accepted.
    /// - Throws: `AccessError.accountExists`, `.badEmail`, `.emailTaken`, `.exceedsOwn`; `StorageError`.
    package func makeAccount(
        _ teammate: String, email: String, role: Role, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws -> Account {
        let email = try Account.normalised(email: email)
        try check(caller, mayGive: role.permissions)
        guard try find(teammate, of: workspace, in: transaction) == nil else { throw AccessError.accountExists }
        try claim(email, for: teammate, of: workspace, in: transaction)
        return try insert(teammate, email: email, role: role, configured: nil, of: workspace, by: caller, transaction)
    }

    /// Gives a teammate another role. It counts from the next request on, in open sessions and in keys the teammate made.
    /// - Throws: `AccessError.notFound(.account)`, `.lastOwner`, `.exceedsOwn`; `StorageError`.
    @discardableResult
    package func setRole(
        of teammate: String, to role: Role, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws -> Account {
        let account = try account(teammate, of: workspace, in: transaction)
        try check(caller, mayGive: role.permissions.union(account.role.permissions))
        if account.role == .owner, role != .owner { try keepAnOwner(besides: account, in: transaction) }
        try write(role, to: teammate, of: workspace, by: caller, in: transaction)
        return try self.account(teammate, of: workspace, in: transaction)
    }

    /// Shuts a teammate out, or lets one in again. Sessions, remembered devices and invitations end for good; keys that the teammate made are refused while
    /// it lasts.
    /// - Throws: `AccessError.notFound(.account)`, `.lastOwner`, `.exceedsOwn`; `StorageError`.
    @discardableResult
    package func setSuspended(
        _ isSuspended: Bool, _ teammate: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws -> Account {
        let account = try account(teammate, of: workspace, in: transaction)
        guard account.isSuspended != isSuspended else { return account }
        try check(caller, mayGive: account.role.permissions)
        if isSuspended, account.role == .owner { try keepAnOwner(besides: account, in: transaction) }
        try transaction.run(
            "UPDATE access_account SET suspended = $3 WHERE workspace = $1 AND teammate = $2", workspace, teammate, isSuspended)
        if isSuspended { try shutAll(of: teammate, of: workspace, in: transaction) }
        try record(
            isSuspended ? "account.suspended" : "account.restored", by: caller.actor, of: workspace, subject: teammate, in: transaction)
        return try self.account(teammate, of: workspace, in: transaction)
    }

    /// Sets a password, and ends every session, remembered device and invitation of the teammate: whoever knew the old one is out.
    /// - Parameter hash: from `PasswordHasher.hash`.
    /// - Throws: `AccessError.notFound(.account)`; `StorageError`.
    @discardableResult
    package func setPassword(
        _ hash: String, of teammate: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws -> Account {
        // What was guessed was another password.
        let email = try account(teammate, of: workspace, in: transaction).email
        try forgive([accountBucket(email)], in: transaction)
        try transaction.run(
            "UPDATE access_account SET password = $3, password_ms = $4 WHERE workspace = $1 AND teammate = $2", workspace, teammate, hash,
            clock.now())
        try shutAll(of: teammate, of: workspace, in: transaction)
        try record("account.password", by: caller.actor, of: workspace, subject: teammate, in: transaction)
        return try account(teammate, of: workspace, in: transaction)
    }

    /// The account of a teammate.
    /// - Throws: `AccessError.notFound(.account)`; `StorageError`.
    package func account(_ teammate: String, of workspace: WorkspaceID, in querying: some Querying) throws -> Account {
        guard let account = try find(teammate, of: workspace, in: querying) else { throw AccessError.notFound(.account) }
        return account
    }

    /// All accounts of a workspace, by teammate.
    /// - Throws: `StorageError`.
    package func accounts(of workspace: WorkspaceID, in querying: some Querying) throws -> [Account] {
        try querying.rows(
            """
            SELECT workspace, teammate, email, role, password IS NOT NULL, suspended, created_ms FROM access_account
            WHERE workspace = $1 ORDER BY teammate
            """, workspace
        ).map(Account.init)
    }

    /// The stored hash of a teammate's password, for asking for it once more before something grave; nil where there is none.
    /// - Throws: `StorageError`.
    package func passwordHash(of teammate: String, of workspace: WorkspaceID, in querying: some Querying) throws -> String? {
        try querying.row("SELECT password FROM access_account WHERE workspace = $1 AND teammate = $2", workspace, teammate)?[0]
    }
}

extension AccessControl {
    func find(_ teammate: String, of workspace: WorkspaceID, in querying: some Querying) throws -> Account? {
        try querying.row(
            """
            SELECT workspace, teammate, email, role, password IS NOT NULL, suspended, created_ms FROM access_account
            WHERE workspace = $1 AND teammate = $2
            """, workspace, teammate
        ).map(Account.init)
    }

    func insert(
        _ teammate: String, email: String, role: Role, configured: Role?, of workspace: WorkspaceID, by caller: Caller,
        _ transaction: Transaction
    ) throws -> Account {
        try transaction.run(
            "INSERT INTO access_account(workspace, teammate, email, role, configured_role, created_ms) VALUES ($1, $2, $3, $4, $5, $6)",
            workspace, teammate, email, role.rawValue, configured?.rawValue, clock.now())
        try record("account.made", by: caller.actor, of: workspace, subject: teammate, ["role": role.rawValue], in: transaction)
        return try account(teammate, of: workspace, in: transaction)
    }

    func claim(_ email: String, for teammate: String, of workspace: WorkspaceID, in transaction: Transaction) throws {
        let holder = try transaction.row(
            "SELECT 1 FROM access_account WHERE email = $1 AND NOT (workspace = $2 AND teammate = $3)", email, workspace, teammate)
        guard holder == nil else { throw AccessError.emailTaken }
    }

    /// An invitation went to the old address: it must not open the account any longer.
    func changeEmail(
        of teammate: String, to email: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws {
        try transaction.run("UPDATE access_account SET email = $3 WHERE workspace = $1 AND teammate = $2", workspace, teammate, email)
        try transaction.run("DELETE FROM invitation WHERE workspace = $1 AND teammate = $2", workspace, teammate)
        try record("account.email", by: caller.actor, of: workspace, subject: teammate, in: transaction)
    }

    func write(_ role: Role, to teammate: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction) throws {
        let changed = try transaction.run(
            "UPDATE access_account SET role = $3 WHERE workspace = $1 AND teammate = $2 AND role <> $3", workspace, teammate, role.rawValue)
        guard changed > 0 else { return }
        try record("account.role", by: caller.actor, of: workspace, subject: teammate, ["role": role.rawValue], in: transaction)
        try self.changed("teammate:" + teammate, of: workspace, in: transaction)
    }

    /// Nobody raises another, or brings down a higher one, beyond what they may do themselves.
    func check(_ caller: Caller, mayGive permissions: Set<Permission>) throws {
        let beyond = permissions.subtracting(caller.permissions)
        guard beyond.isEmpty else { throw AccessError.exceedsOwn(beyond.sorted { $0.rawValue < $1.rawValue }) }
    }

    private func keepAnOwner(besides account: Account, in transaction: Transaction) throws {
        let other = try transaction.row(
            "SELECT 1 FROM access_account WHERE workspace = $1 AND role = 'owner' AND suspended = 0 AND teammate <> $2", account.workspace,
            account.teammate)
        guard other != nil || account.isSuspended else { throw AccessError.lastOwner }
    }
}

extension Account {
    /// From the columns that the queries above name.
    init(_ row: Row) throws {
        let role: String = try row[3]
        guard let known = Role(rawValue: role) else { throw StorageError.unexpectedColumn(index: 3, wanted: "role", found: role) }
        try self.init(
            workspace: row[0], teammate: row[1], email: row[2], role: known, hasPassword: row[4], isSuspended: row[5], createdAt: row[6])
    }
}
