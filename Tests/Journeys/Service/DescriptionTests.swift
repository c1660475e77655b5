import Foundation
import HTTPTypes
import Notation
import Testing

@testable import Web

/// The API description, checked by rules of its own: what a generator of clients would stumble over.
@Suite struct DescriptionTests {
    private static let document = OpenAPI.document(of: Routes.all, version: "test", server: "http://baton.test")

    private static var operations: [(path: String, method: String, value: JSON)] {
        (document["paths"]?.members ?? []).flatMap { path in
            (path.value.members ?? []).map { (path.key, $0.key, $0.value) }
        }
    }

    @Test func `every operation has a name of its own, describes its path's places, and says how it succeeds`() throws {
        #expect(Self.document["openapi"]?.text == "3.1.0" && !Self.operations.isEmpty)
        let names = Self.operations.compactMap { $0.value["operationId"]?.text }
        #expect(names.count == Self.operations.count)
        #expect(Set(names).count == names.count, "two operations have one name: \(names.sorted())")
        for operation in Self.operations {
            let parameters = operation.value["parameters"]?.items ?? []
            let described = parameters.filter { $0["in"]?.text == "path" }.compactMap { $0["name"]?.text }
            #expect(described == PathTemplate(operation.path).places, "\(operation.path)")
            for parameter in parameters { #expect(parameter["schema"] != nil && parameter["in"] != nil) }
            #expect(Set(parameters.map { "\($0["in"]?.text ?? "") \($0["name"]?.text ?? "")" }).count == parameters.count)
            let statuses = (operation.value["responses"]?.members ?? []).compactMap { Int($0.key) }
            #expect(statuses.contains { 200..<300 ~= $0 }, "\(operation.method) \(operation.path)")
            #expect(Set(statuses).count == statuses.count, "\(operation.method) \(operation.path): \(statuses)")
            #expect(operation.value["security"] != nil && operation.value["summary"]?.text?.isEmpty == false)
            for response in operation.value["responses"]?.members ?? [] { #expect(response.value["description"]?.text?.isEmpty == false) }
        }
    }

    @Test func `every reference leads to a shape, and every shape is used`() throws {
        var references: Set<String> = []
        func walk(_ value: JSON) {
            switch value {
            case .object(let members):
                for member in members {
                    if member.key == "$ref", let target = member.value.text { references.insert(target) } else { walk(member.value) }
                }
            case .array(let items): items.forEach(walk)
            default: break
            }
        }
        walk(Self.document)
        let shapes = Self.document["components"]?["schemas"]?.members ?? []
        #expect(references == Set(shapes.map { "#/components/schemas/\($0.key)" }))
        #expect(shapes.allSatisfy { $0.value != .null })
        // The text is JSON that a reader of ours takes back unchanged.
        #expect(try JSONReader.read(Self.document.bytes) == Self.document)
    }

    @Test func `no two routes answer at one address`() {
        var seen: Set<String> = []
        for route in Routes.all {
            let shape = route.path.segments.map { if case .literal(let text) = $0 { text } else { "*" } }.joined(separator: "/")
            #expect(seen.insert("\(route.method.rawValue) /\(shape)").inserted, "\(route.path.text)")
        }
    }

    /// A10. What lets somebody in is shown by these answers, once, and by no other.
    private static let shownOnce: Set = [
        "inviteTeammate token", "makeWebhook secret", "rotateWebhookSecret secret", "makeKey key", "openConversation token",
        "makeStreamTicket ticket",
    ]

    @Test func `A10: no answer has a field for a token, a hash, a secret or a password but the few that show it once`() {
        let telling: Set = [
            "token", "hash", "secret", "password", "key_hash", "password_hash", "cookie", "credential", "api_key", "apiKey", "ticket",
            "text_hash",
        ]
        func fields(_ schema: Schema) -> [String] {
            switch schema {
            case .object(let list): list.flatMap { [$0.name] + fields($0.schema) }
            case .array(let item, _), .map(let item, _), .named(_, let item): fields(item)
            default: []
            }
        }
        for route in Routes.all {
            for answer in route.answers {
                for field in answer.schema.map(fields) ?? [] where telling.contains(field) {
                    #expect(Self.shownOnce.contains("\(route.name) \(field)"), "\(route.name) shows \(field)")
                }
            }
        }
    }

    @Test func `a route that people edit through asks for the version that they read`() {
        // Details and what is known of a customer are added to, field by field: two who do so at once do not undo each other.
        let adding = ["addDetails", "identifyCustomer"]
        for route in Routes.all where route.method == .patch && !adding.contains(route.name) {
            #expect(route.needsMatch, "\(route.path.text)")
        }
    }
}
