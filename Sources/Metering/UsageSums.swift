package import Storage

/// By what responses are summed.
package enum UsageGrouping: String, Hashable, Sendable, CaseIterable {
    /// The day in UTC on which they began.
    case day
    /// The assistant that answered.
    case assistant
    /// The model that gave the answer.
    case model
}

/// The sums of one group of responses.
package struct UsageSum: Hashable, Sendable {
    /// The day (`2026-11-30`), the assistant or the model; nil: no model gave the answer.
    package let key: String?
    /// All responses of the group.
    package let responses: Int
    /// Those that were closed as paid for.
    package let billedResponses: Int
    /// What was charged, less what was given back.
    package let charged: Money
    /// What providers get, as far as it is known.
    package let cost: Money

    init(key: String?, responses: Int, billedResponses: Int, charged: Money, cost: Money) {
        (self.key, self.responses, self.billedResponses, self.charged, self.cost) = (key, responses, billedResponses, charged, cost)
    }

    /// A day on which nothing was asked.
    package init(day: String) { self.init(key: day, responses: 0, billedResponses: 0, charged: .zero, cost: .zero) }
}

/// What a workspace's usage can be restricted to.
package struct UsageChoices: Hashable, Sendable {
    /// Every assistant that ever answered, by name.
    package let assistants: [String]
    /// Every model that ever gave an answer, by name.
    package let models: [String]
}

extension Meter {
    /// The sums of a filter, group by group, in the order of their keys; they add up to `totals`. Groups without a response are not among them.
    /// - Throws: `StorageError` where a sum leaves the range of 64 bits.
    package func sums(
        by grouping: UsageGrouping, of workspace: WorkspaceID, _ filter: UsageFilter = UsageFilter(), in querying: any Querying
    ) throws -> [UsageSum] {
        try querying.rows(
            """
            SELECT CASE $1 WHEN 'day' THEN strftime('%Y-%m-%d', created_ms / 1000, 'unixepoch') WHEN 'assistant' THEN assistant ELSE model END
                AS place, COUNT(*), COALESCE(SUM(billable), 0), COALESCE(SUM(charged_pico), 0), COALESCE(SUM(cost_pico), 0)
            FROM usage_row
            WHERE workspace = $2 AND ($3 IS NULL OR created_ms >= $3) AND ($4 IS NULL OR created_ms < $4)
            AND ($5 IS NULL OR assistant = $5) AND ($6 IS NULL OR conversation = $6) AND ($7 IS NULL OR id = $7)
            AND ($8 IS NULL OR outcome = $8) AND ($9 = 0 OR unpriced_measures > 0 OR unknown_attempts > 0) AND ($10 IS NULL OR model = $10)
            GROUP BY place ORDER BY place
            """, grouping.rawValue, workspace, filter.from, filter.until, filter.assistant, filter.conversation, filter.response,
            filter.outcome?.rawValue, filter.onlyUncertain, filter.model
        ).map { try UsageSum(key: $0[0], responses: $0[1], billedResponses: $0[2], charged: $0[3], cost: $0[4]) }
    }

    /// What there is to choose from.
    /// - Throws: `StorageError`.
    package func usageChoices(of workspace: WorkspaceID, in querying: any Querying) throws -> UsageChoices {
        UsageChoices(
            assistants: try querying.rows("SELECT DISTINCT assistant FROM response WHERE workspace = $1 ORDER BY 1", workspace)
                .map { try $0[0] },
            models: try querying.rows(
                "SELECT DISTINCT model FROM response WHERE workspace = $1 AND model IS NOT NULL ORDER BY 1", workspace
            ).map { try $0[0] })
    }
}
