package import Storage

/// A key as lists show it; its secret is nowhere.
package struct APIKey: Hashable, Sendable {
    /// The public part of its text.
    package let id: String
    /// What it is for, as its maker wrote it.
    package let name: String
    /// What it was given. What counts is no more than its maker still has.
    package let permissions: Set<Permission>
    /// Who made it, as `Caller.actor`.
    package let madeBy: String
    /// When it was made.
    package let createdAt: Timestamp
    /// When it stops working; nil: never by itself.
    package let expiresAt: Timestamp?
    /// When it was last used, to the minute; nil: never.
    package let usedAt: Timestamp?
    /// When it was revoked; nil: it was not.
    package let revokedAt: Timestamp?
    /// Who revoked it, as `Caller.actor`.
    package let revokedBy: String?
}

/// A key just made.
package struct NewKey: Hashable, Sendable {
    /// Its public part.
    package let id: String
    /// The whole key, `bat_live_…`; shown now and never again.
    package let text: String
}

extension AccessControl {
    /// Makes a key.
    ///
    /// A key that a teammate makes (or another key of theirs) lives off that teammate's access: it may never do more than the teammate may at that moment, and
    /// nothing while the teammate is suspended. One made at the console stands by itself; programs that should outlive people get theirs there.
    /// - Parameters:
    ///   - name: 1...200 Unicode scalars on one line.
    ///   - expiresAt: nil: never by itself.
    /// - Throws: `AccessError.badText`, `.noPermissions`, `.exceedsOwn`, `.expiryPassed`, `.tooMany(.key)`; `StorageError`.
    package func makeKey(
        name: String, permissions: Set<Permission>, expiresAt: Timestamp?, of workspace: WorkspaceID, by caller: Caller,
        in transaction: Transaction
    ) throws -> NewKey {
        let now = clock.now()
        let name = try line(name, field: "key's name", limit: Self.longestName)
        guard !permissions.isEmpty else { throw AccessError.noPermissions }
        try check(caller, mayGive: permissions)
        if let expiresAt, expiresAt <= now { throw AccessError.expiryPassed }
        let living: Int =
            try transaction.row("SELECT COUNT(*) FROM api_key WHERE workspace = $1 AND revoked_ms IS NULL", workspace)?[0] ?? 0
        guard living < Self.mostKeys else { throw AccessError.tooMany(.key, limit: Self.mostKeys) }
        let key = KeyText()
        try transaction.run(
            """
            INSERT INTO api_key(id, hash, workspace, name, permissions, maker, made_by, created_ms, expires_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, key.id, SecretText.hash(key.text), workspace, name, StoredJSON.text(permissions.map(\.rawValue).sorted()),
            maker(caller, of: workspace, in: transaction), caller.actor, now, expiresAt)
        try record("key.made", by: caller.actor, of: workspace, subject: key.id, ["permissions": "\(permissions.count)"], in: transaction)
        return NewKey(id: key.id, text: key.text)
    }

    /// Who a key's text lets in.
    /// - Returns: nil for what is no key (found without asking the database), is unknown, revoked or expired, or whose maker is suspended.
    /// - Throws: `StorageError`.
    package func caller(forKey text: String, in querying: some Querying) throws -> Admission? {
        guard let key = KeyText(text), let row = try keyRow(key.id, in: querying) else { return nil }
        guard ConstantTime.isSame(SecretText.hash(text), try row[7]) else { return nil }
        return try admission(key: row)
    }

    /// All keys of a workspace, revoked ones too, newest first; at most 1,000.
    /// - Throws: `StorageError`.
    package func keys(of workspace: WorkspaceID, in querying: some Querying) throws -> [APIKey] {
        try querying.rows(
            """
            SELECT id, name, permissions, made_by, created_ms, expires_ms, used_ms, revoked_ms, revoked_by FROM api_key
            WHERE workspace = $1 ORDER BY created_ms DESC, id LIMIT 1000
            """, workspace
        ).map {
            try APIKey(
                id: $0[0], name: $0[1], permissions: permissions($0[2]), madeBy: $0[3], createdAt: $0[4], expiresAt: $0[5], usedAt: $0[6],
                revokedAt: $0[7], revokedBy: $0[8])
        }
    }

    /// Revokes a key for good; it stays in the list. Doing it again changes nothing.
    /// - Throws: `AccessError.notFound(.key)`; `StorageError`.
    package func revokeKey(_ id: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction) throws {
        guard try transaction.row("SELECT 1 FROM api_key WHERE id = $1 AND workspace = $2", id, workspace) != nil else {
            throw AccessError.notFound(.key)
        }
        let revoked = try transaction.run(
            "UPDATE api_key SET revoked_ms = $3, revoked_by = $4 WHERE id = $1 AND workspace = $2 AND revoked_ms IS NULL", id, workspace,
            clock.now(), caller.actor)
        guard revoked > 0 else { return }
        try record("key.revoked", by: caller.actor, of: workspace, subject: id, in: transaction)
        try changed("key:" + id, of: workspace, in: transaction)
    }
}

extension AccessControl {
    /// A key with all that decides whether it still holds: id, workspace, permissions, expires, used, maker, role, hash.
    func keyRow(_ id: String, in querying: some Querying) throws -> Row? {
        try querying.row(
            """
            SELECT k.id, k.workspace, k.permissions, k.expires_ms, k.used_ms, k.maker, a.role, k.hash
            FROM api_key k LEFT JOIN access_account a ON a.workspace = k.workspace AND a.teammate = k.maker
            WHERE k.id = $1 AND k.revoked_ms IS NULL AND (k.expires_ms IS NULL OR k.expires_ms > $2)
                AND (k.maker IS NULL OR a.suspended = 0)
            """, id, clock.now())
    }

    func admission(key row: Row) throws -> Admission? {
        let (id, workspace, given): (String, WorkspaceID, String) = try (row[0], row[1], row[2])
        let (expires, used): (Timestamp?, Timestamp?) = try (row[3], row[4])
        let (maker, role): (String?, String?) = try (row[5], row[6])
        var counting = try permissions(given)
        if maker != nil { counting.formIntersection(role.flatMap(Role.init(rawValue:))?.permissions ?? []) }
        let isTouchDue = used.map { clock.now().since($0) >= Self.touchMilliseconds } ?? true
        return Admission(
            caller: Caller(.key(id: id, permissions: counting), of: workspace, credential: id), expiresAt: expires, csrf: nil,
            isTouchDue: isTouchDue)
    }

    private func maker(_ caller: Caller, of workspace: WorkspaceID, in transaction: Transaction) throws -> String? {
        switch caller.kind {
        case .teammate(let id, _): id
        case .key(let id, _): try transaction.row("SELECT maker FROM api_key WHERE id = $1 AND workspace = $2", id, workspace)?[0]
        case .anonymous, .customer, .console: nil
        }
    }

    /// A permission that a newer version knows is left out: less is safe.
    private func permissions(_ stored: String) throws -> Set<Permission> {
        Set(try StoredJSON.decode([String].self, from: stored).compactMap(Permission.init(rawValue:)))
    }

    private func line(_ text: String, field: String, limit: Int) throws -> String {
        let scalars = text.unicodeScalars
        let isLine = scalars.allSatisfy { ![.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory) }
        guard scalars.count <= limit, isLine, scalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw AccessError.badText(field: field, limit: limit)
        }
        return text
    }
}
