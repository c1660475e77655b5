/// A prompt with its values: what will be sent, and everything that has to be recorded about it.
package struct RenderedPrompt: Sendable, Hashable {
    /// The prompt's name.
    package let name: String
    /// In the order to be sent: the system message (if the file has one), the history where the file places it, the customer's message last.
    package let messages: [ChatMessage]
    /// SHA-256 over the prompt file and every partial it uses, 64 lower-case hexadecimal digits: equal versions mean equal files.
    package let version: String
    /// The prompt's `model:` line.
    package let parameters: ModelParameters
    /// The contract that the answer follows (`answer-v1`), or nil for plain text.
    package let output: String?
    /// What the budget cost, one line each, `history.oldest: 4 messages`; empty where everything fitted.
    package let dropped: [String]
    /// How many items the budget took from the end of each list, by the list's name (`passages`).
    package let droppedItems: [String: Int]
    /// Our best guess at the tokens of the request (`TokenEstimate.tokens`); right within about a fifth for European languages.
    package let tokenEstimate: Int
    /// No byte-level tokenizer makes more tokens than this (`TokenEstimate.upperBound`): what a hold must cover.
    package let tokenUpperBound: Int
    /// The random token that fenced the data off, 8 lower-case hexadecimal digits.
    package let boundary: String
}

/// Why a prompt could not be rendered. Each is a fault of the caller or of the prompt, found before anything is sent.
package enum PromptRenderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No prompt has this name.
    case unknownPrompt(String, known: [String])
    /// Declared inputs that are not optional and were not given (dotted names, `passages[3].title`).
    case missingValues(prompt: String, names: [String])
    /// A value of another kind than declared.
    case wrongKind(prompt: String, name: String, expected: String)
    /// Even with everything dropped that may be dropped, the request is estimated above its budget (tokens).
    case overBudget(prompt: String, estimate: Int, budget: Int)
    /// The rendered messages are larger than the limit (bytes of UTF-8), or take too many steps to render.
    case tooLarge(prompt: String, limitBytes: Int)
    /// The customer's message came out empty.
    case emptyMessage(prompt: String)
    /// The history holds a system message; only prompt files may speak as the system.
    case systemMessageInHistory(prompt: String)
    /// A boundary was given that is not 8 lower-case hexadecimal digits.
    case malformedBoundary(String)

    /// For the operator, ending in what to do.
    package var description: String {
        switch self {
        case .unknownPrompt(let name, let known):
            "no prompt is named '\(name)'; there are: \(known.joined(separator: ", "))"
        case .missingValues(let prompt, let names):
            "prompt '\(prompt)': no value for \(names.joined(separator: ", ")); give one, or declare the input optional ('name?')"
        case .wrongKind(let prompt, let name, let expected):
            "prompt '\(prompt)': the value of '\(name)' must be \(expected)"
        case .overBudget(let prompt, let estimate, let budget):
            "prompt '\(prompt)': about \(estimate) tokens with all that may be dropped already dropped; "
                + "raise 'budget: total' (now \(budget)) or shorten the prompt"
        case .tooLarge(let prompt, let limit):
            "prompt '\(prompt)': the rendered messages pass the limit of \(limit) bytes; send fewer or shorter passages"
        case .emptyMessage(let prompt):
            "prompt '\(prompt)': the customer's message came out empty; check the values and the last 'user:' part"
        case .systemMessageInHistory(let prompt):
            "prompt '\(prompt)': a system message in the history; give only what was said to and by the customer"
        case .malformedBoundary(let text):
            "the boundary '\(text.prefix(20))' is not 8 lower-case hexadecimal digits"
        }
    }
}
