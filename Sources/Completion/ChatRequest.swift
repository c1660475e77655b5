import Notation
package import Prompting

/// What is asked of a model, in our words; each endpoint gets it in its own (`Dialect`).
package struct CompletionRequest: Sendable {
    /// In the order to be sent; the customer's message last.
    package var messages: [ChatMessage]
    /// The prompt's wishes; a named endpoint is tried first.
    package var parameters: ModelParameters
    /// The answer contract, or nil where plain text is wanted (a summary, say).
    package var contract: AnswerContract?
    /// No tokenizer makes more of the messages; for usage whose end nobody saw.
    package var tokenUpperBound: Int
    /// Milliseconds from the call until it gives up, retries and waits included. Must be at least 1.
    package var deadlineMilliseconds: Int
    /// Allows one more attempt, metered like any other, that asks for the same content as JSON where the reply had no structure.
    package var asksAgainForJSON: Bool
    /// Sent as `traceparent` with every attempt; nil sends none.
    package var traceParent: String?

    /// - Parameters:
    ///   - tokenUpperBound: nil takes the bytes of the messages and 16 for each, which no byte-level tokenizer passes.
    ///   - deadlineMilliseconds: 1 or more.
    package init(
        messages: [ChatMessage], parameters: ModelParameters, contract: AnswerContract? = AnswerContract(), tokenUpperBound: Int? = nil,
        deadlineMilliseconds: Int = 30_000, asksAgainForJSON: Bool = false
    ) {
        self.messages = messages
        self.parameters = parameters
        self.contract = contract
        self.tokenUpperBound = tokenUpperBound ?? messages.reduce(16) { $0 + $1.content.utf8.count + 16 }
        self.deadlineMilliseconds = deadlineMilliseconds
        self.asksAgainForJSON = asksAgainForJSON
    }

    /// A rendered prompt as a request.
    /// - Parameter contract: used where the prompt names an output; one that names none wants plain text.
    package init(_ prompt: RenderedPrompt, contract: AnswerContract = AnswerContract(), deadlineMilliseconds: Int = 30_000) {
        self.init(
            messages: prompt.messages, parameters: prompt.parameters, contract: prompt.output == nil ? nil : contract,
            tokenUpperBound: prompt.tokenUpperBound,
            deadlineMilliseconds: deadlineMilliseconds)
    }

    /// Our guess at what the messages come to, where the endpoint will not say.
    var tokenEstimate: Int { messages.reduce(3) { $0 + TokenGuess.tokens($1.content) + 4 } }
}

/// How one endpoint is spoken to at the moment: what was configured, and what it was found to refuse.
struct Dialect: Hashable, Sendable {
    enum Format: Int, Hashable, Sendable, Comparable {
        case schema, object, prompt

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    var format: Format
    var asksForUsage: Bool
    var usesMaxCompletionTokens: Bool
    var sendsTemperature = true

    /// The body of a chat-completions request. It always streams, so that a time-out or a takeover stops the spending.
    func body(of request: CompletionRequest, model: String) -> [UInt8] {
        JSON.of(
            ("model", .string(model)),
            ("messages", .array(request.messages.map { .of(("role", .string($0.role.rawValue)), ("content", .string($0.content))) })),
            ("stream", true),
            ("stream_options", asksForUsage ? .of(("include_usage", true)) : nil),
            (usesMaxCompletionTokens ? "max_completion_tokens" : "max_tokens", .number(String(request.parameters.maxTokens))),
            ("temperature", sendsTemperature ? request.parameters.temperature.flatMap(Self.number) : nil),
            ("response_format", responseFormat(request.contract))
        ).bytes
    }

    private func responseFormat(_ contract: AnswerContract?) -> JSON? {
        guard let contract else { return nil }
        switch format {
        case .schema:
            return .of(
                ("type", "json_schema"), ("json_schema", .of(("name", "answer"), ("strict", true), ("schema", contract.schema))))
        case .object: return .of(("type", "json_object"))
        case .prompt: return nil
        }
    }

    private static func number(_ value: Double) -> JSON? { value.isFinite ? .number("\(value)") : nil }
}
