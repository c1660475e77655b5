import Support
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    let client = HTTPClient()

    @Test func `a port nobody listens on is unreachable, and nothing was sent`() async throws {
        let error = try #require(await client.failure("http://127.0.0.1:\(try LoopbackPort.unused())/"))
        guard case .connect(.unreachable, _, .nothing) = error else { throw error }
    }

    @Test func `a name without an address is an unknown host`() async throws {
        let error = try #require(await client.failure("http://quayside.invalid/"))
        guard case .connect(.unknownHost, _, .nothing) = error else { throw error }
    }

    @Test func `a server without TLS fails as TLS, before the request is sent`() async throws {
        let endpoint = try ScriptedEndpoint()
        endpoint.greet(.say(bytes("this is not TLS at all, whatever you say\r\n")))
        let error = try #require(await client.failure("https://127.0.0.1:\(endpoint.port)/"))
        guard case .tls(_, let progress) = error else { throw error }
        #expect(!progress.requestMayHaveBeenSent)
        #expect(endpoint.requests.isEmpty)
    }

    @Test(arguments: [Script.Step.reset, .close])
    func `an answer cut at any byte is never taken for whole`(ending: Script.Step) async throws {
        for whole in [
            Script.status(200, body: "0123456789"), .reply(200, pieces: [bytes("0123456789")], framing: .chunked),
        ] {
            let endpoint = try ScriptedEndpoint()
            // Whether the last line feed after the last chunk came makes no difference to the answer.
            for count in 0..<(whole.byteCount - 1) {
                endpoint.enqueue(whole.cut(after: count, ending))
                let error = try #require(await client.failure(endpoint.url), "cut after \(count) of \(whole.byteCount)")
                guard case .cut = error else { throw error }
                #expect(error.requestMayHaveBeenSent)
                if count == 0 { #expect(!error.answerBegan) }
            }
            endpoint.enqueue(whole)
            #expect(try await client.get(endpoint.url) == bytes("0123456789"))
        }
    }

    @Test func `a body shorter than its length, and a chunked body without end, are cut`() async throws {
        let endpoint = try ScriptedEndpoint(
            .status(200, body: "half", framing: .lengthTooLong(by: 1)), .status(200, body: "half", framing: .chunkedWithoutEnd))
        for _ in 0..<2 {
            let response = try await client.send(HTTPRequest(url: endpoint.url))
            var reader = response.body.makeAsyncIterator()
            #expect(try await reader.next() == bytes("half"), "what came is handed out first")
            await #expect(throws: TransferError.self) { try await reader.next() }
        }
    }

    @Test func `a body that ends with its connection is whole`() async throws {
        let endpoint = try ScriptedEndpoint(.status(200, body: "until the end", framing: .untilClose))
        #expect(try await client.get(endpoint.url) == bytes("until the end"))
    }

    @Test(arguments: [204, 304])
    func `an answer without a body ends at its head`(status: Int) async throws {
        let endpoint = try ScriptedEndpoint(.headOnly(status), .status(200, body: "next"))
        let response = try await client.send(HTTPRequest(url: endpoint.url))
        #expect(response.status == status)
        #expect(try await response.collect(upTo: 0) == [])
        #expect(try await client.get(endpoint.url) == bytes("next"))
        #expect(endpoint.connectionCount == 1)
    }

    @Test func `a status without a reason phrase is read`() async throws {
        let endpoint = try ScriptedEndpoint(.status(529, reason: "", body: "overloaded"))
        #expect(try await client.send(HTTPRequest(url: endpoint.url)).status == 529)
    }

    @Test func `what is not HTTP is a protocol error`() async throws {
        let endpoint = try ScriptedEndpoint(.raw("SSH-2.0-OpenSSH_9.2\r\n"))
        let error = try #require(await client.failure(endpoint.url))
        guard case .protocolError = error else { throw error }
    }

    @Test func `a connection that closes or resets at once is cut, and the request is not repeated`() async throws {
        let endpoint = try ScriptedEndpoint()
        for greeting in [ScriptedEndpoint.Greeting.close, .reset] {
            endpoint.greet(greeting)
            let error = try #require(await client.failure(endpoint.url))
            #expect(!error.answerBegan)
        }
        #expect(endpoint.connectionCount == 2)
    }

    @Test func `a kept connection found dead is replaced without a word`() async throws {
        let endpoint = try ScriptedEndpoint(.completion(content: "one").thenCloses, .completion(content: "two"))
        _ = try await client.get(endpoint.url)
        try await endpoint.wait(until: "the first connection is closed") { [endpoint] _ in endpoint.openConnectionCount == 0 }
        _ = try await client.get(endpoint.url)
        #expect(endpoint.requests.count == 2)
        #expect(endpoint.connectionCount == 2)
    }

    @Test func `a kept connection that closes under a request is replaced, a fresh one is not`() async throws {
        let kept = try ScriptedEndpoint(.completion(content: "one"), .silentClose, .completion(content: "two"))
        _ = try await client.get(kept.url)
        _ = try await client.get(kept.url)
        #expect(kept.requests.map(\.connection) == [1, 1, 2])

        let fresh = try ScriptedEndpoint(.silentClose, .completion(content: "never asked for"))
        let error = try #require(await client.failure(fresh.url))
        guard case .cut = error else { throw error }
        #expect(error.requestMayHaveBeenSent && !error.answerBegan)
        #expect(fresh.requests.count == 1)
    }

    @Test func `a kept connection that closes within the answer is not replaced`() async throws {
        let endpoint = try ScriptedEndpoint(.completion(content: "one"), .raw("HTTP/1.1 200 OK\r\n"), .completion(content: "two"))
        _ = try await client.get(endpoint.url)
        let error = try #require(await client.failure(endpoint.url))
        guard case .cut = error else { throw error }
        #expect(endpoint.requests.count == 2)
    }

    @Test func `a request that waits for its answer holds up no other to the same host`() async throws {
        let endpoint = try ScriptedEndpoint { $0.target == "/slow" ? .hang : .status(200, body: "quick") }
        let slow = Task { [client] in await client.failure(endpoint.url + "/slow") }
        try await endpoint.waitForRequests(1)
        #expect(try await client.get(endpoint.url + "/quick") == bytes("quick"))
        slow.cancel()
        _ = await slow.value
    }

    @Test func `a compressed answer nobody asked for is readable`() async throws {
        let more = Gate()
        let endpoint = try ScriptedEndpoint(
            .gzipped(type: "text/event-stream", pieces: ["data: one\n\n", "data: two\n\n"], between: [.wait(more)]))
        let response = try await client.send(HTTPRequest(url: endpoint.url))
        var reader = response.body.makeAsyncIterator()
        #expect(try await reader.next() == bytes("data: one\n\n"))
        more.open()
        #expect(try await reader.next() == bytes("data: two\n\n"))
        #expect(endpoint.requests.first?.header("Accept-Encoding") == nil, "compression is not asked for")
    }

    @Test func `a body that claims to be compressed and is not is a protocol error`() async throws {
        let endpoint = try ScriptedEndpoint(.status(200, headers: [("Content-Encoding", "gzip")], body: "plain after all"))
        let error = try #require(await client.failure(endpoint.url))
        guard case .protocolError = error else { throw error }
    }

    @Test func `large heads are read up to a limit`() async throws {
        func head(lines: Int) -> Script {
            .status(200, headers: (0..<lines).map { ("X-Filler-\($0)", String(repeating: "x", count: 1000)) }, body: "ok")
        }
        let endpoint = try ScriptedEndpoint(
            head(lines: 200), head(lines: 400), .status(200, headers: [("X-Long", String(repeating: "y", count: 200_000))]))
        let response = try await client.send(HTTPRequest(url: endpoint.url))
        #expect(response.headers["X-Filler-199"]?.utf8.count == 1000)
        #expect(try await response.collect(upTo: 10) == bytes("ok"))
        let error = try #require(await client.failure(endpoint.url))
        guard case .tooLarge = error else { throw error }
        #expect(await client.failure(endpoint.url) != nil)
    }

    @Test func `text in an answer that is not UTF-8 comes through as bytes`() async throws {
        let odd: [UInt8] = [0xff, 0x00, 0xc3, 0x0d, 0x0a, 0x80]
        let endpoint = try ScriptedEndpoint(.reply(200, headers: [("X-Odd", "a")], pieces: [odd]))
        #expect(try await client.get(endpoint.url) == odd)
    }
}
