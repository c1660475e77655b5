import Access
import Assistant
import HTTPTypes
import Inbox
import Notation
import Storage

/// Who has a conversation: claims, handoffs, assignment, resolution. The store decides who was first; whoever was not learns who it was.
enum OwnershipRoutes {
    static let all: [Route] = [
        Route(
            .put, "/v1/conversations/{conversation}/claim", "claimConversation", .inbox,
            "A teammate takes the conversation over; the assistant says nothing from then on", policy: .staff(.conversationsWrite),
            input: .optionalJSON(.object([Field.teammate, Field.fromColleague])), key: .accepted,
            answers: [.init(200, "it is theirs", .object([.init("conversation", ConversationShape.schema)]))]
        ) { try await claim($0) },
        Route(
            .delete, "/v1/conversations/{conversation}/claim", "unclaimConversation", .inbox,
            "Gives the conversation back to the assistant, which answers if the customer waits", policy: .staff(.conversationsWrite),
            query: [Field.actor], input: .optionalJSON(.object([Field.teammate, Field.fromColleague])),
            answers: [.init(200, "the assistant has it", .object([.init("conversation", ConversationShape.schema)]))]
        ) { try await handBack($0) },
        Route(
            .post, "/v1/conversations/{conversation}/handoff", "handOverConversation", .conversations,
            "Asks for a person: the customer, or a teammate for a team", policy: .customerOrStaff(.conversationsWrite), rate: .messages,
            input: .optionalJSON(
                .object([
                    .init("reason", .text(1...200), "staff: in words, for whoever takes it", required: false),
                    .init("team", .identifier, "staff: whom to ask; where absent, as the rules say", required: false), Field.teammate,
                ])), key: .required,
            answers: [
                .init(200, "people were asked before", HandoffShape.schema),
                .init(201, "people were asked, and the customer was told", HandoffShape.schema),
            ]
        ) { try await handOver($0) },
        Route(
            .get, "/v1/conversations/{conversation}/handoff", "readHandoff", .inbox,
            "The newest handoff with its package and its times: notified, seen, claimed, first reply", policy: .staff(.conversationsRead),
            answers: [.init(200, "the handoff", HandoffShape.schema)]
        ) { call in
            let (inbox, id) = (call.inbox, call.conversation)
            return try await call.service.store.read { snapshot in
                guard let newest = try inbox.handoffs(of: id, in: snapshot).first else { throw Problem.notFound }
                return .json(try HandoffShape.json(newest, inbox, for: call.caller, at: call.now, in: snapshot))
            }
        },
        Route(
            .delete, "/v1/conversations/{conversation}/handoff", "handBackConversation", .inbox,
            "Hands the conversation back to the assistant; the same as DELETE of the claim", policy: .staff(.conversationsWrite),
            query: [Field.actor], input: .optionalJSON(.object([Field.teammate, Field.fromColleague])),
            answers: [.init(200, "the assistant has it", .object([.init("conversation", ConversationShape.schema)]))]
        ) { try await handBack($0) },
        Route(
            .put, "/v1/conversations/{conversation}/assignment", "assignConversation", .inbox,
            "Passes a conversation that people have to a team or a teammate", policy: .staff(.conversationsWrite),
            input: .json(
                .object([
                    .init("team", .identifier, "whom to ask: this, or `teammate`", required: false),
                    .init("teammate", .identifier, "whom to ask", required: false),
                    .init("by", .identifier, "who acts, where a key sends it", required: false), Field.fromColleague,
                ])),
            answers: [.init(200, "they are asked", .object([.init("conversation", ConversationShape.schema)]))]
        ) { try await assign($0) },
        Route(
            .put, "/v1/conversations/{conversation}/resolution", "resolveConversation", .conversations,
            "Closes the conversation: nothing is owed in it any more", policy: .customerOrStaff(.conversationsWrite),
            input: .optionalJSON(.object([Field.teammate])), key: .accepted,
            answers: [.init(200, "it is closed", .object([.init("conversation", ConversationShape.schema)]))]
        ) { call in
            let actor: Actor = try call.customer.map { .customer($0) } ?? .teammate(call.teammate())
            _ = try await call.naming { try await call.service.desk.resolve(call.conversation, of: call.workspace, by: actor) }
            return try await shown(call)
        },
        Route(
            .delete, "/v1/conversations/{conversation}/resolution", "reopenConversation", .inbox,
            "Opens a closed conversation again; whoever does that has it", policy: .staff(.conversationsWrite), query: [Field.actor],
            input: .optionalJSON(.object([Field.teammate])),
            answers: [.init(200, "it is open", .object([.init("conversation", ConversationShape.schema)]))]
        ) { call in
            let (inbox, id) = (call.inbox, call.conversation)
            let state = try await call.service.store.read { try inbox.conversation(id, in: $0).state }
            return state == .open ? try await shown(call) : try await claim(call)
        },
    ]

    static func shown(_ call: Call) async throws -> Reply {
        let (inbox, id, caller) = (call.inbox, call.conversation, call.caller)
        let shown = try await call.service.store.read { try ConversationShape.json(id, inbox, for: caller, at: call.now, in: $0) }
        return .json(.of(("conversation", shown)))
    }

    static func changed(_ call: Call) async throws -> Problem {
        let (inbox, id, caller) = (call.inbox, call.conversation, call.caller)
        var problem = Problem(.conflict, "The conversation changed hands meanwhile. `current` is how it is now.")
        problem.members = [
            ("current", try await call.service.store.read { try ConversationShape.json(id, inbox, for: caller, at: call.now, in: $0) })
        ]
        return problem
    }

    private static func claim(_ call: Call) async throws -> Reply {
        let teammate = try call.teammate()
        let outcome = try await call.naming {
            try await call.service.desk.claim(
                call.conversation, of: call.workspace, by: teammate, fromColleague: call.flag("from_colleague"))
        }
        switch outcome {
        case .claimed(let claimed):
            // As it was when it became theirs: who took it from them since is none of this answer's business.
            let (inbox, caller) = (call.inbox, call.caller)
            let shown = try await call.service.store.read { try ConversationShape.json(claimed, inbox, for: caller, at: call.now, in: $0) }
            return .json(.of(("conversation", shown)))
        case .taken(let colleague): throw try await call.owned(by: colleague)
        case .changed: throw try await changed(call)
        }
    }

    private static func handBack(_ call: Call) async throws -> Reply {
        let teammate = try call.teammate()
        let outcome = try await call.naming {
            try await call.service.desk.handBack(
                call.conversation, of: call.workspace, by: teammate, fromColleague: call.flag("from_colleague"))
        }
        switch outcome {
        case .handedBack, .unchanged: return try await shown(call)
        case .taken(let colleague): throw try await call.owned(by: colleague)
        }
    }

    private static func handOver(_ call: Call) async throws -> Reply {
        let inbox = call.inbox
        let wish: HandOverWish
        if call.customer != nil {
            wish = .byCustomer
        } else {
            let (team, teammate) = (call.text("team").map { TeamID($0) }, try call.teammate())
            _ = try await call.naming {
                try await call.service.store.read { snapshot in
                    if let team { _ = try inbox.team(team, in: snapshot) }
                    return try inbox.teammate(teammate, in: snapshot)
                }
            }
            wish = .byTeammate(teammate, team: team, words: call.text("reason"))
        }
        return try await call.service.desk.handOver(call.conversation, of: call.workspace, because: wish) { transaction, handOver in
            try call.once(in: transaction) {
                switch try handOver() {
                case .handedOver(let handoff):
                    return (201, try HandoffShape.json(handoff, inbox, for: call.caller, at: call.now, in: transaction))
                case .already(_, let handoff?):
                    return (200, try HandoffShape.json(handoff, inbox, for: call.caller, at: call.now, in: transaction))
                case .already, .refused: throw Problem(.conflict, "People have this conversation already.")
                }
            }
        }
    }

    private static func assign(_ call: Call) async throws -> Reply {
        let assignee: Assignee
        switch (call.text("team"), call.text("teammate")) {
        case (let team?, nil): assignee = .team(TeamID(team))
        case (nil, let teammate?): assignee = .teammate(TeammateID(teammate))
        default: throw Problem.invalid("", "missing", "must name either a team or a teammate")
        }
        let (inbox, id, by) = (call.inbox, call.conversation, try call.teammate("by"))
        let outcome = try await call.naming {
            try await call.service.store.write {
                try inbox.assign(id, to: assignee, by: by, fromColleague: call.flag("from_colleague"), at: call.now, in: $0)
            }
        }
        switch outcome {
        case .assigned: return try await shown(call)
        case .taken(let colleague): throw try await call.owned(by: colleague)
        case .notWithPeople:
            throw Problem(.conflict, "The assistant has this conversation. Hand it over instead, so that the customer is told.")
        }
    }
}
