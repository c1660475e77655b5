import Notation
import Prompting
import Support
import Testing
import Transfer

@testable import Completion

/// What an endpoint refuses is found out once and remembered.
struct DialectTests {
    private static let good = Script.stream(chunks: [#"{"support":"full","answer":"Four weeks.","confidence":17}"#])
    private static let noUsage = Script.stream(chunks: [#"{"support":"full","answer":"Four weeks.","confidence":17}"#], usage: nil)

    private func formats(_ server: ScriptedEndpoint) throws -> [String] {
        try server.requests.map { try JSONReader.read($0.body)["response_format"]?["type"]?.text ?? "none" }
    }

    private func automatic(_ server: ScriptedEndpoint, retries: Int = 2) -> Bench {
        Bench(
            .quay(server) {
                $0.jsonMode = .auto
                $0.retries = retries
            })
    }

    @Test
    func `langchain-litellm 33: an endpoint that refuses stream_options is asked once without, and that is remembered`() async throws {
        let server = try ScriptedEndpoint { request in
            request.text.contains("stream_options") ? .error(400, message: "Unrecognized request argument: stream_options") : Self.noUsage
        }
        let bench = automatic(server, retries: 0)
        #expect(try await bench.complete().usage.source == .estimatedLocal)
        #expect(server.requests.count == 2)
        _ = try await bench.complete()
        #expect(server.requests.count == 3)
        #expect(bench.outcomes == [.refused(status: 400), .answered, .answered])
        #expect(bench.slept == [])
    }

    @Test
    func `a schema that is refused by name gives way to an object and then to the prompt`() async throws {
        let server = try ScriptedEndpoint { request in
            request.text.contains("response_format")
                ? .error(400, message: "'response_format.type' is not supported") : Self.good
        }
        let bench = automatic(server, retries: 0)
        _ = try await bench.complete()
        #expect(try formats(server) == ["json_schema", "json_object", "none"])
        _ = try await bench.complete()
        #expect(try formats(server).count == 4)
        #expect(try formats(server).last == "none")
    }

    @Test
    func `llama-cpp-python: a 500 without words gives up the format within the retries`() async throws {
        let server = try ScriptedEndpoint { request in
            request.text.contains("response_format") ? .status(500, body: "Internal Server Error") : Self.good
        }
        let bench = automatic(server)
        _ = try await bench.complete()
        #expect(try formats(server) == ["json_schema", "none"])
    }

    @Test
    func `a format that was answered once is not blamed for a later failure`() async throws {
        let server = try ScriptedEndpoint(Self.good, .status(500), Self.good)
        let bench = automatic(server)
        _ = try await bench.complete()
        _ = try await bench.complete()
        #expect(try formats(server) == ["json_schema", "json_schema", "json_schema"])
    }

    @Test
    func `a failed search is not remembered`() async throws {
        let server = try ScriptedEndpoint(.status(500), .status(500), .status(500), Self.good)
        let bench = automatic(server)
        _ = try await bench.failure()
        _ = try await bench.complete()
        #expect(try formats(server).last == "json_schema")
    }

    @Test
    func `a format that the operator set is not changed`() async throws {
        let server = try ScriptedEndpoint { _ in .error(400, message: "response_format is not supported") }
        #expect(try await Bench(.quay(server)).failure().reason == .refused(status: 400))
        #expect(server.requests.count == 1)
    }

    @Test
    func `a reasoning model's wish for the other limit and for no temperature is granted`() async throws {
        let server = try ScriptedEndpoint { request in
            if request.text.contains("\"max_tokens\"") {
                return .error(400, message: "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.")
            }
            if request.text.contains("\"temperature\"") {
                return .error(400, message: "Unsupported value: 'temperature' does not support 0.2 with this model.")
            }
            return Self.good
        }
        let bench = automatic(server, retries: 0)
        _ = try await bench.complete()
        #expect(server.requests.count == 3)
        _ = try await bench.complete()
        #expect(server.requests.count == 4)
    }

    @Test(arguments: ["exceed_context_size_error", "context_length_exceeded"])
    func `a prompt that is too long is not sent again in other words`(type: String) async throws {
        let server = try ScriptedEndpoint { _ in .error(400, message: "the request exceeds the available context size", type: type) }
        let failure = try await automatic(server).failure()
        #expect(failure.reason == .tooLong)
        #expect(server.requests.count == 1)
    }

    @Test
    func `plain text asks for no format`() async throws {
        let server = try ScriptedEndpoint(.stream(chunks: ["Ines asks ", "about fees."]))
        let completion = try await automatic(server).complete { $0.contract = nil }
        #expect(try formats(server) == ["none"])
        #expect(completion.draft.answer == "Ines asks about fees.")
    }

    @Test
    func `a reply without structure is asked for once more as JSON where that is allowed, and both are on record`() async throws {
        let server = try ScriptedEndpoint(.stream(chunks: ["Four weeks, I think."]), Self.good)
        let bench = Bench(.quay(server))
        let completion = try await bench.complete { $0.asksAgainForJSON = true }
        #expect(completion.draft.parsedBy == .retried)
        #expect(completion.draft.confidence == 17)
        #expect(completion.attempts == 2)
        #expect(bench.outcomes == [.answered, .answered])
        #expect(server.requests.last?.text.contains("Four weeks, I think.") == true)
    }

    @Test
    func `by default it is not, and a second reply that is no better leaves the first`() async throws {
        let server = try ScriptedEndpoint(
            .stream(chunks: ["Four weeks."]), .stream(chunks: ["Four weeks."]), .stream(chunks: ["Still words."]))
        let bench = Bench(.quay(server))
        #expect(try await bench.complete().draft.parsedBy == .plain)
        #expect(server.requests.count == 1)
        let again = try await bench.complete { $0.asksAgainForJSON = true }
        #expect(again.draft.answer == "Four weeks.")
        #expect(again.draft.parsedBy == .plain)
        #expect(again.attempts == 2)
    }
}

/// What `baton doctor` says about an endpoint.
struct ProbeTests {
    private static let models = Script.json(#"{"object":"list","data":[{"id":"m-1"},{"id":"m-2"}]}"#)
    private static let contract = #"{"plan":"","support":"none","citations":[],"answer":"Hello","needs_human":false,"confidence":9}"#

    private func probe(_ answer: @escaping @Sendable (EndpointRequest) -> Script) async throws -> (ProbeReport, AttemptNotes) {
        let server = try ScriptedEndpoint(answer: answer)
        let bench = Bench()
        let report = try await bench.completer.probe(.quay(server) { $0.jsonMode = .auto }, recording: bench.notes)
        return (report, bench.notes)
    }

    @Test
    func `a good endpoint is found good with one completion`() async throws {
        let (report, notes) = try await probe { $0.method == "GET" ? Self.models : .stream(chunks: [Self.contract], model: "m-1") }
        #expect(report.isReachable)
        #expect(report.isAuthorised == true)
        #expect(report.isModelListed == true)
        #expect(report.answers)
        #expect(report.streams == true)
        #expect(report.jsonMode == .schema)
        #expect(report.givesUsage == true)
        #expect(report.findings.allSatisfy { $0.level == .good })
        #expect(notes.ends.count == 1)
    }

    @Test
    func `an endpoint that accepts a schema and ignores it is told from one that obeys`() async throws {
        let (report, notes) = try await probe { $0.method == "GET" ? .status(500) : .stream(chunks: ["Hello!"], usage: nil) }
        #expect(report.jsonMode == .prompt)
        #expect(report.isModelListed == nil)
        #expect(report.givesUsage == false)
        #expect(report.suggested.jsonMode == .prompt)
        #expect(notes.ends.count == 3)
        #expect(report.findings.contains { $0.says.contains("not obeyed") })
    }

    @Test
    func `refused fields are found one by one`() async throws {
        let (report, _) = try await probe { request in
            if request.method == "GET" { return Self.models }
            if request.text.contains("stream_options") { return .error(400, message: "unknown field stream_options") }
            if request.text.contains("json_schema") { return .error(400, message: "json_schema is not supported") }
            return .completion(content: "{\"greeting\":\"Hello\"}", model: "m-1")
        }
        #expect(report.jsonMode == .object)
        #expect(report.suggested.includeUsage == .no)
        #expect(report.streams == false)
    }

    @Test
    func `a wrong key, a missing model and no server are named with their remedy`() async throws {
        let (unauthorised, _) = try await probe { _ in .error(401, message: "bad key") }
        #expect(unauthorised.isAuthorised == false)
        #expect(unauthorised.findings.first?.remedy?.contains("key_file") == true)
        let (unlisted, _) = try await probe {
            $0.method == "GET" ? .json(#"{"data":[{"id":"other"}]}"#) : .error(404, message: "no such model")
        }
        #expect(unlisted.isModelListed == false)
        #expect(unlisted.findings.contains { $0.level == .problem })
        let port = try LoopbackPort.unused()
        let bench = Bench()
        let gone = try await bench.completer.probe(
            Endpoint(name: "gone", url: "http://127.0.0.1:\(port)/v1", model: "m"), recording: bench.notes)
        #expect(!gone.isReachable)
        #expect(!gone.answers)
        #expect(gone.findings.first?.level == .problem)
    }
}
