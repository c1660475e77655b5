/// What one attempt used, in five buckets that do not overlap, so that each can have a price and their sum is what was processed.
package struct Usage: Hashable, Sendable, Codable {
    /// Tokens read that no cache spared.
    package var inputUncached: Int
    /// Tokens read from the endpoint's cache.
    package var inputCached: Int
    /// Tokens written to the endpoint's cache.
    package var inputCacheWrite: Int
    /// Tokens of the answer.
    package var outputVisible: Int
    /// Tokens of reasoning, which nobody sees and somebody pays.
    package var outputReasoning: Int
    /// Where the numbers come from.
    package var source: UsageSource
    /// The endpoint's own record as JSON, for disputes; nil where it sent none or one of more than 2 KiB.
    package var raw: String?
    /// How the buckets follow from the record, in one line ("reasoning inside completion_tokens (by total_tokens)").
    package var rule: String
    /// The endpoint's numbers contradict each other or the request, and somebody should look: negative counts, parts larger than the whole,
    /// a sum that is not `total_tokens`, far more output than was allowed.
    package var isDisputed: Bool

    /// All five together.
    package var total: Int { inputUncached + inputCached + inputCacheWrite + outputVisible + outputReasoning }

    /// - Parameters: tokens, each 0 or more.
    package init(
        inputUncached: Int = 0, inputCached: Int = 0, inputCacheWrite: Int = 0, outputVisible: Int = 0, outputReasoning: Int = 0,
        source: UsageSource, raw: String? = nil, rule: String, isDisputed: Bool = false
    ) {
        self.inputUncached = inputUncached
        self.inputCached = inputCached
        self.inputCacheWrite = inputCacheWrite
        self.outputVisible = outputVisible
        self.outputReasoning = outputReasoning
        self.source = source
        self.raw = raw
        self.rule = rule
        self.isDisputed = isDisputed
    }

    /// Nothing was used, and that is known: nothing was sent, or the endpoint refused.
    package static func nothing(_ rule: String) -> Usage { Usage(source: .none, rule: rule) }
}

/// Where a usage comes from, most trustworthy first.
package enum UsageSource: String, Hashable, Sendable, Codable, CaseIterable {
    /// The endpoint's record for the whole reply.
    case providerFinal = "provider_final"
    /// The endpoint's last record before the reply was cut: at least this much.
    case providerPartial = "provider_partial"
    /// Counted here from the texts, because the endpoint sent no record.
    case estimatedLocal = "estimated_local"
    /// Not known; the most it can have been.
    case estimatedBound = "estimated_bound"
    /// Nothing was used.
    case none
}
