import Assistant
import Inbox
import Notation
import Storage
import Support
import Testing

/// What customers and teammates do over the API, in the words of the journeys.
extension Served {
    /// A customer with a conversation.
    struct Visitor: Sendable {
        let conversation: String
        let token: String
        var id: ConversationID { ConversationID(conversation) }
        var path: String { "/v1/conversations/\(conversation)" }
    }

    /// Opens a conversation at a site.
    func open(at site: String = "site-quayside", _ input: JSON? = nil, key: String? = nil) async throws -> Visitor {
        let opened = try await send("POST", "/v1/sites/\(site)/conversations", input, key: key)
        #expect(opened.status == 201, "\(opened.text)")
        return Visitor(
            conversation: try #require(opened.json["conversation"]?["id"]?.text), token: try #require(opened.json["token"]?.text))
    }

    /// The customer says something, and the assistant has done with it.
    @discardableResult
    func say(_ text: String, _ visitor: Visitor, key: String = "say") async throws -> Answer {
        let said = try await send("POST", visitor.path + "/messages", .of(("text", .string(text))), as: visitor.token, key: key)
        #expect(said.status == 202, "\(said.text)")
        _ = await world.desk.outcome(in: visitor.id)
        return said
    }

    /// The messages that a caller sees.
    func messages(_ visitor: Visitor, as credential: String) async throws -> [JSON] {
        let answer = try await send("GET", visitor.path + "/messages", as: credential)
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json["data"]?.items ?? []
    }

    /// The kind of a conversation's owner.
    func owner(_ visitor: Visitor) async throws -> String? {
        try await send("GET", visitor.path, as: key).json["owner"]?["kind"]?.text
    }
}

extension JSON {
    /// An object that names a teammate, with more members.
    static func by(_ teammate: TeammateID, _ more: (String, JSON)...) -> JSON {
        .object([.init(key: "teammate", value: .string(teammate.text))] + more.map { .init(key: $0.0, value: $0.1) })
    }
}
