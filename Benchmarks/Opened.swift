import Inbox
import Metering
import Retrieval
import Storage
import Support

/// A data directory of a benchmark's own: the store with the tables of all rooms, as `baton` opens it, and the library on it.
struct Opened: Sendable {
    let store: Store
    let library: Library

    static let migrations = Library.migrations + Inbox.migrations + Meter.migrations
    /// The workspace and collection that `baton` takes where nothing is configured.
    static let workspace = WorkspaceID("default")
    static let collection = Collection(workspace: workspace, name: "default")

    /// - Parameter folder: the data directory.
    init(_ folder: String) async throws {
        store = try Store(folder: folder, migrations: Self.migrations)
        library = try await Library(store: store, clock: .system)
        try await store.write { _ = try $0.ensureWorkspace(Self.workspace, name: "Default", at: Clock.system.now()) }
    }

    /// Opens a data directory while `body` runs.
    static func run<Result>(_ folder: String, _ body: (Opened) async throws -> Result) async throws -> Result {
        let opened = try await Opened(folder)
        do {
            let result = try await body(opened)
            await opened.store.close()
            return result
        } catch {
            await opened.store.close()
            throw error
        }
    }

    /// Makes a data directory that holds synthetic pages.
    /// - Returns: the ingest's processor seconds and how many chunks it wrote.
    static func prepare(_ folder: String, _ pages: [Corpus.Page]) async throws -> (processorSeconds: Double, chunks: Int) {
        let source = DocumentSource(documents: pages.map(\.document), origin: "synthetic")
        return try await run(folder) { opened in
            let began = Moment()
            let report = try await opened.library.ingest(source, into: collection)
            return (began.processorSeconds, report.chunksWritten)
        }
    }
}
