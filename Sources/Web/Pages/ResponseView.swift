import Metering
import Storage

/// Draws one response: from the charge back to calls, tokens, price lines, grants and bookings.
struct ResponseView: Sendable {
    let viewer: Viewer
    let explanation: ChargeExplanation
    let currency: String

    private var usage: UsageRow { explanation.usage }

    var page: HTML {
        Layout.page(
            title: "Response - Usage", signedIn: viewer.signedIn(at: "/usage"), look: .wide, script: "plain.js", styles: ["usage.css"],
            """
            <main id="main" class="stack"><p><a href="/usage">All usage</a></p><h1>Response <span class="small">\(usage.response.text)</span></h1>
            \(figures)\(facts)\(attempts)\(charges)\(funding)\(journals)</main>
            """)
    }

    /// Full precision is for here: nothing is rounded on this page, only padding is left out.
    private func exact(_ amount: Money) -> HTML { "<data value=\"\(amount.text)\">\(amount.text) \(currency)</data>" }

    private var figures: HTML {
        """
        <dl class="figures"><div><dt>Charged</dt><dd>\(exact(usage.charged))\(if: usage.isReversed, Self.givenBack)</dd></div>
        <div><dt>Cost of models</dt><dd>\(exact(usage.cost)) <span class="small">\(usage.costState.replacing("_", with: " "))</span></dd></div>
        <div><dt>Outcome</dt><dd>\((usage.outcome?.rawValue ?? "under way").replacing("_", with: " "))</dd></div>
        <div><dt>When</dt><dd class="small">\(Words.time(usage.createdAt))</dd></div></dl>
        """
    }

    private static let givenBack: HTML = " <span class=\"chip\">given back</span>"

    private var facts: HTML {
        let confidence = usage.confidenceBasisPoints.map { "\($0 / 100) %" } ?? "-"
        let rows: [(String, String)] = [
            ("Assistant", usage.assistant), ("Conversation", usage.conversation), ("Model", usage.model ?? "-"), ("Confidence", confidence),
            ("Prompt version", usage.templateVersion ?? "-"), ("Rules version", usage.rulesVersion ?? "-"),
            ("Index version", usage.indexVersion ?? "-"), ("Who-pays table", usage.whoPaysVersion ?? "-"),
        ]
        return table("Versions", ["What", "Value"], rows.map { [text($0.0), text($0.1)] })
    }

    private func text(_ value: String) -> HTML { "<bdi>\(value)</bdi>" }

    /// The calls that answered or still may, and apart from them those that were made in vain.
    private var attempts: HTML {
        let wasted = explanation.attempts.filter(\.isInVain)
        let costs = Dictionary(
            explanation.charges.filter { $0.book == .cost }.map { ($0.attempt ?? 0, $0.amount.pico) }, uniquingKeysWith: +)
        let lost = Money(pico: wasted.reduce(0) { $0 + (costs[$1.number] ?? 0) })
        let title = "Calls in vain: \(wasted.count), for \(lost.text) \(currency)"
        return "\(calls("Calls to models", explanation.attempts.filter { !$0.isInVain }, costs))\(calls(title, wasted, costs))"
    }

    private func calls(_ title: String, _ attempts: [AttemptRow], _ costs: [Int: Int64]) -> HTML {
        table(
            title,
            [
                "No.", "Endpoint", "Model", "End", "Sent", "First byte", "Input", "Cached", "Cache write", "Output", "Reasoning",
                "Counts from", "Cost",
            ],
            attempts.map { attempt in
                [
                    "\(attempt.number)", text(attempt.endpoint), text(attempt.modelAnswered ?? attempt.model),
                    text((attempt.outcome ?? attempt.state).replacing("_", with: " ")),
                    Words.time(attempt.sentAt), text(attempt.firstByteMilliseconds.map { "\($0) ms" } ?? "-"),
                ] + attempt.tokens.map { "\(Words.count($0))" as HTML } + [
                    text(attempt.usageSource.rawValue.replacing("_", with: " ")),
                    exact(Money(pico: costs[attempt.number] ?? 0)),
                ]
            })
    }

    private var charges: HTML {
        table(
            "Price lines", ["Book", "Call", "What", "Price of", "Quantity", "Unit price", "Valid from", "Amount"],
            explanation.charges.map { charge in
                [
                    text(charge.book.rawValue), text(charge.attempt.map { "\($0)" } ?? "-"), text(charge.measure.rawValue),
                    text(charge.sku),
                    "\(Words.count(charge.quantity))", exact(charge.unitPrice), Words.time(charge.effectiveFrom), exact(charge.amount),
                ]
            })
    }

    private var funding: HTML {
        table("Paid from", ["Grant", "Amount"], explanation.funding.map { [text($0.account), exact($0.amount)] })
    }

    private var journals: HTML {
        table(
            "Bookings", ["No.", "Kind", "When", "By", "Why", "Hash"],
            explanation.journals.map { journal in
                [
                    "\(journal.number)", text(journal.kind), Words.time(journal.recordedAt), text(journal.actor), text(journal.reason),
                    text(String(journal.hash.prefix(16))),
                ]
            })
    }

    private func table(_ title: String, _ heads: [String], _ rows: [[HTML]]) -> HTML {
        guard !rows.isEmpty else { return .nothing }
        let body = rows.map { cells in "<tr>\(cells.map { "<td>\($0)</td>" as HTML })</tr>" as HTML }
        return """
            <section class="stack"><h2>\(title)</h2><div class="scroll" tabindex="0" role="region" aria-label="\(title)"><table><thead><tr>
            \(heads.map { "<th scope=\"col\">\($0)</th>" as HTML })</tr></thead><tbody>\(body)</tbody></table></div></section>
            """
    }
}
