/// Reads and checks all files of a folder together and keeps what can be served.
struct FolderCheck {
    private(set) var faults = FaultList()
    private(set) var prompts: [String: LinkedPrompt] = [:]
    private var files: [PromptFile] = []

    /// - Parameter texts: by path inside the folder: `answer.prompt`, `fixtures/refund.yaml`.
    init(texts: [String: String], unreadable: [PromptFault] = []) {
        faults.add(unreadable)
        let texts = texts.mapValues(Self.normalised)
        for (path, text) in texts.sorted(by: { $0.key < $1.key }) where path.hasSuffix(".prompt") {
            guard !path.contains("/") else {
                faults.report(Place(file: path, line: 1), "prompts stand in the folder itself, not below it; move the file up")
                continue
            }
            if let file = FrontMatter.read(text, file: path, fixtures: texts, faults: &faults) { files.append(file) }
        }
        let partials = Dictionary(files.filter(\.isPartial).map { ($0.name, $0) }) { first, _ in first }
        checkCircles(partials)
        var reached: Set<String> = []
        for file in files where !file.isPartial { reached.formUnion(check(file, partials)) }
        for file in files { faults.add(WordingCheck.faults(in: file)) }
        for partial in files where partial.isPartial && !reached.contains(partial.name) {
            faults.report(
                .warning, Place(file: partial.file, line: 1), "no prompt uses this partial; its names are not checked. Use it or remove it")
        }
        if files.allSatisfy(\.isPartial), unreadable.isEmpty, faults.all.isEmpty {
            faults.report(Place(file: ".", line: 1), "there is no prompt in this folder; add 'answer.prompt'")
        }
    }

    /// Checks one prompt; returns the partials it reaches.
    private mutating func check(_ file: PromptFile, _ partials: [String: PromptFile]) -> [String] {
        let linked = LinkedPrompt.link(file, partials: partials)
        faults.add(linked.faults)
        for input in file.inputs where !linked.used.contains(input.name) {
            faults.report(.warning, input.place, "the input '\(input.name)' is never used; remove the line or use '{{\(input.name)}}'")
        }
        let words = Self.words(file, partials)
        if let fault = WordingCheck.order(in: file, words: words) { faults.add([fault]) }
        if let output = file.output { checkOutput(output, linked.prompt, words: words) }
        prompts[file.name] = linked.prompt
        return linked.prompt.partials
    }

    private mutating func checkOutput(_ output: String, _ prompt: LinkedPrompt, words: String) {
        guard output == AnswerPromptContract.name else {
            let hint = Suggesting.hint(output, among: [AnswerPromptContract.name], what: "contracts")
            let place = prompt.file.outputPlace ?? prompt.file.bodyPlace
            return faults.report(place, "'\(output)' is not a contract. \(hint) Leave 'output:' out for plain text.")
        }
        // A prompt with faults of its own would fail the probe for the same reasons once more.
        guard !faults.hasError(in: prompt.file.file) else { return }
        var check = AnswerPromptCheck(prompt, words: words)
        check.run()
        faults.add(check.faults)
    }

    /// The wording in the order in which the model reads it.
    private static func words(_ file: PromptFile, _ partials: [String: PromptFile]) -> String {
        var words: [String] = []
        var left = 1000
        func collect(_ nodes: [TemplateNode], depth: Int) {
            for node in nodes where left > 0 && depth <= TemplateParser.deepest {
                switch node {
                case .text(let text): words.append(text)
                case .value: break
                case .section(_, _, let nodes, _): collect(nodes, depth: depth + 1)
                case .partial(let id, _, _):
                    left -= 1
                    collect(partials[id]?.parts.flatMap(\.nodes) ?? [], depth: depth + 1)
                }
            }
        }
        for part in file.parts { collect(part.nodes, depth: 0) }
        return words.joined()
    }

    /// Line feeds only, and no byte order mark.
    private static func normalised(_ text: String) -> String {
        let unix = text.utf8.contains(0x0D) ? text.replacing("\r\n", with: "\n").replacing("\r", with: "\n") : text
        return unix.unicodeScalars.first == "\u{FEFF}" ? String(unix.unicodeScalars.dropFirst()) : unix
    }
}

extension FolderCheck {
    /// Partials that come back to themselves, each circle once.
    private mutating func checkCircles(_ partials: [String: PromptFile]) {
        var done: Set<String> = []
        var path: [String] = []
        func visit(_ id: String, from place: Place) -> [PromptFault] {
            if let start = path.firstIndex(of: id) {
                let circle = (path[start...] + [id]).joined(separator: " > ")
                return [PromptFault(place, "partials include each other in a circle: \(circle); take one of them out")]
            }
            guard path.count <= partials.count, let file = partials[id], done.insert(id).inserted else { return [] }
            path.append(id)
            defer { path.removeLast() }
            return Self.inclusions(in: file.parts.flatMap(\.nodes)).flatMap { visit($0.id, from: $0.place) }
        }
        for id in partials.keys.sorted() { faults.add(visit(id, from: Place(file: "\(id).prompt", line: 1))) }
    }

    private static func inclusions(in nodes: [TemplateNode]) -> [(id: String, place: Place)] {
        nodes.flatMap { node -> [(id: String, place: Place)] in
            switch node {
            case .text, .value: []
            case .section(_, _, let nodes, _): inclusions(in: nodes)
            case .partial(let id, _, let place): [(id, place)]
            }
        }
    }
}
