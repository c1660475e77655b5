/// The prompts of one folder, checked as a whole: a library exists only if no file has an error.
package struct PromptLibrary: Sendable {
    /// Reads every `*.prompt` file of a folder.
    /// - Throws: `PromptErrors` with every fault of every file.
    package init(folder: String) throws {}

    /// Fills a prompt with values.
    /// - Throws: `PromptRenderError`.
    package func render(
        _ name: String, values: PromptValues, history: [ChatMessage] = [], boundary: String? = nil
    ) throws -> RenderedPrompt {
        throw PromptRenderError.unknownPrompt(name, known: [])
    }
}
