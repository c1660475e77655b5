import HTTPTypes

/// What every answer carries, also the ones that tell of a problem: nothing on our pages comes from elsewhere, nothing frames them, nothing is guessed.
///
/// `trusted-types 'none'`: no script of a page may make HTML from text, not even by a policy of its own; live pages take in documents that the browser itself
/// read from this service. The referrer stays within this service; with none at all, browsers send `Origin: null` with forms
/// (https://fetch.spec.whatwg.org/#append-a-request-origin-header), which would look like another site.
enum SafetyHeaders {
    /// No inline script or style, no foreign origin, no HTML from text (Trusted Types).
    static let contentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    static func add(to headers: inout HTTPFields, secure: Bool) {
        if headers[.contentSecurityPolicy] == nil { headers[.contentSecurityPolicy] = contentPolicy }
        headers[.contentTypeOptions] = "nosniff"
        headers[.referrerPolicy] = "same-origin"
        headers[.openerPolicy] = "same-origin"
        if headers[.resourcePolicy] == nil { headers[.resourcePolicy] = "same-origin" }
        headers[.permissionsPolicy] = "camera=(), microphone=(), geolocation=()"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        if secure { headers[.strictTransportSecurity] = "max-age=31536000" }
    }
}
