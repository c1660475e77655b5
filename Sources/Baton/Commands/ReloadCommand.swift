import ArgumentParser

/// `baton reload`: the running process reads its configuration anew.
struct ReloadCommand: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Let the running process read its configuration and prompts anew.",
        discussion: """
            Everything is read and checked first. A mistake is said with file and line (exit status 3) and changes nothing. Turns under way end with what they
            began with. A SIGHUP to the server does the same.
            """)
    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let running = Running.current else {
            throw CommandError(.notFound, "No process holds the data directory. The next one to start reads the files as they are then.")
        }
        let done = try await running.installation.reload(running.desk)
        if output.json { try Output.json(done) } else { Terminal.print("\(done)".forTerminal) }
    }
}
