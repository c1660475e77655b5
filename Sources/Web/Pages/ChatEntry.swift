import Assistant
import Inbox
import Storage

/// One entry of the thread, as the customer reads it. What teammates see beside it is drawn by `MessageView`.
struct ChatEntry: Sendable {
    let words: Wordbook
    let chat: Chat
    let passages: Passages

    /// What the built-in responder calls itself (`Responder.model`).
    private static let quotingModel = "baton-extractive"

    func entry(_ message: Message) -> HTML {
        let isOwn = message.author == .customer
        // Of a version that wrote them otherwise: the words are shown without them.
        let details = message.details.flatMap { try? StoredJSON.decode(ReplyDetails.self, from: $0) }
        return """
            <article id="m\(message.sequence)" class="entry \(message.author.kind) \(message.kind.rawValue)" data-seq="\(message.sequence)">
            <p class="who"><strong><bdi>\(author(message))</bdi></strong>\(if: message.author == .assistant, chip)
            \(Self.time(message.at))\(if: isOwn, " <span class=\"standing\">\(words[.sent])</span>")</p>
            <div class="words" dir="auto">\(LinkedText.html(of: message))</div>\(chat.standing.attachments.list(of: message))
            \(passages.list(of: message, titled: words[.sources]))\(if: details?.model == Self.quotingModel, quotes)</article>
            """
    }

    var greeting: HTML {
        """
        <article id="m0" class="entry assistant" data-seq="0"><p class="who"><strong><bdi>\(chat.assistant.displayName)</bdi></strong>\(chip)</p>
        <div class="words" dir="auto">\(chat.site.greeting)</div></article>
        """
    }

    /// The bubble of what is not with the server yet; the script fills it in.
    var own: HTML {
        """
        <template id="own"><article class="entry customer pending"><p class="who"><strong>\(words[.you])</strong> <span class="standing"></span></p>
        <div class="words" dir="auto"></div><button type="button" class="retry" hidden>\(words[.retry])</button></article></template>
        """
    }

    private var chip: HTML { " <span class=\"chip\">\(words[.assistant])</span>" }

    private var quotes: HTML { "<p class=\"quiet small\">\(words[.quoted])</p>" }

    private func author(_ message: Message) -> String {
        switch message.author {
        case .customer: words[.you]
        case .assistant: chat.assistant.displayName
        case .teammate(let id): chat.names[id] ?? words[.person]
        case .system: chat.company
        }
    }

    /// `2026-11-30 23:16 UTC`, which every language reads; in the reader's zone and way where scripts run.
    static func time(_ at: Timestamp) -> HTML {
        let text = at.description
        return "<time datetime=\"\(text)\">\(String(text.prefix(10))) \(String(text.dropFirst(11).prefix(5))) UTC</time>"
    }
}
