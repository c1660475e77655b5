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
    /// The collections of a workspace that hold documents, by name.
    /// - Throws: `StorageError`.
    package func collections(of workspace: WorkspaceID) async throws -> [Collection] {
        try await store.read { snapshot in
            try snapshot.rows(
                "SELECT DISTINCT collection FROM document WHERE workspace = $1 AND retired = 0 ORDER BY collection", workspace
            ).map {
                Collection(workspace: workspace, name: try $0[0])
            }
        }
    }

    /// The documents of a collection in the order of their ids.
    /// - Parameters:
    ///   - after: the last id of the page before; empty for the first.
    ///   - limit: 1...1000.
    /// - Throws: `StorageError`.
    package func documents(in collection: Collection, after: String = "", limit: Int = 1000) async throws -> [DocumentSummary] {
        try await store.read { snapshot in
            try snapshot.rows(
                """
                SELECT id, title, origin, bytes, chunks, updated_ms FROM document
                WHERE workspace = $1 AND collection = $2 AND retired = 0 AND id > $3 ORDER BY id LIMIT $4
                """, collection.workspace, collection.name, after, min(max(limit, 1), 1000)
            ).map {
                DocumentSummary(
                    id: try $0[0], title: try $0[1], origin: try $0[2], bytes: try $0[3], chunks: try $0[4], updated: try $0[5])
            }
        }
    }

    /// One chunk as a passage without score (0, no terms), for those who follow a citation.
    /// - Parameter id: `DOC::n`.
    /// - Returns: nil where there is none (any more).
    /// - Throws: `StorageError`.
    package func chunk(_ id: String, in collection: Collection) async throws -> Passage? {
        guard let separator = id.utf8.lastIndex(of: UInt8(ascii: ":")), separator > id.startIndex,
            let number = Int(id[id.utf8.index(after: separator)...])
        else { return nil }
        let document = String(id[..<separator].dropLast())
        guard id == "\(document)::\(number)" else { return nil }
        return try await store.read { snapshot in
            try snapshot.row(
                """
                SELECT d.id, d.title, c.n, c.headings, c.text FROM document d JOIN chunk c ON c.document = d.row
                WHERE d.workspace = $1 AND d.collection = $2 AND d.id = $3 AND d.retired = 0 AND c.n = $4 AND c.retired = 0
                """, collection.workspace, collection.name, document, number
            ).map { try Passage($0) }
        }
    }

    /// All chunks of a document in order, as passages without scores; empty where there is none.
    /// - Throws: `StorageError`.
    package func chunks(of document: String, in collection: Collection) async throws -> [Passage] {
        try await store.read { snapshot in
            try snapshot.rows(
                """
                SELECT d.id, d.title, c.n, c.headings, c.text FROM document d JOIN chunk c ON c.document = d.row
                WHERE d.workspace = $1 AND d.collection = $2 AND d.id = $3 AND d.retired = 0 AND c.retired = 0 ORDER BY c.n
                """, collection.workspace, collection.name, document
            ).map { try Passage($0) }
        }
    }
}
