import HTTPTypes
import Testing

@testable import Web

@Suite struct FramingTests {
    @Test func `an origin stands in the policy as it was configured`() {
        let framing = Framing.pages(of: ["https://www.example.com", "http://127.0.0.1:8080", "http://[::1]:9"])
        #expect(framing.policy == "frame-ancestors 'self' https://www.example.com http://127.0.0.1:8080 http://[::1]:9")
        #expect(framing.options == nil)
    }

    @Test(arguments: [
        "*", "https://*.example.com", "https://a.example; script-src *", "https://a.example 'unsafe-inline'", "https://", "data:",
        "https://a.example,b",
    ])
    func `what is no plain origin does not widen the policy`(_ origin: String) {
        let framing = Framing.pages(of: [origin])
        #expect(framing.policy == "frame-ancestors 'self'" && framing.options == "SAMEORIGIN")
    }

    @Test func `what a handler says of its own policy stays`() {
        var headers = HTTPFields()
        headers[.contentSecurityPolicy] = "sandbox"
        SafetyHeaders.add(to: &headers, secure: true, framing: .nobody)
        #expect(headers[.contentSecurityPolicy] == "sandbox" && headers[.frameOptions] == "DENY")
    }
}
