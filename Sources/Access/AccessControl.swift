package import Storage

/// Who is calling, and what may they do? Accounts and their passwords, sessions, API keys, customers' tokens, invitations, the first owner, and the log
/// of all that was done with them.
///
/// Reads take a `Querying` and writes a `Transaction`, so that a change of access is one commit with whatever it belongs to. Changes write their own
/// audit line. Where a credential dies, an event `access.changed` goes into the event log in the same transaction, so that a live stream can ask
/// `current(_:in:)` at once instead of at its next look.
package struct AccessControl: Sendable {
    let clock: Clock
    let sessionIdleMilliseconds: Int64
    let sessionMilliseconds: Int64

    /// The longest name of a key, in Unicode scalars.
    package static let longestName = 200
    /// The longest e-mail address, in bytes of UTF-8 (RFC 5321, section 4.5.3.1.3).
    package static let longestEmail = 254
    /// The most sessions of one teammate; the oldest gives way.
    package static let mostSessions = 20
    /// The most devices remembered of one teammate; the oldest gives way.
    package static let mostDevices = 16
    /// The most keys of one workspace that are not revoked.
    package static let mostKeys = 200
    /// The most wrong passwords for one account (or from one remembered device) in `attemptWindowMilliseconds`.
    package static let mostWrongPerAccount = 10
    /// The most wrong passwords from one address in `attemptWindowMilliseconds`.
    package static let mostWrongPerAddress = 30
    /// How long a wrong password counts: 15 minutes, in milliseconds.
    package static let attemptWindowMilliseconds: Int64 = 15 * 60_000
    /// How long an invitation holds: 24 hours, in milliseconds.
    package static let invitationMilliseconds: Int64 = 24 * 3_600_000
    /// How long a customer's token holds after its last use: 30 days, in milliseconds.
    package static let customerTokenMilliseconds: Int64 = 30 * 86_400_000
    /// How long a device is remembered after the last sign-in on it: 90 days, in milliseconds.
    package static let deviceMilliseconds: Int64 = 90 * 86_400_000
    /// How exactly a last use is written down: one minute, in milliseconds.
    package static let touchMilliseconds: Int64 = 60_000
    /// How far in the future a session may have begun before the clock is not believed: five minutes, in milliseconds. A clock that is set back by more
    /// ends sessions instead of prolonging them.
    static let clockStepMilliseconds: Int64 = 5 * 60_000

    /// - Parameters:
    ///   - clock: the wall clock; expiry survives restarts.
    ///   - sessionIdleMilliseconds: a session that is not used so long ends; two hours.
    ///   - sessionMilliseconds: a session ends so long after the sign-in, whatever happens; twelve hours.
    package init(clock: Clock, sessionIdleMilliseconds: Int64 = 2 * 3_600_000, sessionMilliseconds: Int64 = 12 * 3_600_000) {
        self.clock = clock
        self.sessionIdleMilliseconds = sessionIdleMilliseconds
        self.sessionMilliseconds = sessionMilliseconds
    }

    /// Tells live streams that a credential of this actor may have died.
    func changed(_ actor: String, of workspace: WorkspaceID, in transaction: Transaction) throws {
        try transaction.emit("access.changed", of: actor, in: workspace, at: clock.now())
    }

    /// Removes what has expired: sessions, devices, invitations, customers' tokens, old sign-in attempts; at most `sweepLimit` of each. What was
    /// removed does not come back when the clock is set back. Keys stay, for the audit.
    /// - Throws: `StorageError`.
    package func sweep(in transaction: Transaction) throws {
        let now = clock.now()
        try transaction.run(
            """
            DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_ms <= $1 OR seen_ms <= $2 LIMIT $3)
            """, now, now.adding(milliseconds: -sessionIdleMilliseconds), Self.sweepLimit)
        try transaction.run(
            "DELETE FROM device WHERE hash IN (SELECT hash FROM device WHERE expires_ms <= $1 LIMIT $2)", now, Self.sweepLimit)
        try transaction.run(
            "DELETE FROM invitation WHERE hash IN (SELECT hash FROM invitation WHERE expires_ms <= $1 LIMIT $2)", now, Self.sweepLimit)
        try transaction.run(
            "DELETE FROM customer_token WHERE id IN (SELECT id FROM customer_token WHERE expires_ms <= $1 LIMIT $2)", now, Self.sweepLimit)
        try transaction.run(
            "DELETE FROM sign_in_attempt WHERE id IN (SELECT id FROM sign_in_attempt WHERE at_ms <= $1 LIMIT $2)",
            now.adding(milliseconds: -Self.attemptWindowMilliseconds), Self.sweepLimit)
    }

    /// The most of each kind that one sweep takes.
    static let sweepLimit = 500
}
