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
    /// Names what was read: equal for equal text, title and format. 32 hexadecimal digits.
    package let version: String

    init(_ row: Row) throws {
        (id, title, origin) = try (row[0], row[1], row[2])
        (bytes, chunks, updated) = try (row[3], row[4], row[5])
        let fingerprint: [UInt8] = try row[6]
        version = fingerprint.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A collection as the library lists it.
package struct CollectionSummary: Hashable, Sendable {
    /// Its name.
    package let name: String
    /// How many documents it holds.
    package let documents: Int
    /// How many chunks they were cut into.
    package let chunks: Int
    /// Of the source texts, in UTF-8.
    package let bytes: Int
    /// When a document of it last changed.
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

    /// The collections of a workspace that hold documents, by name, with how much they hold.
    /// - Throws: `StorageError`.
    package func collectionSummaries(of workspace: WorkspaceID) async throws -> [CollectionSummary] {
        try await store.read { snapshot in
            try snapshot.rows(
                """
                SELECT collection, COUNT(*), SUM(chunks), SUM(bytes), MAX(updated_ms) FROM document
                WHERE workspace = $1 AND retired = 0 GROUP BY collection ORDER BY collection
                """, workspace
            ).map { try CollectionSummary(name: $0[0], documents: $0[1], chunks: $0[2], bytes: $0[3], updated: $0[4]) }
        }
    }

    /// One document; nil where there is none.
    /// - Throws: `StorageError`.
    package func document(_ id: String, in collection: Collection) async throws -> DocumentSummary? {
        try await store.read { snapshot in
            try snapshot.row(
                """
                SELECT id, title, origin, bytes, chunks, updated_ms, fingerprint FROM document
                WHERE workspace = $1 AND collection = $2 AND id = $3 AND retired = 0
                """, collection.workspace, collection.name, id
            ).map { try DocumentSummary($0) }
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
                SELECT id, title, origin, bytes, chunks, updated_ms, fingerprint FROM document
                WHERE workspace = $1 AND collection = $2 AND retired = 0 AND id > $3 ORDER BY id LIMIT $4
                """, collection.workspace, collection.name, after, min(max(limit, 1), 1000)
            ).map { try DocumentSummary($0) }
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
