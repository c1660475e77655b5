import Storage

extension Library {
    /// Brings a source's documents into a collection. Documents whose content is as before change nothing; of changed ones only the
    /// changed chunks are written and read anew; searches go on meanwhile with what was there, and see the new content when this returns.
    ///
    /// Interrupted, it leaves each document either as it was or as it is in the source, and removes none; ingest again to finish.
    /// - Parameters:
    ///   - source: read one document at a time.
    ///   - collection: in an existing workspace.
    ///   - scope: which documents that the source no longer has are removed. A document whose file could not be read is kept.
    ///   - progress: called after each document, on any thread; must be quick.
    /// - Throws: `RetrievalError`, `StorageError`, `CancellationError`.
    package func ingest(
        _ source: DocumentSource, into collection: Collection, replacing scope: IngestScope = .sameOrigin,
        progress: @escaping @Sendable (IngestProgress) -> Void = { _ in }
    ) async throws -> IngestReport {
        try await check(collection)
        return try await change(collection) { entry in
            try await Ingest(self, collection, scope: scope, progress: progress).run(source, from: entry)
        }
    }

    /// Brings one document into a collection, in place of the one with its id; the others stay. A document that came from a folder keeps that origin, so that the
    /// next ingest of the folder goes on from it.
    /// - Parameters:
    ///   - origin: of a document that is new.
    ///   - check: given the document as it is (nil: there is none), before anything is changed and with nobody changing the collection meanwhile; what it throws
    ///     ends the whole.
    /// - Returns: the report, with one document in it.
    /// - Throws: `RetrievalError`, `StorageError`, what `check` throws.
    package func put(
        _ document: SourceDocument, into collection: Collection, origin: String, if check: (DocumentSummary?) throws -> Void
    ) async throws -> IngestReport {
        try await self.check(collection)
        return try await shelf.alone(with: collection) {
            let before = try await self.document(document.id, in: collection)
            try check(before)
            let source = DocumentSource(documents: [document], origin: before?.origin ?? origin)
            return try await changeAlone(collection) { entry in
                try await Ingest(self, collection, scope: .nothing) { _ in }.run(source, from: entry)
            }
        }
    }

    /// Removes one document.
    /// - Parameter check: as for `put`; called only where there is a document.
    /// - Returns: whether there was one.
    /// - Throws: `StorageError`, what `check` throws.
    package func remove(
        _ id: String, from collection: Collection, if check: (DocumentSummary) throws -> Void
    ) async throws -> Bool {
        try await shelf.alone(with: collection) {
            guard let before = try await document(id, in: collection) else { return false }
            try check(before)
            return try await changeAlone(collection) { try await retire([id], from: collection, $0) } > 0
        }
    }

    /// Removes documents by id; ids that are not there are passed over.
    /// - Returns: how many were removed.
    /// - Throws: `StorageError`.
    package func remove(_ ids: [String], from collection: Collection) async throws -> Int {
        try await change(collection) { try await retire(ids, from: collection, $0) }
    }

    private func retire(_ ids: [String], from collection: Collection, _ entry: Shelf.Entry) async throws -> Int {
        let ingest = Ingest(self, collection, scope: .nothing) { _ in }
        let known = try await ingest.knownDocuments()
        let rows = ids.compactMap { known[$0]?.row }
        let removed = try await ingest.retire(documents: Set(rows))
        try await ingest.publish(IndexBuilder(from: entry.index) { !removed.contains($0) }.seal())
        return Set(rows).count
    }

    /// Runs `body` as the only one that changes a collection.
    private func change<Result>(_ collection: Collection, _ body: (Shelf.Entry) async throws -> Result) async throws -> Result {
        try await shelf.alone(with: collection) { try await changeAlone(collection, body) }
    }

    /// For whoever is alone with the collection. When `body` fails half way, the index is made anew from what is stored.
    private func changeAlone<Result>(_ collection: Collection, _ body: (Shelf.Entry) async throws -> Result) async throws -> Result {
        let entry = try await loaded(collection)
        do { return try await body(entry) } catch {
            shelf.put(nil, for: collection)
            // If the store is what failed, the next search loads the index or fails in its place.
            _ = try? await loaded(collection)
            throw error
        }
    }

    private func check(_ collection: Collection) async throws {
        let isName = collection.name.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || "-_.".utf8.contains($0) }
        guard isName, (1...100).contains(collection.name.utf8.count) else { throw RetrievalError.badCollectionName(collection.name) }
        let workspace = collection.workspace
        let exists = try await store.read { try $0.row("SELECT 1 FROM workspace WHERE id = $1", workspace) != nil }
        guard exists else { throw RetrievalError.noSuchWorkspace(workspace.text) }
    }
}
