package import Storage

/// What a sweep found and put in order.
package struct SweepReport: Hashable, Sendable {
    /// Responses whose hold expired: their credit is free again.
    package internal(set) var expiredHolds: [ResponseID] = []
    /// Calls whose process died: response and number.
    package internal(set) var unknownAttempts: [String] = []
    /// Responses that nobody will close any more.
    package internal(set) var abandoned: [ResponseID] = []
    /// Grants that ended with something left, and how much.
    package internal(set) var breakage: [Funding] = []
    /// Whether a limit was reached, so that sweeping again at once is worthwhile.
    package internal(set) var isUnfinished = false

    /// Whether there was nothing to do.
    package var isEmpty: Bool { expiredHolds.isEmpty && unknownAttempts.isEmpty && abandoned.isEmpty && breakage.isEmpty }
}

extension Meter {
    /// How long a response may stay open before `sweep` closes it as abandoned: a day, many times the longest turn.
    package static let abandonedAfterMilliseconds: Int64 = 86_400_000

    /// The most of each kind that one sweep takes, so that the writer is never busy with it for long.
    package static let sweepLimit = 500

    /// Puts in order what nobody else will: holds past their time, calls whose process died, responses that stayed open for a day, grants that
    /// ended. Sweeping twice changes nothing more.
    /// - Parameter attemptsSentBefore: calls sent before this moment and not ended are taken for dead: the start of this process, or the present
    ///   less the longest time a call may take.
    /// - Throws: `StorageError`, `MoneyError`.
    @discardableResult
    package func sweep(attemptsSentBefore: Timestamp, in transaction: Transaction) throws -> SweepReport {
        var report = SweepReport()
        let now = clock.now()
        for row in try transaction.rows("SELECT workspace FROM account WHERE code = $1 ORDER BY workspace", Account.revenue) {
            let workspace: WorkspaceID = try row[0]
            try transaction.attempt {
                try expireHolds(workspace, now, &report, transaction)
                try endDeadAttempts(workspace, sentBefore: attemptsSentBefore, now, &report, transaction)
                try closeAbandoned(workspace, now, &report, transaction)
                try breakGrants(workspace, now, &report, transaction)
            }
        }
        return report
    }

    private func expireHolds(_ workspace: WorkspaceID, _ now: Timestamp, _ report: inout SweepReport, _ transaction: Transaction) throws {
        let due = try transaction.rows(
            "SELECT response FROM hold WHERE workspace = $1 AND state = 'open' AND expires_ms <= $2 ORDER BY expires_ms LIMIT $3",
            workspace, now, Self.sweepLimit)
        for row in due {
            let response: ResponseID = try row[0]
            try transaction.run("UPDATE hold SET state = 'expired' WHERE workspace = $1 AND response = $2", workspace, response)
            report.expiredHolds.append(response)
        }
        if due.count == Self.sweepLimit { report.isUnfinished = true }
    }

    private func endDeadAttempts(
        _ workspace: WorkspaceID, sentBefore: Timestamp, _ now: Timestamp, _ report: inout SweepReport, _ transaction: Transaction
    ) throws {
        let dead = try transaction.rows(
            "SELECT response, number FROM attempt WHERE workspace = $1 AND state = 'sent' AND sent_ms < $2 ORDER BY sent_ms LIMIT $3",
            workspace, sentBefore, Self.sweepLimit)
        for row in dead {
            let (response, number): (ResponseID, Int) = try (row[0], row[1])
            try transaction.run(
                """
                UPDATE attempt SET state = 'unknown_outcome', ended_ms = $4 WHERE workspace = $1 AND response = $2 AND number = $3
                """, workspace, response, number, now)
            report.unknownAttempts.append("\(response.text)/\(number)")
        }
        if dead.count == Self.sweepLimit { report.isUnfinished = true }
    }

    private func closeAbandoned(_ workspace: WorkspaceID, _ now: Timestamp, _ report: inout SweepReport, _ transaction: Transaction) throws
    {
        let left = try transaction.rows(
            """
            SELECT r.id FROM response r WHERE r.workspace = $1 AND r.closed_ms IS NULL AND r.created_ms <= $2
            AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.workspace = r.workspace AND h.response = r.id AND h.state = 'open')
            AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id AND a.state = 'sent')
            ORDER BY r.created_ms LIMIT $3
            """, workspace, now.adding(milliseconds: -Self.abandonedAfterMilliseconds), Self.sweepLimit)
        for row in left {
            let response: ResponseID = try row[0]
            try settle(.abandoned(response, workspace), in: transaction)
            report.abandoned.append(response)
        }
        if left.count == Self.sweepLimit { report.isUnfinished = true }
    }

    /// A grant that ended and is not held any more gives what is left to breakage. Found by its balance: what a reversal brings back later is found
    /// again.
    private func breakGrants(_ workspace: WorkspaceID, _ now: Timestamp, _ report: inout SweepReport, _ transaction: Transaction) throws {
        let ended = try transaction.rows(
            """
            SELECT a.code, b.posted_pico, (SELECT COUNT(*) FROM journal j INDEXED BY journal_subject WHERE j.workspace = a.workspace AND j.subject_kind = 'account'
                AND j.subject = a.code AND j.kind = 'breakage')
            FROM account a JOIN balance b ON b.workspace = a.workspace AND b.account = a.code
            WHERE a.workspace = $1 AND a.kind = 'grant' AND a.expires_ms <= $2 AND b.posted_pico > 0 AND b.held_pico = 0
            ORDER BY a.code LIMIT $3
            """, workspace, now, Self.sweepLimit)
        for row in ended {
            let (code, rest, times): (String, Money, Int) = try (row[0], row[1], row[2])
            try Ledger.post(
                Journal(
                    key: "breakage:\(code):\(times + 1)", kind: .breakage, subject: .account(code), at: now,
                    evidence: Evidence.ofAccount(code, workspace, transaction),
                    lines: [.init(account: code, amount: rest.negated()), .init(account: Account.breakage, amount: rest)],
                    reason: "the grant ended"),
                workspace, transaction)
            report.breakage.append(Funding(account: code, amount: rest))
        }
        if ended.count == Self.sweepLimit { report.isUnfinished = true }
    }
}
