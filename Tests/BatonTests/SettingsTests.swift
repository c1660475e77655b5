import Completion
import Foundation
import Notation
import Support
import Testing
import Transfer

@testable import Baton

/// `baton.yaml`, the environment, the flags: which of them wins, and what is refused.
struct SettingsTests {
    private func settings(
        _ yaml: String? = nil, flags: Flags = Flags(), environment: [String: String] = [:], files: [String: String] = [:]
    ) throws -> Settings {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        if let yaml { try folder.write(yaml, to: "baton.yaml") }
        for (name, text) in files { try folder.write(text, to: name) }
        var flags = flags
        flags.config = flags.config ?? folder.path
        return try Settings(flags: flags, environment: environment)
    }

    /// The error of a `baton.yaml`: its line and what it says.
    private func fault(_ yaml: String, files: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation) throws
        -> NotationError
    {
        let error = #expect(throws: NotationError.self, sourceLocation: sourceLocation) { _ = try settings(yaml, files: files) }
        return try #require(error, sourceLocation: sourceLocation)
    }

    @Test func `the flag wins over the variable, the variable over the file, the file over the default`() throws {
        let file = "data: from-file\nturn_deadline: 20 s\n"
        let all = try settings(file, flags: Flags(data: "from-flag"), environment: ["BATON_DATA": "from-environment"])
        #expect(all.data.value == "from-flag" && all.data.origin == .flag)
        let variable = try settings(file, environment: ["BATON_DATA": "from-environment", "BATON_TURN_DEADLINE": "30 s"])
        #expect(variable.data.value == "from-environment" && variable.data.origin == .environment)
        #expect(variable.turnDeadline.value == 30_000 && variable.turnDeadline.origin == .environment)
        let written = try settings(file)
        #expect(written.data.value == "from-file" && written.data.origin == .file)
        #expect(written.turnDeadline.value == 20_000 && written.turnDeadline.origin == .file)
        let nothing = try settings()
        #expect(nothing.data.value == "data" && nothing.data.origin == .preset)
        #expect(nothing.turnDeadline.value == 45_000 && nothing.turnsAtOnce.value == 64 && nothing.endpoints.value.isEmpty)
        #expect(nothing.proxy.value == nil && nothing.authorities.value == nil)
    }

    @Test func `an empty variable counts as not set`() throws {
        let settings = try settings(
            "data: from-file\n", environment: ["BATON_DATA": "", "BATON_TURN_DEADLINE": "", "BATON_ENDPOINT_URL": ""])
        #expect(settings.data.origin == .file && settings.turnDeadline.origin == .preset && settings.endpoints.origin == .preset)
    }

    @Test func `a misspelt key is refused with its line and the nearest word`() throws {
        let error = try fault("data: x\nturn_dedline: 30 s\n")
        #expect(error.line == 2 && error.what.contains("turn_dedline") && error.what.contains("turn_deadline"))
    }

    @Test func `values outside their range, without a unit, or of another kind are refused with their line`() throws {
        #expect(try fault("turn_deadline: 30\n").line == 1)
        #expect(try fault("data: x\n\nturn_deadline: 10 h\n").line == 3)
        #expect(try fault("turns_at_once: 0\n").what.contains("1"))
        #expect(try fault("turns_at_once: many\n").line == 1)
        #expect(try fault("data: [a, b]\n").line == 1)
        #expect(try fault("- data\n").line == 1)
        #expect(try fault("data: a\ndata: b\n").what.contains("data"))
    }

    @Test func `a wrong variable is named`() throws {
        let error = #expect(throws: NotationError.self) { _ = try settings(environment: ["BATON_TURN_DEADLINE": "soon"]) }
        #expect(error?.description.contains("BATON_TURN_DEADLINE") == true)
    }

    // MARK: Endpoints

    private let endpoint = "endpoints:\n  - name: local\n    url: http://127.0.0.1:8080/v1\n    model: m\n"

    @Test func `an endpoint is read with all of its settings`() throws {
        let yaml =
            endpoint + """
                    key_file: keys/local
                    auth: api_key
                    max_tokens_field: max_completion_tokens
                    json_mode: object
                    include_usage: no
                    reasoning_in_completion: yes
                    retries: 1
                    retry_after_unknown: true
                    connect: 1 s
                    first_byte: 2 s
                    silence: 3 s
                    total: 4 s

                """
        let settings = try settings(yaml, files: ["keys/local": "sk-secret-1\n"])
        let read = try #require(settings.endpoints.value.first)
        #expect(settings.endpoints.origin == .file)
        #expect(read.name == "local" && read.model == "m" && read.headerStyle == .apiKey)
        #expect(read.maxTokensField == .maxCompletionTokens && read.jsonMode == .object && read.includeUsage == .no)
        #expect(read.reasoningInCompletion == .inside && read.retries == 1 && read.retryAfterUnknown)
        #expect(
            read.timeouts
                == .init(connectMilliseconds: 1_000, firstTokenMilliseconds: 2_000, silenceMilliseconds: 3_000, totalMilliseconds: 4_000))
        #expect(read.apiKey != nil && !"\(read)".contains("sk-secret-1") && !String(reflecting: read).contains("sk-secret-1"))
    }

    @Test func `the variables of a single endpoint win over the file`() throws {
        let settings = try settings(
            endpoint, environment: ["BATON_ENDPOINT_URL": "https://api.example.com/v1", "BATON_ENDPOINT_MODEL": "large"])
        #expect(settings.endpoints.value.map(\.url) == ["https://api.example.com/v1"] && settings.endpoints.origin == .environment)
    }

    @Test func `a single endpoint without its model is refused`() throws {
        let error = #expect(throws: CommandError.self) {
            _ = try settings(environment: ["BATON_ENDPOINT_URL": "https://api.example.com/v1"])
        }
        #expect(error?.description.contains("BATON_ENDPOINT_MODEL") == true && error?.exit == .configuration)
    }

    @Test func `what is wrong with an endpoint is named with its line`() throws {
        let unknown = try fault(endpoint + "    modle: x\n")
        #expect(unknown.line == 5 && unknown.what.contains("model"))
        #expect(try fault("endpoints:\n  - name: a\n    url: http://h/v1\n").what.contains("model"))
        let address = try fault("endpoints:\n  - name: a\n    url: localhost:8080\n    model: m\n")
        #expect(address.line == 3 && address.what.contains("http"))
        #expect(try fault("endpoints:\n  - name: a\n    url: https://me:pass@h/v1\n    model: m\n").what.contains("key_file"))
        #expect(try fault(endpoint + "    json_mode: xml\n").what.contains("schema"))
        #expect(try fault(endpoint + "    retries: 9\n").line == 5)
        #expect(try fault(endpoint + "  - name: local\n    url: http://h/v1\n    model: m\n").what.contains("'local'"))
    }

    @Test(arguments: ["", "  \n", "two words\n", "line\nline\n", "schl\u{FC}ssel"])
    func `a key file that holds no key is refused without showing it`(_ content: String) throws {
        let error = #expect(throws: CommandError.self) { _ = try settings(endpoint + "    key_file: key\n", files: ["key": content]) }
        #expect(error?.exit == .configuration)
        #expect(error?.description.contains("two words") == false)
    }

    @Test func `a key file that is missing is named`() throws {
        let error = #expect(throws: CommandError.self) { _ = try settings(endpoint + "    key_file: nowhere\n") }
        #expect(error?.description.contains("nowhere") == true)
    }

    @Test func `proxy and authorities reach the transfer settings`() throws {
        let settings = try settings("proxy: http://proxy:3128\nauthorities: /etc/ca.pem\n")
        let transfer = Installation.transferSettings(settings)
        #expect(transfer.proxy.http == "http://proxy:3128" && transfer.certificateAuthorityFile == "/etc/ca.pem")
        #expect(Installation.transferSettings(try self.settings()).proxy == .off)
    }

    @Test func `every variable that is read has a name and a word for it`() {
        #expect(Set(Settings.environment.map(\.name)).count == Settings.environment.count)
        #expect(Settings.environment.allSatisfy { $0.name.hasPrefix("BATON_") && !$0.sets.isEmpty })
    }
}
