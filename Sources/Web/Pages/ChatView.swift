import Assistant
import Foundation
import Inbox
import Retrieval

/// Draws the chat page.
struct ChatView: Sendable {
    let chat: Chat
    let passages: Passages
    let key: String
    let fault: String?
    let draft: String

    var page: HTML {
        Layout.page(
            title: "\(chat.site.name) - chat", look: .chat, script: "chat.js",
            """
            <main id="main"\(chat.conversation == nil ? .nothing : "data-events=\"\(address)/events\"" as HTML)>
            <header class="chat-head"><h1><bdi>\(chat.site.name)</bdi></h1>\(state)
            <p class="banner" id="offline" role="status" hidden>No connection. What you send is kept here until it is back.</p></header>
            <div class="thread" id="thread" role="log" aria-label="Conversation" tabindex="0" data-log>\(greeting)\(entries)</div>
            <div class="chat-foot"><div id="typing" data-live>\(typing)</div>
            <p class="alert" id="alert" role="alert" data-live>\(fault ?? "")</p>\(forms.lead)\(composer)\(forms.file)\(forms.satisfaction)<div class="row-of" id="ways" data-live>\(ways)</div></div></main>
            """)
    }

    private var address: String { ChatPages.address(of: chat.site) }

    /// Who answers, in words.
    private var state: HTML {
        let assistant = chat.assistant.displayName
        guard let conversation = chat.conversation else {
            return line("", "You are talking to <bdi>\(assistant)</bdi>, an automated assistant. A person is one click away.")
        }
        if conversation.state == .resolved { return line("closed", "This conversation is closed. Write again and it goes on.") }
        switch conversation.owner {
        case .assistant: return line("", "You are talking to <bdi>\(assistant)</bdi>, an automated assistant. A person is one click away.")
        case .queue:
            let before = chat.placeInQueue.map { $0 == 0 ? "You are next." : "\($0) before you." } ?? ""
            return line("queue", "Waiting for a person\u{2026} \(before) You can leave this page and come back.")
        case .teammate(let id):
            return line("", "<bdi>\(chat.names[id] ?? "A person")</bdi> is here, a person of <bdi>\(chat.company)</bdi>.")
        }
    }

    private func line(_ kind: String, _ words: HTML) -> HTML {
        "<p class=\"state \(kind)\" id=\"state\" role=\"status\" data-live><span>\(words)</span></p>"
    }

    private var forms: ChatFormViews { ChatFormViews(chat: chat, key: key) }

    private var view: MessageView {
        MessageView(
            assistant: chat.assistant.displayName, company: chat.company, names: chat.names, passages: passages, isForStaff: false,
            enclosed: chat.standing.attachments)
    }

    private var greeting: HTML {
        """
        <article id="m0" class="entry assistant" data-seq="0"><p class="who"><strong><bdi>\(chat.assistant.displayName)</bdi></strong>
        <span class="chip">Assistant</span></p><div class="words" dir="auto">\(chat.site.greeting)</div></article>
        """
    }

    private var entries: [HTML] {
        let view = view
        return chat.messages.map(view.entry)
    }

    private var typing: HTML {
        guard let conversation = chat.conversation, conversation.owner == .assistant, conversation.awaiting == .company else {
            return .nothing
        }
        return """
            <p class="quiet small"><bdi>\(chat.assistant.displayName)</bdi> is looking it up\u{2026}</p>
            <noscript><a href="\(address)">Look for the answer</a></noscript>
            """
    }

    private var composer: HTML {
        let isNew = chat.conversation == nil
        return """
            <form class="composer" method="post" action="\(address)\(if: !isNew, "/messages")"\(if: !isNew, " data-send=\"enter\"")>
            <input type="hidden" name="key" value="\(key)">\(if: isNew, who)
            <label for="text">Your message</label>
            <textarea id="text" name="text" rows="2" maxlength="8000" required dir="auto" autocomplete="off" aria-describedby="alert">\(draft)</textarea>
            <button class="main-action">Send</button></form>
            """
    }

    private var who: HTML {
        guard let form = chat.site.leadForm, form.moment == .before else { return .nothing }
        return """
            <details id="who"><summary>Tell us who you are, if you like</summary>\(ChatFormViews.fields(of: form, isOwnForm: false))</details>
            """
    }

    private var ways: HTML {
        let isWithAssistant = chat.conversation.map { $0.owner == .assistant } ?? true
        let person: HTML = """
            <form method="post" action="\(address)/handoff"><input type="hidden" name="key" value="\(key)p"><button>Talk to a person</button></form>
            """
        let look: HTML = "<noscript><a class=\"button\" href=\"\(address)\">Look for new messages</a></noscript>"
        let leave: HTML = """
            <form method="post" action="\(address)/leave"><button class="plain" title="Forgets this conversation on this device">Leave</button></form>
            """
        return "\(if: isWithAssistant, person)\(if: !isWithAssistant, look)\(if: chat.conversation != nil, leave)"
    }
}
