/// What this room refuses.
package enum AccessError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such thing in this workspace; also a token that was used, has expired, is malformed or empty: that makes no difference.
    case notFound(Thing)
    /// Another account of the installation has this address. (Its workspace is not said.)
    case emailTaken
    /// No address: one `@` with something on both sides, no spaces, at most `AccessControl.longestEmail` bytes.
    case badEmail
    /// A name that is empty, has control characters, or is above its limit in Unicode scalars.
    case badText(field: String, limit: Int)
    /// The teammate has an account already.
    case accountExists
    /// It would leave the workspace without an owner who can come in.
    case lastOwner
    /// Nobody gives what they do not have.
    case exceedsOwn([Permission])
    /// A key without a permission opens nothing.
    case noPermissions
    /// The moment of expiry has passed already.
    case expiryPassed
    /// There are so many already.
    case tooMany(Thing, limit: Int)
    /// The password is no good.
    case weakPassword(PasswordFault)
    /// Too many passwords are being checked just now.
    case busy(retryAfterSeconds: Int)

    /// What was looked for.
    package enum Thing: String, Hashable, Sendable {
        case account, session, key, invitation
        case customerToken = "customer token"
    }

    /// As people and logs read it.
    package var description: String {
        switch self {
        case .notFound(.invitation): "This invitation is not valid, was used, or is older than 24 hours. Ask for a new one."
        case .notFound(let thing): "There is no such \(thing.rawValue). Check the id and the workspace."
        case .emailTaken: "Another account has this e-mail address. Use a different one."
        case .badEmail: "This is no e-mail address. Write it as name@example.com."
        case .badText(let field, let limit): "The \(field) must have 1 to \(limit) characters on one line. Correct it."
        case .accountExists: "This teammate has an account already. Change its role instead."
        case .lastOwner: "This is the workspace's last owner. Make somebody else an owner first."
        case .exceedsOwn(let permissions):
            "You cannot give what you may not do yourself: \(permissions.map(\.rawValue).joined(separator: ", ")). Leave it out."
        case .noPermissions:
            "A key needs at least one permission. Name one: \(Permission.allCases.map(\.rawValue).joined(separator: ", "))."
        case .expiryPassed: "The expiry lies in the past. Choose a later one."
        case .tooMany(let thing, let limit): "There are \(limit) of this kind (\(thing.rawValue)) already. Remove one first."
        case .weakPassword(let fault): fault.description
        case .busy(let seconds): "Too many people are signing in just now. Try again in \(seconds) seconds."
        }
    }
}
