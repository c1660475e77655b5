/// The prompts of one folder, checked as a whole: a library exists only if no file has an error, so that what is served can be rendered.
///
/// Reading a folder again makes a new library; whoever serves swaps the value, and keeps the old one where the new folder has errors.
package struct PromptLibrary: Sendable {
    private let prompts: [String: LinkedPrompt]
    /// What somebody should look at; nothing that stops a prompt from being served.
    package let warnings: [PromptFault]

    /// Reads every `*.prompt` file of a folder.
    /// - Parameter folder: a path. Files below it are not prompts; `fixtures/*.yaml` holds values for tests.
    /// - Throws: `PromptErrors` with every fault of every file.
    package init(folder: String) throws(PromptErrors) {
        let read = PromptFolder.read(folder)
        try self.init(FolderCheck(texts: read.texts, unreadable: read.faults))
    }

    /// The same from texts, for drafts that are not saved yet.
    /// - Parameter texts: by path inside the folder: `answer.prompt`, `house-style.prompt`, `fixtures/refund.yaml`.
    /// - Throws: `PromptErrors` with every fault of every file.
    package init(texts: [String: String]) throws(PromptErrors) {
        try self.init(FolderCheck(texts: texts))
    }

    private init(_ check: FolderCheck) throws(PromptErrors) {
        let faults = check.faults.all.sorted()
        guard faults.allSatisfy({ $0.level == .warning }) else { throw PromptErrors(faults: faults) }
        prompts = check.prompts
        warnings = faults
    }

    /// Every fault of a folder, errors and warnings, by file and line; empty where all is well.
    package static func check(folder: String) -> [PromptFault] {
        let read = PromptFolder.read(folder)
        return FolderCheck(texts: read.texts, unreadable: read.faults).faults.all.sorted()
    }

    /// The prompts by name, sorted; partials are not among them.
    package var names: [String] { prompts.keys.sorted() }

    /// What is known about a prompt without rendering it; nil for an unknown name.
    package func summary(of name: String) -> PromptSummary? {
        prompts[name].map { prompt in
            PromptSummary(
                name: name, description: prompt.file.description, version: prompt.version, parameters: prompt.file.parameters,
                output: prompt.file.output, partials: prompt.partials,
                inputs: prompt.file.inputs.map { .init(name: $0.name, isOptional: $0.isOptional, says: $0.says) })
        }
    }

    /// The inline tests of a prompt, in the order of the file; their values also serve to show what a prompt looks like when filled.
    package func tests(of name: String) -> [PromptTest] { prompts[name]?.file.tests ?? [] }

    /// Fills a prompt with values and puts the history where the file wants it.
    /// - Parameters:
    ///   - values: what the caller knows; inputs that the prompt does not declare are ignored.
    ///   - history: the conversation before the question, oldest first, teammates' words as `.assistant`. Neutralised like all data.
    ///   - boundary: 8 lower-case hexadecimal digits; nil makes a fresh random one, which is what everything but a test wants.
    /// - Throws: `PromptRenderError`.
    package func render(
        _ name: String, values: PromptValues, history: [ChatMessage] = [], boundary: String? = nil
    ) throws(PromptRenderError) -> RenderedPrompt {
        guard let prompt = prompts[name] else { throw .unknownPrompt(name, known: names) }
        let fence = boundary ?? Boundary.fresh()
        guard Boundary.isValid(fence) else { throw .malformedBoundary(fence) }
        var assembly = try Assembly(prompt, values: values, history: history, boundary: fence)
        return try assembly.rendered()
    }
}

/// What is known about a prompt without rendering it.
package struct PromptSummary: Sendable, Hashable {
    /// A declared input.
    package struct DeclaredInput: Sendable, Hashable {
        /// As in the template.
        package let name: String
        /// May be left out.
        package let isOptional: Bool
        /// In the words of the file; may be empty.
        package let says: String
    }

    /// The file name without its ending.
    package let name: String
    /// In the words of the file; may be empty.
    package let description: String
    /// As in `RenderedPrompt.version`.
    package let version: String
    /// The `model:` line.
    package let parameters: ModelParameters
    /// The contract of the answer, or nil for plain text.
    package let output: String?
    /// The partials it uses, sorted.
    package let partials: [String]
    /// In the order declared.
    package let inputs: [DeclaredInput]
}
