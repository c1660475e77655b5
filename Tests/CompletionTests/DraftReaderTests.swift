import Notation
import Testing

@testable import Completion

struct DraftReaderTests {
    static let valid = #"""
        {"plan":"fees::2 settles it","support":"full","citations":[{"passage":"fees::2","quote":"four to six weeks"}],
        "answer":"A manual check takes four to six weeks. You can \"speed it up\":\n- send the form","missing":null,
        "follow_ups":["Where is the form?"],"intent":"Verification","sentiment":-1,"captured":{"email":"ines@quay.example"},
        "needs_human":false,"reason":null,"summary":"Ines asks how long it takes.","confidence":17}
        """#
    static let answer = "A manual check takes four to six weeks. You can \"speed it up\":\n- send the form"

    private func read(_ text: String) -> Draft? { DraftReader().read(text) }

    @Test
    func `the object asked for is read field by field`() throws {
        let draft = try #require(read(Self.valid))
        #expect(draft.parsedBy == .strict)
        #expect(draft.answer == Self.answer)
        #expect(draft.support == .full)
        #expect(draft.citations == [Draft.Citation(passage: "fees::2", quote: "four to six weeks")])
        #expect(draft.missing == nil)
        #expect(draft.followUps == ["Where is the form?"])
        #expect(draft.intent == "verification")
        #expect(draft.sentiment == -1)
        #expect(draft.captured == ["email": "ines@quay.example"])
        #expect(!draft.needsHuman)
        #expect(draft.reason == nil)
        #expect(draft.summary == "Ines asks how long it takes.")
        #expect(draft.confidence == 17)
        #expect(draft.isWhole)
    }

    @Test(arguments: [
        ("```json\n\(valid)\n```", Draft.Rung.extracted), ("```\n\(valid)```", .extracted),
        ("Sure! Here it is:\n\(valid)\nAnything else?", .extracted),
        ("<think>The user says {\"answer\":\"no\"} hm</think>\n\(valid)", .extracted), ("so the answer is... </think>\(valid)", .extracted),
        ("[\(valid)]", .extracted), ("{\"result\":\(valid)}", .extracted), ("{\"note\":\"x\"} and then \(valid)", .extracted),
        ("Use {name} here: \(valid)", .extracted), ("\u{FEFF} \(valid) ", .strict),
        (String(repeating: "\n \t", count: 20) + valid, .strict),
        (valid + "\n" + valid.replacing("17}", with: "3}"), .extracted),
    ])
    func `the object is found inside what surrounds it`(text: String, rung: Draft.Rung) throws {
        let draft = try #require(read(text))
        #expect(draft.answer == Self.answer)
        #expect(draft.confidence == 17)
        #expect(draft.parsedBy == rung)
    }

    @Test
    func `an object encoded once too often is opened`() throws {
        let quoted = String(decoding: JSON.string(Self.valid).bytes, as: UTF8.self)
        #expect(try #require(read(quoted)).answer == Self.answer)
        #expect(try #require(read(String(quoted.dropFirst().dropLast()))).answer == Self.answer)
        #expect(try #require(read(#"{"answer": \#(quoted)}"#)).answer == Self.answer)
        let html = Self.valid.replacing("\"", with: "&quot;").replacing("\\&quot;", with: "")
        #expect(try #require(read(html)).confidence == 17)
    }

    @Test
    func `fields are salvaged from debris`() throws {
        let draft = try #require(read(#"… "answer": "Four weeks.", oops ]] "confidence": 17, "support": "full" ..."#))
        #expect(draft.parsedBy == .salvaged)
        #expect(draft.answer == "Four weeks.")
        #expect(draft.confidence == 17)
        #expect(draft.support == .full)
    }

    @Test(arguments: [
        #"{"answer":"Four weeks.","missi\ng":null,"confidence":17}"#, #"{"answer":"Four weeks."?"missing":null,"intent":"x"}"#,
        "{\"answer\":\"Four weeks.\",\n\"#x\":null, confidence 17",
    ])
    func `what follows a damaged answer is not part of it`(text: String) throws {
        #expect(try #require(read(text)).answer == "Four weeks.")
    }

    @Test
    func `quoted words in a damaged answer stay`() throws {
        #expect(
            try #require(read(#"{"answer":"Choose "Fees", "Limits" or \"Keys\", \"Tax\".","confidence":17"#)).answer
                == #"Choose "Fees", "Limits" or "Keys", "Tax"."#)
    }

    @Test
    func `labelled lines are fields`() throws {
        let draft = try #require(read("**Answer:** Four weeks.\nOr six.\n\n**Confidence:** 17/20\n- Support: full"))
        #expect(draft.parsedBy == .salvaged)
        #expect(draft.answer == "Four weeks.\nOr six.")
        #expect(draft.confidence == 17)
    }

    @Test
    func `plain text is the answer and everything else is missing`() throws {
        let draft = try #require(read("It takes four to six weeks. Note: send the form first."))
        #expect(draft.parsedBy == .plain)
        #expect(draft.answer == "It takes four to six weeks. Note: send the form first.")
        #expect(draft.confidence == nil)
        #expect(draft.support == nil)
        #expect(draft.citations == [])
        #expect(try #require(read("```\nFour weeks.\n```<|im_end|>")).answer == "Four weeks.")
        #expect(try #require(read("<think>hm</think>Four weeks.")).answer == "Four weeks.")
        #expect(try #require(read("Four weeks [see the form](https://quay.example/form).")).answer.hasPrefix("Four"))
    }

    @Test(arguments: [
        "", " \n", "{", "{}", "[]", "null", "{\"foo\":1}", "[{\"foo\":1}]", "Here: {\"foo\": 1}", "\"confidence\": 17}",
        "<html><body>Log in</body></html>",
        "<think>I wonder about", "<tool_call>{\"name\":\"x\"}</tool_call>", #"{"plan":"p","support":"full","citations":[{"pass"#,
        #"{\"answ"#,
        "<|im_end|>", "```json\n{\"support\":\"full\"", #"{"answer":""}"#, #"{"answer":null}"#,
        #"{"answer":"{\"confidence\":3,\"support\":\"x\"}"}"#,
    ])
    func `debris, pages and thoughts are never shown to a customer`(text: String) {
        let draft = read(text)
        #expect(draft == nil || draft?.answer == "")
    }

    @Test
    func `no answer is a draft where the model says why`() throws {
        let draft = try #require(
            read(#"{"support":"none","citations":[],"answer":"","missing":"the fee in 2027","needs_human":true,"confidence":2}"#))
        #expect(draft.answer == "")
        #expect(draft.needsHuman)
        #expect(draft.missing == "the fee in 2027")
    }

    @Test
    func `an answer may speak of JSON without being it`() throws {
        #expect(
            try #require(read(#"{"answer":"Send {\"amount\": 5} to the API.","confidence":12}"#)).answer
                == "Send {\"amount\": 5} to the API.")
    }

    @Test
    func `names spelt otherwise are the same names`() throws {
        let draft = try #require(read(#"{"Answer":"Yes","needsHuman":"true","Follow-Ups":["a"],"CONFIDENCE":"90%"}"#))
        #expect(draft.answer == "Yes")
        #expect(draft.needsHuman)
        #expect(draft.followUps == ["a"])
        #expect(draft.confidence == 18)
        #expect(try #require(read(#"{"response":"Yes","confidence":5}"#)).answer == "Yes")
    }

    @Test
    func `two confidences that differ are none`() throws {
        #expect(try #require(read(#"{"answer":"a","confidence":3,"confidence":19}"#)).confidence == nil)
        #expect(try #require(read(#"{"answer":"a","confidence":19,"confidence":"19"}"#)).confidence == 19)
    }

    @Test
    func `an answer cut in the middle says so`() throws {
        let draft = try #require(read(#"{"support":"full","answer":"Four to s"#))
        #expect(draft.answer == "Four to s")
        #expect(draft.parsedBy == .repaired)
        #expect(!draft.isWhole)
        #expect(try #require(read(#"{"answer":"Four weeks.","summary":"Ines as"#)).isWhole)
    }

    @Test
    func `control characters and overrides of direction do not reach the customer`() throws {
        let draft = try #require(read("{\"answer\":\"a\\u0000b\\u001b[31m\\u202ec\\td\\ne\\u0007\",\"confidence\":1}"))
        #expect(draft.answer == "ab[31mc\td\ne")
    }

    @Test
    func `an answer without end is cut at its limit`() throws {
        let draft = try #require(read(#"{"answer":"\#(String(repeating: "ä", count: 20_000))"}"#))
        #expect(draft.answer.count == Draft.largestAnswer)
        #expect(!draft.isWhole)
    }

    @Test
    func `a draft survives being stored`() throws {
        #expect(Draft.Rung.allCases.sorted() == Draft.Rung.allCases)
        #expect(Draft.Rung.strict < .plain)
    }
}
