import Assistant
import Notation
import Support
import Testing
import Web

@testable import Baton

/// `sites:` of a company's file: what is read, and how each mistake is told.
struct SiteSettingsTests {
    private static let site = """
        help-centre:
          name: Help centre
          assistant: help
          origins: ["https://www.quayside.example"]
          greeting: Hello!
          language: de
          looks: { colour: "#0F766E", position: start, launcher: Fragen? }
          lead_form:
            when: before
            fields:
              name:
              email: { required: yes }
              account: { label: Which account?, kind: choice, choices: [Personal, Business], required: yes }
              city: { label: Where are you? }
            consent: { text: You may write to me., link: "https://www.quayside.example/privacy" }
          satisfaction: no
          attachments: no
        """

    private func read(_ text: String, relativeTo folder: String = "/") throws -> SiteReader.Result {
        try SiteReader.read(try Node.parse(text, file: "workspace.yaml"), assistants: try Self.assistants(), relativeTo: folder)
    }

    private static func assistants() throws -> [String: AssistantProfile] {
        let config = try WorkspaceSettings("quayside", in: Project.root + "/Config")
        return config.profile.assistants
    }

    /// The line of a mistake and what is said of it, where one line of the site is written otherwise.
    private func fault(_ old: String, _ new: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> NotationError {
        #expect(Self.site.contains(old), sourceLocation: sourceLocation)
        let error = #expect(throws: NotationError.self, sourceLocation: sourceLocation) { try read(Self.site.replacing(old, with: new)) }
        return try #require(error, sourceLocation: sourceLocation)
    }

    @Test func `a site says how it looks, what it asks and what it takes`() throws {
        let result = try read(Self.site)
        let site = try #require(result.sites.first)
        #expect(result.warnings.isEmpty)
        #expect(site.key == "help-centre" && site.language == .de && !site.asksForSatisfaction && !site.takesAttachments)
        #expect(site.looks.colour.text == "#0f766e" && site.looks.position == .start && site.looks.launcher == "Fragen?")
        #expect(site.looks.textColour == .white)
        let form = try #require(site.leadForm)
        #expect(form.moment == .before && form.fields.map(\.name) == ["name", "email", "account", "city"])
        #expect(form.fields.map(\.isRequired) == [false, true, true, false])
        #expect(form.fields[2].kind == .choice(["Personal", "Business"]) && form.fields[3].kind == .text)
        #expect(form.consent?.link == "https://www.quayside.example/privacy")
    }

    @Test func `a site that says little has everything the shipped widget has, and asks nothing`() throws {
        let site = try #require(try read("abc: { name: Shop, assistant: help }").sites.first)
        #expect(site.looks == Site.Looks() && site.language == .auto && site.leadForm == nil)
        #expect(site.asksForSatisfaction && site.takesAttachments && site.origins.isEmpty)
        #expect(Site.Looks.fault(in: site.looks.colour) == nil && Site.Looks.weakness(of: site.looks.colour) == nil)
    }

    @Test func `a colour that no text can be read on is refused with the nearest that does`() throws {
        let fault = try fault("#0F766E", "#777777")
        #expect(fault.line == 7 && "\(fault)".contains("4.5 : 1") && "\(fault)".contains("4.4 : 1"))
        let near = try #require(Colour("#777777")?.nearest { Site.Looks.fault(in: $0) == nil })
        #expect("\(fault)".contains(near.text))
        #expect(near.contrast(with: near.textOnIt) >= 4.5)
    }

    @Test func `a launcher that is lost on dark or on white pages is a warning, and the site is read`() throws {
        for (colour, page) in [("#0a1a44", "dark"), ("#ffe600", "white")] {
            let result = try read(Self.site.replacing("#0F766E", with: colour))
            #expect(result.sites.first?.looks.colour.text == colour)
            let warning = try #require(result.warnings.first)
            #expect(warning.line == 7 && "\(warning)".contains("\(page) page"))
            let near = try #require(Colour(colour)?.nearest { Site.Looks.fault(in: $0) == nil && Site.Looks.weakness(of: $0) == nil })
            #expect("\(warning)".contains(near.text))
        }
    }

    @Test(arguments: ["red", "#12345", "#1234567", "#12345g", "0f766e0", "", "#０f766e"])
    func `what is no colour is said to be none`(text: String) throws {
        #expect(Colour(text) == nil)
        #expect("\(try fault("#0F766E", text))".contains("is no colour"))
    }

    @Test func `contrast is what WCAG says it is`() throws {
        #expect(Colour.white.contrast(with: Colour("#000000") ?? .white) == 21)
        #expect(abs(Colour.white.contrast(with: Colour("#767676") ?? .white) - 4.54) < 0.01)
        #expect(Colour("#ffffff")?.textOnIt == .ink && Colour("#000080")?.textOnIt == .white)
    }

    @Test(arguments: [
        ("launcher: Fragen?", "luncher: Fragen?", 7, "Did you mean 'launcher'?"),
        ("position: start", "position: left", 7, "Possible: start, end"),
        ("language: de", "language: dutch", 6, "not possible"),
        ("satisfaction: no", "satisfied: no", 16, "unknown key"),
        ("when: before", "when: befor", 9, "Did you mean 'before'?"),
        ("email: { required: yes }", "email: { requird: yes }", 12, "Did you mean 'required'?"),
        ("{ label: Where are you? }", "{ required: yes }", 14, "'label' is missing"),
        ("city: { label: Where are you? }", "city:", 10, "needs a label"),
        ("city: {", "City!: {", 14, "cannot name a field"),
        ("[Personal, Business]", "[Personal]", 13, "2 to 30 choices"),
        ("[Personal, Business]", "[Same, Same]", 13, "each once"),
        ("kind: choice, ", "", 13, "choices are for"),
        ("consent: { text: You may write to me.,", "consent: { text: \" \",", 15, "the text is empty"),
        ("https://www.quayside.example/privacy", "javascript:alert(1)", 15, "no address of a page"),
        ("launcher: Fragen?", "launcher: \"a\\nb\"", 7, "one line"),
        ("attachments: no", "attachments: 3", 17, "expected true or false"),
    ])
    func `a mistake names its line and the way out`(old: String, new: String, line: Int, says: String) throws {
        let fault = try fault(old, new)
        #expect("\(fault)".contains(says), "\(fault)")
        #expect(fault.line == line || fault.line == line - 1 || fault.line == line + 1, "\(fault)")
    }

    @Test func `the version of a consent changes with every word of it`() {
        let one = LeadForm.Consent(text: "You may write.", link: nil)
        #expect(one.version == LeadForm.Consent(text: "You may write.", link: nil).version && one.version.count == 16)
        #expect(one.version != LeadForm.Consent(text: "You may call.", link: nil).version)
        #expect(one.version != LeadForm.Consent(text: "You may write.", link: "https://a.example").version)
    }

    @Test func `the sites of the example company are in order, without a warning`() throws {
        let company = try WorkspaceSettings("quayside", in: Project.root + "/Config")
        #expect(company.sites.map(\.key) == ["quayside-help", "quayside-developers"] && company.warnings.isEmpty)
        #expect(company.sites.first?.leadForm?.moment == .afterHandoff)
    }
}
