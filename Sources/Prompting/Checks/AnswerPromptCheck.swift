import Notation

/// The checks of a prompt that promises `output: answer-v1`.
struct AnswerPromptCheck {
    private let prompt: LinkedPrompt
    private let words: String
    private(set) var faults: Set<PromptFault> = []

    private var file: PromptFile { prompt.file }
    private var place: Place { file.outputPlace ?? file.bodyPlace }

    /// - Parameter words: the whole wording, partials included.
    init(_ prompt: LinkedPrompt, words: String) {
        self.prompt = prompt
        self.words = words
    }

    mutating func run() {
        for input in file.inputs { check(input, among: AnswerPromptContract.inputs, of: "an answer prompt") }
        for name in ["question", "passages"] where !file.inputs.contains(where: { $0.name == name }) {
            report(.error, place, "an answer prompt needs the input '\(name)'; declare it under 'input:'")
        }
        checkPassages()
        checkKeys()
        if !faults.contains(where: { $0.level == .error }) { checkReadingBack() }
    }

    private mutating func check(_ input: Input, among offered: [Input], of what: String) {
        guard let offer = offered.first(where: { $0.name == input.name }) else {
            let hint = Suggesting.hint(input.name, among: offered.map(\.name), what: "inputs")
            return report(.error, input.place, "nothing fills '\(input.name)' of \(what). \(hint)")
        }
        if offer.isOptional, !input.isOptional {
            report(.error, input.place, "'\(input.name)' is not always there; declare it '\(input.name)?'")
        }
        switch (offer.shape, input.shape) {
        case (.array(.object(let offeredFields)), .array(.object(let fields))):
            for field in fields { check(field, among: offeredFields, of: "'\(input.name)'") }
        case (.string, .line), (.string, .string), (.line, .line): break
        default: report(.error, input.place, "'\(input.name)' is \(offer.shape.words); declare it so")
        }
    }

    private mutating func checkPassages() {
        let inMessages = prompt.parts.contains {
            guard case .message(.user, let nodes) = $0 else { return false }
            return Self.showsPassages(nodes)
        }
        if !inMessages {
            report(
                .error, file.bodyPlace,
                "no passages section: an answer prompt shows '{{#passages}}[{{id}}] {{title}} ... {{text}}{{/passages}}'")
        }
    }

    private static func showsPassages(_ nodes: [LinkedNode]) -> Bool {
        nodes.contains {
            switch $0 {
            case .section(let reference, isInverted: false, _): reference == Reference(frame: 0, path: ["passages"])
            case .indented(_, let nodes): showsPassages(nodes)
            default: false
            }
        }
    }

    private mutating func checkKeys() {
        for key in AnswerPromptContract.keys where !words.contains("\"\(key)\"") {
            let isRequired = AnswerPromptContract.requiredKeys.contains(key)
            if isRequired {
                report(
                    .error, place, "the wording never asks for \"\(key)\", which '\(AnswerPromptContract.name)' needs; name it in quotes")
            } else if key != "plan", key != "follow_ups" {
                report(.warning, place, "the wording never asks for \"\(key)\"; what reads answers will take it as missing")
            }
        }
    }

    /// Renders probes and reads them back as the built-in responder would: without a teammate's note, with one, and with nothing found.
    private mutating func checkReadingBack() {
        let full = AnswerPromptContract.probe
        for probe in [full.filter { $0.key != "human_stretch" }, full, full.merging(["passages": .list([])]) { $1 }] {
            guard let fault = faultReadingBack(probe) else { continue }
            return report(.error, file.bodyPlace, fault)
        }
    }

    private func faultReadingBack(_ probe: PromptValues) -> String? {
        do {
            var assembly = try Assembly(prompt, values: probe, history: [], boundary: "0badc0de")
            let rendered = try assembly.rendered()
            guard let block = rendered.messages.last.flatMap({ DataBlock.parse($0.content) }) else {
                return
                    "the last 'user:' message has no readable data block: 'DATA {{boundary}}' and 'END {{boundary}}' each on a line of its own, "
                    + "then a line 'Customer: {{question}}'"
            }
            return Self.difference(block, probe)
        } catch {
            return "a probe cannot be rendered: \(error)"
        }
    }

    private static func difference(_ block: DataBlock, _ sent: PromptValues) -> String? {
        guard block.question == sent["question"]?.shown else {
            return "the question cannot be read back; end the message with a line 'Customer: {{question}}' and nothing after it"
        }
        guard case .list(let passages) = sent["passages"], block.passages.map(\.id) == passages.map({ $0["id"]?.shown ?? "" }) else {
            return "the passages cannot be read back; begin each on its own line with '[{{id}}] {{title}}' inside the data block"
        }
        let isSame = zip(block.passages, passages).allSatisfy {
            $0.text == $1["text"]?.shown && $0.title.hasPrefix($1["title"]?.shown ?? "")
        }
        return isSame ? nil : "the text of the passages cannot be read back; put '{{text}}' alone on the line after '[{{id}}] {{title}}'"
    }

    private mutating func report(_ level: PromptFault.Level, _ place: Place, _ what: String) {
        faults.insert(PromptFault(level, place, what))
    }
}
