import Storage

/// Who is asked: the team that the route names, or one with the skill, or the default team; in it the least busy teammate who is there and has room;
/// among equals the one whose last assignment is longest ago. Decided inside the transaction of the handoff, so that fifty at once spread out.
struct Placement: Hashable {
    var team: TeamID?
    var teammate: TeammateID?
    /// What the customer may honestly be told.
    var availability: Availability
}

extension Inbox {
    func place(_ route: HandoffDestination, at now: Timestamp, in transaction: Transaction) throws -> Placement {
        let team = try team(for: route, in: transaction)
        if let closed = try closure(of: team, at: now, in: transaction) {
            return Placement(team: team, teammate: nil, availability: closed)
        }
        guard let teammate = try candidate(in: team, skill: route.skill, at: now, in: transaction) else {
            return Placement(team: team, teammate: nil, availability: .busy)
        }
        try transaction.run(
            "UPDATE teammate SET assigned_ms = $3 WHERE workspace = $1 AND id = $2", workspace, teammate, now)
        return Placement(team: team, teammate: teammate, availability: .online)
    }

    private func team(for route: HandoffDestination, in querying: some Querying) throws -> TeamID? {
        let row = try querying.row(
            """
            SELECT t.id FROM team t WHERE t.workspace = $1
            ORDER BY CASE WHEN t.id = $2 THEN 0 WHEN $2 IS NULL AND EXISTS(
                SELECT 1 FROM membership s JOIN skill k ON k.workspace = s.workspace AND k.teammate = s.teammate AND k.name = $3
                    JOIN teammate m ON m.workspace = s.workspace AND m.id = s.teammate AND m.suspended = 0
                WHERE s.workspace = t.workspace AND s.team = t.id) THEN 1 ELSE 2 END, t.is_default DESC, t.created_ms, t.id
            LIMIT 1
            """, workspace, route.team, route.skill)
        return try row.map { try $0[0] }
    }

    /// The teammate to ask now, if there is one. No team: anybody of the workspace. The load needs no look at states: a closed conversation has no
    /// teammate, and nobody is suggested outside the queue.
    func candidate(in team: TeamID?, skill: String?, at now: Timestamp, in querying: some Querying) throws -> TeammateID? {
        let row = try querying.row(
            """
            SELECT id FROM (
                SELECT m.id AS id, m.capacity AS capacity, COALESCE(m.assigned_ms, 0) AS assigned_ms,
                    CASE WHEN EXISTS(SELECT 1 FROM skill k WHERE k.workspace = m.workspace AND k.teammate = m.id AND k.name = $3)
                        THEN 0 ELSE 1 END AS distance,
                    (SELECT COUNT(*) FROM conversation c WHERE c.workspace = m.workspace AND c.owner_teammate = m.id)
                    + (SELECT COUNT(*) FROM conversation c WHERE c.workspace = m.workspace AND c.suggested = m.id) AS load
                FROM teammate m
                WHERE m.workspace = $1 AND m.suspended = 0 AND m.availability = 'available' AND m.present_ms >= $4
                    AND ($2 IS NULL OR EXISTS(
                        SELECT 1 FROM membership s WHERE s.workspace = m.workspace AND s.team = $2 AND s.teammate = m.id))
            ) AS present
            WHERE load < capacity ORDER BY distance, load, assigned_ms, id LIMIT 1
            """, workspace, team, skill, now.adding(milliseconds: -limits.presenceMilliseconds))
        return try row.map { try $0[0] }
    }
}
