package import Storage

/// What becomes of a wish to sign in, before the password is looked at.
package enum SignInStep: Sendable {
    /// Go on: check the password against `attempt.passwordHash` outside the transaction, then call `finishSignIn`.
    case proceed(SignInAttempt)
    /// Too many wrong passwords. Try again after so many seconds.
    case refused(retryAfterSeconds: Int)
}

/// A sign-in under way. It counts as a wrong password until it is finished with the right one, so that a hundred at the same time are a hundred.
package struct SignInAttempt: Sendable {
    /// What to check the password against; nil where the account does not exist, is suspended or has no password: `PasswordHasher.verify` takes the same work.
    package let passwordHash: String?
    /// Where from.
    package let address: ClientAddress
    let id: Int64
    let account: Account?
    let device: String?
    let browser: BrowserName
}

/// Signing in, in three steps, so that the slow check of the password runs outside the writer: `beginSignIn`, `PasswordHasher.verify`, `finishSignIn`.
///
/// Wrong passwords are counted in the database, so that a restart forgives none: at most 10 in 15 minutes for an account, 30 from an address. A device on which
/// the teammate signed in before (a cookie that opens nothing by itself) has a count of its own, so that nobody locks a teammate out by guessing.
/// Addresses without an account are counted like those with one, under the hash of the address.
extension AccessControl {
    /// Asks whether a sign-in may be tried, and counts it.
    /// - Parameters:
    ///   - device: the remembered device's cookie, where there is one.
    ///   - browser: what it calls itself, for the list of sessions.
    /// - Throws: `StorageError`.
    package func beginSignIn(
        email: String, address: ClientAddress, device: String?, browser: BrowserName = BrowserName(userAgent: nil),
        in transaction: Transaction
    ) throws -> SignInStep {
        let now = clock.now()
        let normalised = EmailText.normalised(email)
        let account = try normalised.flatMap { try self.account(email: $0, in: transaction) }
        let isOwnDevice = try account.map { try isKnown(device, to: $0, in: transaction) } ?? false
        let bucket = isOwnDevice ? deviceBucket(device) : accountBucket(normalised ?? email)
        let waits = [
            try wait(after: wrong(bucket: bucket, now, in: transaction), now),
            try wait(after: wrong(address: address, now, in: transaction), now),
        ].compactMap { $0 }
        if let longest = waits.max() { return .refused(retryAfterSeconds: longest) }
        let row = try transaction.row(
            "INSERT INTO sign_in_attempt(workspace, bucket, address, at_ms) VALUES ($1, $2, $3, $4) RETURNING id", account?.workspace,
            bucket, address.counted, now)
        guard let row else { throw StorageError.unexpectedColumn(index: 0, wanted: "id", found: "nothing") }
        let active = account.flatMap { $0.isSuspended ? nil : $0 }
        let hash = try active.flatMap { try passwordHash(of: $0.teammate, of: $0.workspace, in: transaction) }
        return .proceed(
            SignInAttempt(
                passwordHash: hash, address: address, id: try row[0], account: active, device: device,
                browser: browser))
    }

    /// Ends a sign-in: opens a session under a new id, or leaves the attempt counted.
    /// - Parameters:
    ///   - matches: what `PasswordHasher.verify` said of the password and `attempt.passwordHash`.
    ///   - renewedHash: the same password hashed anew, where the hasher asked for it.
    ///   - oldCookie: the session cookie that the browser sent along, whose session then ends.
    /// - Returns: nil where the password was wrong, or the account was suspended or got another password meanwhile.
    /// - Throws: `StorageError`.
    package func finishSignIn(
        _ attempt: SignInAttempt, matches: Bool, renewedHash: String? = nil, replacing oldCookie: String?, in transaction: Transaction
    ) throws -> NewSession? {
        guard matches, let account = attempt.account, let hash = attempt.passwordHash,
            let now = try find(account.teammate, of: account.workspace, in: transaction), !now.isSuspended,
            try passwordHash(of: now.teammate, of: now.workspace, in: transaction) == hash
        else {
            try record(
                "sign_in.failed", by: "anonymous", of: attempt.account?.workspace, subject: attempt.account?.teammate ?? "",
                ["address": attempt.address.shown], in: transaction)
            return nil
        }
        try forgive(attempt, now, in: transaction)
        if let renewedHash {
            try transaction.run(
                "UPDATE access_account SET password = $3 WHERE workspace = $1 AND teammate = $2", now.workspace, now.teammate, renewedHash)
        }
        return try openSession(
            for: now, address: attempt.address, device: attempt.device, browser: attempt.browser, replacing: oldCookie, in: transaction)
    }

    /// Takes back an attempt whose password was never looked at (`AccessError.busy`): it was nobody's guess.
    /// - Throws: `StorageError`.
    package func abandonSignIn(_ attempt: SignInAttempt, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM sign_in_attempt WHERE id = $1", attempt.id)
    }

    /// The right password clears the account's count. What came from the same addresses still counts for those: an own account is no way to guess on
    /// another.
    private func forgive(_ attempt: SignInAttempt, _ account: Account, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM sign_in_attempt WHERE id = $1", attempt.id)
        try forgive([accountBucket(account.email), deviceBucket(attempt.device)], in: transaction)
    }

    /// Empties counts of wrong passwords.
    func forgive(_ buckets: [String], in transaction: Transaction) throws {
        for bucket in buckets { try transaction.run("UPDATE sign_in_attempt SET bucket = NULL WHERE bucket = $1", bucket) }
    }

    /// For how long nobody gets into an account by guessing or with the right password, except from a device of the teammate's own: there were too many
    /// wrong passwords.
    /// - Returns: seconds; nil where it is open.
    /// - Throws: `StorageError`.
    package func secondsLocked(_ account: Account, in querying: some Querying) throws -> Int? {
        let now = clock.now()
        return wait(after: try wrong(bucket: accountBucket(account.email), now, in: querying), now)
    }

    private func account(email: String, in querying: some Querying) throws -> Account? {
        try querying.row(
            "SELECT workspace, teammate, email, role, password IS NOT NULL, suspended, created_ms FROM access_account WHERE email = $1",
            email
        ).map(Account.init)
    }

    func accountBucket(_ email: String) -> String { "account:" + hex(SecretText.hash(email)) }

    private func deviceBucket(_ device: String?) -> String { "device:" + hex(SecretText.hash(device ?? "")) }

    private func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    /// The oldest of the newest wrong ones that fill the limit: when it is forgotten, there is room again. What lies in the future (the clock was set back)
    /// does not count: it would lock the account until then.
    private func wrong(bucket: String, _ now: Timestamp, in querying: some Querying) throws -> Timestamp? {
        try querying.row(
            "SELECT at_ms FROM sign_in_attempt WHERE bucket = $1 AND at_ms <= $2 ORDER BY at_ms DESC LIMIT 1 OFFSET $3", bucket,
            now.adding(milliseconds: Self.clockStepMilliseconds), Self.mostWrongPerAccount - 1)?[0]
    }

    private func wrong(address: ClientAddress, _ now: Timestamp, in querying: some Querying) throws -> Timestamp? {
        try querying.row(
            "SELECT at_ms FROM sign_in_attempt WHERE address = $1 AND at_ms <= $2 ORDER BY at_ms DESC LIMIT 1 OFFSET $3", address.counted,
            now.adding(milliseconds: Self.clockStepMilliseconds), Self.mostWrongPerAddress - 1)?[0]
    }

    /// In whole seconds, and never longer than the window.
    private func wait(after filled: Timestamp?, _ now: Timestamp) -> Int? {
        guard let filled else { return nil }
        let left = filled.adding(milliseconds: Self.attemptWindowMilliseconds).since(now)
        guard left > 0 else { return nil }
        return Int((min(left, Self.attemptWindowMilliseconds) + 999) / 1000)
    }
}
