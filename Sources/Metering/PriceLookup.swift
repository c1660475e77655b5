import Storage

/// Which line of the price list is in force. Twin of the queries of I11 in `LedgerQueries`, which find it again years later.
enum PriceLookup {
    struct Found: Hashable {
        let number: Int64
        let unit: Money
    }

    /// The price of a response, as of the moment it began.
    static func sell(_ sku: String, at moment: Timestamp, _ workspace: WorkspaceID, _ querying: any Querying) throws -> Found? {
        try querying.row(
            """
            SELECT number, unit_pico FROM price WHERE workspace = $1 AND book = 'sell' AND sku = $2 AND measure = 'response'
            AND effective_ms <= $3 ORDER BY effective_ms DESC LIMIT 1
            """, workspace, sku, moment
        ).map { try Found(number: $0[0], unit: $0[1]) }
    }

    /// The prices of a call's tokens, as of the moment it was sent. `endpoint/model` goes before `model`, the answer's service tier before the lines
    /// for all tiers, the highest threshold of input tokens before lower ones, the latest line before earlier ones. What is missing has no price.
    static func cost(
        endpoint: String, model: String, serviceTier: String, inputTokens: Int, at moment: Timestamp, _ workspace: WorkspaceID,
        _ querying: any Querying
    ) throws -> [Measure: Found] {
        var found: [Measure: Found] = [:]
        try querying.eachRow(
            """
            SELECT measure, number, unit_pico FROM price WHERE workspace = $1 AND book = 'cost' AND sku IN ($2, $3)
            AND service_tier IN ('', $4) AND min_input_tokens <= $5 AND effective_ms <= $6
            ORDER BY sku = $2 DESC, service_tier <> '' DESC, min_input_tokens DESC, effective_ms DESC
            """, workspace, "\(endpoint)/\(model)", model, serviceTier, inputTokens, moment
        ) { row in
            guard let measure = Measure(rawValue: try row[0]), found[measure] == nil else { return }
            found[measure] = try Found(number: row[1], unit: row[2])
        }
        return found
    }
}
