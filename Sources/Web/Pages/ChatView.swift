import Assistant
import Foundation
import Inbox
import Retrieval

/// Draws the chat: as a page, in the frame on a company's page, and as the parts of it that change.
struct ChatView: Sendable {
    let chat: Chat
    let words: Wordbook
    let passages: Passages
    let key: String
    let fault: String?
    let draft: String
    /// What the page's own addresses carry along: `frame`, `lang`.
    let query: String

    private var isFramed: Bool { query.contains("frame") }
    private var address: String { ChatPages.address(of: chat.site) }
    private var forms: ChatFormViews { ChatFormViews(chat: chat, words: words, key: key, query: query) }
    private var entry: ChatEntry { ChatEntry(words: words, chat: chat, passages: passages) }
    private var title: String { words.text(.title, ["site": chat.site.name]) }

    var page: HTML {
        """
        <!doctype html>
        <html lang="\(words.code)" dir="\(words.direction.rawValue)"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
        <meta name="color-scheme" content="light dark"><title>\(title)</title><link rel="stylesheet" href="\(address)/style.css">
        <link rel="icon" href="/assets/baton.svg" type="image/svg+xml"><script type="module" src="/assets/chat.js"></script></head>
        <body class="chat\(if: isFramed, " frame")"><a class="skip" href="#main">\(words[.skip])</a>
        <main id="main" data-site="\(chat.site.key)" data-address="\(address)" data-query="\(if: !query.isEmpty, "&\(query)")"
        data-origins="\(chat.site.origins.joined(separator: " "))" data-sending="\(words[.sending])" data-failed="\(words[.failed])"
        data-offline="\(words[.offline])" data-lost="\(words[.lost])">
        <header class="head"><h1><bdi>\(chat.site.name)</bdi></h1>
        \(if: isFramed, "<button type=\"button\" id=\"close\" aria-label=\"\(words[.close])\" hidden><span aria-hidden=\"true\"></span></button>")
        \(state)</header><p class="banner" id="offline" role="status"></p>
        <div class="thread" id="thread" role="log" aria-label="\(words[.conversation])" tabindex="0">
        <div id="log">\(entry.greeting)\(chat.messages.map(entry.entry))</div><div id="outbox" aria-live="off"></div>
        \(typing)\(personTyping)\(extra)</div>
        <div class="foot">\(alert)\(composer)\(ways)</div></main>\(entry.own)</body></html>
        """
    }

    /// What changes, for a page that is open.
    var part: HTML {
        """
        <!doctype html>
        <html lang="\(words.code)"><head><title>\(title)</title></head><body>\(state)<div id="log">\(chat.messages.map(entry.entry))</div>
        \(typing)\(personTyping)\(extra)\(alert)\(ways)</body></html>
        """
    }

    // MARK: The parts that change

    /// Who answers, in words.
    private var state: HTML {
        let bot: HTML = "<bdi>\(chat.assistant.displayName)</bdi>"
        guard let conversation = chat.conversation else { return line("", words.html(.withAssistant, ["assistant": bot])) }
        if conversation.state == .resolved { return line("closed", words.html(.closed, [:])) }
        switch conversation.owner {
        case .assistant: return line("", words.html(.withAssistant, ["assistant": bot]))
        case .queue:
            return line("queue", waiting)
        case .teammate(let id):
            let name: HTML = "<bdi>\(chat.names[id] ?? words[.person])</bdi>"
            return line("", words.html(.here, ["teammate": name, "company": "<bdi>\(chat.company)</bdi>"]))
        }
    }

    /// How many come first and how long it takes as a rule, while somebody is there; else from when on.
    private var waiting: HTML {
        guard let wait = chat.wait else { return words.html(.waiting, [:]) }
        let before = wait.before == 0 ? words[.next] : words.text(.before, count: wait.before)
        if let opens = wait.opensAt { return words.html(.opens, ["place": "\(before)", "time": ChatEntry.time(opens)]) }
        let usual = wait.usualMilliseconds.map { " " + words.text(.usually, count: Int(clamping: max(1, ($0 + 30_000) / 60_000))) } ?? ""
        return words.html(.waiting, ["place": "\(before + usual)"])
    }

    private func line(_ kind: String, _ says: HTML) -> HTML {
        """
        <p class="state \(kind)" id="state" role="status" data-live data-open="\(if: chat.conversation != nil, "yes")"><span>\(says)</span></p>
        """
    }

    private var typing: HTML {
        "<div id=\"typing\" data-live>\(if: chat.isLookingUp, lookingUp)</div>"
    }

    private var lookingUp: HTML {
        let bot: HTML = "<bdi>\(chat.assistant.displayName)</bdi>"
        return """
            <p class="quiet small dots">\(words.html(.lookingUp, ["assistant": bot]))</p>
            <noscript><a href="\(address)\(if: !query.isEmpty, "?\(query)")">\(words[.lookForAnswer])</a></noscript>
            """
    }

    private var personTyping: HTML {
        let name = chat.conversation?.owner.teammate.flatMap { chat.names[$0] } ?? words[.person]
        return """
            <p class="quiet small dots" id="person-typing" role="status" data-live hidden>\(words.html(.typing, ["teammate": "<bdi>\(name)</bdi>"]))</p>
            """
    }

    private var extra: HTML { "<div id=\"extra\" data-live>\(forms.lead)\(forms.satisfaction)</div>" }

    private var alert: HTML { "<p class=\"alert\" id=\"alert\" role=\"alert\" data-live>\(fault ?? "")</p>" }

    private var ways: HTML {
        let isWithAssistant = chat.conversation.map { $0.owner == .assistant } ?? true
        let person: HTML = """
            <form method="post" action="\(action("/handoff"))">\(if: chat.conversation == nil, "<input type=\"hidden\" name=\"key\" value=\"\(key)p\">")
            <button id="person">\(words[.talkToPerson])</button></form>
            """
        let look: HTML = "<noscript><a class=\"button\" href=\"\(action(""))\">\(words[.lookForNew])</a></noscript>"
        let leave: HTML = """
            <form class="leave" method="post" action="\(action("/leave"))">
            <button class="plain" id="leave" title="\(words[.leaveTitle])">\(words[.leave])</button></form>
            """
        return """
            <div class="ways" id="ways" data-live>\(if: isWithAssistant, person)\(if: !isWithAssistant, look)\(if: chat.conversation != nil, leave)</div>
            """
    }

    // MARK: Writing

    private var composer: HTML {
        let isNew = chat.conversation == nil
        return """
            <form class="composer" id="composer" method="post" action="\(action(isNew ? "" : "/messages"))">
            <input type="hidden" name="key" value="\(key)">\(if: isNew, who)
            <label for="text">\(words[.message])</label>
            <textarea id="text" name="text" rows="1" maxlength="8000" required dir="auto" autocomplete="off" aria-describedby="alert">\(draft)</textarea>
            <button class="main-action">\(words[.send])</button></form>\(forms.file)
            """
    }

    private var who: HTML {
        guard let form = chat.site.leadForm, form.moment == .before else { return .nothing }
        return """
            <details id="who"><summary>\(words[.who])</summary><div class="fields">\(forms.fields(of: form, isOwnForm: false))</div></details>
            """
    }

    private func action(_ path: String) -> HTML { "\(address)\(path)\(if: !query.isEmpty, "?\(query)")" }
}
