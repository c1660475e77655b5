import Inbox
import Notation
package import Storage

/// What an event looks like to webhooks: `{"type", "timestamp", "data": {…}}` as Standard Webhooks suggests, with ids, numbers and codes and never a word that
/// a person wrote. Whoever is told fetches the rest through the API, under a key's own permissions.
package enum WebhookPayload {
    /// A kind of event that is told outside.
    package struct Kind: Hashable, Sendable {
        /// Its name, which never changes.
        package let name: String
        /// When it happens, and the fields of `data` beside `workspace` and `conversation`.
        package let says: String
    }

    /// All kinds that are told. What teammates do among themselves (reading, notes, presence) and the inner steps of answering are not.
    package static let kinds: [Kind] = [
        (InboxEvent.conversationOpened, "A conversation began. assistant"),
        (.messageReceived, "A customer wrote. message, seq, epoch, owner, turn?"),
        (
            .messageSent,
            "The assistant, a teammate or the system wrote to the customer. message, seq, epoch, author, kind, turn?, teammate?"
        ),
        (.handedOver, "The assistant passed the conversation to people. handoff, reason, epoch, turn?, team?, assigned?"),
        (.notified, "A notification about a handoff reached somebody. handoff"),
        (.reminded, "A handoff waits too long and a wider circle was told. handoff, round"),
        (.claimed, "A teammate took the conversation. teammate, from, epoch, after, handoff?"),
        (.handedBack, "A teammate gave the conversation to the assistant. teammate, epoch, turn?"),
        (.assigned, "People passed it on among themselves. epoch, team?, teammate?, by"),
        (.snoozed, "Its owner put it aside. teammate, until"), (.woken, "It is no longer put aside. by"),
        (.merged, "Two conversations are one for teammates; told of both. by, and into with epoch, or from"),
        (.unmerged, "A merged conversation stands by itself again; told of both. by, and out_of with epoch, or from"),
        (.resolved, "The conversation was closed. by, epoch"),
        (.reopened, "A closed conversation is open again. by, epoch"),
        (.judged, "A teammate judged an answer of the assistant. message, seq, teammate, verdict, because?"),
        (.tagged, "Tags changed. count"),
        (.captured, "Details of the customer's case were captured. count"),
        (.rated, "The customer said how it went. score (1 to 5)"),
        (.adopted, "Its customer signed in: it belongs to that account now. customer"),
        (.identified, "Name, e-mail or verification of a customer changed; `customer` stands in place of `conversation`."),
    ].map { Kind(name: $0.0.rawValue, says: $0.1) }

    private static let names = Set(kinds.map(\.name))
    private static let numbers: Set = ["seq", "epoch", "after", "round", "count", "score"]

    /// The body that webhooks get; nil for an event that is not told outside.
    package static func bytes(of event: Event) -> [UInt8]? {
        // A body that is no object of texts is not one of these events.
        guard names.contains(event.kind), let fields = try? StoredJSON.decode([String: String].self, from: event.body) else {
            return nil  // what cannot be read is nothing to tell
        }
        let subject = event.kind == InboxEvent.identified.rawValue ? "customer" : "conversation"
        var data = [
            JSON.Member(key: "workspace", value: .string(event.workspace.text)), JSON.Member(key: subject, value: .string(event.subject)),
            JSON.Member(key: "sequence", value: .number(String(event.sequence))),
        ]
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let isNumber = numbers.contains(name) && Int(value) != nil
            data.append(JSON.Member(key: name, value: isNumber ? .number(value) : .string(value)))
        }
        return JSON.of(
            ("type", .string(event.kind)), ("timestamp", .string(event.at.description)), ("data", .object(data))
        ).bytes
    }
}
