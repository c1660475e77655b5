import Prompting
import Testing

/// The template language, case by case. Names of groups follow the Mustache specification (mustache/spec 1.4).
struct MustacheTests {
    private static let people = """
          name?: string
          big?: boolean
          count?: integer
          labels?(array): line
          people?(array): { name: line, phone?: line }
          home?(object): { city: line, street?(object): { number: line } }
        """

    private static let values: PromptValues = [
        "name": .text("Ines"), "big": .flag(true), "count": .number(0), "labels": .texts(["a", "b"]),
        "people": .list([["name": .text("Mara"), "phone": .text("7")], ["name": .text("Jonas")]]),
        "home": .fields(["city": .text("Porto"), "street": .fields(["number": .text("12")])]),
    ]

    @Test(
        arguments: [
            ("5 < 6 & \"{{name}}\"", "5 < 6 & \"Ines\""),
            ("{{ name }}{{name}}", "InesInes"),
            ("{\"a\": {\"b\": {{count}}}}", "{\"a\": {\"b\": 0}}"),
            ("{ } }} }}} {", "{ } }} }}} {"),
            ("{{big}}/{{count}}", "true/0"),
            ("{{home.city}} {{home.street.number}}", "Porto 12"),
            ("{{#home}}{{city}} {{street.number}}{{/home}}", "Porto 12"),
            ("{{#labels}}<{{.}}>{{/labels}}", "<a><b>"),
            ("{{#name}}Hello {{.}}{{/name}}", "Hello Ines"),
            ("{{#people}}{{name}}{{#phone}} ({{phone}}){{/phone}};{{/people}}", "Mara (7);Jonas;"),
            ("{{#people}}{{^phone}}{{name}}{{/phone}}{{/people}}", "Jonas"),
            ("{{#big}}yes{{/big}}{{^big}}no{{/big}}", "yes"),
            ("{{#count}}zero is a number{{/count}}", "zero is a number"),
            ("a{{! a remark }}b", "ab"),
            ("a{{! over\n two lines }}b", "ab"),
            ("{{=<% %>=}}{{name}} <%name%> <%={{ }}=%>{{name}}", "{{name}} Ines Ines"),
            ("{{=| |=}}|name| {{x}}", "Ines {{x}}"),
            ("{{#people}}\n{{=<% %>=}}\n<%name%>\n<%/people%>\n", "Mara\nJonas"),
        ])
    func `a template is filled in`(template: String, expected: String) throws {
        #expect(try World.render(template, input: Self.people, Self.values) == expected)
    }

    @Test(
        arguments: [
            ("|\n{{#big}}\nx\n{{/big}}\n|", "|\nx\n|"),
            ("|\n  {{#big}}  \nx\n\t{{/big}}\n|", "|\nx\n|"),
            ("|\n{{^big}}\nx\n{{/big}}\n|", "|\n|"),
            ("|\n{{! remark }}\n|", "|\n|"),
            ("|\n{{!\n remark\n}}\n|", "|\n|"),
            ("|\n{{=<% %>=}}\n|", "|\n|"),
            ("|\n{{#big}} x\n{{/big}}\n|", "|\n x\n|"),
            ("|\n{{#big}}{{/big}}\n|", "|\n\n|"),
            ("|\n{{name}}\n|", "|\nInes\n|"),
            ("|\n{{#people}}\n- {{name}}\n{{/people}}\n|", "|\n- Mara\n- Jonas\n|"),
        ])
    func `a tag alone on its line takes the line with it`(template: String, expected: String) throws {
        #expect(try World.render(template, input: Self.people, Self.values) == expected)
    }

    @Test func `what is absent is left out, sections and all`() throws {
        let body = "{{#name}}x{{/name}}{{#labels}}x{{/labels}}{{#people}}x{{/people}}{{#home}}x{{/home}}{{^name}}none{{/name}}"
        #expect(try World.render(body, input: Self.people) == "none")
        #expect(try World.render("{{^labels}}none{{/labels}}", input: Self.people, ["labels": .texts([])]) == "none")
        #expect(try World.render("{{^name}}none{{/name}}", input: Self.people, ["name": .text("")]) == "none")
    }

    @Test func `an absent field is not filled by a value of the same name further out`() throws {
        let input = "  phone: line\n  people(array): { name: line, phone?: line }"
        let values: PromptValues = ["phone": .text("outer"), "people": .list([["name": .text("Jonas")]])]
        #expect(
            try World.render("{{#people}}{{name}}{{#phone}}{{phone}}{{/phone}}{{/people}}{{phone}}", input: input, values) == "Jonasouter")
    }

    @Test func `a name outside the section is reached from inside`() throws {
        #expect(try World.render("{{#labels}}{{name}}{{.}} {{/labels}}", input: Self.people, Self.values) == "Inesa Inesb")
    }

    @Test func `values are never read as templates`() throws {
        #expect(try World.render("{{name}}", input: Self.people, ["name": .text("{{big}} {{> x}} {{#y}}")]) == "{{big}} {{> x}} {{#y}}")
    }

    @Test func `a partial sees the names of the place that includes it, and keeps its indentation`() throws {
        let partials = ["greeting": "Hello {{name}},\n\nwelcome.\n"]
        #expect(try World.render("{{> greeting}}", input: Self.people, Self.values, partials: partials) == "Hello Ines,\n\nwelcome.")
        #expect(
            try World.render("|\n  {{> greeting}}\n|", input: Self.people, Self.values, partials: partials)
                == "|\n  Hello Ines,\n\n  welcome.\n|")
        #expect(
            try World.render("{{#people}}{{> who}} {{/people}}", input: Self.people, Self.values, partials: ["who": "<{{name}}>"])
                == "<Mara> <Jonas>")
    }

    @Test func `a value with several lines is not indented by its partial`() throws {
        let rendered = try World.render(
            "|\n  {{> quote}}\n|", input: Self.people, ["name": .text("one\ntwo")], partials: ["quote": "{{#name}}\n{{name}}\n{{/name}}\n"])
        #expect(rendered == "|\n  one\ntwo\n|")
    }

    @Test func `delimiters changed outside do not reach into a partial`() throws {
        let rendered = try World.render(
            "{{=<% %>=}}<%> who%> {{name}}", input: Self.people, Self.values, partials: ["who": "{{name}}"])
        #expect(rendered == "Ines {{name}}")
    }

    @Test func `triple braces give a trusted input as it is, double braces without hidden characters`() throws {
        let text = World.prompt("input:\n  company: line\ntrust: { raw: [company] }", body: "user:\n{{{company}}}|{{&company}}|{{company}}")
        let library = try PromptLibrary(texts: ["small.prompt": text])
        let rendered = try library.render("small", values: ["company": .text("Quay\u{200B}side")])
        #expect(rendered.messages.last?.content == "Quay\u{200B}side|Quay\u{200B}side|Quayside")
    }

    @Test func `a fault names line and column`() {
        let faults = World.errors(["small.prompt": World.prompt(body: "user:\nfirst line\nä {{nmae}} and {{/x}}\n")])
        #expect(faults.map(\.line) == [6, 6])
        #expect(faults.map(\.column) == [3, 16])
        #expect(faults.first?.description.hasPrefix("small.prompt:6:3: error: unknown variable 'nmae'") == true)
    }

    @Test func `a template of nothing but opening tags is read to its end`() {
        let faults = World.errors(["small.prompt": World.prompt(body: "user:\n" + String(repeating: "{{#a}}", count: 5000))])
        #expect(faults.contains { $0.what.contains("nested deeper than 16") })
        let unclosed = World.errors(["small.prompt": World.prompt(body: "user:\n" + String(repeating: "{{", count: 15_000))])
        #expect(!unclosed.isEmpty)
    }
}
