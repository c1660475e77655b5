import Access
import Foundation
import Inbox
import Storage

/// Draws the page of the inbox: its frame, the queues, and what goes around a conversation.
extension InboxView {
    var page: HTML {
        let waiting = counts.needsPerson
        return Layout.page(
            title: (waiting > 0 ? "(\(waiting)) " : "") + "Inbox - \(viewer.company)", signedIn: viewer.signedIn(at: "/inbox"),
            look: open == nil ? .inbox : isAbout ? .aboutCase : .openInbox, script: "inbox.js",
            styles: ["inbox.css", "case.css", "dialogs.css"],
            """
            <p class="banner" id="offline" role="status" hidden>No connection. What you see may be old; what you write is kept.</p>
            <main id="main" data-events="/v1/events" data-viewer="\(viewer.id.text)"\(ofCase)>\(rail)\(list)\(caseOrHint)</main>
            <div class="toasts" id="toasts" role="status">\(done.map(toast))</div>
            <p class="unseen" id="news" role="status"></p>\(dialogs)
            """)
    }

    /// What scripts need to know of the conversation that is open.
    private var ofCase: HTML {
        guard let open else { return .nothing }
        let id = open.conversation.id.text
        let api = "/v1/conversations/\(Percent.encoded(id))"
        return """
             data-conversation="\(id)"\(if: mayWrite, " data-seen=\"\(api)/seen\" data-typing=\"\(api)/typing\" data-csrf=\"\(viewer.csrf)\"")
            """
    }

    // MARK: Queues

    private var rail: HTML {
        """
        <div class="rail" id="queues" data-live data-needed="\(counts.needsPerson)"><nav class="queues" aria-label="Queues">
        \(QueueName.fixed.map { link($0.0) })\(if: !teams.isEmpty, "<h2 class=\"lane-head\">Teams</h2>")
        \(teams.map { link(.team($0.id)) })</nav>\(availability)
        <div class="rail-foot needs-script"><button type="button" class="plain" data-opens="palette" title="Everything you can do here (Ctrl+K)">Find an
        action <kbd>Ctrl K</kbd></button><button type="button" class="plain" data-opens="help" data-key="?" title="Keys and settings (?)">Keys and
        settings <kbd>?</kbd></button></div></div>
        """
    }

    private func link(_ name: QueueName) -> HTML {
        let isUrgent = name == .needsPerson && counts.needsPerson > 0
        return """
            <a id="q-\(name.text)" class="lane" href="/inbox?queue=\(Percent.encoded(name.text))"\(if: name == queue && filter.isEmpty, " aria-current=\"true\"")
             data-command="Go to: \(name.words(teams))"><span>\(name.words(teams))</span><span class="tally\(if: isUrgent, " hot")">\(name.count(counts))</span></a>
            """
    }

    private var availability: HTML {
        guard mayWrite, let me = teammates.first(where: { $0.id == viewer.id }) else { return .nothing }
        let isAway = me.availability == .away
        return """
            <form class="presence" method="post" action="/inbox/availability" data-act>\(hidden)
            <input type="hidden" name="availability" value="\(isAway ? "available" : "away")">
            <p class="state small\(if: isAway, " closed")">\(isAway ? "You are away. Nothing is passed to you." : "You are here. Conversations may be passed to you.")</p>
            <button id="availability" data-command="\(isAway ? "Say that I am here" : "Step away")">\(isAway ? "I am here" : "Step away")</button></form>
            """
    }

    // MARK: Conversation

    private var caseOrHint: HTML {
        guard let open else { return hint }
        return """
            <section class="case" id="case" aria-labelledby="case-name">\(head(open))
            <div class="thread" id="thread" role="log" aria-label="Messages" tabindex="0"\(if: !open.isPast, " data-log")>
            \(merged(open))\(if: open.hasOlder, older(open))\(open.messages.map { messages(open).entry($0, isMissed: isMissed($0)) })</div>
            <div class="case-foot"><p class="there" id="there" role="status"></p>\(refusal.map(alert))\(if: refusal == nil, Self.silence)
            \(if: mayWrite, composer(open))\(if: !mayWrite, lookingOn)</div></section>
            <aside class="context" id="context" aria-label="About this conversation" data-live>\(CaseView(view: self, open: open).all)</aside>
            """
    }

    private var hint: HTML {
        """
        <section class="case" id="case" aria-label="Conversation"><div class="empty"><h2>\(counts.needsPerson == 0 ? "All is answered" : "Choose a conversation")</h2>
        <p>\(next.map { "<a class=\"button main-action\" href=\"\(Self.address($0, in: .needsPerson))\" data-key=\"u\" title=\"The next that needs a person (U)\">Open the next <kbd>U</kbd></a>" as HTML })</p>
        <p class="needs-script"><kbd>J</kbd> and <kbd>K</kbd> go through the list, <kbd>Enter</kbd> opens, <kbd>Ctrl K</kbd> finds every action.</p></div></section>
        """
    }

    private static let silence: HTML = "<p class=\"alert\" id=\"alert\" role=\"alert\"></p>"
    private var lookingOn: HTML { "<p class=\"quiet small\">You are looking on: your role does not answer customers.</p>" }

    private func alert(_ refusal: Refusal) -> HTML { "<p class=\"alert\" id=\"alert\" role=\"alert\">\(refusal.words)</p>" }

    /// Whether a message came while the words were written that were refused for it.
    private func isMissed(_ message: Message) -> Bool {
        guard let seen = refusal?.seen else { return false }
        return message.sequence > seen && message.author.teammate != viewer.id && message.author != .system
    }

    private func older(_ open: OpenCase) -> HTML {
        "<p class=\"older\" id=\"older\"><a href=\"\(address(open.conversation.id))&before=\(open.messages.first?.sequence ?? 1)\">Earlier messages</a></p>"
    }

    /// What teammates think of an answer, in one click; by it the assistant's certainty is set right.
    private func judgement(_ message: Message) -> HTML {
        guard let open, message.author == .assistant, message.kind == .text || message.kind == .suggestion else { return .nothing }
        let all = open.judgements[message.id] ?? []
        let mine = all.first { $0.teammate == viewer.id }?.verdict
        let others = all.filter { $0.teammate != viewer.id }.map { "<bdi>\(name($0.teammate))</bdi>: \($0.verdict.rawValue). " as HTML }
        let heard: HTML = "<span class=\"quiet small\">\(others)</span>"
        guard mayWrite else { return others.isEmpty ? .nothing : heard }
        let isLast = message.id == open.lastAnswer
        let buttons = Judgement.Verdict.allCases.map { verdict in
            """
            <button name="verdict" value="\(verdict.rawValue)" aria-pressed="\(verdict == mine ? "true" : "false")"\(if: isLast, " data-command=\"Judge the last answer: \(verdict.rawValue)\"")>\(Self.words(verdict))</button>
            """ as HTML
        }
        return """
            <form class="judge" method="post" action="\(action("judgement"))" data-act>\(hidden)<input type="hidden" name="message" value="\(message.id.text)">
            <fieldset><legend>Was this answer right?</legend>\(buttons)</fieldset>\(heard)</form>
            """
    }

    private static func words(_ verdict: Judgement.Verdict) -> String {
        switch verdict {
        case .right: "Right"
        case .fixable: "Fixable"
        case .wrong: "Wrong"
        }
    }

    /// What was said in the conversations that are parts of this one, above it: the whole is read in one place, and answered here.
    private func merged(_ open: OpenCase) -> HTML {
        let parts = open.partThreads.map { one in
            var view = messages(open)
            view.part = "p\(one.part.id.text)-"
            view.enclosed = one.files
            view.under = { _ in .nothing }
            return """
                <details class="merged" id="part-\(one.part.id.text)" open><summary>Merged into this: \(Words.time(one.part.openedAt))\(one.part.subject.map { ", <bdi>\($0)</bdi>" as HTML })</summary>
                <div class="part">\(one.messages.map(view.entry))</div></details>
                """ as HTML
        }
        return .all(parts)
    }

    private func messages(_ open: OpenCase) -> MessageView {
        MessageView(
            assistant: assistant, company: viewer.company, names: names, passages: passages, isForStaff: true,
            enclosed: open.files, customer: open.customer.shownName, under: judgement)
    }

    /// What was done, with the way back: better than to ask before.
    private func toast(_ done: Done) -> HTML {
        let who: HTML = "<bdi>\(done.customer)</bdi>"
        let words: HTML =
            switch done.deed {
            case .resolved: "Closed: \(who)."
            case .handedBack: "\(who) is with the assistant again."
            case .assigned: "Passed on: \(who)."
            case .takenOver: "\(who) is yours."
            case .snoozed: "Put aside: \(who)."
            case .merged: "Two conversations of \(who) are one."
            }
        let (way, name) =
            switch done.deed {
            case .resolved: ("claim", "Reopen")
            case .snoozed: ("wake", "Undo")
            case .merged: ("unmerge", "Undo")
            case .handedBack, .assigned, .takenOver: ("claim", "Take it back")
            }
        let undo: HTML = """
            <form method="post" action="/inbox/\(Percent.encoded(done.conversation.text))/\(way)" data-act>\(hidden)
            <button id="undo" data-command="Undo">\(name)</button></form>
            """
        return "<div class=\"toast\" data-toast><p>\(words)</p>\(if: mayWrite && done.deed != .takenOver, undo)</div>"
    }
}
