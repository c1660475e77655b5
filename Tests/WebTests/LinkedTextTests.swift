import Foundation
import Support
import Testing

@testable import Web

struct LinkedTextTests {
    /// Where the links of a text lead, in order.
    private func links(_ text: String) -> [String] {
        LinkedText.html(text).text.components(separatedBy: "<a href=\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }

    @Test(arguments: [
        ("See https://quayside.example/fees.", "https://quayside.example/fees"),
        ("(https://quayside.example/a_(b))", "https://quayside.example/a_(b)"),
        ("[fees](https://quayside.example/fees)", "https://quayside.example/fees"),
        ("HTTPS://Quayside.example", "HTTPS://Quayside.example"),
        ("http://127.0.0.1:8700/chat", "http://127.0.0.1:8700/chat"),
        ("https://xn--quayide-n4d.example/", "https://xn--quayide-n4d.example/"),
        ("https://quayside.example/?a=1&b=2#c, then", "https://quayside.example/?a=1&amp;b=2#c"),
        ("<https://quayside.example>", "https://quayside.example"),
    ])
    func `an address leads where its words say`(text: String, address: String) {
        #expect(links(text) == [address])
        #expect(LinkedText.html(text).text.contains(">\(address)</a>"))
    }

    @Test(arguments: [
        "javascript:alert(1)", "data:text/html,x", "//evil.example", "www.quayside.example", "quayside.example", "ftp://quayside.example",
        "https://quayside.example@evil.example/", "https://user:name@evil.example", "https://quаyside.example/", "https://", "https:///x",
        "http://localhost", "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "http://1.2.3.999/",
        "https://quayside.example\\@evil.example", "https://a.example:99999999/", "https://a.example:x/", "xhttps://quayside.example/",
        "https://quayside.example/\u{202E}moc", "https://[::1]/", "https://.example/", "https://a..example/", "https://a%2Eexample/",
        "https://quayside.example/" + String(repeating: "x", count: 3000),
    ])
    func `whose end people cannot see, or which is no address, stays words`(text: String) {
        #expect(links(text).isEmpty)
        #expect(!LinkedText.html(text).text.contains("<a"))
    }

    @Test func `what stands around an address is words, escaped once`() {
        let html = LinkedText.html("<b>&\"'https://a.example/?x=<script>\nhttps://b.example").text
        #expect(links("<b>&\"'https://a.example/?x=<script>\nhttps://b.example") == ["https://a.example/?x=", "https://b.example"])
        #expect(html.hasPrefix("&lt;b&gt;&amp;&quot;&#39;<a ") && html.contains("</a>&lt;script&gt;\n<a "))
        #expect(!html.contains("<script"))
    }

    /// Nobody sees more or less than what was written, and every link is whole.
    @Test func `whatever is written is read again without its links`() {
        let corpus = [
            "See https://a.example/(b), or http://127.0.0.1:80.", "https://a@b.example \u{202E}http://é.example<\"&",
            "hhttps://https://a.example",
        ]
        Fuzzer(corpus).runTexts { text in
            let html = LinkedText.html(text).text
            let plain = html.replacing(
                /<a href="[^"<>]*" dir="ltr" target="_blank" rel="noopener noreferrer nofollow ugc" referrerpolicy="no-referrer">/, with: ""
            )
            .replacing("</a>", with: "")
            #expect(plain == ("\(text)" as HTML).text, "\(text)")
        }
    }
}
