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
            answers: [.init(200, "a page", type: "text/html")]
        ) { try await list($0) },
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
        let (filter, now) = (Self.filter(call), call.now)
        let (credit, totals, rows, pace) = try await call.service.store.read { snapshot in
            (
                try meter.credit(of: workspace, in: snapshot), try meter.totals(of: workspace, filter, in: snapshot),
                try meter.usage(of: workspace, filter, limit: mostRows, in: snapshot),
                SpendingPace(
                    week: try meter.totals(of: workspace, UsageFilter(from: now.adding(milliseconds: -7 * day)), in: snapshot).charged,
                    month: try meter.totals(of: workspace, UsageFilter(from: now.adding(milliseconds: -30 * day)), in: snapshot).charged)
            )
        }
        return UsageView(viewer: viewer, credit: credit, totals: totals, rows: rows, filter: filter, pace: pace, now: now).page.reply
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

    /// What a form with empty fields asks for: what is empty or makes no sense does not restrict.
    private static func filter(_ call: Call) -> UsageFilter {
        func text(_ name: String) -> String? { call.query(name).flatMap { $0.isEmpty ? nil : $0 } }
        return UsageFilter(
            from: text("from").flatMap(beginning), until: text("until").flatMap(beginning)?.adding(milliseconds: day),
            assistant: text("assistant"), conversation: text("conversation"), outcome: text("outcome").flatMap(ResponseOutcome.init))
    }

    /// The beginning of a day in UTC: `2026-11-30`.
    private static func beginning(_ text: String) -> Timestamp? {
        // What is no date does not restrict, as the doc comment of `filter` says.
        guard let date = try? Date(text, strategy: Date.ISO8601FormatStyle().year().month().day()) else { return nil }
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
