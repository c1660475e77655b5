import Notation
import Testing
import Transfer

@Suite struct OperationsTests {
    @Test func `the service says that it is alive, ready, and what its API is`() async throws {
        try await Served.run { served in
            #expect(try await served.send("GET", "/healthz").status == 200)
            let ready = try await served.send("GET", "/readyz")
            #expect(ready.status == 200 && ready.json["status"]?.text == "ready")
            let description = try await served.send("GET", "/openapi.json")
            #expect(description.json["openapi"]?.text == "3.1.0")
            #expect(try await served.send("GET", "/metrics").text.contains("baton_build_info"))
        }
    }

    @Test func `an address that does not exist, a method that it does not know, and a broken credential each get a problem document`()
        async throws
    {
        try await Served.run { served in
            let missing = try await served.send("GET", "/v1/nothing", as: served.key)
            #expect(missing.status == 404 && missing.code == "not_found")
            #expect(missing.headers["content-type"] == "application/problem+json")
            let method = try await served.send("DELETE", "/healthz")
            #expect(method.status == 405 && method.headers["allow"] == "GET, HEAD")
            let unknown = try await served.send("GET", "/v1/events", as: "bat_live_nonsense")
            #expect(unknown.status == 401 && unknown.code == "unauthenticated")
        }
    }
}
