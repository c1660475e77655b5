import Access
import Assistant
import Foundation
import HTTPTypes
import Inbox
import Storage

/// What the forms of the inbox do. Each leads back to a page; what could not be done is said on the conversation's page, with the words that were written.
enum InboxForms {
    static let all: [Route] = [
        form("reply", "replyForm", "Reply to the customer") { try await reply($0) },
        form("note", "noteForm", "A note for colleagues") { try await note($0) },
        form("claim", "claimForm", "Take over") { try await claim($0) },
        form("hand-back", "handBackForm", "Give it back to the assistant") { try await handBack($0) },
        form("resolve", "resolveForm", "Close it") { try await resolve($0) },
        form("assignment", "assignForm", "Pass it to a team or a colleague") { try await assign($0) },
        form("judgement", "judgeForm", "Say how good an answer of the assistant is") { try await judge($0) },
        form("snooze", "snoozeForm", "Put it aside until a moment") { try await AsideForms.snooze($0) },
        form("wake", "wakeForm", "Take it up again") { try await AsideForms.wake($0) },
        form("merge", "mergeForm", "Make it a part of another conversation") { try await AsideForms.merge($0) },
        form("unmerge", "unmergeForm", "Let it stand by itself again") { try await AsideForms.unmerge($0) },
        form("macro", "macroForm", "Use a ready reply") { try await AsideForms.run($0) },
        form("tags", "tagsForm", "Set its tags") { try await tag($0) },
        Route(
            .post, "/inbox/availability", "availabilityForm", .pages, "Whether conversations are passed to you",
            policy: .person(.conversationsWrite), input: .form, answers: [.init(303, "back to the inbox")]
        ) { try await setAvailability($0) },
    ]

    private static func form(
        _ name: String, _ id: String, _ summary: String, _ handler: @escaping @Sendable (Call) async throws -> Reply
    ) -> Route {
        Route(
            .post, "/inbox/{conversation}/\(name)", id, .pages, summary, policy: .person(.conversationsWrite), input: .form,
            answers: [
                .init(303, "done; back to the page"), .init(409, "somebody was faster", type: "text/html"),
                .init(422, "not stored", type: "text/html"),
            ], handler: handler)
    }

    static func id(_ call: Call) -> ConversationID { ConversationID(call.place("conversation")) }

    /// Back to the conversation, telling what was done.
    static func back(_ call: Call, to queue: QueueName? = nil, did: Done.Deed? = nil) -> Reply {
        .onTo(InboxView.address(id(call), in: queue ?? QueueName(call)) + (did.map { Done.query($0, id(call)) } ?? ""))
    }

    /// The page again, with what went wrong and what was written.
    static func again(
        _ call: Call, _ status: Int, _ fault: String, of form: InboxView.Refusal.Form = .other, seen: Int? = nil
    ) async throws -> Reply {
        let refusal = InboxView.Refusal(form: form, words: fault, written: call.field("text") ?? "", seen: seen)
        return try await InboxView(call, conversation: id(call), refusal: refusal).page.reply(status: status)
    }

    /// Runs what a form asks for; what the inbox refuses is said beside the form.
    static func trying(
        _ call: Call, _ form: InboxView.Refusal.Form = .other, _ body: (Viewer) async throws -> Reply
    ) async throws -> Reply {
        let viewer = try await call.pageViewer()
        do { return try await body(viewer) } catch let error as InboxError {
            if case .notFound(.conversation) = error { throw error }
            return try await again(call, 422, "\(error)", of: form)
        } catch StorageError.keyReused {
            return try await again(
                call, 409, "This form was sent before. Look at the thread; if your words are not there, send them again.", of: form)
        }
    }

    static func taken(
        _ call: Call, by colleague: TeammateID, _ what: String, of form: InboxView.Refusal.Form = .other
    ) async throws -> Reply {
        let inbox = call.service.inbox(of: call.workspace)
        let name = try await call.service.store.read { try inbox.teammate(colleague, in: $0).name }
        return try await again(call, 409, "\(name) has this conversation. \(what)", of: form)
    }

    // MARK: Words

    private static func reply(_ call: Call) async throws -> Reply {
        try await trying(call, .reply) { viewer in
            let seen = call.field("last_seen").flatMap { Int($0) }
            let outcome = try await call.service.desk.reply(
                call.field("text") ?? "", in: id(call), of: call.workspace, by: viewer.id, lastSeen: seen,
                key: FormKey.checked(call.field("key")))
            switch outcome {
            case .sent(_, let tookOver):
                if call.field("then") == "resolve" { return try await close(call, viewer) }
                return back(call, to: tookOver ? .mine : nil)
            case .outdated(let missed):
                let words = missed.count == 1 ? "A message came" : "\(missed.count) messages came"
                return try await again(call, 409, "Not sent. \(words) while you wrote. Read on, then send again.", of: .reply, seen: seen)
            case .taken(let colleague): return try await taken(call, by: colleague, "Your words were not sent.", of: .reply)
            }
        }
    }

    private static func note(_ call: Call) async throws -> Reply {
        try await trying(call, .note) { viewer in
            let inbox = call.service.inbox(of: call.workspace)
            let (text, key) = (call.field("text") ?? "", FormKey.checked(call.field("key")))
            _ = try await call.service.store.write {
                try inbox.note(text, in: id(call), by: viewer.id, key: key, at: call.now, in: $0)
            }
            return back(call)
        }
    }

    // MARK: Who has it

    private static func claim(_ call: Call) async throws -> Reply {
        try await trying(call) { viewer in
            let outcome = try await call.service.desk.claim(
                id(call), of: call.workspace, by: viewer.id, fromColleague: call.field("from_colleague") == "yes")
            switch outcome {
            case .claimed: return back(call, to: .mine)
            case .taken(let colleague): return try await taken(call, by: colleague, "Ask them, or take it from them above.")
            case .changed: return try await again(call, 409, "It changed hands while you looked. Look again.")
            }
        }
    }

    private static func handBack(_ call: Call) async throws -> Reply {
        try await trying(call) { viewer in
            switch try await call.service.desk.handBack(id(call), of: call.workspace, by: viewer.id) {
            case .handedBack: return back(call, to: .assistant, did: .handedBack)
            case .taken(let colleague): return try await taken(call, by: colleague, "Only they give it back.")
            case .unchanged: return back(call)
            }
        }
    }

    private static func resolve(_ call: Call) async throws -> Reply {
        try await trying(call) { viewer in
            let inbox = call.service.inbox(of: call.workspace)
            let owner = try await call.service.store.read { try inbox.conversation(id(call), in: $0).owner.teammate }
            if let owner, owner != viewer.id { return try await taken(call, by: owner, "Only they close it.") }
            return try await close(call, viewer)
        }
    }

    /// Closes, and goes on to the next that needs a person.
    static func close(_ call: Call, _ viewer: Viewer) async throws -> Reply {
        _ = try await call.service.desk.resolve(id(call), of: call.workspace, by: .teammate(viewer.id))
        return try await onward(call, viewer)
    }

    /// On to the next that needs a person, telling that this one is closed.
    static func onward(_ call: Call, _ viewer: Viewer) async throws -> Reply {
        let inbox = call.service.inbox(of: call.workspace)
        let next = try await call.service.store.read {
            try inbox.rows(of: .needsPerson, for: viewer.id, limit: 1, in: $0).first?.conversation
        }
        let page = next.map { InboxView.address($0, in: .needsPerson) } ?? "/inbox?queue=\(Percent.encoded(QueueName(call).text))"
        return .onTo(page + Done.query(.resolved, id(call)))
    }

    /// The field names `team:…` or `teammate:…`.
    private static func assign(_ call: Call) async throws -> Reply {
        try await trying(call) { viewer in
            let parts = (call.field("to") ?? "").split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let assignee = Self.assignee(parts[0], parts[1]) else {
                return try await again(call, 422, "Choose a team or a colleague.")
            }
            let inbox = call.service.inbox(of: call.workspace)
            let outcome = try await call.service.store.write {
                try inbox.assign(id(call), to: assignee, by: viewer.id, at: call.now, in: $0)
            }
            switch outcome {
            case .assigned: return back(call, to: .needsPerson, did: .assigned)
            case .taken(let colleague): return try await taken(call, by: colleague, "Only they pass it on.")
            case .notWithPeople: return try await again(call, 409, "The assistant has it. Take it over first, then pass it on.")
            }
        }
    }

    private static func assignee(_ kind: String, _ id: String) -> Assignee? {
        switch kind {
        case "team": .team(TeamID(id))
        case "teammate": .teammate(TeammateID(id))
        default: nil
        }
    }

    // MARK: Details

    private static func judge(_ call: Call) async throws -> Reply {
        try await trying(call) { viewer in
            guard let verdict = call.field("verdict").flatMap(Judgement.Verdict.init) else {
                return try await again(call, 422, "Choose right, fixable or wrong.")
            }
            let (inbox, message) = (call.service.inbox(of: call.workspace), MessageID(call.field("message") ?? ""))
            _ = try await call.service.store.write {
                try inbox.judge(message, in: id(call), as: verdict, by: viewer.id, at: call.now, in: $0)
            }
            return back(call)
        }
    }

    private static func tag(_ call: Call) async throws -> Reply {
        try await trying(call) { _ in
            let inbox = call.service.inbox(of: call.workspace)
            let tags = (call.field("tags") ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter {
                !$0.isEmpty
            }
            try await call.service.store.write { try inbox.setTags(tags, of: id(call), at: call.now, in: $0) }
            return back(call)
        }
    }

    private static func setAvailability(_ call: Call) async throws -> Reply {
        let viewer = try await call.pageViewer()
        let inbox = call.service.inbox(of: call.workspace)
        let availability: Teammate.Availability = call.field("availability") == "away" ? .away : .available
        try await call.service.store.write { try inbox.setAvailability(of: viewer.id, to: availability, at: call.now, in: $0) }
        return .onTo("/inbox?queue=\(Percent.encoded(QueueName(call).text))")
    }
}
