import Access
import Foundation
import Metering
import Storage

/// Draws credit and usage.
struct UsageView: Sendable {
    let viewer: Viewer
    let credit: CreditSummary
    let totals: UsageTotals
    let rows: [UsageRow]
    let filter: UsageFilter
    let pace: SpendingPace
    let now: Timestamp

    var page: HTML {
        Layout.page(
            title: "Usage - \(viewer.company)", signedIn: viewer.signedIn(at: "/usage"), look: .wide,
            """
            <main id="main" class="stack"><h1>Credit and usage</h1>\(balance)\(grants)\(form)\(sums)\(table)</main>
            """)
    }

    private func money(_ amount: Money, digits: Int = 4) -> HTML { Words.money(amount, credit.currency, digits: digits) }

    // MARK: Credit

    private var balance: HTML {
        let end: HTML =
            credit.nextExpiry.map { "\(Words.duration($0.since(now))) left<br><span class=\"small\">\(Words.moment($0))</span>" }
            ?? "no end"
        return """
            <dl class="figures"><div><dt>Available</dt><dd>\(money(credit.available, digits: 2))</dd></div>
            <div><dt>Balance</dt><dd>\(money(credit.balance, digits: 2))</dd></div>
            <div><dt>Held for answers under way</dt><dd>\(money(credit.held, digits: 2))</dd></div>
            <div><dt>Next credit ends</dt><dd>\(end)</dd></div>
            <div><dt>Spent per day, last 7 days</dt><dd>\(money(pace.perDay))<br><span class="small">\(money(pace.perDayOfMonth)) over 30 days</span></dd></div>
            <div><dt>Lasts at that pace</dt><dd>\(lasts)</dd></div>
            \(if: credit.overrun > .zero, "<div><dt>Owed beyond the credit</dt><dd>\(money(credit.overrun, digits: 2))</dd></div>")</dl>
            """
    }

    private var lasts: HTML {
        guard let days = pace.days(credit.available) else { return "nothing spent yet" }
        return days == 0 ? "less than a day" : days == 1 ? "1 day" : days > 999 ? "more than 999 days" : "\(days) days"
    }

    private var grants: HTML {
        let rows = credit.grants.map { grant in
            """
            <tr><th scope="row"><bdi>\(grant.key)</bdi></th><td>\(grant.category)</td><td>\(grant.state.rawValue)</td>
            <td class="number">\(money(grant.granted, digits: 2))</td><td class="number">\(money(grant.left, digits: 2))</td>
            <td class="number">\(money(grant.held, digits: 2))</td><td>\(grant.expires.map(Words.time) ?? "never")</td>
            <td>\(grant.timeLeftMilliseconds.map(Words.duration) ?? "")</td></tr>
            """ as HTML
        }
        return """
            <details id="grants"><summary>Credit grants (\(credit.grants.count)), in the order in which they are used</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Credit grants"><table><thead><tr><th scope="col">Grant</th><th scope="col">Kind</th>
            <th scope="col">State</th><th scope="col" class="number">Granted</th><th scope="col" class="number">Left</th>
            <th scope="col" class="number">Held</th><th scope="col">Ends</th><th scope="col">Time left</th></tr></thead><tbody>\(rows)</tbody></table></div></details>
            """
    }

    // MARK: Usage

    private var form: HTML {
        let outcomes = ResponseOutcome.allCases.map { outcome in
            """
            <option value="\(outcome.rawValue)"\(if: outcome == filter.outcome, " selected")>\(outcome.rawValue.replacing("_", with: " "))</option>
            """ as HTML
        }
        return """
            <form class="filter" method="get" action="/usage">
            <div><label for="from">From (UTC)</label><input id="from" name="from" type="date" value="\(day(filter.from))"></div>
            <div><label for="until">To</label><input id="until" name="until" type="date" value="\(day(filter.until?.adding(milliseconds: -1)))"></div>
            <div><label for="assistant">Assistant</label><input id="assistant" name="assistant" value="\(filter.assistant ?? "")" maxlength="200"></div>
            <div><label for="outcome">Outcome</label><select id="outcome" name="outcome"><option value="">Any</option>\(outcomes)</select></div>
            <div><label for="conversation">Conversation</label>
            <input id="conversation" name="conversation" value="\(filter.conversation ?? "")" maxlength="100"></div>
            <button>Show</button><a class="button" href="\(export)" download>CSV</a></form>
            """
    }

    private func day(_ at: Timestamp?) -> String { at.map { String($0.description.prefix(10)) } ?? "" }

    /// The export of the same rows, by the names that the API gives the filter.
    private var export: String {
        let items: [(String, String?)] = [
            ("from", filter.from?.description), ("until", filter.until?.description), ("assistant", filter.assistant),
            ("conversation", filter.conversation), ("outcome", filter.outcome?.rawValue),
        ]
        let query = items.compactMap { name, value in value.map { "\(name)=\(Percent.encoded($0))" } }.joined(separator: "&")
        return "/v1/usage.csv" + (query.isEmpty ? "" : "?" + query)
    }

    private var sums: HTML {
        """
        <dl class="figures"><div><dt>Responses charged</dt><dd>\(Words.count(totals.billedResponses))
        <span class="small">of \(Words.count(totals.responses))</span></dd></div>
        <div><dt>Charged</dt><dd>\(money(totals.charged))</dd></div>
        <div><dt>Cost of models</dt><dd>\(money(totals.cost))\(if: totals.unpricedResponses > 0, Self.tooLow)</dd></div>
        <div><dt>Calls to models</dt><dd>\(Words.count(totals.attempts))\(if: totals.unknownAttempts > 0, unknown)</dd></div>
        <div><dt>Tokens in / out</dt><dd>\(Words.count(input)) / \(Words.count(output))</dd></div></dl>
        """
    }

    private static let tooLow: HTML = "<br><span class=\"small\">some tokens have no price</span>"
    private var unknown: HTML { "<br><span class=\"small\">\(totals.unknownAttempts) without a seen end</span>" }
    private var input: Int { totals.tokens.prefix(3).reduce(0, +) }
    private var output: Int { totals.tokens.dropFirst(3).reduce(0, +) }

    private var table: HTML {
        guard !rows.isEmpty else { return "<p class=\"empty card\">No response yet. Each answer of the assistant becomes a line here.</p>" }
        return """
            <h2>\(if: rows.count == UsagePages.mostRows, "The newest \(rows.count) responses; the CSV has all")\(if: rows.count < UsagePages.mostRows, "Responses, newest first")</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Responses"><table><thead><tr><th scope="col">When</th><th scope="col">Response</th>
            <th scope="col">Assistant</th><th scope="col">Outcome</th><th scope="col">Model</th><th scope="col" class="number">Tokens in</th>
            <th scope="col" class="number">out</th><th scope="col" class="number">Calls</th><th scope="col" class="number">Cost</th>
            <th scope="col" class="number">Charged</th></tr></thead><tbody>\(rows.map(row))</tbody></table></div>
            """
    }

    private func row(_ row: UsageRow) -> HTML {
        """
        <tr><td>\(Words.time(row.createdAt))</td><th scope="row"><a href="/usage/\(Percent.encoded(row.response.text))">\(String(row.response.text.suffix(8)))</a></th>
        <td><bdi>\(row.assistant)</bdi></td><td>\((row.outcome?.rawValue ?? "under way").replacing("_", with: " "))</td><td><bdi>\(row.model ?? "")</bdi></td>
        <td class="number">\(Words.count(row.tokens.prefix(3).reduce(0, +)))</td><td class="number">\(Words.count(row.tokens.dropFirst(3).reduce(0, +)))</td>
        <td class="number">\(row.attemptCount)</td>
        <td class="number">\(money(row.cost))\(if: row.costState != "known", " <span class=\"chip\">\(row.costState.replacing("_", with: " "))</span>")</td>
        <td class="number">\(money(row.charged))\(if: row.isReversed, " <span class=\"chip\">given back</span>")</td></tr>
        """
    }
}
