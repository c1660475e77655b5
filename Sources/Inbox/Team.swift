package import Storage

/// A group of teammates with opening hours.
package struct Team: Hashable, Sendable {
    /// Names it: a short name from configuration.
    package let id: TeamID
    /// As shown.
    package let name: String
    /// When it is there; nil: always.
    package let hours: OpeningHours?
    /// Whether it is asked where no other team is meant. One team of a workspace.
    package let isDefault: Bool
    /// Its members.
    package let members: Set<TeammateID>
    /// What it promises.
    package let promises: Promises

    /// Memberwise.
    package init(
        id: TeamID, name: String, hours: OpeningHours? = nil, isDefault: Bool = false, members: Set<TeammateID> = [],
        promises: Promises = .init()
    ) {
        self.id = id
        self.name = name
        self.hours = hours
        self.isDefault = isDefault
        self.members = members
        self.promises = promises
    }
}

/// Somebody who answers for the company.
package struct Teammate: Hashable, Sendable {
    /// Names the teammate.
    package let id: TeammateID
    /// As shown to customers and colleagues.
    package let name: String
    /// For notifications.
    package let email: String?
    /// How many open conversations are assigned at most. More can be claimed.
    package let capacity: Int
    /// What the teammate knows well: names that routes use.
    package let skills: Set<String>
    /// Whether the teammate takes conversations.
    package let availability: Availability
    /// Whether the teammate was shut out.
    package let isSuspended: Bool
    /// The last sign of life.
    package let presentAt: Timestamp?

    /// Whether a teammate takes conversations.
    package enum Availability: String, Hashable, Sendable, Codable {
        case available
        case away
    }
}

extension Inbox {
    /// Makes a team, or changes it. A new default takes the place of the old one.
    /// - Throws: `InboxError.notFound(.teammate)` for an unknown member, `.empty`, `.tooLong`; `StorageError`.
    package func save(_ team: Team, at now: Timestamp, in transaction: Transaction) throws {
        let name = try Texts.line(team.name, field: "team's name", limit: limits.lineCharacters)
        let hours = try team.hours.map { try StoredJSON.text($0) }
        if team.isDefault {
            try transaction.run("UPDATE team SET is_default = 0 WHERE workspace = $1 AND id <> $2", workspace, team.id)
        }
        try transaction.run(
            """
            INSERT INTO team(workspace, id, name, is_default, hours, created_ms, first_response_ms, next_response_ms, resolution_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT(workspace, id) DO UPDATE SET name = excluded.name, is_default = excluded.is_default, hours = excluded.hours,
                first_response_ms = excluded.first_response_ms, next_response_ms = excluded.next_response_ms,
                resolution_ms = excluded.resolution_ms
            """, workspace, team.id, name, team.isDefault, hours, now, team.promises.firstResponse, team.promises.nextResponse,
            team.promises.resolution)
        try transaction.run("DELETE FROM membership WHERE workspace = $1 AND team = $2", workspace, team.id)
        for member in team.members.sorted() {
            _ = try teammate(member, in: transaction)
            try transaction.run("INSERT INTO membership(workspace, team, teammate) VALUES ($1, $2, $3)", workspace, team.id, member)
        }
        try emit(.team, of: team.id.text, at: now, in: transaction)
    }

    /// One team of this workspace.
    /// - Throws: `InboxError.notFound(.team)`; `StorageError`.
    package func team(_ id: TeamID, in querying: some Querying) throws -> Team {
        let row = try querying.row(
            """
            SELECT name, hours, is_default, first_response_ms, next_response_ms, resolution_ms FROM team WHERE workspace = $1 AND id = $2
            """, workspace, id)
        guard let row else { throw InboxError.notFound(.team) }
        let hours: String? = try row[1]
        let members = try querying.rows("SELECT teammate FROM membership WHERE workspace = $1 AND team = $2", workspace, id)
        return try Team(
            id: id, name: row[0], hours: hours.map { try StoredJSON.decode(OpeningHours.self, from: $0) }, isDefault: row[2],
            members: Set(members.map { try $0[0] }),
            promises: Promises(firstResponse: row[3], nextResponse: row[4], resolution: row[5]))
    }

    /// All teams, the default first.
    /// - Throws: `StorageError`.
    package func teams(in querying: some Querying) throws -> [Team] {
        try querying.rows("SELECT id FROM team WHERE workspace = $1 ORDER BY is_default DESC, id", workspace).map {
            try team($0[0], in: querying)
        }
    }

    /// Makes a teammate, or changes name, address, capacity and skills of one.
    /// - Parameter capacity: 0...1000 conversations.
    /// - Returns: the teammate as now known; a new one is away.
    /// - Throws: `InboxError.empty`, `.tooLong`; `StorageError`.
    @discardableResult
    package func saveTeammate(
        _ id: TeammateID, name: String, email: String? = nil, capacity: Int = 10, skills: Set<String> = [], at now: Timestamp,
        in transaction: Transaction
    ) throws -> Teammate {
        let name = try Texts.line(name, field: "teammate's name", limit: limits.lineCharacters)
        let email = try email.map { try Texts.line($0, field: "e-mail address", limit: limits.lineCharacters) }
        let skills = Set(try skills.map { try Texts.line($0, field: "skill", limit: limits.lineCharacters) })
        try transaction.run(
            """
            INSERT INTO teammate(workspace, id, name, email, capacity, created_ms) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT(workspace, id) DO UPDATE SET name = excluded.name, email = excluded.email, capacity = excluded.capacity
            """, workspace, id, name, email, min(max(capacity, 0), 1000), now)
        try transaction.run("DELETE FROM skill WHERE workspace = $1 AND teammate = $2", workspace, id)
        for skill in skills.sorted() {
            try transaction.run("INSERT INTO skill(workspace, teammate, name) VALUES ($1, $2, $3)", workspace, id, skill)
        }
        try emit(.team, of: id.text, at: now, in: transaction)
        return try teammate(id, in: transaction)
    }

    /// One teammate of this workspace.
    /// - Throws: `InboxError.notFound(.teammate)`; `StorageError`.
    package func teammate(_ id: TeammateID, in querying: some Querying) throws -> Teammate {
        let row = try querying.row(
            "SELECT name, email, capacity, availability, suspended, present_ms FROM teammate WHERE workspace = $1 AND id = $2",
            workspace, id)
        guard let row else { throw InboxError.notFound(.teammate) }
        let skills = try querying.rows("SELECT name FROM skill WHERE workspace = $1 AND teammate = $2", workspace, id)
        return try Teammate(
            id: id, name: row[0], email: row[1], capacity: row[2], skills: Set(skills.map { try $0[0] }), availability: stored(row[3]),
            isSuspended: row[4], presentAt: row[5])
    }

    /// All teammates, by id.
    /// - Throws: `StorageError`.
    package func teammates(in querying: some Querying) throws -> [Teammate] {
        try querying.rows("SELECT id FROM teammate WHERE workspace = $1 ORDER BY id", workspace).map { try teammate($0[0], in: querying) }
    }

    /// Shuts a teammate out, or lets one in again. The conversations of one who is shut out go back to the queue: nobody's customer waits for somebody
    /// who cannot come.
    /// - Returns: the conversations that went back.
    /// - Throws: `InboxError.notFound(.teammate)`; `StorageError`.
    @discardableResult
    package func setSuspended(
        _ id: TeammateID, _ isSuspended: Bool, at now: Timestamp, in transaction: Transaction
    ) throws -> [ConversationID] {
        _ = try teammate(id, in: transaction)
        try transaction.run(
            "UPDATE teammate SET suspended = $3, availability = 'away', present_ms = NULL WHERE workspace = $1 AND id = $2", workspace, id,
            isSuspended)
        try emit(.availability, of: id.text, ["availability": isSuspended ? "suspended" : "away"], at: now, in: transaction)
        guard isSuspended else { return [] }
        let orphans: [ConversationID] = try transaction.rows(
            """
            SELECT id FROM conversation WHERE workspace = $1 AND state = 'open' AND (owner_teammate = $2 OR (owner = 'queue' AND suggested = $2))
            ORDER BY id
            """, workspace, id
        ).map { try $0[0] }
        for orphan in orphans {
            let conversation = try conversation(orphan, in: transaction)
            let placement = try place(HandoffDestination(team: conversation.team), at: now, in: transaction)
            try queue(conversation, for: placement, because: "teammateSuspended", by: "system", at: now, in: transaction)
        }
        return orphans
    }

    /// - Throws: `InboxError.notFound(.teammate)`, also for one who was shut out.
    func active(_ id: TeammateID, in querying: some Querying) throws {
        guard try querying.row("SELECT 1 FROM teammate WHERE workspace = $1 AND id = $2 AND suspended = 0", workspace, id) != nil else {
            throw InboxError.notFound(.teammate)
        }
    }
}
