import Assistant
import Escalation
import Foundation
import Inbox
import Metering
import Retrieval
import Storage
import Support

/// Who answers in the benchmarks: one assistant with the example company's rules, one team, one price.
enum Company {
    /// What a delivered response costs.
    static let price = "0.05"
    /// The model's name in the cost book.
    static let model = "scripted-1"

    static func profile(_ collection: Collection) throws -> WorkspaceProfile {
        let file = Project.path("Config/quayside/rules.yaml")
        let rules = try RuleSet.load(yaml: String(contentsOfFile: file, encoding: .utf8), file: file)
        let said = Phrases.Variants(online: "A colleague takes over.", busy: "A colleague takes over.", closed: "A colleague takes over.")
        let assistant = AssistantProfile(
            name: "help", displayName: "Pier", collection: collection, prompt: "answer", rules: rules, threshold: 0.80, turnCap: 8,
            tone: "calm and friendly", language: "English")
        return WorkspaceProfile(
            id: collection.workspace, name: "Quayside", zone: "Europe/Lisbon", assistants: [assistant.name: assistant],
            defaultAssistant: assistant.name, phrases: Phrases(Dictionary(uniqueKeysWithValues: Phrases.requiredKeys.map { ($0, said) })),
            routes: [], teams: [team: "Customer care"], defaultTeam: team)
    }

    /// Brings the store up to it: an account with more than enough credit, prices, the team.
    static func apply(to store: Store, _ meter: Meter, _ workspace: WorkspaceID) async throws {
        let now = Clock.system.now()
        let began = Timestamp(milliseconds: 1_767_225_600_000)
        let book = PriceBook(
            currency: "USD",
            prices: [
                try Price(book: .sell, sku: "ai-response", measure: .response, unitPrice: Money(price), effectiveFrom: began),
                try Price(book: .cost, sku: model, measure: .input, unitPrice: Price.perMillionTokens("0.15"), effectiveFrom: began),
                try Price(book: .cost, sku: model, measure: .output, unitPrice: Price.perMillionTokens("0.60"), effectiveFrom: began),
            ])
        let credit = try Money("100000")
        try await store.write { transaction in
            try meter.openAccount(
                for: workspace, currency: "USD", grant: credit, expires: now.adding(milliseconds: 86_400_000), in: transaction)
            try meter.setPrices(book, for: workspace, in: transaction)
            try Inbox(of: workspace).save(Team(id: team, name: "Customer care", isDefault: true), at: now, in: transaction)
        }
    }

    private static let team = TeamID("frontline")
}
