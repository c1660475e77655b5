import Support
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct ProxyTests {
    private func client(_ proxy: ProxySettings) -> HTTPClient {
        var settings = HTTPClientSettings()
        settings.proxy = proxy
        return HTTPClient(settings: settings)
    }

    @Test func `a configured proxy is asked for the whole URL`() async throws {
        let proxy = try ScriptedEndpoint(.status(200, body: "through the proxy"))
        let client = client(.everywhere(proxy.url))
        #expect(try await client.get("http://models.invalid/v1") == bytes("through the proxy"))
        #expect(proxy.requests.first?.target == "http://models.invalid/v1")
    }

    @Test func `an https request asks the proxy for a tunnel, and its headers stay out of it`() async throws {
        let proxy = try ScriptedEndpoint(.status(403))
        let client = client(.everywhere(proxy.url))
        let error = try #require(
            await client.failure(of: HTTPRequest(url: "https://models.invalid/v1", headers: [("Authorization", "Bearer sk-canary-2")])))
        #expect(!error.requestMayHaveBeenSent)
        #expect(!error.answerBegan, "the proxy's refusal is not the answer")
        let request = try #require(proxy.requests.first)
        #expect(request.method == "CONNECT")
        #expect(request.target == "models.invalid:443")
        #expect(!String(decoding: request.head, as: UTF8.self).contains("canary"))
    }

    @Test func `excepted hosts are reached directly`() async throws {
        let proxy = try ScriptedEndpoint()
        let endpoint = try ScriptedEndpoint(.status(200, body: "direct"))
        let client = client(.everywhere(proxy.url, except: "models.invalid,127.0.0.1"))
        #expect(try await client.get(endpoint.url) == bytes("direct"))
        #expect(proxy.connectionCount == 0)
    }

    @Test func `a guarded call never goes through the proxy`() async throws {
        let proxy = try ScriptedEndpoint(.status(200))
        let client = client(.everywhere(proxy.url))
        #expect(await client.failure("http://127.0.0.1:1/", addresses: .publicOnly()) == .refusedAddress("127.0.0.1"))
        #expect(proxy.connectionCount == 0)
    }

    @Test func `an unreachable proxy is a connection that did not come about`() async throws {
        let client = client(.everywhere("http://127.0.0.1:\(try LoopbackPort.unused())"))
        let error = try #require(await client.failure("http://models.invalid/"))
        guard case .connect = error else { throw error }
    }

    @Test func `the environment means what it means to curl`() {
        #expect(ProxySettings.environment([:]) == .off)
        #expect(ProxySettings.environment(["HTTP_PROXY": "http://a:1"]) == .off, "a CGI header could set it")
        #expect(ProxySettings.environment(["http_proxy": "http://a:1"]) == ProxySettings(http: "http://a:1", https: nil))
        #expect(ProxySettings.environment(["HTTPS_PROXY": "http://b:1"]) == ProxySettings(http: nil, https: "http://b:1"))
        #expect(
            ProxySettings.environment(["ALL_PROXY": "http://c:1", "https_proxy": "http://b:1", "no_proxy": "localhost,.internal"])
                == ProxySettings(http: "http://c:1", https: "http://b:1", except: "localhost,.internal"))
        #expect(ProxySettings.environment(["http_proxy": "", "NO_PROXY": "*"]) == ProxySettings(http: nil, https: nil, except: "*"))
    }
}
