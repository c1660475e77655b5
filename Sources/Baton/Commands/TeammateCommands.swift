import Access
import ArgumentParser
import Foundation
import Inbox
import Storage

/// `baton teammate`: who can sign in, and as what.
struct TeammateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teammate", abstract: "Teammates who sign in: invite, roles, suspend, passwords.",
        discussion: """
            Examples:
              baton teammate list
              baton teammate invite mara            a link's secret with which Mara sets a password, once, within a day
              baton teammate role jonas finance     owner, teammate, finance, prompts or read-only
              baton teammate suspend edda           out at once, everywhere; `restore` lets her in again
              baton teammate password mara          asks for it, or reads one line of standard input

            Teammates stand in workspace.yaml; those with an e-mail address have an account. A role written there counts when it is written or changed; what is
            given here stays until then.
            """,
        subcommands: [List.self, Invite.self, SetRole.self, Suspend.self, Readmit.self, Password.self])

    struct List: DataCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Everybody who has an account.")
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Line: Encodable {
            let id: String
            let email: String
            let role: String
            let hasPassword: Bool
            let isSuspended: Bool
        }

        func run() async throws {
            let accounts = try await Doors.look(installation) { access, workspace, snapshot in
                try access.accounts(of: workspace.id, in: snapshot)
            }
            if output.json {
                return try Output.json(
                    accounts.map {
                        Line(
                            id: $0.teammate, email: $0.email, role: $0.role.rawValue, hasPassword: $0.hasPassword,
                            isSuspended: $0.isSuspended)
                    })
            }
            guard !accounts.isEmpty else {
                return Terminal.print("Nobody has an account. Give the teammates in workspace.yaml an e-mail address.")
            }
            var table = TextTable(["teammate", "role", "state", "e-mail"])
            for account in accounts {
                let state = account.isSuspended ? "suspended" : account.hasPassword ? "signs in" : "has no password yet"
                table.add([account.teammate, account.role.rawValue, state, account.email])
            }
            table.print()
        }
    }

    struct Invite: DataCommand {
        static let configuration = CommandConfiguration(
            commandName: "invite", abstract: "Let a teammate set a password, new or forgotten: single use, 24 hours.")
        @Argument(help: "The teammate's id.")
        var id: String
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Done: Encodable {
            let teammate: String
            let token: String
            let path: String
            let expiresAt: String
        }

        func run() async throws {
            let id = id
            let invitation = try await Doors.change(installation) { access, workspace, transaction in
                try access.invite(id, of: workspace.id, by: .console(of: workspace.id), in: transaction)
            }
            let path = "/invitation#" + invitation.token
            if output.json {
                return try Output.json(
                    Done(teammate: id, token: invitation.token, path: path, expiresAt: invitation.expiresAt.description))
            }
            Terminal.print(path)
            Terminal.say(
                """
                Put the address of your Baton before it and give it to \(id.forTerminal). It works once, until \(Day.minute(invitation.expiresAt)) UTC.
                Without scripts: open /invitation there and paste this code: \(invitation.token)
                """
            )
        }
    }

    struct SetRole: DataCommand {
        static let configuration = CommandConfiguration(commandName: "role", abstract: "Give a teammate another role.")
        @Argument(help: "The teammate's id.")
        var id: String
        @Argument(help: "owner, teammate, finance, prompts or read-only.")
        var role: String
        @OptionGroup var installation: InstallationOptions

        func run() async throws {
            guard let role = Role(rawValue: role) else {
                throw CommandError(
                    .usage, "There is no role '\(role)'. There are: \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            let id = id
            _ = try await Doors.change(installation) { access, workspace, transaction in
                try access.setRole(of: id, to: role, of: workspace.id, by: .console(of: workspace.id), in: transaction)
            }
            Terminal.print("\(id.forTerminal) is \(role.rawValue) now.")
        }
    }

    struct Suspend: DataCommand {
        static let configuration = CommandConfiguration(
            commandName: "suspend", abstract: "Shut a teammate out at once; what they were answering goes back to the queue.")
        @Argument(help: "The teammate's id.")
        var id: String
        @OptionGroup var installation: InstallationOptions

        func run() async throws {
            let returned = try await TeammateCommand.setSuspended(true, id, installation)
            Terminal.print(
                "\(id.forTerminal) is shut out." + (returned > 0 ? " Conversations that went back to the queue: \(returned)." : ""))
        }
    }

    struct Readmit: DataCommand {
        static let configuration = CommandConfiguration(commandName: "restore", abstract: "Let a suspended teammate in again.")
        @Argument(help: "The teammate's id.")
        var id: String
        @OptionGroup var installation: InstallationOptions

        func run() async throws {
            _ = try await TeammateCommand.setSuspended(false, id, installation)
            Terminal.print("\(id.forTerminal) may sign in again.")
        }
    }

    struct Password: DataCommand {
        static let configuration = CommandConfiguration(
            commandName: "password", abstract: "Set a teammate's password; whoever is signed in with the old one is out.",
            discussion: "At a terminal it is asked for, without showing it; otherwise it is the first line of standard input.")
        @Argument(help: "The teammate's id.")
        var id: String
        @OptionGroup var installation: InstallationOptions

        func run() async throws {
            let id = id
            try await Doors.open(installation) { installation, workspace in
                let access = AccessControl(clock: installation.clock)
                let account = try await installation.store.read { try access.account(id, of: workspace.id, in: $0) }
                let password = try await HiddenLine.read("New password for \(id.forTerminal)")
                let hash = try await PasswordHasher().hash(password, email: account.email)
                _ = try await installation.store.write {
                    try access.setPassword(hash, of: id, of: workspace.id, by: .console(of: workspace.id), in: $0)
                }
            }
            Terminal.print("\(id.forTerminal) signs in with the new password.")
        }

        /// The terminal is this process's, wherever the command runs.
        func run(through other: ControlClient, _ arguments: [String]) async throws -> Int32 {
            try await HiddenLine.unseen { try await other.run(arguments) }
        }
    }

    /// Account and inbox in one transaction: nobody is half shut out.
    private static func setSuspended(_ isSuspended: Bool, _ id: String, _ options: InstallationOptions) async throws -> Int {
        try await Doors.open(options) { installation, workspace in
            let (access, now) = (AccessControl(clock: installation.clock), installation.clock.now())
            return try await installation.store.write { transaction in
                let before = try access.account(id, of: workspace.id, in: transaction)
                guard before.isSuspended != isSuspended else { return 0 }
                try access.setSuspended(isSuspended, id, of: workspace.id, by: .console(of: workspace.id), in: transaction)
                return try Inbox(of: workspace.id).setSuspended(TeammateID(id), isSuspended, at: now, in: transaction).count
            }
        }
    }
}

/// A line of standard input that a terminal does not show while it is typed.
enum HiddenLine {
    /// - Throws: `CommandError` where there is no line.
    static func read(_ question: String) async throws -> String {
        if Terminal.listens { Terminal.say("\(question) (what you type is not shown)") }
        return try await unseen {
            for await line in Lines.ofStandardInput() { return line }
            throw CommandError(.usage, "There is no password. Type it, or give it on standard input.")
        }
    }

    /// Runs `body` while this process's own terminal, if it has one, shows nothing of what is typed.
    static func unseen<Result>(_ body: () async throws -> Result) async throws -> Result {
        var shown = termios()
        guard Caller.current == nil, isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &shown) == 0 else { return try await body() }
        let before = shown
        let interrupt = hide(before)
        defer {
            show(before)
            interrupt.cancel()
            Terminal.say("")
        }
        return try await body()
    }

    /// Ctrl-C must not leave a terminal behind that shows nothing.
    private static func hide(_ before: termios) -> any DispatchSourceSignal {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            show(before)
            exit(Exit.interrupted.rawValue)
        }
        source.setCancelHandler { signal(SIGINT, SIG_DFL) }
        source.resume()
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        return source
    }

    private static func show(_ before: termios) {
        var before = before
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
    }
}
