import Crypto
import Storage

/// A document read and cut, ready to be written: knows how to change as few rows as possible.
struct PreparedDocument: Sendable {
    /// What writing it did.
    struct Written: Sendable {
        /// New chunks: their rows and their places in `chunks`.
        var new: [(row: Int64, place: Int)] = []
        /// How many stayed as they were.
        var kept = 0
        /// Rows of chunks that are gone.
        var gone: [Int64] = []
    }

    let id: String
    let title: String
    let chunks: [DraftChunk]
    let fingerprint: [UInt8]
    let origin: String
    /// The row of the version before.
    let before: Int64?
    let note: String
    let bytes: Int

    init(_ document: SourceDocument, fingerprint: [UInt8], origin: String, before: Int64?, note: String) {
        let outline = Outline.read(document)
        id = document.id
        title = Self.title(of: document, outline)
        chunks = Chunker.chunks(of: outline, title: title)
        self.fingerprint = fingerprint
        self.origin = origin
        self.before = before
        self.note = chunks.isEmpty ? "there is no text in it" : note
        bytes = document.text.utf8.count
    }

    /// Why a document cannot be taken at all; nil where it can.
    static func refusal(of document: SourceDocument) -> String? {
        if document.id.isEmpty || document.id.utf8.count > SourceDocument.largestID {
            return "its id must have 1 to \(SourceDocument.largestID) bytes"
        }
        if document.id.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) { return "its id has control characters" }
        if document.id.contains("::") { return "its id has '::', which separates documents from chunks; rename it" }
        if document.text.utf8.count > SourceFile.largest { return "it is larger than \(SourceFile.largest >> 20) MiB; split it" }
        if document.text.trimmed().isEmpty, document.title.trimmed().isEmpty { return "it is empty" }
        return nil
    }

    /// Equal exactly when content, title and the way of reading are.
    static func fingerprint(of document: SourceDocument) -> [UInt8] {
        hash([reading, document.format.rawValue, document.title, document.text])
    }

    /// Writes it: chunks that are as before keep their rows (and get their new numbers), others are retired and written anew.
    func store(in collection: Collection, at now: Timestamp, _ tx: Transaction) throws -> Written {
        let document = try storeDocument(in: collection, at: now, tx)
        var before: [[UInt8]: [(row: Int64, number: Int)]] = [:]
        for row in try tx.rows(
            "SELECT row, n, fingerprint FROM chunk WHERE document = $1 AND workspace = $2 AND retired = 0 ORDER BY n DESC", document,
            collection.workspace)
        { before[try row[2], default: []].append((try row[0], try row[1])) }
        var written = Written()
        var fresh: [(place: Int, fingerprint: [UInt8])] = []
        var moved: [(row: Int64, number: Int)] = []
        for (place, chunk) in chunks.enumerated() {
            let fingerprint = Self.hash([title] + chunk.headings + [chunk.text])
            guard let same = before[fingerprint]?.popLast() else {
                fresh.append((place, fingerprint))
                continue
            }
            written.kept += 1
            if same.number != place + 1 { moved.append((same.row, place + 1)) }
        }
        written.gone = before.values.flatMap { $0.map(\.row) }.sorted()
        for row in written.gone { try tx.run("UPDATE chunk SET retired = 1 WHERE row = $1 AND workspace = $2", row, collection.workspace) }
        try move(moved, of: document, in: collection, tx)
        for (place, fingerprint) in fresh {
            written.new.append((try insert(place, fingerprint, of: document, in: collection, tx), place))
        }
        return written
    }

    private func storeDocument(in collection: Collection, at now: Timestamp, _ tx: Transaction) throws -> Int64 {
        if let before {
            try tx.run(
                """
                UPDATE document SET origin = $1, title = $2, fingerprint = $3, bytes = $4, chunks = $5, updated_ms = $6
                WHERE row = $7 AND workspace = $8
                """, origin, title, fingerprint, bytes, chunks.count, now, before, collection.workspace)
            return before
        }
        let row = try tx.row(
            """
            INSERT INTO document(workspace, collection, id, origin, title, fingerprint, bytes, chunks, updated_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING row
            """, collection.workspace, collection.name, id, origin, title, fingerprint, bytes, chunks.count, now)
        guard let row else { throw StorageError.closed }  // not reached: RETURNING gives the row that was inserted
        return try row[0]
    }

    /// Chunks that only moved take their new numbers by way of negative ones, so that no two have the same number in between.
    private func move(_ moved: [(row: Int64, number: Int)], of document: Int64, in collection: Collection, _ tx: Transaction) throws {
        for (row, number) in moved {
            try tx.run("UPDATE chunk SET n = $1 WHERE row = $2 AND workspace = $3", -number, row, collection.workspace)
        }
        guard !moved.isEmpty else { return }
        try tx.run("UPDATE chunk SET n = -n WHERE document = $1 AND workspace = $2 AND n < 0", document, collection.workspace)
    }

    private func insert(_ place: Int, _ fingerprint: [UInt8], of document: Int64, in collection: Collection, _ tx: Transaction) throws
        -> Int64
    {
        let row = try tx.row(
            """
            INSERT INTO chunk(workspace, document, n, headings, text, fingerprint) VALUES ($1, $2, $3, $4, $5, $6) RETURNING row
            """, collection.workspace, document, place + 1, StoredJSON.text(chunks[place].headings), chunks[place].text, fingerprint)
        guard let row else { throw StorageError.closed }  // not reached: RETURNING gives the row that was inserted
        return try row[0]
    }

    private static func title(of document: SourceDocument, _ outline: Outline) -> String {
        if !document.title.trimmed().isEmpty { return document.title.collapsed.trimmed() }
        if !outline.title.isEmpty { return outline.title.collapsed.trimmed() }
        if let first = outline.blocks.first, case .heading = first.kind { return first.text.collapsed }
        return document.id
    }

    /// The first 16 bytes of SHA-256 over the parts, each with its length.
    static func hash(_ parts: [String]) -> [UInt8] {
        var hash = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) { hash.update(bufferPointer: $0) }
            Analyzer.withBytes(of: part) { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        }
        return Array(hash.finalize().prefix(16))
    }

    /// Changes whenever readers or chunker give something else for the same text, so that the next ingest reads everything anew.
    static let reading = "1"
}
