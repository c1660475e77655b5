import Access
import Foundation
import Inbox
import Metering
import Storage

/// Draws what is known of a case beside its thread: who, why people were asked, what is settled and what is open, details, tags, cost.
struct CaseView: Sendable {
    let view: InboxView
    let open: OpenCase

    var all: HTML { "\(who)\(why)\(summary)\(details)\(sources)\(tags)\(assignment)\(cost)\(earlier)" }

    private var conversation: Conversation { open.conversation }
    private var handoff: Handoff? { open.handoffs.first }

    private func part(_ title: HTML, _ body: HTML) -> HTML { "<section><h2>\(title)</h2>\(body)</section>" }

    private func lines(_ lines: [String]) -> HTML {
        "<ul>\(lines.map { "<li dir=\"auto\">\($0)</li>" as HTML })</ul>"
    }

    private func pairs(_ pairs: [(String, HTML)]) -> HTML {
        "<dl>\(pairs.map { "<dt><bdi>\($0.0)</bdi></dt><dd dir=\"auto\">\($0.1)</dd>" as HTML })</dl>"
    }

    private var who: HTML {
        let customer = open.customer
        var rows: [(String, HTML)] = []
        if let name = customer.name { rows.append(("Name", "\(name)")) }
        if let email = customer.email { rows.append(("E-mail", "\(email)")) }
        rows.append(("Identity", customer.isVerified ? "vouched for by the company" : "not checked"))
        rows.append(("First seen", Words.time(customer.createdAt)))
        rows.append(("Conversation", "<span class=\"small\">\(conversation.id.text)</span>"))
        return part("Customer", pairs(rows))
    }

    /// The receipt in words, and how far the handoff has come.
    private var why: HTML {
        guard let handoff else { return .nothing }
        var steps: [(String, HTML)] = [("Asked", Words.time(handoff.createdAt))]
        if let at = handoff.notifiedAt { steps.append(("Notified", Words.time(at))) }
        if let at = handoff.seenAt { steps.append(("Seen", by(handoff.seenBy, at))) }
        if let at = handoff.claimedAt { steps.append(("Taken", by(handoff.claimedBy, at))) }
        if let at = handoff.firstReplyAt { steps.append(("First reply", Words.time(at))) }
        if let at = handoff.closedAt { steps.append(("Over", Words.time(at))) }
        if let team = handoff.team { steps.append(("Team", "\(view.teams.first { $0.id == team }?.name ?? team.text)")) }
        return part(
            "Why a person was asked",
            "<p><span class=\"chip hot\">\(Words.reason(handoff.reason))</span></p>\(lines(handoff.package.why))\(pairs(steps))")
    }

    private func by(_ teammate: TeammateID?, _ at: Timestamp) -> HTML {
        "\(Words.time(at))\(teammate.map { " by <bdi>\(view.name($0))</bdi>" as HTML })"
    }

    private var summary: HTML {
        guard let summary = handoff?.package.summary, !summary.resolved.isEmpty || !summary.pending.isEmpty else { return .nothing }
        return """
            \(if: !summary.pending.isEmpty, part("Still open", lines(summary.pending)))
            \(if: !summary.resolved.isEmpty, part("Settled", lines(summary.resolved)))
            """
    }

    private var details: HTML {
        guard !conversation.captured.isEmpty else { return .nothing }
        return part("Details", pairs(conversation.captured.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }))
    }

    private var sources: HTML {
        guard let sources = handoff?.package.sources, !sources.isEmpty else { return .nothing }
        let rows = sources.map { "<li><bdi>\($0.title)</bdi>\(if: $0.wasCited, " <span class=\"chip\">cited</span>")</li>" as HTML }
        return part("Where the assistant looked", "<ul>\(rows)</ul>")
    }

    private var tags: HTML {
        guard view.mayWrite else {
            return conversation.tags.isEmpty ? .nothing : part("Tags", lines(conversation.tags))
        }
        return part(
            "<label for=\"tags\">Tags, with commas</label>",
            """
            <form class="composer" method="post" action="\(action("tags"))">\(view.hidden)
            <input id="tags" name="tags" value="\(conversation.tags.joined(separator: ", "))" maxlength="2000" data-key="l" title="Tags (L)" dir="auto">
            <button>Set</button></form>
            """)
    }

    private func action(_ name: String) -> String { "/inbox/\(Percent.encoded(conversation.id.text))/\(name)" }

    private var assignment: HTML {
        guard view.mayWrite, conversation.state == .open, conversation.owner != .assistant else { return .nothing }
        let teams = view.teams.map { "<option value=\"team:\($0.id.text)\">\($0.name)</option>" as HTML }
        let people = view.teammates.filter { !$0.isSuspended }.map { mate in
            "<option value=\"teammate:\(mate.id.text)\">\(mate.name)\(if: mate.availability == .away, " (away)")</option>" as HTML
        }
        return part(
            "<label for=\"to\">Pass it on</label>",
            """
            <form class="composer" method="post" action="\(action("assignment"))">\(view.hidden)
            <select id="to" name="to" data-key="a" title="Assign (A)" required><option value="">Choose\u{2026}</option>
            <optgroup label="Teams">\(teams)</optgroup><optgroup label="Colleagues">\(people)</optgroup></select>
            <button>Pass on</button></form>
            """)
    }

    private var cost: HTML {
        guard let totals = open.totals else { return .nothing }
        return part(
            "Cost so far",
            pairs([
                ("Charged", Words.money(totals.charged, open.currency)), ("Models", Words.money(totals.cost, open.currency)),
                ("Responses", "<a href=\"/usage?conversation=\(Percent.encoded(conversation.id.text))\">\(totals.responses)</a>"),
            ]))
    }

    private var earlier: HTML {
        guard !open.earlier.isEmpty else { return .nothing }
        let rows = open.earlier.map { other in
            "<li><a href=\"\(InboxView.address(other.id, in: view.queue))\">\(Words.time(other.openedAt))</a> \(other.state == .resolved ? "closed" : "open")</li>"
                as HTML
        }
        return part("Other conversations", "<ul>\(rows)</ul>")
    }
}
