import ArgumentParser
import Assistant
import Escalation
import Foundation
import Inbox
import Retrieval

/// `baton demo`: the example questions, asked for real.
struct Demo: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Ask a workspace's demo questions and compare with what is expected.",
        discussion: """
            Example:
              baton demo --data "$(mktemp -d)"      in a data directory of its own

            Reads the workspace's documents first. Each question of demo.yaml gets a conversation of its own. Exit status 1 if one does not do what it should.
            """)
    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    private struct Result: Encodable {
        let ask: String
        let expected: String
        let got: String
        let isRight: Bool
        let why: [String]
    }

    func run() async throws {
        let settings = try installation.settings()
        let workspace = try Installation.workspace(named: installation.workspace, settings)
        let demo = try DemoQuestions(workspace.folder + "/demo.yaml")
        let results = try await Installation.open(settings) { installation in
            try await installation.apply(workspace)
            let collection = workspace.profile.usualCollection
            _ = try await installation.library.ingest(
                DocumentSource(paths: ["\(workspace.folder)/documents/\(collection.name)"]), into: collection)
            return try await installation.withDesk { desk in
                var results: [Result] = []
                for question in demo.questions {
                    let thread = try await desk.open(in: workspace.id)
                    let received = try await desk.receive(question.ask, from: thread.customer, in: thread.id, of: workspace.id)
                    let report = try await TurnReport.of(received, in: thread, desk: desk, installation, currency: workspace.currency)
                    results.append(Self.compare(report, question.ask, question.expect, collection))
                }
                return results
            }
        }
        if output.json { try Output.json(results) } else { results.forEach(show) }
        let wrong = results.filter { !$0.isRight }.count
        if !output.json { Terminal.print("\(results.count - wrong) of \(results.count) as expected") }
        if wrong > 0 { throw Exit.failed }
    }

    private static func compare(_ report: TurnReport, _ ask: String, _ expect: DemoQuestions.Expectation, _ collection: Collection)
        -> Result
    {
        let got: String
        switch report.outcome {
        case "answered":
            got = "answered from " + Set(report.citations.map { collection.name + "/" + $0.document }).sorted().joined(separator: ", ")
        case "handed_over": got = "handed over: \(report.reason ?? "?")"
        default: got = report.outcome
        }
        let expected =
            switch expect {
            case .answeredFrom(let document): "answered from \(document)"
            case .handedOver(let reason): "handed over: \(reason.rawValue)"
            }
        return Result(ask: ask, expected: expected, got: got, isRight: got == expected, why: report.why)
    }

    private func show(_ result: Result) {
        Terminal.print("\(result.isRight ? Style.green("✓") : Style.red("✗")) \(result.ask)")
        Terminal.print(Style.dim("    \(result.got)" + (result.isRight ? "" : "   (expected: \(result.expected))")))
        if !result.isRight { for line in result.why { Terminal.print(Style.dim("      \(line)".forTerminal)) } }
    }
}
