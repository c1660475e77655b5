import Access
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import Notation
import Storage

/// What happens to every request, in this order: find the route, know the caller, check that they may, take from their patience, read the input, do it,
/// and turn whatever was thrown into a problem. The only place that knows all of these.
struct Front: HTTPResponder {
    typealias Context = FrontContext

    let service: Service
    let table: RouteTable

    func respond(to request: Request, context: FrontContext) async throws -> Response {
        let started = ContinuousClock.now
        var facts = RequestFacts(request, context.peer, service.settings)
        var reply: Reply
        do {
            reply = try await answer(request, &facts)
        } catch {
            let problem = Problem.of(error, log: service.logger, facts)
            await service.noteDenial(problem, facts)
            reply = problemReply(problem, facts)
        }
        if facts.isHead, case .stream(let type, _) = reply.body {
            reply = Reply(status: reply.status, headers: reply.headers + [(.contentType, type)], body: .none)
        } else if facts.isHead, case .bytes(let bytes, let type) = reply.body {
            reply = Reply(
                status: reply.status, headers: reply.headers + [(.contentType, type), (.contentLength, "\(bytes.count)")], body: .none)
        }
        let response = finished(reply, facts)
        record(facts, status: reply.status, since: started)
        return response
    }

    private func answer(_ request: Request, _ facts: inout RequestFacts) async throws -> Reply {
        if request.method == .options, request.head.path == "*" { return Self.options }
        // TRACE shows a proxy's headers, CONNECT opens a tunnel: neither has an address here. Words that are no method are refused by the guard.
        guard request.method != .trace, request.method != .connect else {
            throw Problem(.methodNotAllowed, "Use GET, HEAD, POST, PUT, PATCH or DELETE.", allow: Self.methods)
        }
        let parts = try facts.check(request)
        if request.method == .options { return try preflight(facts, parts) }
        switch table.match(request.method, parts) {
        case .nothing:
            // Whoever sent a broken credential learns that first.
            _ = try await Credentials(facts, service).known()
            throw Problem.notFound
        case .otherMethod(let allowed):
            var problem = Problem(.methodNotAllowed, "This address knows \(allowed.map(\.rawValue).joined(separator: ", ")).")
            problem.allow = allowed.map(\.rawValue).joined(separator: ", ")
            throw problem
        case .found(let route, let places):
            facts.route = route
            facts.framing = service.framing(of: route, places)
            return try await run(route, places, request, &facts)
        }
    }

    private func run(_ route: Route, _ places: [String: String], _ request: Request, _ facts: inout RequestFacts) async throws -> Reply {
        let credentials = Credentials(facts, service)
        let (caller, admission) = try await credentials.known()
        facts.caller = caller
        try route.policy.admit(caller, isByCookie: admission?.isByCookie ?? false, places, facts)
        let rate = try service.take(route.rate, of: caller, facts)
        facts.rate = rate
        if route.input.isNotAForm { try credentials.checkCSRF(admission, route: route, field: nil) }
        if let admission, admission.isTouchDue { service.touch(admission) }
        guard service.isStopping.withLockedValue({ !$0 }) || route.group == .operations else {
            var problem = Problem(.unavailable, "The service is shutting down. Try again in a moment.")
            problem.retryAfterSeconds = 1
            throw problem
        }
        let body = try await BodyReader.read(request, route)
        let form = try body.form(route)
        if !route.input.isNotAForm {
            try credentials.checkOrigin()
            try credentials.checkCSRF(admission, route: route, field: form.fields.first { $0.name == "csrf" }?.value)
        }
        let call = Call(
            service: service, route: route, caller: caller, admission: admission, places: places, path: facts.path,
            queryItems: try facts.query(of: route), headers: request.headers, input: try body.json(route), form: form.fields,
            file: form.file,
            body: body.bytes,
            idempotencyKey: try facts.idempotencyKey(for: route), requestID: facts.id, traceParent: facts.traceParent, isHead: facts.isHead,
            address: facts.address, now: service.clock.now())
        if route.needsMatch, request.headers[.ifMatch] == nil {
            throw Problem(.preconditionRequired, "Read it first, then send its ETag as If-Match.")
        }
        return try await Trace.$current.withValue(facts.trace) { try await route.handler(call) }
    }

    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    /// `OPTIONS *` asks for what the service as a whole knows (RFC 9110, section 9.3.7).
    private static let options = Reply(status: 204, headers: [(.allow, methods)], body: .none)

    /// CORS for the customer's side of the API on the pages of configured sites; everything else is for pages of this service alone.
    private func preflight(_ facts: RequestFacts, _ parts: [String]) throws -> Reply {
        let allowed = table.methods(of: parts)
        guard !allowed.isEmpty else { throw Problem.notFound }
        let reply = Reply(status: 204, headers: [(.allow, (allowed + ["OPTIONS"]).joined(separator: ", "))], body: .none)
        guard let origin = facts.origin, service.isSiteOrigin(origin) else { return reply }
        return reply.with(.allowMethods, allowed.joined(separator: ", "))
            .with(.allowHeaders, "Authorization, Content-Type, Idempotency-Key, Last-Event-ID").with(.corsMaxAge, "600")
    }

    private func problemReply(_ problem: Problem, _ facts: RequestFacts) -> Reply {
        if facts.wantsPage, facts.route?.group.isPage ?? !facts.path.hasPrefix("/v1/") { return ProblemPage.reply(problem, facts, service) }
        let document = problem.document(base: service.publicURL, instance: facts.path, request: facts.id)
        var reply = Reply(status: problem.code.status, body: .bytes(document.bytes, type: "application/problem+json"))
        if let seconds = problem.retryAfterSeconds { reply = reply.with(.retryAfter, "\(seconds)") }
        if let allow = problem.allow { reply = reply.with(.allow, allow) }
        if problem.code == .unauthenticated { reply = reply.with(.wwwAuthenticate, "Bearer realm=\"baton\"") }
        return reply
    }

    private func finished(_ reply: Reply, _ facts: RequestFacts) -> Response {
        var headers = HTTPFields()
        for (name, value) in reply.headers { headers.append(HTTPField(name: name, value: value)) }
        headers[.requestID] = facts.id
        headers[.traceParent] = facts.traceParent
        SafetyHeaders.add(to: &headers, secure: service.settings.isSecure, framing: facts.framing)
        if let origin = facts.origin, facts.route?.isForSites ?? true, service.isSiteOrigin(origin) {
            headers[.allowOrigin] = origin
            headers[.exposeHeaders] = "ETag, Idempotency-Replayed, Retry-After, RateLimit, X-Request-Id"
            headers[.vary] = "Origin"
        }
        if let rate = facts.rate {
            headers[.rateLimitPolicy] = rate.policyHeader
            headers[.rateLimit] = rate.limitHeader
        }
        let status = HTTPResponse.Status(code: reply.status)
        switch reply.body {
        case .none: return Response(status: status, headers: headers)
        case .bytes(let bytes, let type):
            headers[.contentType] = type.hasPrefix("text/") ? type + "; charset=utf-8" : type
            return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let type, let write):
            headers[.contentType] = type
            return Response(status: status, headers: headers, body: .init(write))
        }
    }

    private func record(_ facts: RequestFacts, status: Int, since started: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - started).seconds
        service.metrics.requestEnded(route: facts.route?.path.text ?? "none", status: status, seconds: seconds)
        let level: Logger.Level = status >= 500 ? .error : status == 401 || status == 403 || status == 429 ? .notice : .info
        service.logger.log(
            level: level, "request",
            metadata: [
                "request_id": "\(facts.id)", "method": "\(facts.method)", "route": "\(facts.route?.path.text ?? "-")",
                "status": "\(status)", "actor": "\(facts.actor)", "address": "\(facts.shortAddress)",
                "duration_ms": "\(Int64(seconds * 1000))",
            ])
    }
}

/// What Hummingbird tells of a connection.
struct FrontContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other end's address, without its port.
    let peer: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? "local"
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension RouteTable {
    /// The methods that an address knows.
    func methods(of parts: [String]) -> [String] {
        switch match(.options, parts) {
        case .otherMethod(let allowed): allowed.map(\.rawValue)
        case .found(let route, _): [route.method.rawValue]
        case .nothing: []
        }
    }
}

extension Route.Input {
    fileprivate var isNotAForm: Bool {
        switch self {
        case .form, .formWithFile: false
        default: true
        }
    }
}

extension Route {
    /// Whether pages of configured sites may use it from a browser.
    var isForSites: Bool {
        switch policy {
        case .customer, .customerOrStaff: group != .chat
        default: group == .sites || group == .live
        }
    }
}
