import Notation

/// What came back for one attempt, put together from whatever form it came in. Facts only; what they mean is decided elsewhere.
struct Reply: Hashable, Sendable {
    /// How the body looked; not what its Content-Type said.
    enum Form: Hashable, Sendable {
        case nothing, stream, json, markup, other
    }

    var form = Form.nothing
    var content = ""
    var refusal = ""
    /// As the endpoint wrote it; the only evidence that the reply is whole.
    var finishReason: String?
    /// The last usage record.
    var usage: JSON?
    /// llama.cpp's own counts.
    var timings: JSON?
    /// The first id that is not empty.
    var id: String?
    /// The first model named.
    var model: String?
    /// `[DONE]` came; proves nothing, but nothing follows it.
    var isDone = false
    /// The model called a tool; nobody offered one.
    var calledTool = false
    /// How much reasoning came, for an estimate.
    var reasoningBytes = 0
    /// An error where a reply should be.
    var error: EndpointError?
    /// Something that is no JSON stood where JSON should.
    var isGarbled = false

    /// Nothing more is worth waiting for.
    var isComplete: Bool { isDone || error != nil || usageFollowedEnd }

    /// A usage record came with the finish reason or after it, and is therefore the last.
    private var usageFollowedEnd = false

    /// Takes what one object of the reply adds: a chunk (`delta`) or a whole completion (`message`).
    mutating func take(_ object: JSON) {
        if let error = EndpointError(object: object, isBody: false) {
            self.error = self.error ?? error
            return
        }
        id = id ?? object["id"]?.text.flatMap { $0.isEmpty ? nil : String($0.prefix(128)) }
        model = model ?? object["model"]?.text.flatMap { $0.isEmpty ? nil : String($0.prefix(128)) }
        timings = object["timings"] ?? timings
        let choice = object["choices"]?.items?.first { ($0["index"]?.integer ?? 0) == 0 }
        if let choice { take(choice: choice) }
        if let record = object["usage"] ?? choice?["usage"], record.members != nil {
            usage = record
            usageFollowedEnd = finishReason != nil
        }
    }

    private mutating func take(choice: JSON) {
        if let reason = choice["finish_reason"]?.text, !reason.isEmpty { finishReason = String(reason.prefix(64)) }
        guard let message = choice["delta"] ?? choice["message"] else {
            content += choice["text"]?.text ?? ""
            return
        }
        content += Self.text(message["content"])
        refusal += Self.text(message["refusal"])
        reasoningBytes += Self.text(message["reasoning_content"] ?? message["reasoning"]).utf8.count
        if let calls = message["tool_calls"]?.items, !calls.isEmpty { calledTool = true }
        if message["function_call"] != nil { calledTool = true }
    }

    /// A text, or the texts of content parts.
    private static func text(_ value: JSON?) -> String {
        switch value {
        case .string(let text): text
        case .array(let parts): parts.compactMap { $0.text ?? $0["text"]?.text }.joined()
        default: ""
        }
    }
}
