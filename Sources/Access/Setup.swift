package import Storage

/// The first owner. A fresh installation has nobody who could invite anybody, so whoever sees the console of the machine gets a code that makes one owner,
/// once.
extension AccessControl {
    /// Whether nobody can come in as owner yet: no owner has a password.
    /// - Throws: `StorageError`.
    package func needsSetup(_ workspace: WorkspaceID, in querying: some Querying) throws -> Bool {
        try querying.row(
            "SELECT 1 FROM access_account WHERE workspace = $1 AND role = 'owner' AND password IS NOT NULL LIMIT 1", workspace) == nil
    }

    /// Makes the code (`bats_…`) for the console: single use, 24 hours. An earlier one stops working.
    /// - Returns: nil where there is an owner with a password already.
    /// - Throws: `StorageError`.
    package func bootstrapCode(for workspace: WorkspaceID, in transaction: Transaction) throws -> String? {
        guard try needsSetup(workspace, in: transaction) else { return nil }
        let code = SecretText.make(.setupCode)
        let now = clock.now()
        try transaction.run("DELETE FROM setup_code WHERE workspace = $1", workspace)
        try transaction.run(
            "INSERT INTO setup_code(hash, workspace, created_ms, expires_ms) VALUES ($1, $2, $3, $4)", SecretText.hash(code), workspace,
            now,
            now.adding(milliseconds: Self.invitationMilliseconds))
        try record("setup.code", by: "console", of: workspace, subject: workspace.text, in: transaction)
        return code
    }

    /// Which workspace a code is for, for the page that asks for name and password. Nothing is used up.
    /// - Throws: `AccessError.notFound(.setupCode)`; `StorageError`.
    package func workspace(ofSetupCode code: String, in querying: some Querying) throws -> WorkspaceID {
        guard SecretText.isWellFormed(code, .setupCode),
            let row = try querying.row(
                "SELECT workspace FROM setup_code WHERE hash = $1 AND expires_ms > $2", SecretText.hash(code), clock.now())
        else { throw AccessError.notFound(.setupCode) }
        return try row[0]
    }

    /// Makes the first owner (or makes an existing account without a password the owner) and uses the code up. However many try at once, one comes through.
    /// - Parameter passwordHash: from `PasswordHasher.hash`.
    /// - Throws: `AccessError.notFound(.setupCode)`, `.alreadySetUp`, `.accountExists` where the teammate has a password or is suspended, `.badEmail`, `.emailTaken`;
    ///   `StorageError`.
    package func setUpOwner(
        _ teammate: String, email: String, passwordHash: String, code: String, in transaction: Transaction
    ) throws -> Account {
        let workspace = try workspace(ofSetupCode: code, in: transaction)
        guard try needsSetup(workspace, in: transaction) else { throw AccessError.alreadySetUp }
        let email = try Account.normalised(email: email)
        try claim(email, for: teammate, of: workspace, in: transaction)
        let caller = Caller.console(of: workspace)
        if let known = try find(teammate, of: workspace, in: transaction) {
            guard !known.hasPassword, !known.isSuspended else { throw AccessError.accountExists }
            if known.email != email { try changeEmail(of: teammate, to: email, of: workspace, by: caller, in: transaction) }
            try write(.owner, to: teammate, of: workspace, by: caller, in: transaction)
        } else {
            _ = try insert(teammate, email: email, role: .owner, configured: nil, of: workspace, by: caller, transaction)
        }
        try transaction.run("DELETE FROM setup_code WHERE workspace = $1", workspace)
        try record("setup.done", by: caller.actor, of: workspace, subject: teammate, in: transaction)
        return try setPassword(passwordHash, of: teammate, of: workspace, by: caller, in: transaction)
    }
}
