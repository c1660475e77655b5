import Foundation
import Support

/// "How soon is it there, and how much does it need while nobody asks?"
struct StartFigures {
    let table: Table

    /// Documents in the data directory; each is one chunk.
    private static let documents = 10_000

    func measure() async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        _ = try await Opened.prepare(folder.file("data"), Corpus().pages(Self.documents))
        try FileManager.default.createDirectory(atPath: folder.file("config"), withIntermediateDirectories: true)
        try starts(folder)
        let desk = try IdleDesk.start(folder.file("data"))
        defer { desk.child.stop() }
        table.add(Figure(name: "process start to a desk that takes messages", value: desk.readySeconds * 1e3, unit: "ms"))
        table.add(Figure(name: "then the index of \(Self.documents) chunks, from the store", value: desk.warmSeconds * 1e3, unit: "ms"))
        table.add(Figure(name: "idle memory, RSS, before the index is loaded", value: desk.cold.resident, unit: "MB"))
        table.add(Figure(name: "  of it private (RssAnon)", value: desk.cold.anonymous, unit: "MB"))
        table.add(Figure(name: "idle memory, RSS, with \(Self.documents) documents", value: desk.warm.resident, unit: "MB"))
        table.add(Figure(name: "  of it private (RssAnon)", value: desk.warm.anonymous, unit: "MB"))
    }

    private func starts(_ folder: TemporaryFolder) throws {
        guard let baton = try Child.baton() else {
            return table.note("There is no `baton` beside this program; build the product to measure its start.")
        }
        var (version, search) = (Sample(), Sample())
        for _ in 0..<12 {
            if let seconds = try Child.seconds(baton, ["--version"]) { version.add(seconds) }
            let arguments = ["search", "How do I pay", "--data", folder.file("data"), "--config", folder.file("config")]
            if let seconds = try Child.seconds(baton, arguments) { search.add(seconds) }
        }
        guard !search.seconds.isEmpty else { return table.note("`baton search` failed on the prepared data directory.") }
        table.add(
            Figure(
                name: "`baton search` on \(Self.documents) documents, start to end, p50", value: search.median * 1e3, unit: "ms",
                yardstick: ("`baton --version`, p50", version.median * 1e3)))
    }
}
