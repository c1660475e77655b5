import NIOConcurrencyHelpers
import Notation
import Prompting
import Support
import Testing
import Transfer

@testable import Completion

/// A completer in front of scripted endpoints, with a clock that moves only when it sleeps.
final class Bench: Sendable {
    let clock = ManualClock()
    let client = HTTPClient()
    let notes = AttemptNotes()
    let completer: Completer
    private let waits = NIOLockedValueBox<[Int]>([])

    /// - Parameter endpoints: in order.
    init(_ endpoints: Endpoint...) {
        let (clock, waits) = (clock, waits)
        completer = Completer(
            client: client, endpoints: endpoints, now: { clock.now },
            sleep: { milliseconds in
                waits.withLockedValue { $0.append(milliseconds) }
                clock.advance(milliseconds: Int64(milliseconds))
            }, random: { 0 })
    }

    /// Every wait so far, milliseconds.
    var slept: [Int] { waits.withLockedValue { $0 } }

    var outcomes: [AttemptOutcome] { notes.ends.map(\.outcome) }

    func complete(_ change: (inout CompletionRequest) -> Void = { _ in }) async throws -> Completion {
        try await completer.complete(Self.request(change), recording: notes)
    }

    /// The typed reason of a completion that must fail.
    func failure(_ change: (inout CompletionRequest) -> Void = { _ in }) async throws -> CompletionFailure {
        let request = Self.request(change)
        let error = await #expect(throws: CompletionFailure.self) { try await self.completer.complete(request, recording: self.notes) }
        return try #require(error)
    }

    static func request(_ change: (inout CompletionRequest) -> Void = { _ in }) -> CompletionRequest {
        var request = CompletionRequest(
            messages: [
                .init(role: .system, content: "Answer Quayside's customers."), .init(role: .user, content: "How long does it take?"),
            ],
            parameters: .init(temperature: 0.2, maxTokens: 500, endpoint: nil))
        change(&request)
        return request
    }
}

extension Endpoint {
    static func quay(_ endpoint: ScriptedEndpoint, _ change: (inout Endpoint) -> Void = { _ in }) -> Endpoint {
        var quay = Endpoint(name: "quay", url: endpoint.baseURL, model: "m-1", apiKey: Secret("sk-quayside-1234"), jsonMode: .schema)
        change(&quay)
        return quay
    }
}

private let good = Script.stream(chunks: [#"{"support":"full","answer":"Four "#, #"weeks.","confidence":17}"#])

struct CompleterTests {
    @Test
    func `an answer comes back as a draft with its usage, and its attempt is on record`() async throws {
        let server = try ScriptedEndpoint(good)
        let bench = Bench(.quay(server))
        let completion = try await bench.complete()
        #expect(completion.draft.answer == "Four weeks.")
        #expect(completion.draft.confidence == 17)
        #expect(completion.attempts == 1)
        #expect(completion.model == "scripted-1")
        #expect(completion.finishReason == .stop)
        #expect(completion.usage.source == .providerFinal)
        #expect(completion.usage.inputUncached == 20)
        let end = try #require(bench.notes.ends.first)
        #expect(end.outcome == .answered)
        #expect(end.httpStatus == 200)
        #expect(end.providerID == "chatcmpl-1")
        #expect(bench.notes.starts.first?.maxOutputTokens == 500)
        #expect(bench.notes.starts.first?.requestBytes == server.requests.first?.body.count)
    }

    @Test
    func `the request streams, asks for usage and for the contract in its order`() async throws {
        let server = try ScriptedEndpoint(good)
        _ = try await Bench(.quay(server)).complete()
        let request = try #require(server.requests.first)
        #expect(request.target == "/v1/chat/completions")
        #expect(request.header("Authorization") == "Bearer sk-quayside-1234")
        #expect(request.wantsStream)
        let body = try JSONReader.read(request.body)
        #expect(body["stream_options"]?["include_usage"] == true)
        #expect(body["max_tokens"] == 500)
        #expect(body["temperature"] == .number("0.2"))
        #expect(body["messages"]?.items?.map { $0["role"] } == ["system", "user"])
        let schema = try #require(body["response_format"]?["json_schema"]?["schema"])
        #expect(
            schema["properties"]?.members?.map(\.key) == [
                "plan", "support", "citations", "answer", "missing", "follow_ups", "intent", "sentiment", "captured", "needs_human",
                "reason",
                "summary", "confidence",
            ])
        #expect(schema["additionalProperties"] == false)
    }

    @Test
    func `Azure gets its key in its own header, its query stays, and its limit has the newer name`() async throws {
        let server = try ScriptedEndpoint(good)
        let endpoint = Endpoint.quay(server) {
            $0.url = "\(server.url)/openai/deployments/d/?api-version=2026-01-01"
            $0.headerStyle = .apiKey
            $0.maxTokensField = .maxCompletionTokens
        }
        _ = try await Bench(endpoint).complete()
        let request = try #require(server.requests.first)
        #expect(request.target == "/openai/deployments/d/chat/completions?api-version=2026-01-01")
        #expect(request.header("api-key") == "sk-quayside-1234")
        #expect(request.header("Authorization") == nil)
        #expect(try JSONReader.read(request.body)["max_completion_tokens"] == 500)
        #expect(try JSONReader.read(request.body)["max_tokens"] == nil)
    }

    @Test
    func `the limit's field follows the host unless it is set`() {
        func uses(_ url: String) -> Bool { Endpoint(name: "e", url: url, model: "m").usesMaxCompletionTokens }
        #expect(uses("https://api.openai.com/v1"))
        #expect(uses("https://quay.openai.azure.com:443/openai/v1"))
        #expect(!uses("http://localhost:11434/v1"))
        #expect(!uses("https://api.openai.com.evil.example/v1"))
    }

    @Test
    func `a key is never printed, encoded or echoed`() async throws {
        let server = try ScriptedEndpoint(.error(401, message: "Incorrect API key provided: sk-quayside-1234"))
        let endpoint = Endpoint.quay(server)
        #expect(!"\(endpoint)".contains("sk-quay"))
        #expect(!String(reflecting: endpoint).contains("sk-quay"))
        var dumped = ""
        dump(endpoint, to: &dumped)
        #expect(!dumped.contains("sk-quay"))
        let bench = Bench(endpoint)
        let failure = try await bench.failure()
        #expect(failure.reason == .unauthorised)
        #expect(!"\(failure)".contains("sk-quay"))
        #expect(bench.notes.ends.first?.detail.contains("•••") == true)
    }

    @Test
    func `reyn 3047: two retries mean exactly three requests`() async throws {
        let server = try ScriptedEndpoint { _ in .status(500) }
        let bench = Bench(.quay(server))
        #expect(try await bench.failure().reason == .refused(status: 500))
        #expect(server.requests.count == 3)
        #expect(bench.notes.starts.map(\.number) == [1, 2, 3])
        #expect(bench.notes.ends.map(\.number) == [1, 2, 3])
        #expect(bench.slept == [500, 1_000])
    }

    @Test
    func `reyn 3047 with an automatic format: the search for a format adds no request to three failures`() async throws {
        let server = try ScriptedEndpoint { _ in .status(500) }
        _ = try await Bench(.quay(server) { $0.jsonMode = .auto }).failure()
        #expect(server.requests.count == 3)
    }

    @Test
    func `litellm 39455: two failures and an answer are three attempts of one completion`() async throws {
        let server = try ScriptedEndpoint(.status(500), .status(503), good)
        let bench = Bench(.quay(server))
        let completion = try await bench.complete()
        #expect(completion.attempts == 3)
        #expect(bench.outcomes == [.refused(status: 500), .refused(status: 503), .answered])
    }

    @Test
    func `ComfyUI 16204: a request that was sent and lost is not sent again`() async throws {
        let server = try ScriptedEndpoint(.silentClose, good)
        let bench = Bench(.quay(server))
        #expect(try await bench.failure().reason == .unknownOutcome)
        #expect(server.requests.count == 1)
        let usage = try #require(bench.notes.ends.first?.usage)
        #expect(usage.source == .estimatedBound)
        #expect(usage.outputVisible == 500)
    }

    @Test
    func `an operator may allow one more after an unknown outcome, and it is one`() async throws {
        let server = try ScriptedEndpoint { _ in .silentReset }
        let bench = Bench(.quay(server) { $0.retryAfterUnknown = true })
        _ = try await bench.failure()
        #expect(server.requests.count == 2)
        #expect(bench.outcomes == [.unknown, .unknown])
    }

    @Test
    func `no connection costs nothing, is tried again, and the next endpoint is asked`() async throws {
        let port = try LoopbackPort.unused()
        let server = try ScriptedEndpoint(good)
        let bench = Bench(Endpoint(name: "gone", url: "http://127.0.0.1:\(port)/v1", model: "m"), .quay(server))
        #expect(try await bench.complete().endpoint == "quay")
        #expect(bench.outcomes == [.notSent, .notSent, .notSent, .answered])
        #expect(bench.notes.ends.first?.usage.source == UsageSource.none)
    }

    @Test(arguments: [
        (Script.tooManyRequests(retryAfter: "7"), 7_000), (.tooManyRequests(retryAfter: "1.5"), 1_500),
        (.tooManyRequests(retryAfter: "Mon, 05 Jan 2026 09:00:04 GMT"), 4_000), (.tooManyRequests(retryAfterMilliseconds: "20"), 20),
        (.tooManyRequests(), 500),
    ])
    func `a busy endpoint is given the time it asks for`(script: Script, wait: Int) async throws {
        let server = try ScriptedEndpoint(script, good)
        let bench = Bench(.quay(server))
        _ = try await bench.complete()
        #expect(bench.slept == [wait])
    }

    @Test(arguments: ["121", "25"])
    func `an endpoint that asks for too long is left for the next one`(seconds: String) async throws {
        let busy = try ScriptedEndpoint { _ in .tooManyRequests(retryAfter: seconds) }
        let server = try ScriptedEndpoint(good)
        let bench = Bench(.quay(busy) { $0.name = "busy" }, .quay(server))
        #expect(try await bench.complete().endpoint == "quay")
        #expect(busy.requests.count == 1)
        #expect(bench.slept == [])
    }

    @Test
    func `nobody waits beyond the deadline`() async throws {
        let server = try ScriptedEndpoint { _ in .tooManyRequests(retryAfter: "31") }
        let bench = Bench(.quay(server))
        #expect(try await bench.failure().reason == .overloaded)
        #expect(server.requests.count == 1)
    }

    @Test
    func `a 429 for want of credit is not tried again`() async throws {
        let server = try ScriptedEndpoint { _ in .tooManyRequests(type: "insufficient_quota") }
        #expect(try await Bench(.quay(server)).failure().reason == .outOfCredit)
        #expect(server.requests.count == 1)
    }

    @Test
    func `x-should-retry false is obeyed`() async throws {
        let server = try ScriptedEndpoint(.status(503, headers: [("x-should-retry", "false")]), good)
        #expect(try await Bench(.quay(server)).failure().reason == .overloaded)
        #expect(server.requests.count == 1)
    }

    @Test
    func `an endpoint that failed five times is left alone until its pause is over`() async throws {
        let server = try ScriptedEndpoint { $0.number <= 5 ? .status(401) : good }
        let bench = Bench(.quay(server))
        for _ in 0..<5 { _ = try await bench.failure() }
        let failure = try await bench.failure()
        #expect(failure.reason == .resting)
        #expect(failure.attempts == 0)
        #expect(server.requests.count == 5)
        bench.clock.advance(seconds: 30)
        #expect(try await bench.complete().attempts == 1)
    }

    @Test
    func `a turn that is cancelled as it may try again leaves the endpoint to the next turn`() async throws {
        let server = try ScriptedEndpoint { $0.number <= 5 ? .status(401) : good }
        let bench = Bench(.quay(server))
        for _ in 0..<5 { _ = try await bench.failure() }
        bench.clock.advance(seconds: 30)
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await bench.failure().reason
        }
        #expect(try await cancelled.value == .cancelled)
        #expect(server.requests.count == 5)
        #expect(try await bench.complete().attempts == 1)
    }

    @Test
    func `a prompt's own endpoint is asked first`() async throws {
        let (first, second) = (try ScriptedEndpoint(good), try ScriptedEndpoint(good))
        let bench = Bench(.quay(first), .quay(second) { $0.name = "other" })
        let completion = try await bench.complete { $0.parameters = .init(temperature: nil, maxTokens: 10, endpoint: "other") }
        #expect(completion.endpoint == "other")
        #expect(first.requests.isEmpty)
    }

    @Test
    func `without any endpoint the failure says so`() async throws {
        #expect(try await Bench().failure().reason == .noEndpoint)
    }
}
