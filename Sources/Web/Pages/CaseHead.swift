import Foundation
import Inbox
import Storage

/// Draws the head of an open conversation: whose it is, and everything that can be done with it, each by a visible button that carries its key.
extension InboxView {
    func head(_ open: OpenCase) -> HTML {
        let conversation = open.conversation
        return """
            <header class="case-head"><a class="back" href="/inbox?queue=\(Percent.encoded(queue.text))">Back</a>
            <h1 id="case-name" tabindex="-1"><bdi>\(open.customer.shownName)</bdi></h1>
            <a class="button about-link" href="\(address(conversation.id))&pane=about">About</a>
            <a class="button thread-link" href="\(address(conversation.id))">Messages</a>
            <div id="owner" data-live>\(state(conversation))<div class="actions">\(if: mayWrite, actions(conversation))\(nextLink)</div></div></header>
            """
    }

    private var nextLink: HTML? {
        next.map {
            "<a class=\"button next\" href=\"\(Self.address($0, in: .needsPerson))\" data-key=\"u\" title=\"The next that needs a person (U)\">Next <kbd>U</kbd></a>"
        }
    }

    private func state(_ conversation: Conversation) -> HTML {
        if let whole = conversation.mergedInto {
            return "<p class=\"state closed\">Part of <a href=\"\(address(whole))\">another conversation</a></p>"
        }
        if conversation.state == .resolved { return "<p class=\"state closed\">Closed</p>" }
        switch conversation.owner {
        case .assistant: return "<p class=\"state\">With the assistant\(if: conversation.awaiting == .company, ", which is answering")</p>"
        case .queue:
            let asked = conversation.suggested.map { ", <bdi>\(name($0))</bdi> is asked" as HTML }
            return "<p class=\"state queue\"><span>Needs a person\(asked)</span></p>"
        case .teammate(viewer.id):
            let aside = conversation.snoozedUntil.map { ", put aside until \(Words.time($0))" as HTML }
            return "<p class=\"state\">Yours\(aside)</p>"
        case .teammate(let id): return "<p class=\"state\"><span><bdi>\(name(id))</bdi> has it</span></p>"
        }
    }

    private func actions(_ conversation: Conversation) -> HTML {
        let isMine = conversation.owner == .teammate(viewer.id)
        let isColleagues = conversation.owner.teammate != nil && !isMine
        let isOpen = conversation.state == .open
        let take: HTML =
            isColleagues
            ? button("claim", "t", "Take it from \(name(conversation.owner.teammate ?? viewer.id))", extra: Self.fromColleague)
            : button("claim", "t", isOpen ? "Take over" : "Reopen", isMain: isOpen)
        return """
            \(if: !isMine, take)\(if: isOpen && !isColleagues, button("resolve", "e", "Resolve", isMain: isMine))
            \(if: isOpen && !isColleagues && conversation.owner != .assistant, button("hand-back", "r", "Hand back", says: "Give it back to the assistant"))
            \(if: isOpen && !isColleagues && conversation.owner != .assistant, aside(conversation))
            \(if: isOpen && !isColleagues && conversation.owner != .assistant, assignment)
            """
    }

    /// Putting aside until a moment, which is reckoned where the reader is.
    private func aside(_ conversation: Conversation) -> HTML {
        if conversation.snoozedUntil != nil { return button("wake", "z", "Take up again", says: "Take it up again before its time") }
        let moments = [("hour", "In 1 hour"), ("tomorrow", "Tomorrow, 9:00"), ("monday", "Next Monday, 9:00")].map { name, words in
            "<button name=\"for\" value=\"\(name)\" data-command=\"Put aside: \(words)\">\(words)</button>" as HTML
        }
        return menu(
            "aside", "z", "Put aside", says: "Put it aside until a moment",
            """
            <form class="fields" method="post" action="\(action("snooze"))" data-act>\(hidden)<input type="hidden" name="zone" data-zone>\(moments)
            <label for="until">Or until</label><input type="datetime-local" id="until" name="until"><button name="for" value="until">Put aside</button></form>
            """)
    }

    private static let fromColleague: HTML = "<input type=\"hidden\" name=\"from_colleague\" value=\"yes\">"

    /// A button in a form of its own, with its key in the title.
    func button(
        _ action: String, _ key: String, _ words: String, isMain: Bool = false, says: String? = nil, extra: HTML = .nothing
    ) -> HTML {
        """
        <form method="post" action="\(self.action(action))" data-act>\(hidden)\(extra)
        <button id="do-\(action)"\(if: isMain, " class=\"main-action\"") data-key="\(key)" title="\(says ?? words) (\(key.uppercased()))">\(words)
        <kbd aria-hidden="true">\(key.uppercased())</kbd></button></form>
        """
    }

    /// Something that opens below its button, also without a script.
    func menu(_ id: String, _ key: String, _ words: String, says: String, _ inside: HTML) -> HTML {
        """
        <details class="menu" id="\(id)"><summary class="button" data-key="\(key)" title="\(says) (\(key.uppercased()))">\(words)
        <kbd aria-hidden="true">\(key.uppercased())</kbd></summary><div class="menu-body">\(inside)</div></details>
        """
    }

    private var assignment: HTML {
        let teams = teams.map { "<option value=\"team:\($0.id.text)\">\($0.name)</option>" as HTML }
        let people = teammates.filter { !$0.isSuspended }.map { mate in
            "<option value=\"teammate:\(mate.id.text)\">\(mate.name)\(if: mate.availability == .away, " (away)")</option>" as HTML
        }
        return menu(
            "assign", "a", "Assign", says: "Pass it to a team or a colleague",
            """
            <form class="fields" method="post" action="\(action("assignment"))" data-act>\(hidden)<label for="to">Pass it on to</label>
            <select id="to" name="to" required><option value="">Choose\u{2026}</option><optgroup label="Teams">\(teams)</optgroup>
            <optgroup label="Colleagues">\(people)</optgroup></select><button class="main-action">Pass on</button></form>
            """)
    }
}
