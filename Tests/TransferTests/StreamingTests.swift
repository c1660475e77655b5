import Support
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct StreamingTests {
    let client = HTTPClient()

    @Test func `an answer arrives whole, with its status, headers and body`() async throws {
        let endpoint = try ScriptedEndpoint(.status(201, headers: [("X-Request-Id", "r-7")], body: "Filed."))
        let response = try await client.send(
            HTTPRequest(
                method: "POST", url: endpoint.url + "/cases?kind=fee", headers: [("Content-Type", "application/json")], body: bytes("{}")))

        #expect(response.status == 201)
        #expect(response.headers["x-request-id"] == "r-7")
        #expect(try await response.collect(upTo: 100) == bytes("Filed."))
        let request = try #require(endpoint.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/cases?kind=fee")
        #expect(request.text == "{}")
        #expect(request.header("Content-Length") == "2")
        #expect(request.header("User-Agent") == "Baton")
    }

    @Test(arguments: ["PUT", "PATCH", "DELETE", "POST", "GET"])
    func `every method carries its body`(method: String) async throws {
        let endpoint = try ScriptedEndpoint(.status(200), .status(200))
        _ = try await client.send(HTTPRequest(method: method, url: endpoint.url, body: bytes("a\u{0}b"))).collect(upTo: 10)
        _ = try await client.send(HTTPRequest(method: method, url: endpoint.url)).collect(upTo: 10)

        #expect(endpoint.requests.map(\.method) == [method, method])
        #expect(endpoint.requests.map(\.body) == [bytes("a\u{0}b"), []])
        #expect(endpoint.requests.allSatisfy { $0.header("Content-Type") == nil }, "no content type is made up")
    }

    @Test func `an answer to HEAD has no body, whatever it declares`() async throws {
        let endpoint = try ScriptedEndpoint(.headOnly(200, headers: [("Content-Length", "500")]))
        let response = try await client.send(HTTPRequest(method: "HEAD", url: endpoint.url))
        #expect(try await response.body.reduce(0) { $0 + $1.count } == 0)
    }

    @Test func `pieces are handed out as they come, not when the answer is whole`() async throws {
        let more = Gate()
        let endpoint = try ScriptedEndpoint(
            .reply(200, pieces: [bytes("one"), bytes("two")], framing: .chunked, between: [.wait(more)]))
        let response = try await client.send(HTTPRequest(url: endpoint.url))
        var reader = response.body.makeAsyncIterator()

        #expect(try await reader.next() == bytes("one"))
        more.open()
        #expect(try await reader.next() == bytes("two"))
        #expect(try await reader.next() == nil)
        #expect(try await reader.next() == nil, "the end stays the end")
    }

    @Test func `a stream cut into single bytes arrives in order`() async throws {
        let whole = Script.stream(chunks: ["Gebühren: ", "0,25 %", " 🙂"], lineEnd: "\r\n")
        let endpoint = try ScriptedEndpoint(whole, whole.split(every: 1))
        let expected = try await client.get(endpoint.url)
        #expect(try await client.get(endpoint.url) == expected)
        #expect(String(decoding: expected, as: UTF8.self).contains("🙂"))
    }

    @Test func `a slow reader makes the sender wait`() async throws {
        let block = [UInt8](repeating: 7, count: 64 * 1024)
        let blocks = 1600
        let endpoint = try ScriptedEndpoint { request in
            request.target == "/large" ? .large(block, times: blocks) : .status(200)
        }
        endpoint.limitSendBuffer(bytes: 64 * 1024)
        let response = try await client.send(HTTPRequest(url: endpoint.url + "/large"))
        // While nobody reads, the loop goes on working for others, and would go on reading if it did not hold back.
        for _ in 0..<300 { _ = try await client.get(endpoint.url + "/small") }

        let sent = try #require(endpoint.exchanges.first).bytesSent
        #expect(sent < 16 << 20, "of 100 MiB only what the buffers of kernel and client hold may have left")
        #expect(try await response.body.reduce(0) { $0 + $1.count } == block.count * blocks)
    }

    @Test func `two readers of one body are told so`() async throws {
        let endpoint = try ScriptedEndpoint(.hangAfterHead(), .status(200))
        let response = try await client.send(HTTPRequest(url: endpoint.url))
        let errors = await withTaskGroup(of: TransferError?.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var reader = response.body.makeAsyncIterator()
                    do {
                        _ = try await reader.next()
                        return nil
                    } catch {
                        return error as? TransferError
                    }
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return [first, await group.next() ?? nil]
        }
        #expect(errors[0] == .invalidRequest(.bodyReadTwice))
        if case .cancelled? = errors[1] {} else { Issue.record("\(errors)") }
    }

    @Test func `a body above the limit is refused and the connection closed`() async throws {
        let endpoint = try ScriptedEndpoint(
            .endless(bytes("data: more\n\n")), .headOnly(200, headers: [("Content-Length", "9000")]).then(.stall))
        let stream = try await client.send(HTTPRequest(url: endpoint.url))
        await #expect(throws: TransferError.self) { try await stream.collect(upTo: 100_000) }
        let declared = try await client.send(HTTPRequest(url: endpoint.url))
        let error = await #expect(throws: TransferError.self) { try await declared.collect(upTo: 8999) }
        if case .tooLarge(limitBytes: 8999, _)? = error {} else { Issue.record("\(String(describing: error))") }

        try await endpoint.waitForEndings(2)
        #expect(endpoint.exchanges.map(\.ending) == [.clientClosed, .clientClosed])
    }

    @Test func `two hundred requests at once are all answered`() async throws {
        let endpoint = try ScriptedEndpoint { request in .stream(chunks: [request.target, " is ", request.target]) }
        let bodies = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<200 {
                group.addTask { [client] in
                    (number, String(decoding: try await client.get("\(endpoint.url)/\(number)"), as: UTF8.self))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(bodies.count == 200)
        for (number, body) in bodies {
            #expect(body.contains("\"/\(number)\"") && body.hasSuffix("data: [DONE]\n\n"), "request \(number)")
        }
    }

    @Test func `connections are kept and used again`() async throws {
        let endpoint = try ScriptedEndpoint { _ in .completion(content: "Hello.") }
        for _ in 0..<20 { _ = try await client.get(endpoint.url) }
        #expect(endpoint.connectionCount == 1)
        #expect(endpoint.requests.count == 20)
    }
}
