import Access
import Assistant
import HTTPTypes
import Inbox
import Notation
import Storage

/// Ready replies: whoever answers customers may use them and edit them.
enum MacroRoutes {
    static let all: [Route] = [
        Route(
            .get, "/v1/macros", "listMacros", .inbox, "All ready replies, by name", policy: .staff(.conversationsRead),
            answers: [.init(200, "all of them", .page(of: MacroShape.schema))]
        ) { call in
            let inbox = call.inbox
            return .page(try await call.service.store.read { try inbox.macros(in: $0) }.map(MacroShape.json), next: nil, call)
        },
        Route(
            .post, "/v1/macros", "makeMacro", .inbox, "A new ready reply", policy: .staff(.conversationsWrite),
            input: .json(MacroShape.input), key: .accepted, answers: [.init(201, "the ready reply", MacroShape.schema)]
        ) { call in
            let (inbox, draft, by) = (call.inbox, try MacroShape.draft(call), call.actingTeammate)
            return try await MacroShape.naming {
                try await call.service.store.write { transaction in
                    try call.once(in: transaction) {
                        (201, MacroShape.json(try inbox.save(draft, by: by, at: call.now, in: transaction)))
                    }
                }
            }
        },
        Route(
            .get, "/v1/macros/{macro}", "readMacro", .inbox, "One ready reply, with the ETag to change it by",
            policy: .staff(.conversationsRead), answers: [.init(200, "the ready reply", MacroShape.schema, headers: ["ETag"])]
        ) { call in
            let inbox = call.inbox
            return shown(try await call.service.store.read { try inbox.macro(id(call), in: $0) })
        },
        Route(
            .put, "/v1/macros/{macro}", "changeMacro", .inbox, "Changes a ready reply; what is missing is removed",
            policy: .staff(.conversationsWrite), input: .json(MacroShape.input), needsMatch: true,
            answers: [.init(200, "the ready reply", MacroShape.schema, headers: ["ETag"])]
        ) { call in
            let (inbox, by) = (call.inbox, call.actingTeammate)
            return try await MacroShape.naming {
                try await call.service.store.write { transaction in
                    let before = MacroShape.json(try inbox.macro(id(call), in: transaction))
                    try call.requireMatch(Call.tag(before), current: before)
                    return shown(
                        try inbox.save(MacroShape.draft(call), as: id(call), by: by, at: call.now, in: transaction))
                }
            }
        },
        Route(
            .delete, "/v1/macros/{macro}", "removeMacro", .inbox, "Removes a ready reply; what was said with it stays",
            policy: .staff(.conversationsWrite), answers: [.init(204, "gone")]
        ) { call in
            let (inbox, by) = (call.inbox, call.actingTeammate)
            try await call.service.store.write { try inbox.removeMacro(id(call), by: by, at: call.now, in: $0) }
            return .nothing
        },
        Route(
            .get, "/v1/conversations/{conversation}/macros/{macro}", "fillMacro", .inbox,
            "The words of a ready reply for this conversation, to be read and changed before they are sent",
            policy: .staff(.conversationsRead), query: [Field.actor],
            answers: [.init(200, "the words; absent where it says nothing", .object([.init("text", .lines(0...10_000), required: false)]))]
        ) { call in
            let (inbox, conversation, teammate) = (call.inbox, call.conversation, try call.teammate())
            let company = try call.service.desk.profile(call.workspace).name
            let text = try await call.naming {
                try await call.service.store.read {
                    try inbox.filled(inbox.macro(id(call), in: $0), for: conversation, by: teammate, company: company, in: $0)
                }
            }
            return .json(.of(("text", .text(text))))
        },
        Route(
            .post, "/v1/conversations/{conversation}/macros/{macro}", "useMacro", .inbox,
            "Uses a ready reply: its words, its tags and what comes then, all or nothing; that takes the conversation over, as replying does",
            policy: .staff(.conversationsWrite),
            input: .json(
                .object([
                    .init("text", .lines(1...8_000), "the words as they were changed; where absent, as they are", required: false),
                    .init("last_seen", .count, "the newest seq on the screen; if others wrote since, nothing is done", required: false),
                    Field.teammate, Field.fromColleague,
                ])), key: .required,
            answers: [
                .init(
                    201, "done",
                    .object([
                        .init("message", MessageShape.schema, "absent where nothing was said", required: false),
                        .init("conversation", ConversationShape.schema),
                    ]))
            ]
        ) { try await use($0) },
    ]

    private static func id(_ call: Call) -> MacroID { MacroID(call.place("macro")) }

    private static func shown(_ macro: Macro) -> Reply {
        let json = MacroShape.json(macro)
        return .json(json).tagged(Call.tag(json))
    }

    private static func use(_ call: Call) async throws -> Reply {
        let teammate = try call.teammate()
        let used = try await call.naming {
            try await call.service.desk.use(
                id(call), in: call.conversation, of: call.workspace, by: teammate, text: call.text("text"),
                lastSeen: call.input["last_seen"]?.integer, key: call.idempotencyKey, fromColleague: call.flag("from_colleague"))
        }
        switch used.value {
        case .taken(let colleague): throw try await call.owned(by: colleague)
        case .outdated(let missed): throw try await call.moved(missed)
        case .done(let message, let conversation):
            let (inbox, caller) = (call.inbox, call.caller)
            let shown = try await call.service.store.read { snapshot in
                JSON.of(
                    ("message", try message.flatMap { try call.shown([$0], of: conversation.id, in: snapshot).first }),
                    ("conversation", try ConversationShape.json(conversation, inbox, for: caller, at: call.now, in: snapshot)))
            }
            let reply = Reply.json(shown, status: 201)
            return used.isReplay ? reply.with(.idempotencyReplayed, "true") : reply
        }
    }
}

extension Call {
    /// The teammate who is signed in; a key that edits ready replies is nobody.
    fileprivate var actingTeammate: TeammateID? {
        if case .teammate(let id, _) = caller.kind { TeammateID(id) } else { nil }
    }
}

/// A ready reply as JSON.
enum MacroShape {
    private static let content: [Schema.Field] = [
        .init("name", .text(1...200), "once in the workspace"),
        .init("text", .lines(1...8_000), "with {{customer}}, {{teammate}} and {{company}}", required: false),
        .init("tags", .array(.text(1...200), most: 20), "are added", required: false),
        .init("resolve", .boolean, "closes the conversation afterwards: this, `snooze_minutes` or `team`", required: false),
        .init("snooze_minutes", .integer(1...527_040), "puts it aside for so long", required: false),
        .init("team", .identifier, "passes it to this team", required: false),
    ]
    static let input = Schema.object(content)
    static let schema = Schema.named("Macro", .object([.init("id", .identifier)] + content + [.init("updated_at", .time)]))

    static func json(_ macro: Macro) -> JSON {
        var (minutes, team): (Int?, String?) = (nil, nil)
        if case .snooze(let count) = macro.then { minutes = count }
        if case .assign(let asked) = macro.then { team = asked.text }
        return .of(
            ("id", .string(macro.id.text)), ("name", .string(macro.name)), ("text", .text(macro.text)),
            ("tags", .array(macro.tags.map(JSON.string))), ("resolve", macro.then == .resolve ? true : nil),
            ("snooze_minutes", minutes.map { .of($0) }), ("team", .text(team)), ("updated_at", .of(macro.updatedAt)))
    }

    /// - Throws: `Problem` where more than one thing is to be done afterwards.
    static func draft(_ call: Call) throws -> MacroDraft {
        var wanted: [Macro.Then] = call.flag("resolve") ? [.resolve] : []
        if let minutes = call.input["snooze_minutes"]?.integer { wanted.append(.snooze(minutes: minutes)) }
        if let team = call.text("team") { wanted.append(.assign(TeamID(team))) }
        guard wanted.count <= 1 else {
            throw Problem.invalid("", "not_allowed", "may do one thing afterwards: `resolve`, `snooze_minutes` or `team`")
        }
        return MacroDraft(
            name: call.text("name") ?? "", text: call.text("text"), tags: call.texts("tags") ?? [], then: wanted.first ?? .nothing)
    }

    /// Does something with a ready reply; what is wrong with it is said of its field.
    /// - Throws: `Problem`, and what `body` throws.
    static func naming<T>(_ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch InboxError.notFound(.team) {
            throw Problem.invalid("/team", "unknown", "is no team of this workspace")
        } catch let error as InboxError {
            switch error {
            case .nameTaken: throw Problem(.conflict, "\(error)")
            case .unknownPlaceholder: throw Problem.invalid("/text", "unknown_placeholder", "\(error)")
            default: throw error
            }
        }
    }
}
