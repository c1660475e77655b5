/// What an ingest did, file by file and in sum. It is the same whether it ran for the first or the tenth time over the same files, but for
/// `unchanged`.
package struct IngestReport: Hashable, Sendable, Codable {
    /// How one file or line fared.
    package enum Outcome: String, Hashable, Sendable, Codable {
        /// New in the collection.
        case added
        /// Its content differs from what was there.
        case changed
        /// The same as what was there; nothing was written.
        case unchanged
        /// It is gone from the source and so from the collection.
        case removed
        /// It could not be taken; `note` says why and what to do. What was there before stays.
        case refused
    }

    /// One file or line.
    package struct Line: Hashable, Sendable, Codable {
        /// The path or id.
        package let name: String
        /// How it fared.
        package let outcome: Outcome
        /// What was repaired or why it was refused, as a sentence for the operator; empty for most.
        package let note: String
    }

    /// Every file that was added, changed, removed or refused, or that carries a note; in the order met, at most `mostLines`.
    package internal(set) var lines: [Line] = []
    /// Documents added.
    package internal(set) var added = 0
    /// Documents changed.
    package internal(set) var changed = 0
    /// Documents left as they were.
    package internal(set) var unchanged = 0
    /// Documents removed.
    package internal(set) var removed = 0
    /// Files and lines refused.
    package internal(set) var refused = 0
    /// Chunks written because they are new or differ.
    package internal(set) var chunksWritten = 0
    /// Chunks of changed documents that stayed as they were.
    package internal(set) var chunksKept = 0
    /// Chunks removed.
    package internal(set) var chunksRemoved = 0
    /// The collection's content after the ingest (`Library.version(of:)`).
    package internal(set) var indexVersion = ""

    /// The most lines kept; the sums count everything.
    package static let mostLines = 10_000

    mutating func note(_ name: String, _ outcome: Outcome, _ note: String = "") {
        switch outcome {
        case .added: added += 1
        case .changed: changed += 1
        case .unchanged: unchanged += 1
        case .removed: removed += 1
        case .refused: refused += 1
        }
        guard outcome != .unchanged || !note.isEmpty, lines.count < Self.mostLines else { return }
        lines.append(Line(name: name, outcome: outcome, note: note))
    }
}

/// How far an ingest has come.
package struct IngestProgress: Hashable, Sendable {
    /// Documents looked at.
    package let done: Int
    /// Documents in all, as far as known: files found, or bytes' worth of lines estimated. At least `done`.
    package let total: Int
    /// The document just done.
    package let name: String
}

/// Which documents an ingest removes when they are not in its source.
package enum IngestScope: Hashable, Sendable {
    /// Those that an earlier ingest brought from the same origin (the same folder or file). Other origins keep theirs.
    case sameOrigin
    /// All others in the collection: afterwards it holds this source and nothing else.
    case collection
    /// None: documents are only added and changed.
    case nothing
}
