import Completion
import Foundation
import Notation
import Transfer

/// Where a setting came from, for `baton check`.
enum Origin: String, Sendable {
    case flag = "command line"
    case environment = "environment"
    case file = "file"
    case preset = "default"
}

/// One server setting with its origin.
struct Setting<Value: Sendable>: Sendable {
    let value: Value
    let origin: Origin
}

/// What the operator has decided for the whole installation: `Config/baton.yaml`, overridden by `BATON_*` variables, overridden by flags.
/// This is the only place that reads the environment.
struct Settings: Sendable {
    /// The data directory.
    let data: Setting<String>
    /// The folder with `baton.yaml` and one folder for each workspace.
    let config: Setting<String>
    /// The folder with the prompt files.
    let prompts: Setting<String>
    /// How long a turn may take until the conversation is handed over, milliseconds.
    let turnDeadline: Setting<Int64>
    /// How often overdue turns, expired holds and grants are looked for, milliseconds.
    let sweepEvery: Setting<Int64>
    /// How many turns are answered at the same time.
    let turnsAtOnce: Setting<Int>
    /// Where models answer, in the order they are tried; empty: the built-in extractive responder stands in.
    let endpoints: Setting<[Endpoint]>
    /// `http://host:port` of a proxy for model endpoints; `environment` takes what curl takes; nil: none.
    let proxy: Setting<String?>
    /// A file with certificate authorities, in place of the system's.
    let authorities: Setting<String?>
    /// The server that takes our mail; nil: no mail is sent.
    let mail: Setting<MailServer?>
    /// `host:port` of receivers of webhooks and chats that may be told although they are not public.
    let privateReceivers: Setting<[String]>

    /// How the service faces the world.
    let serve: ServeSettings
    /// What it was read from, for reading it once more; of the environment only Baton's own variables.
    private let flags: Flags
    private let variables: [String: String]

    /// Every variable that is read, and what it sets. `Tests/House` compares this with the documentation.
    static let environment: [(name: String, sets: String)] = [
        ("BATON_DATA", "the data directory (--data)"),
        ("BATON_CONFIG", "the configuration folder (--config)"),
        ("BATON_PROMPTS", "the folder with prompt files (--prompts)"),
        ("BATON_TURN_DEADLINE", "turn_deadline of baton.yaml"),
        ("BATON_SWEEP_EVERY", "sweep_every of baton.yaml"),
        ("BATON_TURNS_AT_ONCE", "turns_at_once of baton.yaml"),
        ("BATON_PROXY", "proxy of baton.yaml"),
        ("BATON_AUTHORITIES", "authorities of baton.yaml"),
        ("BATON_LISTEN", "listen under serve of baton.yaml (--listen)"),
        ("BATON_PUBLIC_URL", "public_url under serve of baton.yaml"),
        ("BATON_ENDPOINT_URL", "the base address of the one model endpoint, with /v1"),
        ("BATON_ENDPOINT_MODEL", "the model to ask for there"),
        ("BATON_ENDPOINT_KEY_FILE", "a file that holds its key"),
    ]

    /// Reads file and environment.
    /// - Parameters:
    ///   - flags: what the command line said.
    ///   - environment: the process's environment, handed in so that tests have their own.
    /// - Throws: `NotationError`, `CommandError`.
    init(flags: Flags, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let source = Source(environment: environment)
        self.flags = flags
        variables = environment.filter { $0.key.hasPrefix("BATON_") }
        config = source.text(flags.config, "BATON_CONFIG", nil, "Config")
        let folder = config.value
        let path = folder + "/baton.yaml"
        let fields = try Fields(try ConfigFile.read(path, required: false), known: Self.keys)
        data = source.text(flags.data, "BATON_DATA", try fields["data"]?.string(), "data")
        prompts = source.text(flags.prompts, "BATON_PROMPTS", try fields["prompts"]?.string(), "Prompts")
        turnDeadline = try source.value("BATON_TURN_DEADLINE", fields["turn_deadline"], 45_000) { try $0.milliseconds(in: 1000...600_000) }
        sweepEvery = try source.value("BATON_SWEEP_EVERY", fields["sweep_every"], 2_000) { try $0.milliseconds(in: 100...600_000) }
        turnsAtOnce = try source.value("BATON_TURNS_AT_ONCE", fields["turns_at_once"], 64) { try $0.integer(in: 1...1024) }
        proxy = try source.value("BATON_PROXY", fields["proxy"], nil) { try $0.string() }
        authorities = try source.value("BATON_AUTHORITIES", fields["authorities"], nil) { try $0.string() }
        serve = try ServeSettings(fields["serve"], environment: environment)
        mail = Setting(
            value: try fields["mail"].map { try MailSettings.read($0, relativeTo: folder) }, origin: fields["mail"] == nil ? .preset : .file
        )
        privateReceivers = Setting(
            value: try fields["private_receivers"].map(PrivateReceivers.read) ?? [],
            origin: fields["private_receivers"] == nil ? .preset : .file)
        endpoints = try Self.endpoints(from: fields["endpoints"], environment: environment, folder: config.value)
    }

    /// The file as it is now, under the same flags and variables.
    /// - Throws: as `init`.
    func readAgain() throws -> Settings { try Settings(flags: flags, environment: variables) }

    /// The keys of `baton.yaml`.
    static let keys = [
        "data", "prompts", "turn_deadline", "sweep_every", "turns_at_once", "proxy", "authorities", "mail", "private_receivers", "serve",
        "endpoints",
    ]

    private static func endpoints(from node: Node?, environment: [String: String], folder: String) throws -> Setting<[Endpoint]> {
        if let url = environment["BATON_ENDPOINT_URL"], !url.isEmpty {
            guard let model = environment["BATON_ENDPOINT_MODEL"], !model.isEmpty else {
                throw CommandError(
                    .configuration,
                    "BATON_ENDPOINT_URL is set but BATON_ENDPOINT_MODEL is not. Set it to the model's name at that endpoint.")
            }
            let endpoint = try EndpointSettings.fromEnvironment(url: url, model: model, keyFile: environment["BATON_ENDPOINT_KEY_FILE"])
            return Setting(value: [endpoint], origin: .environment)
        }
        guard let node else { return Setting(value: [], origin: .preset) }
        let endpoints = try node.items().map { try EndpointSettings.read($0, relativeTo: folder) }
        var names: Set<String> = []
        for (endpoint, item) in zip(endpoints, node.items()) where !names.insert(endpoint.name).inserted {
            throw item.error("two endpoints are named '\(endpoint.name)'; give each its own name")
        }
        return Setting(value: endpoints, origin: .file)
    }
}

/// What the command line may say about the installation.
struct Flags: Sendable {
    var data: String?
    var config: String?
    var prompts: String?
}

/// Picks flag, then environment, then file, then default.
private struct Source {
    let environment: [String: String]

    func text(_ flag: String?, _ variable: String, _ file: String?, _ preset: String) -> Setting<String> {
        if let flag { return Setting(value: flag, origin: .flag) }
        if let value = environment[variable], !value.isEmpty { return Setting(value: value, origin: .environment) }
        if let file { return Setting(value: file, origin: .file) }
        return Setting(value: preset, origin: .preset)
    }

    func value<Value: Sendable>(_ variable: String, _ node: Node?, _ preset: Value, _ read: (Node) throws -> Value) throws -> Setting<Value>
    {
        if let text = environment[variable], !text.isEmpty {
            return Setting(value: try read(try Node.parse(text, file: "environment variable \(variable)")), origin: .environment)
        }
        if let node { return Setting(value: try read(node), origin: .file) }
        return Setting(value: preset, origin: .preset)
    }
}

/// Reading files of the configuration folder.
enum ConfigFile {
    /// The YAML of a file. A missing file that is not required counts as empty.
    /// - Throws: `NotationError`, `CommandError`.
    static func read(_ path: String, required: Bool = true) throws -> Node {
        guard FileManager.default.fileExists(atPath: path) else {
            if required {
                throw CommandError(.configuration, "There is no file \(path). Create it, or choose another folder with --config.")
            }
            return try Node.parse("", file: path)
        }
        return try Node.parse(try text(path), file: path)
    }

    /// The text of a file.
    /// - Throws: `CommandError` where it cannot be read or is not UTF-8.
    static func text(_ path: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CommandError(.configuration, "The file \(path) cannot be read. Check that it exists and its permissions.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError(.configuration, "The file \(path) is not UTF-8 text. Save it as UTF-8.")
        }
        return text
    }
}
