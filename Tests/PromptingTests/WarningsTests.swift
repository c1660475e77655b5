import Prompting
import Testing

struct WarningsTests {
    private func warnings(_ frontMatter: String = "", _ body: String) -> [String] {
        World.faults(["small.prompt": World.prompt(frontMatter, body: body)]).map { "\($0.level.rawValue) \($0.line): \($0.what)" }
    }

    @Test func `an unused input is worth a warning`() {
        let found = warnings("input:\n  name: line\n  other: line", "user:\n{{other}}\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("warning 4: the input 'name' is never used") == true)
    }

    @Test(arguments: ["{\"confidence\": 17}", "confidence: 0.9", "Confidence = \"95\"", "'confidence': 20, not 20"])
    func `a number as an example of confidence is worth a warning`(text: String) {
        #expect(warnings("", "user:\n\(text)\n").contains { $0.hasPrefix("warning 5: a number as an example") })
    }

    @Test(
        arguments: [
            "\"confidence\": a whole number from 0 to 20", "confidence: 0-20", "\"confidence\": 0 to 20", "confidence: 0..20",
            "with 20 % confidence",
            "confidence is asked in 3 steps",
        ])
    func `a scale for confidence is none`(text: String) {
        #expect(warnings("", "user:\n\(text)\n").isEmpty)
    }

    @Test func `confidence asked before the answer is worth a warning, also through a partial`() {
        #expect(warnings("", "user:\n\"confidence\" then \"answer\"\n").first?.contains("ask for it last") == true)
        #expect(warnings("", "user:\n\"answer\" then \"confidence\"\n").isEmpty)
        let faults = World.faults([
            "small.prompt": World.prompt(body: "user:\n{{> p}} \"answer\"\n"), "p.prompt": World.partial("p", "\"confidence\""),
        ])
        #expect(faults.contains { $0.level == .warning && $0.what.contains("ask for it last") })
    }

    @Test func `an HTML entity is worth a warning`() {
        #expect(warnings("", "user:\nAT&amp;T\n").first?.contains("'&amp;'") == true)
        #expect(warnings("", "user:\nAT&T < B\n").isEmpty)
    }

    @Test func `an optional value outside its section is worth a warning`() {
        #expect(warnings("input:\n  name?: line", "user:\nHello {{name}}\n").first?.contains("leaves a hole") == true)
        #expect(warnings("input:\n  name?: line", "user:\n{{#name}}Hello {{name}}{{/name}}!\n").isEmpty)
    }

    @Test func `a partial that nobody includes is worth a warning`() {
        let faults = World.faults(["small.prompt": World.prompt(body: "user:\nhi\n"), "p.prompt": World.partial("p", "{{anything}}")])
        #expect(faults.map(\.what).contains { $0.hasPrefix("no prompt uses this partial") })
    }

    @Test func `warnings do not stop a prompt from being served`() throws {
        let library = try PromptLibrary(texts: ["small.prompt": World.prompt("input:\n  name?: line", body: "user:\nhi\n")])
        #expect(library.warnings.count == 1)
        #expect(try library.render("small", values: [:]).messages.count == 1)
    }
}
