import HTTPTypes
import Hummingbird
import NIOCore
import Notation

/// What a handler answers; the front adds the headers that every answer has.
struct Reply: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8], type: String)
        /// Written piece by piece until the function returns or the client is gone.
        case stream(type: String, @Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    var status: Int
    var headers: [(HTTPField.Name, String)] = []
    var body: Body

    static func json(_ value: JSON, status: Int = 200) -> Reply {
        Reply(status: status, body: .bytes(value.bytes, type: "application/json"))
    }

    static let nothing = Reply(status: 204, body: .none)

    /// With one more header. A value that could end the header line is left out: it came from outside and is no header value.
    func with(_ name: HTTPField.Name, _ value: String) -> Reply {
        guard HTTPField.isValidValue(value) else { return self }
        var reply = self
        reply.headers.append((name, value))
        return reply
    }

    /// A strong entity tag (RFC 9110, section 8.8.3).
    func tagged(_ tag: String) -> Reply { with(.eTag, "\"\(tag)\"") }

    /// The page of a list, with a `Link` to the next.
    /// - Parameter more: further members beside the rows.
    static func page(_ rows: [JSON], next: String?, _ call: Call, and more: [JSON.Member] = []) -> Reply {
        let cursor = next.map { [JSON.Member(key: "next", value: .string($0))] } ?? []
        let reply = Reply.json(.object([.init(key: "data", value: .array(rows))] + cursor + more))
        guard let next else { return reply }
        let others = call.queryItems.filter { $0.name != "after" }.map { "\(Percent.encoded($0.name))=\(Percent.encoded($0.value))" }
        let query = (others + ["after=\(Percent.encoded(next))"]).joined(separator: "&")
        return reply.with(.link, "<\(call.path)?\(query)>; rel=\"next\"")
    }
}

extension HTTPField.Name {
    static let contentDisposition = constant("Content-Disposition")
    static let link = constant("Link")
    static let retryAfter = constant("Retry-After")
    static let idempotencyKey = constant("Idempotency-Key")
    static let idempotencyReplayed = constant("Idempotency-Replayed")
    static let rateLimit = constant("RateLimit")
    static let rateLimitPolicy = constant("RateLimit-Policy")
    static let requestID = constant("X-Request-Id")
    static let traceParent = constant("traceparent")
    static let csrfToken = constant("X-CSRF-Token")
    static let secFetchSite = constant("Sec-Fetch-Site")
    static let secFetchMode = constant("Sec-Fetch-Mode")
    static let frameOptions = constant("X-Frame-Options")
    static let lastEventID = constant("Last-Event-ID")
    static let contentTypeOptions = constant("X-Content-Type-Options")
    static let referrerPolicy = constant("Referrer-Policy")
    static let openerPolicy = constant("Cross-Origin-Opener-Policy")
    static let resourcePolicy = constant("Cross-Origin-Resource-Policy")
    static let permissionsPolicy = constant("Permissions-Policy")
    static let clearSiteData = constant("Clear-Site-Data")
    static let accelBuffering = constant("X-Accel-Buffering")
    static let forwardedFor = constant("X-Forwarded-For")
    static let allowOrigin = constant("Access-Control-Allow-Origin")
    static let allowMethods = constant("Access-Control-Allow-Methods")
    static let allowHeaders = constant("Access-Control-Allow-Headers")
    static let exposeHeaders = constant("Access-Control-Expose-Headers")
    static let corsMaxAge = constant("Access-Control-Max-Age")

    /// Each of the literals above is a token by RFC 9110; `.allow` would stand in for one that is not.
    private static func constant(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .allow }
}
