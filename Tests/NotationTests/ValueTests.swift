import Notation
import Testing

struct ValueTests {
    private func value(_ text: String) throws -> Node {
        try Fields(try Node.parse("a: \(text)", file: "x.yaml"), known: ["a"]).required("a")
    }

    @Test(arguments: [("7", 7), ("-3", -3), ("1_000", 1000), ("+5", 5), ("0", 0)])
    func `a whole number is read`(text: String, expected: Int) throws {
        #expect(try value(text).integer() == expected)
    }

    @Test(arguments: ["1.5", "seven", "'7'", "99999999999999999999", "0x10", "1 000", "٣", "[1]", "_", "1e3", "5 s"])
    func `what is no whole number is refused`(text: String) throws {
        let node = try value(text)
        #expect(throws: NotationError.self) { try node.integer() }
    }

    @Test func `a number out of range says the range`() throws {
        let node = try value("9")
        let fault = #expect(throws: NotationError.self) { try node.integer(in: 1...5) }
        #expect(fault?.what == "expected a whole number from 1 to 5")
        #expect(throws: NotationError.self) { try node.number(in: 0...1) }
        #expect(try node.integer(in: 9...9) == 9)
    }

    @Test(arguments: [("0.5", 0.5), ("1", 1), ("-0.25", -0.25), ("1e-3", 0.001), (".5", 0.5)])
    func `a number with decimals is read`(text: String, expected: Double) throws {
        #expect(try value(text).number(in: -1...1) == expected)
    }

    @Test(arguments: ["nan", ".nan", "inf", ".inf", "-.inf", "infinity", "0,5", "'0.5'", "0x1p-1", "1e400", "half"])
    func `what is no number is refused`(text: String) throws {
        let node = try value(text)
        #expect(throws: NotationError.self) { try node.number(in: -1e300...1e300) }
    }

    @Test(arguments: [("true", true), ("no", false), ("On", true), ("OFF", false), ("yes", true), ("false", false)])
    func `a truth value is read`(text: String, expected: Bool) throws {
        #expect(try value(text).boolean() == expected)
    }

    @Test(arguments: ["'true'", "1", "y", "maybe", "[true]"])
    func `what is no truth value is refused`(text: String) throws {
        let node = try value(text)
        #expect(throws: NotationError.self) { try node.boolean() }
    }

    @Test(arguments: [
        ("250ms", 250), ("30 s", 30_000), ("10 min", 600_000), ("24 h", 86_400_000), ("30d", 2_592_000_000), ("0 s", 0), ("'5 s'", 5000),
    ])
    func `a duration is read with its unit`(text: String, expected: Int64) throws {
        #expect(try value(text).milliseconds() == expected)
    }

    @Test(arguments: [
        "30", "s", "30 seconds", "-5 s", "1.5 s", "9223372036854775807 d", "99999999999999999999 s", "30 s x", "3660 d1", "5 S", "20000 d",
    ])
    func `what is no duration is refused`(text: String) throws {
        let node = try value(text)
        #expect(throws: NotationError.self) { try node.milliseconds() }
    }

    @Test func `a single value counts as a list of one, nothing as an empty list`() throws {
        #expect(try value("x").strings() == ["x"])
        #expect(try value("[x, 1, 'on']").strings() == ["x", "1", "on"])
        #expect(try Node.parse("", file: "x.yaml").items().isEmpty)
        let node = try value("[x, [y]]")
        #expect(throws: NotationError.self) { try node.strings() }
    }

    @Test func `texts are as written`() throws {
        #expect(try value("12").string() == "12")
        #expect(try value("2026-11-30").string() == "2026-11-30")
        #expect(try value("'on'").string() == "on")
        #expect(try value("|\n  two\n  lines\n").string() == "two\nlines\n")
        let node = try value("[x]")
        #expect(throws: NotationError.self) { try node.string() }
    }

    enum Mode: String, CaseIterable { case enforce, shadow }

    @Test func `a word of a fixed set is read, any other refused with a suggestion`() throws {
        #expect(try value("shadow").choice(Mode.self) == .shadow)
        let near = try value("shadwo")
        let hint = #expect(throws: NotationError.self) { try near.choice(Mode.self) }
        #expect(hint?.what == "'shadwo' is not possible here. Did you mean 'shadow'?")
        let far = try value("live")
        let list = #expect(throws: NotationError.self) { try far.choice(Mode.self) }
        #expect(list?.what.hasSuffix("Possible: enforce, shadow.") == true)
    }

    @Test(
        arguments: [
            ("treshold", "threshold"), ("thershold", "threshold"), ("Threshold", "threshold"), ("thresholds", "threshold"),
            ("sayz", "says"), ("xay", nil),
            ("", nil), ("quite another", nil),
        ])
    func `the nearest word is suggested only if it is near`(word: String, expected: String?) {
        #expect(Suggestion.nearest(to: word, among: ["threshold", "says", "weight"]) == expected)
    }

    @Test func `among equally near words the first in the alphabet is suggested, among none nothing`() {
        #expect(Suggestion.nearest(to: "cat", among: ["hat", "bat"]) == "bat")
        #expect(Suggestion.nearest(to: "cat", among: []) == nil)
        #expect(Suggestion.nearest(to: String(repeating: "x", count: 100_000), among: ["says"]) == nil)
    }
}
