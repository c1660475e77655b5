import ArgumentParser
import Assistant
import Foundation
import Inbox
import Storage

/// `baton chat`: one person walks the whole journey, as the customer and as the teammate.
struct Chat: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Be the customer in this terminal; /teammate shows the other side.",
        discussion: """
            What you type goes to the assistant. Lines that begin with / are for this program (write // to send a line that begins with /):
              customer side:  /person  /new  /why  /teammate  /help  /quit
              teammate side:  /queue [person|mine|assistant|waiting|closed]  /show [ID]  /claim  /note TEXT  /back  /resolve  /why  /as NAME
                              /customer  /help  /quit; any other line is your reply to the customer
            """)

    @Option(help: ArgumentHelp("Which assistant answers (default: the first).", valueName: "name"))
    var assistant: String?

    @Option(help: ArgumentHelp("The customer's name.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("The customer's e-mail address.", valueName: "address"))
    var email: String?

    @OptionGroup var installation: InstallationOptions

    func run() async throws {
        let settings = try installation.settings()
        let workspace = try Installation.workspace(named: installation.workspace, settings)
        let demo = try DemoQuestions(workspace.folder + "/demo.yaml")
        try await Installation.open(settings) { installation in
            try await installation.withDesk { desk in
                try await ControlSocket.serving(installation, desk) {
                    var session = try await ChatSession(
                        desk, installation, workspace, assistant: assistant, customer: (name, email), examples: demo.examples)
                    try await session.run()
                }
            }
        }
    }
}

/// One run of the chat.
private struct ChatSession {
    private enum Side {
        case customer
        case teammate
    }

    private let desk: Desk
    private let installation: Installation
    private let workspace: WorkspaceSettings
    private let assistant: String?
    private let customer: (name: String?, email: String?)
    private let examples: [String]
    private var screen: InboxScreen
    private var side = Side.customer
    private var conversation: Conversation
    /// The conversation on the teammate's screen.
    private var opened: ConversationID?
    /// The seq that the customer has read up to.
    private var read = 0

    init(
        _ desk: Desk, _ installation: Installation, _ workspace: WorkspaceSettings, assistant: String?, customer: (String?, String?),
        examples: [String]
    ) async throws {
        self.desk = desk
        self.installation = installation
        self.workspace = workspace
        self.assistant = assistant
        self.customer = customer
        self.examples = examples
        screen = InboxScreen(desk, installation, workspace, teammate: try InboxCommand.Options.teammate(nil, of: workspace))
        conversation = try await desk.open(in: workspace.id, assistant: assistant, name: customer.0, email: customer.1)
    }

    mutating func run() async throws {
        greet()
        try await Documents.warnIfMissing(workspace, assistant, installation)
        prompt()
        for await line in Lines.ofStandardInput() {
            do {
                guard try await handle(line) else { return }
            } catch let error where !(error is CancellationError) {
                Terminal.print(Style.red("\(error)".forTerminal))
            }
            prompt()
        }
    }

    private func greet() {
        let profile = workspace.profile.assistant(conversation.assistant)
        Terminal.print(
            Style.bold("You are a customer of \(workspace.profile.name). \(profile.displayName) answers; it is an assistant, not a person.")
        )
        if installation.settings.endpoints.value.isEmpty {
            Terminal.print(
                Style.dim(
                    "No model is configured: the built-in extractive responder stands in and quotes the documents word for word (see `baton doctor`)."
                ))
        }
        if !examples.isEmpty {
            Terminal.print("Try, for example:")
            for example in examples { Terminal.print("   " + example) }
        }
        Terminal.print(Style.dim("/person asks for a person, /teammate shows the other side, /help shows everything, /quit ends.\n"))
    }

    private func prompt() {
        guard Terminal.listens else { return }
        switch side {
        case .customer: Terminal.put(Style.green("you> "))
        case .teammate: Terminal.put(Style.yellow("\(screen.teammate)\(opened.map { " in \($0.text.suffix(6))" } ?? "")> "))
        }
    }

    /// - Returns: whether to go on.
    private mutating func handle(_ line: String) async throws -> Bool {
        let text = line.trimmingCharacters(in: .whitespaces)
        if text.isEmpty { return true }
        guard text.hasPrefix("/"), !text.hasPrefix("//") else {
            try await say(text.hasPrefix("//") ? String(text.dropFirst()) : text)
            return true
        }
        let words = text.dropFirst().split(separator: " ", maxSplits: 1).map(String.init)
        let argument = words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : ""
        switch (words.first ?? "", side) {
        case ("quit", _), ("exit", _): return false
        case ("help", _): Terminal.print(Chat.configuration.discussion)
        case ("teammate", .customer): try await sitDown(argument)
        case ("as", .teammate): try await sitDown(argument)
        case ("customer", .teammate): try await customerLooks()
        case ("person", .customer): try await say("I want to talk to a person")
        case ("new", .customer): try await startOver()
        case ("why", _): try await screen.receipt(side == .customer ? conversation.id : try current())
        case ("queue", .teammate), ("list", .teammate): try await screen.list(InboxCommand.List.Name(rawValue: argument) ?? .person)
        case ("show", .teammate), ("open", .teammate): try await open(argument)
        case ("claim", .teammate): try await screen.claim(current()).print()
        case ("note", .teammate): try await screen.note(argument, in: current()).print()
        case ("back", .teammate), ("handback", .teammate): try await screen.handBack(current()).print()
        case ("resolve", .teammate): try await screen.resolve(current()).print()
        default: Terminal.print("“/\(words.first ?? "")” is not known here. /help shows what is.".forTerminal)
        }
        return true
    }

    private mutating func say(_ text: String) async throws {
        guard side == .customer else { return try await screen.reply(text, in: current()).print() }
        _ = try await desk.receive(text, from: conversation.customer, in: conversation.id, of: workspace.id)
        if Terminal.showsOutput { Terminal.print(Style.dim("...")) }
        _ = await desk.outcome(in: conversation.id)
        try await showNews()
    }

    /// What the customer has not read yet.
    private mutating func showNews() async throws {
        let inbox = Inbox(of: workspace.id)
        let (id, seen) = (conversation.id, read)
        let messages = try await installation.store.read { try inbox.thread(of: id, after: seen, in: $0) }
        for message in messages where message.author != .customer {
            let who = message.kind == .text ? screen.authorText(message) : workspace.profile.name
            Terminal.print(Style.blue(who + ":"))
            Terminal.print(message.text.forTerminal.wrapped(indent: "   "))
            if message.details.flatMap(ReplyDetails.read)?.model == Responder.model { Terminal.print(Style.dim("   " + Responder.label)) }
            for line in TurnReport.sources(try message.citations.map { try StoredJSON.decode([ShownCitation].self, from: $0) } ?? []) {
                Terminal.print(Style.dim("   " + line.forTerminal))
            }
        }
        read = messages.last?.sequence ?? read
        if !messages.contains(where: { $0.author != .customer }) {
            Terminal.print(Style.dim(messages.isEmpty ? "(nothing new)" : "(delivered; a person answers in this conversation)"))
        }
    }

    private mutating func startOver() async throws {
        conversation = try await desk.open(in: workspace.id, assistant: assistant, name: customer.name, email: customer.email)
        read = 0
        Terminal.print("A new conversation.")
    }

    private mutating func sitDown(_ name: String) async throws {
        let teammate = try InboxCommand.Options.teammate(name.isEmpty ? nil : name, of: workspace)
        screen = InboxScreen(desk, installation, workspace, teammate: teammate)
        side = .teammate
        try await screen.arrive()
        Terminal.print(
            Style.bold(
                "You are \(teammate), at the inbox. /show opens the first that waits, /claim takes it, plain text replies, /customer goes back."
            ))
        try await screen.list(.person)
    }

    private mutating func customerLooks() async throws {
        side = .customer
        Terminal.print(Style.bold("You are the customer again."))
        try await showNews()
    }

    private mutating func open(_ argument: String) async throws {
        let id = argument.isEmpty ? try await firstWaiting() : ConversationID(argument)
        try await screen.show(id)
        opened = id
    }

    /// The one that waits longest; if nobody waits, the customer's own, so that it can be watched live.
    private func firstWaiting() async throws -> ConversationID {
        let inbox = Inbox(of: workspace.id)
        let teammate = screen.teammate
        let waiting = try await installation.store.read { try inbox.rows(of: .needsPerson, for: teammate, limit: 1, in: $0) }
        return waiting.first?.conversation ?? opened ?? conversation.id
    }

    private func current() throws -> ConversationID {
        guard let opened else {
            throw CommandError(.usage, "No conversation is open here. /show opens the one that waits longest, /show ID a certain one.")
        }
        return opened
    }
}
