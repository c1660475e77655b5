import Notation
import Testing

struct ReadingTests {
    private func node(_ text: String) throws -> Node { try Node.parse(text, file: "rules.yaml") }

    /// What reading the text complains about.
    private func fault(_ text: String, _ read: (Fields) throws -> Void = { _ in }) -> NotationError? {
        do {
            try read(try Fields(try node(text), known: nil))
            return nil
        } catch {
            return error as? NotationError
        }
    }

    @Test func `values know the line they stand on`() throws {
        let fields = try Fields(try node("# remark\na: 1\n\nb:\n  - x\n  - y\n"), known: ["a", "b"])
        #expect(fields.keys == ["a", "b"])
        #expect(fields["a"]?.line == 2)
        #expect(fields["b"]?.items().map(\.line) == [5, 6])
        #expect(try fields["b"]?.strings() == ["x", "y"])
    }

    @Test func `an unknown key is refused with what was probably meant`() throws {
        let fault = #expect(throws: NotationError.self) { try Fields(try node("says: x\ntreshold: 1"), known: ["says", "threshold"]) }
        #expect(fault?.description == "rules.yaml:2: unknown key 'treshold'. Did you mean 'threshold'?")
        let far = #expect(throws: NotationError.self) { try Fields(try node("xyz: 1"), known: ["says", "threshold"]) }
        #expect(far?.what == "unknown key 'xyz'. Known here: says, threshold.")
        #expect(try Fields(try node("anything: 1"), known: nil).keys == ["anything"])
    }

    @Test func `all unknown keys can be told at once`() throws {
        let node = try node("a: 1\nb: 2\nc: 3")
        #expect(Fields.unknown(in: node, known: ["b"]).map(\.line) == [1, 3])
        #expect(Fields.unknown(in: try self.node("- a"), known: []).isEmpty)
    }

    @Test func `a missing key is named at the place it belongs to`() throws {
        #expect(
            fault("a:\n  b: 1") { _ = try Fields($0.required("a"), known: nil).required("c") }?.description
                == "rules.yaml:2: 'c' is missing; add a line 'c: ...'")
        #expect(fault("a:") { _ = try $0.required("a") } != nil)
        #expect(fault("a: ''") { _ = try $0.required("a") } == nil)
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL"])
    func `nothing is nothing, however it is written`(text: String) throws {
        #expect(try Fields(try node("a: \(text)"), known: ["a"])["a"] == nil)
    }

    @Test func `an empty file is an empty mapping`() throws {
        #expect(try Fields(try node(""), known: []).keys.isEmpty)
        #expect(try Fields(try node("# only a remark\n"), known: []).keys.isEmpty)
    }

    @Test(
        arguments: [
            ("a: [1", 1), ("a: 1\n b: 2", 2), ("a: 1\na: 2", 2), ("a: 'x", 1), ("a: 1\n\tb: 2", 2), ("a: \"\\q\"", 1), ("{a: 1}}", 1),
            ("a: b: c", 1),
        ])
    func `what is not YAML is refused at its line`(text: String, line: Int) {
        let fault = fault(text)
        #expect(fault != nil)
        #expect(abs((fault?.line ?? 0) - line) <= 1, "\(fault?.description ?? "")")
        #expect(fault?.what.count ?? 0 < 250, "\(fault?.description ?? "")")
    }

    @Test(
        arguments: [
            "a: &x 1\nb: *x", "a: &x [1]\nb: [*x, *x]", "*nowhere", "b: &m {b: 1}\nc:\n  <<: *m", "a: 1\n---\nb: 2", "? [a]\n: 1",
            "? {a: 1}\n: 1",
        ])
    func `what makes files hard to read is refused`(text: String) {
        #expect(fault(text) != nil)
    }

    @Test(arguments: ["a: R&D and *bold*", "a: '*x' # &x", "a: 2 * 3 & 4", "a: |\n  *x* is bold\n", "a: x*y, &z"])
    func `stars and ampersands in a text are text`(text: String) throws {
        #expect(fault(text) == nil)
    }

    @Test func `a file made to grow is refused, not expanded`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
        for level in 1...30 { text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 8).joined(separator: ", "))]\n" }
        #expect(fault(text) != nil)
        #expect(fault("? *a\n: 1\n" + text) != nil)
        #expect(fault(text + "? *a30\n: 1\n") != nil)
    }

    @Test(arguments: [33, 1000, 20_000, 400_000])
    func `a file nested too deep is refused, not followed`(depth: Int) {
        #expect(fault("a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)) != nil)
        #expect(fault("a: " + String(repeating: "{b: ", count: depth)) != nil)
        #expect(fault("a:\n" + String(repeating: "- ", count: depth) + "x") != nil)
    }

    @Test func `a file above one mebibyte or with too many values is refused`() {
        #expect(fault("a: " + String(repeating: "x", count: 1 << 20))?.what.contains("1024 KiB") == true)
        #expect(fault("a: [" + String(repeating: "x,", count: 110_000) + "x]")?.what.contains("100000 values") == true)
    }
}
