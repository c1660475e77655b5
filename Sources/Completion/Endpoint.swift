/// One place where models answer, and how it wants to be spoken to.
///
/// The defaults suit an unknown OpenAI-compatible server: what it refuses is found out and remembered (`DialectMemory`), what it leaves out is
/// tolerated (`ReplyReader`), what it says it used is normalised (`UsageNormaliser`).
package struct Endpoint: Sendable, Codable, Hashable {
    /// The operator's word for it, unique.
    package var name: String
    /// The base, `/v1` included; `/chat/completions` is put behind its path, a query (Azure's `api-version`) stays.
    package var url: String
    /// The model's name as the endpoint knows it.
    package var model: String
    /// Nil for servers that want none.
    package var apiKey: Secret?
    /// How the key is sent.
    package var headerStyle: HeaderStyle
    /// Which field limits the answer.
    package var maxTokensField: MaxTokensField
    /// How structure is asked for.
    package var jsonMode: JSONMode
    /// Whether usage is asked for in streams.
    package var includeUsage: IncludeUsage
    /// Where reasoning tokens are counted, for records without a total.
    package var reasoningInCompletion: ReasoningCount
    /// The longest each part may take.
    package var timeouts: Timeouts
    /// How often one request is tried again, 0...5, in total and for all reasons.
    package var retries: Int
    /// Allows one more attempt after one that may have cost something and gave nothing (a lost or cut reply). Off by default: ComfyUI #16204
    /// shows 426 billed resubmissions in seven days.
    package var retryAfterUnknown: Bool
    /// The longest reply body, bytes.
    package var largestReply: Int

    /// How a key is sent.
    package enum HeaderStyle: String, Sendable, Codable, Hashable, CaseIterable {
        /// `Authorization: Bearer KEY`.
        case bearer
        /// `api-key: KEY` (Azure).
        case apiKey
    }

    /// The field that limits the answer.
    package enum MaxTokensField: String, Sendable, Codable, Hashable, CaseIterable {
        /// `max_completion_tokens` for api.openai.com and Azure, `max_tokens` for all others: Ollama and llama-cpp-python read only that one
        /// and would write without end.
        case automatic
        /// `max_tokens`.
        case maxTokens
        /// `max_completion_tokens`.
        case maxCompletionTokens
    }

    /// How structure is asked for.
    package enum JSONMode: String, Sendable, Codable, Hashable, CaseIterable {
        /// The strictest that the endpoint accepts: schema, else object, else prompt.
        case auto
        /// `response_format` with the contract's schema.
        case schema
        /// `response_format` of any JSON object.
        case object
        /// No `response_format`; the prompt alone asks.
        case prompt
    }

    /// Whether `stream_options.include_usage` is sent.
    package enum IncludeUsage: String, Sendable, Codable, Hashable, CaseIterable {
        /// Asked for until the endpoint refuses.
        case auto
        /// Always; a refusal is then a failure.
        case yes
        /// Never; costs are estimated unless the endpoint sends its usage unasked.
        case no
    }

    /// Where reasoning tokens are counted.
    package enum ReasoningCount: String, Sendable, Codable, Hashable, CaseIterable {
        /// Decided for each record.
        case automatic
        /// `completion_tokens` includes reasoning (OpenAI).
        case inside
        /// Reasoning comes on top (xAI).
        case beside
    }

    /// Time limits. A connection that falls silent altogether is noticed after the longer of `firstTokenMilliseconds` and `silenceMilliseconds`, one
    /// that sends only comments after the one that applies.
    package struct Timeouts: Sendable, Codable, Hashable {
        /// Until the connection stands.
        package var connectMilliseconds: Int
        /// Until the first event that is not a comment. Some servers send the head at once and then only pings, others send no head before it.
        package var firstTokenMilliseconds: Int
        /// Between two events; comments do not count.
        package var silenceMilliseconds: Int
        /// One attempt from start to end.
        package var totalMilliseconds: Int

        /// - Parameters: milliseconds, each at least 1.
        package init(
            connectMilliseconds: Int = 5_000, firstTokenMilliseconds: Int = 20_000, silenceMilliseconds: Int = 15_000,
            totalMilliseconds: Int = 30_000
        ) {
            self.connectMilliseconds = connectMilliseconds
            self.firstTokenMilliseconds = firstTokenMilliseconds
            self.silenceMilliseconds = silenceMilliseconds
            self.totalMilliseconds = totalMilliseconds
        }
    }

    /// - Parameters: as the properties; `retries` is brought into 0...5.
    package init(
        name: String, url: String, model: String, apiKey: Secret? = nil, headerStyle: HeaderStyle = .bearer,
        maxTokensField: MaxTokensField = .automatic, jsonMode: JSONMode = .auto, includeUsage: IncludeUsage = .auto,
        reasoningInCompletion: ReasoningCount = .automatic, timeouts: Timeouts = Timeouts(), retries: Int = 2,
        retryAfterUnknown: Bool = false, largestReply: Int = 4 << 20
    ) {
        self.name = name
        self.url = url
        self.model = model
        self.apiKey = apiKey
        self.headerStyle = headerStyle
        self.maxTokensField = maxTokensField
        self.jsonMode = jsonMode
        self.includeUsage = includeUsage
        self.reasoningInCompletion = reasoningInCompletion
        self.timeouts = timeouts
        self.retries = min(max(retries, 0), 5)
        self.retryAfterUnknown = retryAfterUnknown
        self.largestReply = largestReply
    }

    /// Where chat completions are asked for.
    package var chatURL: String { address(of: "chat/completions") }

    /// Where the models are listed.
    package var modelsURL: String { address(of: "models") }

    private func address(of path: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var base = String(parts.first ?? "")
        while base.hasSuffix("/") { base.removeLast() }
        if base.hasSuffix("/chat/completions") { base.removeLast("/chat/completions".count) }
        return "\(base)/\(path)" + (parts.count > 1 ? "?\(parts[1])" : "")
    }

    /// The host of the address, lower case.
    var host: String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let authority = url[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        return (host.hasPrefix("[") ? String(host) : String(host.prefix { $0 != ":" })).lowercased()
    }

    /// What `automatic` means for this host.
    var usesMaxCompletionTokens: Bool {
        switch maxTokensField {
        case .maxTokens: false
        case .maxCompletionTokens: true
        case .automatic: host == "api.openai.com" || host.hasSuffix(".azure.com")
        }
    }
}
