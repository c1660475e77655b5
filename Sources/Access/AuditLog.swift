package import Storage

/// One line of the audit log: who did what to whom, and when.
package struct AuditEntry: Hashable, Sendable {
    /// Its place in the installation's log; later is larger.
    package let sequence: Int64
    /// What was done: `session.opened`, `key.made`, ...
    package let event: String
    /// Who did it, as `Caller.actor`.
    package let actor: String
    /// The id of what it was done to.
    package let subject: String
    /// Codes and numbers; never a text that a person wrote, never a secret.
    package let details: [String: String]
    /// When.
    package let at: Timestamp
}

extension AccessControl {
    /// Appends a line to the audit log. Lines are never changed or removed; the database refuses it.
    /// - Parameters:
    ///   - event: a dotted name: `authz.denied`.
    ///   - actor: `Caller.actor`.
    ///   - workspace: nil where it concerns none (a sign-in with an unknown address).
    ///   - subject: an id. Everything that is no letter, digit or `._:-/@` is written as `?`, and the rest beyond 200 bytes is cut: it may come from a path.
    ///   - details: codes and numbers, written in the same way.
    /// - Throws: `StorageError`.
    package func record(
        _ event: String, by actor: String, of workspace: WorkspaceID?, subject: String, _ details: [String: String] = [:],
        in transaction: Transaction
    ) throws {
        try transaction.run(
            "INSERT INTO audit(workspace, event, actor, subject, details, at_ms) VALUES ($1, $2, $3, $4, $5, $6)", workspace,
            code(event), code(actor), code(subject), StoredJSON.text(details.mapValues(code)), clock.now())
    }

    /// The newest lines of a workspace, newest first.
    /// - Parameters:
    ///   - limit: 1...1000.
    ///   - before: only lines with a smaller `sequence`; nil: from the newest.
    /// - Throws: `StorageError`.
    package func audit(
        of workspace: WorkspaceID, limit: Int, before: Int64? = nil, in querying: some Querying
    ) throws -> [AuditEntry] {
        try querying.rows(
            """
            SELECT seq, event, actor, subject, details, at_ms FROM audit WHERE workspace = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3
            """, workspace, before ?? .max, min(max(limit, 1), 1000)
        ).map {
            try AuditEntry(
                sequence: $0[0], event: $0[1], actor: $0[2], subject: $0[3],
                details: StoredJSON.decode([String: String].self, from: $0[4]), at: $0[5])
        }
    }

    private func code(_ text: String) -> String {
        let bytes = text.utf8.prefix(Self.longestCode).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "@"): byte
            default: UInt8(ascii: "?")
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The longest id or code kept in the audit log, in bytes.
    static let longestCode = 200
}
