import Foundation
import Testing

@testable import Retrieval

@Suite struct FilesTests {
    @Test func `a folder's documents are named by their path below it, in stable order`() async throws {
        try await Quayside.run { world in
            let root = try world.files([
                "b.md": Array("# B\ntext".utf8), "a/z.txt": Array("z".utf8), "a/b.html": Array("<p>b".utf8),
                ".hidden/x.md": Array("x".utf8),
                ".secret.md": Array("x".utf8), "picture.png": [0x89, 0x50], "a/deep/er/c.rst": Array("C\n=\n".utf8),
            ])
            let report = try await world.library.ingest(DocumentSource(paths: [root]), into: world.help)
            #expect(report.lines.map(\.name) == ["a/b.html", "a/deep/er/c.rst", "a/z.txt", "b.md"])
            #expect(report.added == 4 && report.refused == 0)
        }
    }

    @Test func `links that lead out of the root are not followed, links inside are`() async throws {
        try await Quayside.run { world in
            let root = try world.files(["a.md": Array("inside".utf8), "sub/c.md": Array("c".utf8)])
            let outside = try world.files(["secret.md": Array("secret".utf8)])
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: root + "/out.md", withDestinationPath: outside + "/secret.md")
            try manager.createSymbolicLink(atPath: root + "/outfolder", withDestinationPath: outside)
            try manager.createSymbolicLink(atPath: root + "/in.md", withDestinationPath: root + "/a.md")
            try manager.createSymbolicLink(atPath: root + "/loop", withDestinationPath: root)
            try manager.createSymbolicLink(atPath: root + "/dead.md", withDestinationPath: root + "/nowhere.md")
            let report = try await world.library.ingest(DocumentSource(paths: [root]), into: world.help)
            #expect(report.lines.map(\.name) == ["a.md", "in.md", "sub/c.md"])
        }
    }

    @Test func `globs choose and leave out`() {
        let filter = GlobFilter(["docs/**/*.md", "faq-?.txt", "!**/draft*", "!old/**"])
        #expect(filter.wants("docs/a.md") && filter.wants("docs/a/b/c.md") && filter.wants("faq-1.txt") && filter.wants("x/faq-2.txt"))
        #expect(
            !filter.wants("docs/a.html") && !filter.wants("docs/a/draft-1.md") && !filter.wants("faq-12.txt") && !filter.wants("other/a.md")
        )
        #expect(!GlobFilter(["*.md", "!old/**"]).wants("old/deep/a.md"))
        #expect(!Glob(String(repeating: "*a", count: 500) + "b").matches(String(repeating: "a", count: 2_000)))
    }

    @Test func `one bad file does not keep the others out`() async throws {
        try await Quayside.run { world in
            let root = try world.files([
                "binary.txt": (0..<2_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }, "empty.md": [], "good.md": Array("# Good\nfine".utf8),
                "latin.txt": Array("Geb".utf8) + [0xFC] + Array("hren sind f".utf8) + [0xE4] + Array("llig".utf8),
                "large.txt": [UInt8](repeating: 97, count: SourceFile.largest + 1), "bom.txt": [0xEF, 0xBB, 0xBF] + Array("mark".utf8),
                "wide.txt": [0xFF, 0xFE] + "Wörter".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
                "big.txt": [0xFE, 0xFF] + "Wörter".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }, "odd.txt": [0xFF, 0xFE, 0x41],
            ])
            let report = try await world.library.ingest(DocumentSource(paths: [root]), into: world.help)
            var outcomes: [String: (IngestReport.Outcome, String)] = [:]
            for line in report.lines { outcomes[line.name] = (line.outcome, line.note) }
            for name in ["good.md", "latin.txt", "bom.txt", "wide.txt", "big.txt"] { #expect(outcomes[name]?.0 == .added, "\(name)") }
            for name in ["binary.txt", "empty.md", "large.txt", "odd.txt"] {
                #expect(outcomes[name]?.0 == .refused && outcomes[name]?.1.isEmpty == false, "\(name)")
            }
            #expect(outcomes["latin.txt"]?.1.contains("Windows-1252") == true)
            #expect(try await world.library.chunk("latin.txt::1", in: world.help)?.text == "Gebühren sind fällig")
            #expect(try await world.library.chunk("bom.txt::1", in: world.help)?.text == "mark")
            #expect(try await world.library.chunk("wide.txt::1", in: world.help)?.text == "Wörter")
            #expect(try await world.search("wörter gebuhren").passages.count == 3)
        }
    }

    @Test func `a file that has become unreadable keeps its documents`() async throws {
        try await Quayside.run { world in
            let root = try world.files(["a.md": Array("alpha".utf8), "b.md": Array("beta".utf8)])
            _ = try await world.library.ingest(DocumentSource(paths: [root]), into: world.help)
            try Data([0, 1, 2, 3]).write(to: URL(fileURLWithPath: root + "/a.md"))
            try FileManager.default.removeItem(atPath: root + "/b.md")
            let report = try await world.library.ingest(DocumentSource(paths: [root]), into: world.help)
            #expect(report.refused == 1 && report.removed == 1)
            #expect(try await world.library.documents(in: world.help).map(\.id) == ["a.md"])
        }
    }

    @Test func `JSONL lines are documents with their own ids, and a bad line is told by number`() async throws {
        try await Quayside.run { world in
            let text = """
                {"id": "d1", "title": "Fees", "text": "Trading costs 0.2 percent."}

                {"id": 7, "text": "A number is an id as well."}
                not json
                {"title": "no id", "text": "x"}
                {"id": "d2", "title": "Only a title", "text": ""}
                """
            let root = try world.files(["faq.jsonl": Array(text.utf8)])
            let report = try await world.library.ingest(DocumentSource(paths: [root + "/faq.jsonl"]), into: world.help)
            #expect(report.lines.map(\.name) == ["faq.jsonl:4", "faq.jsonl:5", "d1", "7", "d2"])
            #expect(report.added == 3 && report.refused == 2)
            #expect(try await world.search("only title").passages.first?.id == "d2::1")
            #expect(try await world.search("trading").passages.first?.title == "Fees")
        }
    }

    @Test func `a path that is not there is an error and changes nothing`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            await #expect(throws: RetrievalError.self) {
                try await world.library.ingest(DocumentSource(paths: [world.folder + "/nowhere"]), into: world.help, replacing: .collection)
            }
            #expect(try await world.library.documents(in: world.help).count == 5)
        }
    }

    @Test func `a single file is named by its name`() async throws {
        try await Quayside.run { world in
            let root = try world.files(["deep/fees.md": Array("# Fees\nNone.".utf8), "deep/x.exe": [1]])
            let report = try await world.library.ingest(
                DocumentSource(paths: [root + "/deep/fees.md", root + "/deep/x.exe"]), into: world.help)
            #expect(report.added == 1 && report.refused == 1)
            #expect(try await world.library.chunk("fees.md::1", in: world.help)?.title == "Fees")
        }
    }
}
