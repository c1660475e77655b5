import ArgumentParser
import Foundation
import Storage

/// The `baton` command line.
@main
struct Baton: AsyncParsableCommand {
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
        version: release,
        subcommands: [
            Serve.self, Health.self, Chat.self, Ask.self, InboxCommand.self, Ingest.self, Search.self, Rules.self, Prompts.self, Usage.self,
            Credit.self,
            Ledger.self, KeyCommand.self, TeammateCommand.self, Verify.self, Backup.self, Restore.self, ReloadCommand.self,
            Demo.self, Doctor.self, Check.self, StormCommand.self, CompletionScript.self,
        ])

    /// The version.
    static let release = "0.2.0"

    static func main() async {
        // A reader that closes early (`baton usage | head`) must not kill the process by a signal.
        signal(SIGPIPE, SIG_IGN)
        // What customers wrote is for nobody else on this machine.
        umask(0o077)
        Foundation.exit(await status(of: words))
    }

    /// The command line without the program. Where a library such as libfaketime is loaded before ours, Swift finds none; the kernel knows it still.
    private static var words: [String] {
        guard CommandLine.argc == 0 else { return Array(CommandLine.arguments.dropFirst()) }
        let kept = FileManager.default.contents(atPath: "/proc/self/cmdline") ?? Data()
        return kept.split(separator: 0, omittingEmptySubsequences: false).dropFirst().dropLast().map { String(decoding: $0, as: UTF8.self) }
    }

    /// Runs a command line, here or, where another process owns the data directory, there, and says what went wrong.
    /// - Returns: the exit status.
    static func status(of arguments: [String]) async -> Int32 {
        do {
            let command = try parseAsRoot(arguments)
            if Running.current == nil, let command = command as? any DataCommand, let other = try owner(of: command) {
                return try await command.run(through: other, arguments)
            }
            return try await run(command, arguments)
        } catch {
            return report(error)
        }
    }

    private static func run(_ command: any ParsableCommand, _ arguments: [String]) async throws -> Int32 {
        if Running.current != nil, command is any LoneCommand {
            throw CommandError(.conflict, "This command needs the data directory for itself. Stop the process that owns it first.")
        }
        do {
            var command = command
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
            return Exit.ok.rawValue
        } catch StorageError.alreadyInUse(let folder, let pid) where Running.current == nil && !(command is any LoneCommand) {
            // Somebody was faster than we looked.
            guard let other = try ControlClient.reach(folder) else { throw StorageError.alreadyInUse(folder: folder, pid: pid) }
            return try await other.run(arguments)
        }
    }

    private static func owner(of command: any DataCommand) throws -> ControlClient? {
        // Settings that cannot be read are the command's own to say.
        guard let folder = try? command.installation.settings().data.value else { return nil }
        let other = try ControlClient.reach(folder)
        if let other, let config = command.installation.config, config.absolutePath != other.config {
            Terminal.say("baton: the running process (pid \(other.pid)) does it, with its own configuration in \(other.config).")
        }
        return other
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
    func settings() throws -> Settings {
        // A command that runs in the process of the data directory's owner works with the owner's settings.
        if let running = Running.current { return running.installation.inForce.configuration?.settings ?? running.installation.settings }
        return try Settings(flags: Flags(data: data, config: config, prompts: prompts))
    }
}

/// `--json` for commands that print data.
struct OutputOptions: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON for other programs.")
    var json = false
}
