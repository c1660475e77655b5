/// Where documents come from: files, folders, JSONL files, or memory. It is read one document after the other, so that a large source
/// never lies in memory.
package struct DocumentSource: Sendable {
    enum Content: Sendable {
        case paths([String], globs: [String])
        case documents([SourceDocument], origin: String)
    }

    let content: Content

    /// Files and folders. A folder's documents are named by their path below it, a file's by its name, a JSONL line's by its `id`.
    /// - Parameters:
    ///   - paths: folders are walked in stable order; hidden files and links that lead out of the folder are passed over. Known: `.md`, `.markdown`,
    ///     `.mdx`, `.html`, `.htm`, `.xhtml`, `.txt`, `.text`, `.rst`, `.jsonl`, `.ndjson`.
    ///   - globs: which files of folders to take, by path below the folder: `*` within a name, `**` across folders, `?` one character; a leading `!`
    ///     leaves out. Empty: all known kinds.
    package init(paths: [String], globs: [String] = []) { content = .paths(paths, globs: globs) }

    /// Documents made by the caller.
    /// - Parameter origin: names the source for `IngestScope.sameOrigin`; not a path.
    package init(documents: [SourceDocument], origin: String) { content = .documents(documents, origin: origin) }
}

/// What a source gives, one after the other.
enum SourceItem {
    /// - note: what was repaired while reading; empty for most.
    case document(SourceDocument, note: String)
    /// - id: the document's id, whose earlier version is kept.
    case refused(name: String, id: String?, why: String)
}

/// Walks a source. Used by one ingest, from one task at a time.
final class SourceCursor {
    /// The origin of the documents that `next` gives now.
    private(set) var origin = ""
    /// All origins of the source.
    let origins: [String]
    private(set) var done = 0

    fileprivate enum Part {
        case file(path: String, id: String, origin: String)
        case documents([SourceDocument], origin: String)
    }

    private var parts: [Part] = []
    private var next = 0
    /// Documents in the parts not begun, as far as can be told.
    private var ahead = 0
    private var lines: (reader: JSONLines, name: String)?
    private var documents: ArraySlice<SourceDocument> = []

    /// - Throws: `RetrievalError.sourceUnreadable` for a path that is not there: nothing has been changed then.
    init(_ source: DocumentSource) throws {
        switch source.content {
        case .documents(let documents, let origin):
            parts = [.documents(documents, origin: origin)]
            origins = [origin]
        case .paths(let paths, let globs):
            var origins: [String] = []
            for path in paths {
                let root = try FolderWalk.realPath(of: path)
                origins.append(root)
                if FolderWalk.kind(of: root, inside: root) == .folder {
                    let files = try FolderWalk(root: root, filter: GlobFilter(globs)).files()
                    parts += files.map { .file(path: root + "/" + $0, id: $0, origin: root) }
                } else {
                    let name = root.split(separator: "/").last.map(String.init) ?? root
                    parts.append(.file(path: root, id: name, origin: root))
                }
            }
            self.origins = origins
        }
        ahead = parts.reduce(0) { $0 + $1.count }
    }

    /// Documents in all, as far as can be told: a JSONL file counts as the lines its size suggests.
    var total: Int {
        var left = 0
        if let reader = lines?.reader, reader.done > 0 { left = max(0, reader.size - reader.done) / max(1, reader.done / max(1, done)) }
        return done + left + documents.count + ahead
    }

    func nextItem() -> SourceItem? {
        while true {
            if let item = nextLine() ?? nextDocument() {
                done += 1
                return item
            }
            guard next < parts.count else { return nil }
            let part = parts[next]
            next += 1
            ahead -= part.count
            switch part {
            case .documents(let documents, let origin):
                self.documents = documents[...]
                self.origin = origin
            case .file(let path, let id, let origin):
                self.origin = origin
                if let item = open(path, id: id) {
                    done += 1
                    return item
                }
            }
        }
    }

    private func nextLine() -> SourceItem? {
        guard let (reader, name) = lines else { return nil }
        switch reader.next() {
        case .document(let document): return .document(document, note: "")
        case .refused(let line, let id, let why): return .refused(name: "\(name):\(line)", id: id, why: why)
        case nil:
            lines = nil
            return nil
        }
    }

    private func nextDocument() -> SourceItem? { documents.popFirst().map { .document($0, note: "") } }

    /// - Returns: nil where the file gives its documents line by line.
    private func open(_ path: String, id: String) -> SourceItem? {
        switch SourceFile.kind(of: id) {
        case nil: return .refused(name: id, id: id, why: "its kind is not known; use .md, .html, .txt, .rst or .jsonl")
        case .document(let format):
            switch SourceFile.read(path) {
            case .refused(let why): return .refused(name: id, id: id, why: why)
            case .text(let text, let note): return .document(SourceDocument(id: id, text: text, format: format), note: note)
            }
        case .lines:
            do { lines = (try JSONLines(path: path), id) } catch { return .refused(name: id, id: nil, why: "the file cannot be opened") }
            return nil
        }
    }
}

extension SourceCursor.Part {
    fileprivate var count: Int {
        if case .documents(let documents, _) = self { documents.count } else { 1 }
    }
}
