/// The values of one rendering, checked against the declared inputs and neutralised.
struct PreparedValues: Sendable {
    /// What `{{name}}` reads.
    var clean: PromptValues
    /// What `{{{name}}}` reads: trusted inputs as they are.
    let raw: [String: String]

    /// The longest list.
    private static let mostItems = 1000

    init(_ values: PromptValues, for prompt: PromptFile, boundary: String) throws(PromptRenderError) {
        var check = ValueCheck(prompt: prompt.name, neutral: Neutral(boundary: boundary), mostItems: Self.mostItems)
        clean = try check.fields(values, prompt.inputs, path: "")
        guard check.missing.isEmpty else { throw .missingValues(prompt: prompt.name, names: check.missing) }
        clean[Linker.boundary] = .text(boundary)
        var trusted: [String: String] = [:]
        for name in prompt.trust.raw { trusted[name] = values[name]?.shown }
        raw = trusted
    }
}

/// Walks over values and their declared shapes together.
private struct ValueCheck {
    let prompt: String
    let neutral: Neutral
    let mostItems: Int
    var missing: [String] = []

    mutating func fields(_ values: PromptValues, _ inputs: [Input], path: String) throws(PromptRenderError) -> PromptValues {
        var clean: PromptValues = [:]
        for input in inputs {
            let name = path + input.name
            guard let value = values[input.name] else {
                if !input.isOptional, missing.count < 20 { missing.append(name) }
                continue
            }
            clean[input.name] = try self.value(value, input.shape, name)
        }
        return clean
    }

    private mutating func value(_ value: PromptValue, _ shape: Shape, _ name: String) throws(PromptRenderError) -> PromptValue {
        switch (shape, value) {
        case (.line, .text(let text)): return .text(neutral(text, onOneLine: true))
        case (.string, .text(let text)): return .text(DataLine.stuffed(neutral(text)))
        case (.integer, .number), (.boolean, .flag): return value
        case (.array(.object(let fields)), .list(let items)):
            try limit(items.count, name)
            var clean: [[String: PromptValue]] = []
            for (index, item) in items.enumerated() { clean.append(try self.fields(item, fields, path: "\(name)[\(index)].")) }
            return .list(clean)
        case (.array(.line), .texts(let items)):
            try limit(items.count, name)
            return .texts(items.map { neutral($0, onOneLine: true) })
        case (.array(.string), .texts(let items)):
            try limit(items.count, name)
            return .texts(items.map { DataLine.stuffed(neutral($0)) })
        case (.array, .list(let items)) where items.isEmpty: return .texts([])
        case (.array, .texts(let items)) where items.isEmpty: return .list([])
        case (.object(let fields), .fields(let values)): return .fields(try self.fields(values, fields, path: name + "."))
        default: throw .wrongKind(prompt: prompt, name: name, expected: shape.words)
        }
    }

    private func limit(_ count: Int, _ name: String) throws(PromptRenderError) {
        guard count <= mostItems else { throw .wrongKind(prompt: prompt, name: name, expected: "a list of at most \(mostItems) items") }
    }
}
