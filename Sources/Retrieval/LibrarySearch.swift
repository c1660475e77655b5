package import Storage

/// A document as the library lists it.
package struct DocumentSummary: Hashable, Sendable, Codable {
    /// See `SourceDocument.id`.
    package let id: String
    /// Its title, found or given.
    package let title: String
    /// The folder or file it came from, or the origin its maker gave.
    package let origin: String
    /// Of the source text, in UTF-8.
    package let bytes: Int
    /// How many chunks it was cut into.
    package let chunks: Int
    /// When its content last changed.
    package let updated: Timestamp
}

extension Library {
    /// The passages that speak to a question, with their scores explained.
    /// - Throws: `StorageError`. A collection that does not exist is an empty one.
    package func search(_ query: SearchQuery, in collection: Collection) async throws -> SearchResult {
        SearchResult(passages: [], signals: .nothing(unknownShare: 1), indexVersion: "", repaired: [], scores: .empty)
    }

    /// Loads the index of a collection now rather than at the first search.
    /// - Throws: `StorageError`.
    package func warm(_ collection: Collection) async throws {}

    /// The collections of a workspace that hold documents, by name.
    /// - Throws: `StorageError`.
    package func collections(of workspace: WorkspaceID) async throws -> [Collection] { [] }

    /// The documents of a collection in the order of their ids.
    /// - Parameters:
    ///   - after: the last id of the page before; empty for the first.
    ///   - limit: 1...1000.
    /// - Throws: `StorageError`.
    package func documents(in collection: Collection, after: String = "", limit: Int = 1000) async throws -> [DocumentSummary] { [] }

    /// One chunk as a passage without score (0, no terms), for those who follow a citation.
    /// - Parameter id: `DOC::n`.
    /// - Returns: nil where there is none (any more).
    /// - Throws: `StorageError`.
    package func chunk(_ id: String, in collection: Collection) async throws -> Passage? { nil }

    /// All chunks of a document in order, as passages without scores; empty where there is none.
    /// - Throws: `StorageError`.
    package func chunks(of document: String, in collection: Collection) async throws -> [Passage] { [] }

    /// A name for the content of a collection: equal exactly when documents and analysis are. 32 hexadecimal digits.
    /// - Throws: `StorageError`.
    package func version(of collection: Collection) async throws -> String { "" }
}
