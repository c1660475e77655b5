/// Why a model stopped, from the words that endpoints use.
package enum FinishReason: Hashable, Sendable, Codable {
    /// It was done.
    case stop
    /// It ran into the token limit: the text is incomplete.
    case length
    /// A filter stopped it.
    case contentFilter
    /// It called a tool.
    case toolCalls
    /// Another word of the endpoint's.
    case other(String)

    /// - Parameter word: `finish_reason` as written.
    init(_ word: String) {
        switch word.lowercased() {
        case "stop", "eos", "end_turn", "stop_sequence", "eos_token", "complete", "completed": self = .stop
        case "length", "max_tokens", "max_output_tokens", "model_length": self = .length
        case "content_filter", "safety", "refusal", "recitation", "prohibited_content": self = .contentFilter
        case "tool_calls", "function_call", "tool_use", "tool_call": self = .toolCalls
        default: self = .other(word)
        }
    }

    /// One word, for records.
    package var word: String {
        switch self {
        case .stop: "stop"
        case .length: "length"
        case .contentFilter: "content_filter"
        case .toolCalls: "tool_calls"
        case .other(let word): word
        }
    }
}
