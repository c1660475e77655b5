package import Storage

/// An invitation just made. The same thing serves a new teammate and one who forgot the password.
package struct NewInvitation: Hashable, Sendable {
    /// The secret of the link (`bati_…`); shown now and never again.
    package let token: String
    /// Whom it lets set a password.
    package let account: Account
    /// When it stops working.
    package let expiresAt: Timestamp
}

extension AccessControl {
    /// Invites a teammate to set a password. Earlier invitations of the same teammate stop working; the present password does not, until the new one is used.
    /// - Throws: `AccessError.notFound(.account)`, also for one who is suspended; `.exceedsOwn`; `StorageError`.
    package func invite(
        _ teammate: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws -> NewInvitation {
        let account = try account(teammate, of: workspace, in: transaction)
        guard !account.isSuspended else { throw AccessError.notFound(.account) }
        // Whoever may invite could otherwise take over the account of somebody who may more.
        try check(caller, mayGive: account.role.permissions)
        let token = SecretText.make(.invitation)
        let now = clock.now()
        let expiresAt = now.adding(milliseconds: Self.invitationMilliseconds)
        try transaction.run("DELETE FROM invitation WHERE workspace = $1 AND teammate = $2", workspace, teammate)
        try transaction.run(
            "INSERT INTO invitation(hash, workspace, teammate, made_by, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6)",
            SecretText.hash(token), workspace, teammate, caller.actor, now, expiresAt)
        try record("invitation.made", by: caller.actor, of: workspace, subject: teammate, in: transaction)
        return NewInvitation(token: token, account: account, expiresAt: expiresAt)
    }

    /// Whose invitation it is, for the page that asks for the password. Nothing is used up.
    /// - Throws: `AccessError.notFound(.invitation)` for whatever is no open invitation: used, expired, malformed, empty, of a suspended teammate;
    ///   `StorageError`.
    package func invited(by token: String, in querying: some Querying) throws -> Account {
        guard SecretText.isWellFormed(token, .invitation) else { throw AccessError.notFound(.invitation) }
        let row = try querying.row(
            "SELECT workspace, teammate FROM invitation WHERE hash = $1 AND expires_ms > $2", SecretText.hash(token), clock.now())
        guard let row, let account = try find(row[1], of: row[0], in: querying), !account.isSuspended else {
            throw AccessError.notFound(.invitation)
        }
        return account
    }

    /// Uses an invitation up and sets the password; every session, remembered device and other invitation of the teammate ends. Of several at the same time
    /// one comes through.
    /// - Parameter passwordHash: from `PasswordHasher.hash`.
    /// - Throws: `AccessError.notFound(.invitation)` as for `invited(by:)`; `StorageError`.
    package func accept(_ token: String, passwordHash: String, in transaction: Transaction) throws -> Account {
        let account = try invited(by: token, in: transaction)
        let caller = Caller(.teammate(id: account.teammate, role: account.role), of: account.workspace, credential: nil)
        try record("invitation.accepted", by: caller.actor, of: account.workspace, subject: account.teammate, in: transaction)
        return try setPassword(passwordHash, of: account.teammate, of: account.workspace, by: caller, in: transaction)
    }
}
