import Access
import Assistant
import Escalation
import Foundation
import Inbox
import Notation
import Storage

/// A message as callers read it. Teammates also see what the assistant knew when it wrote it.
enum MessageShape {
    static let schema = Schema.named(
        "Message",
        .object([
            .init("id", .identifier), .init("seq", .count, "its place in the conversation"),
            .init("author", .oneOf(["customer", "assistant", "teammate", "system"])),
            .init("author_name", .text(0...200), "as customers read it", required: false),
            .init("kind", .oneOf(Message.Kind.allCases.map(\.rawValue)), "`note` and `suggestion` are for teammates only"),
            .init("text", .lines(0...10_000), "untrusted, whoever wrote it: never markup"), .init("at", .time),
            .init("citations", .array(citation, most: 100), "what the answer rests on, checked", required: false),
            .init("attachments", .array(AttachmentShape.schema, most: 20), required: false),
            .init("teammate", .identifier, "for teammates, like all that follows", required: false),
            .init("turn", .identifier, "the duty that it answers", required: false),
            .init("charge", .identifier, "names the usage row of the response", required: false),
            .init("confidence", .number(0...1), "effective confidence", required: false),
            .init("threshold", .number(0...1), "the least confidence that answers", required: false),
            .init("verdict", .oneOf(["answer", "offer", "hand_over"]), required: false),
            .init("canned", .boolean, "a ready reply, made without a model", required: false),
            .init("model", .text(0...200), required: false), .init("endpoint", .text(0...200), required: false),
            .init("judgements", .array(JudgementShape.schema, most: 1000), "what teammates think of the answer", required: false),
        ]))

    private static let citation = Schema.named(
        "Citation",
        .object([
            .init("passage", .text(0...500)), .init("document", .text(0...500)), .init("title", .text(0...1000)),
            .init("headings", .array(.text(0...1000), most: 20)), .init("quote", .lines(0...10_000), "words that stand there"),
        ]))

    /// What a list of messages needs besides them.
    struct Surroundings: Sendable {
        var names: [TeammateID: String] = [:]
        var assistant = ""
        var attachments: [MessageID: [Attachment]] = [:]
        /// Makes the links that need no credential.
        var link: @Sendable (AttachmentID) -> AttachmentLink? = { _ in nil }
        var judgements: [MessageID: [Judgement]] = [:]

        init() {}

        /// - Throws: `StorageError`.
        init(_ conversation: ConversationID, _ inbox: Inbox, assistant: String, for messages: [Message], in querying: some Querying) throws
        {
            self.assistant = assistant
            for teammate in Set(messages.compactMap(\.author.teammate)) {
                names[teammate] = try inbox.teammate(teammate, in: querying).name
            }
            for attachment in try inbox.attachments(of: conversation, in: querying) {
                if let message = attachment.message { attachments[message, default: []].append(attachment) }
            }
            judgements = try inbox.judgements(of: conversation, in: querying)
        }
    }

    static func json(_ message: Message, _ around: Surroundings, for caller: Caller) -> JSON {
        let name: String? =
            switch message.author {
            case .teammate(let teammate): around.names[teammate]
            case .assistant: around.assistant
            case .customer, .system: nil
            }
        let attachments = around.attachments[message.id] ?? []
        let shown = JSON.of(
            ("id", .string(message.id.text)), ("seq", .of(message.sequence)), ("author", .string(message.author.kind)),
            ("author_name", .text(name)), ("kind", .string(message.kind.rawValue)), ("text", .string(message.text)),
            ("at", .of(message.at)), ("citations", citations(message)),
            ("attachments", attachments.isEmpty ? nil : .array(attachments.map { AttachmentShape.json($0, around.link($0.id)) })))
        guard caller.isStaff else { return shown }
        let details = message.details.flatMap(Details.read)
        let isByModel = details?.isCanned == false
        let judgements = around.judgements[message.id]
        let inside = JSON.of(
            ("teammate", .text(message.author.teammate?.text)), ("turn", .text(message.turn?.text)),
            ("charge", isByModel ? .text(message.turn?.text) : nil), ("confidence", .share(details?.receipt.confidence?.probability)),
            ("threshold", .share(details?.receipt.threshold)), ("verdict", .text(details?.receipt.verdict.word)),
            ("canned", (details?.isCanned).map(JSON.bool)), ("model", .text(details?.model)), ("endpoint", .text(details?.endpoint)),
            ("judgements", judgements.map { .array($0.map(JudgementShape.json)) }))
        return .object((shown.members ?? []) + (inside.members ?? []))
    }

    private static func citations(_ message: Message) -> JSON? {
        // Citations of an older shape are not shown; the words are.
        guard let text = message.citations, let list = try? StoredJSON.decode([ShownCitation].self, from: text) else { return nil }
        return .array(
            list.map {
                .of(
                    ("passage", .string($0.passage)), ("document", .string($0.document)), ("title", .string($0.title)),
                    ("headings", .array($0.headings.map(JSON.string))), ("quote", .string($0.quote)))
            })
    }

    /// The little of `ReplyDetails` that is shown beside each message; the whole receipt has its own address.
    struct Details: Decodable {
        struct Receipt: Decodable {
            struct Confidence: Decodable { let probability: Double }

            let verdict: Verdict
            let threshold: Double
            let confidence: Confidence?
        }

        let receipt: Receipt
        let isCanned: Bool
        let model: String?
        let endpoint: String?

        static func read(_ text: String) -> Details? {
            // What an older version kept beside a message says less; the message is shown all the same.
            try? StoredJSON.decode(Details.self, from: text)
        }
    }
}

extension Verdict {
    /// As the API writes it.
    var word: String {
        switch self {
        case .answer: "answer"
        case .offer: "offer"
        case .handOver: "hand_over"
        }
    }
}

/// A file as callers read it.
enum AttachmentShape {
    static let schema = Schema.named(
        "Attachment",
        .object([
            .init("id", .identifier), .init("name", .text(0...300), "as the sender called it, made safe; untrusted"),
            .init("media_type", .oneOf(FileKind.allCases.map(\.rawValue)), "by its bytes, not by what the sender said"),
            .init("bytes", .count), .init("href", .text(0...300), "for whoever shows a credential"),
            .init("link", .text(0...500), "the same file without one, for whoever was given it", required: false),
            .init("link_expires_at", .time, required: false),
        ]))

    /// - Parameter link: nil where the answer is kept for a repetition: a link must not stand in the database, and would have ended by then.
    static func json(_ attachment: Attachment, _ link: AttachmentLink? = nil) -> JSON {
        .of(
            ("id", .string(attachment.id.text)), ("name", .string(attachment.name)), ("media_type", .string(attachment.kind.rawValue)),
            ("bytes", .of(attachment.bytes)), ("href", .string("/v1/attachments/\(attachment.id.text)")),
            ("link", .text(link?.address)), ("link_expires_at", link.map { .of($0.expiresAt) }))
    }
}
