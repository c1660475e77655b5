package import Storage

/// What a customer may honestly be told about people.
package enum Availability: Hashable, Sendable {
    /// Somebody is there and has room.
    case online
    /// It is opening time, but nobody is free now.
    case busy
    /// It is not. `opens` is the next opening; nil where none is in sight.
    case closed(opens: Timestamp?)
}

extension Inbox {
    /// How things stand with a team now.
    /// - Parameter team: nil: the default team; a workspace without teams has no hours and is never closed.
    /// - Throws: `InboxError.notFound(.team)`; `StorageError`.
    package func availability(of team: TeamID? = nil, at now: Timestamp, in querying: some Querying) throws -> Availability {
        let asked: TeamID?
        if let team {
            asked = try self.team(team, in: querying).id
        } else {
            asked = try querying.row(
                "SELECT id FROM team WHERE workspace = $1 ORDER BY is_default DESC, created_ms, id LIMIT 1", workspace
            ).map { try $0[0] }
        }
        if let closed = try closure(of: asked, at: now, in: querying) { return closed }
        return try candidate(in: asked, skill: nil, at: now, in: querying) == nil ? .busy : .online
    }

    /// `.closed`, where a team has hours and this is none of them.
    func closure(of team: TeamID?, at now: Timestamp, in querying: some Querying) throws -> Availability? {
        guard let team, let hours = try self.team(team, in: querying).hours, !hours.isOpen(at: now) else { return nil }
        return .closed(opens: hours.nextOpening(after: now))
    }

    /// Notes that a teammate is at the inbox (any request or an open stream counts).
    /// - Throws: `InboxError.notFound(.teammate)`; `StorageError`.
    package func present(_ teammate: TeammateID, at now: Timestamp, in transaction: Transaction) throws {
        try active(teammate, in: transaction)
        try transaction.run(
            "UPDATE teammate SET present_ms = $3 WHERE workspace = $1 AND id = $2 AND (present_ms IS NULL OR present_ms < $3)",
            workspace, teammate, now)
    }

    /// Sets whether a teammate takes conversations. Being available counts as a sign of life.
    /// - Throws: `InboxError.notFound(.teammate)`; `StorageError`.
    package func setAvailability(
        of teammate: TeammateID, to availability: Teammate.Availability, at now: Timestamp, in transaction: Transaction
    ) throws {
        try active(teammate, in: transaction)
        let changed = try transaction.run(
            "UPDATE teammate SET availability = $3 WHERE workspace = $1 AND id = $2 AND availability <> $3",
            workspace, teammate, availability.rawValue)
        if availability == .available { try present(teammate, at: now, in: transaction) }
        guard changed == 1 else { return }
        try emit(.availability, of: teammate.text, ["availability": availability.rawValue], at: now, in: transaction)
    }
}
