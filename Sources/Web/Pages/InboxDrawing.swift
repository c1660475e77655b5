import Access
import Foundation
import Inbox
import Storage

/// Draws the inbox: navigation, queues, list, and the open conversation.
extension InboxView {
    var page: HTML {
        let waiting = counts.needsPerson
        return Layout.page(
            title: (waiting > 0 ? "(\(waiting)) " : "") + "Inbox - \(viewer.company)", signedIn: viewer.signedIn(at: "/inbox"),
            look: open == nil ? .inbox : .openInbox,
            script: "inbox.js",
            """
            <p class="banner" id="offline" role="status" hidden>No connection. What you see may be old; what you write is kept.</p>
            <main id="main" data-events="/v1/events"\(seen)>\(queues)\(list)\(caseOrHint)</main>
            <p class="skip" id="news" role="status"></p>
            """)
    }

    /// Where the script says what was on the screen.
    private var seen: HTML {
        guard mayWrite, let open else { return .nothing }
        return " data-seen=\"/v1/conversations/\(Percent.encoded(open.conversation.id.text))/seen\" data-csrf=\"\(viewer.csrf)\""
    }

    var mayWrite: Bool { viewer.may(.conversationsWrite) }

    static func address(_ id: ConversationID, in queue: QueueName) -> String {
        "/inbox/\(Percent.encoded(id.text))?queue=\(queue.rawValue)"
    }

    // MARK: Queues

    private var queues: HTML {
        let links = QueueName.allCases.map { name in
            """
            <a id="q-\(name.rawValue)" href="/inbox?queue=\(name.rawValue)"\(if: name == queue, " aria-current=\"true\"")><span>\(name.words)</span>
            <span class="chip\(if: name == .needsPerson && counts.needsPerson > 0, " count")">\(name.count(counts))</span></a>
            """ as HTML
        }
        return """
            <div class="queues" id="queues" data-live data-needed="\(counts.needsPerson)"><nav class="tabs" aria-label="Queues">\(links)</nav>
            \(availability)</div>
            """
    }

    private var availability: HTML {
        guard mayWrite, let me = teammates.first(where: { $0.id == viewer.id }) else { return .nothing }
        let isAway = me.availability == .away
        return """
            <form method="post" action="/inbox/availability">\(hidden)
            <input type="hidden" name="availability" value="\(isAway ? "available" : "away")">
            <p class="state small\(if: isAway, " closed")">\(isAway ? "You are away: nothing is passed to you." : "You are available.")</p>
            <button id="availability">\(isAway ? "I am here" : "Step away")</button></form>
            """
    }

    /// What every form carries.
    var hidden: HTML {
        "<input type=\"hidden\" name=\"csrf\" value=\"\(viewer.csrf)\"><input type=\"hidden\" name=\"queue\" value=\"\(queue.rawValue)\">"
    }

    // MARK: List

    private var list: HTML {
        let isCut = rows.count == Self.mostRows
        return """
            <section class="list" aria-labelledby="list-name"><form method="get" action="/inbox" role="search">
            <input type="hidden" name="queue" value="\(queue.rawValue)"><label class="hint" for="q" id="list-name">\(queue.words): find (/)</label>
            <input id="q" name="q" type="search" value="\(filter)" data-key="/" autocomplete="off" dir="auto" maxlength="200"></form>
            <div id="list" data-live>\(if: rows.isEmpty, empty)<ol class="rows">\(rows.map(row))</ol>
            \(if: isCut, "<p class=\"empty small\">The first \(Self.mostRows) are shown.</p>")</div></section>
            """
    }

    private var empty: HTML {
        let words: HTML =
            switch queue {
            case _ where !filter.isEmpty: "Nothing here has these words."
            case .needsPerson: "Nobody waits for a person. When the assistant hands over, it appears here."
            case .mine: "You have no conversation. Take one over with T."
            case .assistant: "The assistant talks to nobody now."
            case .waiting: "Nobody is waited for."
            case .closed: "Nothing is closed yet."
            }
        return "<p class=\"empty\">\(words)</p>"
    }

    private func row(_ row: QueueRow) -> HTML {
        let isOpen = row.conversation == open?.conversation.id
        let chips = rowChips(row)
        return """
            <li><a id="r-\(row.conversation.text)" href="\(Self.address(row.conversation, in: queue))"\(if: isOpen, " aria-current=\"true\"")>
            <strong><bdi>\(row.customer ?? "Customer")</bdi></strong>\(Words.age(row.waitingSince ?? row.updatedAt, at: now))
            <span class="last" dir="auto">\(row.lastAuthor == "customer" ? "" : "\u{21A9} ")\(row.lastLine ?? "")</span>
            \(if: !chips.isEmpty, "<span class=\"row-of\">\(chips)</span>")</a></li>
            """
    }

    private func rowChips(_ row: QueueRow) -> [HTML] {
        var chips: [HTML] = []
        if row.unread > 0 { chips.append("<span class=\"chip count\">\(row.unread) new</span>") }
        if row.priority.rawValue > Handoff.Priority.normal.rawValue {
            chips.append("<span class=\"chip hot\">\(row.priority == .urgent ? "Urgent" : "High")</span>")
        }
        if let reason = row.reason { chips.append("<span class=\"chip\">\(Words.reason(reason))</span>") }
        if let owner = row.owner.teammate { chips.append("<span class=\"chip\"><bdi>\(name(owner))</bdi></span>") }
        if let suggested = row.suggested { chips.append("<span class=\"chip\">for <bdi>\(name(suggested))</bdi></span>") }
        return chips
    }

    // MARK: Conversation

    private var caseOrHint: HTML {
        guard let open else {
            return """
                <section class="case"><div class="empty"><h1>Inbox</h1><p>Choose a conversation: J and K move, Enter opens.</p></div></section>
                """
        }
        return """
            <section class="case" aria-label="Conversation">\(head(open))
            <div class="thread" id="thread" role="log" aria-label="Messages" tabindex="0" data-log>\(open.messages.map(messages.entry))</div>
            <div class="case-foot"><p class="alert" id="alert" role="alert" data-live>\(fault ?? "")</p>\(if: mayWrite, composer(open))</div></section>
            <aside class="context" id="context" aria-label="About this conversation" data-live>\(CaseView(view: self, open: open).all)</aside>
            """
    }

    private var messages: MessageView {
        MessageView(assistant: assistant, company: viewer.company, names: names, passages: passages, isForStaff: true)
    }

    private func head(_ open: OpenCase) -> HTML {
        let conversation = open.conversation
        return """
            <header class="case-head"><a class="back" href="/inbox?queue=\(queue.rawValue)">Back to the list</a>
            <h1><bdi>\(open.customer.name ?? open.customer.email ?? "Customer")</bdi></h1>
            <div id="owner" class="row-of" data-live>\(state(conversation))\(if: mayWrite, actions(conversation))</div></header>
            """
    }

    private func state(_ conversation: Conversation) -> HTML {
        if conversation.state == .resolved { return "<p class=\"state closed\">Closed</p>" }
        switch conversation.owner {
        case .assistant: return "<p class=\"state\">With the assistant\(if: conversation.awaiting == .company, ", which is answering")</p>"
        case .queue:
            let asked = conversation.suggested.map { ", <bdi>\(name($0))</bdi> is asked" as HTML }
            return "<p class=\"state queue\">Needs a person\(asked)</p>"
        case .teammate(viewer.id): return "<p class=\"state\">Yours</p>"
        case .teammate(let id): return "<p class=\"state\"><bdi>\(name(id))</bdi> has it</p>"
        }
    }

    private func actions(_ conversation: Conversation) -> HTML {
        let isMine = conversation.owner == .teammate(viewer.id)
        let isColleagues = conversation.owner.teammate != nil && !isMine
        let isOpen = conversation.state == .open
        let take: HTML =
            isColleagues
            ? button("claim", "t", "Take it from \(name(conversation.owner.teammate ?? viewer.id))", extra: Self.fromColleague)
            : button("claim", "t", "Take over", isMain: true)
        return """
            \(if: !isMine, take)\(if: isOpen && !isColleagues && conversation.owner != .assistant, button("hand-back", "r", "Hand back"))
            \(if: isOpen && !isColleagues, button("resolve", "e", "Resolve"))
            """
    }

    private static let fromColleague: HTML = "<input type=\"hidden\" name=\"from_colleague\" value=\"yes\">"

    /// A button in a form of its own, with its key in the title.
    private func button(_ action: String, _ key: String, _ words: String, isMain: Bool = false, extra: HTML = .nothing) -> HTML {
        guard let open else { return .nothing }
        return """
            <form method="post" action="/inbox/\(Percent.encoded(open.conversation.id.text))/\(action)">\(hidden)\(extra)
            <button id="do-\(action)"\(if: isMain, " class=\"main-action\"") data-key="\(key)" title="\(words) (\(key.uppercased()))">\(words)
            <kbd>\(key.uppercased())</kbd></button></form>
            """
    }

    private func composer(_ open: OpenCase) -> HTML {
        let id = Percent.encoded(open.conversation.id.text)
        let isMine = open.conversation.owner == .teammate(viewer.id)
        return """
            <form class="composer" method="post" action="/inbox/\(id)/reply" data-send="command">\(hidden)
            <input type="hidden" name="key" value="\(FormKey.new())">
            <input type="hidden" id="last-seen" name="last_seen" value="\(open.conversation.lastSequence)" data-live>
            <label for="text">Reply to the customer <span class="hint" id="reply-hint" data-live>\(isMine ? "" : "This takes the conversation over.")</span></label>
            <textarea id="text" name="text" rows="3" maxlength="8000" required dir="auto" aria-describedby="alert reply-hint"
             title="Reply (Enter), send with Ctrl+Enter" data-key="Enter">\(draft)</textarea>
            <button class="main-action" title="Send (Ctrl+Enter)">Send</button></form>
            <details id="note"><summary data-key="n" title="Note (N)">Note for colleagues <kbd>N</kbd></summary>
            <form class="composer" method="post" action="/inbox/\(id)/note" data-send="command">\(hidden)
            <input type="hidden" name="key" value="\(FormKey.new())">
            <label for="note-text">Only colleagues see this</label>
            <textarea id="note-text" name="text" rows="2" maxlength="8000" required dir="auto"></textarea>
            <button title="Keep the note (Ctrl+Enter)">Keep note</button></form></details>
            """
    }
}
