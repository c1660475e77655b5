import HTTPTypes

/// What every answer carries, also the ones that tell of a problem: nothing on our pages comes from elsewhere, nothing frames them but the chat's sites, nothing
/// is guessed.
///
/// `trusted-types 'none'`: no script of a page may make HTML from text, not even by a policy of its own; live pages take in documents that the browser itself
/// read from this service. The referrer stays within this service; with none at all, browsers send `Origin: null` with forms
/// (https://fetch.spec.whatwg.org/#append-a-request-origin-header), which would look like another site.
enum SafetyHeaders {
    /// No inline script or style, no foreign origin, no HTML from text (Trusted Types). Pages may frame pages of this service: what is framed says itself by whom.
    private static let contentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        + "frame-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "

    static func add(to headers: inout HTTPFields, secure: Bool, framing: Framing = .nobody) {
        if headers[.contentSecurityPolicy] == nil { headers[.contentSecurityPolicy] = contentPolicy + framing.policy }
        headers[.frameOptions] = framing.options
        headers[.contentTypeOptions] = "nosniff"
        headers[.referrerPolicy] = "same-origin"
        headers[.openerPolicy] = "same-origin"
        if headers[.resourcePolicy] == nil { headers[.resourcePolicy] = "same-origin" }
        headers[.permissionsPolicy] = "camera=(), microphone=(), geolocation=()"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        if secure { headers[.strictTransportSecurity] = "max-age=31536000" }
    }
}

/// Whose pages may show an answer in a frame. A frame of somebody else's page can be laid under the visitor's clicks.
enum Framing: Hashable, Sendable {
    case nobody
    /// Pages of this service (the example company's) and of these origins.
    case pages(of: [String])

    /// The directive of the content policy (https://www.w3.org/TR/CSP3/#directive-frame-ancestors).
    var policy: String {
        switch self {
        case .nobody: "frame-ancestors 'none'"
        case .pages(let origins): (["frame-ancestors 'self'"] + origins.filter(Self.isPlain)).joined(separator: " ")
        }
    }

    /// `X-Frame-Options` for browsers that do not read the directive. It cannot name an origin (RFC 7034's ALLOW-FROM is read by none), so where another
    /// site may frame, the directive stands alone.
    var options: String? {
        switch self {
        case .nobody: "DENY"
        case .pages(let origins): origins.contains(where: Self.isPlain) ? nil : "SAMEORIGIN"
        }
    }

    /// Whether it is scheme, host and port and nothing that could end the directive or widen it.
    private static func isPlain(_ origin: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: origin.hasPrefix) else { return false }
        let host = origin.utf8.dropFirst(scheme.utf8.count)
        return !host.isEmpty
            && host.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x3A).contains(byte) || [0x2D, 0x2E, 0x5B, 0x5D].contains(byte)
            }
    }
}

extension Service {
    /// Whose pages may frame what a route answers, problems included: everything of a site's chat is shown on the site's pages, and nothing else anywhere.
    func framing(of route: Route, _ places: [String: String]) -> Framing {
        guard route.group == .chat, let key = places["site"], let (_, site) = site(key) else { return .nobody }
        return .pages(of: site.origins)
    }
}
