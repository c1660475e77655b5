import Crypto
import Foundation
import Storage

/// One ingest at work: reads, compares, cuts, writes in batches, and makes the next index. Runs alone for its collection.
struct Ingest {
    /// What is stored of a document.
    struct Known: Sendable {
        let row: Int64
        let fingerprint: [UInt8]
        let origin: String
    }

    let library: Library
    let collection: Collection
    let scope: IngestScope
    let progress: @Sendable (IngestProgress) -> Void

    init(_ library: Library, _ collection: Collection, scope: IngestScope, progress: @escaping @Sendable (IngestProgress) -> Void) {
        self.library = library
        self.collection = collection
        self.scope = scope
        self.progress = progress
    }

    func run(_ source: DocumentSource, from entry: Shelf.Entry) async throws -> IngestReport {
        let cursor = try SourceCursor(source)
        var work = Work(known: try await knownDocuments(), next: IndexBuilder())
        var batch: [PreparedDocument] = []
        while let item = cursor.nextItem() {
            if let document = work.take(item, origin: cursor.origin) { batch.append(document) }
            progress(IngestProgress(done: cursor.done, total: cursor.total, name: work.lastName))
            guard batch.count >= Self.largestBatch || batch.reduce(0, { $0 + $1.bytes }) >= Self.largestBatchBytes else { continue }
            try await write(&batch, &work)
            try Task.checkCancellation()
        }
        try await write(&batch, &work)
        try await removeMissing(&work, origins: Set(cursor.origins))
        let isSame = work.gone.isEmpty && work.next.count == 0
        work.report.indexVersion = try await publish(isSame ? entry.index : merged(entry.index, work).seal())
        return work.report
    }

    /// What is stored of the collection's documents, by id.
    func knownDocuments() async throws -> [String: Known] {
        let collection = collection
        return try await library.store.read { snapshot in
            var known: [String: Known] = [:]
            try snapshot.eachRow(
                "SELECT id, row, fingerprint, origin FROM document WHERE workspace = $1 AND collection = $2 AND retired = 0",
                collection.workspace, collection.name
            ) { known[try $0[0]] = Known(row: try $0[1], fingerprint: try $0[2], origin: try $0[3]) }
            return known
        }
    }

    /// Marks documents and their chunks as gone.
    /// - Returns: the rows of their chunks.
    func retire(documents: Set<Int64>) async throws -> Set<Int64> {
        let workspace = collection.workspace
        var chunks: Set<Int64> = []
        let all = documents.sorted()
        for start in stride(from: 0, to: all.count, by: Self.largestBatch) {
            let batch = Array(all[start..<min(start + Self.largestBatch, all.count)])
            chunks.formUnion(
                try await library.store.write { tx in
                    var chunks: [Int64] = []
                    for row in batch {
                        try tx.run("UPDATE document SET retired = 1 WHERE row = $1 AND workspace = $2", row, workspace)
                        chunks += try tx.rows(
                            "SELECT row FROM chunk WHERE document = $1 AND workspace = $2 AND retired = 0", row, workspace
                        ).map {
                            try $0[0]
                        }
                        try tx.run("UPDATE chunk SET retired = 1 WHERE document = $1 AND workspace = $2", row, workspace)
                    }
                    return chunks
                })
        }
        return chunks
    }

    /// Puts the new index in place, then deletes what only the old one needed.
    /// - Returns: the version of the new content.
    @discardableResult
    func publish(_ index: PassageIndex) async throws -> String {
        let version = try await library.storedVersion(of: collection)
        library.shelf.put(Shelf.Entry(index: index, version: version), for: collection)
        try await library.deleteRetired(collection)
        return version
    }

    private func write(_ batch: inout [PreparedDocument], _ work: inout Work) async throws {
        guard !batch.isEmpty else { return }
        let (documents, collection, now) = (batch, collection, library.clock.now())
        let written = try await library.store.write { tx in
            try documents.map { try $0.store(in: collection, at: now, tx) }
        }
        for (document, written) in zip(documents, written) { try work.add(document, written) }
        batch = []
        await Task.yield()
    }

    private func removeMissing(_ work: inout Work, origins: Set<String>) async throws {
        guard scope != .nothing else { return }
        let missing = work.known.filter { id, known in
            !work.seen.contains(id) && (scope == .collection || origins.contains(known.origin))
                && !(work.hasUnknownRefusals && origins.contains(known.origin))
        }
        let chunks = try await retire(documents: Set(missing.values.map(\.row)))
        work.gone.formUnion(chunks)
        work.report.chunksRemoved += chunks.count
        for id in missing.keys.sorted() { work.report.note(id, .removed) }
    }

    /// The old index's chunks that stayed, and the new ones.
    private func merged(_ index: PassageIndex, _ work: Work) throws -> IndexBuilder {
        var builder = IndexBuilder(from: index) { !work.gone.contains($0) }
        builder.append(work.next)
        return builder
    }

    /// Documents in one transaction, at most.
    private static let largestBatch = 128
    /// Source text in one transaction, in bytes, about.
    private static let largestBatchBytes = 1 << 20
}

/// What an ingest has seen and done so far.
private struct Work {
    let known: [String: Ingest.Known]
    /// New chunks, already as numbers.
    var next: IndexBuilder
    /// Rows of chunks that are gone.
    var gone: Set<Int64> = []
    var seen: Set<String> = []
    /// Which source brought a name in this ingest.
    private var origins: [String: String] = [:]
    var report = IngestReport()
    var lastName = ""
    /// A line was refused whose id is not known: then nothing of that origin may be taken for missing.
    var hasUnknownRefusals = false

    init(known: [String: Ingest.Known], next: IndexBuilder) {
        self.known = known
        self.next = next
    }

    /// - Returns: a document that has to be written.
    mutating func take(_ item: SourceItem, origin: String) -> PreparedDocument? {
        switch item {
        case .refused(let name, let id, let why):
            lastName = name
            report.note(name, .refused, why)
            if let id { seen.insert(id) } else { hasUnknownRefusals = true }
            return nil
        case .document(let given, let note):
            lastName = given.id
            if let why = PreparedDocument.refusal(of: given) {
                report.note(String(given.id.prefix(80)), .refused, why)
                seen.insert(given.id)
                return nil
            }
            let document = named(given, from: origin)
            guard seen.insert(document.id).inserted else {
                report.note(document.id, .refused, "another document of this source has the same id")
                return nil
            }
            let fingerprint = PreparedDocument.fingerprint(of: document)
            let before = known[document.id]
            if before?.fingerprint == fingerprint, before?.origin == origin {
                report.note(document.id, .unchanged, note)
                return nil
            }
            return PreparedDocument(document, fingerprint: fingerprint, origin: origin, before: before?.row, note: note)
        }
    }

    /// Two folders may each have an `index.md`. Where another folder that still has its own brought a document of this name, this one is called by its folder too
    /// (`guides/index.md`), so that neither takes the other's place. Lines of a file have ids of their own: a later one replaces an earlier one.
    private mutating func named(_ document: SourceDocument, from origin: String) -> SourceDocument {
        let other = origins[document.id] ?? known[document.id]?.origin
        guard let other, other != origin, FileManager.default.fileExists(atPath: other + "/" + document.id) else {
            origins[document.id] = origin
            return document
        }
        let folder = origin.split(separator: "/").last.map(String.init) ?? origin
        return SourceDocument(id: folder + "/" + document.id, title: document.title, text: document.text, format: document.format)
    }

    mutating func add(_ document: PreparedDocument, _ written: PreparedDocument.Written) throws {
        report.note(document.id, document.before == nil ? .added : .changed, document.note)
        report.chunksWritten += written.new.count
        report.chunksKept += written.kept
        report.chunksRemoved += written.gone.count
        gone.formUnion(written.gone)
        for (row, place) in written.new {
            let chunk = document.chunks[place]
            try next.add(row: row, title: document.title, headings: chunk.headings, text: chunk.text)
        }
    }
}
