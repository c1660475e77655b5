import Notation
import Prompting
import Support
import Testing
import Transfer

@testable import Completion

/// What real servers and gateways do wrong, over a real connection: each ends in an answer or in one typed failure, and is on record once.
struct EndpointFaultTests {
    private static let chunks = [#"{"support":"full","answer":"Four "#, #"weeks.","confidence":17}"#]

    private func expect(
        _ script: Script, _ reason: CompletionFailure.Reason, _ outcome: AttemptOutcome, requests: Int = 1,
        _ change: (inout Endpoint) -> Void = { _ in }
    ) async throws {
        let server = try ScriptedEndpoint { _ in script }
        let bench = Bench(.quay(server, change))
        #expect(try await bench.failure().reason == reason)
        #expect(bench.outcomes == Array(repeating: outcome, count: requests))
        #expect(server.requests.count == requests)
    }

    private func expectAnswer(_ script: Script, _ change: (inout Endpoint) -> Void = { _ in }) async throws -> Completion {
        let server = try ScriptedEndpoint(script)
        let completion = try await Bench(.quay(server, change)).complete()
        #expect(completion.draft.answer == "Four weeks.")
        return completion
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `a stream cut into single bytes is whole`(lineEnd: String) async throws {
        _ = try await expectAnswer(Script.stream(chunks: Self.chunks, lineEnd: lineEnd).split(every: 1))
    }

    @Test
    func `a missing DONE, text behind it, and a body without framing are whole replies`() async throws {
        _ = try await expectAnswer(.stream(chunks: Self.chunks, end: .noDone))
        _ = try await expectAnswer(.stream(chunks: Self.chunks, end: .textAfterDone("data: {\"x\"\n\n")))
        _ = try await expectAnswer(.stream(chunks: Self.chunks, framing: .untilClose))
        _ = try await expectAnswer(.stream(chunks: Self.chunks, headers: []))
        _ = try await expectAnswer(.completion(content: Self.chunks.joined()))
    }

    @Test
    func `a stream that stalls or breaks after its finish reason is a whole reply`() async throws {
        _ = try await expectAnswer(.stream(chunks: Self.chunks, end: .stalled))
        let cut = try await expectAnswer(.stream(chunks: Self.chunks, usage: nil, end: .closed))
        #expect(cut.usage.source == .estimatedLocal)
    }

    @Test(arguments: [Script.UsagePlace.ownChunk, .finishChunk, .lastChunkWithChoices, .everyChunk])
    func `vllm 7262: wherever usage stands, the last record is booked once`(place: Script.UsagePlace) async throws {
        let completion = try await expectAnswer(.stream(chunks: Self.chunks, usage: .init(prompt: 62, completion: 10), usagePlace: place))
        #expect(completion.usage.inputUncached == 62)
        #expect(completion.usage.outputVisible == 10)
        #expect(completion.usage.source == .providerFinal)
    }

    @Test
    func `llama-cpp-python 867: DONE without a finish reason is no answer`() async throws {
        try await expect(.stream(chunks: [], usage: nil, finish: nil), .cut, .cut)
        try await expect(.stream(chunks: Self.chunks, usage: nil, finish: nil), .cut, .cut)
    }

    @Test(arguments: [Script.StreamEnd.noDone, .closed, .reset])
    func `Portkey 1797: a stream that ends in the middle is never an answer`(end: Script.StreamEnd) async throws {
        try await expect(.stream(chunks: Self.chunks, usage: nil, finish: nil, end: end), .cut, .cut)
    }

    @Test
    func `a cut reply keeps the usage that came`() async throws {
        let server = try ScriptedEndpoint(
            .stream(chunks: Self.chunks, usage: .init(prompt: 62, completion: 10), usagePlace: .everyChunk, finish: nil, end: .closed))
        let bench = Bench(.quay(server))
        #expect(try await bench.failure().reason == .cut)
        #expect(bench.notes.ends.first?.usage.source == .providerPartial)
        #expect(bench.notes.ends.first?.usage.inputUncached == 62)
    }

    @Test(arguments: [JSONText.number(500), .text("500"), .null])
    func `an error inside a stream is a failed attempt`(code: JSONText) async throws {
        let error = Script.errorObject(message: "broke", type: "server_error", code: code)
        try await expect(.stream(chunks: Self.chunks, usage: nil, finish: nil, end: .error(error)), .unreadable, .failedInside)
    }

    @Test
    func `Portkey 267: a 200 whose body is an error is a failed attempt`() async throws {
        try await expect(.error(200, message: "upstream is gone"), .unreadable, .failedInside)
    }

    @Test
    func `a login page, an empty body and a 204 are no answers`() async throws {
        try await expect(.html(200, title: "Log in"), .unreadable, .unreadable)
        try await expect(.status(200), .cut, .cut)
        try await expect(.headOnly(204), .cut, .cut)
    }

    @Test(arguments: [502, 503, 504])
    func `a gateway's page is a refusal and is tried again`(status: Int) async throws {
        let server = try ScriptedEndpoint(.html(status), .stream(chunks: Self.chunks))
        let bench = Bench(.quay(server))
        _ = try await bench.complete()
        #expect(bench.notes.ends.first?.detail == "an HTML page: Bad gateway")
    }

    @Test
    func `a status of 529 without a reason phrase is a busy server`() async throws {
        try await expect(.status(529, reason: ""), .overloaded, .refused(status: 529), requests: 3)
    }

    @Test
    func `a redirect is not followed and the key does not travel`() async throws {
        let other = try ScriptedEndpoint()
        try await expect(.redirect(to: "\(other.url)/v1/chat/completions"), .refused(status: 308), .refused(status: 308))
        #expect(other.requests.isEmpty)
    }

    @Test
    func `refusals of the model and of filters are declined, and their usage is kept`() async throws {
        try await expect(.completion(content: nil, message: [("refusal", .text("I cannot help with that"))]), .declined, .declined)
        try await expect(.stream(chunks: ["Well"], finish: "content_filter"), .declined, .declined)
        try await expect(.error(400, message: "The response was filtered", code: .text("content_filter")), .declined, .declined)
        let server = try ScriptedEndpoint(.stream(chunks: ["Well"], finish: "content_filter"))
        let bench = Bench(.quay(server))
        _ = try await bench.failure()
        #expect(bench.notes.ends.first?.usage.source == .providerFinal)
    }

    @Test
    func `a tool call that nobody offered is no answer`() async throws {
        try await expect(
            .completion(content: nil, finish: "tool_calls", message: [("tool_calls", .array([.object([("id", .text("t"))])]))]),
            .unreadable,
            .unreadable)
    }

    @Test
    func `an answer that ran into the token limit comes back and says so`() async throws {
        let server = try ScriptedEndpoint(.stream(chunks: [#"{"support":"full","answer":"Four to s"#], finish: "length"))
        let completion = try await Bench(.quay(server)).complete()
        #expect(completion.finishReason == .length)
        #expect(completion.draft.answer == "Four to s")
        #expect(!completion.draft.isWhole)
    }

    @Test
    func `debris of JSON is no answer`() async throws {
        try await expect(.stream(chunks: [#"{"support":"full","citations":[{"pass"#], finish: "length"), .unreadable, .unreadable)
    }

    @Test
    func `a reply without end is stopped at its limit`() async throws {
        try await expect(
            .endless(Array("data: {\"choices\":[{\"delta\":{\"content\":\"again and again \"}}]}\n\n".utf8)), .unreadable, .tooLarge
        ) { $0.largestReply = 100_000 }
    }

    @Test
    func `a server that never answers is given up when its time is over`() async throws {
        try await expect(.hang, .timedOut, .timedOut) { $0.timeouts.firstTokenMilliseconds = 50 }
        try await expect(.hangAfterHead(), .timedOut, .timedOut) {
            ($0.timeouts.firstTokenMilliseconds, $0.timeouts.silenceMilliseconds) = (50, 50)
        }
        try await expect(.stream(chunks: Self.chunks, finish: nil, end: .stalled), .timedOut, .timedOut) {
            ($0.timeouts.firstTokenMilliseconds, $0.timeouts.silenceMilliseconds) = (50, 50)
        }
    }

    @Test
    func `a connection that hangs and a server without TLS cost nothing`() async throws {
        let deaf = try DeafPort()
        var hanging = Endpoint(name: "deaf", url: "http://127.0.0.1:\(deaf.port)/v1", model: "m", retries: 0)
        hanging.timeouts.connectMilliseconds = 50
        let first = Bench(hanging)
        #expect(try await first.failure().reason == .unreachable)
        #expect(first.outcomes == [.notSent])
        let server = try ScriptedEndpoint { _ in .status(500) }
        server.greet(.say(Array("220 mail ready\r\n".utf8)), .say(Array("220 mail ready\r\n".utf8)))
        let second = Bench(Endpoint(name: "plain", url: "https://127.0.0.1:\(server.port)/v1", model: "m"))
        #expect(try await second.failure().reason == .unreachable)
        #expect(second.outcomes == [.notSent], "a handshake that fails once fails again")
        #expect(second.notes.ends.first?.usage.source == UsageSource.none)
    }

    @Test
    func `only comments for too long are silence`() async throws {
        let gate = Gate()
        let server = try ScriptedEndpoint(
            .rawEvents([": ping\n\n", ": ping\n\n"], end: .stalled, between: [.wait(gate)]))
        let bench = Bench(.quay(server))
        let clock = bench.clock
        async let failure = bench.failure()
        try await server.wait(until: "the first comment is sent") { ($0.first?.bytesSent ?? 0) > 85 }
        clock.advance(seconds: 21)
        gate.open()
        #expect(try await failure.reason == .timedOut)
    }

    @Test
    func `a dead kept connection is replaced and the request is booked once`() async throws {
        let server = try ScriptedEndpoint(Script.stream(chunks: Self.chunks).thenCloses, .stream(chunks: Self.chunks))
        let bench = Bench(.quay(server))
        _ = try await bench.complete()
        try await server.waitUntilNobodyIsConnected()
        _ = try await bench.complete()
        #expect(bench.outcomes == [.answered, .answered])
        #expect(server.requests.count == 2)
    }

    @Test
    func `a connection is used again after a stream`() async throws {
        let server = try ScriptedEndpoint { _ in .stream(chunks: Self.chunks) }
        let bench = Bench(.quay(server))
        for _ in 0..<3 {
            _ = try await bench.complete()
            try await server.wait(until: "the reply is sent") { $0.allSatisfy { $0.ending == .finished } }
        }
        #expect(server.requests.count == 3)
    }
}
