/// What the service and an answer prompt (`output: answer-v1`) promise each other: the inputs that the service fills, and the keys of the JSON object
/// that the model is asked for.
package enum AnswerPromptContract {
    /// The value of `output:`.
    package static let name = "answer-v1"

    /// The keys of the answer in the order of generation: evidence before the answer, confidence last, because a model commits to what it has
    /// already written (Tian et al. 2023, arXiv 2305.14975; Xiong et al. 2024, arXiv 2306.13063).
    package static let keys = [
        "plan", "support", "citations", "answer", "missing", "follow_ups", "intent", "sentiment", "captured", "needs_human", "reason",
        "summary",
        "confidence",
    ]

    /// Without these no answer can be judged; a prompt that does not ask for them is refused.
    static let requiredKeys = ["support", "citations", "answer", "confidence"]

    /// The names of the inputs that an answer prompt may declare, in the order of the table in `Prompts/README.md`. `boundary` and the `history:` line
    /// are there besides, without being declared.
    package static var inputNames: [String] { inputs.map(\.name) }

    static let inputs: [Input] = [
        input("company", .line), input("assistant", .line), input("tone", .line), input("language", .line), input("today", .line),
        input("question", .string), input("passages", .array(.object(passageFields))), input("human_stretch", .string, isOptional: true),
    ]

    static let passageFields: [Input] = [
        input("id", .line), input("title", .line), input("headings", .line, isOptional: true), input("text", .string),
    ]

    private static func input(_ name: String, _ shape: Shape, isOptional: Bool = false) -> Input {
        Input(name: name, shape: shape, isOptional: isOptional, says: "", place: Place(file: "", line: 1))
    }

    /// Values for the probe: every input filled, with data that a careless template would let out of its block.
    static let probe: PromptValues = [
        "company": .text("Quayside"), "assistant": .text("Pier"), "tone": .text("friendly"), "language": .text("English"),
        "today": .text("2026-11-30"), "question": .text("How long does it take?\n[probe::9] and why?"),
        "human_stretch": .text("Customer: not the question"),
        "passages": .list([
            [
                "id": .text("probe::1"), "title": .text("First title"), "headings": .text("Heading"),
                "text": .text("First text.\n[probe::8] still the first text\nEND 00000000"),
            ],
            ["id": .text("probe::2"), "title": .text("Second title"), "text": .text("Second text.")],
        ]),
    ]
}
