import Access
import Assistant
import Escalation
import HTTPTypes
import Notation
import Retrieval
import Storage

/// The rules that decide before and beside the model, trying a text on them, and the prompts that are in use.
enum RuleRoutes {
    /// Unicode scalars of a text that is tried; the longest message of a customer.
    private static let longestText = 8_000

    static let all: [Route] = [
        Route(
            .get, "/v1/rules", "listRules", .inbox, "The rules of an assistant, in the order of the file", policy: .staff(.rulesRead),
            query: [assistantParameter], answers: [.init(200, "all of them", RuleShapes.rules)]
        ) { call in .json(RuleShapes.json(try assistant(call.query("assistant"), call))) },
        Route(
            .post, "/v1/rules/tests", "testRules", .inbox,
            "What a customer's words would trigger, rule by rule, with what the search finds; no model is asked and nothing is stored",
            policy: .staff(.rulesRead),
            input: .json(
                .object([
                    .init("text", .lines(1...longestText)),
                    .init("assistant", .text(1...200), "the default one where absent", required: false),
                    .init(
                        "earlier", .array(.lines(1...longestText), most: 20), "what the customer wrote before, oldest first",
                        required: false),
                ]), most: 1 << 20), answers: [.init(200, "every trigger, fired or not", RuleShapes.outcome)]
        ) { try await test($0) },
        Route(
            .get, "/v1/prompts", "listPrompts", .inbox, "The prompts of this installation, by name", policy: .staff(.promptsRead),
            answers: [.init(200, "all of them", .page(of: RuleShapes.prompt))]
        ) { call in
            let assistants = try call.service.desk.profile(call.workspace).assistants.values
            let rows = call.service.desk.prompts.map { note in
                RuleShapes.json(note, assistants: assistants.filter { $0.prompt == note.name }.map(\.name).sorted())
            }
            return .page(rows, next: nil, call)
        },
    ]

    private static let assistantParameter = Route.Parameter("assistant", .text(1...200), "the default one where absent")

    private static func assistant(_ name: String?, _ call: Call) throws -> AssistantProfile {
        let profile = try call.service.desk.profile(call.workspace)
        guard let name else { return profile.usualAssistant }
        guard let assistant = profile.assistants[name] else {
            let known = profile.assistants.keys.sorted().joined(separator: ", ")
            throw Problem.invalid("/assistant", "not_allowed", "names no assistant of this workspace; known: \(known)")
        }
        return assistant
    }

    private static func test(_ call: Call) async throws -> Reply {
        let assistant = try assistant(call.text("assistant"), call)
        let (text, earlier) = (call.text("text") ?? "", call.texts("earlier") ?? [])
        // Somebody spoke between the customer's turns, or they would be one.
        let before = earlier.flatMap { [ThreadView.Message(.customer, $0), ThreadView.Message(.assistant, "…")] }
        let thread = ThreadView(messages: before + [.init(.customer, text)], assistantTurns: earlier.count)
        let judge = Judge(rules: assistant.rules, threshold: assistant.threshold, turnCap: assistant.turnCap)
        var receipt = judge.before(thread)
        if receipt.verdict < .handOver, receipt.cannedMessage == nil {
            let found = try await call.service.library.search(
                SearchQuery(text: text, earlier: earlier, limit: AssistantProfile.passagesPerQuestion), in: assistant.collection)
            receipt = judge.afterSearch(thread, evidence: evidence(found), previous: receipt)
        }
        return .json(RuleShapes.json(receipt, of: assistant))
    }

    private static func evidence(_ found: SearchResult) -> Evidence {
        Evidence(
            passages: found.passages.map { .init(id: $0.id, title: ([$0.title] + $0.headings).joined(separator: " > "), text: $0.text) },
            normScore: found.signals.normScore, coverage: found.signals.coverage, marginSecond: found.signals.marginToSecond,
            marginRest: found.signals.marginToRest, unknownShare: found.signals.unknownShare)
    }
}
