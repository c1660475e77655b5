import Foundation
import Metering
import Storage

/// Bars of what was charged, group by group, drawn by the server, with the same figures as a table behind them: whoever cannot see the bars, or wants to copy them,
/// has everything.
struct UsageChart: Sendable {
    let grouping: UsageGrouping
    /// In the order in which they are drawn; days without a response among them.
    let bars: [UsageSum]
    /// How many groups are not drawn, and what was charged for them.
    let others: (count: Int, charged: Money)
    let currency: String

    /// The most bars that are drawn: of days the newest, of assistants and models those that were charged most.
    static let mostBars = 62
    /// Days that are drawn although nothing was used yet: one bar alone is no chart.
    private static let fewestDays = 14

    /// - Parameters:
    ///   - sums: of all groups with a response.
    ///   - filter: whose days are drawn from its beginning to its end; without them from the first response to today.
    init(_ sums: [UsageSum], by grouping: UsageGrouping, _ filter: UsageFilter, currency: String, now: Timestamp) {
        (self.grouping, self.currency) = (grouping, currency)
        let ranked = sums.sorted { ($0.charged.pico, $1.key ?? "") > ($1.charged.pico, $0.key ?? "") }
        bars = grouping == .day ? Self.everyDay(sums, filter, now) : Array(ranked.prefix(Self.mostBars))
        let drawn = Set(bars.map(\.key))
        let left = sums.filter { !drawn.contains($0.key) }
        others = (left.count, Money(pico: left.reduce(0) { $0 + $1.charged.pico }))
    }

    /// From the first day with a response to the end of what was asked for, those without one among them; at most as many as are drawn.
    private static func everyDay(_ sums: [UsageSum], _ filter: UsageFilter, _ now: Timestamp) -> [UsageSum] {
        let byDay = Dictionary(sums.map { ($0.key ?? "", $0) }) { $1 }
        guard let first = sums.first?.key else { return [] }
        var day = filter.until.map { min($0.adding(milliseconds: -1), now) } ?? now
        var days: [UsageSum] = []
        while days.count < mostBars, case let key = String(day.description.prefix(10)),
            key >= first || (filter.from == nil && days.count < fewestDays)
        {
            days.append(byDay[key] ?? UsageSum(day: key))
            day = day.adding(milliseconds: -86_400_000)
        }
        return days.reversed()
    }

    var html: HTML {
        let most = bars.map(\.charged.pico).max() ?? 0
        return """
            <figure class="chart"><figcaption id="chart">\(title)</figcaption>
            \(tabs)\(if: bars.isEmpty, "<p class=\"empty card\">Nothing was used in this time. Each answer of the assistant counts on the day it was asked for.</p>")
            \(if: !bars.isEmpty, grouping == .day ? columns(most) : rows(most))\(if: !bars.isEmpty, table)</figure>
            """
    }

    private var title: HTML {
        switch grouping {
        case .day: "Charged by day (UTC)"
        case .assistant: "Charged by assistant"
        case .model: "Charged by model"
        }
    }

    /// Filled in by the page's form: which button was pressed says what the bars are.
    private var tabs: HTML {
        let buttons = UsageGrouping.allCases.map { one in
            "<button form=\"filter\" name=\"by\" value=\"\(one.rawValue)\"\(if: one == grouping, " aria-current=\"true\"")>By \(one.rawValue)</button>"
                as HTML
        }
        return "<div class=\"row-of\" role=\"group\" aria-labelledby=\"chart\">\(buttons)</div>"
    }

    private func words(_ sum: UsageSum) -> String {
        "\(name(sum)): \(sum.charged.rounded(toDigits: 4)) \(currency), \(sum.responses) response\(sum.responses == 1 ? "" : "s")"
    }

    private func name(_ sum: UsageSum) -> String { sum.key ?? "no model" }

    private func share(_ sum: UsageSum, of most: Int64, _ length: Int) -> Int {
        guard most > 0, sum.charged.pico > 0 else { return 0 }
        // What was charged at all is seen.
        return max(1, Int(Double(sum.charged.pico) / Double(most) * Double(length)))
    }

    /// Days from left to right, in every language: time has one direction here.
    private func columns(_ most: Int64) -> HTML {
        let (height, step) = (100, 10)
        let drawn = bars.enumerated().map { index, sum in
            let size = share(sum, of: most, height)
            return """
                <g><title>\(words(sum))</title><rect class="ground" x="\(index * step)" y="0" width="\(step)" height="\(height)"/>
                <rect class="bar" x="\(index * step + 1)" y="\(height - size)" width="\(step - 2)" height="\(size)"/></g>
                """ as HTML
        }
        return """
            <div class="columns" dir="ltr"><p class="most">\(Money(pico: most).rounded(toDigits: 2)) \(currency)</p>
            <svg role="img" aria-labelledby="chart" aria-describedby="chart-says" viewBox="0 0 \(bars.count * step) \(height)" preserveAspectRatio="none">\(drawn)</svg>
            <p class="ends"><span>\(bars.first.map(name) ?? "")</span><span>\(bars.count > 1 ? bars.last.map(name) ?? "" : "")</span></p></div>\(summary)
            """
    }

    /// Names down the side, the longest bar on top.
    private func rows(_ most: Int64) -> HTML {
        let drawn = bars.map { sum in
            """
            <li><span class="name"><bdi>\(name(sum))</bdi></span><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect class="bar" x="0" y="0" width="\(share(sum, of: most, 1000))" height="10"/></svg>
            <span class="amount">\(Words.money(sum.charged, currency))</span></li>
            """ as HTML
        }
        return "<ol class=\"bars\" aria-labelledby=\"chart\">\(drawn)</ol>\(summary)"
    }

    private var summary: HTML {
        let highest = bars.max { $0.charged < $1.charged }.map { "Most: \(words($0))." } ?? ""
        let left = others.count > 0 ? " \(others.count) more, not drawn: \(others.charged.rounded(toDigits: 4)) \(currency)." : ""
        return "<p class=\"hint\" id=\"chart-says\">\(highest)\(left)</p>"
    }

    private var table: HTML {
        let rows = bars.map { sum in
            """
            <tr><th scope="row"><bdi>\(name(sum))</bdi></th><td class="number">\(Words.count(sum.responses))</td><td class="number">\(Words.count(sum.billedResponses))</td>
            <td class="number">\(Words.money(sum.cost, currency))</td><td class="number">\(Words.money(sum.charged, currency))</td></tr>
            """ as HTML
        }
        return """
            <details id="chart-table"><summary>The same as a table</summary><div class="scroll" tabindex="0" role="region" aria-labelledby="chart"><table><thead><tr>
            <th scope="col">\(grouping.rawValue.capitalized)</th><th scope="col" class="number">Responses</th><th scope="col" class="number">Charged for</th>
            <th scope="col" class="number">Cost</th><th scope="col" class="number">Charged</th></tr></thead><tbody>\(rows)</tbody></table></div></details>
            """
    }
}
