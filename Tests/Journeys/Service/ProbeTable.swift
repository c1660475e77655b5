import Testing

/// What the probes send, by what they try, beyond the cases that have a name elsewhere (`NamedProbes`).
enum ProbeTable {
    struct Group: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let probes: [Probe]
    }

    static let groups = [
        Group(testDescription: "lines", probes: lines), Group(testDescription: "headers", probes: headers),
        Group(testDescription: "lengths", probes: lengths), Group(testDescription: "chunks", probes: chunks),
        Group(testDescription: "targets", probes: targets), Group(testDescription: "limits", probes: limits),
        Group(testDescription: "methods", probes: methods), Group(testDescription: "connections", probes: connections),
        Group(testDescription: "paths", probes: paths),
    ]

    private static func probe(
        _ name: String, _ text: String, _ statuses: [Int], _ afterwards: Probe.Afterwards = .any, isHead: Bool = false, ends: Bool = false
    ) -> Probe {
        Probe(name: name, bytes: Array(text.utf8), statuses: statuses, afterwards: afterwards, isHead: isHead, ends: ends)
    }

    /// A request that would be read out of another's body if its length could be read in two ways.
    private static let smuggled = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let post = "POST /v1/stream-tickets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $KEY\r\n"
    private static let get = "GET /healthz HTTP/1.1\r\n"

    /// RFC 9112, sections 2 and 3: the request line and the ends of lines.
    private static let lines: [Probe] = [
        probe("an empty line before it (2.2)", "\r\n" + get + "Host: a\r\n\r\n", [200], .stays),
        probe("line ends without CR", "GET /healthz HTTP/1.1\nHost: a\n\n", [400, 505], .closes),
        probe("a header's end without CR", get + "Host: a\nX: b\r\n\r\n", [400], .closes),
        probe("a bare CR in the request line", "GET /healthz\rHTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
        probe("a bare CR before LF twice", get + "Host: a\r\r\n\r\n", [400], .closes),
        probe("a space after the version", "GET /healthz HTTP/1.1 \r\nHost: a\r\n\r\n", [400, 505], .closes),
        probe("a space before the method", " GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
        probe("HTTP/2.0", "GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", [400, 505], .closes),
        probe("a version of two digits", "GET /healthz HTTP/1.10\r\nHost: a\r\n\r\n", [400, 505], .closes),
        probe("another protocol", "GET /healthz ICE/1.0\r\nHost: a\r\n\r\n", [400, 505], .closes),
        Probe(
            name: "the hello of TLS", bytes: [0x16, 3, 1, 0, 0xA5, 1, 0, 0, 0xA1, 3, 3] + [UInt8](repeating: 7, count: 100),
            statuses: [400], afterwards: .closes),
        Probe(name: "zeroes", bytes: [UInt8](repeating: 0, count: 300), statuses: [400], afterwards: .closes),
    ]

    /// RFC 9112, section 5, and RFC 9110, section 5.
    private static let headers: [Probe] = [
        probe("a tab before the colon", get + "Host: a\r\nX\t: b\r\n\r\n", [400], .closes),
        probe("a space in a name", get + "Host: a\r\nX Y: b\r\n\r\n", [400], .closes),
        probe("a folded first line", get + " Host: a\r\n\r\n", [400], .closes),
        probe("a NUL in a name", get + "Host: a\r\nX\0Y: b\r\n\r\n", [400], .closes),
        probe("a control character in a value", get + "Host: a\r\nX: a\u{1}b\r\n\r\n", [400], .closes),
        probe("a DEL in a value", get + "Host: a\r\nX: a\u{7F}b\r\n\r\n", [400], .closes),
        probe("a name that is not ASCII", get + "Host: a\r\nÄ: b\r\n\r\n", [400], .closes),
        Probe(
            name: "a value that is not UTF-8", bytes: Array((get + "Host: a\r\nX: ").utf8) + [0xFF, 0xFE] + Array("\r\n\r\n".utf8),
            statuses: [200, 400]),
        probe("an empty value", get + "Host: a\r\nX:\r\n\r\n", [200], .stays),
        probe("an empty value last", get + "Host: a\r\nX: \r\n\r\n", [200], .stays),
        probe(
            "a line end in what comes back", "GET /v1/nothing%0d%0aX-Evil:%20yes HTTP/1.1\r\nHost: a\r\nOrigin: https://a\r\n\r\n",
            [401, 404], .any),
        probe("a traceparent that is none", get + "Host: a\r\ntraceparent: 00-x\r\n\r\n", [200], .stays),
    ]

    /// RFC 9112, section 6: how long a body is.
    private static let lengths: [Probe] = [
        probe("a body of a known length", post + "Content-Length: 2\r\n\r\n{}", [201], .stays),
        probe("both lengths (6.1)", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, [400], .closes),
        probe(
            "both lengths, the other way round", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
            [400], .closes),
        probe("two lengths", post + "Content-Length: 0\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n" + smuggled, [400], .closes),
        probe("the same length twice", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", [400], .closes),
        probe("a length with a fraction", post + "Content-Length: 2.0\r\n\r\n{}", [400], .closes),
        probe("a length of exabytes", post + "Content-Length: 9223372036854775807\r\n\r\n{}", [413], .closes),
        probe("a GET with a body", get + "Host: a\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n" + smuggled, [200, 400]),
        probe(
            "an unread body, and what hides in it",
            "POST /v1/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n" + smuggled,
            [401, 404]),
    ]

    /// RFC 9112, section 7: chunks.
    private static let chunks: [Probe] = [
        probe("chunks", post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [201], .stays),
        probe("chunked in capitals", post + "Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [201, 400]),
        probe("a trailer without a value", post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX:\r\n\r\n", [201, 400]),
        probe(
            "101 trailers", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n",
            [201, 400, 431]),
        probe("a chunk's size that is none", post + "Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n", [400], .closes),
        probe("an empty size", post + "Transfer-Encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n", [400], .closes),
        probe(
            "a size beyond 64 bits", post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n", [400, 413], .closes),
        probe(
            "a size of exabytes", post + "Transfer-Encoding: chunked\r\n\r\n7FFFFFFFFFFFFFFF\r\n" + String(repeating: "x", count: 5000),
            [400, 413], .closes),
        probe("a chunk longer than it says", post + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", [400], .closes),
        probe("a chunk's line without CR", post + "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n", [400], .closes),
        probe("a bare LF in an extension", post + "Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n", [400], .closes),
        probe(
            "an extension of 200 KiB",
            post + "Transfer-Encoding: chunked\r\n\r\n2;" + String(repeating: "a", count: 200 << 10) + "\r\n{}\r\n0\r\n\r\n", [400], .closes
        ),
        probe(
            "5,000 chunks with extensions of 90 bytes",
            post + "Transfer-Encoding: chunked\r\n\r\n"
                + String(repeating: "1;" + String(repeating: "a", count: 90) + "\r\nx\r\n", count: 5000) + "0\r\n\r\n", [400, 413], .closes),
        probe("another coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", [400, 501], .closes),
        probe("chunked, but not last", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", [400, 501], .closes),
        probe("chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400, 501], .closes),
        probe(
            "chunks by HTTP/1.0 (6.1)", "POST /v1/stream-tickets HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400],
            .closes),
    ]

    /// RFC 9112, section 3.2: targets.
    private static let targets: [Probe] = [
        probe("a whole URL of another host", "GET http://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n", [200, 400], .any),
        probe("a whole URL without a path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", [200, 404, 302, 303], .stays),
        probe("a whole URL with a user", "GET http://u@a/healthz HTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
        probe("another scheme", "GET file:///healthz HTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
        probe("a scheme and no host", "GET http:///healthz HTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
        probe("no slash", "GET healthz HTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
        probe("a host as target", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", [400], .closes),
    ]

    /// Our own limits.
    private static let limits: [Probe] = [
        probe("100 header lines", get + "Host: a\r\n" + String(repeating: "X: y\r\n", count: 99) + "\r\n", [200], .stays),
        probe("101 header lines", get + "Host: a\r\n" + String(repeating: "X: y\r\n", count: 100) + "\r\n", [431, 400], .closes),
        probe("a line of 9 KiB", get + "Host: a\r\nX: " + String(repeating: "y", count: 9 << 10) + "\r\n\r\n", [431, 400], .closes),
        probe("a name of 9 KiB", get + "Host: a\r\n" + String(repeating: "y", count: 9 << 10) + ": x\r\n\r\n", [431, 400], .closes),
        probe(
            "a head of 17 KiB",
            get + "Host: a\r\n" + String(repeating: "X: " + String(repeating: "y", count: 1000) + "\r\n", count: 17) + "\r\n", [431, 400],
            .closes),
        probe(
            "an address of 9 KiB", "GET /" + String(repeating: "a", count: 9 << 10) + " HTTP/1.1\r\nHost: a\r\n\r\n", [414, 431, 400],
            .closes),
        probe("a query of 7 KiB", "GET /healthz?" + String(repeating: "a", count: 7 << 10) + " HTTP/1.1\r\nHost: a\r\n\r\n", [200], .stays),
        probe("a body of 2 KiB where none is read", post + "Content-Length: 2048\r\n\r\n" + String(repeating: "x", count: 2048), [413]),
        probe("a body of 9 MiB", post + "Content-Length: 9437184\r\n\r\n" + String(repeating: "x", count: 9 << 20), [413, 0], .any),
    ]

    /// RFC 9110, section 9.
    private static let methods: [Probe] = [
        probe("a known method of others", "PROPFIND /healthz HTTP/1.1\r\nHost: a\r\n\r\n", [405], .stays),
        probe("HEAD", "HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n", [200], .stays, isHead: true),
        probe("HEAD of nothing", "HEAD /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n", [404], .stays, isHead: true),
        probe("POST where only GET is", "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", [405], .stays),
    ]

    /// RFC 9112, section 9.
    private static let connections: [Probe] = [
        probe("Connection: Close", get + "Host: a\r\nConnection: Close\r\n\r\n", [200], .closes),
        probe("close among others", get + "Host: a\r\nConnection: x, close\r\n\r\n", [200], .closes),
        probe("close, and one more request", get + "Host: a\r\nConnection: close\r\n\r\n" + smuggled, [200], .closes),
        probe("close, and garbage", get + "Host: a\r\nConnection: close\r\n\r\n\0\0\0", [200], .closes),
        probe("HTTP/1.0 that would stay", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", [200], .any),
        probe("another protocol is wished for", get + "Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", [200], .any),
        probe(
            "WebSocket is wished for", get + "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n", [200],
            .any),
        probe("a request and garbage", get + "Host: a\r\n\r\n" + "\0\0\0\0\r\n\r\n", [200, 400]),
    ]

    /// Paths that lead elsewhere.
    private static let paths: [Probe] =
        [
            "/%", "/%4", "/%zz", "/%00", "/a%00b", "/..%2f..%2fetc%2fpasswd", "/../etc/passwd", "/v1/../healthz", "/%2e%2e/etc/passwd",
            "//healthz",
            "/v1//events", "/v1/events%2f", "/%ff%fe", "/v1/%c0%ae%c0%ae/x", "/%5c..%5cx", "/v1/teammates/./x", "/;/healthz",
            "/healthz/%20", "/%0d%0aX:%20y",
        ].map { path in probe("the path \(path)", "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", [400, 401, 404]) } + [
            Probe(
                name: "a path that is not UTF-8", bytes: Array("GET /".utf8) + [0xFF, 0xC0] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
                statuses: [400], afterwards: .closes)
        ]
}
