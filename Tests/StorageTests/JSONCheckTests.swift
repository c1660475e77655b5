import Storage
import Testing

@Suite struct JSONCheckTests {
    @Test(arguments: [
        "{}", "[]", " [ ] \n", #"{"a": [1, -0.5e+3, 0, true, false, null, {"b": "c"}]}"#, #"["\" \\ \/ \b \u00e9 \ud83d\ude00 é 😀"]"#,
        "[[[[]]]]",
        "[1E9,2.0]",
    ])
    func `JSON is taken for JSON`(text: String) { #expect(StoredJSON.isContainer(text)) }

    @Test(arguments: [
        "", "7", "\"text\"", "not json", "{", "[1,]", "{\"a\"}", "{\"a\": }", "{a: 1}", "[01]", "[1.]", "[.5]", "[+1]", "[1e]", "[tru]",
        "[nulls]",
        "[] []", "['a']", "[\"a\nb\"]", #"["\x"]"#, #"["\ud800"]"#, #"["\udc00"]"#, #"["\ud800\u0041"]"#, #"["\u12"#, "[\"open",
        "{\"a\": 1,}", "\u{FEFF}[]",
    ])
    func `what is no JSON object or array is not`(text: String) { #expect(!StoredJSON.isContainer(text)) }

    @Test func `nesting has an end`() {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(StoredJSON.isContainer(nested(512)))
        #expect(!StoredJSON.isContainer(nested(513)))
        #expect(!StoredJSON.isContainer(String(repeating: "[", count: 1_000_000)))
    }
}
