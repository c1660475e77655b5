package import Storage

/// A journal of the ledger with the amounts it moved, as lists show it.
package struct BookedJournal: Hashable, Sendable {
    /// One amount of a journal.
    package struct Entry: Hashable, Sendable {
        /// The account, such as `revenue` or `grant:welcome`.
        package let account: String
        /// What was added to it; below zero: taken.
        package let amount: Money
    }

    /// Its number in the workspace: no gaps.
    package let number: Int64
    /// `open`, `grant`, `prices`, `usage`, `cost`, `release`, `breakage`, `reversal`.
    package let kind: String
    /// What it speaks of: `response`, `account`, `prices`, `workspace`.
    package let subjectKind: String
    /// Its id; empty for the workspace.
    package let subject: String
    /// When it was booked.
    package let recordedAt: Timestamp
    /// Who decided it, where a person did.
    package let actor: String
    /// Why.
    package let reason: String
    /// Its hash in the chain, hexadecimal.
    package let digest: String
    /// The amounts; they sum to zero.
    package let entries: [Entry]
}

extension Meter {
    /// The journals of a workspace, newest first.
    /// - Parameters:
    ///   - before: only those with a smaller number; nil: from the newest.
    ///   - limit: 1...1000.
    /// - Throws: `StorageError`.
    package func journals(
        of workspace: WorkspaceID, before: Int64? = nil, limit: Int, in querying: any Querying
    ) throws -> [BookedJournal] {
        try querying.rows(
            """
            SELECT number, kind, subject_kind, subject, recorded_ms, actor, reason, hash FROM journal
            WHERE workspace = $1 AND number < $2 ORDER BY number DESC LIMIT $3
            """, workspace, before ?? .max, min(max(1, limit), 1000)
        ).map { row in
            let number: Int64 = try row[0]
            let entries = try querying.rows(
                "SELECT account, amount_pico FROM entry WHERE workspace = $1 AND journal = $2 ORDER BY line", workspace, number)
            return try BookedJournal(
                number: number, kind: row[1], subjectKind: row[2], subject: row[3], recordedAt: row[4], actor: row[5], reason: row[6],
                digest: Chain.hex(row[7]), entries: entries.map { try BookedJournal.Entry(account: $0[0], amount: $0[1]) })
        }
    }
}
