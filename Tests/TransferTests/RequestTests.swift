import Support
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct RequestTests {
    let client = HTTPClient()

    @Test(arguments: [
        ("X-Customer", "Ines\r\nX-Admin: 1"), ("X-Customer", "Ines\nX-Admin: 1"), ("X-Customer", "a\u{0}b"), ("X-Customer", "\u{7f}"),
        ("X Customer", "a"), ("X:Customer", "a"), ("", "a"), ("X-Ümlaut", "a"), ("Content-Length", "5"), ("transfer-encoding", "chunked"),
        ("Expect", "100-continue"), ("Accept-Encoding", "br"), ("Connection", "keep-alive"),
    ])
    func `a header that could change the message is refused and nothing is sent`(name: String, value: String) async throws {
        let endpoint = try ScriptedEndpoint(.status(200))
        let error = try #require(await client.failure(of: HTTPRequest(url: endpoint.url, headers: [(name, value)])))
        guard case .invalidRequest(.header) = error else { throw error }
        #expect(endpoint.connectionCount == 0)
    }

    @Test func `ordinary headers arrive as they are`() async throws {
        let endpoint = try ScriptedEndpoint(.status(200))
        let sent = [("X-Customer", "Tomás, \"vip\"\t;"), ("X-Empty", ""), ("X-Twice", "1"), ("X-Twice", "2"), ("Host", "models.example")]
        _ = try await client.send(HTTPRequest(url: endpoint.url, headers: sent)).collect(upTo: 10)
        let request = try #require(endpoint.requests.first)
        #expect(request.header("X-Customer") == "Tomás, \"vip\"\t;")
        #expect(request.header("X-Empty") == "")
        #expect(request.headers.filter { $0.name == "X-Twice" }.map(\.value) == ["1", "2"])
        #expect(request.headers.filter { $0.name == "Host" }.map(\.value) == ["models.example"])
    }

    @Test(arguments: [
        "", "127.0.0.1", "/relative", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://", "http://a b/",
        "http://127.0.0.1/\u{0}", "http://127.0.0.1/\r\nX: 1", "http://127.0.0.1:99999/", "javascript:alert(1)",
    ])
    func `a URL that is none, or not http, is refused`(url: String) async {
        #expect(await client.failure(url) == .invalidRequest(.url))
    }

    @Test func `a URL has a longest length`() async throws {
        let endpoint = try ScriptedEndpoint(.status(200))
        let filler = String(repeating: "a", count: 8000 - endpoint.url.utf8.count)
        #expect(await client.failure("\(endpoint.url)/\(filler)") == nil)
        #expect(await client.failure("\(endpoint.url)/\(filler)\(filler)") == .invalidRequest(.url))
    }

    @Test(arguments: ["", "GET /", "GET\r\nX: 1"])
    func `a method that is no word is refused`(method: String) async {
        #expect(await client.failure(of: HTTPRequest(method: method, url: "http://127.0.0.1:1/")) == .invalidRequest(.method))
    }

    @Test func `a redirect is an answer, and the key stays at home`() async throws {
        let elsewhere = try ScriptedEndpoint(.status(200))
        let endpoint = try ScriptedEndpoint(
            .redirect(308, to: elsewhere.url + "/v1"), .redirect(302, to: "/again"), .redirect(301, to: "file:///etc/passwd"))
        for status in [308, 302, 301] {
            let response = try await client.send(
                HTTPRequest(method: "POST", url: endpoint.url, headers: [("Authorization", "Bearer sk-canary-1")], body: bytes("{}")))
            #expect(response.status == status)
            _ = try await response.collect(upTo: 100)
        }
        #expect(endpoint.requests.count == 3)
        #expect(elsewhere.connectionCount == 0)
    }

    @Test func `heads before the final one are passed over`() async throws {
        let early = bytes("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        let final = Script.status(200, headers: [("X-Final", "1")], body: "done")
        let endpoint = try ScriptedEndpoint(Script([.send(early)] + final.steps))
        let response = try await client.send(HTTPRequest(url: endpoint.url))
        #expect(response.status == 200)
        #expect(response.headers.lines.map(\.name) == ["Content-Type", "X-Final", "Content-Length"])
        #expect(try await response.collect(upTo: 10) == bytes("done"))
    }

    @Test func `a large upload does not ask for permission first`() async throws {
        let endpoint = try ScriptedEndpoint(.status(200))
        endpoint.continues(false)
        let body = [UInt8](repeating: 65, count: 3 << 20)
        _ = try await client.send(HTTPRequest(method: "POST", url: endpoint.url, body: body)).collect(upTo: 10)
        let request = try #require(endpoint.requests.first)
        #expect(request.header("Expect") == nil)
        #expect(request.body == body)
    }

    @Test func `an upload refused early ends early, and its connection is not used again`() async throws {
        let endpoint = try ScriptedEndpoint(.status(200, body: "small enough"))
        endpoint.answerBeforeBody { $0.target == "/large" ? Script.html(413, title: "Too large").then(.stall) : nil }
        let body = [UInt8](repeating: 65, count: 64 << 20)
        let response = try await client.send(HTTPRequest(method: "POST", url: endpoint.url + "/large", body: body))
        #expect(response.status == 413)
        _ = try await response.collect(upTo: 10_000)
        #expect(try await client.get(endpoint.url) == bytes("small enough"))
        #expect(endpoint.connectionCount == 2)
    }

    @Test func `no byte of a key is in an error or in a request's description`() async throws {
        let key = "sk-canary-7f3a9c"
        let endpoint = try ScriptedEndpoint(
            .silentClose, .raw("\(key) \(key)\r\n\r\n"), .raw("HTTP/1.1 200 OK\r\nContent-Length: \(key)\r\n\r\n"), .silentReset)
        let noTLS = try ScriptedEndpoint()
        noTLS.greet(.close)
        let unused = try LoopbackPort.unused()
        let urls = [
            endpoint.url, endpoint.url, endpoint.url, endpoint.url, "http://127.0.0.1:\(unused)", "http://\(key).invalid",
            "https://127.0.0.1:\(noTLS.port)",
        ]
        for url in urls {
            let request = HTTPRequest(
                method: "POST", url: "\(url)/v1?api_key=\(key)", headers: [("Authorization", "Bearer \(key)")], body: bytes(key))
            #expect(!"\(request)\(String(reflecting: request))".contains("canary"))
            var dumped = ""
            dump(request, to: &dumped)
            #expect(!dumped.contains("canary"))
            let error = try #require(await client.failure(of: request))
            #expect(!"\(error)\(String(reflecting: error))".contains("canary"), "\(url)")
        }
        let swapped = await client.failure(of: HTTPRequest(url: endpoint.url, headers: [("Bearer \(key)", "Authorization")]))
        #expect(swapped == .invalidRequest(.header(name: "(not a header name)")))
    }
}
