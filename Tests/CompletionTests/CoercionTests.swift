import Notation
import Testing

@testable import Completion

struct CoercionTests {
    @Test(arguments: [
        ("17", 17), ("0", 0), ("20", 20), ("17.0", 17), ("0.85", 17), ("0.0", 0), (#""17""#, 17), (#""17/20""#, 17), (#"" 17 / 20 ""#, 17),
        (#""17 out of 20""#, 17), (#""8 of 10""#, 16), (#""4/5""#, 16), (#""85%""#, 17), (#""85 %""#, 17), (#""85 percent""#, 17),
        (#""0.85""#, 17),
        (#""high""#, 16), (#""Very High""#, 18), (#""medium""#, 10), (#""low""#, 5), (#""１７""#, 17), (#""١٧""#, 17), ("[17]", 17),
        (#"{"value":17}"#, 17), (#"{"score":"17/20"}"#, 17), (#""100%""#, 20), ("1", 1), ("1.7e1", 17),
    ])
    func `confidence is understood in every way models write it`(json: String, expected: Int) throws {
        #expect(Coercion.confidence(try JSONReader.read(Array(json.utf8))) == expected)
    }

    @Test(arguments: [
        "21", "90", "-1", "17.5", "1.0", "1e400", "88e8988888998883888", "-0.5", "true", "null", "{}", "[]", "[1,2]", #""NaN""#,
        #""Infinity""#,
        #""110%""#, #""21/20""#, #""17/0""#, #""0/0""#, #""-3%""#, #""nan%""#, #""1e3%""#, #""sure""#, #""""#, #""²""#, #""½""#,
        #""17/20/3""#, #""0x11""#,
        #"{"value":{"value":17}}"#, #"{"confidence":[17]}"#,
    ])
    func `confidence out of range or of unclear meaning is missing`(json: String) throws {
        #expect(Coercion.confidence(try JSONReader.read(Array(json.utf8))) == nil)
    }

    @Test
    func `support is one of three, and true could be two of them`() {
        #expect(Coercion.support("Fully") == .full)
        #expect(Coercion.support("partly") == .partial)
        #expect(Coercion.support("NONE") == Draft.Support.none)
        #expect(Coercion.support(.bool(false)) == Draft.Support.none)
        #expect(Coercion.support(.bool(true)) == nil)
        #expect(Coercion.support("plenty") == nil)
        #expect(Coercion.support(nil) == nil)
    }

    @Test
    func `sentiment is a number or a word in range`() {
        #expect(Coercion.sentiment(-2) == -2)
        #expect(Coercion.sentiment("+1") == 1)
        #expect(Coercion.sentiment("Angry") == -2)
        #expect(Coercion.sentiment(5) == nil)
        #expect(Coercion.sentiment(.number("0.4")) == nil)
    }

    @Test
    func `the wish for a person is believed unless it is clearly a no`() {
        for value: JSON in [true, 1, "yes", "True", "perhaps", "needs review"] { #expect(Coercion.needsHuman(value)) }
        for value: JSON? in [nil, false, 0, "no", "False", "", "none", .null] { #expect(!Coercion.needsHuman(value)) }
    }

    @Test
    func `captured details are texts of bounded size`() throws {
        let object = try JSONReader.read(
            Array(#"{"Email":"ines@quay.example","order":4711,"vip":true,"x":null,"deep":{"a":1},"name":"Ines\u0000\nQ"}"#.utf8))
        #expect(Coercion.captured(object) == ["email": "ines@quay.example", "order": "4711", "vip": "true", "name": "Ines  Q"])
        let list = try JSONReader.read(Array(#"[{"field":"email","value":"a@b.c"},{"name":"order","value":"7"},{"value":"lost"}]"#.utf8))
        #expect(Coercion.captured(list) == ["email": "a@b.c", "order": "7"])
        let many = JSON.object((0..<500).map { JSON.Member(key: "k\($0)", value: .string(String(repeating: "v", count: 5_000))) })
        let captured = Coercion.captured(many)
        #expect(captured.count == 32)
        #expect(captured.values.allSatisfy { $0.count <= 512 })
    }

    @Test
    func `citations come as objects, as bare ids and as pairs`() throws {
        func read(_ text: String) throws -> [Draft.Citation] { Coercion.citations(try JSONReader.read(Array(text.utf8))) }
        let expected = [Draft.Citation(passage: "fees::2", quote: "four weeks")]
        #expect(try read(#"[{"passage":"[fees::2]","quote":"four weeks"}]"#) == expected)
        #expect(try read(#"[{"id":"fees::2","text":"four weeks"}]"#) == expected)
        #expect(try read(#"{"fees::2":"four weeks"}"#) == expected)
        #expect(try read(#"{"passage":"fees::2","quote":"four weeks"}"#) == expected)
        #expect(try read(#"["fees::2"]"#) == [Draft.Citation(passage: "fees::2", quote: "")])
        #expect(try read(#""fees::2""#) == [Draft.Citation(passage: "fees::2", quote: "")])
        #expect(try read("[null,{},[]]") == [])
    }
}
