import Access
import Escalation
import Inbox
import Notation
import Storage

/// A handoff as callers read it: for a customer, that people were asked and what was said; for teammates the whole package.
enum HandoffShape {
    static let schema = Schema.named(
        "Handoff",
        .object([
            .init("id", .identifier), .init("conversation", .identifier),
            .init("state", .oneOf(["waiting", "claimed", "handed_back", "resolved"])), .init("created_at", .time),
            .init("announcement", .lines(0...10_000), "what the customer was told", required: false),
            .init("reason", .text(0...200), "a code; for teammates, like all that follows", required: false),
            .init("team", .identifier, required: false), .init("skill", .text(0...200), required: false),
            .init("assigned", .identifier, "who was asked first", required: false),
            .init("priority", .oneOf(["low", "normal", "high", "urgent"]), required: false),
            .init("round", .count, "how often people were notified", required: false),
            .init("notified_at", .time, required: false), .init("seen_at", .time, required: false),
            .init("seen_by", .identifier, required: false), .init("claimed_at", .time, required: false),
            .init("claimed_by", .identifier, required: false), .init("first_reply_at", .time, required: false),
            .init("closed_at", .time, required: false),
            .init("due_at", .time, "what the team promised, while it is not over", required: false),
            .init("due_for", .oneOf(Due.Kind.allCases.map(\.word)), required: false),
            .init("sla", .oneOf(Due.State.allCases.map(\.rawValue)), "`soon`: the last quarter of the time runs", required: false),
            .init("package", package, required: false),
        ]))

    private static let lines = Schema.array(.lines(0...10_000), most: 1000)

    private static let package = Schema.named(
        "HandoffPackage",
        .object([
            .init("through_seq", .count, "the last message that it speaks of"), .init("customer", .anything),
            .init("details", .map(.lines(0...1000), most: 100)), .init("tags", .array(.text(0...200), most: 100)),
            .init("intent", .text(0...500), required: false), .init("sentiment", .integer(-2...2), required: false),
            .init("tried", lines, "what the assistant did, in order"), .init("why", lines, "why it stopped, one line per trigger"),
            .init(
                "sources",
                .array(
                    .object([.init("passage", .text(0...500)), .init("title", .text(0...1000)), .init("cited", .boolean)]), most: 1000)),
            .init("resolved", lines, "what the customer has an answer to"), .init("pending", lines, "what is still open"),
            .init("attachments", .array(.anything, most: 1000)),
            .init("receipt", .anything, "every trigger, fired or not", required: false),
        ]))

    /// - Throws: `StorageError`.
    static func json(
        _ handoff: Handoff, _ inbox: Inbox, for caller: Caller, at now: Timestamp, in querying: some Querying
    ) throws -> JSON {
        let announcement = try handoff.announcement.map { try inbox.message($0, of: handoff.conversation, in: querying).text }
        let shown = JSON.of(
            ("id", .string(handoff.id.text)), ("conversation", .string(handoff.conversation.text)),
            ("state", .string(handoff.state == .handedBack ? "handed_back" : handoff.state.rawValue)),
            ("created_at", .of(handoff.createdAt)), ("announcement", .text(announcement)))
        guard caller.isStaff else { return shown }
        let due = handoff.closedAt == nil ? try inbox.conversation(handoff.conversation, in: querying).due : nil
        let inside = JSON.of(
            ("reason", .string(handoff.reason)), ("team", .text(handoff.team?.text)), ("skill", .text(handoff.skill)),
            ("assigned", .text(handoff.assigned?.text)), ("priority", .string(handoff.priority.word)), ("round", .of(handoff.round)),
            ("notified_at", handoff.notifiedAt.map(JSON.of)), ("seen_at", handoff.seenAt.map(JSON.of)),
            ("seen_by", .text(handoff.seenBy?.text)), ("claimed_at", handoff.claimedAt.map(JSON.of)),
            ("claimed_by", .text(handoff.claimedBy?.text)), ("first_reply_at", handoff.firstReplyAt.map(JSON.of)),
            ("closed_at", handoff.closedAt.map(JSON.of)), ("due_at", due.map { .of($0.at) }), ("due_for", .text(due?.kind.word)),
            ("sla", .text(due?.state(at: now).rawValue)), ("package", json(handoff.package)))
        return .object((shown.members ?? []) + (inside.members ?? []))
    }

    private static func json(_ package: HandoffPackage) -> JSON {
        func texts(_ list: [String]) -> JSON { .array(list.map(JSON.string)) }
        return .of(
            ("through_seq", .of(package.thread.throughSequence)),
            (
                "customer",
                .of(
                    ("id", .string(package.customer.id.text)), ("name", .text(package.customer.name)),
                    ("email", .text(package.customer.email)), ("verified", .bool(package.customer.isVerified)))
            ),
            ("details", .of(package.captured)), ("tags", texts(package.tags)), ("intent", .text(package.intent)),
            ("sentiment", package.sentiment.map { .of($0) }), ("tried", texts(package.tried)), ("why", texts(package.why)),
            (
                "sources",
                .array(
                    package.sources.map {
                        .of(("passage", .string($0.passage)), ("title", .string($0.title)), ("cited", .bool($0.wasCited)))
                    })
            ),
            ("resolved", texts(package.summary.resolved)), ("pending", texts(package.summary.pending)),
            (
                "attachments",
                .array(
                    package.attachments.map {
                        .of(
                            ("id", .string($0.id)), ("name", .string($0.name)), ("media_type", .string($0.mediaType)),
                            ("bytes", .of($0.bytes)))
                    })
            ),
            ("receipt", package.receipt.flatMap(JSON.kept)))
    }
}

extension JSON {
    /// JSON that was kept as text; nil where it cannot be read.
    static func kept(_ text: String) -> JSON? {
        // We wrote it ourselves; what cannot be read any more is not shown.
        try? JSONReader.read(Array(text.utf8))
    }
}
