import CText
import Foundation
import Retrieval
import Support

/// "How long do documents take to go in, and what does it cost to look at them again?" against reading the files and parsing them with cmark-gfm, which is the least that anybody
/// who reads Markdown must do.
struct IngestFigures {
    let table: Table

    func measure() async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let names = ["electrum", "plausible", "wasabi"]
        let trees = names.compactMap { SharedData.folder("trees/" + $0) }
        if trees.isEmpty {
            try writePages(to: folder)
            try await measure("2000 generated files", [folder.file("pages")], data: folder.file("data"))
        } else {
            try await measure("documentation of \(trees.count) products", trees, data: folder.file("data"))
        }
    }

    private func measure(_ name: String, _ paths: [String], data: String) async throws {
        let files = paths.flatMap { Self.files(in: $0) }
        let parsing = try Self.parsing(files)
        let source = DocumentSource(paths: paths)
        let (first, again, report) = try await Opened.run(data) { opened in
            let began = Moment()
            let report = try await opened.library.ingest(source, into: Opened.collection)
            let first = (began.seconds, began.processorSeconds)
            let beganAgain = Moment()
            _ = try await opened.library.ingest(source, into: Opened.collection)
            return (first, (beganAgain.seconds, beganAgain.processorSeconds), report)
        }
        let count = Double(report.added)
        table.add(
            Figure(
                name: "\(name): ingested", value: count / first.0, unit: "files/s",
                yardstick: ("read and parsed by cmark-gfm", Double(files.count) / parsing.wall)))
        table.add(
            Figure(
                name: "the same, for a file", value: first.1 / count * 1e3, unit: "CPU ms",
                yardstick: ("read and parsed by cmark-gfm", parsing.processor / Double(files.count) * 1e3)))
        table.add(Figure(name: "the same again, nothing changed", value: again.0, unit: "s", yardstick: ("first time", first.0)))
        table.note("\(report.added) files, \(report.chunksWritten) chunks, each file stored durably; \(report.refused) refused.")
    }

    private static func files(in folder: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
        return all.filter { $0.hasSuffix(".md") || $0.hasSuffix(".rst") }.map { folder + "/" + $0 }
    }

    private static func parsing(_ files: [String]) throws -> (wall: Double, processor: Double) {
        let began = Moment()
        for file in files {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            bytes.withUnsafeBytes { bytes in
                let tree = cmark_parse_document(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, CMARK_OPT_DEFAULT)
                cmark_node_free(tree)
            }
        }
        return (began.seconds, began.processorSeconds)
    }

    /// Four chunks' worth in each file.
    private func writePages(to folder: TemporaryFolder) throws {
        let corpus = Corpus()
        for number in 0..<2_000 {
            let sections = (0..<4).map { corpus.page(number * 4 + $0).markdown }
            try folder.write(sections.joined(separator: "\n"), to: "pages/part-\(number / 100)/page-\(number).md")
        }
    }
}
