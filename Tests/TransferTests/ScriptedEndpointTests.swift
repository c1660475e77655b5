import Glibc
import Support
import Testing
import Transfer

/// The tests' own endpoint does what it says; everything else relies on it.
@Suite(.timeLimit(.minutes(1)))
struct ScriptedEndpointTests {
    let client = HTTPClient()

    private func text(_ endpoint: ScriptedEndpoint) async throws -> String {
        String(decoding: try await client.get(endpoint.url), as: UTF8.self)
    }

    @Test func `scripts are used up in order, and what comes after them is counted`() async throws {
        let endpoint = try ScriptedEndpoint(.completion(content: "one"), .html(502))
        #expect(try await text(endpoint).contains("\"content\":\"one\""))
        #expect(try await text(endpoint).contains("<h1>Bad gateway</h1>"))
        #expect(try await client.send(HTTPRequest(url: endpoint.url)).status == 500)
        #expect(endpoint.unscripted == 1)
    }

    @Test func `it keeps a tally of tokens, billed and delivered`() async throws {
        let endpoint = try ScriptedEndpoint(
            .completion(content: "one", usage: .init(prompt: 7, completion: 3)),
            .stream(chunks: ["two"], usage: .init(prompt: 5, completion: 2), end: .closed), .tooManyRequests(retryAfter: "20"))
        for _ in 0..<3 { _ = await client.failure(endpoint.url) }
        try await endpoint.waitForEndings(3)
        #expect(endpoint.tokensBilled == TokenTally(prompt: 12, completion: 5))
        #expect(endpoint.tokensDelivered == TokenTally(prompt: 7, completion: 3))
    }

    @Test func `usage stands where it is wanted`() async throws {
        let usage = Script.Usage(prompt: 8, completion: 4, cached: 6, reasoning: 1)
        func events(_ place: Script.UsagePlace) async throws -> [Substring] {
            let endpoint = try ScriptedEndpoint(.stream(chunks: ["a", "b"], usage: usage, usagePlace: place))
            return try await text(endpoint).split(separator: "\n\n")
        }
        let own = try await events(.ownChunk)
        #expect(own.count == 6 && own[4].contains("\"choices\":[],\"usage\":{\"prompt_tokens\":8"))
        #expect(own.last == "data: [DONE]")
        let finish = try await events(.finishChunk)
        #expect(finish.count == 5 && finish[3].contains("\"finish_reason\":\"stop\"") && finish[3].contains("\"cached_tokens\":6"))
        let every = try await events(.everyChunk)
        #expect(every.dropLast().allSatisfy { $0.contains("\"usage\"") } && every[1].contains("\"completion_tokens\":2"))
    }

    @Test func `a stream ends the way it is told to`() async throws {
        let open = try ScriptedEndpoint(
            .stream(chunks: ["a"], end: .noDone),
            .stream(chunks: ["a"], end: .error(Script.errorObject(message: "m", type: "t", code: .number(500)))),
            .stream(chunks: ["a"], finish: nil, end: .textAfterDone("data: late\n\n")))
        #expect(try await !text(open).contains("[DONE]"))
        #expect(try await text(open).hasSuffix("\"code\":500}}\n\n"))
        let late = try await text(open)
        #expect(late.hasSuffix("data: [DONE]\n\ndata: late\n\n") && !late.contains("\"stop\""))

        let gate = Gate()
        let held = try ScriptedEndpoint(.stream(chunks: ["a"], end: .heldBy(gate)))
        let task = Task { try await text(held) }
        try await held.waitForRequests(1)
        gate.open()
        #expect(try await task.value.hasSuffix("[DONE]\n\n"))
    }

    @Test func `another request ends the running stream of a busy server`() async throws {
        let endpoint = try ScriptedEndpoint(.preempted(chunks: ["cut off"]), .completion(content: "served"))
        let first = Task { await client.failure(endpoint.url) }
        try await endpoint.wait(until: "the stream has begun") { ($0.first?.bytesSent ?? 0) > 300 }
        _ = try await client.get(endpoint.url)
        if case .cut? = await first.value {} else { Issue.record("\(String(describing: await first.value))") }
    }

    @Test func `JSON is written as told, also where it is wrong`() {
        let json = JSONText.object([
            ("a", .text("x\"\n\u{1}")), ("a", .array([.number(-1), .bool(true), .null, .raw("88e8988888998883888")])),
        ])
        #expect(json.text == "{\"a\":\"x\\\"\\n\\u0001\",\"a\":[-1,true,null,88e8988888998883888]}")
    }

    @Test func `a temporary folder is gone after its test`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("x", to: "Prompts/answer.prompt")
        #expect(path.hasPrefix(folder.path))
        folder.close()
        #expect(access(path, F_OK) != 0)
    }
}
