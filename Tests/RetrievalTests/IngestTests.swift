import Foundation
import Retrieval
import Storage
import Synchronization
import Testing

@Suite struct IngestTests {
    @Test func `the first time everything is added`() async throws {
        try await Quayside.run { world in
            let report = try await world.bring(Quayside.articles)
            #expect((report.added, report.changed, report.unchanged, report.removed, report.refused) == (5, 0, 0, 0, 0))
            #expect(report.chunksWritten == 8)
            #expect(report.indexVersion.count == 32)
            let documents = try await world.library.documents(in: world.help)
            #expect(documents.map(\.id) == Quayside.articles.map(\.id).sorted())
            #expect(documents.first { $0.id == "fees.md" }?.chunks == 2)
            #expect(try await world.library.collections(of: world.workspace) == [world.help])
        }
    }

    @Test func `the second time nothing changes`() async throws {
        try await Quayside.run { world in
            let first = try await world.bring(Quayside.articles)
            let before = try await rows(world)
            let second = try await world.bring(Quayside.articles)
            #expect((second.added, second.changed, second.unchanged, second.removed) == (0, 0, 5, 0))
            #expect(second.chunksWritten == 0 && second.chunksRemoved == 0 && second.lines.isEmpty)
            #expect(second.indexVersion == first.indexVersion)
            #expect(try await rows(world) == before)
        }
    }

    @Test func `of a changed document only the changed chunks are written`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let before = try await rows(world)
            var changed = Quayside.articles
            changed[0] = SourceDocument(
                id: "fees.md", text: "# Fees\n## Deposit fees\nDeposits cost nothing.\n" + changed[0].text.dropFirst("# Fees\n".count),
                format: .markdown)
            let report = try await world.bring(changed)
            #expect((report.added, report.changed, report.unchanged) == (0, 1, 4))
            #expect((report.chunksWritten, report.chunksKept, report.chunksRemoved) == (1, 2, 0))
            let after = try await rows(world)
            #expect(after.isSuperset(of: before))
            #expect(
                try await world.library.chunks(of: "fees.md", in: world.help).map(\.headings) == [
                    ["Deposit fees"], ["Withdrawal fees"], ["Trading fees"],
                ])
            #expect(try await world.search("deposit cost").passages.first?.id == "fees.md::1")
            #expect(try await world.search("withdrawal of bitcoin cost").passages.first?.id == "fees.md::2")
        }
    }

    @Test func `what the source no longer has is removed, and searched no more`() async throws {
        try await Quayside.run { world in
            let first = try await world.bring(Quayside.articles)
            let report = try await world.bring(Array(Quayside.articles.dropFirst()))
            #expect(report.removed == 1 && report.chunksRemoved == 2)
            #expect(report.lines.map(\.name) == ["fees.md"] && report.lines.map(\.outcome) == [.removed])
            #expect(report.indexVersion != first.indexVersion)
            #expect(try await world.search("trading fees volumes").passages.allSatisfy { $0.documentID != "fees.md" })
            #expect(try await world.library.chunk("fees.md::1", in: world.help) == nil)
            #expect(try await world.bring(Quayside.articles).indexVersion == first.indexVersion)
        }
    }

    @Test func `another origin's documents stay, unless the whole collection is replaced`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            let news = DocumentSource(documents: [SourceDocument(id: "news", text: "We list a new coin.")], origin: "blog")
            #expect(try await world.library.ingest(news, into: world.help).removed == 0)
            #expect(try await world.library.documents(in: world.help).count == 6)
            let empty = DocumentSource(documents: [], origin: "blog")
            #expect(try await world.library.ingest(empty, into: world.help, replacing: .nothing).removed == 0)
            #expect(try await world.library.ingest(empty, into: world.help).removed == 1)
            #expect(try await world.library.ingest(news, into: world.help, replacing: .collection).removed == 5)
            #expect(try await world.library.documents(in: world.help).map(\.id) == ["news"])
        }
    }

    @Test func `two folders with files of one name keep both, together or one after the other`() async throws {
        try await Quayside.run { world in
            for (name, text) in [("guides", "Staking rewards come on Mondays."), ("notices", "The ferry terminal is closed in winter.")] {
                try FileManager.default.createDirectory(atPath: world.folder + "/" + name, withIntermediateDirectories: true)
                try Data("# Welcome\n\n\(text)\n".utf8).write(to: URL(fileURLWithPath: world.folder + "/\(name)/index.md"))
            }
            let (guides, notices) = (world.folder + "/guides", world.folder + "/notices")
            let both = try await world.library.ingest(DocumentSource(paths: [guides, notices]), into: world.help)
            #expect((both.added, both.refused) == (2, 0))
            #expect(try await world.library.documents(in: world.help).map(\.id) == ["index.md", "notices/index.md"])
            for path in [guides, notices] {
                let again = try await world.library.ingest(DocumentSource(paths: [path]), into: world.help)
                #expect((again.unchanged, again.added, again.changed, again.removed) == (1, 0, 0, 0), "\(path)")
            }
            #expect(try await world.search("ferry terminal").passages.first?.documentID == "notices/index.md")
            #expect(try await world.search("staking rewards").passages.first?.documentID == "index.md")
        }
    }

    @Test func `documents can be removed by id`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            #expect(try await world.library.remove(["fees.md", "nowhere.md"], from: world.help) == 1)
            #expect(try await world.search("trading fees volumes").passages.allSatisfy { $0.documentID != "fees.md" })
            #expect(try await world.search("withdrawal limits").passages.first?.id == "withdrawals.md::2")
        }
    }

    @Test func `a restarted library finds the same with the same scores`() async throws {
        try await Quayside.run { world in
            try await world.bring(Quayside.articles)
            try await world.bring(Quayside.articles.reversed() + [SourceDocument(id: "new", text: "Withdrawal news.")])
            let before = try await world.search("how long does a withdrawal take")
            let library = try await world.reopened()
            let after = try await library.search(SearchQuery(text: "how long does a withdrawal take"), in: world.help)
            #expect(Set(after.passages) == Set(before.passages))
            #expect(after.indexVersion == before.indexVersion)
        }
    }

    @Test func `documents that cannot be taken are told, the others go in`() async throws {
        try await Quayside.run { world in
            let report = try await world.bring([
                SourceDocument(id: "", text: "no id"), SourceDocument(id: "a::b", text: "no chunk id"),
                SourceDocument(id: "empty", text: " \n"),
                SourceDocument(id: "ok", text: "fine"), SourceDocument(id: "ok", text: "again"), SourceDocument(id: "a\nb", text: "line"),
            ])
            #expect(report.added == 1 && report.refused == 5)
            #expect(report.lines.filter { $0.outcome == .refused }.allSatisfy { !$0.note.isEmpty })
            #expect(try await world.library.documents(in: world.help).map(\.id) == ["ok"])
        }
    }

    @Test func `a workspace that is not there and an impossible name are refused`() async throws {
        try await Quayside.run { world in
            let source = DocumentSource(documents: Quayside.articles, origin: "test")
            await #expect(throws: RetrievalError.noSuchWorkspace("nobody")) {
                try await world.library.ingest(source, into: .init(workspace: .init("nobody"), name: "help"))
            }
            for name in ["", "a b", "../x", String(repeating: "x", count: 101)] {
                await #expect(throws: RetrievalError.badCollectionName(name)) {
                    try await world.library.ingest(source, into: .init(workspace: world.workspace, name: name))
                }
            }
        }
    }

    @Test func `progress counts every document up to the total`() async throws {
        try await Quayside.run { world in
            let seen = Mutex<[IngestProgress]>([])
            _ = try await world.library.ingest(DocumentSource(documents: Quayside.articles, origin: "test"), into: world.help) { step in
                seen.withLock { $0.append(step) }
            }
            let steps = seen.withLock { $0 }
            #expect(steps.map(\.done) == [1, 2, 3, 4, 5])
            #expect(steps.allSatisfy { $0.total == 5 })
        }
    }

    @Test func `searches go on during ingests and never see half of one`() async throws {
        try await Quayside.run { world in
            try await world.bring(edition(0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for number in 1...12 { try await world.bring(edition(number)) } }
                group.addTask {
                    for _ in 0..<150 {
                        let found = try await world.search("edition", limit: 100).passages
                        #expect(found.count == 40)
                        #expect(Set(found.map(\.text)).count == 1)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await world.search("edition", limit: 1).passages.first?.text == "This is edition number 12.")
        }
    }

    @Test func `ingests of one collection at the same time happen one after the other`() async throws {
        try await Quayside.run { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let source = DocumentSource(
                            documents: [SourceDocument(id: "d\(number)", text: "text \(number)")], origin: "o\(number)")
                        let report = try await world.library.ingest(source, into: world.help)
                        #expect(report.added == 1)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await world.search("text", limit: 100).passages.count == 8)
        }
    }

    private func edition(_ number: Int) -> [SourceDocument] {
        (0..<40).map { SourceDocument(id: "d\($0)", text: "This is edition number \(number).") }
    }

    private func rows(_ world: Quayside) async throws -> Set<Int64> {
        try await world.store.read { snapshot in
            Set(try snapshot.rows("SELECT row FROM chunk WHERE workspace = 'quayside' AND retired = 0").map { try $0[0] as Int64 })
        }
    }
}
