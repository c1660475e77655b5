import Notation

/// What an endpoint said when it refused, from any of the shapes in use: OpenAI's `{"error": {...}}` (`code` a number, a text or null), a bare
/// `error` text, FastAPI's `detail` (text or list), vLLM's flat object, a gateway's HTML page, plain text, nothing.
package struct EndpointError: Error, Hashable, Sendable {
    /// One line, at most 300 characters, without the key; empty where the endpoint said nothing.
    package let message: String
    /// `invalid_request_error`, `insufficient_quota`...; as written.
    package let type: String?
    /// As written, numbers as text.
    package let code: String?
    /// The field of the request that is to blame.
    package let parameter: String?

    init(message: String, type: String? = nil, code: String? = nil, parameter: String? = nil) {
        self.message = Self.oneLine(message)
        self.type = type
        self.code = code
        self.parameter = parameter
    }

    /// The error in a whole body, whatever it holds.
    init(body: [UInt8]) {
        // Not JSON: a page or plain text.
        if let value = try? JSONReader.read(body), let error = EndpointError(object: value, isBody: true) {
            self = error
        } else {
            self.init(message: Self.title(of: body) ?? String(decoding: body.prefix(1_200), as: UTF8.self))
        }
    }

    /// The error in a JSON object.
    /// - Parameter isBody: it is a refusal's body, so that any message will do; else only an `error` counts.
    init?(object: JSON, isBody: Bool) {
        if let error = object["error"] {
            self.init(details: error, outer: object)
        } else if isBody {
            self.init(details: object, outer: object)
        } else if object["object"]?.text == "error" {
            self.init(details: object, outer: object)
        } else {
            return nil
        }
    }

    private init(details: JSON, outer: JSON) {
        let detail = details["detail"]?.items?.compactMap { $0["msg"]?.text }.joined(separator: "; ")
        let message = details.text ?? details["message"]?.text ?? details["detail"]?.text ?? detail ?? outer["message"]?.text
        self.init(
            message: message ?? String(decoding: details.bytes.prefix(300), as: UTF8.self), type: Self.word(details["type"]),
            code: Self.word(details["code"]) ?? Self.word(details["innererror"]?["code"]), parameter: Self.word(details["param"]))
    }

    /// The same, without a key that the endpoint may have echoed.
    func redacted(_ key: Secret?) -> EndpointError {
        guard let key else { return self }
        return EndpointError(message: key.redact(message), type: type, code: code, parameter: parameter)
    }

    private static func word(_ value: JSON?) -> String? { Coercion.line(value, limit: 80) }

    private static func oneLine(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(1_200) { scalars.append(Coercion.isControl(scalar) ? " " : scalar) }
        return String(Coercion.trimmed(String(scalars)).prefix(300))
    }

    private static func title(of body: [UInt8]) -> String? {
        guard ReplyReader.isMarkup(body) else { return nil }
        let page = String(decoding: body.prefix(4_096), as: UTF8.self)
        guard let start = page.firstRange(of: "<title>")?.upperBound, let end = page[start...].firstRange(of: "</title>")?.lowerBound else {
            return "an HTML page"
        }
        return "an HTML page: \(page[start..<end])"
    }
}

// What a refusal is about. Codes first; words of the message where servers give no code.
extension EndpointError {
    private func mentions(_ words: [String]) -> Bool {
        let text = [message, code ?? "", type ?? "", parameter ?? ""].joined(separator: " ").lowercased()
        return words.contains { text.contains($0) }
    }

    /// The credit at the endpoint is used up; waiting does not help.
    var isOutOfCredit: Bool {
        let words: Set<String> = ["insufficient_quota", "budget_exceeded", "billing_hard_limit_reached"]
        return words.contains(code ?? "") || words.contains(type ?? "")
    }

    /// The request does not fit the model's context.
    var isTooLong: Bool {
        mentions(["context_length_exceeded", "exceed_context_size", "maximum context length", "context window", "context size"])
    }

    /// The endpoint's filter refused the words, not the form.
    var isFiltered: Bool { mentions(["content_filter", "responsibleaipolicyviolation", "content_policy_violation"]) }

    /// `response_format` or something of it.
    var blamesFormat: Bool {
        mentions(["response_format", "json_schema", "json_object", "schema", "grammar", "sampler", "structured output", "guided"])
    }

    /// `stream_options`.
    var blamesStreamOptions: Bool { mentions(["stream_options", "include_usage"]) }

    /// The limit's field: `max_tokens` where `max_completion_tokens` is wanted, or the other way round.
    var blamesMaxTokens: Bool {
        if parameter == "max_tokens" || parameter == "max_completion_tokens" { return true }
        guard mentions(["max_tokens", "max_completion_tokens"]) else { return false }
        return mentions(["unsupported", "not supported", "unknown", "unrecognized", "extra"])
    }

    /// A temperature other than the default (reasoning models).
    var blamesTemperature: Bool { parameter == "temperature" || mentions(["'temperature'", "\"temperature\""]) }
}
