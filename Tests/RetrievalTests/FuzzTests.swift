import Foundation
import Support
import Testing

@testable import Retrieval

/// Documents come from everywhere.
@Suite struct FuzzTests {
    private static let texts: [SourceDocument.Format: [String]] = [
        .markdown: [
            "---\ntitle: Fees\n---\n# Fees\n\nA *withdrawal* costs **1.50 EUR**.\n\n- one\n  - two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```swift\nlet x = 1\n```\n> quote\n\n[a](https://example.com \"t\") ![i](x)\n\n:::note\ntext\n:::\n",
            "1. a\n2. b\n\nSetext\n======\n\n<div>html</div>\n\n~~gone~~ https://example.com\n",
        ],
        .html: [
            "<!doctype html><html><head><title>Fees</title></head><body><main><h1>Fees</h1><p>A <b>withdrawal</b> costs &euro;1.50.<ul><li>a<li>b</ul><table><tr><th>a<td>1</table><pre>x</pre><script>x</script></main></body></html>"
        ],
        .plain: ["FEES\n====\n\nA withdrawal costs 1.50 EUR.\n\n* one\n* two\n\n    code\n"],
        .restructured: ["Fees\n====\n\nA withdrawal costs.\n\n.. note:: x\n\n- a\n- b\n\n::\n\n  code\n"],
    ]

    @Test(arguments: [SourceDocument.Format.markdown, .html, .plain, .restructured])
    func `a document of any kind is read and cut into chunks`(_ format: SourceDocument.Format) throws {
        Fuzzer(try #require(Self.texts[format])).runTexts(share: 4) { text in
            let outline = Outline.read(SourceDocument(id: "a", text: text, format: format))
            _ = outline.blocks.count
        }
    }

    @Test func `a file's bytes of any kind are text or refused`() {
        Fuzzer(["plain text, é\n", "\u{FEFF}with a mark", "\u{0}\u{0}a"]).run { _ = TextDecoding.decode($0) }
    }

    @Test func `a JSONL file of any kind is read line by line`() throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let lines = [
            "{\"id\":\"a\",\"title\":\"Fees\",\"text\":\"A withdrawal costs 1.50 EUR.\"}\n{\"id\":7,\"text\":\"x\"}\n\n{\"id\":\"b\",\"text\":null}"
        ]
        try Fuzzer(lines).run(share: 4) { bytes in
            try Data(bytes).write(to: folder.url.appendingPathComponent("a.jsonl"))
            let reader = try JSONLines(path: folder.file("a.jsonl"))
            while reader.next() != nil {}
        }
    }
}
