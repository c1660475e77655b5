/// What can go wrong with documents as a whole. A single file that cannot be read is a line in the `IngestReport`, not an error.
package enum RetrievalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path to ingest does not exist or cannot be opened.
    case sourceUnreadable(path: String, why: String)
    /// The workspace of the collection does not exist.
    case noSuchWorkspace(String)
    /// A collection holds more than an index can name.
    case collectionTooLarge(chunks: Int, most: Int)
    /// A collection's name is empty, too long or has control characters.
    case badCollectionName(String)

    /// As people and logs read it.
    package var description: String {
        switch self {
        case .sourceUnreadable(let path, let why): "'\(path)' cannot be ingested: \(why). Check the path and its permissions."
        case .noSuchWorkspace(let name): "There is no workspace '\(name)'. Create it first ('baton workspace')."
        case .collectionTooLarge(let chunks, let most):
            "The collection would hold \(chunks) chunks; \(most) is the most. Split it into several collections."
        case .badCollectionName(let name):
            "'\(name.prefix(80))' is no name for a collection. Use 1 to 100 letters, digits, '-', '_' or '.'."
        }
    }
}
