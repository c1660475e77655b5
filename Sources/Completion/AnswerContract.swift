import Notation

/// The one JSON object that a model is asked for, in the order in which it shall be generated: evidence before the answer, confidence last.
///
/// Confidence is an integer from a list, not a bounded number: llama.cpp's server let 19 of 20 numbers out of `minimum`/`maximum` and none out
/// of an enum, and Azure refuses the bounds. Lengths are asked for in the descriptions for the same reason.
package struct AnswerContract: Hashable, Sendable, Codable {
    /// The words for `intent`; `other` is always possible.
    package var intents: [String]
    /// The names that `captured` may use.
    package var capturedFields: [String]
    /// The words for `reason`.
    package var reasons: [String]

    /// - Parameters: words as they shall stand in the JSON; an empty `intents` leaves the choice to the model.
    package init(
        intents: [String] = [], capturedFields: [String] = ["name", "email", "phone", "order", "amount"],
        reasons: [String] = ["asked_for_person", "sensitive", "not_in_documents", "needs_account_access", "frustrated", "other"]
    ) {
        self.intents = intents
        self.capturedFields = capturedFields
        self.reasons = reasons
    }

    /// The schema as JSON text, the value of `response_format.json_schema.schema`.
    package var schemaText: String { String(decoding: schema.bytes, as: UTF8.self) }

    /// Within what strict mode allows everywhere: every property required, no additional ones, no lengths, no bounds.
    var schema: JSON {
        Self.object([
            ("plan", Self.text("which passages settle the question, or that none does; at most 300 characters, never shown")),
            ("support", Self.words(Draft.Support.allCases.map(\.rawValue), "how far the passages settle the question")),
            ("citations", Self.list(Self.citation, "the passages the answer rests on")),
            ("answer", Self.text("what the customer reads; empty if the passages do not settle the question")),
            ("missing", Self.optionalText("what the passages do not say")),
            ("follow_ups", Self.list(Self.text(nil), "at most 3 questions the customer may ask next")),
            ("intent", intents.isEmpty ? Self.text("what the customer wants, in one word") : Self.words(intents + ["other"], nil)),
            ("sentiment", Self.integers(-2...2, "how the customer sounds: -2 furious, 0 neutral, 2 delighted")),
            ("captured", Self.object(capturedFields.map { ($0, Self.optionalText(nil)) })),
            ("needs_human", .of(("type", "boolean"))),
            ("reason", .of(("type", ["string", "null"]), ("enum", .array(reasons.map(JSON.string) + [.null])))),
            ("summary", Self.text("the conversation for a colleague; at most 400 characters")),
            ("confidence", Self.integers(0...20, "of 20 answers like this, how many would a careful colleague accept?")),
        ])
    }

    private static var citation: JSON {
        object([("passage", text("the id in square brackets")), ("quote", text("copied word for word; at most 160 characters"))])
    }

    private static func text(_ description: String?) -> JSON { .of(("type", "string"), ("description", description.map(JSON.string))) }

    private static func optionalText(_ description: String?) -> JSON {
        .of(("type", ["string", "null"]), ("description", description.map(JSON.string)))
    }

    private static func words(_ words: [String], _ description: String?) -> JSON {
        .of(("type", "string"), ("enum", .array(words.map(JSON.string))), ("description", description.map(JSON.string)))
    }

    private static func integers(_ range: ClosedRange<Int>, _ description: String) -> JSON {
        .of(("type", "integer"), ("enum", .array(range.map { .number(String($0)) })), ("description", .string(description)))
    }

    private static func list(_ item: JSON, _ description: String) -> JSON {
        .of(("type", "array"), ("items", item), ("description", .string(description)))
    }

    private static func object(_ properties: [(String, JSON)]) -> JSON {
        .of(
            ("type", "object"), ("properties", .object(properties.map { JSON.Member(key: $0.0, value: $0.1) })),
            ("required", .array(properties.map { .string($0.0) })), ("additionalProperties", false))
    }
}

extension JSON: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: JSON...) { self = .array(elements) }
}
