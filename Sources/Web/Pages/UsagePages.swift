import Access
import Foundation
import HTTPTypes
import Metering
import Storage

/// What finance opens: what is left and until when, what was used and charged, and every response down to its price lines. All figures come from the ledger's own
/// queries; nothing is added up here.
enum UsagePages {
    static let all: [Route] = [
        Route(
            .get, "/usage", "usagePage", .pages, "Credit and usage", policy: .person(.usageRead),
            answers: [.init(200, "a page", type: "text/html"), .init(422, "with what was not understood", type: "text/html")]
        ) { try await list($0) },
        Route(
            .post, "/usage/ledger-verification", "verifyLedgerForm", .pages, "Checks every journal and shows what came of it",
            policy: .person(.usageRead), input: .form, answers: [.init(303, "to the page")]
        ) { try await verify($0) },
        Route(
            .get, "/usage/{response}", "responsePage", .pages, "One response: what it cost and why", policy: .person(.usageRead),
            answers: [.init(200, "a page", type: "text/html")]
        ) { try await one($0) },
    ]

    /// Rows of the page; the export has them all.
    static let mostRows = 100

    private static func list(_ call: Call) async throws -> Reply {
        let viewer = try await call.pageViewer()
        let (meter, workspace) = (call.service.meter, call.workspace)
        let (asked, now) = (UsageQuestion(call), call.now)
        let filter = asked.filter
        let after = try call.position(count: 2, list: asked.query).flatMap(UsageRoutes.position)
        let (credit, totals, found, sums, choices, pace) = try await call.service.store.read { snapshot in
            (
                try meter.credit(of: workspace, in: snapshot), try meter.totals(of: workspace, filter, in: snapshot),
                try meter.usage(of: workspace, filter, after: after, limit: mostRows + 1, in: snapshot),
                try meter.sums(by: asked.grouping, of: workspace, filter, in: snapshot),
                try meter.usageChoices(of: workspace, in: snapshot),
                SpendingPace(
                    week: try meter.totals(of: workspace, UsageFilter(from: now.adding(milliseconds: -7 * day)), in: snapshot).charged,
                    month: try meter.totals(of: workspace, UsageFilter(from: now.adding(milliseconds: -30 * day)), in: snapshot).charged)
            )
        }
        let last = found.count > mostRows ? found.prefix(mostRows).last?.position : nil
        let older = last.map { call.cursor(["\($0.createdAt.milliseconds)", $0.response.text], list: asked.query) }
        let chart = UsageChart(sums, by: asked.grouping, filter, currency: credit.currency, now: now)
        return UsageView(
            viewer: viewer, credit: credit, totals: totals, rows: Array(found.prefix(mostRows)), asked: asked, choices: choices,
            chart: chart,
            older: older, isOlder: after != nil, verified: call.service.lastVerification(of: workspace), pace: pace, now: now
        ).page.reply(status: asked.faults.isEmpty ? 200 : 422)
    }

    /// Goes through the whole ledger, and the page shows what came of it.
    private static func verify(_ call: Call) async throws -> Reply {
        _ = try await call.service.verifyLedger(of: call.workspace)
        return .onTo("/usage#ledger")
    }

    /// In milliseconds.
    private static let day: Int64 = 86_400_000

    private static func one(_ call: Call) async throws -> Reply {
        let viewer = try await call.pageViewer()
        let (meter, workspace) = (call.service.meter, call.workspace)
        let response = ResponseID(call.place("response"))
        let (explanation, currency) = try await call.service.store.read { snapshot in
            (try meter.explain(response, of: workspace, in: snapshot), try meter.credit(of: workspace, in: snapshot).currency)
        }
        guard let explanation else { throw Problem.notFound }
        return ResponseView(viewer: viewer, explanation: explanation, currency: currency).page.reply
    }
}

/// What the form of the usage page asks for. Empty fields do not restrict; what makes no sense does not either, and is said beside its field.
struct UsageQuestion: Sendable {
    var filter = UsageFilter()
    var grouping = UsageGrouping.day
    /// What was not understood, by field.
    var faults: [String: String] = [:]
    /// As it stands in the address, without the place in the list.
    let query: String

    private static let day: Int64 = 86_400_000
    private static let names = ["from", "until", "assistant", "model", "outcome", "conversation", "by"]

    init(_ call: Call) {
        func text(_ name: String) -> String? { call.query(name).flatMap { $0.isEmpty ? nil : $0 } }
        let given = Self.names.compactMap { name in text(name).map { (name, $0) } }
        query = given.map { "\($0)=\(Percent.encoded($1))" }.joined(separator: "&")
        filter.assistant = text("assistant")
        filter.model = text("model")
        filter.conversation = text("conversation")
        for name in ["from", "until"] {
            guard let written = text(name) else { continue }
            guard let beginning = Self.beginning(written) else {
                faults[name] = "Write the day as year-month-day, such as 2026-11-30."
                continue
            }
            if name == "from" { filter.from = beginning } else { filter.until = beginning.adding(milliseconds: Self.day) }
        }
        if let from = filter.from, let until = filter.until, from >= until { faults["until"] = "This day lies before the first one." }
        if let written = text("outcome") {
            filter.outcome = ResponseOutcome(rawValue: written)
            if filter.outcome == nil { faults["outcome"] = "There is no such outcome." }
        }
        if let written = text("by") {
            grouping = UsageGrouping(rawValue: written) ?? .day
            if UsageGrouping(rawValue: written) == nil { faults["by"] = "Bars are drawn by day, assistant or model." }
        }
    }

    /// The export of the same rows, by the names that the API gives the filter.
    var export: String {
        let items: [(String, String?)] = [
            ("from", filter.from?.description), ("until", filter.until?.description), ("assistant", filter.assistant),
            ("model", filter.model), ("conversation", filter.conversation), ("outcome", filter.outcome?.rawValue),
        ]
        let query = items.compactMap { name, value in value.map { "\(name)=\(Percent.encoded($0))" } }.joined(separator: "&")
        return "/v1/usage.csv" + (query.isEmpty ? "" : "?" + query)
    }

    /// The beginning of a day in UTC: `2026-11-30`.
    private static func beginning(_ text: String) -> Timestamp? {
        // A longer text is a date with something behind it; what cannot be read as a date is told beside its field, whatever the reason.
        guard text.utf8.count == 10, let date = try? Date(text, strategy: Date.ISO8601FormatStyle().year().month().day()) else {
            return nil
        }
        return Timestamp(milliseconds: Int64(date.timeIntervalSince1970) * 1000)
    }
}

/// How fast credit goes: what was charged in the last 7 and 30 days.
struct SpendingPace: Sendable {
    let week: Money
    let month: Money

    /// The average of the last 7 days.
    var perDay: Money { Money(pico: week.pico / 7) }
    /// The average of the last 30 days.
    var perDayOfMonth: Money { Money(pico: month.pico / 30) }

    /// For how many whole days that much lasts at the pace of the last 7 days; nil where nothing was spent.
    func days(_ available: Money) -> Int64? {
        guard perDay > .zero else { return nil }
        return max(0, available.pico) / perDay.pico
    }
}
