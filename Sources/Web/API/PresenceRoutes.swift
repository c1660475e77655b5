import Access
import HTTPTypes
import Inbox
import Notation
import Storage

/// Who looks, who types, who is there.
enum PresenceRoutes {
    static let all: [Route] = [
        Route(
            .put, "/v1/conversations/{conversation}/seen", "markSeen", .inbox,
            "A teammate has read up to a message; for a handoff the first look counts as seen", policy: .staff(.conversationsWrite),
            input: .json(
                .object([
                    .init("seq", .count, "the newest on the screen"), Field.teammate,
                    .init("viewing", .boolean, "whether they look at it now; colleagues are told", required: false),
                ])), answers: [.init(204, "noted")]
        ) { call in
            let (inbox, id, teammate) = (call.inbox, call.conversation, try call.teammate())
            let sequence = call.input["seq"]?.integer ?? 0
            try await call.naming {
                try await call.service.store.write { transaction in
                    try inbox.present(teammate, at: call.now, in: transaction)
                    try inbox.seen(id, by: teammate, upTo: sequence, at: call.now, in: transaction)
                }
            }
            tellViewing(call, teammate)
            return .nothing
        },
        Route(
            .put, "/v1/conversations/{conversation}/typing", "tellTyping", .conversations,
            "Somebody types: the other side sees it for six seconds; nothing is kept", policy: .customerOrStaff(.conversationsWrite),
            input: .optionalJSON(
                .object([
                    Field.teammate, .init("viewing", .boolean, "a teammate looks at it, without typing", required: false),
                ])), answers: [.init(204, "told")]
        ) { call in
            let (inbox, id) = (call.inbox, call.conversation)
            if call.customer != nil {
                call.service.tellTyping(.customer, in: id, of: call.workspace, except: call.caller.actor)
                return .nothing
            }
            let teammate = try call.teammate()
            try await call.naming {
                try await call.service.store.read { snapshot in
                    _ = try inbox.conversation(id, in: snapshot)
                    _ = try inbox.teammate(teammate, in: snapshot)
                }
            }
            guard call.input["viewing"] == nil else {
                tellViewing(call, teammate)
                return .nothing
            }
            call.service.tellTyping(.teammate(teammate), in: id, of: call.workspace, except: call.caller.actor)
            return .nothing
        },
        Route(
            .put, "/v1/teammates/{teammate}/availability", "setAvailability", .inbox,
            "Whether a teammate takes conversations: one's own, or anybody's for a key", policy: .staff(.conversationsWrite),
            input: .json(.object([.init("availability", .oneOf(["available", "away"]))])),
            answers: [
                .init(
                    200, "as it is now",
                    .object([.init("teammate", .identifier), .init("availability", .oneOf(["available", "away"]))]))
            ]
        ) { call in
            let (inbox, teammate) = (call.inbox, TeammateID(call.place("teammate")))
            if case .teammate(let own, _) = call.caller.kind, own != teammate.text, !call.caller.may(.teammatesManage) {
                throw Problem(.forbidden, "Only they themselves, or an owner, may change that.")
            }
            let word = call.text("availability") ?? ""
            let availability: Teammate.Availability = word == "available" ? .available : .away
            try await call.service.store.write {
                try inbox.setAvailability(of: teammate, to: availability, at: call.now, in: $0)
            }
            return .json(.of(("teammate", .string(teammate.text)), ("availability", .string(word))))
        },
    ]

    private static func tellViewing(_ call: Call, _ teammate: TeammateID) {
        guard let viewing = call.input["viewing"] else { return }
        let until = viewing == .bool(true) ? call.now.adding(milliseconds: Int64(Service.viewingMilliseconds)) : nil
        call.service.attending.looks(teammate, at: call.conversation, of: call.workspace, until: until, now: call.now)
        let frame = JSON.of(
            ("conversation", .string(call.conversation.text)), ("teammate", .string(teammate.text)), ("viewing", viewing),
            ("expires_in_ms", .of(Service.viewingMilliseconds)))
        call.service.live.tell(
            "presence", frame, of: call.conversation, in: call.workspace, isForCustomer: false, except: call.caller.actor)
    }
}

/// Who types.
enum Typist: Sendable {
    case customer, assistant
    case teammate(TeammateID)
}

extension Service {
    /// How long a sign of typing counts.
    static let typingMilliseconds = 6_000
    /// How long a sign of looking counts.
    static let viewingMilliseconds = 30_000

    /// Tells the other side that somebody types. Customers learn whether it is a person or the assistant, never who.
    func tellTyping(_ typist: Typist, in conversation: ConversationID, of workspace: WorkspaceID, except actor: String?) {
        let (author, teammate): (String, TeammateID?) =
            switch typist {
            case .customer: ("customer", nil)
            case .assistant: ("assistant", nil)
            case .teammate(let teammate): ("teammate", teammate)
            }
        let now = clock.now()
        attending.types(typist, in: conversation, of: workspace, until: now.adding(milliseconds: Int64(Self.typingMilliseconds)), now: now)
        func frame(_ teammate: TeammateID?) -> JSON {
            .of(
                ("conversation", .string(conversation.text)), ("author", .string(author)), ("teammate", .text(teammate?.text)),
                ("expires_in_ms", .of(Self.typingMilliseconds)))
        }
        live.tell("typing", frame(teammate), of: conversation, in: workspace, isForCustomer: false, except: actor)
        if case .customer = typist { return }
        live.tellCustomer("typing", frame(nil), of: conversation, in: workspace)
    }
}
