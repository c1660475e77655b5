package import Access
import Assistant
import Inbox
import Storage

/// How a site's company tells who its customers are; see `IdentityToken`.
package struct SiteIdentity: Hashable, Sendable {
    /// With what its tokens are signed.
    let key: IdentityKey
    /// For whom they must be made; nil: if a token names somebody, then the site's key.
    let audience: String?

    /// - Parameters:
    ///   - key: with what its tokens are signed.
    ///   - audience: what `aud` must name; nil: where a token has one, the site's key.
    package init(key: IdentityKey, audience: String?) {
        self.key = key
        self.audience = audience
    }
}

extension Site {
    /// Reads a token for this site.
    /// - Throws: `Problem` 401, or 422 where the site takes none.
    func identified(by token: String, at now: Timestamp) throws -> IdentityToken {
        guard let identity else {
            throw Problem.invalid("/identity", "not_allowed", "is not taken by this site; an owner can give it an `identity`")
        }
        do {
            return try IdentityToken(
                token, key: identity.key, audience: identity.audience ?? key, mustNameAudience: identity.audience != nil, now: now)
        } catch { throw Problem(.unauthenticated, "\(error)") }
    }
}

extension Service {
    /// The conversation in which a customer goes on whom their company has named.
    ///
    /// If the conversation on the device becomes theirs, every token that was given for it before ends: whoever planted one sees nothing of what follows.
    /// - Parameter caller: with the token that the device had, if any.
    /// - Throws: `InboxError`, `StorageError`.
    func resume(
        _ token: IdentityToken, assistant: String, caller: Caller, of workspace: WorkspaceID, at now: Timestamp, in transaction: Transaction
    ) throws -> Inbox.Resumed {
        let inbox = inbox(of: workspace)
        let customer = try inbox.customer(external: token.subject, name: token.name, email: token.email, at: now, in: transaction)
        var held: ConversationID?
        if case .customer(_, let conversation) = caller.kind, caller.workspace == workspace { held = ConversationID(conversation) }
        let resumed = try inbox.resume(customer.id, assistant: assistant, holding: held, at: now, in: transaction)
        if resumed.way == .adopted {
            try access.revokeCustomerTokens(ofConversation: resumed.conversation.id.text, of: workspace, by: caller, in: transaction)
        }
        return resumed
    }
}
