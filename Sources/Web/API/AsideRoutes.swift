import Access
import Assistant
import HTTPTypes
import Inbox
import Notation
import Storage

/// Conversations that are put aside, and those that become part of another.
enum AsideRoutes {
    private static let answer = Schema.object([.init("conversation", ConversationShape.schema)])

    static let all: [Route] = [
        Route(
            .put, "/v1/conversations/{conversation}/snooze", "snoozeConversation", .inbox,
            "Puts the conversation aside until a moment, or until its customer writes; whoever does that has it",
            policy: .staff(.conversationsWrite),
            input: .json(
                .object([.init("until", .time, "in the future, at most 366 days"), Field.teammate, Field.fromColleague])),
            answers: [.init(200, "it stands aside", answer)]
        ) { try await snooze($0) },
        Route(
            .delete, "/v1/conversations/{conversation}/snooze", "wakeConversation", .inbox,
            "Takes the conversation up again before its time",
            policy: .staff(.conversationsWrite), query: [Field.actor], input: .optionalJSON(.object([Field.teammate])),
            answers: [.init(200, "it is not put aside", answer)]
        ) { call in
            let (inbox, id, teammate) = (call.inbox, call.conversation, try call.teammate())
            _ = try await call.naming { try await call.service.store.write { try inbox.wake(id, by: teammate, at: call.now, in: $0) } }
            return try await OwnershipRoutes.shown(call)
        },
        Route(
            .put, "/v1/conversations/{conversation}/merge", "mergeConversation", .inbox,
            "Makes the conversation a part of another of the same person, which the teammate has afterwards; no message is moved, and no customer sees another thread by it",
            policy: .staff(.conversationsWrite),
            input: .json(.object([.init("into", .identifier, "the other conversation"), Field.teammate, Field.fromColleague])),
            answers: [.init(200, "it is a part of the other", answer)]
        ) { try await merge($0) },
        Route(
            .delete, "/v1/conversations/{conversation}/merge", "unmergeConversation", .inbox,
            "Takes the merge back: the conversation is as it was before", policy: .staff(.conversationsWrite), query: [Field.actor],
            input: .optionalJSON(.object([Field.teammate, Field.fromColleague])), answers: [.init(200, "it stands by itself", answer)]
        ) { try await unmerge($0) },
    ]

    private static func snooze(_ call: Call) async throws -> Reply {
        let (inbox, id, teammate) = (call.inbox, call.conversation, try call.teammate())
        guard let until = try call.moment("until") else { throw Problem.invalid("/until", "missing", "is required") }
        let outcome: SnoozeOutcome
        do {
            outcome = try await call.naming {
                try await call.service.store.write {
                    try inbox.snooze(
                        id, until: until, by: teammate, fromColleague: call.flag("from_colleague"), at: call.now, in: $0)
                }
            }
        } catch let error as InboxError {
            guard case .badMoment = error else { throw error }
            throw Problem.invalid("/until", "out_of_range", "must be in the future, at most 366 days from now")
        }
        switch outcome {
        case .snoozed: return try await OwnershipRoutes.shown(call)
        case .taken(let colleague): throw try await call.owned(by: colleague)
        case .notWithPeople:
            throw Problem(.conflict, "The assistant has this conversation, or it is closed. Take it over first, then put it aside.")
        }
    }

    private static func merge(_ call: Call) async throws -> Reply {
        let teammate = try call.teammate()
        let target = ConversationID(call.text("into") ?? "")
        // The path's conversation is looked up first, so that one that is not there is a 404 and not a wrong field.
        let (inbox, id) = (call.inbox, call.conversation)
        _ = try await call.service.store.read { try inbox.conversation(id, in: $0) }
        let outcome: MergeOutcome
        do {
            outcome = try await call.naming {
                try await call.service.desk.merge(
                    id, into: target, of: call.workspace, by: teammate, fromColleague: call.flag("from_colleague"))
            }
        } catch InboxError.notFound(.conversation) {
            throw Problem.invalid("/into", "unknown", "is no conversation of this workspace")
        }
        switch outcome {
        case .merged: return try await OwnershipRoutes.shown(call)
        case .taken(let colleague): throw try await call.owned(by: colleague)
        case .refused(let why): throw why.problem
        }
    }

    private static func unmerge(_ call: Call) async throws -> Reply {
        let teammate = try call.teammate()
        let outcome = try await call.naming {
            try await call.service.desk.unmerge(
                call.conversation, of: call.workspace, by: teammate, fromColleague: call.flag("from_colleague"))
        }
        switch outcome {
        case .unmerged: return try await OwnershipRoutes.shown(call)
        case .taken(let colleague): throw try await call.owned(by: colleague)
        case .notMerged:
            throw Problem(
                .conflict,
                "It is no part of another, or no longer: its customer wrote in it, or a colleague took it up or took the merge back.")
        }
    }
}

extension MergeOutcome.Refusal {
    fileprivate var problem: Problem {
        switch self {
        case .same: .invalid("/into", "not_allowed", "must be another conversation")
        case .alreadyMerged:
            Problem(.conflict, "One of them is a part of another already, or has parts itself. Take that merge back first.")
        case .twoCustomers:
            Problem(
                .conflict,
                "Nothing says that their customers are one person: they need the same e-mail address, vouched for in both or in neither.")
        case .tooMany: Problem(.conflict, "That conversation has as many parts as one can have.")
        }
    }
}
