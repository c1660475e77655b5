/// Puts one request together: renders the parts, sets in the history, and drops what the budget does not allow.
struct Assembly {
    private let prompt: LinkedPrompt
    private let boundary: String
    private var values: PreparedValues
    private var history: [ChatMessage]
    private var droppedHistory = 0
    private var droppedItems: [String: Int] = [:]

    init(_ prompt: LinkedPrompt, values: PromptValues, history: [ChatMessage], boundary: String) throws(PromptRenderError) {
        self.prompt = prompt
        self.boundary = boundary
        guard history.allSatisfy({ $0.role != .system }) else { throw .systemMessageInHistory(prompt: prompt.file.name) }
        self.values = try PreparedValues(values, for: prompt.file, boundary: boundary)
        let neutral = Neutral(boundary: boundary)
        self.history = history.map { ChatMessage(role: $0.role, content: neutral($0.content)) }.filter { !$0.content.isEmpty }
    }

    mutating func rendered() throws(PromptRenderError) -> RenderedPrompt {
        keepWithinOwnBudgets()
        let messages = try withinTotal()
        let file = prompt.file
        return RenderedPrompt(
            name: file.name, messages: messages, version: prompt.version, parameters: file.parameters, output: file.output,
            dropped: dropped, droppedItems: droppedItems, tokenEstimate: TokenEstimate.tokens(of: messages),
            tokenUpperBound: TokenEstimate.upperBound(of: messages),
            boundary: boundary)
    }

    private var dropped: [String] {
        (droppedHistory > 0 ? ["history.oldest: \(droppedHistory) messages"] : [])
            + droppedItems.sorted { $0.key < $1.key }.map { "\($0.key).last: \($0.value) items" }
    }

    /// What history and lists may take by themselves.
    private mutating func keepWithinOwnBudgets() {
        if let limit = prompt.file.budget.history {
            var size = history.reduce(0) { $0 + Self.tokens($1) }
            while size > limit, let freed = dropOldestExchange() { size -= freed }
        }
        for (list, limit) in prompt.file.budget.lists {
            var size = values.itemTokens(of: list).reduce(0, +)
            while size > limit, let freed = dropLast(of: list) { size -= freed }
        }
    }

    private mutating func withinTotal() throws(PromptRenderError) -> [ChatMessage] {
        var messages = try messages()
        guard let total = prompt.file.budget.total else { return messages }
        var estimate = TokenEstimate.tokens(of: messages)
        if estimate <= total { return messages }
        for drop in prompt.file.budget.drop {
            while estimate > total {
                guard let freed = self.drop(drop) else { break }
                // Rendering again is needed only once enough seems to be gone.
                estimate -= freed
                if estimate <= total {
                    messages = try self.messages()
                    estimate = TokenEstimate.tokens(of: messages)
                }
            }
        }
        messages = try self.messages()
        estimate = TokenEstimate.tokens(of: messages)
        guard estimate <= total else { throw .overBudget(prompt: prompt.file.name, estimate: estimate, budget: total) }
        return messages
    }

    private mutating func drop(_ drop: Budget.Drop) -> Int? {
        switch drop {
        case .oldestHistory: dropOldestExchange()
        case .lastOf(let list): dropLast(of: list)
        }
    }

    /// The oldest message and the answers to it, so that what is left begins with the customer; returns the tokens it took.
    private mutating func dropOldestExchange() -> Int? {
        guard !history.isEmpty else { return nil }
        let end = history.dropFirst().firstIndex { $0.role == .user } ?? history.endIndex
        let freed = history[..<end].reduce(0) { $0 + Self.tokens($1) }
        history.removeSubrange(..<end)
        droppedHistory += end
        return freed
    }

    private mutating func dropLast(of list: String) -> Int? {
        guard let freed = values.dropLast(of: list) else { return nil }
        droppedItems[list, default: 0] += 1
        return freed
    }

    private func messages() throws(PromptRenderError) -> [ChatMessage] {
        var messages: [ChatMessage] = []
        var left = Renderer.largestOutput
        for (index, part) in prompt.parts.enumerated() {
            guard case .message(let role, let nodes) = part else {
                messages += history
                continue
            }
            var renderer = Renderer(values: values, limitBytes: left)
            renderer.render(nodes)
            guard !renderer.isTooLarge else { throw .tooLarge(prompt: prompt.file.name, limitBytes: Renderer.largestOutput) }
            left -= renderer.output.utf8.count
            let content = Self.trimmed(renderer.output)
            if !content.isEmpty {
                messages.append(ChatMessage(role: role, content: content))
            } else if index == prompt.parts.count - 1 {
                throw .emptyMessage(prompt: prompt.file.name)
            }
        }
        guard messages.reduce(0, { $0 + $1.content.utf8.count }) <= Renderer.largestOutput else {
            throw .tooLarge(prompt: prompt.file.name, limitBytes: Renderer.largestOutput)
        }
        return messages
    }

    private static func tokens(_ message: ChatMessage) -> Int {
        TokenEstimate.tokens(in: message.content) + TokenEstimate.perMessage
    }

    /// Without blank lines at both ends.
    private static func trimmed(_ text: String) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

extension PreparedValues {
    /// The estimated tokens of each item of a list.
    func itemTokens(of list: String) -> [Int] {
        switch clean[list] {
        case .list(let items): items.map { $0.values.reduce(TokenEstimate.perMessage) { $0 + Self.tokens($1) } }
        case .texts(let items): items.map { TokenEstimate.tokens(in: $0) + 1 }
        default: []
        }
    }

    /// Takes the last item off a list, but never its first; returns the tokens it took.
    mutating func dropLast(of list: String) -> Int? {
        guard let freed = itemTokens(of: list).last else { return nil }
        switch clean[list] {
        case .list(let items) where items.count > 1: clean[list] = .list(items.dropLast())
        case .texts(let items) where items.count > 1: clean[list] = .texts(items.dropLast())
        default: return nil
        }
        return freed
    }

    private static func tokens(_ value: PromptValue) -> Int {
        switch value {
        case .text(let text): TokenEstimate.tokens(in: text)
        case .texts(let items): items.reduce(0) { $0 + TokenEstimate.tokens(in: $1) + 1 }
        case .number, .flag: 1
        case .fields(let fields): fields.values.reduce(0) { $0 + tokens($1) }
        case .list(let items): items.reduce(0) { $0 + $1.values.reduce(0) { $0 + tokens($1) } }
        }
    }
}
