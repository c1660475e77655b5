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
    let asked: UsageQuestion
    let choices: UsageChoices
    let chart: UsageChart
    /// The cursor of the next page.
    let older: String?
    /// Whether the newest rows are not shown.
    let isOlder: Bool
    let verified: LedgerVerification?
    let pace: SpendingPace
    let now: Timestamp

    var page: HTML {
        Layout.page(
            title: "Usage - \(viewer.company)", signedIn: viewer.signedIn(at: "/usage"), look: .wide, script: "plain.js",
            styles: ["usage.css"],
            """
            <main id="main" class="stack"><h1>Credit and usage</h1>\(balance)\(warnings)\(grants)\(form)\(sums)\(chart.html)\(table)\(ledger)</main>
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

    /// Grants of which half, most or all is used: in words, before the money is gone.
    private var warnings: HTML {
        let lines = credit.grants.filter { $0.state == .active && $0.granted > .zero }.compactMap { grant -> HTML? in
            let used = Int((Double(grant.granted.pico - grant.left.pico) / Double(grant.granted.pico) * 100).rounded(.down))
            guard used >= 50 else { return nil }
            return
                "<p class=\"\(used >= 80 ? "alert" : "banner")\">Of the credit <bdi>\(grant.key)</bdi>, \(used) % is used: \(money(grant.left, digits: 2)) of \(money(grant.granted, digits: 2)) is left.</p>"
        }
        return .all(lines)
    }

    private var ledger: HTML {
        let words: HTML =
            verified.map { last in
                last.report.isSound
                    ? "<p><span class=\"chip kept\">verified</span> \(Words.time(last.at)): \(Words.count(Int(last.report.journals))) journals, every sum and hash right. The newest hash is <code>\(String(last.report.head.prefix(16)))</code>.</p>"
                    : "<p class=\"alert\" role=\"alert\">\(Words.time(last.at)): \(last.report.findings.count) findings. <code>baton ledger verify</code> names them; keep a backup before anything else.</p>"
            } ?? "<p class=\"quiet\">Nobody has gone through the books since the service was started.</p>"
        return """
            <section class="card ledger" id="ledger" aria-labelledby="ledger-is"><h2 id="ledger-is">Ledger</h2>\(words)
            <form method="post" action="/usage/ledger-verification"><input type="hidden" name="csrf" value="\(viewer.csrf)"><button>Verify now</button></form></section>
            """
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
        """
        <form class="filter" id="filter" method="get" action="/usage">
        \(field("from", "From (UTC)", "<input id=\"from\" name=\"from\" type=\"date\" value=\"\(day(asked.filter.from))\"\(describedBy("from"))>"))
        \(field("until", "To", "<input id=\"until\" name=\"until\" type=\"date\" value=\"\(day(asked.filter.until?.adding(milliseconds: -1)))\"\(describedBy("until"))>"))
        \(choice("assistant", "Assistant", choices.assistants, asked.filter.assistant))
        \(choice("model", "Model", choices.models, asked.filter.model))
        \(choice("outcome", "Outcome", ResponseOutcome.allCases.map(\.rawValue), asked.filter.outcome?.rawValue))
        <div><label for="conversation">Conversation</label>
        <input id="conversation" name="conversation" value="\(asked.filter.conversation ?? "")" maxlength="100"></div>
        <button name="by" value="\(chart.grouping.rawValue)">Show</button><a class="button" href="\(asked.export)" download>CSV</a>\(if: !asked.query.isEmpty, "<a class=\"button plain\" href=\"/usage\">All</a>")</form>
        """
    }

    private func field(_ name: String, _ label: HTML, _ input: HTML) -> HTML {
        let fault = asked.faults[name].map { "<p class=\"alert small\" id=\"\(name)-fault\" role=\"alert\">\($0)</p>" as HTML }
        return "<div><label for=\"\(name)\">\(label)</label>\(input)\(fault)</div>"
    }

    private func describedBy(_ name: String) -> HTML {
        asked.faults[name] == nil ? .nothing : " aria-invalid=\"true\" aria-describedby=\"\(name)-fault\""
    }

    /// What there is, and what was asked for even if it is not.
    private func choice(_ name: String, _ label: HTML, _ all: [String], _ chosen: String?) -> HTML {
        let names = chosen.map { all.contains($0) ? all : all + [$0] } ?? all
        let options = names.map { one in
            "<option value=\"\(one)\"\(if: one == chosen, " selected")>\(name == "outcome" ? one.replacing("_", with: " ") : one)</option>"
                as HTML
        }
        return field(
            name, label, "<select id=\"\(name)\" name=\"\(name)\"\(describedBy(name))><option value=\"\">Any</option>\(options)</select>")
    }

    private func day(_ at: Timestamp?) -> String { at.map { String($0.description.prefix(10)) } ?? "" }

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
        guard !rows.isEmpty else { return "<p class=\"empty card\">No response here. Each answer of the assistant becomes a line.</p>" }
        let here: HTML = isOlder ? "Older responses" : "Responses, newest first"
        let next = older.map { cursor in
            let query = asked.query.isEmpty ? "" : asked.query + "&"
            return "<p><a class=\"button\" href=\"/usage?\(query)after=\(cursor)#responses\">Older responses</a></p>" as HTML
        }
        return """
            <section class="stack"><h2 id="responses">\(here)</h2>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="responses"><table><thead><tr><th scope="col">When</th><th scope="col">Response</th>
            <th scope="col">Conversation</th><th scope="col">Assistant</th><th scope="col">Outcome</th><th scope="col">Model</th>
            <th scope="col" class="number">Tokens in</th><th scope="col" class="number">out</th><th scope="col" class="number">Calls</th>
            <th scope="col" class="number">Took</th><th scope="col" class="number">Cost</th><th scope="col" class="number">Charged</th></tr></thead>
            <tbody>\(rows.map(row))</tbody></table></div>\(next)</section>
            """
    }

    private func row(_ row: UsageRow) -> HTML {
        """
        <tr><td>\(Words.time(row.createdAt))</td><th scope="row"><a href="/usage/\(Percent.encoded(row.response.text))">\(String(row.response.text.suffix(8)))</a></th>
        <td>\(conversation(row))</td>
        <td><bdi>\(row.assistant)</bdi></td><td>\((row.outcome?.rawValue ?? "under way").replacing("_", with: " "))</td><td><bdi>\(row.model ?? "")</bdi></td>
        <td class="number">\(Words.count(row.tokens.prefix(3).reduce(0, +)))</td><td class="number">\(Words.count(row.tokens.dropFirst(3).reduce(0, +)))</td>
        <td class="number">\(row.attemptCount)</td><td class="number">\(row.milliseconds.map { "\(Words.count(Int(clamping: $0))) ms" } ?? "")</td>
        <td class="number">\(money(row.cost))\(if: row.costState != "known", " <span class=\"chip\">\(row.costState.replacing("_", with: " "))</span>")</td>
        <td class="number">\(money(row.charged))\(if: row.isReversed, " <span class=\"chip\">given back</span>")</td></tr>
        """
    }

    /// Whoever looks after money need not be able to read what was said.
    private func conversation(_ row: UsageRow) -> HTML {
        let short = String(row.conversation.suffix(8))
        guard viewer.may(.conversationsRead) else { return "<bdi title=\"\(row.conversation)\">\(short)</bdi>" }
        return "<a href=\"/inbox/\(Percent.encoded(row.conversation))\">\(short)</a>"
    }
}
