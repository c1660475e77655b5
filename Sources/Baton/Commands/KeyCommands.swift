import Access
import ArgumentParser
import Foundation
import Storage

/// `baton key`: keys with which programs call the API.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "API keys: make, list, revoke.",
        discussion: """
            Examples:
              baton key create --name crm --scope conversations:read --scope conversations:write
              baton key create --name export --scope usage:read --expires-on 2027-01-31 --json
              baton key list
              baton key revoke 3kTM8vQ0ZxWfC1yB7nLdRa

            A key is shown once, when it is made. What it may do is fixed by its scopes: \(Permission.allCases.map(\.rawValue).joined(separator: ", ")).
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: DataCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a key and show it, once.")
        @Option(help: ArgumentHelp("What the key is for, so that you know it again.", valueName: "name"))
        var name: String
        @Option(help: ArgumentHelp("What it may do; once for each.", valueName: "scope"))
        var scope: [String]
        @Option(
            help: ArgumentHelp("The first day (UTC) on which it no longer works; without it it never expires.", valueName: "YYYY-MM-DD"))
        var expiresOn: String?
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Done: Encodable {
            let id: String
            let key: String
            let name: String
            let scopes: [String]
            let expiresAt: String?
        }

        func run() async throws {
            let permissions = try Set(scope.map(Self.permission))
            let expiresAt = try expiresOn.map { try Day.start(of: $0, option: "--expires-on") }
            let name = name
            let key = try await Doors.change(installation) { access, workspace, transaction in
                try access.makeKey(
                    name: name, permissions: permissions, expiresAt: expiresAt, of: workspace.id, by: .console(of: workspace.id),
                    in: transaction)
            }
            if output.json {
                return try Output.json(
                    Done(
                        id: key.id, key: key.text, name: name, scopes: permissions.map(\.rawValue).sorted(),
                        expiresAt: expiresAt?.description))
            }
            Terminal.print(key.text)
            Terminal.say("This is the only time the key is shown. `baton key revoke \(key.id)` ends it.")
        }

        private static func permission(_ text: String) throws -> Permission {
            guard let permission = Permission(rawValue: text) else {
                throw CommandError(
                    .usage, "There is no scope '\(text)'. There are: \(Permission.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return permission
        }
    }

    struct List: DataCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "All keys, revoked ones too; never their secrets.")
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Line: Encodable {
            let id: String
            let name: String
            let scopes: [String]
            let madeBy: String
            let createdAt: String
            let expiresAt: String?
            let usedAt: String?
            let revokedAt: String?
        }

        func run() async throws {
            let keys = try await Doors.look(installation) { access, workspace, snapshot in try access.keys(of: workspace.id, in: snapshot) }
            if output.json {
                return try Output.json(
                    keys.map {
                        Line(
                            id: $0.id, name: $0.name, scopes: $0.permissions.map(\.rawValue).sorted(), madeBy: $0.madeBy,
                            createdAt: $0.createdAt.description, expiresAt: $0.expiresAt?.description, usedAt: $0.usedAt?.description,
                            revokedAt: $0.revokedAt?.description)
                    })
            }
            guard !keys.isEmpty else {
                return Terminal.print("No keys yet. Make one: baton key create --name crm --scope conversations:read")
            }
            var table = TextTable(["key", "name", "made", "by", "last used", "state", "scopes"])
            for key in keys {
                table.add([
                    key.id, key.name, Day.text(key.createdAt), key.madeBy, key.usedAt.map(Day.minute) ?? "never", state(key),
                    key.permissions.map(\.rawValue).sorted().joined(separator: " "),
                ])
            }
            table.print()
        }

        private func state(_ key: APIKey) -> String {
            if let revoked = key.revokedAt { return "revoked \(Day.text(revoked))" }
            guard let expires = key.expiresAt else { return "works" }
            return (expires <= Clock.system.now() ? "expired " : "works until ") + Day.text(expires)
        }
    }

    struct Revoke: DataCommand {
        static let configuration = CommandConfiguration(commandName: "revoke", abstract: "End a key at once and for good.")
        @Argument(help: "The key's id, as `baton key list` shows it.")
        var id: String
        @OptionGroup var installation: InstallationOptions

        func run() async throws {
            let id = id
            try await Doors.change(installation) { access, workspace, transaction in
                try access.revokeKey(id, of: workspace.id, by: .console(of: workspace.id), in: transaction)
            }
            Terminal.print("The key \(id.forTerminal) no longer works.")
        }
    }
}

/// The accounts and keys of one workspace, opened for a command.
enum Doors {
    /// Runs `body` in one transaction.
    static func change<Result: Sendable>(
        _ options: InstallationOptions, _ body: @escaping @Sendable (AccessControl, WorkspaceSettings, Transaction) throws -> Result
    ) async throws -> Result {
        try await open(options) { installation, workspace in
            let access = AccessControl(clock: installation.clock)
            return try await installation.store.write { try body(access, workspace, $0) }
        }
    }

    /// Runs `body` on a snapshot.
    static func look<Result: Sendable>(
        _ options: InstallationOptions, _ body: @escaping @Sendable (AccessControl, WorkspaceSettings, Snapshot) throws -> Result
    ) async throws -> Result {
        try await open(options) { installation, workspace in
            let access = AccessControl(clock: installation.clock)
            return try await installation.store.read { try body(access, workspace, $0) }
        }
    }

    static func open<Result>(
        _ options: InstallationOptions, _ body: (Installation, WorkspaceSettings) async throws -> Result
    ) async throws -> Result {
        let settings = try options.settings()
        let workspace = try Installation.workspace(named: options.workspace, settings)
        return try await Installation.open(settings) { installation in
            try await installation.apply(workspace)
            return try await body(installation, workspace)
        }
    }
}

/// Days of the command line.
enum Day {
    /// Midnight UTC, with which a day begins.
    static func start(of text: String, option: String) throws -> Timestamp {
        // Any failure means: not a day.
        guard text.count == 10, let date = try? Date(text + "T00:00:00Z", strategy: .iso8601) else {
            throw CommandError(.usage, "\(option) must be a day such as 2027-01-31.")
        }
        return Timestamp(milliseconds: Int64(date.timeIntervalSince1970) * 1000)
    }

    /// `2027-01-31`.
    static func text(_ moment: Timestamp) -> String { String(moment.description.prefix(10)) }

    /// `2027-01-31 14:05`.
    static func minute(_ moment: Timestamp) -> String { moment.description.prefix(16).replacingOccurrences(of: "T", with: " ") }
}
