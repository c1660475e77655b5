import ArgumentParser
import Assistant
import Inbox
import Storage

/// `baton ask`: one question, one reply or handoff.
struct Ask: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask", abstract: "Ask one question as a customer and see the reply or the handoff.",
        discussion: """
            Examples:
              baton ask "How long do withdrawals take?"
              baton ask - < question.txt
              baton ask --json "I want to talk to a person"      with the Receipt and the charge
              baton ask --assistant developers "What does rate_limited mean?"

            The conversation is kept like any other: see it with `baton inbox show`. Exit status 0 for a reply, a handoff, or a
            message that a person will read; 75 if none of these came in this process.
            """)

    @Argument(help: "The question; - reads it from standard input.")
    var question: String

    @Option(help: ArgumentHelp("Which assistant answers (default: the first).", valueName: "name"))
    var assistant: String?

    @Option(help: ArgumentHelp("Go on in this conversation.", valueName: "id"))
    var conversation: String?

    @Option(
        help: ArgumentHelp(
            "An idempotency key, with --conversation: the same question with the same key is stored and answered once.", valueName: "key"))
    var key: String?

    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try installation.settings()
        let workspace = try Installation.workspace(named: installation.workspace, settings)
        guard key == nil || conversation != nil else {
            throw CommandError(.usage, "--key goes with --conversation: a key protects a message of one conversation.")
        }
        let report = try await Installation.open(settings) { installation in
            try await installation.withDesk { desk in
                let question =
                    question == "-" ? await Lines.ofStandardInput().reduce(into: [], { $0.append($1) }).joined(separator: "\n") : question
                try Inbox(of: workspace.id).check(question)
                if conversation == nil { try await Documents.warnIfMissing(workspace, assistant, installation) }
                let thread = try await open(desk, installation, workspace)
                let received = try await desk.receive(question, from: thread.customer, in: thread.id, of: workspace.id, key: key)
                return try await TurnReport.of(received, in: thread, desk: desk, installation, currency: workspace.currency)
            }
        }
        if output.json { try Output.json(report) } else { report.print() }
        if !output.json, conversation == nil { Terminal.say("(conversation \(report.conversation))") }
        if report.outcome == "open" { throw Exit.tryLater }
    }

    private func open(_ desk: Desk, _ installation: Installation, _ workspace: WorkspaceSettings) async throws -> Conversation {
        guard let conversation else { return try await desk.open(in: workspace.id, assistant: assistant) }
        return try await installation.store.read { try Inbox(of: workspace.id).conversation(ConversationID(conversation), in: $0) }
    }
}
