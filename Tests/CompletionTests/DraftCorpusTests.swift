import Notation
import Testing

@testable import Completion

/// Replies damaged by rule rather than by hand: what a customer gets must be the answer, a part of it that says it is one, or nothing.
struct DraftCorpusTests {
    private static let answers = [
        "It takes four to six weeks.", "Yes: the fee is 0.1 %, \"maker\" orders are free.",
        "Bitte senden Sie das Formular – wir prüfen es.",
        "First do this,\nthen that:\n- one\n- two", "Use the app (Settings > Security), then [the form](https://quay.example/f?a=1&b=2).",
        "Costs: {none}. Time: [short]. It's easy, isn't it?", "手续费为0.1%。", "Set \\ as the path, 100% sure \u{1F600}",
    ]

    private static func contract(_ answer: String) -> String {
        String(
            decoding: JSON.of(
                ("plan", "fees::2 settles it"), ("support", "full"),
                ("citations", [.of(("passage", "fees::2"), ("quote", "four to six weeks"))]), ("answer", .string(answer)),
                ("missing", .null),
                ("follow_ups", ["Where?"]), ("intent", "fees"), ("sentiment", 0), ("captured", .of(("email", "ines@quay.example"))),
                ("needs_human", false), ("reason", .null), ("summary", "Ines asks about fees."), ("confidence", 17)
            ).bytes, as: UTF8.self)
    }

    /// Each takes a valid reply and gives a damaged one from which the answer can still be understood.
    private static let damages: [(String, @Sendable (String) -> String)] = [
        ("valid", { $0 }), ("fence", { "```json\n\($0)\n```" }), ("fence without end", { "```json\n\($0)" }),
        ("preamble", { "Sure, here you go:\n\n\($0)" }),
        ("afterword", { "\($0)\n\nLet me know if you need more!" }), ("both", { "Of course.\n```\n\($0)\n```\nHope it helps {smile}" }),
        ("thought", { "<think>\nThe customer wants {x: 1}\n</think>\n\($0)" }),
        ("thought without opening", { "hm, \"maybe\"...\n</think>\n\n\($0)" }),
        ("trailing comma", { $0.dropLast() + ",}" }), ("no last brace", { String($0.dropLast()) }), ("two braces too many", { $0 + "}}" }),
        ("cut after the answer", { String($0[..<($0.firstRange(of: ",\"missing\"")?.lowerBound ?? $0.endIndex)]) }),
        ("cut in the summary", { String($0[..<($0.firstRange(of: "asks about")?.upperBound ?? $0.endIndex)]) }),
        ("python words", { $0.replacing(":null", with: ": None").replacing(":false", with: ": False") }),
        (
            "bare keys",
            { text in
                ["plan", "support", "citations", "answer", "missing", "confidence", "summary"].reduce(text) {
                    $0.replacing("\"\($1)\":", with: "\($1): ")
                }
            }
        ),
        (
            "comments",
            { $0.replacing(",\"answer\"", with: ", // the answer\n\"answer\"").replacing(",\"summary\"", with: " /* s */ ,\"summary\"") }
        ),
        ("missing comma", { $0.replacing(",\"missing\"", with: "\n\"missing\"") }),
        ("missing bracket", { $0.replacing("}],\"answer\"", with: "},\"answer\"") }),
        ("missing brace", { $0.replacing("\"}],\"answer\"", with: "\"],\"answer\"") }),
        ("raw line feeds", { $0.replacing("\\n", with: "\n") }),
        ("unescaped quotes", { $0.replacing("\\\"", with: "\"") }),
        ("typographic quotes", { $0.replacing("\"answer\":", with: "“answer”:") }),
        ("an array", { "[\($0)]" }), ("a wrapper", { "{\"output\":\($0)}" }),
        ("a string", { String(decoding: JSON.string($0).bytes, as: UTF8.self) }),
        ("escaped", { String(String(decoding: JSON.string($0).bytes, as: UTF8.self).dropFirst().dropLast()) }),
        ("no braces", { String($0.dropFirst().dropLast()) }),
        ("two objects", { "{\"thought\":\"I will answer\"}\n\($0)" }), ("twice", { "\($0)\n\($0)" }),
        ("camel case", { $0.replacing("needs_human", with: "needsHuman") }),
        ("colon missing", { $0.replacing("\"missing\":", with: "\"missing\" ") }), ("17/20", { $0.replacing(":17}", with: ":17/20}") }),
        ("NaN", { $0.replacing(":17}", with: ":NaN}") }), ("huge", { $0.replacing(":17}", with: ":1e999}") }),
        ("garbage first", { "]]}}\u{0}, \($0)" }),
        (
            "deep",
            {
                $0.replacing(
                    "\"follow_ups\":[\"Where?\"]",
                    with: "\"follow_ups\":" + String(repeating: "[", count: 600) + String(repeating: "]", count: 600))
            }
        ),
        ("end mark", { $0 + "<|im_end|>" }), ("spaces", { $0.replacing("\":", with: "\"   \n\n :  \t ") }),
        ("semicolons", { $0.replacing(",\"missing\"", with: ";\"missing\"") }),
        ("single quoted keys", { $0.replacing("\"answer\":", with: "'answer':").replacing("\"summary\":", with: "'summary':") }),
        ("extra fields", { "{\"x\":{\"y\":[1,2,{\"z\":null}]}," + $0.dropFirst() }), ("debris around", { "{{{ \($0)" }),
    ]

    @Test
    func `of several hundred damaged replies nearly all still give the answer, and none shows JSON`() {
        var (count, readable, exact) = (0, 0, 0)
        var lost: [String] = []
        for answer in Self.answers {
            for (name, damage) in Self.damages {
                count += 1
                let draft = DraftReader().read(damage(Self.contract(answer)))
                let text = draft?.answer ?? ""
                if text.isEmpty { lost.append("\(name): \(answer)") } else { readable += 1 }
                if text == answer { exact += 1 } else { lost.append("\(name): \(answer) became \(text)") }
                #expect(!ReplyText.looksLikeContract(text), "\(name) shows JSON: \(text)")
            }
        }
        print("corpus: \(count) damaged replies, \(readable) gave an answer, \(exact) exactly the one that was meant")
        for line in lost { print("  not exact: \(line)") }
        #expect(count >= 300)
        #expect(readable * 100 >= count * 99)
        #expect(exact * 100 >= count * 95)
    }

    @Test
    func `every beginning of a valid reply is read without harm, and never gives words the reply does not have`() {
        for answer in Self.answers {
            let bytes = Array(Self.contract(answer).utf8)
            for length in 0...bytes.count {
                let draft = DraftReader().read(String(decoding: bytes[..<length], as: UTF8.self))
                let text = draft?.answer ?? ""
                #expect(
                    Coercion.trimmed(answer).hasPrefix(Coercion.trimmed(text.replacing("\u{FFFD}", with: ""))),
                    "after \(length) bytes: \(text)")
                if !text.isEmpty, text != answer { #expect(draft?.isWhole == false) }
            }
        }
    }

    @Test
    func `a reply broken at random places never traps and never shows its own keys`() {
        var random = SeededRandom(seed: 20)
        let alphabet = Array("{}[]\",:'\\ \n`#/*<>e0-".utf8) + [0, 0xE2, 0x80, 0x9C, 0xFF]
        for round in 0..<1_500 {
            var bytes = Array(Self.contract(Self.answers[round % Self.answers.count]).utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
                default: bytes[place] = alphabet.randomElement(using: &random) ?? 0
                }
            }
            let text = DraftReader().read(String(decoding: bytes, as: UTF8.self))?.answer ?? ""
            #expect(!ReplyText.looksLikeContract(text), "shows JSON: \(text)")
        }
    }

    @Test
    func `random bytes never trap any reader`() {
        var random = SeededRandom(seed: 3)
        let alphabet = Array("{}[]\",:'\\ \nanswer`#/*<>e0-.data".utf8)
        for _ in 0..<1_500 {
            let length = Int.random(in: 0...200, using: &random)
            let isWild = Bool.random(using: &random)
            let bytes = (0..<length).map { _ in
                isWild ? UInt8.random(in: 0...255, using: &random) : alphabet.randomElement(using: &random) ?? 0
            }
            _ = DraftReader().read(String(decoding: bytes, as: UTF8.self))
            _ = DraftReader().read("{\"answer\":" + String(decoding: bytes, as: UTF8.self))
            var reader = ReplyReader(limit: 1_000)
            _ = try? reader.feed(bytes)  // a fault is as good as a reply here
            reader.finish(isWhole: Bool.random(using: &random))
            _ = EndpointError(body: bytes)
            var stream = EventStream()
            _ = try? stream.feed(bytes)  // the same
            _ = stream.finish()
        }
    }

    /// A size at which anything quadratic would take minutes; the test ends because nothing is. (5 MB: see the benchmark.)
    @Test(arguments: [
        "\"", "{", "[", "{\"a\":", "\"answer\":\"", "\\", "<think>", "'", "{\"answer\":[", "\n\"", ", \"x", "`", "“", "// ", "answer:\n",
        "{a", "/*",
    ])
    func `a quarter of a megabyte of the same damage is read in linear time`(piece: String) {
        let text = String(repeating: piece, count: 250_000 / piece.utf8.count)
        let draft = DraftReader().read(text)
        #expect(!ReplyText.looksLikeContract(draft?.answer ?? ""))
        _ = DraftReader().read("{\"answer\":\"" + text)
    }

    @Test
    func `a sound answer among five megabytes is found`() {
        let padding = String(repeating: "x ", count: 2_500_000)
        #expect(DraftReader().read(#"{"plan":"\#(padding)","answer":"Four weeks.","confidence":9}"#)?.answer == "Four weeks.")
    }
}
