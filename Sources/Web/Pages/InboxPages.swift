import Access
import Foundation
import HTTPTypes
import Inbox
import Storage

/// The shared inbox: queues, one list, one thread with everything that is known of its case. Each address is a whole page, so that reading and answering need
/// no script; with one, the same page keeps itself up to date, and tells the API what was on the screen: looking at a page changes nothing by itself.
enum InboxPages {
    static let all: [Route] =
        [
            Route(
                .get, "/inbox", "inboxPage", .pages, "The inbox", policy: .person(.conversationsRead),
                answers: [.init(200, "a page", type: "text/html")]
            ) { try await InboxView($0).page.reply },
            Route(
                .get, "/inbox/{conversation}", "casePage", .pages, "A conversation in the inbox", policy: .person(.conversationsRead),
                answers: [.init(200, "a page", type: "text/html")]
            ) { try await InboxView($0, conversation: ConversationID($0.place("conversation"))).page.reply },
        ] + InboxForms.all
}

/// The list that is shown, as addresses name it.
enum QueueName: Hashable, Sendable {
    case needsPerson, mine, assistant, waiting, closed
    case team(TeamID)

    /// Those that every workspace has, with their names in addresses.
    static let fixed: [(QueueName, String)] = [
        (.needsPerson, "needs_person"), (.mine, "mine"), (.assistant, "assistant"), (.waiting, "waiting"), (.closed, "closed"),
    ]

    init(_ call: Call) { self = (call.field("queue") ?? call.query("queue")).flatMap(QueueName.init(text:)) ?? .needsPerson }

    private init?(text: String) {
        if let fixed = Self.fixed.first(where: { $0.1 == text }) {
            self = fixed.0
        } else if text.hasPrefix("team:") {
            self = .team(TeamID(String(text.dropFirst(5))))
        } else {
            return nil
        }
    }

    /// As forms and addresses carry it.
    var text: String {
        if case .team(let team) = self { return "team:\(team.text)" }
        return Self.fixed.first { $0.0 == self }?.1 ?? "needs_person"
    }

    func queue(of teammate: TeammateID) -> Queue {
        switch self {
        case .needsPerson: .needsPerson
        case .mine: .mine(teammate)
        case .assistant: .assistant
        case .waiting: .waiting
        case .closed: .closed
        case .team(let team): .team(team)
        }
    }

    func words(_ teams: [Team]) -> String {
        switch self {
        case .needsPerson: "Needs a person"
        case .mine: "Mine"
        case .assistant: "With the assistant"
        case .waiting: "Waiting"
        case .closed: "Closed"
        case .team(let id): teams.first { $0.id == id }?.name ?? "A team that is gone"
        }
    }

    func count(_ counts: QueueCounts) -> Int {
        switch self {
        case .needsPerson: counts.needsPerson
        case .mine: counts.mine
        case .assistant: counts.assistant
        case .waiting: counts.waiting
        case .closed: counts.closed
        case .team(let team): counts.teams[team] ?? 0
        }
    }
}

/// What a form has just done, told once on the page it leads to, with the way back.
struct Done: Sendable {
    enum Deed: String, Sendable {
        case resolved, assigned, snoozed, merged
        case handedBack = "handed_back"
        case takenOver = "taken_over"
    }

    let deed: Deed
    let conversation: ConversationID
    /// Whose conversation it is, as lists show them.
    let customer: String

    /// Nil where the address tells of nothing, or of a conversation that is not there: an address can be written by anybody.
    init?(_ call: Call, _ inbox: Inbox, in snapshot: Snapshot) throws {
        guard let deed = call.query("did").flatMap(Deed.init), let id = call.query("of").map({ ConversationID($0) }) else { return nil }
        do {
            let customer = try inbox.customer(inbox.conversation(id, in: snapshot).customer, in: snapshot)
            self.init(deed: deed, conversation: id, customer: customer.shownName)
        } catch InboxError.notFound { return nil }
    }

    private init(deed: Deed, conversation: ConversationID, customer: String) {
        (self.deed, self.conversation, self.customer) = (deed, conversation, customer)
    }

    /// What an address says of it.
    static func query(_ deed: Deed, _ conversation: ConversationID) -> String {
        "&did=\(deed.rawValue)&of=\(Percent.encoded(conversation.text))"
    }
}

extension Customer {
    /// As lists and headings show them.
    var shownName: String { name ?? email ?? "Customer" }
}
