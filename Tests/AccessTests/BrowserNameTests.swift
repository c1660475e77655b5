import Access
import Storage
import Support
import Testing

struct BrowserNameTests {
    @Test(arguments: [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows"
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome on Android"
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone"
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
            "Safari on macOS"
        ),
        ("curl/8.14.1", "curl"),
    ])
    func `a browser is known by two words`(userAgent: String, words: String) {
        #expect(BrowserName(userAgent: userAgent).text == words)
    }

    @Test(arguments: [nil, "", "<script>", "\0\u{202E}", String(repeating: "x", count: 100_000) + "Firefox/1"])
    func `what is no browser has no name, whatever it says`(userAgent: String?) {
        #expect(BrowserName(userAgent: userAgent).text.isEmpty)
    }

    @Test func `the list of sessions tells the browsers apart`() async throws {
        try await withWorld { world in
            let account = try await world.account("mara")
            for userAgent in ["Firefox/140.0 (Linux)", nil] {
                _ = try await world.write {
                    try $0.openSession(
                        for: account, address: here, device: nil, browser: BrowserName(userAgent: userAgent), replacing: nil, in: $1)
                }
                world.clock.advance(milliseconds: 1)
            }
            let names = try await world.read { try $0.sessions(of: "mara", of: quayside, in: $1) }.map(\.browser.text)
            #expect(names == ["", "Firefox on Linux"])
        }
    }
}
