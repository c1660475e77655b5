import Prompting
import Testing

struct InlineTestsTests {
    private func outcomes(_ tests: String, body: String = "system:\nBe kind.\n\nhistory:\n\nuser:\nHello {{name}}\n") throws
        -> [PromptTestOutcome]
    {
        let text = World.prompt("input:\n  name: line\ntests:\n\(tests)", body: body)
        return try PromptLibrary(texts: ["small.prompt": text, "fixtures/ines.yaml": "name: Ines\n"]).test().outcomes
    }

    @Test(
        arguments: [
            "{ type: contains, value: \"Hello Ines\" }", "{ type: contains, in: system, value: kind }",
            "{ type: not-contains, value: Tomas }",
            "{ type: not-contains, in: system, value: Ines }", "{ type: tokens-below, value: 50 }", "{ type: roles, count: 3, last: user }",
            "{ type: roles, last: user }",
        ])
    func `an assertion that holds passes`(assertion: String) throws {
        let found = try outcomes("  - vars: fixtures/ines.yaml\n    history: [ { customer: hi } ]\n    assert: [ \(assertion) ]")
        #expect(found.map(\.failures) == [[]])
    }

    @Test(
        arguments: [
            "{ type: contains, value: Tomas }", "{ type: contains, in: system, value: Ines }", "{ type: not-contains, value: Ines }",
            "{ type: not-contains, in: user, value: Hello }", "{ type: tokens-below, value: 5 }", "{ type: roles, count: 2 }",
            "{ type: roles, last: assistant }",
        ])
    func `an assertion that does not hold fails`(assertion: String) throws {
        let found = try outcomes("  - vars: { name: Ines }\n    history: [ { teammate: hi } ]\n    assert: [ \(assertion) ]")
        #expect(found.map { $0.failures.count } == [1])
    }

    @Test func `a test that leaves a value out fails and says which`() throws {
        let found = try outcomes("  - says: forgetful\n    vars: {}\n    assert: [ { type: contains, value: Hello } ]")
        #expect(found.first?.passed == false)
        #expect(found.first?.description.contains("small.prompt:6: FAILED: forgetful") == true)
        #expect(found.first?.failures.first?.contains("no value for name") == true)
    }

    @Test func `the tests of a prompt show what it looks like when filled`() throws {
        let library = try PromptLibrary(folder: World.folder)
        let test = try #require(library.tests(of: "answer").first)
        #expect(try library.render("answer", values: test.values, history: test.history).output == "answer-v1")
        #expect(library.tests(of: "no-such").isEmpty)
    }
}
