extension Library {
    /// Brings a source's documents into a collection. Documents whose content is as before change nothing; of changed ones only the changed chunks are written and
    /// read anew; searches go on meanwhile with what was there, and see the new content when this returns.
    ///
    /// Interrupted, it leaves each document either as it was or as it is in the source; ingest again to finish.
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
        IngestReport()
    }

    /// Removes documents by id; ids that are not there are passed over.
    /// - Returns: how many were removed.
    /// - Throws: `StorageError`.
    package func remove(_ ids: [String], from collection: Collection) async throws -> Int { 0 }
}
