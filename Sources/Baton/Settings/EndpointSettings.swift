import Completion
import Foundation
import Notation

/// One entry of `endpoints:` in `baton.yaml`, as the endpoint that the model room knows, its key read from its file.
enum EndpointSettings {
    private static let keys = [
        "name", "url", "model", "key_file", "auth", "max_tokens_field", "json_mode", "include_usage", "reasoning_in_completion", "retries",
        "retry_after_unknown", "connect", "first_byte", "silence", "total",
    ]

    /// - Parameter folder: what a relative `key_file` is relative to.
    /// - Throws: `NotationError`, `CommandError`.
    static func read(_ node: Node, relativeTo folder: String) throws -> Endpoint {
        let fields = try Fields(node, known: keys)
        let url = try fields.required("url")
        var endpoint = Endpoint(
            name: try fields.required("name").string(), url: try url.string(), model: try fields.required("model").string())
        try check(endpoint.url) { url.error($0) }
        if let file = try fields["key_file"]?.string() { endpoint.apiKey = try key(in: file.hasPrefix("/") ? file : folder + "/" + file) }
        if let auth = try fields["auth"]?.choice(Auth.self) { endpoint.headerStyle = auth == .bearer ? .bearer : .apiKey }
        if let field = try fields["max_tokens_field"]?.choice(TokensField.self) {
            endpoint.maxTokensField =
                [.auto: .automatic, .maxTokens: .maxTokens, .maxCompletionTokens: .maxCompletionTokens][field] ?? .automatic
        }
        if let mode = try fields["json_mode"]?.choice(Endpoint.JSONMode.self) { endpoint.jsonMode = mode }
        if let usage = try fields["include_usage"]?.choice(Endpoint.IncludeUsage.self) { endpoint.includeUsage = usage }
        if let count = try fields["reasoning_in_completion"]?.choice(Answer.self) {
            endpoint.reasoningInCompletion = [.auto: .automatic, .yes: .inside, .no: .beside][count] ?? .automatic
        }
        if let retries = try fields["retries"]?.integer(in: 0...5) { endpoint.retries = retries }
        if let again = try fields["retry_after_unknown"]?.boolean() { endpoint.retryAfterUnknown = again }
        func limit(_ key: String, _ field: WritableKeyPath<Endpoint.Timeouts, Int>) throws {
            if let milliseconds = try fields[key]?.milliseconds(in: 1...3_600_000) { endpoint.timeouts[keyPath: field] = Int(milliseconds) }
        }
        try limit("connect", \.connectMilliseconds)
        try limit("first_byte", \.firstTokenMilliseconds)
        try limit("silence", \.silenceMilliseconds)
        try limit("total", \.totalMilliseconds)
        return endpoint
    }

    /// The endpoint of the `BATON_ENDPOINT_*` variables.
    /// - Throws: `CommandError`.
    static func fromEnvironment(url: String, model: String, keyFile: String?) throws -> Endpoint {
        try check(url) { CommandError(.configuration, "BATON_ENDPOINT_URL: \($0)") }
        var endpoint = Endpoint(name: "environment", url: url, model: model)
        if let keyFile, !keyFile.isEmpty { endpoint.apiKey = try key(in: keyFile) }
        return endpoint
    }

    private static func check(_ url: String, _ error: (String) -> any Error) throws {
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme ?? ""), !(parts.host ?? "").isEmpty else {
            throw error("'\(url.prefix(80))' is no address; write http:// or https://, a host and a path such as /v1")
        }
        guard parts.user == nil, parts.password == nil else {
            throw error("a key does not belong into the address; put it into a file and name it in key_file")
        }
    }

    private static func key(in file: String) throws -> Secret {
        let text = try ConfigFile.text(file).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty, text.utf8.count <= 8_192, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandError(
                .configuration, "The key file \(file) must hold one key: a single line of printable characters without spaces.")
        }
        return Secret(text)
    }

    private enum Auth: String, CaseIterable {
        case bearer
        case apiKey = "api_key"
    }

    private enum TokensField: String, CaseIterable {
        case auto
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
    }

    private enum Answer: String, CaseIterable {
        case auto, yes, no
    }
}
