package import Storage

/// Names a webhook.
package enum WebhookKind: IdentifierKind { package static let prefix = "wh" }
/// Names a webhook: an address outside that wants to be told.
package typealias WebhookID = Identifier<WebhookKind>

/// Names one telling of one event to one webhook.
package enum DeliveryKind: IdentifierKind { package static let prefix = "dlv" }
/// Names one telling of one event to one webhook.
package typealias DeliveryID = Identifier<DeliveryKind>

/// An address outside that wants to be told of events.
package struct WebhookSubscription: Hashable, Sendable {
    /// Names it.
    package let id: WebhookID
    /// Whose it is.
    package let workspace: WorkspaceID
    /// Where it is told: an absolute http or https URL.
    package let url: String
    /// The names of the events, or `*` for all.
    package let events: [String]
    /// What its owner calls it; may be empty.
    package let description: String
    /// Since when it is told.
    package let createdAt: Timestamp
    /// Since when it is not told any more; nil while it is.
    package let disabledAt: Timestamp?
    /// Why not: `gone` (it answered 410) or `switched_off`; nil while it is told.
    package let disabledWhy: String?
    /// Until when the secret before the present one signs too; nil where there is none.
    package let oldSecretUntil: Timestamp?

    /// Whether it wants events of this name.
    func wants(_ kind: String) -> Bool { events.contains(Self.everything) || events.contains(kind) }

    /// Stands for all events.
    package static let everything = "*"
}

/// A secret that was just made, with what it belongs to: the only time that it is seen.
package struct NewWebhook: Sendable {
    /// What it belongs to.
    package let subscription: WebhookSubscription
    /// `whsec_…`, to be given to the receiver.
    package let secret: WebhookSecret
}

/// One telling of one event, as the delivery log shows it.
package struct DeliveryRecord: Hashable, Sendable {
    /// Names it.
    package let id: DeliveryID
    /// Where it goes.
    package let webhook: WebhookID
    /// Its `webhook-id`, by which a receiver recognises a repetition: `evt_` and the event's number.
    package let eventID: String
    /// The event's name.
    package let type: String
    /// How often it was tried.
    package let attempts: Int
    /// How it stands.
    package let status: Status
    /// What the receiver answered last; nil where no answer came.
    package let httpStatus: Int?
    /// What went wrong last; nil after a success.
    package let error: String?
    /// When it is tried next; nil where it is over.
    package let nextTryAt: Timestamp?
    /// When it was put down.
    package let at: Timestamp
    /// When it was over.
    package let endedAt: Timestamp?
    /// The delivery that it repeats, by an operator's wish.
    package let replayOf: DeliveryID?

    /// How a delivery stands.
    package enum Status: String, Hashable, Sendable, CaseIterable {
        /// To be tried, or tried again.
        case waiting
        /// Taken: the receiver answered 2xx.
        case delivered
        /// Given up after the last attempt.
        case failed
        /// Not told because the webhook was switched off or gone.
        case dropped
    }
}

/// What can be wrong with a wish about webhooks.
package enum WebhookError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such webhook or delivery in this workspace.
    case notFound
    /// The URL is not an absolute http(s) URL of at most 2,048 bytes, or holds a name and password.
    case url
    /// No event is named, too many are, or a name is malformed.
    case events
    /// The description is too long or holds control characters.
    case label
    /// The workspace has as many webhooks as it may have.
    case tooMany(limit: Int)
    /// It is switched off, so nothing is told again.
    case disabled

    /// As people read it.
    package var description: String {
        switch self {
        case .notFound: "There is no such webhook or delivery here. Check the id."
        case .url: "The URL must be an absolute http or https URL of at most \(Webhooks.longestURLBytes) bytes without name and password."
        case .events: "Name 1 to \(Webhooks.mostEvents) events such as message.received, or * for all."
        case .label: "The description may have \(Webhooks.longestDescription) characters on one line. Shorten it."
        case .tooMany(let limit): "A workspace may have \(limit) webhooks. Delete one first."
        case .disabled: "The webhook is switched off. Switch it on first."
        }
    }
}
