import Access
import Foundation
import HTTPTypes
import Notation
import Storage

/// One request on its way to a handler: the caller is known and allowed, the input has the route's shape.
struct Call: Sendable {
    let service: Service
    let route: Route
    let caller: Caller
    /// How the caller came in, with the CSRF token of their session; nil for anonymous.
    let admission: Admission?
    /// Values of the path's places.
    let places: [String: String]
    let path: String
    let queryItems: [Percent.Item]
    let headers: HTTPFields
    /// Of a JSON route.
    let input: JSON
    /// Of a form.
    let form: [Percent.Item]
    /// Of a form that brings one.
    let file: MultipartReader.File?
    /// Of a route that reads bytes.
    let body: [UInt8]
    let idempotencyKey: String?
    let requestID: String
    let traceParent: String
    /// Whether only the head of the answer is wanted.
    let isHead: Bool
    /// The client's address as far as it can be known.
    let address: String
    /// When it came.
    let now: Timestamp

    /// The caller's workspace; the empty one where nobody is signed in, which owns nothing.
    var workspace: WorkspaceID { caller.workspace ?? WorkspaceID("") }

    /// The value of a place of the path.
    func place(_ name: String) -> String { places[name] ?? "" }

    /// A query parameter that fits its description.
    func query(_ name: String) -> String? { queryItems.first { $0.name == name }?.value }

    /// A query parameter that is a number.
    func number(_ name: String) -> Int? { query(name).flatMap { Int($0) } }

    /// A text of the JSON input.
    func text(_ name: String) -> String? { input[name]?.text }

    /// A field of a form.
    func field(_ name: String) -> String? { form.first { $0.name == name }?.value }

    /// Rows of a page.
    var limit: Int { number("limit") ?? 50 }

    /// The position after which the page begins; nil for the first.
    /// - Parameter list: what the list depends on besides its route.
    func position(count: Int, list: String = "") throws -> [String]? {
        try query("after").map {
            try Cursor.position($0, of: route.name + list, workspace: workspace, count: count, service.secret)
        }
    }

    /// The cursor after a row.
    func cursor(_ position: [String], list: String = "") -> String {
        Cursor.text(position, of: route.name + list, workspace: workspace, service.secret)
    }

    /// Checks `If-Match` against the entity tag as it is now.
    /// - Throws: `Problem` 428 or 412, the latter with the thing as it is now.
    func requireMatch(_ tag: String, current: @autoclosure () -> JSON) throws {
        guard let given = headers[.ifMatch] else {
            throw Problem(.preconditionRequired, "Read it first, then send its ETag as If-Match.")
        }
        let tags = given.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard tags.contains("*") || tags.contains("\"\(tag)\"") else {
            var problem = Problem(.preconditionFailed, "It was changed since you read it. `current` is how it is now.")
            problem.members = [("current", current())]
            throw problem
        }
    }
}

extension Call {
    /// What is kept of a reply for a repetition of its request.
    private struct Kept: Codable, Sendable {
        let status: Int
        let body: String
    }

    /// Does something once per idempotency key: the reply is kept in the transaction of its effects, and a repetition gets the kept one.
    /// - Parameters:
    ///   - print: stands for the content of the request; where absent, its JSON does.
    ///   - body: does it, and gives status and JSON.
    /// - Throws: `Problem` where the key belongs to another request; what `body` throws.
    func once(in transaction: Transaction, fingerprint print: String? = nil, _ body: () throws -> (status: Int, JSON)) throws -> Reply {
        let scope = "http \(caller.actor) \(route.method.rawValue) \(path)"
        let fingerprint = print ?? Fingerprint.of([String(decoding: input.bytes, as: UTF8.self)])
        let kept = try transaction.once(key: idempotencyKey, scope: scope, fingerprint: fingerprint, in: workspace, at: now) {
            let (status, value) = try body()
            return Kept(status: status, body: String(decoding: value.bytes, as: UTF8.self))
        }
        let reply = Reply(status: kept.value.status, body: .bytes(Array(kept.value.body.utf8), type: "application/json"))
        return kept.isReplay ? reply.with(.idempotencyReplayed, "true") : reply
    }
}
