import Access
import Inbox
import Notation
import Storage

/// A conversation as callers read it. Customers get an allow-list of fields: whether a person or the assistant answers, never which person, and nothing
/// that teammates keep among themselves.
enum ConversationShape {
    static let schema = Schema.named(
        "Conversation",
        .object([
            .init("id", .identifier), .init("state", .oneOf(["open", "resolved"])),
            .init(
                "owner",
                .object([
                    .init("kind", .oneOf(["assistant", "queue", "teammate"]), "who answers; `queue`: people were asked"),
                    .init("teammate", .identifier, "for teammates", required: false),
                ])),
            .init("last_seq", .count, "of the newest message that the caller may see"),
            .init("awaiting", .oneOf(["customer", "company"]), "whose move it is"),
            .init("place_in_queue", .count, "customers before this one, while people were asked", required: false),
            .init("wait", wait, "what may honestly be said, while people were asked", required: false),
            .init("opened_at", .time), .init("updated_at", .time, required: false), .init("resolved_at", .time, required: false),
            .init("introduction", .oneOf(["given", "skipped"]), "whether the lead form was sent or put aside", required: false),
            .init("can_rate", .boolean, "whether there is something to judge"),
            .init("satisfaction", SatisfactionShape.schema, "how it went, as the customer says", required: false),
            .init("epoch", .count, "how often the owner changed; for teammates, like all that follows", required: false),
            .init("assistant", .identifier, required: false), .init("customer", CustomerShape.schema, required: false),
            .init("team", .identifier, required: false), .init("suggested", .identifier, "who is asked to take it", required: false),
            .init("subject", .text(0...200), required: false), .init("tags", .array(.text(1...200), most: 20), required: false),
            .init("details", .map(.lines(0...1000), most: 50), "captured from the customer's words", required: false),
            .init("waiting_since", .time, required: false), .init("snoozed_until", .time, required: false),
            .init("due_at", .time, "what its team promised", required: false),
            .init("due_for", .oneOf(Due.Kind.allCases.map(\.word)), required: false),
            .init("sla", .oneOf(Due.State.allCases.map(\.rawValue)), required: false),
            .init("merged_into", .identifier, "the conversation of which this is a part", required: false),
            .init("merged", .array(.identifier, most: 1000), "conversations that are parts of this one", required: false),
            .init("consents", .array(ConsentShape.schema, most: 100), "what the customer agreed to", required: false),
        ]))

    private static let wait = Schema.object([
        .init("before", .count, "customers before this one"),
        .init("usual_seconds", .count, "how long customers of this team wait as a rule, while it is there", required: false),
        .init("opens_at", .time, "when the team is there again; absent where it is there now", required: false),
    ])

    /// Reads what is shown and puts it together.
    /// - Throws: `InboxError.notFound`; `StorageError`.
    static func json(
        _ id: ConversationID, _ inbox: Inbox, for caller: Caller, at now: Timestamp, in querying: some Querying
    ) throws -> JSON {
        try json(inbox.conversation(id, in: querying), inbox, for: caller, at: now, in: querying)
    }

    /// See above.
    static func json(
        _ conversation: Conversation, _ inbox: Inbox, for caller: Caller, at now: Timestamp, in querying: some Querying
    ) throws -> JSON {
        let isStaff = caller.isStaff
        // Notes and suggestions take numbers, too; a customer is not told that they exist.
        let last =
            isStaff
            ? conversation.lastSequence
            : try inbox.page(of: conversation.id, isPublic: true, before: Int.max, limit: 1, in: querying).messages.last?.sequence ?? 0
        let wait = try inbox.wait(of: conversation.id, at: now, in: querying)
        var members: [JSON.Member] = [
            .init(key: "id", value: .string(conversation.id.text)), .init(key: "state", value: .string(conversation.state.rawValue)),
            .init(
                key: "owner",
                value: .of(
                    ("kind", .string(conversation.owner.kind)),
                    ("teammate", isStaff ? (conversation.owner.teammate?.text).map(JSON.string) : nil))),
            .init(key: "last_seq", value: .of(last)), .init(key: "awaiting", value: .string(conversation.awaiting.rawValue)),
            .init(key: "opened_at", value: .of(conversation.openedAt)),
        ]
        if let outcome = try inbox.introduction(in: conversation.id, in: querying) {
            members.append(.init(key: "introduction", value: .string(outcome.rawValue)))
        }
        members.append(.init(key: "can_rate", value: .bool(try inbox.mayRate(conversation, in: querying))))
        if let said = try inbox.satisfaction(of: conversation.id, in: querying) {
            members.append(.init(key: "satisfaction", value: SatisfactionShape.json(said)))
        }
        if let wait {
            members.append(.init(key: "place_in_queue", value: .of(wait.before)))
            members.append(.init(key: "wait", value: json(wait)))
        }
        if let resolved = conversation.resolvedAt { members.append(.init(key: "resolved_at", value: .of(resolved))) }
        guard isStaff else { return .object(members) }
        let customer = try inbox.customer(conversation.customer, in: querying)
        let parts = try inbox.mergedInto(conversation.id, in: querying).map { JSON.string($0.id.text) }
        let more = JSON.of(
            ("updated_at", .of(conversation.updatedAt)), ("epoch", .of(conversation.epoch)),
            ("assistant", .string(conversation.assistant)), ("customer", CustomerShape.json(customer)),
            ("team", .text(conversation.team?.text)), ("suggested", .text(conversation.suggested?.text)),
            ("subject", .text(conversation.subject)), ("tags", .array(conversation.tags.map(JSON.string))),
            ("details", .of(conversation.captured)), ("waiting_since", conversation.waitingSince.map(JSON.of)),
            ("snoozed_until", conversation.snoozedUntil.map(JSON.of)), ("due_at", conversation.due.map { .of($0.at) }),
            ("due_for", .text(conversation.due?.kind.word)), ("sla", .text(conversation.due?.state(at: now).rawValue)),
            ("merged_into", .text(conversation.mergedInto?.text)), ("merged", parts.isEmpty ? nil : .array(parts)),
            ("consents", .array(try inbox.consents(in: conversation.id, in: querying).map(ConsentShape.json))))
        return .object(members + (more.members ?? []))
    }

    private static func json(_ wait: Wait) -> JSON {
        .of(
            ("before", .of(wait.before)), ("usual_seconds", wait.usualMilliseconds.map { .of(Int(min($0 / 1000, Int64(Int32.max)))) }),
            ("opens_at", wait.opensAt.map(JSON.of)))
    }
}

/// A customer as teammates, and the customer, read them.
enum CustomerShape {
    static let schema = Schema.named(
        "Customer",
        .object([
            .init("id", .identifier), .init("external_id", .text(0...200), "the company's own id", required: false),
            .init("name", .text(0...200), "as given; untrusted unless `verified`", required: false),
            .init("email", .text(0...200), "as given; untrusted unless `verified`", required: false),
            .init("verified", .boolean, "whether the company vouched for name and e-mail"), .init("created_at", .time),
        ]))

    static func json(_ customer: Customer) -> JSON {
        .of(
            ("id", .string(customer.id.text)), ("external_id", .text(customer.externalID)), ("name", .text(customer.name)),
            ("email", .text(customer.email)), ("verified", .bool(customer.isVerified)), ("created_at", .of(customer.createdAt)))
    }
}

/// One line of a list of the inbox, or of what a search found.
enum QueueRowShape {
    static let schema = Schema.named(
        "QueueRow",
        .object([
            .init("id", .identifier, "the conversation"), .init("customer", .text(0...200), "name or e-mail; untrusted", required: false),
            .init("state", .oneOf(["open", "resolved"])),
            .init(
                "owner",
                .object([
                    .init("kind", .oneOf(["assistant", "queue", "teammate"])), .init("teammate", .identifier, required: false),
                ])),
            .init("suggested", .identifier, required: false), .init("team", .identifier, required: false),
            .init("subject", .text(0...200), required: false), .init("last_line", .text(0...200), "untrusted", required: false),
            .init("last_author", .oneOf(["customer", "assistant", "teammate"]), required: false),
            .init("awaiting", .oneOf(["customer", "company"]), "whose move it is"),
            .init("waiting_since", .time, required: false), .init("updated_at", .time),
            .init("reason", .text(0...200), "why it was handed over, while that is not over", required: false),
            .init("priority", .oneOf(["low", "normal", "high", "urgent"])),
            .init("confidence", .number(0...1), "effective confidence of the assistant's last turn", required: false),
            .init("snoozed_until", .time, required: false),
            .init("merged_into", .identifier, "the conversation of which it is a part", required: false),
            .init("satisfaction", .integer(1...5), "how it went, as the customer says", required: false),
            .init("due_at", .time, "what its team promised", required: false),
            .init("due_for", .oneOf(Due.Kind.allCases.map(\.word)), "what is due then", required: false),
            .init("sla", .oneOf(Due.State.allCases.map(\.rawValue)), "`soon`: the last quarter of the time runs", required: false),
            .init("unread", .count, "messages of the customer that the teammate has not seen; 100 stands for 100 or more"),
            .init("match", match, "in the answer to a search", required: false),
        ]))

    private static let match = Schema.object([
        .init("seq", .count, "the message that fits best; absent where the customer's name or the subject does", required: false),
        .init("text", .lines(0...10_000), "the words around it; untrusted"),
        .init(
            "hits", .array(.object([.init("start", .count), .init("length", .count)]), most: 1000),
            "what was found in `text`, in Unicode code points"),
    ])

    static func json(_ row: QueueRow, at now: Timestamp) -> JSON { .object(members(row, now)) }

    static func json(_ hit: SearchHit, at now: Timestamp) -> JSON {
        let match = JSON.of(
            ("seq", hit.sequence.map { .of($0) }), ("text", .string(hit.snippet.text)),
            ("hits", .array(hit.snippet.hits.map { .of(("start", .of($0.lowerBound)), ("length", .of($0.count))) })))
        return .object(members(hit.row, now) + [.init(key: "match", value: match)])
    }

    private static func members(_ row: QueueRow, _ now: Timestamp) -> [JSON.Member] {
        let shown = JSON.of(
            ("id", .string(row.conversation.text)), ("customer", .text(row.customer)), ("state", .string(row.state.rawValue)),
            ("owner", .of(("kind", .string(row.owner.kind)), ("teammate", .text(row.owner.teammate?.text)))),
            ("suggested", .text(row.suggested?.text)), ("team", .text(row.team?.text)), ("subject", .text(row.subject)),
            ("last_line", .text(row.lastLine)), ("last_author", .text(row.lastAuthor)), ("awaiting", .string(row.awaiting.rawValue)),
            ("waiting_since", row.waitingSince.map(JSON.of)), ("updated_at", .of(row.updatedAt)), ("reason", .text(row.reason)),
            ("priority", .string(row.priority.word)), ("confidence", .share(row.score.map { Double($0) / 10_000 })),
            ("snoozed_until", row.snoozedUntil.map(JSON.of)), ("merged_into", .text(row.mergedInto?.text)),
            ("satisfaction", row.satisfaction.map { .of($0) }),
            ("due_at", row.due.map { .of($0.at) }),
            ("due_for", .text(row.due?.kind.word)), ("sla", .text(row.due?.state(at: now).rawValue)), ("unread", .of(row.unread)))
        return shown.members ?? []
    }
}

extension Due.Kind {
    /// As the API writes it.
    var word: String {
        switch self {
        case .firstResponse: "first_response"
        case .nextResponse: "next_response"
        case .resolution: "resolution"
        }
    }
}

extension Handoff.Priority {
    /// As the API writes it.
    var word: String {
        switch self {
        case .low: "low"
        case .normal: "normal"
        case .high: "high"
        case .urgent: "urgent"
        }
    }
}

extension JSON {
    static func of(_ number: Int) -> JSON { .number(String(number)) }
    static func of(_ moment: Timestamp) -> JSON { .string(moment.description) }
    static func of(_ texts: [String: String]) -> JSON {
        .object(texts.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: .string($0.value)) })
    }
    /// A text, or nothing.
    static func text(_ text: String?) -> JSON? { text.map(JSON.string) }
    /// A share as a number of four decimals.
    static func share(_ value: Double?) -> JSON? {
        value.flatMap { $0.isFinite ? .number(String((($0 * 10_000).rounded() / 10_000))) : nil }
    }
}
