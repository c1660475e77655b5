import Assistant
import Escalation
import Foundation
import Inbox
import Metering
import Notation
import Storage
import Support
import Testing

@testable import Baton

/// A company's folder: what is read, and how every mistake is told.
struct WorkspaceSettingsTests {
    private static let workspace = """
        name: Quayside
        currency: USD
        zone: Europe/Lisbon
        credit: { grant: "50.00", expires_after: 90 d }
        assistants:
          help: { name: Pier, documents: help, prompt: answer, rules: rules.yaml, threshold: 0.7, turn_cap: 5, tone: Calm. }
        teams:
          frontline: { name: Customer care, skills: [general] }
          payments:
            name: Payments
            hours: { zone: Europe/Lisbon, open: { mon-fri: "08:00-20:00", sat: ["09:00-12:00", "13:00-17:00"] }, closed_on: ["2026-12-25"] }
        teammates:
          mara: { name: Mara, email: mara@quayside.example, teams: [frontline], skills: [general], capacity: 6 }
          jonas: { name: Jonas, teams: [payments, frontline] }
        routes:
          - { topic: fees, team: payments, skill: cards, priority: high }
          - { reason: frustration, team: frontline }
        default_team: frontline

        """
    private static let rules = """
        version: 1
        topics:
          - name: fees
            says: What something costs.
            when: { words: [fee, fees] }
            examples: { fires: ["what fee"], quiet: ["hello"] }
        rules: []

        """
    private static let messages = """
        handoff: { online: "{{team}} comes.", busy: "{{team}} is busy.", closed: "{{team}} opens {{opens}}." }
        offer_person: A person?
        greeting: Hello {{customer}}
        thanks: Welcome
        goodbye: Bye
        still_waiting: "{{team}} has it."

        """
    private static let prices = """
        currency: USD
        sell:
          - { sku: ai-response, from: 2026-01-01, response: "0.05" }
        cost:
          - { model: m, from: 2026-01-01, source: list, per_million_tokens: { input: "0.15", output: "0.60" } }

        """

    /// The settings of a folder with these changes to its files.
    private func read(_ change: (inout [String: String]) -> Void = { _ in }) throws -> WorkspaceSettings {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        var files = [
            "workspace.yaml": Self.workspace, "rules.yaml": Self.rules, "messages.yaml": Self.messages, "prices.yaml": Self.prices,
        ]
        change(&files)
        for (name, text) in files { try folder.write(text, to: "quayside/\(name)") }
        return try WorkspaceSettings("quayside", in: folder.path)
    }

    /// The fault of one changed line in a file.
    private func fault(
        _ file: String, _ old: String, _ new: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> NotationError {
        let error = #expect(throws: NotationError.self, sourceLocation: sourceLocation) {
            _ = try read { files in
                let text = files[file] ?? ""
                #expect(text.contains(old), "the test changes nothing", sourceLocation: sourceLocation)
                files[file] = text.replacing(old, with: new)
            }
        }
        let fault = try #require(error, sourceLocation: sourceLocation)
        #expect(fault.file.hasSuffix(file) && fault.line > 0, sourceLocation: sourceLocation)
        return fault
    }

    @Test func `the whole of a company is read`() throws {
        let settings = try read()
        #expect(settings.profile.name == "Quayside" && settings.profile.defaultAssistant == "help" && settings.currency == "USD")
        #expect(try settings.grant == Money("50") && settings.grantExpiresAfter == 90 * 86_400_000)
        let assistant = settings.profile.usualAssistant
        #expect(assistant.displayName == "Pier" && assistant.threshold == 0.7 && assistant.turnCap == 5 && assistant.language == "English")
        #expect(settings.teams.count == 2 && settings.teams.first { $0.isDefault }?.id == TeamID("frontline"))
        let payments = try #require(settings.teams.first { $0.id == TeamID("payments") })
        #expect(payments.members == [TeammateID("jonas")] && payments.hours?.weekly.count == 7)
        #expect(settings.people.map(\.id).count == 2)
        #expect(settings.people.first { $0.id == TeammateID("mara") }?.capacity == 6)
        #expect(
            settings.profile.routes.count == 2 && settings.profile.routes[0].skill == "cards"
                && settings.profile.routes[0].priority == .high)
        #expect(settings.prices.prices.count == 3)
        #expect(settings.profile.phrases.text("greeting", values: ["customer": "Ines"]) == "Hello Ines")
    }

    @Test func `the example company is in order`() throws {
        let names = WorkspaceSettings.names(in: Project.path("Config"))
        #expect(names == ["quayside"])
        let settings = try WorkspaceSettings("quayside", in: Project.path("Config"))
        #expect(settings.profile.assistants.count == 2 && settings.teams.count == 4 && settings.people.count == 5)
        let demo = try DemoQuestions(settings.folder + "/demo.yaml")
        #expect(demo.questions.count == 20 && !demo.examples.isEmpty)
    }

    @Test func `a misspelt key is refused with its line and a suggestion, wherever it stands`() throws {
        let top = try fault("workspace.yaml", "default_team: frontline", "default_tem: frontline")
        #expect(top.what.contains("default_team"))
        #expect(try fault("workspace.yaml", "turn_cap: 5", "turncap: 5").what.contains("turn_cap"))
        #expect(try fault("workspace.yaml", "capacity: 6", "capcity: 6").what.contains("capacity"))
        #expect(try fault("workspace.yaml", "skill: cards", "skil: cards").what.contains("skill"))
        #expect(try fault("workspace.yaml", "closed_on:", "closedon:").what.contains("closed_on"))
        #expect(try fault("prices.yaml", "sell:", "sel:").what.contains("sell"))
        #expect(try fault("messages.yaml", "busy:", "bussy:").what.contains("busy"))
    }

    @Test func `a text that nothing ever says is a misspelt key`() throws {
        let error = try fault("messages.yaml", "thanks: Welcome", "thanks: Welcome\nhandoff_askd: Soon")
        #expect(error.what.contains("Did you mean 'handoff_asked'"))
    }

    @Test func `a rule that names a message or a team that does not exist is refused`() throws {
        func rule(_ consequence: String) -> String {
            Self.rules.replacing(
                "rules: []",
                with: """
                    rules:
                      - id: greeting
                        says: A greeting.
                        when: { words: [hello], whole: true }
                        \(consequence)
                        examples: { fires: [hello], quiet: [fee] }
                    """)
        }
        #expect(throws: CommandError.self) { _ = try read { $0["rules.yaml"] = rule("then: canned\n    message: greting") } }
        #expect(throws: CommandError.self) {
            _ = try read { $0["rules.yaml"] = rule("then: hand_over\n    reason: rule_other\n    route: { team: paymants }") }
        }
        #expect(throws: Never.self) { _ = try read { $0["rules.yaml"] = rule("then: canned\n    message: greeting") } }
    }

    @Test func `a zone that is none is refused`() throws {
        let error = try fault("workspace.yaml", "zone: Europe/Lisbon\ncredit", "zone: Europe/Lissabon\ncredit")
        #expect(error.line == 3 && error.what.contains("Lissabon"))
        #expect(try fault("workspace.yaml", "{ zone: Europe/Lisbon", "{ zone: Lisbon").line == 11)
    }

    @Test func `a team or topic or reason that does not exist is refused where it stands`() throws {
        #expect(try fault("workspace.yaml", "teams: [payments, frontline]", "teams: [paymants]").what.contains("payments"))
        #expect(try fault("workspace.yaml", "default_team: frontline", "default_team: front").what.contains("frontline"))
        let topic = try fault("workspace.yaml", "topic: fees", "topic: fee")
        #expect(topic.what.contains("Did you mean 'fees'"))
        #expect(try fault("workspace.yaml", "reason: frustration", "reason: frustrated").what.contains("frustration"))
        #expect(try fault("workspace.yaml", "topic: fees, team: payments", "topic: fees, team: pay").what.contains("pay"))
        #expect(try fault("workspace.yaml", "reason: frustration, team", "reason: frustration, topic: fees, team").what.contains("either"))
    }

    @Test(arguments: [
        "20:00-08:00", "8-20", "08:00", "08:00-25:00", "08:61-09:00", "08:00-08:00", "x", "-", "99999999999999999999:00-20:00",
    ])
    func `hours that are none are refused`(_ hours: String) throws {
        let error = try fault("workspace.yaml", "\"08:00-20:00\"", "\"\(hours)\"")
        #expect(error.line == 11 && error.what.contains("hours"))
    }

    @Test(arguments: ["monday", "fri-mon", "mon-tue-wed", "mon-"])
    func `days that are none are refused`(_ days: String) throws {
        #expect(try fault("workspace.yaml", "mon-fri:", "\(days):").what.contains("day"))
    }

    @Test func `holidays that are no dates are refused`() throws {
        _ = try fault("workspace.yaml", "\"2026-12-25\"", "\"25.12.2026\"")
    }

    @Test func `amounts and durations are exact or refused`() throws {
        #expect(try fault("workspace.yaml", "\"50.00\"", "\"fifty\"").line == 4)
        #expect(try fault("workspace.yaml", "90 d", "90").line == 4)
        #expect(try fault("workspace.yaml", "threshold: 0.7", "threshold: 1.7").line == 6)
        #expect(try fault("workspace.yaml", "turn_cap: 5", "turn_cap: 0").line == 6)
    }

    @Test func `a negative grant is refused`() throws {
        #expect(try fault("workspace.yaml", "\"50.00\"", "\"-50.00\"").line == 4)
    }

    @Test func `a phrase with an unknown variable, an empty one, or a missing one is refused`() throws {
        let unknown = try fault("messages.yaml", "Hello {{customer}}", "Hello {{custmer}}")
        #expect(unknown.line == 3 && unknown.what.contains("{{customer}}"))
        #expect(try fault("messages.yaml", "\"{{team}} comes.\"", "\"opens {{opens}}\"").what.contains("closed"))
        #expect(try fault("messages.yaml", "thanks: Welcome", "thanks: \"  \"").what.contains("empty"))
        #expect(try fault("messages.yaml", "goodbye: Bye\n", "").what.contains("goodbye"))
        #expect(try fault("messages.yaml", ", busy: \"{{team}} is busy.\"", "").what.contains("busy"))
    }

    @Test func `a rules file with a fault is refused with its line, a missing file is named`() throws {
        let faults = #expect(throws: RuleSetFaults.self) {
            _ = try read { $0["rules.yaml"] = Self.rules.replacing("words: [fee, fees]", with: "wrds: [fee]") }
        }
        #expect(faults?.description.contains("rules.yaml:5") == true)
        let missing = #expect(throws: CommandError.self) { _ = try read { $0["messages.yaml"] = nil } }
        #expect(missing?.exit == .configuration && missing?.description.contains("messages.yaml") == true)
    }

    @Test func `prices are exact decimals from a day on, in the company's currency`() throws {
        #expect(try fault("prices.yaml", "currency: USD", "currency: EUR").what.contains("USD"))
        #expect(try fault("prices.yaml", "\"0.05\"", "\"0,05\"").line == 3)
        #expect(try fault("prices.yaml", "from: 2026-01-01, response", "from: 2026-13-01, response").what.contains("2026-13-01"))
        #expect(try fault("prices.yaml", "input: \"0.15\"", "inptu: \"0.15\"").what.contains("input"))
        _ = try fault("prices.yaml", "\"0.05\"", "\"-0.05\"")
        let settings = try read {
            $0["prices.yaml"] = Self.prices.replacing("2026-01-01, response", with: "\"2026-01-01T12:00:00Z\", response")
        }
        let sell = try #require(settings.prices.prices.first { $0.book == .sell })
        #expect(try sell.effectiveFrom.milliseconds == 1_767_268_800_000 && sell.unitPrice == Money("0.05"))
        let input = try #require(settings.prices.prices.first { $0.measure == .input })
        #expect(try input.unitPrice == Price.perMillionTokens("0.15"))
    }

    @Test(arguments: ["Quayside", "quay side", "..", "quay/side", ""])
    func `a folder name that could be a path or a surprise is refused`(_ name: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        #expect(throws: CommandError.self) { _ = try WorkspaceSettings(name, in: folder.path) }
    }
}
