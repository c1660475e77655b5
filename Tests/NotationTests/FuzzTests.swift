import Notation
import Support
import Testing

/// Whatever stands in a file or a body, reading it ends in a value or an error.
@Suite struct FuzzTests {
    private static let json = [
        #"{"text":"hello","tags":["a","b"],"count":3,"nested":{"a":[1,2.5e3,null,true]}}"#, #"[[[[[[[[{"a":"é\ud83d\ude00"}]]]]]]]]"#,
        "-0.5e-7",
        #""a\\b\"cA""#, "[]", "{}",
    ]

    @Test func `JSON of any kind is read or refused, and what was read is written so that it reads the same`() throws {
        try Fuzzer(Self.json).run { bytes in
            guard let value = try? JSONReader.read(bytes) else { return }
            let again = try JSONReader.read(value.bytes)
            #expect(again.bytes == value.bytes, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test func `YAML of any kind is read or refused`() {
        let corpus = [
            "name: Quayside\nlimits:\n  - 1\n  - 2.5\n  - 10 s\nnested: {a: [x, 'y', \"z\"], b: null}\n",
            "text: |\n  two\n  lines\nother: >-\n  folded\n",
            "? key\n: value\n", "a: &b 1\nc: *b\n", "%YAML 1.2\n---\na: !!int '3'\n...\n",
        ]
        Fuzzer(corpus).runTexts(share: 2) { text in
            guard let node = try? Node.parse(text, file: "fuzz.yaml") else { return }
            visit(node)
        }
    }

    /// Every way of reading a node.
    private func visit(_ node: Node) {
        _ = try? node.string()
        _ = try? node.integer(in: 0...9)
        _ = try? node.number(in: -1...1)
        _ = try? node.boolean()
        _ = try? node.milliseconds()
        _ = try? node.strings()
        _ = try? Fields(node, known: ["name", "limits"])
        for item in node.items() where node.items().count > 1 { _ = try? item.string() }
    }
}
