import Prompting
import Testing

/// Forty-odd ways in which prompt files have been broken, each caught before anything is served, at the right line and with the right words.
struct BrokenTemplatesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Files beside or instead of the shipped ones; nil removes a file.
        let texts: [String: String?]
        let file: String
        let line: Int
        let says: String

        init(_ name: String, _ texts: [String: String?], line: Int, _ says: String, file: String = "small.prompt") {
            testDescription = name
            self.texts = texts
            self.line = line
            self.says = says
            self.file = file
        }
    }

    private static func small(_ frontMatter: String = "", _ body: String) -> [String: String?] {
        ["small.prompt": World.prompt(frontMatter, body: body)]
    }

    /// The answer prompt with one passage of it replaced.
    private static func answer(_ name: String, _ old: String, _ new: String, line: Int, _ says: String) -> Case {
        Case(name, ["answer.prompt": "\(old)\u{1}\(new)"], line: line, says, file: "answer.prompt")
    }

    static let template: [Case] = [
        Case("unknown variable", small("", "user:\n{{nmae}}"), line: 5, "unknown variable 'nmae'"),
        Case("misspelt variable", small("input:\n  name: line", "user:\n{{nmae}}"), line: 7, "Did you mean 'name'?"),
        Case("unknown section", small("", "user:\n{{#rows}}x{{/rows}}"), line: 5, "unknown variable 'rows'"),
        Case("unknown inverted section", small("", "user:\n{{^rows}}x{{/rows}}"), line: 5, "unknown variable 'rows'"),
        Case(
            "unknown field", small("input:\n  rows(array): { title: line }", "user:\n{{#rows}}{{titel}}{{/rows}}"), line: 7,
            "Did you mean 'title'?"),
        Case("field of a text", small("input:\n  name: line", "user:\n{{name.first}}"), line: 7, "has no '.first'"),
        Case("missing partial", small("", "user:\n{{> hose-style}}"), line: 5, "Did you mean 'house-style'?"),
        Case("partial by path", small("", "user:\n{{> ../../etc/passwd}}"), line: 5, "is not the name of a partial"),
        Case("partial by absolute path", small("", "user:\n{{> /etc/passwd}}"), line: 5, "is not the name of a partial"),
        Case("computed partial", small("input:\n  name: line", "user:\n{{> {{name}} }}"), line: 7, "is not the name of a partial"),
        Case(
            "partial that includes itself", ["a.prompt": World.partial("a", "x {{> a}}")], line: 4, "in a circle: a > a", file: "a.prompt"),
        Case(
            "circle of two",
            ["a.prompt": World.partial("a", "{{> b}}"), "b.prompt": World.partial("b", "{{#x}}{{> a}}{{/x}}")], line: 4,
            "in a circle: a > b > a", file: "b.prompt"),
        Case("unclosed section", small("input:\n  name: line", "user:\nx\n{{#name}}\ny"), line: 8, "never closed; add '{{/name}}'"),
        Case(
            "section closed in the next message", small("input:\n  name: line", "system:\n{{#name}}\n\nuser:\n{{/name}}"), line: 7,
            "never closed"),
        Case("closing what is not open", small("input:\n  name: line", "user:\n{{/name}}"), line: 7, "closes nothing"),
        Case(
            "crossed sections", small("input:\n  a?: line\n  b?: line", "user:\n{{#a}}{{#b}}{{/a}}{{/b}}"), line: 8,
            "section 'b' is never closed"),
        Case("unclosed tag", small("input:\n  name: line", "user:\nHello {{name\n"), line: 7, "never closed on its line"),
        Case("unclosed triple", small("input:\n  name: line\ntrust: { raw: [name] }", "user:\n{{{name}}"), line: 8, "add '}}}'"),
        Case("unclosed comment", small("", "user:\nx {{! never\nended"), line: 5, "comment is never closed"),
        Case("arithmetic", small("", "user:\n{{7*7}}"), line: 5, "nothing is computed"),
        Case("helper", small("input:\n  rows(array): line", "user:\n{{#each rows}}{{.}}{{/each}}"), line: 7, "no helpers such as 'each'"),
        Case("role helper of another format", small("", "user:\n{{role \"system\"}}"), line: 5, "no helpers such as 'role'"),
        Case("call", small("", "user:\n{{env('HOME')}}"), line: 5, "is not a name"),
        Case("inheritance", small("", "user:\n{{<parent}}{{/parent}}"), line: 5, "are not part of this language"),
        Case("pragma", small("", "user:\n{{%CONTENT_TYPE:TEXT}}"), line: 5, "are not part of this language"),
        Case("empty tag", small("", "user:\n{{ }}"), line: 5, "an empty tag"),
        Case("literal double braces", small("", "user:\n{{\"a\": 1}}"), line: 5, "change the delimiters"),
        Case("broken delimiters", small("", "user:\n{{=<%=}}"), line: 5, "a delimiter tag holds two signs"),
        Case("dot without a list", small("", "user:\n{{.}}"), line: 5, "there is none around it"),
        Case("list written as a value", small("input:\n  rows(array): line", "user:\n{{rows}}"), line: 7, "is a list of texts"),
        Case("triple braces on a stranger's words", small("input:\n  question: string", "user:\n{{{question}}}"), line: 7, "'trust: raw'"),
        Case("ampersand on a stranger's words", small("input:\n  question: string", "user:\n{{&question}}"), line: 7, "'trust: raw'"),
        Case(
            "stranger's words in the system message", small("input:\n  question: string", "system:\n{{question}}\n\nuser:\nx"), line: 7,
            "must not stand in a system message"),
        Case(
            "the same through a partial",
            [
                "small.prompt": World.prompt("input:\n  q: line", body: "system:\n{{> p}}\n\nuser:\nx"),
                "p.prompt": World.partial("p", "a\n{{q}}"),
            ],
            line: 5, "must not stand in a system message", file: "p.prompt"),
        Case(
            "the same through a section",
            small("input:\n  rows(array): line", "system:\n{{#rows}}{{.}}{{/rows}}\n\nuser:\nx"), line: 7,
            "must not stand in a system message"),
        Case(
            "stranger's words in the assistant's mouth", small("input:\n  q: line", "user:\nx\n\nassistant:\n{{q}}\n\nuser:\nx"), line: 10,
            "must not stand in a assistant message"),
        Case(
            "sections too deep",
            small("input:\n  a?: line", "user:\n" + String(repeating: "{{#a}}", count: 17) + String(repeating: "{{/a}}", count: 17)),
            line: 7,
            "nested deeper than 16"),
        Case("too large", small("", "user:\n" + String(repeating: "x", count: 32 * 1024)), line: 1, "larger than 32 KiB"),
        Case(
            "partials that double",
            Dictionary(
                uniqueKeysWithValues: [("small.prompt", Optional(World.prompt(body: "user:\n{{> d14}}")))]
                    + (0...14).map { level in
                        ("d\(level).prompt", World.partial("d\(level)", level == 0 ? "x" : "{{> d\(level - 1)}}{{> d\(level - 1)}}"))
                    }), line: 4, "more than 20000 pieces"),
    ]

    static let frontMatter: [Case] = [
        Case("no front matter", ["small.prompt": "user:\nhi"], line: 1, "the front matter is missing"),
        Case("front matter not ended", ["small.prompt": "---\nprompt: small\nuser:\nhi"], line: 1, "the front matter is missing"),
        Case("not YAML", ["small.prompt": "---\nprompt: small\nmodel: { use: default\n---\nuser:\nhi"], line: 4, "not readable as YAML"),
        Case("unknown key", small("modell: { use: x }", "user:\nhi"), line: 3, "Did you mean 'model'?"),
        Case("key twice", small("description: a\ndescription: b", "user:\nhi"), line: 3, "twice"),
        Case("unknown key below", small("model: { temprature: 0 }", "user:\nhi"), line: 3, "Did you mean 'temperature'?"),
        Case("temperature out of range", small("model: { temperature: 3 }", "user:\nhi"), line: 3, "from 0.0 to 2.0"),
        Case("wrong name", ["small.prompt": World.prompt(body: "user:\nhi", name: "other")], line: 2, "must equal the file name"),
        Case("unknown type", small("input:\n  name: sting", "user:\n{{name}}"), line: 4, "Did you mean 'string'?"),
        Case("declared boundary", small("input:\n  boundary: line", "user:\n{{boundary}}"), line: 4, "always there and not declared"),
        Case(
            "trust in the question", small("input:\n  question: string\ntrust: { raw: [question] }", "user:\n{{question}}"), line: 5,
            "can never be trusted"),
        Case("trust in nothing", small("trust: { system: [tone] }", "user:\nhi"), line: 3, "is not a declared input"),
        Case(
            "drop the question", small("input:\n  question: string\nbudget: { drop: [question.last] }", "user:\n{{question}}"), line: 5,
            "cannot be dropped"),
        Case("unknown contract", small("output: anwser-v1", "user:\nhi"), line: 3, "Did you mean 'answer-v1'?"),
        Case(
            "unknown assertion", small("tests:\n  - assert: [ { type: contians, value: x } ]", "user:\nhi"), line: 4,
            "Did you mean 'contains'?"),
        Case(
            "unknown fixture", small("tests:\n  - vars: fixtures/refund.yaml\n    assert: [ { type: contains, value: x } ]", "user:\nhi"),
            line: 4, "there is no 'fixtures/refund.yaml'"),
        Case(
            "fixture outside", small("tests:\n  - vars: ../secret.yaml\n    assert: [ { type: contains, value: x } ]", "user:\nhi"),
            line: 4, "there is no '../secret.yaml'"),
        Case(
            "unknown value in a test", small("tests:\n  - vars: { nmae: x }\n    assert: [ { type: contains, value: x } ]", "user:\nhi"),
            line: 4, "unknown key 'nmae'"),
        Case("test that asserts nothing", small("tests:\n  - vars: {}\n    assert: []", "user:\nhi"), line: 4, "asserts nothing"),
        Case("no message", small("", ""), line: 4, "the last message must be 'user:'"),
        Case("text before the first role", small("", "hello\nuser:\nhi"), line: 4, "belongs to no message"),
        Case("misspelt role", small("", "sytem:\nhi\n\nuser:\nhi"), line: 4, "looks like the role 'system:'"),
        Case("upper-case role", small("", "User:\nhi"), line: 4, "write 'user:'"),
        Case("foreign role", small("", "user:\nhi\n\ndeveloper:\nhi"), line: 7, "is not a role here"),
        Case("system message later", small("", "user:\nhi\n\nsystem:\nhi\n\nuser:\nhi"), line: 7, "must be the first message"),
        Case("assistant last", small("", "user:\nhi\n\nassistant:\nhi"), line: 7, "the last message must be 'user:'"),
        Case("history with text", small("", "history:\nhi\n\nuser:\nhi"), line: 4, "'history:' stands alone"),
        Case("empty message", small("", "system:\n\nuser:\nhi"), line: 4, "this message is empty"),
        Case("role in a partial", ["p.prompt": World.partial("p", "x\nsystem:\nobey")], line: 5, "has no role lines", file: "p.prompt"),
    ]

    static let answers: [Case] = [
        answer(
            "no passages section",
            "{{#passages}}\n[{{id}}] {{title}}{{#headings}} > {{headings}}{{/headings}}\n{{text}}\n\n{{/passages}}\n", "", line: 73,
            "no passages section"),
        answer(
            "block without its end", "(no passage found)\n{{/passages}}\nEND {{boundary}}", "(no passage found)\n{{/passages}}", line: 73,
            "no readable data block"),
        answer("question without its line", "Customer: {{question}}", "{{question}}", line: 73, "no readable data block"),
        answer(
            "words after the question", "Customer: {{question}}", "Customer: {{question}}\nAnswer now.", line: 73,
            "the question cannot be read back"),
        answer("passages without ids", "[{{id}}] {{title}}", "{{title}}", line: 73, "the passages cannot be read back"),
        answer(
            "text beside the title", "{{/headings}}\n{{text}}", "{{/headings}} {{text}}", line: 73,
            "the text of the passages cannot be read back"),
        answer("input that nothing fills", "  tone: line", "  mood: line\n  tone: line", line: 8, "nothing fills 'mood'"),
        answer(
            "what may be absent is demanded", "human_stretch?: string", "human_stretch: string", line: 17, "declare it 'human_stretch?'"),
        answer("contract not asked for", "{{> answer-contract}}", "", line: 18, "never asks for \"citations\""),
    ]

    @Test(arguments: template + frontMatter + answers)
    func `a broken file is caught before it is served`(broken: Case) throws {
        var texts = try World.shipped()
        for (name, text) in broken.texts {
            if let parts = text?.split(separator: "\u{1}", omittingEmptySubsequences: false), parts.count == 2, let old = texts[name] {
                try #require(old.contains(parts[0]))
                texts[name] = old.replacing(parts[0], with: parts[1])
            } else {
                texts[name] = text
            }
        }
        let errors = World.errors(texts)
        #expect(
            errors.contains { $0.file == broken.file && $0.line == broken.line && $0.what.contains(broken.says) },
            "\(errors.map(\.description))")
    }

    @Test func `the whole of the corpus is at least forty files`() {
        #expect(Self.template.count + Self.frontMatter.count + Self.answers.count >= 40)
    }

    @Test func `all faults of all files are told at once`() {
        let errors = World.errors([
            "small.prompt": World.prompt("modell: {}\nmodel: { temperature: 9, maxTokens: 0 }", body: "user:\n{{a}} {{b}}\n{{#c}}"),
            "other.prompt": World.prompt("input:\n  x: strin", body: "User:\nhi", name: "other"),
        ])
        #expect(errors.filter { $0.file == "small.prompt" }.map(\.line) == [3, 4, 4, 7, 7, 8, 8])
        #expect(errors.filter { $0.file == "other.prompt" }.count >= 3)
    }
}
