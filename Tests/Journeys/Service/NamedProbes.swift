import Support

/// The cases of Http11Probe (https://github.com/MDA2AV/Http11Probe, MIT) by their ids, so that a result can be compared with other servers': what each sends is
/// theirs, what our service may answer is ours and mostly stricter. `ProbeTable` has what goes beyond them.
///
/// Their servers have a route that tells a request back. Ours shows that it read a body right by a ready reply (`POST /v1/macros`) that comes back with its words,
/// and that it read a cookie by nothing here: signing in does that elsewhere.
enum NamedProbes {
    /// What the RFC says of a case.
    enum Level: String, CaseIterable { case must, should, may, open }

    struct Named: Sendable {
        let id: String
        let level: Level
        let probe: Probe
    }

    static let suites: [ProbeTable.Group] = [
        ("compliance", compliance), ("smuggling", smuggling), ("malformed input", malformed), ("normalisation", normalisation),
        ("capabilities", capabilities), ("cookies", cookies),
    ].map { name, cases in ProbeTable.Group(testDescription: name, probes: cases.map(\.probe)) }

    static let all = compliance + smuggling + malformed + normalisation + capabilities + cookies

    // MARK: How requests are written

    private static func probe(
        _ level: Level, _ id: String, _ text: String, _ statuses: [Int], _ afterwards: Probe.Afterwards = .closes,
        _ configure: (inout Probe) -> Void = { _ in }
    ) -> Named {
        var probe = Probe(name: id, bytes: Array(text.utf8), statuses: statuses, afterwards: afterwards)
        configure(&probe)
        return Named(id: id, level: level, probe: probe)
    }

    /// A head that asks for something harmless.
    private static func get(_ lines: String, target: String = "/healthz", method: String = "GET", version: String = "HTTP/1.1") -> String {
        "\(method) \(target) \(version)\r\nHost: a\r\n\(lines)\r\n"
    }

    /// A request whose body would be read, were it any good.
    private static func post(_ lines: String, _ body: String, version: String = "HTTP/1.1") -> String {
        "POST /v1/stream-tickets \(version)\r\nHost: a\r\nAuthorization: Bearer $KEY\r\n\(lines)\r\n\(body)"
    }

    private static let chunked = "Transfer-Encoding: chunked\r\n"
    private static func chunks(_ body: String) -> String { post(chunked, body) }

    /// A ready reply, told back by the answer, framed in some way.
    private static func told(_ level: Level, _ id: String, _ framed: (_ body: String) -> (lines: String, body: String)) -> Named {
        let (lines, body) = framed(#"{"name":"\#(id)","text":"helloworld"}"#)
        return probe(
            level, id,
            "POST /v1/macros HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $KEY\r\nContent-Type: application/json\r\n\(lines)\r\n\(body)",
            [201],
            .stays
        ) {
            $0.check = { answer in
                String(decoding: answer.body, as: UTF8.self).contains(#""text":"helloworld""#) ? nil : "the words did not come back"
            }
        }
    }

    private static func hex(_ text: some StringProtocol) -> String { String(text.utf8.count, radix: 16) }
    private static func chunk(_ text: some StringProtocol) -> String { "\(hex(text))\r\n\(text)\r\n" }

    private static func header(_ name: String, _ isRight: @escaping @Sendable (String?) -> Bool) -> @Sendable (Probe.Answer) -> String? {
        { answer in isRight(answer[name]) ? nil : "\(name): \(answer[name] ?? "absent")" }
    }

    private static let websocket = "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

    // MARK: The cases

    private static let compliance: [Named] = [
        probe(.open, "COMP-BASELINE", get(""), [200], .stays),
        // Refused whole: 400, and nothing more on this connection.
        probe(.must, "RFC9110-5.6.2-SP-BEFORE-COLON", get("X-Test : value\r\n"), [400]),
        probe(.must, "RFC9112-5.1-OBS-FOLD", get("X-Test: value\r\n continued\r\n"), [400]),
        probe(.must, "RFC9112-7.1-MISSING-HOST", "GET /healthz HTTP/1.1\r\n\r\n", [400]),
        probe(.must, "RFC9110-5.4-DUPLICATE-HOST", get("Host: other.example.com\r\n"), [400]),
        probe(.must, "COMP-DUPLICATE-HOST-SAME", get("Host: a\r\n"), [400]),
        probe(.must, "RFC9112-3-CR-ONLY-LINE-ENDING", "GET /healthz HTTP/1.1\rHost: a\r\n\r\n", [400]),
        probe(.must, "RFC9112-5-EMPTY-HEADER-NAME", get(": empty-name\r\n"), [400]),
        probe(.must, "RFC9112-5-INVALID-HEADER-NAME", get("Bad[Name: value\r\n"), [400]),
        probe(.must, "RFC9112-5-HEADER-NO-COLON", get("NoColonHere\r\n"), [400]),
        probe(.must, "COMP-WHITESPACE-BEFORE-HEADERS", "GET /healthz HTTP/1.1\r\n \r\nHost: a\r\n\r\n", [400]),
        probe(.must, "RFC9112-3-MISSING-TARGET", "GET HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
        probe(.must, "COMP-ASTERISK-WITH-GET", get("", target: "*"), [400]),
        probe(.must, "COMP-HOST-WITH-USERINFO", "GET /healthz HTTP/1.1\r\nHost: user@a\r\n\r\n", [400]),
        probe(.must, "COMP-HOST-WITH-PATH", "GET /healthz HTTP/1.1\r\nHost: a/path\r\n\r\n", [400]),
        probe(.must, "COMP-HOST-EMPTY-VALUE", "GET /healthz HTTP/1.1\r\nHost: \r\n\r\n", [400]),
        probe(.must, "COMP-VERSION-MISSING-MINOR", get("", version: "HTTP/1"), [400, 505]),
        probe(.must, "COMP-VERSION-LEADING-ZEROS", get("", version: "HTTP/01.01"), [400, 505]),
        probe(.must, "COMP-VERSION-WHITESPACE", get("", version: "HTTP/ 1.1"), [400, 505]),
        probe(.must, "COMP-VERSION-CASE", get("", version: "http/1.1"), [400, 505]),
        probe(.must, "COMP-SPACE-IN-TARGET", get("", target: "/pa th"), [400]),
        probe(.must, "RFC9112-6.1-CL-NON-NUMERIC", post("Content-Length: abc\r\n", ""), [400]),
        probe(.must, "RFC9112-6.1-CL-PLUS-SIGN", post("Content-Length: +5\r\n", "hello"), [400]),
        probe(.must, "COMP-UNKNOWN-TE-501", post("Transfer-Encoding: gzip\r\n", ""), [400, 501]),
        // Taken, as they must be.
        probe(.must, "COMP-CONNECTION-CLOSE", get("Connection: close\r\n"), [200]),
        probe(.must, "COMP-OPTIONS-STAR", get("", target: "*", method: "OPTIONS"), [200, 204], .stays),
        told(.must, "COMP-POST-CL-BODY") { ("Content-Length: \($0.utf8.count)\r\n", $0) },
        probe(.must, "COMP-POST-CL-ZERO", post("Content-Length: 0\r\n", ""), [201], .stays),
        probe(.must, "COMP-POST-NO-CL-NO-TE", post("", ""), [201], .stays),
        told(.must, "COMP-RANGE-POST") { ("Range: bytes=0-10\r\nContent-Length: \($0.utf8.count)\r\n", $0) },
        told(.must, "COMP-CHUNKED-BODY") { (chunked, chunk($0) + "0\r\n\r\n") },
        told(.must, "COMP-CHUNKED-MULTI") { (chunked, chunk($0.prefix(9)) + chunk($0.dropFirst(9)) + "0\r\n\r\n") },
        probe(.must, "COMP-CHUNKED-EMPTY", chunks("0\r\n\r\n"), [201], .stays),
        told(.must, "COMP-CHUNKED-HEX-UPPERCASE") { (chunked, chunk($0.dropLast(10)) + "A\r\n" + $0.suffix(10) + "\r\n0\r\n\r\n") },
        told(.must, "COMP-CHUNKED-TRAILER-VALID") { (chunked, chunk($0) + "0\r\nX-Checksum: abc\r\n\r\n") },
        told(.must, "COMP-CHUNKED-EXTENSION") { (chunked, "\(hex($0));ext=value\r\n\($0)\r\n0\r\n\r\n") },
        probe(.must, "COMP-POST-CL-UNDERSEND", post("Content-Length: 10\r\n", "hello"), [400, 0]) { $0.ends = true },
        probe(.must, "COMP-CHUNKED-NO-FINAL", chunks("5\r\nhello\r\n"), [400, 0]) { $0.ends = true },
        probe(.must, "COMP-HEAD-NO-BODY", get("", method: "HEAD"), [200], .stays) { $0.isHead = true },
        probe(.must, "COMP-405-ALLOW", get("", method: "DELETE"), [405], .stays) {
            $0.check = header("allow") { $0?.contains("GET") == true }
        },
        probe(.must, "COMP-DATE-HEADER", get(""), [200], .stays) { $0.check = header("date") { $0 != nil } },
        probe(
            .must, "COMP-NO-1XX-HTTP10",
            post("Expect: 100-continue\r\nContent-Length: 2\r\n", "{}", version: "HTTP/1.0"), [201, 400, 417]),
        probe(.must, "COMP-NO-CL-IN-204", get("", target: "*", method: "OPTIONS"), [204], .stays) {
            $0.check = header("content-length") { $0 == nil }
        },
        // Nobody changes the protocol here.
        probe(.must, "WS-UPGRADE-POST", post("Connection: Upgrade\r\n" + websocket, ""), [201], .any),
        probe(.must, "WS-UPGRADE-MISSING-CONN", get(websocket), [200], .any),
        probe(.must, "WS-UPGRADE-UNKNOWN", get("Connection: Upgrade\r\nUpgrade: totally-made-up/1.0\r\n"), [200], .any),
        probe(.must, "WS-UPGRADE-HTTP10", get("Connection: Upgrade\r\n" + websocket, version: "HTTP/1.0"), [200], .any),
        probe(
            .must, "WS-UPGRADE-INVALID-VER", get("Connection: Upgrade\r\n" + websocket.replacing("Version: 13", with: "Version: 99")),
            [200], .any),
        // Where the RFC leaves a choice.
        probe(.should, "COMP-HTTP10-DEFAULT-CLOSE", get("", version: "HTTP/1.0"), [200]),
        probe(.should, "COMP-LEADING-CRLF", "\r\n\r\n" + get(""), [200, 400], .any),
        probe(.should, "RFC9112-3-MULTI-SP-REQUEST-LINE", "GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n", [200, 400], .any),
        probe(.should, "RFC9112-3.2-FRAGMENT-IN-TARGET", get("", target: "/healthz#frag"), [400]),
        probe(.should, "RFC9112-2.3-HTTP09-REQUEST", "GET /healthz\r\n", [400, 505, 0]) { $0.ends = true },
        probe(.should, "RFC9112-2.3-INVALID-VERSION", get("", version: "HTTP/9.9"), [400, 505]),
        probe(.should, "COMP-REQUEST-LINE-TAB", "GET\t/healthz HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
        probe(.should, "COMP-METHOD-TRACE", get("", method: "TRACE"), [405], .any),
        probe(.should, "COMP-TRACE-WITH-BODY", get("Content-Length: 5\r\n", method: "TRACE") + "hello", [400, 405], .any),
        probe(.should, "COMP-METHOD-CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", [400, 405, 501]),
        probe(.should, "COMP-UNKNOWN-METHOD", get("", method: "FOOBAR"), [501]),
        probe(.should, "COMP-OPTIONS-ALLOW", get("", target: "*", method: "OPTIONS"), [204], .stays) {
            $0.check = header("allow") { $0?.contains("GET") == true }
        },
        probe(.should, "COMP-CONTENT-TYPE", get(""), [200], .stays) { $0.check = header("content-type") { $0 != nil } },
        probe(.should, "COMP-LONG-URL-OK", get("", target: "/" + String(repeating: "a", count: 7900)), [401, 404], .any),
        probe(
            .should, "COMP-DUPLICATE-CT", post("Content-Type: text/plain\r\nContent-Type: text/html\r\nContent-Length: 2\r\n", "{}"),
            [201, 400, 415], .any),
        probe(.may, "RFC9112-2.2-BARE-LF-REQUEST-LINE", "GET /healthz HTTP/1.1\nHost: a\r\n\r\n", [400, 505]),
        probe(.may, "RFC9112-2.2-BARE-LF-HEADER", "GET /healthz HTTP/1.1\r\nHost: a\nX-Test: value\r\n\r\n", [400]),
        probe(.may, "COMP-EXPECT-UNKNOWN", get("Expect: 200-ok\r\n"), [200, 417], .any),
        probe(.may, "COMP-GET-WITH-CL-BODY", get("Content-Length: 5\r\n") + "hello", [200, 400], .any),
        probe(.may, "COMP-HTTP10-NO-HOST", "GET /healthz HTTP/1.0\r\n\r\n", [200]),
        probe(.may, "COMP-HTTP12-VERSION", get("", version: "HTTP/1.2"), [200, 400, 505], .any),
        probe(.open, "COMP-ABSOLUTE-FORM", get("", target: "http://a/healthz"), [200], .stays),
        probe(.open, "COMP-METHOD-CASE", get("", method: "get"), [400, 405, 501]),
        probe(.open, "COMP-TRACE-SENSITIVE", get("Authorization: Bearer secret-token-123\r\n", method: "TRACE"), [405], .any) {
            $0.check = { String(decoding: $0.body, as: UTF8.self).contains("secret-token-123") ? "the secret came back" : nil }
        },
        probe(.open, "COMP-ACCEPT-NONSENSE", get("Accept: application/x-nonsense\r\n"), [200, 406], .stays),
        probe(.open, "COMP-DATE-FORMAT", get(""), [200], .stays) {
            $0.check = header("date") { $0?.wholeMatch(of: /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/) != nil }
        },
        probe(.open, "COMP-RANGE-INVALID", get("Range: bytes=abc-xyz\r\n"), [200], .stays),
        probe(
            .open, "COMP-POST-UNSUPPORTED-CT", post("Content-Type: application/x-nonsense\r\nContent-Length: 2\r\n", "{}"), [201, 415], .any
        ),
    ]

    /// A request in the body of another, whose own length would have to be read in another way for it to be seen.
    private static let hidden = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let hiding = "0\r\n\r\n" + hidden

    private static func desync(_ id: String, _ lines: String, _ body: String = hiding) -> Named {
        probe(.must, id, post(lines, body), [400, 501])
    }

    private static let smuggling: [Named] = [
        probe(.must, "SMUG-DUPLICATE-CL", post("Content-Length: 5\r\nContent-Length: 10\r\n", "helloworld"), [400]),
        probe(.must, "SMUG-CL-COMMA-DIFFERENT", post("Content-Length: 5, 10\r\n", "hello"), [400]),
        probe(.must, "SMUG-CL-NEGATIVE", post("Content-Length: -1\r\n", ""), [400]),
        probe(.must, "SMUG-CL-NEGATIVE-ZERO", post("Content-Length: -0\r\n", ""), [400]),
        probe(.must, "SMUG-CL-UNDERSCORE", post("Content-Length: 1_0\r\n", "helloworld"), [400]),
        probe(.must, "SMUG-CL-OCTAL", post("Content-Length: 0o5\r\n", "hello"), [400]),
        probe(.must, "SMUG-CL-HEX-PREFIX", post("Content-Length: 0x5\r\n", "hello"), [400]),
        probe(.must, "SMUG-CL-INTERNAL-SPACE", post("Content-Length: 1 0\r\n", "hello12345"), [400]),
        probe(.must, "SMUG-TE-SP-BEFORE-COLON", post("Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(.must, "SMUG-TE-NOT-FINAL-CHUNKED", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), [400]),
        probe(.must, "SMUG-TE-HTTP10", post(chunked + "Content-Length: 5\r\n", "hello", version: "HTTP/1.0"), [400]),
        probe(.must, "SMUG-TE-EMPTY-VALUE", post("Transfer-Encoding: \r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(
            .must, "SMUG-TE-DUPLICATE-HEADERS", post(chunked + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(.must, "SMUG-TE-IDENTITY", post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"), [400, 501]),
        probe(.must, "SMUG-TE-XCHUNKED", post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello"), [400, 501]),
        probe(.must, "SMUG-TE-TRAILING-SPACE", post("Transfer-Encoding: chunked \r\nContent-Length: 5\r\n", "hello"), [400, 501]),
        probe(.must, "SMUG-TE-VTAB", post("Transfer-Encoding: \u{B}chunked\r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(.must, "SMUG-TE-FORMFEED", post("Transfer-Encoding: \u{C}chunked\r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(.must, "SMUG-TE-NULL", post("Transfer-Encoding: chunked\0\r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(.must, "SMUG-TE-OBS-FOLD", post("Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(.must, "SMUG-BARE-CR-HEADER-VALUE", post("Content-Length: 5\r\nX-Test: val\rue\r\n", "hello"), [400]),
        probe(.must, "SMUG-MULTIPLE-HOST-COMMA", "GET /healthz HTTP/1.1\r\nHost: a, other.example.com\r\n\r\n", [400]),
        probe(.must, "SMUG-CHUNK-BARE-SEMICOLON", chunks("5;\r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-EXT-INVALID-TOKEN", chunks("5;bad[=x\r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-HEX-PREFIX", chunks("0x5\r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-UNDERSCORE", chunks("1_0\r\nhello world!!!!!\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-LEADING-SP", chunks(" 5\r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-SIZE-PLUS", chunks("+5\r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-SIZE-TRAILING-OWS", chunks("5 \r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-MISSING-TRAILING-CRLF", chunks("5\r\nhello0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-SPILL", chunks("5\r\nhello!!\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-NEGATIVE", chunks("-1\r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-EXT-CTRL", chunks("5;\0ext\r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-EXT-CR", chunks("5;a\rX\r\nhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-BARE-CR-TERM", chunks("5\rhello\r\n0\r\n\r\n"), [400]),
        probe(.must, "SMUG-CHUNK-INVALID-SIZE-DESYNC", chunks("+0\r\n\r\nX"), [400]),
        // Two lengths at once: whichever is believed, the next request must not come out of the body.
        desync("SMUG-CLTE-PIPELINE", "Content-Length: 4\r\n" + chunked, "0\r\n\r\n"),
        desync("SMUG-TECL-PIPELINE", chunked + "Content-Length: 30\r\n", "0\r\n\r\n"),
        desync("SMUG-CLTE-CONN-CLOSE", "Content-Length: 5\r\n" + chunked, "0\r\n\r\n"),
        desync("SMUG-TECL-CONN-CLOSE", chunked + "Content-Length: 5\r\n", "0\r\n\r\n"),
        desync("SMUG-CLTE-DESYNC", "Content-Length: 6\r\n" + chunked, "0\r\n\r\nX"),
        desync("SMUG-TECL-DESYNC", chunked + "Content-Length: 30\r\n", "0\r\n\r\nX"),
        desync("SMUG-CLTE-SMUGGLED-GET", "Content-Length: \(hiding.utf8.count)\r\n" + chunked),
        desync("SMUG-CLTE-SMUGGLED-GET-CL-PLUS", "Content-Length: +\(hiding.utf8.count)\r\n" + chunked),
        desync("SMUG-CLTE-SMUGGLED-GET-CL-NON-NUMERIC", "Content-Length: \(hiding.utf8.count)x\r\n" + chunked),
        desync("SMUG-CLTE-SMUGGLED-GET-TE-OBS-FOLD", "Transfer-Encoding:\r\n chunked\r\nContent-Length: \(hiding.utf8.count)\r\n"),
        desync("SMUG-CLTE-SMUGGLED-GET-TE-TRAILING-SPACE", "Content-Length: \(hiding.utf8.count)\r\nTransfer-Encoding: chunked \r\n"),
        desync("SMUG-CLTE-SMUGGLED-GET-TE-LEADING-COMMA", "Content-Length: \(hiding.utf8.count)\r\nTransfer-Encoding: , chunked\r\n"),
        desync("SMUG-CLTE-SMUGGLED-GET-TE-CASE-MISMATCH", "Content-Length: \(hiding.utf8.count)\r\nTransfer-Encoding: Chunked\r\n"),
        desync(
            "SMUG-CLTE-SMUGGLED-HEAD", "Content-Length: \(hiding.utf8.count + 1)\r\n" + chunked, hiding.replacing("GET", with: "HEAD")),
        desync(
            "SMUG-TE-DUPLICATE-HEADERS-SMUGGLED-GET",
            chunked + "Transfer-Encoding: identity\r\nContent-Length: \(hiding.utf8.count)\r\n"),
        desync(
            "SMUG-TECL-SMUGGLED-GET", chunked + "Content-Length: 4\r\n",
            chunk("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n") + "0\r\n\r\n"),
        desync(
            "SMUG-DUPLICATE-CL-SMUGGLED-GET", "Content-Length: 4\r\nContent-Length: \(hidden.utf8.count + 4)\r\n", "PING" + hidden),
        probe(
            .must, "SMUG-OPTIONS-TE-OBS-FOLD",
            get("Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n", method: "OPTIONS") + "hello", [400]),
        // Where the RFC leaves a choice.
        probe(.open, "SMUG-CL-TE-BOTH", post("Content-Length: 23\r\n" + chunked, "D\r\nhello-bananas\r\n0\r\n\r\n"), [400]),
        probe(.should, "SMUG-CL-LEADING-ZEROS", post("Content-Length: 002\r\n", "{}"), [201, 400], .any),
        probe(.should, "SMUG-CL-TRAILING-SPACE", post("Content-Length: 2 \r\n", "{}"), [201, 400], .any),
        probe(.should, "SMUG-CL-EXTRA-LEADING-SP", post("Content-Length:  2\r\n", "{}"), [201, 400], .any),
        probe(.should, "SMUG-CL-DOUBLE-ZERO", post("Content-Length: 00\r\n", ""), [201, 400], .any),
        probe(
            .should, "SMUG-CL-LEADING-ZEROS-OCTAL", post("Content-Length: 0200\r\n", String(repeating: " ", count: 198) + "{}"),
            [201, 400], .any),
        probe(
            .should, "SMUG-TE-DOUBLE-CHUNKED", post("Transfer-Encoding: chunked, chunked\r\nContent-Length: 5\r\n", "hello"), [400, 501]),
        probe(.should, "SMUG-TE-CASE-MISMATCH", post("Transfer-Encoding: Chunked\r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(.should, "SMUG-TE-TRAILING-COMMA", post("Transfer-Encoding: chunked,\r\nContent-Length: 5\r\n", "hello"), [400, 501]),
        probe(.should, "SMUG-TE-LEADING-COMMA", post("Transfer-Encoding: , chunked\r\nContent-Length: 5\r\n", "hello"), [400, 501]),
        probe(.may, "SMUG-CHUNK-EXT-LF", chunks("5;\nhello\r\n0\r\n\r\n"), [400]),
        probe(.may, "SMUG-CHUNK-LF-TERM", chunks("2\r\n{}\n0\r\n\r\n"), [400]),
        probe(.may, "SMUG-CHUNK-LF-TRAILER", chunks("2\r\n{}\r\n0\r\n\n"), [201, 400], .any),
        probe(.open, "SMUG-TRANSFER_ENCODING", post("Transfer_Encoding: chunked\r\nContent-Length: 2\r\n", "{}"), [201, 400], .any),
        probe(.open, "SMUG-CL-COMMA-SAME", post("Content-Length: 2, 2\r\n", "{}"), [400]),
        probe(.open, "SMUG-CL-COMMA-TRIPLE", post("Content-Length: 2, 2, 2\r\n", "{}"), [400]),
        probe(.open, "SMUG-CHUNKED-WITH-PARAMS", post("Transfer-Encoding: chunked;ext=val\r\nContent-Length: 5\r\n", "hello"), [400, 501]),
        probe(.open, "SMUG-EXPECT-100-CL", post("Content-Length: 2\r\nExpect: 100-continue\r\n", "{}"), [201], .any) {
            $0.mayContinue = true
        },
        probe(.open, "SMUG-TRAILER-CL", chunks("2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n"), [201, 400], .any),
        probe(.open, "SMUG-TRAILER-TE", chunks("2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"), [201, 400], .any),
        probe(.open, "SMUG-TRAILER-HOST", chunks("2\r\n{}\r\n0\r\nHost: evil.example.com\r\n\r\n"), [201, 400], .any),
        // Without a credential in front: the one behind must not let in.
        probe(
            .open, "SMUG-TRAILER-AUTH",
            "POST /v1/stream-tickets HTTP/1.1\r\nHost: a\r\n\(chunked)\r\n2\r\n{}\r\n0\r\nAuthorization: Bearer $KEY\r\n\r\n", [401, 400],
            .any),
        probe(.open, "SMUG-TRAILER-CONTENT-TYPE", chunks("2\r\n{}\r\n0\r\nContent-Type: text/evil\r\n\r\n"), [201, 400], .any),
        probe(.open, "SMUG-HEAD-CL-BODY", get("Content-Length: 5\r\n", method: "HEAD") + "hello", [200, 400], .any) { $0.isHead = true },
        probe(.open, "SMUG-OPTIONS-CL-BODY", get("Content-Length: 5\r\n", target: "*", method: "OPTIONS") + "hello", [204, 400], .any),
        probe(.open, "SMUG-TE-TAB-BEFORE-VALUE", post("Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n", "hello"), [400]),
        probe(.open, "SMUG-ABSOLUTE-URI-HOST-MISMATCH", get("", target: "http://other.example.com/healthz"), [200, 400], .any),
        probe(.open, "SMUG-PIPELINE-SAFE", get(""), [200], .stays),
        // A stray byte is the beginning of the next request, which is then none.
        probe(.open, "SMUG-CL0-BODY-POISON", post("Content-Length: 0\r\n", "X"), [201, 400], .any) { $0.spoilsTheNext = true },
        probe(.open, "SMUG-GET-CL-BODY-DESYNC", get("Content-Length: 5\r\n") + "hello", [200, 400], .any),
        probe(
            .open, "SMUG-OPTIONS-CL-BODY-DESYNC", get("Content-Length: 5\r\n", target: "*", method: "OPTIONS") + "hello", [204, 400], .any),
        probe(.open, "SMUG-EXPECT-100-CL-DESYNC", post("Content-Length: 2\r\nExpect: 100-continue\r\n", "{}"), [201, 417], .any) {
            $0.mayContinue = true
        },
        probe(
            .open, "SMUG-GET-CL-PREFIX-DESYNC",
            get("Content-Length: \(hidden.utf8.count - 2)\r\n") + hidden.dropLast(1), [200, 400], .any
        ) { $0.inFrontOfTheNext = "\r\n" },
    ]

    private static let malformed: [Named] = [
        probe(.must, "MAL-NUL-IN-URL", get("", target: "/\0test"), [400]),
        probe(.must, "MAL-CONTROL-CHARS-HEADER", get("X-Test: abc\u{7}\u{8}\u{B}def\r\n"), [400]),
        probe(.must, "MAL-NON-ASCII-HEADER-NAME", get("X-T\u{EB}st: value\r\n"), [400]),
        probe(.must, "MAL-NON-ASCII-URL", get("", target: "/caf\u{E9}"), [400]),
        probe(.must, "MAL-CL-OVERFLOW", post("Content-Length: 99999999999999999999\r\n", ""), [400]),
        probe(.must, "MAL-NUL-IN-HEADER-VALUE", get("X-Test: val\0ue\r\n"), [400]),
        probe(.must, "MAL-CHUNK-SIZE-OVERFLOW", chunks("FFFFFFFFFFFFFFFF0\r\nhello\r\n0\r\n\r\n"), [400, 413]),
        probe(.must, "MAL-CL-EMPTY", post("Content-Length: \r\n", ""), [400]),
        probe(.must, "MAL-URL-OVERLONG-UTF8", "", [400]) {
            $0.bytes = Array("GET /".utf8) + [0xC0, 0xAF] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        },
        probe(.must, "MAL-POST-CL-HUGE-NO-BODY", post("Content-Length: 999999999\r\n", ""), [400, 413, 0]) { $0.ends = true },
        probe(.should, "MAL-BINARY-GARBAGE", "", [400]) {
            // Numbers by a multiplier of Lehmer (modulo a prime): the same garbage each time, with every byte in it.
            $0.bytes = (1...256).map { UInt8(truncatingIfNeeded: $0 * 75 % 257) }
        },
        probe(.should, "MAL-LONG-URL", get("", target: "/" + String(repeating: "A", count: 100_000)), [400, 414, 431]),
        probe(.should, "MAL-LONG-METHOD", get("", method: String(repeating: "A", count: 100_000)), [400, 431, 501]),
        probe(.should, "MAL-LONG-HEADER-VALUE", get("X-Big: " + String(repeating: "B", count: 100_000) + "\r\n"), [400, 431]),
        probe(.should, "MAL-LONG-HEADER-NAME", get(String(repeating: "A", count: 100_000) + ": val\r\n"), [400, 431]),
        probe(.may, "MAL-CL-TAB-BEFORE-VALUE", post("Content-Length:\t2\r\n", "{}"), [201, 400], .any),
        probe(
            .open, "MAL-RANGE-OVERLAPPING",
            get("Range: bytes=" + (0..<1000).map { "\($0)-\($0 + 9)" }.joined(separator: ",") + "\r\n"), [200, 400, 416, 431], .any),
        probe(.open, "MAL-URL-BACKSLASH", get("", target: "/path\\file"), [400, 401, 404], .any),
        probe(.open, "MAL-MANY-HEADERS", get((0..<10_000).map { "X-H-\($0): value\r\n" }.joined()), [400, 431]),
        probe(.open, "MAL-INCOMPLETE-REQUEST", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Test: value", [400, 0]) { $0.ends = true },
        probe(.open, "MAL-EMPTY-REQUEST", "", [400, 0]) { $0.ends = true },
        probe(.open, "MAL-WHITESPACE-ONLY-LINE", "   \r\n\r\n", [400]),
        probe(.open, "MAL-H2-PREFACE", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 501, 505]),
        probe(.open, "MAL-URL-PERCENT-NULL", get("", target: "/%00test"), [400, 401, 404], .any),
        probe(.open, "MAL-URL-PERCENT-CRLF", get("", target: "/%0d%0aX-Evil:%20yes"), [400, 401, 404], .any) {
            $0.check = header("x-evil") { $0 == nil }
        },
        probe(.open, "MAL-CHUNK-EXT-64K", chunks("5;ext=" + String(repeating: "a", count: 65_536) + "\r\nhello\r\n0\r\n\r\n"), [400, 431]),
    ]

    private static let normalisation: [Named] = [
        probe(.must, "NORM-SP-BEFORE-COLON-CL", post("Content-Length: 11\r\nContent-Length : 5\r\n", "hello world"), [400]),
        probe(.must, "NORM-TAB-IN-NAME", post("Content-Length: 11\r\nContent\tLength: 99\r\n", "hello world"), [400]),
        told(.open, "NORM-CASE-TE") { ("TRANSFER-ENCODING: chunked\r\n", chunk($0) + "0\r\n\r\n") },
        // Other names than the ones they look like: they say nothing of the body.
        told(.open, "NORM-UNDERSCORE-CL") { ("Content-Length: \($0.utf8.count)\r\nContent_Length: 99\r\n", $0) },
        probe(.open, "NORM-UNDERSCORE-TE", post("Transfer_Encoding: chunked\r\n", "B\r\nhello world\r\n0\r\n\r\n"), [201, 400], .any) {
            $0.spoilsTheNext = true
        },
    ]

    private static func asset(_ lines: String) -> String { get(lines, target: "/assets/baton.css") }

    private static let capabilities: [Named] = [
        probe(.open, "CAP-ETAG-304", asset("If-None-Match: $TAG\r\n"), [304], .stays),
        probe(.open, "CAP-ETAG-IN-304", asset("If-None-Match: $TAG\r\n"), [304], .stays) { $0.check = header("etag") { $0 != nil } },
        probe(.open, "CAP-ETAG-WEAK", asset("If-None-Match: W/$TAG\r\n"), [304], .stays),
        probe(
            .open, "CAP-INM-PRECEDENCE", asset("If-None-Match: $TAG\r\nIf-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n"), [304], .stays
        ),
        probe(.open, "CAP-INM-WILDCARD", asset("If-None-Match: *\r\n"), [304], .stays),
        probe(.open, "CAP-INM-UNQUOTED", asset("If-None-Match: no-tag\r\n"), [200], .stays),
        // There is no Last-Modified to compare with: an asset is as old as the program, and its tag says which it is.
        probe(.open, "CAP-LAST-MODIFIED-304", asset("If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n"), [200], .stays),
        probe(.open, "CAP-IMS-FUTURE", asset("If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT\r\n"), [200], .stays),
        probe(.open, "CAP-IMS-INVALID", asset("If-Modified-Since: not-a-date\r\n"), [200], .stays),
    ]

    /// At a page that reads cookies.
    private static func cookie(_ id: String, _ lines: String, _ statuses: [Int] = [200], _ afterwards: Probe.Afterwards = .stays) -> Named {
        probe(.open, id, get(lines, target: "/sign-in"), statuses, afterwards)
    }

    private static let cookies: [Named] = [
        cookie("COOK-ECHO", "Cookie: foo=bar\r\n"), cookie("COOK-EMPTY", "Cookie: \r\n"), cookie("COOK-MALFORMED", "Cookie: ===;;;\r\n"),
        cookie("COOK-MULTI-HEADER", "Cookie: a=1\r\nCookie: b=2\r\n"), cookie("COOK-PARSED-BASIC", "Cookie: foo=bar\r\n"),
        cookie("COOK-PARSED-MULTI", "Cookie: a=1; b=2; c=3\r\n"), cookie("COOK-PARSED-EMPTY-VAL", "Cookie: foo=\r\n"),
        cookie("COOK-PARSED-SPECIAL", "Cookie: a=hello world; b=x=y\r\n"),
        cookie("COOK-NUL", "Cookie: foo=\0bar\r\n", [400], .closes),
        cookie("COOK-CONTROL-CHARS", "Cookie: foo=\u{1}\u{2}\u{3}\r\n", [400], .closes),
        cookie("COOK-OVERSIZED", "Cookie: big=" + String(repeating: "A", count: 65_536) + "\r\n", [400, 431], .closes),
        cookie("COOK-MANY-PAIRS", "Cookie: " + (0..<1000).map { "k\($0)=v\($0)" }.joined(separator: "; ") + "\r\n", [200, 400, 431], .any),
    ]
}
