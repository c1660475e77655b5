import Support
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct StreamingTests {
    @Test func `an answer arrives whole, with its status, headers and body`() async throws {
        let endpoint = try ScriptedEndpoint(.status(201, headers: [("X-Request-Id", "r-7")], body: "Filed."))
        let client = HTTPClient()
        let response = try await client.send(
            HTTPRequest(
                method: "POST", url: endpoint.url + "/cases?kind=fee", headers: [("Content-Type", "application/json")],
                body: Array("{}".utf8)))

        #expect(response.status == 201)
        #expect(response.headers["x-request-id"] == "r-7")
        #expect(try await response.collect(upTo: 100) == Array("Filed.".utf8))
        let request = try #require(endpoint.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/cases?kind=fee")
        #expect(request.text == "{}")
        #expect(request.header("Content-Length") == "2")
    }

    @Test func `pieces are handed out as they come, not when the answer is whole`() async throws {
        let more = Gate()
        let endpoint = try ScriptedEndpoint(
            .reply(200, pieces: [Array("one".utf8), Array("two".utf8)], framing: .chunked, between: [.wait(more)]))
        let client = HTTPClient()
        let response = try await client.send(HTTPRequest(url: endpoint.url))
        var reader = response.body.makeAsyncIterator()

        #expect(try await reader.next() == Array("one".utf8))
        more.open()
        #expect(try await reader.next() == Array("two".utf8))
        #expect(try await reader.next() == nil)
    }

    @Test func `a reader who leaves closes the connection`() async throws {
        let endpoint = try ScriptedEndpoint(.stream(chunks: ["Ines"], end: .stalled))
        let client = HTTPClient()
        do {
            let response = try await client.send(HTTPRequest(url: endpoint.url))
            var reader = response.body.makeAsyncIterator()
            #expect(try await reader.next() != nil)
        }
        try await endpoint.waitForEndings(1)
        #expect(endpoint.exchanges.first?.ending == .clientClosed)
    }
}
