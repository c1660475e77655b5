import Foundation
import Prompting

/// The small world of these tests: prompts made of a few lines, and the folder that ships.
enum World {
    static let boundary = "0badc0de"

    /// A prompt with the given front matter lines and body.
    static func prompt(_ frontMatter: String = "", body: String, name: String = "small") -> String {
        "---\nprompt: \(name)\n\(frontMatter.isEmpty ? "" : frontMatter + "\n")---\n\(body)"
    }

    static func partial(_ name: String, _ body: String) -> String { "---\npartial: \(name)\n---\n\(body)" }

    /// What the customer's message of a small prompt becomes.
    static func render(
        _ body: String, input: String = "", _ values: PromptValues = [:], partials: [String: String] = [:], boundary: String = boundary
    ) throws -> String {
        var texts = ["small.prompt": prompt(input.isEmpty ? "" : "input:\n\(input)", body: "user:\n\(body)")]
        for (name, text) in partials { texts["\(name).prompt"] = partial(name, text) }
        return try PromptLibrary(texts: texts).render("small", values: values, boundary: boundary).messages.last?.content ?? ""
    }

    /// The faults of a few files, empty where a library can be made without warnings.
    static func faults(_ texts: [String: String]) -> [PromptFault] {
        do {
            return try PromptLibrary(texts: texts).warnings
        } catch {
            return error.faults
        }
    }

    static func errors(_ texts: [String: String]) -> [PromptFault] { faults(texts).filter { $0.level == .error } }

    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder that ships.
    static let folder = repository.appending(path: "Prompts").path

    /// The shipped files as texts, to be broken by tests.
    static func shipped() throws -> [String: String] {
        var texts: [String: String] = [:]
        for name in ["answer.prompt", "answer-brief.prompt", "house-style.prompt", "answer-contract.prompt"] {
            texts[name] = try String(contentsOf: repository.appending(path: "Prompts/\(name)"), encoding: .utf8)
        }
        for name in ["withdrawal-fee.yaml", "rate-limit.yaml"] {
            texts["fixtures/\(name)"] = try String(contentsOf: repository.appending(path: "Prompts/fixtures/\(name)"), encoding: .utf8)
        }
        return texts
    }

    /// Values for the shipped answer prompt.
    static func values(question: String = "What does a withdrawal cost?", passages: [[String: PromptValue]] = []) -> PromptValues {
        [
            "company": .text("Quayside"), "assistant": .text("Pier"), "tone": .text("calm"), "language": .text("English"),
            "today": .text("2026-11-30"), "question": .text(question), "passages": .list(passages),
        ]
    }

    static func passage(_ id: String, _ title: String, _ text: String) -> [String: PromptValue] {
        ["id": .text(id), "title": .text(title), "text": .text(text)]
    }
}
