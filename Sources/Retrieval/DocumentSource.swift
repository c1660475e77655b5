/// Where documents come from: files, folders, JSONL files, or memory. It is read one document after the other, so that a large source never lies in memory.
package struct DocumentSource: Sendable {
    enum Content: Sendable {
        case paths([String], globs: [String])
        case documents([SourceDocument], origin: String)
    }

    let content: Content

    /// Files and folders. A folder's documents are named by their path below it, a file's by its name, a JSONL line's by its `id`.
    /// - Parameters:
    ///   - paths: folders are walked in stable order; hidden files and links that lead out of the folder are passed over. Known: `.md`, `.markdown`,
    ///     `.mdx`, `.html`, `.htm`, `.xhtml`, `.txt`, `.text`, `.rst`, `.jsonl`, `.ndjson`.
    ///   - globs: which files of folders to take, by path below the folder: `*` within a name, `**` across folders, `?` one character; a leading `!`
    ///     leaves out. Empty: all known kinds.
    package init(paths: [String], globs: [String] = []) { content = .paths(paths, globs: globs) }

    /// Documents made by the caller.
    /// - Parameter origin: names the source for `IngestScope.sameOrigin`; not a path.
    package init(documents: [SourceDocument], origin: String) { content = .documents(documents, origin: origin) }
}
