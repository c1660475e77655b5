import Notation
import Testing

@testable import Completion

struct JSONTests {
    private func read(_ text: String) throws -> JSON { try JSONReader.read(Array(text.utf8)) }

    @Test
    func `a value is written as it was read`() throws {
        let text = #"{"a":[1,-2.50,3e+7,true,false,null],"b":{"c":"é \" \\ \n \u0001"},"n":88e8988888998883888}"#
        #expect(String(decoding: try read(text).bytes, as: UTF8.self) == text)
    }

    @Test
    func `escapes mean what the standard says`() throws {
        #expect(try read(#""\u0041\ud83e\udd89\/\b\f\t""#) == .string("A🦉/\u{8}\u{C}\t"))
    }

    @Test
    func `half a surrogate pair and bytes that are no UTF-8 become a replacement character`() throws {
        #expect(try read(#""\ud83e!""#) == .string("\u{FFFD}!"))
        #expect(try JSONReader.read([0x22, 0xFF, 0x22]) == .string("\u{FFFD}"))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "-", "1e", "\"a\nb\"", "\"a", "tru", "nul", "{a:1}", "{\"a\" 1}", "1 2", "\"\\x\"",
        "NaN",
    ])
    func `what the standard forbids is not read`(text: String) {
        #expect(throws: JSONReader.Fault.self) { try read(text) }
    }

    @Test
    func `nesting is limited and deep nesting does not trap`() throws {
        _ = try read(String(repeating: "[", count: 128) + String(repeating: "]", count: 128))
        #expect(throws: JSONReader.Fault.self) { try read(String(repeating: "[", count: 129) + String(repeating: "]", count: 129)) }
        #expect(throws: JSONReader.Fault.self) { try read(String(repeating: "{\"a\":", count: 1_000_000)) }
    }

    @Test
    func `whole numbers are read from every way of writing them, and nothing else is`() {
        #expect(JSON.number("12").integer == 12)
        #expect(JSON.number("12.0").integer == 12)
        #expect(JSON.number("1.2e1").integer == 12)
        #expect(JSON.string("12").integer == 12)
        for text in ["12.5", "1e400", "88e8988888998883888", "9223372036854775808", "NaN"] { #expect(JSON.number(text).integer == nil) }
    }

    @Test
    func `of a repeated key the last value counts, and null counts as absent`() throws {
        #expect(try read(#"{"a":1,"a":2}"#)["a"] == 2)
        #expect(try read(#"{"a":null}"#)["a"] == nil)
    }
}

/// Each kind of damage by itself; the corpus in `DraftCorpusTests` mixes them.
struct RepairingReaderTests {
    private func read(_ text: String) -> String {
        var reader = RepairingReader(Array(text.utf8), from: 0)
        return String(decoding: reader.read().bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"a":1,"b":2,}"#, #"{"a":1,"b":2}"#),
        (#"[1,2,,3,]"#, "[1,2,3]"),
        (#"{'a':'it\'s','b':True,'c':None}"#, #"{"a":"it's","b":true,"c":null}"#),
        (#"{a: yes, b: "x"}"#, #"{"a":"yes","b":"x"}"#),
        ("{\"a\":\"two\nlines\"}", #"{"a":"two\nlines"}"#),
        (#"{"a":"He said "wait" twice","b":1}"#, #"{"a":"He said \"wait\" twice","b":1}"#),
        (#"{"a":"one, "two", three","b":1}"#, #"{"a":"one, \"two\", three","b":1}"#),
        (#"{"a":1 /* why */, // so"# + "\n" + #""b":2} # end"#, #"{"a":1,"b":2}"#),
        (#"{"a":"x" "b":"y"}"#, #"{"a":"x","b":"y"}"#),
        ("{\"a\":\"x\"\n\"b\":\"y\"}", #"{"a":"x","b":"y"}"#),
        (#"{"a":[1,2,{"b":"c""#, #"{"a":[1,2,{"b":"c"}]}"#),
        (#"{"a":[{"b":"c"},"d":1}"#, #"{"a":[{"b":"c"}],"d":1}"#),
        (#"{"a":"un"#, #"{"a":"un"}"#),
        (#"{"a":17/20,"b":85%}"#, #"{"a":"17/20","b":"85%"}"#),
        (#"{“a”: “typographic”, "b": 1}"#, #"{"a":"typographic","b":1}"#),
        (#"{"a":"""three "quotes" here""","b":1}"#, #"{"a":"three \"quotes\" here","b":1}"#),
        (#"{"a":"C:\users\$"}"#, #"{"a":"C:\\users$"}"#),
        (#"{"a" => 1; "b" = 2}"#, #"{"a":"1; \"b\" = 2"}"#),
        (#"{"a":,"b":1}"#, #"{"a":null,"b":1}"#),
        (#"{"a":NaN,"b":-Infinity}"#, #"{"a":"NaN","b":"-Infinity"}"#),
        ("", "null"), ("}", #""}""#),
    ])
    func `damage is repaired the way a reader would understand it`(text: String, expected: String) {
        #expect(read(text) == expected)
    }

    @Test
    func `what is deeper than anyone nests is read over`() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(read(#"{"a":\#(deep),"b":1}"#).hasSuffix(#","b":1}"#))
    }

    @Test
    func `it tells whether the text ended inside a string`() {
        var cut = RepairingReader(Array(#"{"a":"un"#.utf8), from: 0)
        _ = cut.read()
        #expect(cut.endsInsideString)
        var whole = RepairingReader(Array(#"{"a":"un""#.utf8), from: 0)
        _ = whole.read()
        #expect(!whole.endsInsideString)
    }
}
