import Crypto

/// A prompt that has passed every check and is ready to be filled.
struct LinkedPrompt: Sendable {
    enum Part: Sendable {
        case history
        case message(ChatMessage.Role, [LinkedNode])
    }

    let file: PromptFile
    let parts: [Part]
    /// SHA-256 in hexadecimal over the file and the partials it reaches.
    let version: String
    /// The partials it reaches, by name.
    let partials: [String]

    /// Puts partials in and resolves names.
    /// - Returns: the linked prompt, what it uses, and what is wrong with it.
    static func link(_ file: PromptFile, partials: [String: PromptFile]) -> (
        prompt: LinkedPrompt, used: Set<String>, faults: Set<PromptFault>
    ) {
        var linker = Linker(file, partials: partials)
        let parts: [Part] = file.parts.map {
            guard case .message(let role) = $0.kind else { return .history }
            return .message(role, linker.link($0.nodes, role: role))
        }
        let reached = linker.reached.sorted()
        let version = version(of: [file] + reached.compactMap { partials[$0] })
        return (LinkedPrompt(file: file, parts: parts, version: version, partials: reached), linker.used, linker.faults)
    }

    /// Names and lengths go in as well, so that no two sets of files have the same text to hash.
    private static func version(of files: [PromptFile]) -> String {
        var hash = SHA256()
        for file in files {
            hash.update(data: Array("\(file.file) \(file.text.utf8.count)\n".utf8))
            hash.update(data: Array(file.text.utf8))
        }
        return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
