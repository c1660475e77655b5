import Retrieval
import Storage
import Support

/// "How fast is a question's search, what does the index cost, and does it find the right thing?" against SQLite's FTS5 over the same chunks.
struct SearchFigures {
    let table: Table
    private let corpus = Corpus()

    init(table: Table) { self.table = table }

    func measure() async throws {
        try await scale(10_000, ownQuestions: 2_000, otherQuestions: 60)
        try await scale(100_000, ownQuestions: 2_000, otherQuestions: 12)
        for name in Judged.names {
            if let judged = try Judged(name) {
                try await rank(name, judged)
            } else {
                table.note("No data at ../shared/data/\(name): its ranking is left out.")
            }
        }
        table.note(
            "Synthetic chunks (Zipf, about 70 words), questions of 8 words, top 5 with texts read from the database; FTS5: porter, OR of all words, bm25."
        )
        table.note("\"content words\": FTS5 is spared the four function words of each question.")
    }

    private func scale(_ count: Int, ownQuestions: Int, otherQuestions: Int) async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let name = count == 10_000 ? "10k" : "100k"
        var fullTextSeconds = 0.0
        let fullText = try FullText(path: folder.file("fts.sqlite"))
        let whole: (processorSeconds: Double, chunks: Int)
        let textBytes: Int
        do {
            let pages = corpus.pages(count)
            let rows = pages.map { (id: $0.id, title: $0.title + " " + $0.heading, body: $0.text) }
            textBytes = pages.reduce(0) { $0 + $1.markdown.utf8.count }
            let began = Moment()
            try fullText.add(rows)
            fullTextSeconds = began.processorSeconds
            whole = try await Opened.prepare(folder.file("data"), pages)
        }
        var dice = Dice(UInt64(count))
        let questions = (0..<max(ownQuestions, otherQuestions)).map { _ in corpus.question(about: dice.roll(count), &dice) }
        try await Opened.run(folder.file("data")) { opened in
            let began = Moment()
            try await opened.library.warm(Opened.collection)
            let index = began.processorSeconds
            table.add(
                Figure(
                    name: "index of \(whole.chunks) chunks from the store", value: index, unit: "CPU s",
                    yardstick: ("FTS5 insertion", fullTextSeconds)))
            table.add(
                Figure(
                    name: "read, cut, stored durably and indexed", value: whole.processorSeconds, unit: "CPU s",
                    yardstick: ("FTS5 insertion", fullTextSeconds)))
            let own = try await searches(questions.prefix(ownQuestions), opened.library)
            let other = try fullTextSearches(questions.prefix(otherQuestions), fullText) { FullText.words(of: $0) }
            let spared = try fullTextSearches(questions.prefix(otherQuestions), fullText) { question in
                FullText.words(of: question).filter { !Corpus.isFunctionWord($0.lowercased()) }
            }
            table.add(
                Figure(
                    name: "search \(name), p50", value: own.median * 1e6, unit: "µs",
                    yardstick: ("FTS5 p50, \(otherQuestions) questions", other.median * 1e6)))
            table.add(
                Figure(
                    name: "search \(name), p50", value: own.median * 1e6, unit: "µs",
                    yardstick: ("FTS5 p50, content words", spared.median * 1e6)))
            table.add(
                Figure(name: "search \(name), p99", value: own.percentile(0.99) * 1e6, unit: "µs", yardstick: ("own p50", own.median * 1e6))
            )
        }
        try memory(folder.file("data"), name, textBytes: textBytes)
    }

    private func searches(_ questions: some Sequence<String>, _ library: Library) async throws -> Sample {
        var sample = Sample()
        for question in questions {
            let began = Moment()
            _ = try await library.search(SearchQuery(text: question, limit: 5), in: Opened.collection)
            sample.add(began.seconds)
        }
        return sample
    }

    private func fullTextSearches(_ questions: some Sequence<String>, _ fullText: FullText, _ words: (String) -> [String]) throws -> Sample
    {
        var sample = Sample()
        for question in questions {
            let began = Moment()
            _ = try fullText.search(words(question))
            sample.add(began.seconds)
        }
        return sample
    }

    /// In a process that does nothing else, so that nobody else's memory is in the figure.
    private func memory(_ folder: String, _ name: String, textBytes: Int) throws {
        let desk = try IdleDesk.start(folder)
        defer { desk.child.stop() }
        table.add(
            Figure(
                name: "memory growth by the index of \(name), RSS", value: desk.warm.resident - desk.cold.resident, unit: "MB",
                yardstick: ("the chunks' text", Double(textBytes) / 1e6)))
    }

    private func rank(_ name: String, _ judged: Judged) async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let fullText = try FullText(path: folder.file("fts.sqlite"))
        try fullText.add(judged.documents.map { (id: $0.id, title: $0.title ?? "", body: $0.text) })
        let (own, other) = try await Opened.run(folder.file("data")) { opened in
            _ = try await opened.library.ingest(DocumentSource(paths: [judged.path]), into: Opened.collection)
            var (own, other) = (Sample(), Sample())
            for question in judged.questions {
                let found = try await opened.library.search(SearchQuery(text: question.text, limit: 10), in: Opened.collection)
                own.add(judged.gain(of: question.id, found: found.passages.map(\.documentID)))
                other.add(judged.gain(of: question.id, found: try fullText.search(FullText.words(of: question.text), limit: 10)))
            }
            return (own.mean, other.mean)
        }
        table.add(
            Figure(name: "ranking of \(name), \(judged.questions.count) questions", value: own, unit: "nDCG@10", yardstick: ("FTS5", other))
        )
    }
}
