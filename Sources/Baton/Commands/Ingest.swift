import ArgumentParser
import Assistant
import Foundation
import Retrieval
import Storage

/// `baton ingest`: reads documents into what the assistants may know.
struct Ingest: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Read documents: Markdown, HTML, plain text, reStructuredText; folders, files, JSONL.",
        discussion: """
            Examples:
              baton ingest                                  the documents/ folders of the configured workspaces
              baton ingest docs/ --into help                a folder
              baton ingest 'docs/*.md'
              baton ingest docs/ --only 'guides/**' --only '!**/draft-*'
              baton ingest --jsonl export.jsonl             lines of {"id": ..., "title": ..., "text": ...}

            Run it again after edits: what did not change is left alone, of changed documents only the changed chunks are written, documents that are gone
            from the same folder or file are removed (with --only nothing is, unless --replace says so). A file that cannot be read gets a line that says why; the others go in.
            """)

    @Argument(help: "Files and folders.", completion: .file())
    var paths: [String] = []

    @Option(help: ArgumentHelp("A JSONL file of documents.", valueName: "file"), completion: .file())
    var jsonl: [String] = []

    @Option(help: ArgumentHelp("The collection (default: that of the first assistant).", valueName: "name"))
    var into: String?

    @Option(help: ArgumentHelp("Only paths that match this glob; a leading ! leaves out.", valueName: "glob"))
    var only: [String] = []

    @Flag(help: "Afterwards the collection holds these documents and no others.")
    var replace = false

    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try installation.settings()
        let sources = try sources(settings)
        let reports = try await Installation.open(settings) { installation in
            var reports: [Report] = []
            for source in sources { reports.append(try await ingest(source, installation)) }
            return reports
        }
        if output.json { try Output.json(reports) } else { for report in reports { report.print() } }
        if reports.contains(where: { $0.report.refused > 0 && $0.report.added + $0.report.changed + $0.report.unchanged == 0 }) {
            throw Exit.failed
        }
    }

    /// A path with wildcards that the shell left alone stands for the files it matches, in order; any other path for itself.
    private static func expanded(_ path: String) -> [String] {
        guard path.contains(where: { "*?[".contains($0) }), !FileManager.default.fileExists(atPath: path) else { return [path] }
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(path, 0, nil, &found) == 0 else { return [path] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    private struct Source {
        let collection: Collection
        let workspace: WorkspaceSettings?
        let content: DocumentSource
    }

    private struct Report: Encodable {
        let collection: String
        let report: IngestReport

        func print() {
            for line in report.lines where line.outcome == .refused || !line.note.isEmpty {
                Terminal.say("\(line.name.forTerminal): \(line.outcome.rawValue). \(line.note.forTerminal)")
            }
            Terminal.print(
                "\(collection): \(report.added) added, \(report.changed) changed, \(report.unchanged) unchanged, \(report.removed) removed, "
                    + "\(report.refused) refused; \(report.chunksWritten) chunks written, \(report.chunksRemoved) removed")
        }
    }

    private func sources(_ settings: Settings) throws -> [Source] {
        let paths = paths.map(Caller.path).flatMap(Self.expanded) + jsonl.map(Caller.path)
        for path in paths where !FileManager.default.fileExists(atPath: path) {
            throw CommandError(.notFound, "There is no file or folder \(path).")
        }
        guard paths.isEmpty else {
            let target = try SearchTarget(settings, workspace: installation.workspace, collection: into)
            return [Source(collection: target.collection, workspace: target.workspace, content: DocumentSource(paths: paths, globs: only))]
        }
        let names = installation.workspace.map { [$0] } ?? Configuration.names(settings)
        let found = try names.flatMap { name -> [Source] in
            let workspace = try Configuration.workspace(name, settings)
            let collections = Set(workspace.profile.assistants.values.map(\.collection)).sorted { $0.name < $1.name }
            return collections.map {
                Source(
                    collection: $0, workspace: workspace,
                    content: DocumentSource(paths: ["\(workspace.folder)/documents/\($0.name)"], globs: only))
            }.filter { FileManager.default.fileExists(atPath: "\(workspace.folder)/documents/\($0.collection.name)") }
        }
        guard !found.isEmpty else {
            throw CommandError(.usage, "Name the files or folders to read; no configured workspace has a documents/ folder.")
        }
        return found
    }

    private func ingest(_ source: Source, _ installation: Installation) async throws -> Report {
        try await SearchTarget.prepare(source.collection.workspace, source.workspace, installation)
        let bar = ProgressBar("Reading into \(source.collection.name)")
        let report = try await installation.library.ingest(
            source.content, into: source.collection, replacing: replace ? .collection : only.isEmpty ? .sameOrigin : .nothing
        ) { bar.show($0.done, of: $0.total) }
        bar.finish()
        return Report(collection: source.collection.description, report: report)
    }
}

/// The collection that ingest and search work on when none is named: that of the first assistant; without any configuration `default/default`, so that
/// searching can be tried on any documents.
struct SearchTarget {
    let collection: Collection
    let workspace: WorkspaceSettings?

    init(_ settings: Settings, workspace name: String?, collection: String?) throws {
        if name == nil, Configuration.names(settings).isEmpty {
            workspace = nil
            self.collection = Collection(workspace: WorkspaceID("default"), name: collection ?? "default")
            return
        }
        let workspace = try Installation.workspace(named: name, settings)
        self.workspace = workspace
        let usual = workspace.profile.usualCollection
        self.collection = Collection(workspace: workspace.id, name: collection ?? usual.name)
    }

    /// Makes the workspace known to the store.
    static func prepare(_ id: WorkspaceID, _ workspace: WorkspaceSettings?, _ installation: Installation) async throws {
        if let workspace { return try await installation.apply(workspace) }
        let now = installation.clock.now()
        try await installation.store.write { _ = try $0.ensureWorkspace(id, name: id.text, at: now) }
    }
}
