import Access
import Assistant
import Foundation
import Inbox
import Metering
import Storage

/// The conversation that is open, with its case.
struct OpenCase: Sendable {
    /// Messages of one page; what is older is on the page before.
    static let mostMessages = 200

    let conversation: Conversation
    let customer: Customer
    /// The messages that are drawn.
    let messages: [Message]
    /// The newest page of the thread, whatever of it is drawn.
    private let thread: [Message]
    /// Whether there are older messages than these.
    let hasOlder: Bool
    /// Whether these are older messages than the newest.
    let isPast: Bool
    let files: AttachmentList
    /// What the customer thinks of how it went.
    let satisfaction: Satisfaction?
    /// What the customer agreed to, oldest first.
    let consents: [Introduction.Given]
    /// What teammates think of the assistant's answers.
    let judgements: [MessageID: [Judgement]]
    /// Newest first.
    let handoffs: [Handoff]
    /// Others of the same customer.
    let earlier: [Conversation]
    /// Those that are parts of this one.
    let parts: [Conversation]
    /// What was said in the parts, for a page that is drawn whole.
    let partThreads: [(part: Conversation, messages: [Message], files: AttachmentList)]
    /// Ready replies, with their words for this customer.
    let macros: [(macro: Macro, text: String?)]
    /// For roles that may see it.
    let totals: UsageTotals?
    let currency: String

    /// - Parameters:
    ///   - after: only messages beyond this seq, for a page that has the others.
    ///   - before: in place of that, the newest messages below this seq.
    init(
        _ id: ConversationID, after: Int, before: Int?, for viewer: Viewer, _ call: Call, _ inbox: Inbox, _ meter: Meter,
        in snapshot: Snapshot
    ) throws {
        let seesCost = viewer.may(.usageRead)
        conversation = try inbox.conversation(id, in: snapshot)
        customer = try inbox.customer(conversation.customer, in: snapshot)
        thread = try inbox.wholeThread(of: id, limit: Self.mostMessages, in: snapshot)
        messages =
            try before.map { try inbox.page(of: id, isPublic: false, before: $0, limit: Self.mostMessages, in: snapshot).messages }
            ?? thread.filter { $0.sequence > after }
        isPast = before != nil
        hasOlder = after <= 0 && (messages.first?.sequence ?? 1) > 1
        files = try AttachmentList(of: id, inbox, for: call, in: snapshot)
        satisfaction = try inbox.satisfaction(of: id, in: snapshot)
        consents = try inbox.consents(in: id, in: snapshot)
        judgements = try inbox.judgements(of: id, in: snapshot)
        handoffs = try inbox.handoffs(of: id, in: snapshot)
        parts = try inbox.mergedInto(id, in: snapshot)
        partThreads = try (after > 0 || before != nil ? [] : parts).map { part in
            try (
                part, inbox.wholeThread(of: part.id, limit: Self.mostMessages, in: snapshot),
                AttachmentList(of: part.id, inbox, for: call, in: snapshot)
            )
        }
        // An owner need not be a teammate of the inbox; a reply has somebody's name.
        let speaks = try inbox.teammates(in: snapshot).contains { $0.id == viewer.id }
        macros =
            try speaks
            ? inbox.macros(in: snapshot).map { ($0, try inbox.filled($0, for: id, by: viewer.id, company: viewer.company, in: snapshot)) }
            : []
        earlier = try inbox.conversations(ofWhoeverIs: conversation.customer, limit: 6, in: snapshot).filter {
            $0.id != id && $0.mergedInto != id
        }
        totals = seesCost ? try meter.totals(of: inbox.workspace, UsageFilter(conversation: id.text), in: snapshot) : nil
        currency = seesCost ? try meter.credit(of: inbox.workspace, in: snapshot).currency : ""
    }

    /// The assistant's draft that was held back, while nobody has answered after it.
    var draft: Message? {
        guard let index = thread.lastIndex(where: { $0.kind == .suggestion }) else { return nil }
        let isAnswered = thread[index...].contains { $0.kind == .text && $0.author != .customer }
        return isAnswered ? nil : thread[index]
    }

    /// What a reply begins with: the assistant's draft, or a ready reply.
    func beginning(_ wanted: String?) -> String? {
        wanted == "draft" ? draft?.text : macros.first { $0.macro.id.text == wanted }?.text
    }

    /// The newest answer of the assistant, sent or held back.
    var lastAnswer: MessageID? {
        thread.last { $0.author == .assistant && ($0.kind == .text || $0.kind == .suggestion) }?.id
    }

    /// What was quoted from passages in this thread, the newest quote of each.
    var quotes: [String: String] {
        Dictionary(thread.reversed().flatMap(Passages.citations).map { ($0.passage, $0.quote) }) { first, _ in first }
    }
}
