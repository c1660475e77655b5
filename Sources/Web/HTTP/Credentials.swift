import Access
import Foundation
import HTTPTypes
import Logging
import Storage

/// Who sent a request. A bearer credential counts alone; a cookie counts only where no bearer is sent. A credential that is broken, unknown, revoked or
/// expired is an error and never "nobody".
struct Credentials: Sendable {
    private let facts: RequestFacts
    private let service: Service

    init(_ facts: RequestFacts, _ service: Service) {
        self.facts = facts
        self.service = service
    }

    /// Whoever sent it, and how they came in where it was by a credential.
    /// - Throws: `Problem`, `StorageError`.
    func known() async throws -> (Caller, Admission?) {
        if let ticket, facts.headers[.authorization] == nil { return (try await redeem(ticket), nil) }
        let admission = try await admission()
        return (admission?.caller ?? .anonymous, admission)
    }

    private func admission() async throws -> Admission? {
        if let header = facts.headers[.authorization] { return try await bearer(header) }
        if facts.route?.group == .chat { return try await customer() }
        if let value = cookie(service.sessionCookie) {
            if let admission = try await service.session(value) { return admission }
            // A page of somebody whose session ended leads to the sign-in; a program is told.
            if facts.route?.group != .pages, facts.route?.policy != .anyone { throw Self.unknown }
        }
        return nil
    }

    /// A customer whose token has ended is a new customer. In a frame the cookie is one of another site's page, so it is sent whoever made the request: it counts
    /// where a browser goes to a page (which only the site's own pages can frame) and for the page's own requests, not for a stranger's script.
    private func customer() async throws -> Admission? {
        guard isFromOwnPage || facts.headers[.secFetchMode] == "navigate" else { return nil }
        guard let token = cookie(service.customerCookie), let admission = try await service.bearer(token),
            case .customer = admission.caller.kind
        else { return nil }
        return admission
    }

    private func bearer(_ header: String) async throws -> Admission {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw Self.unknown }
        let text = parts[1].trimmingCharacters(in: .whitespaces)
        guard !text.isEmpty, text.utf8.count <= 200 else { throw Self.unknown }
        guard let admission = try await service.bearer(text) else { throw Self.unknown }
        return admission
    }

    private var ticket: String? {
        guard facts.route?.group == .live else { return nil }
        return Percent.items(Array(facts.queryText.utf8))?.first { $0.name == "ticket" }?.value
    }

    private func redeem(_ ticket: String) async throws -> Caller {
        guard let issued = service.tickets.redeem(ticket), let caller = try await service.current(issued) else { throw Self.unknown }
        return caller
    }

    private func cookie(_ name: String) -> String? { facts.headers.cookie(name) }

    static let unknown = Problem(.unauthenticated, "The credential is unknown, revoked or expired.")

    /// A cookie is sent by the browser whoever made the page, so what changes something must also come from a page of ours and carry the session's token.
    /// - Parameter field: the token of a form; a script sends it as header.
    /// - Throws: `Problem`.
    func checkCSRF(_ admission: Admission?, route: Route, field: String?) throws {
        guard let admission, facts.headers[.authorization] == nil, ![.get, .head].contains(route.method) else { return }
        // A customer's chat has no token of a session: that it comes from a page of ours must then be said, not only not denied.
        try checkOrigin(isProofNeeded: !admission.isByCookie)
        guard admission.isByCookie else { return }
        guard admission.accepts(csrf: facts.headers[.csrfToken] ?? field) else {
            throw Problem(.crossSite, "The CSRF token is missing or wrong. Load the page again.")
        }
    }

    /// - Parameter isProofNeeded: whether a request that says nothing of where it comes from is refused too. Every browser says it with a form
    ///   (https://fetch.spec.whatwg.org/#origin-header); only programs do not, and they have no cookie that somebody else could use.
    /// - Throws: `Problem` where the browser says that another site's page sent the request.
    func checkOrigin(isProofNeeded: Bool = false) throws {
        guard isFromOwnPage else { throw Self.foreign }
        if isProofNeeded, facts.headers[.secFetchSite] == nil, facts.origin == nil { throw Self.foreign }
    }

    /// Whether the browser does not say that a page of elsewhere made the request.
    private var isFromOwnPage: Bool {
        ["same-origin", "none", nil].contains(facts.headers[.secFetchSite]) && [service.origin, nil].contains(facts.origin)
    }

    private static let foreign = Problem(.crossSite, "Requests with a cookie are accepted from pages of this service only.")
}

extension HTTPFields {
    /// The value of a cookie; the first where there are several of one name.
    func cookie(_ name: String) -> String? {
        for header in self[values: .cookie] {
            for pair in header.split(separator: ";") {
                let pieces = pair.split(separator: "=", maxSplits: 1)
                if pieces.count == 2, pieces[0].trimmingCharacters(in: .whitespaces) == name {
                    return pieces[1].trimmingCharacters(in: .whitespaces)
                }
            }
        }
        return nil
    }
}

extension Service {
    /// The name of the teammates' cookie. `__Host-` lets a browser refuse it without https (RFC 6265bis), which a service on loopback has not.
    var sessionCookie: String { settings.isSecure ? "__Host-baton" : "baton" }
    /// The name of the cookie of a customer's chat page.
    var customerCookie: String { settings.isSecure ? "__Host-baton-chat" : "baton-chat" }

    /// The name of the cookie that remembers a teammate's device; it opens nothing.
    var deviceCookie: String { settings.isSecure ? "__Host-baton-device" : "baton-device" }

    /// Scheme, host and port of the public address.
    var origin: String {
        let parts = publicURL.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.prefix(3).joined(separator: "/")
    }

    /// A `Set-Cookie` value. The customer's must live in a frame on the company's pages, which are another site: `SameSite=None`, and `Partitioned` so that it is
    /// another one under each site's pages (https://www.ietf.org/archive/id/draft-cutler-httpbis-partitioned-cookies-01.html). Browsers take both only with
    /// https; without it the frame keeps its conversation only where site and service are on one domain.
    /// - Parameter seconds: how long it lives; nil: until the browser is closed; 0: gone at once.
    func cookie(_ name: String, _ value: String, seconds: Int?) -> String {
        let age = seconds.map { "; Max-Age=\($0)" } ?? ""
        let reach =
            !settings.isSecure
            ? "SameSite=Lax" : name == customerCookie ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax; Secure"
        return "\(name)=\(value); Path=/; HttpOnly; \(reach)\(age)"
    }

    fileprivate func session(_ value: String) async throws -> Admission? {
        let access = access
        return try await store.read { try access.session(value, in: $0) }
    }

    fileprivate func bearer(_ text: String) async throws -> Admission? {
        let access = access
        return try await store.read { try access.caller(forBearer: text, in: $0) }
    }

    fileprivate func current(_ caller: Caller) async throws -> Caller? {
        let access = access
        return try await store.read { try access.current(caller, in: $0) }
    }

    /// Writes down that a credential was used; the request does not wait for it, and loses nothing where it fails.
    func touch(_ admission: Admission) {
        let (store, access, logger) = (store, access, logger)
        Task {
            do { try await store.write { try access.touch(admission.caller, in: $0) } } catch {
                logger.warning("a credential's last use was not written", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension Route.Policy {
    /// - Throws: `Problem` where the caller may not come in.
    func admit(_ caller: Caller, isByCookie: Bool, _ places: [String: String], _ facts: RequestFacts) throws {
        switch self {
        case .anyone: return
        case .customer:
            guard try isCustomer(caller, places) else { throw refusal(caller) }
        case .staff(let permission):
            guard caller.may(permission) else { throw refusal(caller) }
        case .person(let permission):
            guard isByCookie, caller.may(permission) else { throw refusal(caller) }
        case .customerOrStaff(let permission):
            if try isCustomer(caller, places) { return }
            guard caller.may(permission) else { throw refusal(caller) }
        case .signedIn:
            guard isByCookie else { throw refusal(caller) }
        case .operations(let permission):
            if caller.may(permission) { return }
            guard case .anonymous = caller.kind, ["127.0.0.1", "::1", "local"].contains(facts.address) else { throw refusal(caller) }
        }
    }

    /// A customer has one conversation; every other one does not exist for them.
    private func isCustomer(_ caller: Caller, _ places: [String: String]) throws -> Bool {
        guard case .customer(_, let conversation) = caller.kind else { return false }
        if let asked = places["conversation"], asked != conversation { throw Problem.notFound }
        return true
    }

    private func refusal(_ caller: Caller) -> Problem {
        if case .anonymous = caller.kind { return Problem(.unauthenticated, "This needs a credential.") }
        return Problem(.forbidden, "This credential does not allow that.")
    }
}
