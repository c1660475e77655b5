import ArgumentParser
import Completion
import Foundation
import Transfer

/// `baton doctor`: asks every endpoint what it can do.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Ask every configured endpoint what it can do, and say what to change.",
        discussion: """
            A few small completions are made at each endpoint (they may cost a fraction of a cent there; they are not booked). Exit status 0: all can be used.
            1: something must be changed. 4: an endpoint cannot be reached.
            """)
    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    private struct Result: Encodable {
        struct Line: Encodable {
            let level: String
            let says: String
            let remedy: String?
        }
        let endpoint: String
        let url: String
        let model: String
        let reachable: Bool
        let answers: Bool
        let streams: Bool?
        let jsonMode: String
        let givesUsage: Bool?
        let firstTokenMilliseconds: Int?
        let findings: [Line]
    }

    func run() async throws {
        let settings = try installation.settings()
        let endpoints = settings.endpoints.value
        let client = HTTPClient(settings: Installation.transferSettings(settings))
        defer { client.close() }
        let results: [Result]
        if endpoints.isEmpty {
            Terminal.say(
                "No endpoint is configured: the built-in extractive responder stands in. It quotes documents and is no language model.")
            Terminal.say(
                "To use a model, set BATON_ENDPOINT_URL and BATON_ENDPOINT_MODEL, or write endpoints into \(settings.config.value)/baton.yaml."
            )
            results = try await Responder.running { url in
                try await Self.probe([Endpoint(name: "built-in", url: url, model: Responder.model)], client)
            }
        } else {
            results = try await Self.probe(endpoints, client)
        }
        if output.json { try Output.json(results) } else { results.forEach(show) }
        if results.contains(where: { !$0.reachable }) { throw Exit.unreachable }
        if results.contains(where: { $0.findings.contains { $0.level == "problem" } }) { throw Exit.failed }
    }

    private static func probe(_ endpoints: [Endpoint], _ client: HTTPClient) async throws -> [Result] {
        let completer = Completer(client: client, endpoints: endpoints, now: { Int64(Date().timeIntervalSince1970 * 1000) })
        var results: [Result] = []
        for endpoint in endpoints {
            Terminal.say("Asking \(endpoint.name) (\(endpoint.model) at \(endpoint.url)) ...")
            let report = try await completer.probe(endpoint, recording: Unrecorded())
            results.append(
                Result(
                    endpoint: endpoint.name, url: endpoint.url, model: endpoint.model, reachable: report.isReachable,
                    answers: report.answers,
                    streams: report.streams, jsonMode: report.jsonMode.rawValue, givesUsage: report.givesUsage,
                    firstTokenMilliseconds: report.firstTokenMilliseconds,
                    findings: report.findings.map { .init(level: $0.level.rawValue, says: $0.says, remedy: $0.remedy) }))
        }
        return results
    }

    private func show(_ result: Result) {
        Terminal.print(Style.bold("\(result.endpoint): \(result.model) at \(result.url)".forTerminal))
        for finding in result.findings {
            let mark =
                switch finding.level {
                case "good": Style.green("✓")
                case "problem": Style.red("✗")
                default: Style.yellow("·")
                }
            Terminal.print("  \(mark) \(finding.says.forTerminal)")
            if let remedy = finding.remedy { Terminal.print("    → \(remedy.forTerminal)") }
        }
    }

    /// Probes are of nobody's conversation: there is no response to book them for.
    private struct Unrecorded: AttemptRecorder {
        func willSend(_ attempt: AttemptStart) async throws {}
        func didEnd(_ attempt: AttemptEnd) async throws {}
    }
}
