import Notation
import Testing

@testable import Web

@Suite struct SchemaTests {
    private let message = Schema.object([
        .init("text", .lines(1...10), "what is said"),
        .init("tags", .array(.text(1...5), most: 2), required: false),
        .init("count", .integer(1...3), required: false),
    ])

    private func codes(_ text: String) throws -> [String] {
        message.mismatches(try JSONReader.read(Array(text.utf8))).map { "\($0.pointer) \($0.code)" }
    }

    @Test func `an input that fits has nothing wrong with it`() throws {
        #expect(try codes(#"{"text":"hello","tags":["a"],"count":3}"#).isEmpty)
        #expect(try codes(#"{"text":"two\nlines","tags":null}"#).isEmpty)
        #expect(try codes(#"{"text":"x","count":2.0}"#).isEmpty)
    }

    @Test(
        arguments: [
            (#"{}"#, "/text missing"), (#"{"text":null}"#, "/text wrong_type"), (#"{"text":5}"#, "/text wrong_type"),
            (#"{"text":""}"#, "/text too_short"), (#"{"text":"0123456789x"}"#, "/text too_long"),
            (#"{"text":"a\u0000"}"#, "/text control_character"), (#"{"text":"a","extra":1}"#, "/extra unknown_field"),
            (#"{"text":"a","tags":["a","b","c"]}"#, "/tags too_many"), (#"{"text":"a","tags":["a",1]}"#, "/tags/1 wrong_type"),
            (#"{"text":"a","tags":["a\nb"]}"#, "/tags/0 control_character"), (#"{"text":"a","count":4}"#, "/count out_of_range"),
            (#"{"text":"a","count":1.5}"#, "/count wrong_type"), (#"{"text":"a","count":1e400}"#, "/count wrong_type"),
            (#"{"text":"a","text":"b"}"#, " repeated_key"), (#"[]"#, " wrong_type"), (#"{"text":"a","a/b~c":1}"#, "/a~1b~0c unknown_field"),
        ])
    func `what does not fit is named with its place and a code`(_ text: String, _ expected: String) throws {
        #expect(try codes(text).contains(expected))
    }

    @Test func `lengths are counted in Unicode scalars, so that combining marks cannot make a short text long`() {
        let marks = "e" + String(repeating: "\u{301}", count: 20)
        #expect(marks.count == 1)
        #expect(message.mismatches(.of(("text", .string(marks)))).map(\.code) == ["too_long"])
    }

    @Test func `a body with a million keys names few of them`() throws {
        let members = (0..<100_000).map { JSON.Member(key: "k\($0)", value: .null) }
        #expect(message.mismatches(.object(members)).count <= 21)
    }

    @Test func `named shapes are described once, also where they contain themselves by name`() {
        var components: [String: JSON] = [:]
        let shape = Schema.array(Schema.money, most: 3).document(&components)
        #expect(shape["items"]?["$ref"]?.text == "#/components/schemas/Money")
        #expect(components.keys.sorted() == ["Money"])
    }
}

@Suite struct InputReaderTests {
    private func problem(_ bytes: [UInt8]) -> Problem.Code? {
        do {
            _ = try InputReader.read(bytes, as: .anything)
            return nil
        } catch { return (error as? Problem)?.code }
    }

    @Test func `bodies that are no JSON, no UTF-8 or too deep are told apart from good ones`() {
        #expect(problem(Array("{}".utf8)) == nil)
        #expect(problem([]) == .malformedJSON)
        #expect(problem([0x22, 0xFF, 0x22]) == .malformedJSON)
        #expect(problem(Array("{\"a\":".utf8)) == .malformedJSON)
        let fits = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(problem(Array(fits.utf8)) == nil)
        #expect(problem(Array(deep.utf8)) == .malformedJSON)
        #expect(problem(Array(String(repeating: "[", count: 200_000).utf8)) == .malformedJSON)
    }
}
