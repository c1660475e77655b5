import Crypto
import Storage

extension Library {
    /// The passages that speak to a question, with their scores explained.
    /// - Throws: `StorageError`. A collection that does not exist is an empty one.
    package func search(_ query: SearchQuery, in collection: Collection) async throws -> SearchResult {
        var attempts = 0
        while true {
            let entry = try await ready(collection)
            let found = entry.index.find(query)
            let passages = try await passages(found.hits, of: entry.index, in: collection)
            attempts += 1
            // An ingest that ended since may have deleted texts of the index just used; then its own index stands there.
            if passages.count < found.hits.count, attempts < Self.mostAttempts, shelf[collection]?.index !== entry.index { continue }
            return SearchResult(
                passages: passages, signals: found.signals, indexVersion: entry.version, repaired: found.repaired, scores: found.scores)
        }
    }

    private func passages(_ hits: [Findings.Hit], of index: PassageIndex, in collection: Collection) async throws -> [Passage] {
        guard !hits.isEmpty else { return [] }
        return try await store.read { snapshot in
            try hits.compactMap { hit in
                try Self.passage(row: index.rows[hit.chunk], in: collection, score: hit.score, terms: hit.shares, snapshot)
            }
        }
    }

    /// How often a search begins again because ingests follow each other faster than it reads.
    private static let mostAttempts = 20

    /// Loads the index of a collection now rather than at the first search.
    /// - Throws: `StorageError`.
    package func warm(_ collection: Collection) async throws { _ = try await ready(collection) }

    /// A name for the content of a collection: equal exactly when documents and analysis are. 32 hexadecimal digits.
    /// - Throws: `StorageError`.
    package func version(of collection: Collection) async throws -> String { try await ready(collection).version }

    private static func passage(
        row: Int64, in collection: Collection, score: Double, terms: [TermShare], _ snapshot: Snapshot
    ) throws -> Passage? {
        try snapshot.row(
            """
            SELECT d.id, d.title, c.n, c.headings, c.text FROM chunk c JOIN document d ON d.row = c.document
            WHERE c.row = $1 AND c.workspace = $2
            """, row, collection.workspace
        ).map { try Passage($0, score: score, terms: terms) }
    }
}

// MARK: - The index

extension Library {
    private func ready(_ collection: Collection) async throws -> Shelf.Entry {
        if let entry = shelf[collection] { return entry }
        return try await shelf.alone(with: collection) { try await loaded(collection) }
    }

    /// The index on the shelf, or one made from the stored chunks. Only for those who are alone with the collection.
    func loaded(_ collection: Collection) async throws -> Shelf.Entry {
        if let entry = shelf[collection] { return entry }
        try await deleteRetired(collection)
        let builder = try await store.read { snapshot in
            var builder = IndexBuilder()
            try snapshot.eachRow(
                """
                SELECT c.row, d.title, c.headings, c.text FROM document d JOIN chunk c ON c.document = d.row AND c.retired = 0
                WHERE d.workspace = $1 AND d.collection = $2 AND d.retired = 0 ORDER BY c.row
                """, collection.workspace, collection.name
            ) { row in
                let headings = try StoredJSON.decode([String].self, from: row[2])
                try builder.add(row: row[0], title: row[1], headings: headings, text: row[3])
            }
            return builder
        }
        let entry = Shelf.Entry(index: builder.seal(), version: try await storedVersion(of: collection))
        shelf.put(entry, for: collection)
        return entry
    }

    /// Deletes rows that no index needs any more. Leftovers of an interrupted ingest go with them.
    func deleteRetired(_ collection: Collection) async throws {
        try await store.write { tx in
            try tx.run(
                """
                DELETE FROM chunk WHERE retired = 1 AND workspace = $1
                AND document IN (SELECT row FROM document WHERE workspace = $1 AND collection = $2)
                """, collection.workspace, collection.name)
            try tx.run(
                "DELETE FROM document WHERE workspace = $1 AND collection = $2 AND retired = 1", collection.workspace, collection.name)
        }
    }

    func storedVersion(of collection: Collection) async throws -> String {
        try await store.read { snapshot in
            var hash = SHA256()
            hash.update(data: Array("analysis \(Analyzer.version)\n".utf8))
            try snapshot.eachRow(
                "SELECT id, fingerprint FROM document WHERE workspace = $1 AND collection = $2 AND retired = 0 ORDER BY id",
                collection.workspace, collection.name
            ) { row in
                let (id, fingerprint): (String, [UInt8]) = (try row[0], try row[1])
                hash.update(data: PreparedDocument.hash([id]) + fingerprint)
            }
            return hash.finalize().prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}

extension Passage {
    /// From `id, title, n, headings, text`.
    init(_ row: Row, score: Double = 0, terms: [TermShare] = []) throws {
        let (document, number): (String, Int) = (try row[0], try row[2])
        self.init(
            id: "\(document)::\(number)", documentID: document, title: try row[1],
            headings: try StoredJSON.decode([String].self, from: row[3]), text: try row[4], score: score, terms: terms)
    }
}
