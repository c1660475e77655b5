import Assistant
import Escalation
import Inbox
import Storage

/// One entry of a thread, drawn the same for the page and for whoever refreshes it; what only teammates may see is drawn for them alone.
struct MessageView: Sendable {
    /// What customers read as the assistant's name.
    let assistant: String
    let company: String
    let names: [TeammateID: String]
    let passages: Passages
    /// Whether notes, drafts and confidence are shown.
    let isForStaff: Bool
    /// The files of the messages.
    var enclosed = AttachmentList()
    /// What teammates read as the customer's name; untrusted.
    var customer = "Customer"
    /// Of a conversation that is a part of the one that is shown: goes in front of its entries' ids, and nothing new is looked for behind them.
    var part = ""
    /// What else stands under an entry.
    var under: @Sendable (Message) -> HTML = { _ in .nothing }

    /// What the built-in responder calls itself (`Responder.model`).
    private static let quotingModel = "baton-extractive"

    func entry(_ message: Message) -> HTML { entry(message, isMissed: false) }

    /// - Parameter isMissed: whether it came while the reader wrote.
    func entry(_ message: Message, isMissed: Bool) -> HTML {
        let details = details(of: message)
        return """
            <article id="\(part)m\(message.sequence)" class="entry \(message.author.kind) \(message.kind.rawValue)\(if: isMissed, " missed")" \(if: part.isEmpty, "data-seq=\"\(message.sequence)\"")>
            <p class="who"><strong><bdi>\(author(message))</bdi></strong>\(role(message)) \(Words.time(message.at))</p>
            <div class="words" dir="auto">\(LinkedText.html(of: message))</div>
            \(enclosed.list(of: message))\(passages.list(of: message))\(if: details?.model == Self.quotingModel, Self.quotes)
            \(if: isForStaff, confidence(message, details))\(under(message))</article>
            """
    }

    private static let quotes: HTML = "<p class=\"quiet small\">Quoted from the documents; no language model was asked.</p>"

    private func author(_ message: Message) -> String {
        switch message.author {
        case .customer: isForStaff ? customer : "You"
        case .assistant: assistant
        case .teammate(let id): names[id] ?? id.text
        case .system: company
        }
    }

    private func role(_ message: Message) -> HTML {
        switch (message.author, message.kind) {
        case (_, .note): " <span class=\"chip note\">Note, only for colleagues</span>"
        case (_, .suggestion): " <span class=\"chip held\">Draft, held back</span>"
        case (.assistant, _): " <span class=\"chip\">Assistant</span>"
        case (.system, _) where isForStaff: " <span class=\"chip\">Automatic</span>"
        case (.customer, _) where isForStaff: " <span class=\"chip customer\">Customer</span>"
        default: .nothing
        }
    }

    private func details(of message: Message) -> ReplyDetails? {
        // Of a version that wrote them otherwise: the words are shown without them.
        message.details.flatMap { try? StoredJSON.decode(ReplyDetails.self, from: $0) }
    }

    private func confidence(_ message: Message, _ details: ReplyDetails?) -> HTML {
        guard let details, let confidence = details.receipt.confidence else { return .nothing }
        let parts = confidence.parts.map { "<li>\($0.inWords)</li>" as HTML }
        let isEnough = confidence.probability >= details.receipt.threshold
        return """
            <details class="small certainty" id="\(part)why-\(message.sequence)"><summary>\(Words.confidence(confidence.probability, isEnough: isEnough))
            <span class="quiet">needed \(Self.percent(details.receipt.threshold))</span></summary>
            <ul>\(parts)\(details.receipt.inWords.map { "<li dir=\"auto\">\($0)</li>" as HTML })</ul></details>
            """
    }

    static func percent(_ share: Double) -> String { Words.percent(share) }
}
