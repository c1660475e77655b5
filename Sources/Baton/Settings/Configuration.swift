import Assistant
import Completion
import NIOConcurrencyHelpers
import Prompting
import Storage
import Transfer

/// Everything that the files say, read and checked as one: settings, all workspaces, prompts. A process owns the data directory, so it owes an answer to the
/// customers of each workspace.
struct Configuration: Sendable {
    let settings: Settings
    let workspaces: [WorkspaceSettings]
    let prompts: PromptLibrary

    /// - Throws: `NotationError`, `CommandError`, `RuleSetFaults`, `PromptErrors`: with file and line.
    init(_ settings: Settings) throws {
        self.settings = settings
        let names = WorkspaceSettings.names(in: settings.config.value)
        guard !names.isEmpty else { throw Self.isEmpty(settings) }
        workspaces = try names.map { try WorkspaceSettings($0, in: settings.config.value) }
        prompts = try PromptLibrary(folder: settings.prompts.value)
        try check()
    }

    private func check() throws {
        for workspace in workspaces {
            for assistant in workspace.profile.assistants.values.sorted(by: { $0.name < $1.name })
            where !prompts.names.contains(assistant.prompt) {
                throw CommandError(
                    .configuration,
                    "\(workspace.folder)/workspace.yaml: the assistant '\(assistant.name)' uses the prompt '\(assistant.prompt)', which does not exist. "
                        + "There are: \(prompts.names.sorted().joined(separator: ", ")).")
            }
        }
    }

    static func isEmpty(_ settings: Settings) -> CommandError {
        CommandError(
            .configuration,
            "There is no workspace in \(settings.config.value). Add a folder with a workspace.yaml (see Config/quayside), or name another folder with --config."
        )
    }

    /// The workspaces that there are: in the process of the data directory's owner those that are in force there, else those of the files.
    static func names(_ settings: Settings) -> [String] {
        Running.current?.installation.inForce.configuration?.workspaces.map(\.id.text)
            ?? WorkspaceSettings.names(in: settings.config.value)
    }

    /// One of `names`.
    static func workspace(_ name: String, _ settings: Settings) throws -> WorkspaceSettings {
        let known = Running.current?.installation.inForce.configuration?.workspaces
        return try known?.first { $0.id.text == name } ?? WorkspaceSettings(name, in: settings.config.value)
    }
}

/// The configuration that a running process works with now, and what is needed to put another in its place.
final class InForce: Sendable {
    private struct State {
        var configuration: Configuration?
        var client: HTTPClient?
        /// Those that are asked, the built-in responder included.
        var endpoints: [Endpoint] = []
        /// As at the start.
        var first: [Endpoint] = []
    }

    private let state = NIOLockedValueBox(State())

    /// Nil where no desk is open.
    var configuration: Configuration? { state.withLockedValue { $0.configuration } }
    var endpoints: [Endpoint] { state.withLockedValue { $0.endpoints } }
    /// Those of the start.
    var firstEndpoints: [Endpoint] { state.withLockedValue { $0.first } }
    var client: HTTPClient? { state.withLockedValue { $0.client } }

    func begin(_ configuration: Configuration, _ client: HTTPClient, _ endpoints: [Endpoint]) {
        state.withLockedValue { $0 = State(configuration: configuration, client: client, endpoints: endpoints, first: endpoints) }
    }

    func replace(_ configuration: Configuration, _ endpoints: [Endpoint]) {
        state.withLockedValue { ($0.configuration, $0.endpoints) = (configuration, endpoints) }
    }
}
