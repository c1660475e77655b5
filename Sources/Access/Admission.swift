package import Storage

/// What a credential that holds says: who is calling, and until when.
///
/// Looking one up is one read by an index, at each request, with no cache: what was suspended or revoked by a transaction is dead for every request
/// that begins after it.
package struct Admission: Hashable, Sendable {
    /// Who it is.
    package let caller: Caller
    /// When the credential ends by itself, if nothing touches it before; nil: never.
    package let expiresAt: Timestamp?
    /// The token that requests with this session's cookie must carry in a header or form field; nil where the caller did not come by cookie.
    package let csrf: String?
    /// Whether the last use should be written down (`AccessControl.touch`). At most about once a minute and credential.
    package let isTouchDue: Bool

    /// Whether the caller came by a cookie, which a browser sends whoever wrote the page: then `accepts(csrf:)` must hold for whatever changes state.
    package var isByCookie: Bool { csrf != nil }

    /// Whether a presented token is this session's. False where there is none; takes the same time wherever it differs.
    package func accepts(csrf presented: String?) -> Bool {
        guard let csrf, let presented else { return false }
        return ConstantTime.isSame(Array(csrf.utf8), Array(presented.utf8))
    }
}
