import Notation

/// Reads a whole file. Every key is read by itself, so that one mistake does not hide the next. A class only while it reads: its steps are closures
/// that collect faults as they fill the file in.
final class FrontMatter {
    private let file: String
    private var faults: FaultList
    private var prompt: PromptFile

    /// Every key that may stand at the margin of a front matter.
    static let keys = ["prompt", "partial", "description", "model", "input", "output", "budget", "trust", "tests"]
    static let partialKeys = ["partial", "description"]
    static let modelKeys = ["use", "temperature", "maxTokens"]
    static let budgetKeys = ["total", "history", "drop"]
    static let trustKeys = ["raw", "system"]
    /// Inputs that hold strangers' words whatever a file says.
    static let neverTrusted: Set<String> = ["question", "passages", "history", "human_stretch"]
    /// Inputs that one prompt declares.
    private static let mostInputs = 64

    private init(file: String, faults: FaultList, prompt: PromptFile) {
        self.file = file
        self.faults = faults
        self.prompt = prompt
    }

    /// - Parameters:
    ///   - file: the name of the file inside the prompt folder.
    ///   - fixtures: texts that tests may name, by their path (`fixtures/refund.yaml`).
    /// - Returns: nil where the file cannot be told apart into front matter and body.
    static func read(_ text: String, file: String, fixtures: [String: String], faults: inout FaultList) -> PromptFile? {
        let top = Place(file: file, line: 1)
        guard text.utf8.count <= PromptFile.largest else {
            faults.report(top, "the file is larger than \(PromptFile.largest / 1024) KiB; shorten it or move parts into partials")
            return nil
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, first.trimmingBlanks() == "---",
            let end = lines.dropFirst().firstIndex(where: { $0.trimmingBlanks() == "---" })
        else {
            faults.report(
                top, "the front matter is missing: the file must begin with a line '---', keys such as 'prompt: answer', and another '---'")
            return nil
        }
        do {
            let root = try Node.parse(lines[..<end].joined(separator: "\n") + "\n", file: file)
            let body = (lines: lines[(end + 1)...], firstLine: end + 2)
            return try read(root, text: text, body: body, file: file, fixtures: fixtures, faults: &faults)
        } catch let error as NotationError {
            faults.report(Place(file: file, line: error.line), error.what)
        } catch {
            faults.report(top, "not readable: \(error)")
        }
        return nil
    }

    private static func read(
        _ root: Node, text: String, body: (lines: ArraySlice<Substring>, firstLine: Int), file: String, fixtures: [String: String],
        faults: inout FaultList
    ) throws -> PromptFile {
        let all = try Fields(root, known: nil)
        let isPartial = all["partial"] != nil
        let known = isPartial ? partialKeys : keys.filter { $0 != "partial" }
        for error in Fields.unknown(in: root, known: known) { faults.report(Place(file: file, line: error.line), error.what) }
        let parts = BodySplitter.split(body.lines, firstLine: body.firstLine, file: file, isPartial: isPartial, faults: &faults)
        let stem = String(file.dropLast(".prompt".count))
        let reader = FrontMatter(
            file: file, faults: faults,
            prompt: PromptFile(
                file: file, name: stem, isPartial: isPartial, text: text, bodyPlace: Place(file: file, line: body.firstLine), parts: parts))
        reader.readName(all, key: isPartial ? "partial" : "prompt", stem: stem)
        if !isPartial { reader.readKeys(all, fixtures: fixtures) }
        faults = reader.faults
        return reader.prompt
    }

    private func readName(_ all: Fields, key: String, stem: String) {
        attempt {
            let node = try all.required(key)
            let name = try node.string()
            guard PromptName.isValid(stem) else {
                throw node.error("the file name '\(file)' is not usable; lower-case letters, digits and hyphens, and '.prompt'")
            }
            guard name == stem else {
                throw node.error("'\(key): \(name)' must equal the file name; write '\(key): \(stem)' or rename the file")
            }
        }
        attempt { prompt.description = try all["description"]?.string() ?? "" }
    }

    private func readKeys(_ all: Fields, fixtures: [String: String]) {
        readModel(all["model"])
        readInputs(all["input"])
        attempt {
            guard let node = all["output"] else { return }
            prompt.output = try node.string()
            prompt.outputPlace = Place(file: file, line: node.line)
        }
        readBudget(all["budget"])
        readTrust(all["trust"])
        guard let tests = all["tests"] else { return }
        var reader = PromptTestReader(prompt: prompt, fixtures: fixtures)
        prompt.tests = reader.read(tests)
        faults.add(reader.faults.all)
    }

    private func readModel(_ node: Node?) {
        guard let node, let fields = fields(node, known: Self.modelKeys) else { return }
        var temperature: Double?
        var maxTokens = PromptFile.usualMaxTokens
        var endpoint: String?
        attempt { temperature = try fields["temperature"]?.number(in: 0...2) }
        attempt { maxTokens = try fields["maxTokens"]?.integer(in: 1...32_768) ?? maxTokens }
        attempt { endpoint = try fields["use"]?.string() }
        prompt.parameters = ModelParameters(
            temperature: temperature, maxTokens: maxTokens, endpoint: endpoint == "default" ? nil : endpoint)
    }

    private func readInputs(_ node: Node?) {
        guard let node else { return }
        attempt {
            prompt.inputs = try InputReader.inputs(in: node, depth: 0)
            guard prompt.inputs.count <= Self.mostInputs else { throw node.error("more than \(Self.mostInputs) inputs; group them") }
            for input in prompt.inputs where [Linker.boundary, "history"].contains(input.name) {
                let remedy =
                    input.name == "history"
                    ? "the conversation goes where the line 'history:' stands" : "write '{{boundary}}' where you need it"
                faults.report(input.place, "'\(input.name)' is always there and not declared; \(remedy). Remove this line")
            }
        }
    }

    private func readBudget(_ node: Node?) {
        let lists = prompt.inputs.filter { if case .array = $0.shape { true } else { false } }.map(\.name)
        guard let node, let fields = fields(node, known: Self.budgetKeys + lists) else { return }
        let range = 1...1_000_000
        attempt { prompt.budget.total = try fields["total"]?.integer(in: range) }
        attempt { prompt.budget.history = try fields["history"]?.integer(in: range) }
        for list in lists { attempt { prompt.budget.lists[list] = try fields[list]?.integer(in: range) } }
        let possible = ["history.oldest"] + lists.map { "\($0).last" }
        for item in fields["drop"]?.items() ?? [] {
            attempt {
                let word = try item.string()
                guard let drop = Budget.Drop(word, lists: lists) else {
                    throw item.error("'\(word)' cannot be dropped. " + Suggesting.hint(word, among: possible, what: "choices"))
                }
                prompt.budget.drop.append(drop)
            }
        }
    }

    private func readTrust(_ node: Node?) {
        guard let node, let fields = fields(node, known: Self.trustKeys) else { return }
        prompt.trust.raw = trusted(fields["raw"])
        prompt.trust.system = trusted(fields["system"])
    }

    private func trusted(_ node: Node?) -> Set<String> {
        var names: Set<String> = []
        for item in node?.items() ?? [] {
            attempt {
                let name = try item.string()
                guard let input = prompt.inputs.first(where: { $0.name == name }) else {
                    throw item.error(
                        "'\(name)' is not a declared input. " + Suggesting.hint(name, among: prompt.inputs.map(\.name), what: "inputs"))
                }
                guard !Self.neverTrusted.contains(name) else {
                    throw item.error("'\(name)' holds the words of strangers and can never be trusted; remove it from 'trust:'")
                }
                guard input.shape.isScalar else { throw item.error("'\(name)' is \(input.shape.words); only single values can be trusted") }
                names.insert(name)
            }
        }
        return names
    }

    private func fields(_ node: Node, known: [String]) -> Fields? {
        for error in Fields.unknown(in: node, known: known) { faults.report(Place(file: file, line: error.line), error.what) }
        var fields: Fields?
        attempt { fields = try Fields(node, known: nil) }
        return fields
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch let error as NotationError {
            faults.report(Place(file: error.file, line: error.line), error.what)
        } catch {
            faults.report(Place(file: file, line: 1), "not readable: \(error)")
        }
    }
}
