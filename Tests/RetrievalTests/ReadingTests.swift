import Foundation
import Testing

@testable import Retrieval

@Suite struct ReadingTests {
    private func read(_ text: String, _ format: SourceDocument.Format) -> Outline {
        Outline.read(SourceDocument(id: "x", text: text, format: format))
    }

    @Test func `Markdown becomes light text`() {
        let outline = read(
            """
            ---
            title: "Fees & limits"
            sidebar: 3
            ---
            # Fees {#fees}
            A *withdrawal* of `BTC` costs [this much](fees.md), see [our page](https://quayside.example/fees).

            :::tip Good to know
            Read <b>this</b> first.
            :::

            3. one
            4. two
               - inner

            ![a chart](chart.png)
            """, .markdown)
        #expect(outline.title == "Fees & limits")
        #expect(
            outline.blocks.map(\.text) == [
                "Fees", "A withdrawal of BTC costs this much, see our page (https://quayside.example/fees).",
                "Good to know\nRead this first.", "3. one",
                "4. two\n   - inner", "a chart",
            ])
        #expect(outline.blocks.first?.kind == .heading(level: 1))
    }

    @Test func `a Markdown table keeps its bars and its header`() {
        let outline = read("| coin | fee |\n|:--|--:|\n| *BTC* | 1 |\n| ETH | 2 |", .markdown)
        #expect(outline.blocks == [.init(kind: .table(header: 2), text: "| coin | fee |\n| --- | --- |\n| BTC | 1 |\n| ETH | 2 |")])
    }

    @Test func `a rule at the beginning is no front matter`() {
        #expect(read("---\nText without end", .markdown).blocks.map(\.text).contains { $0.contains("Text without end") })
    }

    @Test func `HTML gives what a reader of the page reads`() {
        let outline = read(
            """
            <!doctype html><html><head><title>Help &amp; fees</title><style>p{}</style><script>var secret = 1</script></head><body>
            <nav><a href="/">Home</a></nav><main><h1>Fees</h1><p>A <b>withdrawal</b> costs<br>0.0004&nbsp;BTC.</p>
            <ul><li>one</li><li><p>two</p></li></ul><ol><li>first</li></ol>
            <table><tr><th>coin</th><th>fee</th></tr><tr><td>BTC</td><td>1</td></tr></table>
            <pre>run  this\n  now</pre><p>See <a href="https://quayside.example">the page</a>.</p></main><footer>Imprint</footer></body></html>
            """, .html)
        #expect(outline.title == "Help & fees")
        #expect(
            outline.blocks.map(\.text) == [
                "Fees", "A withdrawal costs\n0.0004\u{A0}BTC.", "- one", "- two", "1. first", "| coin | fee |\n| --- | --- |\n| BTC | 1 |",
                "```\nrun  this\n  now\n```", "See the page (https://quayside.example).",
            ])
    }

    @Test func `broken HTML is read as browsers would`() {
        #expect(
            read("<p>one<p>two <b>three</p>&bogus; </div><li>four", .html).blocks.map(\.text).joined(separator: " ").contains("two three"))
        #expect(read("no tags at all", .html).blocks.map(\.text) == ["no tags at all"])
        #expect(read("", .html).blocks.isEmpty)
    }

    @Test func `underlined headings of reStructuredText have the level of their style`() {
        let outline = read(
            "=====\nGuide\n=====\n\nIntro.\n\nWallets\n-------\n\nText.\n\nKeys\n~~~~\n\nMore.\n\nFees\n----\n\nEnd.", .restructured)
        #expect(
            outline.blocks.map(\.kind) == [
                .heading(level: 1), .prose, .heading(level: 2), .prose, .heading(level: 3), .prose, .heading(level: 2), .prose,
            ])
        #expect(outline.blocks.map(\.text) == ["Guide", "Intro.", "Wallets", "Text.", "Keys", "More.", "Fees", "End."])
    }

    @Test func `plain text knows headings, fences, tables and lists, and reads the rest as it is`() {
        let outline = read("## Fees\nOne\ntwo.\n\n- a\n- b\n\n```\n# no heading\n```\n| a |\n|---|\n| 1 |\n#no heading", .plain)
        #expect(outline.blocks.map(\.kind) == [.heading(level: 2), .prose, .item, .item, .code, .table(header: 2), .prose])
        #expect(outline.blocks.last?.text == "#no heading")
    }

    @Test(arguments: [
        String(repeating: ">", count: 200_000), String(repeating: "> ", count: 100_000), String(repeating: "- ", count: 100_000) + "x",
        String(repeating: "[", count: 300_000), String(repeating: "[a](", count: 100_000), String(repeating: "*a_ ", count: 100_000),
        String(repeating: "<!A ", count: 100_000), String(repeating: "`", count: 100_000) + "a", String(repeating: "|", count: 300_000),
        String(repeating: "*a**a ", count: 2_000) + "\n" + String(repeating: "**x [y\n", count: 30_000),
        String(repeating: "<div>", count: 200_000) + String(repeating: "</b>", count: 200_000), String(repeating: "<p><b>", count: 50_000),
        "<a" + String(repeating: " b=\"c", count: 100_000), String(repeating: "<!--", count: 100_000),
        String(repeating: "&", count: 300_000),
        String(repeating: "<table><tr><td>", count: 20_000), String(repeating: "a\u{0}b ", count: 50_000),
        String(repeating: "é", count: 300_000),
        String(repeating: "\r", count: 300_000), String(repeating: "=\n", count: 150_000), String(repeating: "```\n", count: 100_000),
        (0..<3_000).map { String(repeating: " ", count: $0) + "- x" }.joined(separator: "\n"),
    ])
    func `hostile texts are read in any format without harm`(text: String) {
        for format in SourceDocument.Format.allCases {
            let outline = read(text, format)
            let chunks = Chunker.chunks(of: outline, title: "x")
            #expect(!chunks.isEmpty)
        }
    }
}
