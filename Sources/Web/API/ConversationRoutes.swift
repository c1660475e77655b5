import Access
import Assistant
import HTTPTypes
import Inbox
import Notation
import Storage

/// Conversations and what is said in them.
enum ConversationRoutes {
    static let all: [Route] = [
        Route(
            .get, "/v1/conversations", "listConversations", .inbox, "One list of the inbox, or with `q` what a search finds",
            policy: .staff(.conversationsRead),
            query: [
                .init(
                    "queue", .string(.init(length: 1...110, pattern: "^(needs_person|mine|assistant|waiting|closed|team:.+)$")),
                    "`needs_person` where absent"),
                .init(
                    "q", .text(1...200),
                    "words that are all in one message, note, subject or customer's name, the last as a beginning: in place of a list, the conversations, best first, at most 100 and no further page"
                ),
                .init("teammate", .identifier, "whose list and whose unread messages, where a key asks"), .limit, .after,
            ],
            answers: [.init(200, "a page of it", .page(of: QueueRowShape.schema), headers: ["Link"])]
        ) { try await list($0) },
        Route(
            .post, "/v1/conversations", "openConversationFor", .inbox, "Opens a conversation for a customer whom the company vouches for",
            policy: .staff(.conversationsWrite),
            input: .json(
                .object([
                    .init("external_id", .text(1...200), "the company's own id of the customer"),
                    .init("name", .text(1...200), required: false), .init("email", .text(1...200), required: false),
                    .init("assistant", .identifier, "its name; the workspace's first where absent", required: false),
                    .init("subject", .text(1...200), required: false),
                ])), key: .accepted,
            answers: [.init(201, "the conversation", ConversationShape.schema)]
        ) { try await open($0) },
        Route(
            .get, "/v1/conversations/{conversation}", "readConversation", .conversations, "One conversation",
            policy: .customerOrStaff(.conversationsRead), answers: [.init(200, "the conversation", ConversationShape.schema)]
        ) { try await $0.shownConversation() },
        Route(
            .get, "/v1/conversations/{conversation}/messages", "listMessages", .conversations,
            "What was said, oldest first; teammates also see notes and suggestions",
            policy: .customerOrStaff(.conversationsRead),
            query: [
                .init("after", .integer(0...Int(Int32.max)), "the seq that is known: what came after it"),
                .init("before", .integer(0...Int(Int32.max)), "in place of `after`: the newest below this seq"), .limit,
            ],
            answers: [.init(200, "a page; `next` is the `after` (or `before`) of the next one", .page(of: MessageShape.schema))]
        ) { try await messages($0) },
        Route(
            .post, "/v1/conversations/{conversation}/messages", "sendMessage", .conversations,
            "Says something: as the customer, or as a teammate, who takes the conversation over by it",
            policy: .customerOrStaff(.conversationsWrite), rate: .messages,
            input: .json(
                .object([
                    Field.text, Field.attachments, Field.teammate,
                    .init(
                        "last_seen", .count, "staff: the newest seq on the screen; if others wrote since, nothing is sent", required: false),
                    Field.fromColleague,
                ])), key: .required,
            answers: [
                .init(
                    201, "a teammate's words are with the customer",
                    .object([.init("message", MessageShape.schema), .init("claimed", .boolean, "whether that took the conversation over")])),
                .init(
                    202, "the customer's words are on disk, and so is the duty to answer them",
                    .object([.init("message", MessageShape.schema)])),
            ]
        ) { $0.customer == nil ? try await reply($0) : try await receive($0) },
        Route(
            .post, "/v1/conversations/{conversation}/notes", "addNote", .inbox, "A note among teammates; customers never see it",
            policy: .staff(.conversationsWrite), input: .json(.object([Field.text, Field.teammate])), key: .required,
            answers: [.init(201, "the note", .object([.init("message", MessageShape.schema)]))]
        ) { try await note($0) },
    ]

    private static func list(_ call: Call) async throws -> Reply {
        let viewer = try call.viewer()
        if let words = call.query("q") { return try await search(words, call, viewer) }
        let queue = try await queue(call, viewer)
        let list = "\(call.query("queue") ?? "") \(viewer)"
        let position = try call.position(count: 3, list: list).flatMap { parts -> QueuePosition? in
            guard let rank = Int(parts[0]), let moment = Int64(parts[1]) else { return nil }
            return QueuePosition(rank: rank, moment: moment, conversation: ConversationID(parts[2]))
        }
        let (inbox, limit) = (call.inbox, call.limit)
        let rows = try await call.service.store.read {
            try inbox.rows(of: queue, after: position, for: viewer, limit: limit, in: $0)
        }
        let next = rows.count == limit ? rows.last?.position(in: queue) : nil
        return .page(
            rows.map { QueueRowShape.json($0, at: call.now) },
            next: next.map { call.cursor(["\($0.rank)", "\($0.moment)", $0.conversation.text], list: list) }, call)
    }

    private static func search(_ words: String, _ call: Call, _ viewer: TeammateID) async throws -> Reply {
        let (inbox, limit) = (call.inbox, call.limit)
        let found = try await call.service.store.read { try inbox.search(words, for: viewer, limit: limit, in: $0) }
        return .page(found.map { QueueRowShape.json($0, at: call.now) }, next: nil, call)
    }

    private static func queue(_ call: Call, _ viewer: TeammateID) async throws -> Queue {
        switch call.query("queue") ?? "needs_person" {
        case let name where name.hasPrefix("team:"):
            let (inbox, team) = (call.inbox, TeamID(String(name.dropFirst("team:".count))))
            do { return .team(try await call.service.store.read { try inbox.team(team, in: $0).id }) } catch InboxError.notFound {
                throw Problem.invalid("", "unknown", "The query parameter 'queue' names no team of this workspace")
            }
        case "mine":
            guard !viewer.text.isEmpty else {
                throw Problem.invalid("", "missing", "The query parameter 'teammate' is required for 'mine'")
            }
            return .mine(viewer)
        case "assistant": return .assistant
        case "waiting": return .waiting
        case "closed": return .closed
        case "needs_person": return .needsPerson
        default: throw Problem.invalid("", "not_allowed", "The query parameter 'queue' names no list")
        }
    }

    private static func open(_ call: Call) async throws -> Reply {
        let inbox = call.inbox
        let profile = try call.service.desk.profile(call.workspace)
        let assistant = call.text("assistant") ?? profile.defaultAssistant
        guard profile.assistants[assistant] != nil else {
            throw Problem.invalid("/assistant", "unknown", "must be one of: \(profile.assistants.keys.sorted().joined(separator: ", "))")
        }
        return try await call.service.store.write { transaction in
            try call.once(in: transaction) {
                let customer = try inbox.customer(
                    external: call.text("external_id") ?? "", name: call.text("name"), email: call.text("email"), at: call.now,
                    in: transaction)
                let conversation = try inbox.open(
                    for: customer.id, assistant: assistant, subject: call.text("subject"), at: call.now, in: transaction)
                return (201, try ConversationShape.json(conversation, inbox, for: call.caller, at: call.now, in: transaction))
            }
        }
    }

    private static func messages(_ call: Call) async throws -> Reply {
        let (inbox, id, isPublic, limit) = (call.inbox, call.conversation, call.customer != nil, call.limit)
        let (after, before) = (call.number("after") ?? 0, call.number("before"))
        let (rows, next) = try await call.service.store.read { snapshot in
            let page = try inbox.page(of: id, isPublic: isPublic, after: after, before: before, limit: limit, in: snapshot)
            let edge = before == nil ? page.messages.last : page.messages.first
            return (try call.shown(page.messages, of: id, in: snapshot), page.isMore ? edge?.sequence : nil)
        }
        return .json(.of(("data", .array(rows)), ("next", next.map { .string("\($0)") })))
    }

    private static func receive(_ call: Call) async throws -> Reply {
        guard let customer = call.customer else { throw Problem.notFound }
        let received = try await call.naming {
            try await call.service.desk.receiveOnce(
                call.text("text") ?? "", from: customer, in: call.conversation, of: call.workspace, attachments: call.attachments,
                key: call.idempotencyKey)
        }
        if received.value.turn != nil, !received.isReplay {
            call.service.tellTyping(.assistant, in: call.conversation, of: call.workspace, except: nil)
        }
        return try await said(received.value.message, call, status: 202, isReplay: received.isReplay)
    }

    private static func reply(_ call: Call) async throws -> Reply {
        let teammate = try call.teammate()
        let reply = try await call.naming {
            try await call.service.desk.replyOnce(
                call.text("text") ?? "", in: call.conversation, of: call.workspace, by: teammate,
                lastSeen: call.input["last_seen"]?.integer,
                attachments: call.attachments, key: call.idempotencyKey, fromColleague: call.flag("from_colleague"))
        }
        switch reply.value {
        case .sent(let message, let tookOver):
            return try await said(message.id, call, status: 201, isReplay: reply.isReplay, ("claimed", .bool(tookOver)))
        case .taken(let colleague): throw try await call.owned(by: colleague)
        case .outdated(let missed): throw try await call.moved(missed)
        }
    }

    private static func note(_ call: Call) async throws -> Reply {
        let teammate = try call.teammate()
        let (inbox, id) = (call.inbox, call.conversation)
        let (note, isReplay) = try await call.naming {
            try await call.service.store.write { transaction in
                let before = try inbox.conversation(id, in: transaction).lastSequence
                let note = try inbox.note(
                    call.text("text") ?? "", in: id, by: teammate, key: call.idempotencyKey, at: call.now, in: transaction)
                return (note, note.sequence <= before)
            }
        }
        return try await said(note.id, call, status: 201, isReplay: isReplay)
    }

    /// The answer to whoever said something: made from what is stored, so that a repetition gets the same.
    private static func said(
        _ message: MessageID, _ call: Call, status: Int, isReplay: Bool, _ more: (String, JSON)? = nil
    ) async throws -> Reply {
        let (inbox, id) = (call.inbox, call.conversation)
        let shown = try await call.service.store.read { snapshot in
            try call.shown([try inbox.message(message, of: id, in: snapshot)], of: id, in: snapshot).first
        }
        let members = [JSON.Member(key: "message", value: shown ?? .null)] + (more.map { [.init(key: $0.0, value: $0.1)] } ?? [])
        let reply = Reply.json(.object(members), status: status)
        return isReplay ? reply.with(.idempotencyReplayed, "true") : reply
    }
}

extension Call {
    /// A truth of the input; false where absent.
    func flag(_ name: String) -> Bool { input[name] == .bool(true) }
}
