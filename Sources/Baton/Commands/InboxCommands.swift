import ArgumentParser
import Assistant
import Inbox
import Storage

/// `baton inbox`: the teammate's side as single commands.
struct InboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox", abstract: "The shared inbox: see, take over, reply, note, hand back, resolve.",
        discussion: """
            Examples:
              baton inbox list                                 who waits for a person
              baton inbox show conv_...                        thread, package and Receipt
              baton inbox claim conv_... --as mara
              baton inbox reply conv_... "It was sent today." --as mara
            """,
        subcommands: [List.self, Show.self, Claim.self, Reply.self, Note.self, HandBack.self, Resolve.self], defaultSubcommand: List.self)

    /// What all of them know.
    struct Options: ParsableArguments {
        @Option(
            name: .customLong("as"), help: ArgumentHelp("Which teammate you are (default: the first of workspace.yaml).", valueName: "name")
        )
        var teammate: String?
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        /// Does one thing and says what became of it.
        func act(_ body: @escaping @Sendable (InboxScreen) async throws -> InboxScreen.Done) async throws {
            try await run(body).print(asJSON: output.json)
        }

        func run<Result: Sendable>(_ body: @escaping @Sendable (InboxScreen) async throws -> Result) async throws -> Result {
            let settings = try installation.settings()
            let workspace = try Installation.workspace(named: installation.workspace, settings)
            return try await Installation.open(settings) { installation in
                try await installation.withDesk { desk in
                    try await body(InboxScreen(desk, installation, workspace, teammate: try Self.teammate(teammate, of: workspace)))
                }
            }
        }

        static func teammate(_ name: String?, of workspace: WorkspaceSettings) throws -> TeammateID {
            let known = workspace.people.map(\.id)
            guard let id = name.map({ TeammateID($0) }) ?? known.first, known.contains(id) else {
                throw CommandError(
                    .notFound,
                    "There is no teammate '\(name ?? "")' in \(workspace.id). There are: \(known.map(\.text).joined(separator: ", ")).")
            }
            return id
        }
    }

    struct List: InboxAct {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "The queues with their counts, and one of them.")
        enum Name: String, CaseIterable, ExpressibleByArgument {
            case person, mine, assistant, waiting, closed
        }
        @Argument(help: "Which queue.")
        var queue = Name.person
        @OptionGroup var options: Options

        func run() async throws {
            let asJSON = options.output.json
            try await options.run { try await $0.list(queue, asJSON: asJSON) }
        }
    }

    struct Show: InboxAct {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Thread, package and Receipt of a conversation.")
        @Argument(help: "The conversation.")
        var conversation: String
        @OptionGroup var options: Options

        func run() async throws {
            let asJSON = options.output.json
            try await options.run { try await $0.show(ConversationID(conversation), asJSON: asJSON) }
        }
    }

    struct Claim: InboxAct {
        static let configuration = CommandConfiguration(
            commandName: "claim", abstract: "Take a conversation over; the assistant stops at once.")
        @Argument(help: "The conversation.")
        var conversation: String
        @OptionGroup var options: Options

        func run() async throws { try await options.act { try await $0.claim(ConversationID(conversation)) } }
    }

    struct Reply: InboxAct {
        static let configuration = CommandConfiguration(commandName: "reply", abstract: "Write to the customer; who replies takes over.")
        @Argument(help: "The conversation.")
        var conversation: String
        @Argument(help: "What the customer reads.")
        var text: String
        @Option(help: ArgumentHelp("An idempotency key: the same reply with the same key is sent once.", valueName: "key"))
        var key: String?
        @Option(
            help: ArgumentHelp(
                "The number of the last message you have read: if others wrote since, nothing is sent and you see what.",
                valueName: "number"))
        var lastSeen: Int?
        @OptionGroup var options: Options

        func run() async throws {
            try await options.act { try await $0.reply(text, in: ConversationID(conversation), lastSeen: lastSeen, key: key) }
        }
    }

    struct Note: InboxAct {
        static let configuration = CommandConfiguration(commandName: "note", abstract: "Leave a note that only teammates see.")
        @Argument(help: "The conversation.")
        var conversation: String
        @Argument(help: "The note.")
        var text: String
        @OptionGroup var options: Options

        func run() async throws { try await options.act { try await $0.note(text, in: ConversationID(conversation)) } }
    }

    struct HandBack: InboxAct {
        static let configuration = CommandConfiguration(
            commandName: "handback", abstract: "Give a conversation back to the assistant, which answers what is still open.")
        @Argument(help: "The conversation.")
        var conversation: String
        @OptionGroup var options: Options

        func run() async throws { try await options.act { try await $0.handBack(ConversationID(conversation)) } }
    }

    struct Resolve: InboxAct {
        static let configuration = CommandConfiguration(commandName: "resolve", abstract: "Close a conversation.")
        @Argument(help: "The conversation.")
        var conversation: String
        @OptionGroup var options: Options

        func run() async throws { try await options.act { try await $0.resolve(ConversationID(conversation)) } }
    }
}

/// A command of the inbox.
protocol InboxAct: DataCommand { var options: InboxCommand.Options { get } }

extension InboxAct {
    var installation: InstallationOptions { options.installation }
}
