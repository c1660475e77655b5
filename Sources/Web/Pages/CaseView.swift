import Access
import Foundation
import Inbox
import Metering
import Storage

/// Draws what is known of a case beside its thread: who, why people were asked, what is settled and what is open, details, tags, cost.
struct CaseView: Sendable {
    let view: InboxView
    let open: OpenCase

    var all: HTML { "\(why)\(summary)\(who)\(details)\(tags)\(satisfaction)\(sources)\(cost)\(parts)\(earlier)" }

    private var conversation: Conversation { open.conversation }
    private var handoff: Handoff? { open.handoffs.first }

    private func part(_ title: HTML, _ body: HTML) -> HTML { "<section><h2>\(title)</h2>\(body)</section>" }

    private func lines(_ lines: [String]) -> HTML {
        "<ul>\(lines.map { "<li><span dir=\"auto\">\($0)</span></li>" as HTML })</ul>"
    }

    private func pairs(_ pairs: [(String, HTML)]) -> HTML {
        "<dl>\(pairs.map { "<dt><bdi>\($0.0)</bdi></dt><dd dir=\"auto\">\($0.1)</dd>" as HTML })</dl>"
    }

    private var who: HTML {
        let customer = open.customer
        var rows: [(String, HTML)] = []
        if let name = customer.name { rows.append(("Name", "\(name)")) }
        if let email = customer.email { rows.append(("E-mail", "\(email)")) }
        if let id = customer.externalID { rows.append(("Customer no.", "\(id)")) }
        rows.append(
            (
                "Identity",
                customer.isVerified
                    ? "<span class=\"chip certainty-enough\">verified</span>" : "<span class=\"chip\">not verified</span>"
            ))
        rows += open.consents.map { given in
            ("Agreed", "\(Words.time(given.at)) <span class=\"small\">\(given.consent.text)</span>")
        }
        rows.append(("First seen", Words.time(customer.createdAt)))
        rows.append(("Conversation", "<span class=\"small code\">\(conversation.id.text)</span>"))
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
            """
            <p><span class="chip hot">\(Words.reason(handoff.reason))</span></p>\(lines(handoff.package.why))
            <details id="handoff-steps"><summary>How far it got</summary>\(pairs(steps))</details>
            """)
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
        let rows = sources.enumerated().map { view.passages.source($1, number: $0) }
        return part("Where the assistant looked", "<ul class=\"plain-list\">\(rows)</ul>")
    }

    private var tags: HTML {
        let chips = conversation.tags.map { "<li><span class=\"chip\" dir=\"auto\">\($0)</span></li>" as HTML }
        let list: HTML = chips.isEmpty ? .nothing : "<ul class=\"chips\">\(chips)</ul>"
        guard view.mayWrite else { return chips.isEmpty ? .nothing : part("Tags", list) }
        return part(
            "Tags",
            """
            \(list)<form class="fields inline" method="post" action="\(view.action("tags"))" data-act>\(view.hidden)<label class="unseen" for="tags">Tags, with commas
            between</label><input id="tags" name="tags" value="\(conversation.tags.joined(separator: ", "))" maxlength="2000" data-key="l"
             data-command="Change the tags" title="Tags, with commas between (L)" placeholder="withdrawal, vip" dir="auto"><button>Set</button></form>
            """)
    }

    private var satisfaction: HTML {
        guard let satisfaction = open.satisfaction else { return .nothing }
        let comment = satisfaction.comment.map { "<blockquote dir=\"auto\">\($0)</blockquote>" as HTML }
        return part(
            "How it went for the customer", "<p><strong>\(satisfaction.score)</strong> of 5, \(Words.time(satisfaction.at))</p>\(comment)")
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

    private var parts: HTML {
        guard !open.parts.isEmpty else { return .nothing }
        let rows = open.parts.map { part in
            """
            <li><a href="\(view.address(part.id))">\(Words.time(part.openedAt))</a>\(part.subject.map { " <span dir=\"auto\">\($0)</span>" as HTML })
            \(if: view.mayWrite, small("unmerge", part.id, "Separate"))</li>
            """ as HTML
        }
        return part("Merged into this", "<ul>\(rows)</ul>")
    }

    private func small(_ action: String, _ id: ConversationID, _ words: String, extra: HTML = .nothing) -> HTML {
        """
        <form class="in-line" method="post" action="/inbox/\(Percent.encoded(id.text))/\(action)" data-act>\(view.hidden)\(extra)
        <button data-command="\(words)">\(words)</button></form>
        """
    }

    private func merging(_ other: Conversation) -> HTML {
        let into: HTML = "<input type=\"hidden\" name=\"into\" value=\"\(conversation.id.text)\">"
        return small("merge", other.id, "Merge into this", extra: into)
    }

    private var earlier: HTML {
        guard !open.earlier.isEmpty else { return .nothing }
        let rows = open.earlier.map { other in
            """
            <li><a href="\(InboxView.address(other.id, in: view.queue))">\(Words.time(other.openedAt))</a> \(other.state == .resolved ? "closed" : "open")\(if: other.customer != conversation.customer, ", same e-mail address")\(other.subject.map { " <span dir=\"auto\">\($0)</span>" as HTML })
            \(if: view.mayWrite && other.mergedInto == nil && conversation.mergedInto == nil, merging(other))</li>
            """ as HTML
        }
        return part("Other conversations", "<ul>\(rows)</ul>")
    }
}
