import Crypto
package import Storage

/// Names a session.
package enum SessionKind: IdentifierKind { package static let prefix = "ses" }
/// The public name of a session, for lists and logs; it lets nobody in.
package typealias SessionID = Identifier<SessionKind>

/// A session just opened. Both cookies are shown now and never again.
package struct NewSession: Hashable, Sendable {
    /// The value of the session cookie: 256 random bits.
    package let cookie: String
    /// The value of the cookie that remembers the device; it only spares the teammate the lock-out of others' wrong passwords.
    package let deviceCookie: String
    /// Who is in, and the session's CSRF token.
    package let admission: Admission
    /// When the session ends at the latest.
    package let expiresAt: Timestamp
}

/// A session as its owner sees it in a list.
package struct OpenSession: Hashable, Sendable {
    /// Names it.
    package let id: SessionID
    /// Where it was opened from, cut to a network (`ClientAddress.shown`).
    package let address: String
    /// In which browser.
    package let browser: BrowserName
    /// When it was opened.
    package let openedAt: Timestamp
    /// When it was last used, to the minute.
    package let seenAt: Timestamp
    /// When it ends at the latest.
    package let expiresAt: Timestamp
}

extension AccessControl {
    /// Opens a session for somebody whose identity was just proved (`finishSignIn`; a password just changed). Always under a new id.
    /// - Parameters:
    ///   - device: the remembered device's cookie, where the browser has one; kept if it is this teammate's.
    ///   - browser: what it calls itself.
    ///   - oldCookie: the session cookie the browser sent along; that session ends.
    /// - Throws: `StorageError`.
    package func openSession(
        for account: Account, address: ClientAddress, device: String?, browser: BrowserName = BrowserName(userAgent: nil),
        replacing oldCookie: String?, in transaction: Transaction
    ) throws -> NewSession {
        if let oldCookie, SecretText.isCookie(oldCookie) {
            try transaction.run("DELETE FROM session WHERE hash = $1", SecretText.hash(oldCookie))
        }
        let now = clock.now()
        let id = SessionID.new(at: now)
        let cookie = SecretText.random(SecretText.cookieDigits)
        let expiresAt = now.adding(milliseconds: sessionMilliseconds)
        try transaction.run(
            """
            INSERT INTO session(id, hash, workspace, teammate, address, created_ms, seen_ms, expires_ms, browser)
            VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)
            """, id, SecretText.hash(cookie), account.workspace, account.teammate, address.shown, now, expiresAt, browser.text)
        try transaction.run(
            """
            DELETE FROM session WHERE workspace = $1 AND teammate = $2 AND id <> $3 AND id NOT IN
                (SELECT id FROM session WHERE workspace = $1 AND teammate = $2 AND id <> $3 ORDER BY created_ms DESC, id DESC LIMIT $4)
            """, account.workspace, account.teammate, id, Self.mostSessions - 1)
        let deviceCookie = try remember(device, for: account, in: transaction)
        let caller = Caller(.teammate(id: account.teammate, role: account.role), of: account.workspace, credential: id.text)
        try record("session.opened", by: caller.actor, of: account.workspace, subject: id.text, ["address": address.shown], in: transaction)
        let admission = Admission(caller: caller, expiresAt: expiresAt, csrf: csrf(of: cookie), isTouchDue: false)
        return NewSession(cookie: cookie, deviceCookie: deviceCookie, admission: admission, expiresAt: expiresAt)
    }

    /// Who a session cookie lets in.
    /// - Returns: nil where the session has ended (12 hours, 2 hours of rest, signed out, suspended, password changed), or the value is none of ours.
    /// - Throws: `StorageError`.
    package func session(_ cookie: String, in querying: some Querying) throws -> Admission? {
        guard SecretText.isCookie(cookie) else { return nil }
        let now = clock.now()
        let row = try querying.row(
            """
            SELECT s.id, s.workspace, s.teammate, a.role, s.seen_ms, s.expires_ms, s.hash
            FROM session s JOIN access_account a ON a.workspace = s.workspace AND a.teammate = s.teammate
            WHERE s.hash = $1 AND a.suspended = 0 AND s.expires_ms > $2 AND s.seen_ms > $3 AND s.created_ms <= $4
            """, SecretText.hash(cookie), now, now.adding(milliseconds: -sessionIdleMilliseconds),
            now.adding(milliseconds: Self.clockStepMilliseconds))
        return try row.map { try admission(session: $0, csrf: csrf(of: cookie), now) }
    }

    /// Ends one session of a teammate ("sign out here", or another one from the list).
    /// - Returns: whether there was one.
    /// - Throws: `StorageError`.
    @discardableResult
    package func endSession(
        _ id: SessionID, of teammate: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws -> Bool {
        let ended = try transaction.run(
            "DELETE FROM session WHERE id = $1 AND workspace = $2 AND teammate = $3", id, workspace, teammate)
        guard ended > 0 else { return false }
        try record("session.ended", by: caller.actor, of: workspace, subject: id.text, in: transaction)
        try changed("teammate:" + teammate, of: workspace, in: transaction)
        return true
    }

    /// Ends every session of a teammate ("sign out everywhere"). Devices stay remembered.
    /// - Returns: how many there were.
    /// - Throws: `StorageError`.
    @discardableResult
    package func endAllSessions(
        of teammate: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws -> Int {
        let ended = try transaction.run("DELETE FROM session WHERE workspace = $1 AND teammate = $2", workspace, teammate)
        try record("session.all_ended", by: caller.actor, of: workspace, subject: teammate, ["count": "\(ended)"], in: transaction)
        try changed("teammate:" + teammate, of: workspace, in: transaction)
        return ended
    }

    /// The open sessions of a teammate, newest first.
    /// - Throws: `StorageError`.
    package func sessions(of teammate: String, of workspace: WorkspaceID, in querying: some Querying) throws -> [OpenSession] {
        let now = clock.now()
        return try querying.rows(
            """
            SELECT id, address, browser, created_ms, seen_ms, expires_ms FROM session
            WHERE workspace = $1 AND teammate = $2 AND expires_ms > $3 AND seen_ms > $4 ORDER BY created_ms DESC, id DESC
            """, workspace, teammate, now, now.adding(milliseconds: -sessionIdleMilliseconds)
        ).map {
            try OpenSession(
                id: $0[0], address: $0[1], browser: BrowserName(kept: $0[2]), openedAt: $0[3], seenAt: $0[4], expiresAt: $0[5])
        }
    }
}

extension AccessControl {
    /// From the columns: id, workspace, teammate, role, seen, expires.
    func admission(session row: Row, csrf: String?, _ now: Timestamp) throws -> Admission {
        let role: String = try row[3]
        guard let known = Role(rawValue: role) else { throw StorageError.unexpectedColumn(index: 3, wanted: "role", found: role) }
        let (id, workspace, teammate): (String, WorkspaceID, String) = try (row[0], row[1], row[2])
        let (seen, expires): (Timestamp, Timestamp) = try (row[4], row[5])
        return Admission(
            caller: Caller(.teammate(id: teammate, role: known), of: workspace, credential: id),
            expiresAt: min(expires, seen.adding(milliseconds: sessionIdleMilliseconds)), csrf: csrf,
            isTouchDue: now.since(seen) >= Self.touchMilliseconds)
    }

    /// Everything that lets a teammate in without a password, or spares one the lock-out, ends.
    func shutAll(of teammate: String, of workspace: WorkspaceID, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM session WHERE workspace = $1 AND teammate = $2", workspace, teammate)
        try transaction.run("DELETE FROM device WHERE workspace = $1 AND teammate = $2", workspace, teammate)
        try transaction.run("DELETE FROM invitation WHERE workspace = $1 AND teammate = $2", workspace, teammate)
        try changed("teammate:" + teammate, of: workspace, in: transaction)
    }

    func isKnown(_ device: String?, to account: Account, in querying: some Querying) throws -> Bool {
        guard let device, SecretText.isCookie(device) else { return false }
        return try querying.row(
            "SELECT 1 FROM device WHERE hash = $1 AND workspace = $2 AND teammate = $3 AND expires_ms > $4", SecretText.hash(device),
            account.workspace, account.teammate, clock.now()) != nil
    }

    /// Derived from the cookie, which only the browser has: nothing is stored, and the token says nothing about the cookie.
    private func csrf(of cookie: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("baton csrf".utf8), using: SymmetricKey(data: Array(cookie.utf8)))
        return code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func remember(_ device: String?, for account: Account, in transaction: Transaction) throws -> String {
        let expiresAt = clock.now().adding(milliseconds: Self.deviceMilliseconds)
        if let device, try isKnown(device, to: account, in: transaction) {
            try transaction.run("UPDATE device SET expires_ms = $2 WHERE hash = $1", SecretText.hash(device), expiresAt)
            return device
        }
        let device = SecretText.random(SecretText.cookieDigits)
        let hash = SecretText.hash(device)
        try transaction.run(
            "INSERT INTO device(hash, workspace, teammate, expires_ms) VALUES ($1, $2, $3, $4)", hash, account.workspace, account.teammate,
            expiresAt)
        try transaction.run(
            """
            DELETE FROM device WHERE workspace = $1 AND teammate = $2 AND hash <> $3 AND hash NOT IN
                (SELECT hash FROM device WHERE workspace = $1 AND teammate = $2 AND hash <> $3 ORDER BY expires_ms DESC, hash LIMIT $4)
            """, account.workspace, account.teammate, hash, Self.mostDevices - 1)
        return device
    }
}
