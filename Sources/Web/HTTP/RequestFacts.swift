import Access
import Foundation
import HTTPTypes
import Hummingbird
import Notation
import Storage

/// What is known of a request before its route is: ids, address, origin, what it wants back. Filled as more becomes known, for the log.
struct RequestFacts: Sendable {
    /// The trace id of `traceparent`, or a random one: 32 hex digits.
    let id: String
    /// What the request is part of.
    let trace: Trace
    /// For whoever sent it.
    let traceParent: String
    let method: HTTPRequest.Method
    let path: String
    let queryText: String
    let address: String
    let headers: HTTPFields
    var route: Route?
    var caller = Caller.anonymous
    var rate: RateDecision?
    /// Whose pages may show the answer in a frame.
    var framing = Framing.nobody

    init(_ request: Request, _ peer: String, _ settings: WebSettings) {
        trace = Trace(header: request.headers[.traceParent])
        id = trace.id
        traceParent = trace.header
        method = request.method
        headers = request.headers
        let target = request.head.path ?? "/"
        let pieces = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = pieces.first.map(String.init) ?? "/"
        queryText = pieces.count > 1 ? String(pieces[1]) : ""
        // Only a proxy that the operator named may say who stands behind it; it appends, so the last address is what it saw.
        let forwarded = request.headers[.forwardedFor]?.split(separator: ",").last?.trimmingCharacters(in: .whitespaces)
        let isAddress = (forwarded ?? "").utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x3A) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66) || $0 == 0x2E
        }
        address = settings.trustedProxies.contains(peer) && isAddress ? String((forwarded ?? peer).prefix(45)) : peer
    }

    var actor: String { caller.actor }
    var isHead: Bool { method == .head }
    var origin: String? { headers[.origin] }
    /// A browser that asks for a page, as opposed to a script that asks for data.
    var wantsPage: Bool { headers[.accept]?.contains("text/html") ?? false }
    /// For the log: the network, not the person.
    var shortAddress: String { ClientAddress(address).shown }

    /// Bytes of a request target.
    static let longestTarget = 8 << 10

    /// The path's segments.
    /// - Throws: `Problem` where the target is no path of ours.
    func check(_ request: Request) throws -> [String] {
        let target = request.head.path ?? ""
        guard target.utf8.count <= Self.longestTarget else {
            throw Problem(.uriTooLong, "The address has more than \(Self.longestTarget) bytes.")
        }
        guard target.hasPrefix("/"), let parts = Percent.segments(path[...]) else {
            throw Problem(.malformedRequest, "The address is not a path of this service.")
        }
        return parts
    }

    /// The query's items, each known to the route and as described.
    func query(of route: Route) throws -> [Percent.Item] {
        guard let items = Percent.items(Array(queryText.utf8)) else {
            throw Problem(.malformedRequest, "The query cannot be read: a broken escape, bytes that are not UTF-8, or too many items.")
        }
        // Pages are linked from everywhere, with whatever others hang on.
        if !route.group.isDescribed { return items }
        var seen: Set<String> = []
        for item in items {
            guard let parameter = route.query.first(where: { $0.name == item.name }) else {
                let known = route.query.isEmpty ? "none" : route.query.map(\.name).joined(separator: ", ")
                throw Problem.invalid(
                    "", "unknown_parameter", "The query parameter '\(item.name.prefix(64))' is not known here; known: \(known)")
            }
            guard seen.insert(item.name).inserted else {
                throw Problem.invalid("", "repeated_parameter", "The query parameter '\(item.name)' is given twice")
            }
            if let mismatch = parameter.schema.mismatches(ofText: item.value) {
                throw Problem.invalid("", mismatch.code, "The query parameter '\(item.name)' \(mismatch.detail)")
            }
        }
        for parameter in route.query where parameter.isRequired && !seen.contains(parameter.name) {
            throw Problem.invalid("", "missing", "The query parameter '\(parameter.name)' is required")
        }
        return items
    }

    /// The idempotency key: bare, or quoted as the draft standard has it.
    func idempotencyKey(for route: Route) throws -> String? {
        guard route.key != .ignored else { return nil }
        guard let given = headers[.idempotencyKey] else {
            if route.key == .required {
                throw Problem(
                    .idempotencyKeyRequired,
                    "Send an Idempotency-Key header, 1 to 255 characters, the same one when you repeat the request.")
            }
            return nil
        }
        var key = given[...]
        if key.count >= 2, key.hasPrefix("\""), key.hasSuffix("\"") { key = key.dropFirst().dropLast() }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Problem(.malformedRequest, "The Idempotency-Key must be 1 to 255 visible ASCII characters.")
        }
        return String(key)
    }
}

extension Schema {
    /// Checks a query parameter, which is always written as text.
    fileprivate func mismatches(ofText text: String) -> Mismatch? {
        switch self {
        case .integer, .number: mismatches(.number(text.isEmpty || text.first == "+" ? "x" : text), most: 1).first
        case .boolean: ["true", "false"].contains(text) ? nil : Mismatch(pointer: "", code: "wrong_type", detail: "must be true or false")
        default: mismatches(.string(text), most: 1).first
        }
    }
}
