package import Storage

/// What a team has promised of a conversation, and when it is due. The moments were reckoned in the team's opening hours when the clock began to run.
package struct Due: Hashable, Sendable {
    /// What is due.
    package let kind: Kind
    /// When.
    package let at: Timestamp
    /// When the last quarter of the time begins.
    package let soonAt: Timestamp

    /// What a team promises.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// The first words of a person after a handoff.
        case firstResponse
        /// A person's answer to whatever the customer says later.
        case nextResponse
        /// That the case is closed.
        case resolution
    }

    /// How it stands.
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// There is time.
        case ok
        /// The last quarter of the time runs.
        case soon
        /// It was not kept.
        case late
    }

    /// How it stands at a moment.
    package func state(at now: Timestamp) -> State { now > at ? .late : now >= soonAt ? .soon : .ok }

    /// The nearest of what a conversation's row says: five columns from `index` on.
    static func nearest(_ row: Row, from index: Int) throws -> Due? {
        let kind: String? = try row[index]
        let response = try due(kind == "next" ? .nextResponse : .firstResponse, row[index + 1], row[index + 2])
        let resolution = try due(.resolution, row[index + 3], row[index + 4])
        return [response, resolution].compactMap(\.self).min { $0.at < $1.at }
    }

    private static func due(_ kind: Kind, _ at: Timestamp?, _ soon: Timestamp?) -> Due? {
        at.map { Due(kind: kind, at: $0, soonAt: soon ?? $0) }
    }
}
