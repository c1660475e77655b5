import Foundation
import Retrieval
import Storage

/// The small world of these tests: the exchange Quayside with its help collection, in a data folder that goes when the test ends.
struct Quayside {
    let store: Store
    let library: Library
    let folder: String
    let workspace = WorkspaceID("quayside")
    var help: Retrieval.Collection { Retrieval.Collection(workspace: workspace, name: "help") }

    /// Opens a library with nothing in it, hands it to `body`, and clears up.
    static func run<Result>(_ body: (Quayside) async throws -> Result) async throws -> Result {
        let folder = NSTemporaryDirectory() + "retrieval-" + UUID().uuidString
        let store = try Store(folder: folder, migrations: Library.migrations)
        let clock = Clock { Timestamp(milliseconds: 1_700_000_000_000) }
        try await store.write { tx in
            for name in ["quayside", "harbour"] { try tx.run("INSERT INTO workspace(id, name, created_ms) VALUES ($1, $1, 0)", name) }
        }
        let world = Quayside(store: store, library: try await Library(store: store, clock: clock), folder: folder)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(world)) } catch { result = .failure(error) }
        await store.close()
        // Only litter is at stake.
        try? FileManager.default.removeItem(atPath: folder)
        return try result.get()
    }

    /// Opens another library on the same store, as after a restart.
    func reopened() async throws -> Library { try await Library(store: store, clock: .system) }

    /// Brings documents in as the whole collection.
    @discardableResult
    func bring(_ documents: [SourceDocument]) async throws -> IngestReport {
        try await library.ingest(DocumentSource(documents: documents, origin: "test"), into: help)
    }

    func search(_ text: String, earlier: [String] = [], limit: Int = 5) async throws -> SearchResult {
        try await library.search(SearchQuery(text: text, earlier: earlier, limit: limit), in: help)
    }

    /// Writes files below a folder of their own and gives its path. Missing folders are made.
    func files(_ files: [String: [UInt8]]) throws -> String {
        let root = folder + "/files-" + UUID().uuidString
        for (name, bytes) in files {
            let path = root + "/" + name
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
        return root
    }

    /// Six articles of Quayside's help centre.
    static let articles = [
        SourceDocument(
            id: "fees.md",
            text: """
                # Fees
                ## Withdrawal fees
                A withdrawal of bitcoin costs 0.0004 BTC. The fee is taken from the amount.
                ## Trading fees
                Trades cost 0.2 percent, less for large volumes.

                | volume | fee |
                | --- | --- |
                | below 10,000 EUR | 0.2 % |
                | above | 0.1 % |
                """, format: .markdown),
        SourceDocument(
            id: "withdrawals.md",
            text: """
                # Withdrawals
                ## How long does a withdrawal take?
                Most withdrawals leave within an hour. Large ones are checked by hand and may take a day.
                ## Withdrawal limits
                The daily limit is 2 BTC. Verified customers can ask for more.
                """, format: .markdown),
        SourceDocument(
            id: "security.md",
            text: """
                # Security
                ## Two-factor authentication
                Turn on two-factor authentication in your settings. Keep the recovery codes in a safe place.
                ## Lost phone
                If you lose your phone, use a recovery code to sign in, then set up a new device.
                """, format: .markdown),
        SourceDocument(
            id: "verification.txt", title: "Identity verification", text: "We need a passport or identity card. Checking takes two days."),
        SourceDocument(id: "contact.txt", title: "What is Quayside?", text: "Quayside is an exchange for digital currencies."),
    ]
}
