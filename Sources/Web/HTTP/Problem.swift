import Notation

/// What went wrong with a request, for whoever sent it: RFC 9457. Codes are stable and each has a page that says what to do.
struct Problem: Error, Sendable {
    enum Code: String, CaseIterable, Sendable {
        case malformedRequest = "malformed_request"
        case malformedJSON = "malformed_json"
        case idempotencyKeyRequired = "idempotency_key_required"
        case unauthenticated
        case signInFailed = "sign_in_failed"
        case forbidden
        case crossSite = "cross_site"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case ownedByColleague = "owned_by_colleague"
        case threadMoved = "thread_moved"
        case conflict
        case linkExpired = "link_expired"
        case preconditionFailed = "precondition_failed"
        case tooLarge = "too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case invalidInput = "invalid_input"
        case keyReused = "key_reused"
        case preconditionRequired = "precondition_required"
        case rateLimited = "rate_limited"
        case headTooLarge = "head_too_large"
        case uriTooLong = "uri_too_long"
        case internalError = "internal_error"
        case notImplemented = "not_implemented"
        case unavailable
        case storageFull = "storage_full"
        case versionNotSupported = "version_not_supported"
    }

    let code: Code
    /// For this occurrence; says what to do. Never a stack, a statement, a path or another customer's words.
    let detail: String
    /// Which fields are wrong.
    var mismatches: [Mismatch] = []
    /// Further members of the document.
    var members: [(String, JSON)] = []
    /// Seconds, for `Retry-After`.
    var retryAfterSeconds: Int?
    /// For `Allow`.
    var allow: String?

    init(_ code: Code, _ detail: String, allow: String? = nil) {
        self.code = code
        self.detail = detail
        self.allow = allow
    }

    /// The same for a thing of another workspace, of another customer, and for one that never was.
    static let notFound = Problem(.notFound, "There is no such thing here. Check the address and the id.")
}

extension Problem.Code {
    /// Its HTTP status.
    var status: Int {
        switch self {
        case .malformedRequest, .malformedJSON, .idempotencyKeyRequired: 400
        case .unauthenticated, .signInFailed: 401
        case .forbidden, .crossSite: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .ownedByColleague, .threadMoved, .conflict: 409
        case .linkExpired: 410
        case .preconditionFailed: 412
        case .tooLarge: 413
        case .uriTooLong: 414
        case .unsupportedMediaType: 415
        case .invalidInput, .keyReused: 422
        case .preconditionRequired: 428
        case .rateLimited: 429
        case .headTooLarge: 431
        case .internalError: 500
        case .notImplemented: 501
        case .unavailable: 503
        case .versionNotSupported: 505
        case .storageFull: 507
        }
    }

    /// The same for every occurrence.
    var title: String {
        switch self {
        case .malformedRequest: "The request cannot be read"
        case .malformedJSON: "The body is not JSON"
        case .idempotencyKeyRequired: "An Idempotency-Key header is required"
        case .unauthenticated: "No valid credential"
        case .signInFailed: "E-mail or password is wrong"
        case .forbidden: "Not allowed"
        case .crossSite: "The request came from another site"
        case .notFound: "Not found"
        case .methodNotAllowed: "This address does not know that method"
        case .ownedByColleague: "A colleague has this conversation"
        case .threadMoved: "The thread has gone on"
        case .conflict: "It is no longer as you saw it"
        case .linkExpired: "The link has ended"
        case .preconditionFailed: "Somebody changed it before you"
        case .tooLarge: "The body is too large"
        case .uriTooLong: "The address is too long"
        case .unsupportedMediaType: "This kind of body is not read here"
        case .invalidInput: "Some fields are not right"
        case .keyReused: "This Idempotency-Key belongs to another request"
        case .preconditionRequired: "An If-Match header is required"
        case .rateLimited: "Too many requests"
        case .headTooLarge: "The request's head is too large"
        case .internalError: "Something went wrong here"
        case .notImplemented: "This method is not known"
        case .unavailable: "Not now"
        case .versionNotSupported: "This version of HTTP is not spoken here"
        case .storageFull: "There is no space left on the disk"
        }
    }

    /// What whoever meets it does about it; shown on its page.
    var remedy: String {
        switch self {
        case .malformedRequest: "Read the detail: it names the part of the request that cannot be read."
        case .malformedJSON: "Send one JSON value in UTF-8, nested at most \(InputReader.deepest) levels."
        case .idempotencyKeyRequired:
            "Make a random key per action (a UUID is good), send it as Idempotency-Key, and send the same key when you repeat the request."
        case .unauthenticated:
            "Send `Authorization: Bearer ` with an API key or a customer token that is neither revoked nor expired, or sign in."
        case .signInFailed: "Check both. After ten wrong passwords in fifteen minutes, wait or use a device on which you are known."
        case .forbidden: "The key's scopes or the teammate's role do not include this. An owner can change that."
        case .crossSite: "Send the request from a page of this service, with its CSRF token; programs send an API key instead of a cookie."
        case .notFound: "Check the address and the id. What belongs to another workspace or another customer looks the same."
        case .methodNotAllowed: "The Allow header names the methods of this address."
        case .ownedByColleague: "Ask them, or repeat the request with `from_colleague` to take it from them."
        case .threadMoved: "Read `missed`, then send again with the newest `last_seen`."
        case .conflict: "Read it again; the detail says what has changed."
        case .linkExpired: "Read the message again: it has a new link. With a credential the file's `href` never ends."
        case .preconditionFailed: "Read it again, put your change on top, and send its new ETag as If-Match."
        case .tooLarge: "The detail names the limit of this address."
        case .uriTooLong: "Shorten the query."
        case .unsupportedMediaType: "Send the Content-Type that the API description names."
        case .invalidInput: "`errors` names each field with what it should be."
        case .keyReused: "Use a new key for a new request."
        case .preconditionRequired: "Read the thing first and send its ETag as If-Match, so that nobody's change is lost."
        case .headTooLarge: "Send fewer or shorter headers; the detail names the limits."
        case .versionNotSupported: "Use HTTP/1.1; a proxy before the service may speak HTTP/2 and HTTP/3."
        case .rateLimited: "Wait as long as Retry-After says."
        case .internalError: "Nothing was changed. Tell the operator the request id; it is in the log."
        case .notImplemented: "Use GET, HEAD, POST, PUT, PATCH or DELETE."
        case .unavailable: "Try again after the seconds in Retry-After, with the same Idempotency-Key."
        case .storageFull: "Nothing was changed. The operator must free space; reading still works."
        }
    }
}

extension Problem {
    /// The document.
    /// - Parameters:
    ///   - base: address of the pages that explain the codes.
    ///   - instance: the request's path.
    ///   - request: its id.
    func document(base: String, instance: String, request: String) -> JSON {
        var pairs: [JSON.Member] = [
            .init(key: "type", value: .string("\(base)/problems/\(code.rawValue)")), .init(key: "title", value: .string(code.title)),
            .init(key: "status", value: .number("\(code.status)")), .init(key: "detail", value: .string(detail)),
            .init(key: "instance", value: .string(instance)), .init(key: "code", value: .string(code.rawValue)),
            .init(key: "request_id", value: .string(request)),
        ]
        if !mismatches.isEmpty {
            let errors = mismatches.map {
                JSON.of(("pointer", .string($0.pointer)), ("code", .string($0.code)), ("detail", .string($0.detail)))
            }
            pairs.append(.init(key: "errors", value: .array(errors)))
        }
        return .object(pairs + members.map { .init(key: $0.0, value: $0.1) })
    }

    /// The shape of every problem, for the API description.
    static let schema = Schema.named(
        "Problem",
        .object([
            .init("type", .text(0...2000), "page that explains the code"), .init("title", .text(0...200)),
            .init("status", .integer(400...599)), .init("detail", .lines(0...4000)), .init("instance", .text(0...10_000)),
            .init("code", .oneOf(Code.allCases.map(\.rawValue)), "stable"), .init("request_id", .text(0...64)),
            .init(
                "errors",
                .array(
                    .object([
                        .init("pointer", .text(0...4000), "RFC 6901, into the body"), .init("code", .text(0...64)),
                        .init("detail", .lines(0...2000)),
                    ]), most: 100), required: false),
            .init("owner", .text(0...200), "who has the conversation", required: false),
            .init("missed", .array(.anything, most: 1000), "messages that you have not seen", required: false),
            .init("current", .anything, "as it is now", required: false),
            .init("violated-policies", .array(.text(0...100), most: 10), required: false),
        ]))
}
