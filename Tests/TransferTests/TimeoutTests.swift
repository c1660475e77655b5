import Support
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TimeoutTests {
    let client = HTTPClient()

    @Test func `a connection that does not come about passes the connect limit`() async throws {
        let deaf = try DeafPort()
        let error = await client.failure("http://127.0.0.1:\(deaf.port)/", limits: Timeouts(connectMilliseconds: 100))
        #expect(error == .timeout(.connect, .nothing))
        #expect(error?.requestMayHaveBeenSent == false)
    }

    @Test func `a server that says nothing passes the first-byte limit`() async throws {
        let endpoint = try ScriptedEndpoint(.hang)
        let error = await client.failure(endpoint.url, limits: Timeouts(firstByteMilliseconds: 100))
        #expect(error == .timeout(.firstByte, .init(requestMayHaveBeenSent: true, headArrived: false, answerBytes: 0)))
        #expect(error?.answerBegan == false)
        try await endpoint.waitForEndings(1)
        #expect(endpoint.exchanges.first?.ending == .clientClosed)
    }

    @Test func `a head that drips passes the first-byte limit too`() async throws {
        let endpoint = try ScriptedEndpoint(
            Script([.sendPieces(Script.head(200, lines: (0..<200).map { "X-Line-\($0): drip" }), every: 1, pauseMilliseconds: 20)]))
        let error = try #require(
            await client.failure(endpoint.url, limits: Timeouts(firstByteMilliseconds: 150, silenceMilliseconds: 10_000)))
        guard case .timeout(.firstByte, let progress) = error else { throw error }
        #expect(!progress.headArrived)
    }

    @Test func `a stream that stalls passes the silence limit, and what came is handed out`() async throws {
        let endpoint = try ScriptedEndpoint(.stream(chunks: ["Four to six weeks"], end: .stalled))
        let response = try await client.send(HTTPRequest(url: endpoint.url, limits: Timeouts(silenceMilliseconds: 200)))
        var body: [UInt8] = []
        let error = await #expect(throws: TransferError.self) {
            for try await bytes in response.body { body += bytes }
        }
        guard case .timeout(.silence, let progress)? = error else { throw try #require(error) }
        #expect(progress.headArrived)
        #expect(String(decoding: body, as: UTF8.self).contains("Four to six weeks"))
    }

    @Test func `a stream that drips longer than the silence limit is not cut`() async throws {
        let endpoint = try ScriptedEndpoint(
            .rawEvents(Array(repeating: ": ping\n\n", count: 30), between: [.pause(milliseconds: 50)]))
        let body = try await client.get(endpoint.url, limits: Timeouts(silenceMilliseconds: 1000))
        #expect(body.count == 30 * 8)
    }

    @Test func `the silence limit does not run while the reader is the slow one`() async throws {
        let block = [UInt8](repeating: 1, count: 64 * 1024)
        let endpoint = try ScriptedEndpoint { $0.target == "/large" ? .large(block, times: 200) : .hang }
        let response = try await client.send(HTTPRequest(url: endpoint.url + "/large", limits: Timeouts(silenceMilliseconds: 150)))
        // Something that takes longer than the limit.
        let other = await client.failure(endpoint.url + "/hang", limits: Timeouts(firstByteMilliseconds: 600))
        #expect(other != nil)
        #expect(try await response.collect(upTo: 1 << 30).count == block.count * 200)
    }

    @Test func `an answer without end passes the total limit`() async throws {
        let endpoint = try ScriptedEndpoint(
            .rawEvents(Array(repeating: ": ping\n\n", count: 2000), between: [.pause(milliseconds: 10)]))
        let error = try #require(await client.failure(endpoint.url, limits: Timeouts(totalMilliseconds: 200)))
        guard case .timeout(.total, let progress) = error else { throw error }
        #expect(progress.headArrived)
        #expect(progress.answerBytes > 0)
    }

    @Test func `waiting for a free connection counts against the total limit only`() async throws {
        var settings = HTTPClientSettings()
        settings.connectionsPerHost = 1
        let narrow = HTTPClient(settings: settings)
        let release = Gate()
        let endpoint = try ScriptedEndpoint { $0.number == 1 ? .status(200).after(release) : .status(200, body: "second") }
        let first = Task { await narrow.failure(endpoint.url) }
        try await endpoint.waitForRequests(1)
        let hasty = await narrow.failure(
            endpoint.url, limits: Timeouts(connectMilliseconds: 50, firstByteMilliseconds: 50, totalMilliseconds: 300))
        #expect(hasty == .timeout(.total, .nothing))
        let patient = Task { try await narrow.get(endpoint.url, limits: Timeouts(connectMilliseconds: 10_000)) }
        release.open()
        #expect(await first.value == nil)
        #expect(try await patient.value == bytes("second"))
    }

    @Test func `a limit of nothing is refused before anything is sent`() async throws {
        let endpoint = try ScriptedEndpoint(.status(200))
        let error = await client.failure(endpoint.url, limits: Timeouts(silenceMilliseconds: 0))
        #expect(error == .invalidRequest(.limits))
        #expect(endpoint.connectionCount == 0)
    }
}
