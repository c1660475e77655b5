import ArgumentParser
import Foundation

/// The `baton` command line.
@main
struct Baton: AsyncParsableCommand {
    /// Of this build.
    static let version = "0.2.0"

    static let configuration = CommandConfiguration(
        commandName: "baton",
        abstract: "Customer support: an assistant that answers from your documents and hands over, whole, to people.",
        discussion: """
            Examples:
              baton serve                               the service: pages, API, live streams
              baton chat                                be the customer and the teammate
              baton ask "How long does a deposit take?" one question, one answer
              baton ingest docs/ --into help            read documents
              baton inbox list                          who waits for a person
              baton usage --csv > usage.csv             what every response cost

            Data goes to standard output, talk to standard error. What prints data understands --json.
            """,
        version: version,
        subcommands: [
            Serve.self, Chat.self, Ask.self, InboxCommand.self, Ingest.self, Search.self, Rules.self, Prompts.self, Usage.self, Credit.self,
            Ledger.self, KeyCommand.self, TeammateCommand.self,
            Demo.self, Doctor.self, Check.self, StormCommand.self, CompletionScript.self,
        ])

    static func main() async {
        // A reader that closes early (`baton usage | head`) must not kill the process by a signal.
        signal(SIGPIPE, SIG_IGN)
        // What customers wrote is for nobody else on this machine.
        umask(0o077)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            Foundation.exit(report(error))
        }
    }

    /// Says what went wrong on standard error (help and version on standard output) and gives the exit status.
    private static func report(_ error: any Error) -> Int32 {
        if let exit = error as? Exit { return exit.rawValue }
        let parserStatus = exitCode(for: error)
        let isOfTheCommandLine = parserStatus == .validationFailure
        if parserStatus == .success || isOfTheCommandLine {
            let text = fullMessage(for: error)
            if !text.isEmpty { isOfTheCommandLine ? Terminal.say(text) : Terminal.print(text) }
            return isOfTheCommandLine ? Exit.usage.rawValue : Exit.ok.rawValue
        }
        Terminal.say("baton: " + "\(error)".forTerminal)
        return Exit.status(for: error).rawValue
    }
}

/// What every command knows about the installation.
struct InstallationOptions: ParsableArguments {
    @Option(
        name: .customLong("data"), help: ArgumentHelp("The data directory (default ./data, or BATON_DATA).", valueName: "dir"),
        completion: .directory)
    var data: String?

    @Option(
        name: .customLong("config"), help: ArgumentHelp("The configuration folder (default ./Config, or BATON_CONFIG).", valueName: "dir"),
        completion: .directory)
    var config: String?

    @Option(
        name: .customLong("prompts"),
        help: ArgumentHelp("The folder with prompt files (default ./Prompts, or BATON_PROMPTS).", valueName: "dir"), completion: .directory)
    var prompts: String?

    @Option(name: .customLong("workspace"), help: ArgumentHelp("Which workspace (default: the only one).", valueName: "name"))
    var workspace: String?

    /// Settings from these flags, the environment and the file.
    func settings() throws -> Settings { try Settings(flags: Flags(data: data, config: config, prompts: prompts)) }
}

/// `--json` for commands that print data.
struct OutputOptions: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON for other programs.")
    var json = false
}
