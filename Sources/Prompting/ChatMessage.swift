/// One message of a chat-completions request, as every OpenAI-compatible endpoint takes it.
package struct ChatMessage: Sendable, Codable, Hashable {
    /// Who speaks, in the words of the wire format.
    package enum Role: String, Sendable, Codable, Hashable, CaseIterable {
        /// What the prompt engineer tells the model. Never holds a word that a stranger wrote.
        case system
        /// The customer's side, and everything that strangers wrote.
        case user
        /// The answering side: what the assistant, or a teammate in its place, said earlier.
        case assistant
    }

    /// Who speaks.
    package let role: Role
    /// Plain text.
    package let content: String

    /// - Parameter content: plain text.
    package init(role: Role, content: String) {
        self.role = role
        self.content = content
    }
}

/// What a prompt asks of the model beside its words: the `model:` line of its file.
package struct ModelParameters: Sendable, Codable, Hashable {
    /// 0...2; nil leaves it to the endpoint (some reasoning models refuse any value).
    package let temperature: Double?
    /// The longest answer to pay for, in tokens, 1...32,768.
    package let maxTokens: Int
    /// The name of the endpoint the prompt was written for; nil means whichever is the default.
    package let endpoint: String?

    /// - Parameters:
    ///   - temperature: 0...2, or nil.
    ///   - maxTokens: 1...32,768.
    ///   - endpoint: a name from the operator's settings, or nil for the default.
    package init(temperature: Double?, maxTokens: Int, endpoint: String?) {
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.endpoint = endpoint
    }
}
