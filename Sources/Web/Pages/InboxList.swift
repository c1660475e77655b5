import Foundation
import Inbox
import Storage

/// Draws the list of the inbox: one row for each conversation, with what decides which to open next.
extension InboxView {
    var list: HTML {
        """
        <section class="list" aria-labelledby="list-name"><header class="list-head">\(listName)
        <form method="get" action="\(open.map { Self.address($0.conversation.id, in: queue) } ?? "/inbox")" role="search" data-go>
        <input type="hidden" id="list-queue" name="queue" value="\(queue.text)" data-live><label class="unseen" for="q">Search</label>
        <input id="q" name="q" type="search" value="\(filter)" data-key="/" data-command="Search" title="Search (/)" placeholder="Search" autocomplete="off"
         dir="auto" maxlength="200"><kbd aria-hidden="true">/</kbd></form></header>
        <div class="list-body" id="list" data-live>\(if: rows.isEmpty, empty)<ol class="rows">\(rows.map(row))</ol>
        \(if: rows.count >= wanted, more)</div></section>
        """
    }

    private var more: HTML {
        guard filter.isEmpty, wanted < Self.mostRowsOfAll else {
            return "<p class=\"empty small\">The first \(rows.count) are shown. Search finds the others.</p>"
        }
        let address = open.map { Self.address($0.conversation.id, in: queue) } ?? "/inbox?queue=\(Percent.encoded(queue.text))"
        return
            "<p class=\"empty\"><a class=\"button\" id=\"more\" href=\"\(address)&rows=\(rows.count + Self.mostRows)\" data-command=\"Show more of the list\">Show more</a></p>"
    }

    /// The page's heading where no conversation is open.
    private var listName: HTML {
        open == nil
            ? "<h1 id=\"list-name\">\(listWords)</h1>" : "<h2 id=\"list-name\" data-live>\(listWords)</h2>"
    }

    private var listWords: HTML {
        guard filter.isEmpty else {
            let count = rows.count == Self.mostRows ? "\(rows.count) or more" : "\(rows.count)"
            return "\(count) found <a class=\"small\" href=\"/inbox?queue=\(Percent.encoded(queue.text))\">Back to the list</a>"
        }
        return "\(queue.words(teams))"
    }

    private var empty: HTML {
        let words: HTML =
            switch queue {
            case _ where !filter.isEmpty: "Nothing has these words. Fewer or shorter words find more."
            case .needsPerson: "Nobody waits for a person. When the assistant hands over, it appears here by itself."
            case .mine: "You have no conversation. Open one that needs a person and take it over with T."
            case .assistant: "The assistant talks to nobody now. You can watch its conversations here, and step in."
            case .waiting: "No customer is waited for. Once you have answered, a conversation stands here until the customer writes."
            case .team: "Nothing is with this team. What is routed to it, and not yet closed, stands here."
            case .closed: "Nothing is closed yet. E closes the conversation that is open."
            }
        return "<p class=\"empty\">\(words)</p>"
    }

    private func row(_ row: QueueRow) -> HTML {
        let isOpen = row.conversation == open?.conversation.id
        return """
            <li><a id="r-\(row.conversation.text)" class="row\(if: row.unread > 0, " unread")" href="\(address(row.conversation))"\(if: isOpen, " aria-current=\"true\"") data-of="\(row.conversation.text)">
            <strong class="name"><bdi>\(row.customer ?? "Customer")</bdi></strong>\(Words.age(row.waitingSince ?? row.updatedAt, at: now))
            <span class="last">\(lastLine(row))</span>\(if: row.unread > 0, unread(row))
            <span class="chips">\(chips(row))<span data-there></span></span></a></li>
            """
    }

    private func unread(_ row: QueueRow) -> HTML { "<span class=\"tally hot\">\(row.unread)<span class=\"unseen\"> unread</span></span>" }

    /// The last words, or those that were searched for.
    private func lastLine(_ row: QueueRow) -> HTML {
        guard let snippet = snippets[row.conversation] else {
            return "<span dir=\"auto\">\(speaker(row))\(row.lastLine ?? "Nothing was said yet")</span>"
        }
        let pieces = snippet.pieces.map { $0.isHit ? "<mark>\($0.text)</mark>" as HTML : "\($0.text)" }
        return "<span class=\"snippet\" dir=\"auto\">\(pieces)</span>"
    }

    /// Who said the last line, where it was not the customer.
    private func speaker(_ row: QueueRow) -> HTML {
        switch row.lastAuthor {
        case "assistant": "<span class=\"by\">Assistant:</span> "
        case "teammate": "<span class=\"by\">\(row.owner.teammate == viewer.id ? "You" : "Team"):</span> "
        default: .nothing
        }
    }

    private func chips(_ row: QueueRow) -> [HTML] {
        var chips: [HTML] = []
        if let due = row.due { chips.append(Words.due(due, at: now)) }
        if row.priority.rawValue > Handoff.Priority.normal.rawValue {
            chips.append("<span class=\"chip hot\">\(row.priority == .urgent ? "Urgent" : "High")</span>")
        }
        if let reason = row.reason { chips.append("<span class=\"chip\">\(Words.reason(reason))</span>") }
        if let score = row.score {
            chips.append(Words.confidence(Double(score) / 10_000, isEnough: Double(score) / 10_000 >= threshold))
        }
        if let until = row.snoozedUntil { chips.append("<span class=\"chip\">aside until \(Words.time(until))</span>") }
        if !filter.isEmpty, row.state == .resolved { chips.append("<span class=\"chip\">closed</span>") }
        if let owner = row.owner.teammate, owner != viewer.id { chips.append("<span class=\"chip who\"><bdi>\(name(owner))</bdi></span>") }
        if let suggested = row.suggested {
            chips.append("<span class=\"chip who\">for <bdi>\(name(suggested))</bdi></span>")
        }
        return chips
    }
}
