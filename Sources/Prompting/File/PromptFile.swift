/// One `.prompt` file, read and not yet linked: the front matter between two `---` lines, and the body.
///
/// A prompt (`prompt: answer`) has a body of chat messages, cut apart at its role lines before anything is rendered, so that no value can begin a
/// message. A partial (`partial: house-style`) is a piece of text that prompts include.
struct PromptFile: Sendable {
    let file: String
    let name: String
    let isPartial: Bool
    /// The whole file, for the version.
    let text: String
    let bodyPlace: Place
    let parts: [BodyPart]
    var description = ""
    var parameters = ModelParameters(temperature: nil, maxTokens: PromptFile.usualMaxTokens, endpoint: nil)
    var inputs: [Input] = []
    var output: String?
    var outputPlace: Place?
    var budget = Budget()
    var trust = Trust()
    var tests: [PromptTest] = []

    /// The largest file, in bytes.
    static let largest = 32 * 1024
    /// Where `maxTokens` is not given.
    static let usualMaxTokens = 700

    /// What a file may name in `trust:`.
    struct Trust: Sendable {
        /// May stand in triple braces, and in a system message.
        var raw: Set<String> = []
        /// May stand in a system message.
        var system: Set<String> = []
    }
}

/// A message of the body.
struct BodyPart: Sendable {
    enum Kind: Sendable, Hashable {
        case message(ChatMessage.Role)
        /// Where the conversation so far goes.
        case history
        /// The whole body of a partial.
        case partial
    }
    let kind: Kind
    let place: Place
    let nodes: [TemplateNode]
    /// As written, for the checks that read words.
    let text: String
}

/// Faults of all files, each kept once.
struct FaultList {
    private(set) var all: Set<PromptFault> = []

    mutating func report(_ place: Place, _ what: String) { report(.error, place, what) }

    mutating func report(_ level: PromptFault.Level, _ place: Place, _ what: String) {
        all.insert(PromptFault(level, place, what))
    }

    mutating func add(_ more: some Sequence<PromptFault>) { all.formUnion(more) }

    func hasError(in file: String) -> Bool { all.contains { $0.file == file && $0.level == .error } }
}
