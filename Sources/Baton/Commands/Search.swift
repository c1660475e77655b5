import ArgumentParser
import Foundation
import Retrieval

/// `baton search`: what the assistant would find.
struct Search: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Show the chunks that a question finds, and why.",
        discussion: """
            Examples:
              baton search "withdrawal limit level 2" --explain
              baton search --queries queries.jsonl --top 10 --format trec > run.trec     for measuring (lines of {"id": ..., "text": ...})

            With --explain every word's share of the score is shown; the shares sum to the score.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json, trec
    }

    @Argument(help: "The question.")
    var question: String?

    @Option(help: ArgumentHelp("A JSONL file of questions.", valueName: "file"), completion: .file())
    var queries: String?

    @Option(help: ArgumentHelp("How many chunks for each question, 1 to 100.", valueName: "count"))
    var top = 5

    @Option(help: "How to print: text, json, or trec (qid Q0 chunk rank score tag).")
    var format: Format?

    @Flag(help: "Show each word's share of the score.")
    var explain = false

    @Option(help: ArgumentHelp("The collection (default: that of the first assistant).", valueName: "name"))
    var from: String?

    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (question == nil) != (queries == nil) else { throw ValidationError("Give a question or --queries FILE, not both.") }
        guard question.map({ $0.contains { !$0.isWhitespace } }) ?? true else { throw ValidationError("The question is empty.") }
        guard (1...SearchQuery.mostPassages).contains(top) else {
            throw ValidationError("--top must be from 1 to \(SearchQuery.mostPassages).")
        }
    }

    func run() async throws {
        let settings = try installation.settings()
        let target = try SearchTarget(settings, workspace: installation.workspace, collection: from)
        let asked = try queries.map { try Self.read(Caller.path($0)) } ?? [(id: "1", text: question ?? "")]
        let format = format ?? (output.json ? .json : .text)
        try await Installation.open(settings) { installation in
            try await SearchTarget.prepare(target.collection.workspace, target.workspace, installation)
            guard try await !installation.library.documents(in: target.collection, limit: 1).isEmpty else {
                throw CommandError(
                    .notFound,
                    "There are no documents in '\(target.collection)'. Read some with `baton ingest`, or name another collection with --from."
                )
            }
            for query in asked {
                let result = try await installation.library.search(SearchQuery(text: query.text, limit: top), in: target.collection)
                try show(result, of: query.id, as: format)
            }
        }
    }

    private func show(_ result: SearchResult, of id: String, as format: Format) throws {
        switch format {
        case .json: try Output.json(Found(id: id, result), pretty: queries == nil)
        case .trec:
            for (rank, passage) in result.passages.enumerated() {
                Terminal.print("\(id) Q0 \(passage.id.replacing(" ", with: "%20")) \(rank + 1) \(passage.score) baton")
            }
        case .text: showText(result)
        }
    }

    private func showText(_ result: SearchResult) {
        for repair in result.repaired { Terminal.print(Style.yellow("read “\(repair.from)” as “\(repair.to)”".forTerminal)) }
        guard !result.passages.isEmpty else {
            Terminal.print("Nothing found. Read documents with `baton ingest`, or ask in the documents' words.")
            return
        }
        for (rank, passage) in result.passages.enumerated() {
            let place = ([passage.title] + passage.headings).joined(separator: " › ")
            Terminal.print(
                Style.bold("\(rank + 1). \(place)".forTerminal) + Style.dim("  \(passage.id.forTerminal)  \(Self.number(passage.score))"))
            if explain {
                for term in passage.terms {
                    Terminal.print("     \(Self.number(term.share).leftPadded(8))  \(term.term.forTerminal)  \(Style.dim(term.note))")
                }
                Terminal.print("     \(Self.number(passage.terms.reduce(0) { $0 + $1.share }).leftPadded(8))  sum")
            } else {
                Terminal.print(String(passage.text.prefix(240)).forTerminal.wrapped(indent: "   "))
            }
        }
        let signals = result.signals
        Terminal.print(
            Style.dim(
                "share of the best possible score \(Self.number(signals.normScore)), coverage \(Self.number(signals.coverage)), unknown words \(Self.number(signals.unknownShare))"
            ))
    }

    private static func number(_ value: Double) -> String { String(format: "%.4f", value) }

    private struct Found: Encodable {
        let id: String
        let passages: [Passage]
        let signals: RetrievalSignals
        let repaired: [Repair]
        let indexVersion: String

        init(id: String, _ result: SearchResult) {
            self.id = id
            passages = result.passages
            signals = result.signals
            repaired = result.repaired
            indexVersion = result.indexVersion
        }
    }

    private static func read(_ path: String) throws -> [(id: String, text: String)] {
        struct Line: Decodable {
            let id: ID
            let text: String

            /// Ids are texts or whole numbers.
            struct ID: Decodable {
                let text: String
                init(from decoder: any Decoder) throws {
                    let value = try decoder.singleValueContainer()
                    // Not a number: a text.
                    if let number = try? value.decode(Int64.self) { text = String(number) } else { text = try value.decode(String.self) }
                }
            }
        }
        guard FileManager.default.fileExists(atPath: path) else { throw CommandError(.notFound, "There is no file \(path).") }
        let text = try ConfigFile.text(path)
        return try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
            guard line.contains(where: { !$0.isWhitespace }) else { return nil }
            do {
                let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
                return (line.id.text, line.text)
            } catch {
                throw CommandError(.usage, "\(path):\(number + 1): expected a line such as {\"id\": \"q1\", \"text\": \"...\"}")
            }
        }
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
