import Prompting

/// A prompt as lists show it.
package struct PromptNote: Hashable, Sendable {
    /// The file's name without its ending.
    package let name: String
    /// What it is for, in the words of the file; may be empty.
    package let says: String
    /// SHA-256 of the file with its partials; usage rows name it.
    package let version: String
    /// The shared pieces that it uses, sorted.
    package let partials: [String]
    /// Names of its inputs, as declared.
    package let inputs: [String]
}

extension Desk {
    /// The prompts of the installation, by name.
    package var prompts: [PromptNote] {
        rooms.prompts.names.compactMap { rooms.prompts.summary(of: $0) }.map { summary in
            PromptNote(
                name: summary.name, says: summary.description, version: summary.version, partials: summary.partials,
                inputs: summary.inputs.map(\.name))
        }
    }
}
