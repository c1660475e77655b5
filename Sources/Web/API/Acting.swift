import Access
import Assistant
import Foundation
import Inbox
import Notation
import Storage

/// Who acts in a conversation. A teammate who is signed in acts as themselves; a key is no person, so where a person is needed it names one.
extension Call {
    /// The conversation that the path names.
    var conversation: ConversationID { ConversationID(place("conversation")) }

    /// The inbox of the caller's workspace.
    var inbox: Inbox { service.inbox(of: workspace) }

    /// The teammate who acts.
    /// - Parameter field: where a key names them.
    /// - Throws: `Problem` where a key names nobody, or a teammate somebody else.
    func teammate(_ field: String = "teammate") throws -> TeammateID {
        let named = text(field) ?? query(field)
        switch caller.kind {
        case .teammate(let id, _):
            guard named == nil || named == id else {
                throw Problem.invalid("/\(field)", "not_allowed", "must be you, or be left out")
            }
            return TeammateID(id)
        default:
            guard let named else { throw Problem.invalid("/\(field)", "missing", "is required: a key is no person, name the teammate") }
            return TeammateID(named)
        }
    }

    /// Whose view a list is: the teammate's own, one that is named, or nobody's in particular.
    func viewer() throws -> TeammateID {
        if case .teammate = caller.kind { return try teammate() }
        return TeammateID(query("teammate") ?? "")
    }

    /// The customer who calls; nil for staff.
    var customer: CustomerID? {
        if case .customer(let id, _) = caller.kind { CustomerID(id) } else { nil }
    }

    /// Files that the message is to carry.
    var attachments: [AttachmentID] { input["attachments"]?.items?.compactMap(\.text).map { AttachmentID($0) } ?? [] }

    /// Does something that a person of the body does: one who is unknown is a wrong field, not a missing page.
    /// - Throws: `Problem`, and what `body` throws.
    func naming<T>(_ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch InboxError.notFound(.teammate) {
            throw Problem.invalid("/teammate", "unknown", "is no teammate of this workspace, or was suspended")
        } catch InboxError.notFound(.team) {
            throw Problem.invalid("/team", "unknown", "is no team of this workspace")
        } catch InboxError.notFound(.attachment) {
            throw Problem.invalid("/attachments", "unknown", "must name files that you uploaded to this conversation, each once")
        }
    }

    /// The problem of a conversation that a colleague has.
    func owned(by colleague: TeammateID) async throws -> Problem {
        let (inbox, store) = (inbox, service.store)
        let name = try await store.read { try inbox.teammate(colleague, in: $0).name }
        var problem = Problem(.ownedByColleague, "\(name) has this conversation.")
        problem.members = [("owner", .string(name))]
        return problem
    }

    /// The problem of a thread that went on while somebody wrote.
    func moved(_ missed: [Message]) async throws -> Problem {
        let id = conversation
        var problem = Problem(.threadMoved, "Others wrote since \(input["last_seen"]?.integer ?? 0). Nothing was sent.")
        problem.members = [("missed", .array(try await service.store.read { try shown(missed, of: id, in: $0) }))]
        return problem
    }

    /// The conversation as it is now.
    func shownConversation(status: Int = 200) async throws -> Reply {
        let (inbox, id, caller, store) = (inbox, conversation, caller, service.store)
        return .json(try await store.read { try ConversationShape.json(id, inbox, for: caller, at: now, in: $0) }, status: status)
    }

    /// Messages with what is shown beside them.
    func shown(_ messages: [Message], of id: ConversationID, in querying: some Querying) throws -> [JSON] {
        let conversation = try inbox.conversation(id, in: querying)
        // A workspace that is no longer configured has no assistants; its conversations are still shown.
        let name = (try? service.desk.profile(workspace))?.assistant(conversation.assistant).displayName ?? ""
        var around = try MessageShape.Surroundings(id, inbox, assistant: name, for: messages, in: querying)
        around.link = attachmentLinks
        return messages.map { [around] in MessageShape.json($0, around, for: caller) }
    }
}

/// What several routes read.
enum Field {
    static let teammate = Schema.Field("teammate", .identifier, "who acts, where a key sends it", required: false)
    static let fromColleague = Schema.Field("from_colleague", .boolean, "whether to take it even from a colleague", required: false)
    static let attachments = Schema.Field(
        "attachments", .array(.identifier, most: 20), "ids of files uploaded before, each once", required: false)
    static let text = Schema.Field("text", .lines(1...8_000))
    static let actor = Route.Parameter("teammate", .identifier, "who acts, where a key sends it")
}
