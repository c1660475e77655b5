import ArgumentParser
import Assistant
import Completion
import Escalation
import Foundation
import Metering
import Notation
import Prompting
import Storage
import Transfer
import Web

/// `baton rules`: the rules files.
struct Rules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Check and test the rules that hand conversations over.", subcommands: [Test.self, CheckRules.self])

    struct CheckRules: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Read the rules and say what is wrong, with file and line.")
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Line: Encodable {
            let file: String
            let rules: Int
            let topics: [String]
            let version: String
        }

        func run() async throws {
            let files = try RuleFiles.read(installation)
            if output.json {
                return try Output.json(
                    files.map { Line(file: $0, rules: $1.rules.count, topics: $1.topicNames, version: $1.version) })
            }
            for (file, rules) in files {
                Terminal.print("\(file): \(rules.rules.count) rules, \(rules.topicNames.count) topics, version \(rules.version.prefix(12))")
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Run the examples that stand beside every rule.",
            discussion:
                "Exit status 0: every example does what it should. 1: those that do not are listed. Known gaps (todo_fires) are reported and never fail."
        )
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            let file: String
            let version: String
            let examples: Int
            let failures: [String]
            let gaps: [String]
        }

        func run() async throws {
            let results = try RuleFiles.read(installation).map { file, rules in
                let report = rules.test()
                let examples = report.counts.values.reduce(0) { $0 + $1.rightlyFired + $1.wronglyFired + $1.missed + $1.rightlyQuiet }
                return Result(
                    file: file, version: rules.version, examples: examples, failures: report.failures.map(\.description),
                    gaps: report.gaps.map(\.description))
            }
            if output.json { try Output.json(results) } else { results.forEach(show) }
            if results.contains(where: { !$0.failures.isEmpty }) { throw Exit.failed }
        }

        private func show(_ result: Result) {
            for failure in result.failures { Terminal.print(Style.red(failure.forTerminal)) }
            for gap in result.gaps { Terminal.print(Style.dim("known gap: \(gap)".forTerminal)) }
            let verdict = result.failures.isEmpty ? Style.green("all right") : Style.red("\(result.failures.count) wrong")
            Terminal.print("\(result.file): \(result.examples) examples, \(verdict), known gaps: \(result.gaps.count)")
        }
    }
}

/// The rules files of the configured workspaces, each once.
private enum RuleFiles {
    static func read(_ options: InstallationOptions) throws -> [(String, RuleSet)] {
        let settings = try options.settings()
        let names = options.workspace.map { [$0] } ?? WorkspaceSettings.names(in: settings.config.value)
        var files: [String: RuleSet] = [:]
        for name in names {
            let workspace = try WorkspaceSettings(name, in: settings.config.value)
            for assistant in workspace.profile.assistants.values { files[assistant.rules.file] = assistant.rules }
        }
        guard !files.isEmpty else { throw CommandError(.configuration, "There is no workspace in \(settings.config.value).") }
        return files.sorted { $0.key < $1.key }
    }
}

/// `baton prompts`: the prompt files.
struct Prompts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prompts", abstract: "Check, test and render the prompt files.",
        subcommands: [CheckPrompts.self, Test.self, Render.self])

    struct CheckPrompts: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Read all prompt files and say what is wrong, with file and line.")
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Line: Encodable {
            let prompt: String
            let version: String
            let inputs: [String]
            let maxTokens: Int
        }

        func run() async throws {
            let library = try PromptLibrary(folder: installation.settings().prompts.value)
            if output.json {
                return try Output.json(
                    library.names.compactMap { library.summary(of: $0) }.map {
                        Line(prompt: $0.name, version: $0.version, inputs: $0.inputs.map(\.name), maxTokens: $0.parameters.maxTokens)
                    })
            }
            for warning in library.warnings { Terminal.say("\(warning)".forTerminal) }
            for name in library.names {
                guard let summary = library.summary(of: name) else { continue }
                Terminal.print(
                    "\(name): version \(summary.version.prefix(12)), \(summary.inputs.count) inputs, at most \(summary.parameters.maxTokens) tokens"
                )
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Run the tests inside the prompt files.",
            discussion: "No model is asked. Exit status 1 if one fails.")
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Line: Encodable {
            let prompt: String
            let test: String
            let passed: Bool
            let failures: [String]
        }

        func run() async throws {
            let report = try PromptLibrary(folder: installation.settings().prompts.value).test()
            if output.json {
                try Output.json(
                    report.outcomes.map { Line(prompt: $0.prompt, test: $0.says, passed: $0.passed, failures: $0.failures) })
                if !report.passed { throw Exit.failed }
                return
            }
            for outcome in report.outcomes {
                Terminal.print(outcome.passed ? Style.green("\(outcome)".forTerminal) : Style.red("\(outcome)".forTerminal))
            }
            if !report.passed { throw Exit.failed }
        }
    }

    struct Render: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "render", abstract: "Show the messages that a prompt's test would send.",
            discussion: "Example: baton prompts render answer --test 1")
        @Argument(help: "The prompt's name.")
        var name: String
        @Option(help: ArgumentHelp("Which of its tests gives the values, from 1.", valueName: "number"))
        var test = 1
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let library = try PromptLibrary(folder: installation.settings().prompts.value)
            guard library.names.contains(name) else {
                throw CommandError(.notFound, "There is no prompt '\(name)'. There are: \(library.names.joined(separator: ", ")).")
            }
            let tests = library.tests(of: name)
            guard tests.indices.contains(test - 1) else {
                throw CommandError(.notFound, "The prompt '\(name)' has \(tests.count) tests; --test must name one of them.")
            }
            let example = tests[test - 1]
            let rendered = try library.render(name, values: example.values, history: example.history, boundary: PromptTest.boundary)
            if output.json { return try Output.json(rendered.messages) }
            for message in rendered.messages {
                Terminal.print(Style.bold(message.role.rawValue + ":"))
                Terminal.print(message.content.forTerminal)
                Terminal.print("")
            }
            Terminal.print(Style.dim("about \(rendered.tokenEstimate) tokens, version \(rendered.version)"))
        }
    }
}

/// `baton check`: all configuration, with origins.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read all configuration and show every setting with its origin.",
        discussion:
            "Reads baton.yaml, every workspace, rules, prices, messages and prompts, and changes nothing. Exit status 3 for a mistake, with file and line."
    )
    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        let setting: String
        let value: String
        let origin: String
    }

    func run() async throws {
        let settings = try installation.settings()
        let lines = Self.lines(settings)
        let configuration = try Configuration(settings)
        let (workspaces, prompts) = (configuration.workspaces, configuration.prompts)
        for workspace in workspaces { _ = try DemoQuestions(workspace.folder + "/demo.yaml") }
        for warning in prompts.warnings { Terminal.say("\(warning)".forTerminal) }
        for warning in workspaces.flatMap(\.warnings) { Terminal.say(Style.yellow("\(warning)".forTerminal)) }
        if output.json { return try Output.json(lines) }
        var table = TextTable(["setting", "value", "from"])
        for line in lines { table.add([line.setting, line.value, line.origin]) }
        table.print()
        for workspace in workspaces {
            Terminal.print(
                "workspace \(workspace.id): \(workspace.profile.assistants.count) assistants, \(workspace.teams.count) teams, \(workspace.people.count) teammates, \(workspace.prices.prices.count) prices"
            )
            for site in workspace.sites { Terminal.print("  site \(site.key): \(site.inWords)".forTerminal) }
        }
        Terminal.print("prompts: \(prompts.names.joined(separator: ", "))")
        Terminal.print(Style.green("All in order."))
    }

    private static func lines(_ settings: Settings) -> [Line] {
        let endpoints = settings.endpoints.value.map { "\($0.name) (\($0.model) at \($0.url))" }.joined(separator: ", ")
        return [
            Line(setting: "config", value: settings.config.value, origin: settings.config.origin.rawValue),
            Line(setting: "data", value: settings.data.value, origin: settings.data.origin.rawValue),
            Line(setting: "prompts", value: settings.prompts.value, origin: settings.prompts.origin.rawValue),
            Line(
                setting: "turn_deadline", value: durationText(milliseconds: settings.turnDeadline.value),
                origin: settings.turnDeadline.origin.rawValue),
            Line(
                setting: "sweep_every", value: durationText(milliseconds: settings.sweepEvery.value),
                origin: settings.sweepEvery.origin.rawValue),
            Line(setting: "turns_at_once", value: "\(settings.turnsAtOnce.value)", origin: settings.turnsAtOnce.origin.rawValue),
            Line(setting: "proxy", value: settings.proxy.value ?? "none", origin: settings.proxy.origin.rawValue),
            Line(setting: "authorities", value: settings.authorities.value ?? "the system's", origin: settings.authorities.origin.rawValue),
            Line(
                setting: "listen", value: "\(settings.serve.host):\(settings.serve.port)",
                origin: settings.serve.origin(of: "listen").rawValue),
            Line(
                setting: "public_url", value: settings.serve.publicURL ?? "where it listens",
                origin: settings.serve.origin(of: "public_url").rawValue),
            Line(
                setting: "trusted_proxies",
                value: settings.serve.trustedProxies.isEmpty ? "none" : settings.serve.trustedProxies.sorted().joined(separator: ", "),
                origin: settings.serve.origin(of: "trusted_proxies").rawValue),
            Line(setting: "connections", value: "\(settings.serve.connections)", origin: settings.serve.origin(of: "connections").rawValue),
            Line(
                setting: "connections_per_address", value: "\(settings.serve.connectionsPerAddress)",
                origin: settings.serve.origin(of: "connections_per_address").rawValue),
            Line(setting: "streams", value: "\(settings.serve.streams)", origin: settings.serve.origin(of: "streams").rawValue),
            Line(setting: "rate_factor", value: "\(settings.serve.rateFactor)", origin: settings.serve.origin(of: "rate_factor").rawValue),
            Line(
                setting: "mail",
                value: settings.mail.value.map { "\($0.host):\($0.port), \($0.security.rawValue), from \($0.from)" } ?? "none",
                origin: settings.mail.origin.rawValue),
            Line(
                setting: "private_receivers",
                value: settings.privateReceivers.value.isEmpty ? "none" : settings.privateReceivers.value.joined(separator: ", "),
                origin: settings.privateReceivers.origin.rawValue),
            Line(
                setting: "endpoints", value: endpoints.isEmpty ? "none: the built-in extractive responder" : endpoints,
                origin: settings.endpoints.origin.rawValue),
        ]
    }
}

extension Site {
    /// What was decided for it, in a line.
    fileprivate var inWords: String {
        let form =
            leadForm.map { "asks \($0.fields.map(\.name).joined(separator: ", ")) (\($0.moment.rawValue))" } ?? "asks nothing of customers"
        return [
            "\(looks.colour.text) with \(looks.textColour == .white ? "white" : "dark") text, at the \(looks.position.rawValue)",
            "language \(language.rawValue)", form, asksForSatisfaction ? "asks how it went" : "does not ask how it went",
            takesAttachments ? "takes files" : "takes no files",
            identity == nil ? "knows no signed-in customers" : "knows signed-in customers by their token",
            origins.isEmpty ? "on no other page" : "on \(origins.joined(separator: ", "))",
        ].joined(separator: "; ")
    }
}

/// `baton completion`: completions for the shell.
struct CompletionScript: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print completions for bash, zsh or fish.",
        discussion: """
            Examples:
              baton completion bash > /etc/bash_completion.d/baton
              baton completion zsh > ~/.zfunc/_baton
              baton completion fish > ~/.config/fish/completions/baton.fish
            """)
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    @Argument(help: "Which shell.")
    var shell: Shell

    func run() throws {
        let kind: ArgumentParser.CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Terminal.print(Baton.completionScript(for: kind))
    }
}
