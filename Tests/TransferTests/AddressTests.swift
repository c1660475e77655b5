import Glibc
import Support
import Testing

@testable import Transfer

@Suite(.timeLimit(.minutes(1)))
struct AddressTests {
    let client = HTTPClient()

    /// The spellings that got past other products' checks (LibreChat CVE-2026-31943, Open WebUI CVE-2026-45400, Campfire). PORT is a listener's.
    static let spellings = [
        "http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://2130706433:PORT/", "http://0x7f.1:PORT/", "http://0177.0.0.1:PORT/",
        "http://[::1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/", "http://[::7f00:1]:PORT/",
        "http://[64:ff9b::7f00:1]:PORT/", "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://0.0.0.0:PORT/",
        "http://10.0.0.1/", "http://100.64.0.1/", "http://visitor@127.0.0.1:PORT#@example.com/", "http://example.com@127.0.0.1:PORT/",
        "file:///etc/passwd", "gopher://127.0.0.1:PORT/", "http://127.0.0.1%00.example.com/", "http://①②⑦.0.0.1:PORT/",
    ]

    @Test(arguments: spellings)
    func `an address from outside that is not public is never connected to`(spelling: String) async throws {
        let endpoint = try ScriptedEndpoint(.status(200, body: "internal"))
        let url = spelling.replacing("PORT", with: String(endpoint.port))
        let error = try #require(await client.failure(url, addresses: .publicOnly()), "\(url)")
        switch error {
        case .refusedAddress, .invalidRequest(.url), .connect(.unknownHost, _, .nothing): break
        default: throw error
        }
        #expect(!error.requestMayHaveBeenSent)
        #expect(endpoint.connectionCount == 0)
    }

    @Test func `the refused address is told`() async throws {
        #expect(await client.failure("http://2130706433:1/", addresses: .publicOnly()) == .refusedAddress("127.0.0.1"))
        #expect(await client.failure("http://[fd00:ec2::254]/", addresses: .publicOnly()) == .refusedAddress("fd00:ec2::254"))
    }

    @Test func `a host and port the operator listed are reached, others on the host are not`() async throws {
        let listed = try ScriptedEndpoint { _ in .status(200, body: "internal") }
        let other = try ScriptedEndpoint { _ in .status(200, body: "internal") }
        let policy = AddressPolicy.publicOnly(allowing: ["127.0.0.1:\(listed.port)"])
        #expect(try await client.get(listed.url, addresses: policy) == bytes("internal"))
        #expect(await client.failure(other.url, addresses: policy) == .refusedAddress("127.0.0.1"))
        #expect(other.connectionCount == 0)
    }

    @Test func `a kept connection is no way round the check`() async throws {
        let endpoint = try ScriptedEndpoint { _ in .status(200) }
        _ = try await client.get(endpoint.url)
        #expect(await client.failure(endpoint.url, addresses: .publicOnly()) == .refusedAddress("127.0.0.1"))
        let listed = AddressPolicy.publicOnly(allowing: ["127.0.0.1:\(endpoint.port)"])
        _ = try await client.get(endpoint.url, addresses: listed)
        #expect(await client.failure(endpoint.url, addresses: .publicOnly()) == .refusedAddress("127.0.0.1"))
        #expect(endpoint.requests.count == 2)
        #expect(endpoint.connectionCount == 2, "the listed call did not use the other's connection")
    }

    @Test func `a redirect to an internal address is not followed`() async throws {
        let inside = try ScriptedEndpoint(.status(200))
        let endpoint = try ScriptedEndpoint(.redirect(302, to: inside.url))
        let response = try await client.send(
            HTTPRequest(url: endpoint.url, addresses: .publicOnly(allowing: ["127.0.0.1:\(endpoint.port)"])))
        #expect(response.status == 302)
        #expect(inside.connectionCount == 0)
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.0.1",
        "172.16.0.1",
        "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1",
        "2002:7f00:1::", "3fff::1", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1", "4000::1", "e000::1",
    ])
    func `addresses that are not public`(text: String) throws { #expect(try !isPublic(text)) }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
        "169.253.255.255",
        "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1", "203.0.112.1",
        "223.255.255.255",
        "2001:200::1", "2001:4860:4860::8888", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:db7::1", "2003::1", "3ffe::1",
    ])
    func `addresses that are public`(text: String) throws { #expect(try isPublic(text)) }

    private func isPublic(_ text: String) throws -> Bool {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return PublicAddress.isPublic(v4: withUnsafeBytes(of: v4) { Array($0) }) }
        var v6 = in6_addr()
        try #require(inet_pton(AF_INET6, text, &v6) == 1)
        return PublicAddress.isPublic(v6: withUnsafeBytes(of: v6) { Array($0) })
    }
}
