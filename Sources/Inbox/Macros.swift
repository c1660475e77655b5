package import Storage

/// A ready reply: words with placeholders, and what is done beside them. The team edits them while it works, so they stand in the database.
package struct Macro: Hashable, Sendable {
    /// Names it.
    package let id: MacroID
    /// As people choose it; once in a workspace.
    package let name: String
    /// What is said, with `{{customer}}`, `{{teammate}}` and `{{company}}`; nil where nothing is.
    package let text: String?
    /// Tags that are added.
    package let tags: [String]
    /// What is done with the conversation afterwards.
    package let then: Then
    /// When it was last changed.
    package let updatedAt: Timestamp

    /// What is done with a conversation after the words were said: one thing at most, for each of them says who has it next.
    package enum Then: Hashable, Sendable {
        /// It stays with whoever used the macro.
        case nothing
        /// It is closed.
        case resolve
        /// It is put aside for so many minutes.
        case snooze(minutes: Int)
        /// This team is asked.
        case assign(TeamID)
    }
}

/// What a macro is made of.
package struct MacroDraft: Hashable, Sendable {
    /// One line.
    package var name: String
    /// What is said; nil for nothing.
    package var text: String?
    /// Tags that are added.
    package var tags: [String] = []
    /// What is done afterwards.
    package var then = Macro.Then.nothing

    /// Memberwise.
    package init(name: String, text: String?, tags: [String] = [], then: Macro.Then = .nothing) {
        self.name = name
        self.text = text
        self.tags = tags
        self.then = then
    }
}

extension Inbox {
    /// All ready replies, by name.
    /// - Throws: `StorageError`.
    package func macros(in querying: some Querying) throws -> [Macro] {
        try querying.rows(
            """
            SELECT id, name, text, tags, resolves, snooze_minutes, team, updated_ms FROM macro WHERE workspace = $1 AND removed_ms IS NULL
            ORDER BY name, id
            """, workspace
        ).map(Macro.init)
    }

    /// One ready reply.
    /// - Throws: `InboxError.notFound(.macro)`; `StorageError`.
    package func macro(_ id: MacroID, in querying: some Querying) throws -> Macro {
        let row = try querying.row(
            """
            SELECT id, name, text, tags, resolves, snooze_minutes, team, updated_ms FROM macro
            WHERE workspace = $1 AND id = $2 AND removed_ms IS NULL
            """, workspace, id)
        guard let row else { throw InboxError.notFound(.macro) }
        return try Macro(row)
    }

    /// Makes a ready reply, or changes one.
    /// - Parameters:
    ///   - id: of the one that is changed; nil makes a new one.
    ///   - by: who does it; nil for a file.
    /// - Throws: `InboxError.notFound(.macro)` or `(.team)`, `.empty`, `.tooLong`, `.tooMany`, `.unknownPlaceholder`, `.nameTaken`, `.emptyMacro`, `.badMoment`;
    ///   `StorageError`.
    @discardableResult
    package func save(
        _ draft: MacroDraft, as id: MacroID? = nil, by teammate: TeammateID?, at now: Timestamp, in transaction: Transaction
    ) throws -> Macro {
        if let id { _ = try macro(id, in: transaction) }
        let draft = try checked(draft, at: now, in: transaction)
        let all = try macros(in: transaction)
        if all.contains(where: { $0.name == draft.name && $0.id != id }) { throw InboxError.nameTaken(draft.name) }
        guard id != nil || all.count < limits.macros else { throw InboxError.tooMany(field: "ready replies", limit: limits.macros) }
        let made = id ?? .new(at: now)
        try write(draft, as: made, at: now, in: transaction)
        try emit(.macroSaved, of: made.text, ["by": teammate?.text], at: now, in: transaction)
        return try macro(made, in: transaction)
    }

    /// Puts a ready reply of a file in, once: what the team has made of it since, also its removal, stays.
    /// - Throws: as `save`.
    package func begin(with draft: MacroDraft, as id: MacroID, at now: Timestamp, in transaction: Transaction) throws {
        guard try transaction.row("SELECT 1 FROM macro WHERE workspace = $1 AND id = $2", workspace, id) == nil else { return }
        let draft = try checked(draft, at: now, in: transaction)
        guard try !macros(in: transaction).contains(where: { $0.name == draft.name }) else { return }
        try write(draft, as: id, at: now, in: transaction)
        try emit(.macroSaved, of: id.text, at: now, in: transaction)
    }

    /// Removes a ready reply. What was said with it stays.
    /// - Throws: `InboxError.notFound(.macro)`; `StorageError`.
    package func removeMacro(_ id: MacroID, by teammate: TeammateID?, at now: Timestamp, in transaction: Transaction) throws {
        _ = try macro(id, in: transaction)
        try transaction.run("UPDATE macro SET removed_ms = $3 WHERE workspace = $1 AND id = $2", workspace, id, now)
        try emit(.macroRemoved, of: id.text, ["by": teammate?.text], at: now, in: transaction)
    }

    /// The draft as it is kept.
    private func checked(_ draft: MacroDraft, at now: Timestamp, in querying: some Querying) throws -> MacroDraft {
        var draft = draft
        draft.name = try Texts.line(draft.name, field: "name", limit: limits.lineCharacters)
        draft.text = try draft.text.map { try Texts.message($0, limit: limits.messageCharacters) }
        for name in Placeholders.names(in: draft.text ?? "") where Placeholders(rawValue: name) == nil {
            throw InboxError.unknownPlaceholder(String(name.prefix(60)))
        }
        draft.tags = Set(try draft.tags.map { try Texts.line($0, field: "tag", limit: limits.lineCharacters) }).sorted()
        guard draft.tags.count <= limits.tags else { throw InboxError.tooMany(field: "tags", limit: limits.tags) }
        switch draft.then {
        case .assign(let team): _ = try self.team(team, in: querying)
        case .snooze(let minutes):
            let longest = Int(limits.snoozeMilliseconds / 60_000)
            guard (1...longest).contains(minutes) else {
                throw InboxError.badMoment(
                    field: "moment to wake at", from: now, to: now.adding(milliseconds: limits.snoozeMilliseconds))
            }
        case .nothing, .resolve: break
        }
        guard draft.text != nil || !draft.tags.isEmpty || draft.then != .nothing else { throw InboxError.emptyMacro }
        return draft
    }

    private func write(_ draft: MacroDraft, as id: MacroID, at now: Timestamp, in transaction: Transaction) throws {
        var (minutes, team): (Int?, TeamID?) = (nil, nil)
        if case .snooze(let count) = draft.then { minutes = count }
        if case .assign(let asked) = draft.then { team = asked }
        try transaction.run(
            """
            INSERT INTO macro(workspace, id, name, text, tags, resolves, snooze_minutes, team, updated_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT(workspace, id) DO UPDATE SET name = excluded.name, text = excluded.text, tags = excluded.tags,
                resolves = excluded.resolves, snooze_minutes = excluded.snooze_minutes, team = excluded.team, updated_ms = excluded.updated_ms
            """, workspace, id, draft.name, draft.text, StoredJSON.text(draft.tags), draft.then == .resolve, minutes, team, now)
    }

    static let macros = Migration(
        "inbox-10",
        """
        CREATE TABLE macro(
            workspace TEXT NOT NULL REFERENCES workspace(id), id TEXT NOT NULL, name TEXT NOT NULL, text TEXT, tags TEXT NOT NULL,
            resolves INTEGER NOT NULL CHECK (resolves IN (0, 1)), snooze_minutes INTEGER, team TEXT,
            updated_ms INTEGER NOT NULL, removed_ms INTEGER,
            CHECK (resolves + (snooze_minutes IS NOT NULL) + (team IS NOT NULL) <= 1),
            PRIMARY KEY (workspace, id), FOREIGN KEY (workspace, team) REFERENCES team(workspace, id)
        ) STRICT;
        CREATE UNIQUE INDEX macro_name ON macro(workspace, name) WHERE removed_ms IS NULL;
        """)
}

extension Macro {
    init(_ row: Row) throws {
        id = try row[0]
        name = try row[1]
        text = try row[2]
        tags = try StoredJSON.decode([String].self, from: row[3])
        let (resolves, minutes, team): (Bool, Int?, TeamID?) = try (row[4], row[5], row[6])
        then = resolves ? .resolve : minutes.map { .snooze(minutes: $0) } ?? team.map { .assign($0) } ?? .nothing
        updatedAt = try row[7]
    }
}
