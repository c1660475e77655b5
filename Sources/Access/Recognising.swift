package import Storage

extension AccessControl {
    /// Who the text behind `Authorization: Bearer` lets in, key or customer's token, by what it begins with. Every carrier of a credential goes through here,
    /// so that all decide alike.
    /// - Returns: nil for everything that does not hold.
    /// - Throws: `StorageError`.
    package func caller(forBearer text: String, in querying: some Querying) throws -> Admission? {
        text.hasPrefix(SecretText.Kind.customerToken.rawValue)
            ? try caller(forCustomerToken: text, in: querying) : try caller(forKey: text, in: querying)
    }

    /// The same caller as of now, for what lasts longer than a request (a live stream): with the present role and permissions.
    /// - Returns: nil where the credential has died since: ended, revoked, expired, suspended. Anonymous and console callers stay what they are.
    /// - Throws: `StorageError`.
    package func current(_ caller: Caller, in querying: some Querying) throws -> Caller? {
        guard let credential = caller.credential else {
            return caller.kind == .anonymous || caller.kind == .console ? caller : nil
        }
        return try self.caller(ofCredential: credential, in: querying)
    }

    /// Whom a credential lets in as of now, by its public name: for what was handed out to its bearer and must not outlive it.
    /// - Parameter credential: `Caller.credential`.
    /// - Returns: nil where there is none of that name, or it has died since.
    /// - Throws: `StorageError`.
    package func caller(ofCredential credential: String, in querying: some Querying) throws -> Caller? {
        let now = clock.now()
        if credential.hasPrefix(SessionKind.prefix + "_") {
            return try querying.row(
                """
                SELECT s.id, s.workspace, s.teammate, a.role, s.seen_ms, s.expires_ms
                FROM session s JOIN access_account a ON a.workspace = s.workspace AND a.teammate = s.teammate
                WHERE s.id = $1 AND a.suspended = 0 AND s.expires_ms > $2 AND s.seen_ms > $3 AND s.created_ms <= $4
                """, credential, now, now.adding(milliseconds: -sessionIdleMilliseconds),
                now.adding(milliseconds: Self.clockStepMilliseconds)
            ).map { try admission(session: $0, csrf: nil, now).caller }
        }
        if credential.hasPrefix(CustomerTokenKind.prefix + "_") {
            return try querying.row(
                "SELECT id, workspace, customer, conversation, used_ms, expires_ms FROM customer_token WHERE id = $1 AND expires_ms > $2",
                credential, now
            ).map { try admission(customerToken: $0).caller }
        }
        return try keyRow(credential, in: querying).flatMap { try admission(key: $0)?.caller }
    }

    /// Writes down that a credential was used: what keeps a session and a customer's token alive. To be called where `Admission.isTouchDue`; doing it more often
    /// changes nothing within a minute.
    /// - Throws: `StorageError`.
    package func touch(_ caller: Caller, in transaction: Transaction) throws {
        guard let credential = caller.credential else { return }
        let now = clock.now()
        let before = now.adding(milliseconds: -Self.touchMilliseconds)
        switch caller.kind {
        case .teammate: try transaction.run("UPDATE session SET seen_ms = $2 WHERE id = $1 AND seen_ms <= $3", credential, now, before)
        case .key:
            try transaction.run(
                "UPDATE api_key SET used_ms = $2 WHERE id = $1 AND (used_ms IS NULL OR used_ms <= $3)", credential, now, before)
        case .customer:
            try transaction.run(
                "UPDATE customer_token SET used_ms = $2, expires_ms = $3 WHERE id = $1 AND used_ms <= $4", credential, now,
                now.adding(milliseconds: Self.customerTokenMilliseconds), before)
        case .anonymous, .console: break
        }
    }
}
