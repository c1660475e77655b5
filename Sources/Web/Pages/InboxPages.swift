import Access
import Assistant
import Foundation
import HTTPTypes
import Inbox
import Metering
import Retrieval
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
enum QueueName: String, CaseIterable, Sendable {
    case needsPerson = "needs_person"
    case mine, assistant, waiting, closed

    init(_ call: Call) { self = (call.field("queue") ?? call.query("queue")).flatMap(QueueName.init) ?? .needsPerson }

    func queue(of teammate: TeammateID) -> Queue {
        switch self {
        case .needsPerson: .needsPerson
        case .mine: .mine(teammate)
        case .assistant: .assistant
        case .waiting: .waiting
        case .closed: .closed
        }
    }

    var words: String {
        switch self {
        case .needsPerson: "Needs a person"
        case .mine: "Mine"
        case .assistant: "With the assistant"
        case .waiting: "Waiting for customer"
        case .closed: "Closed"
        }
    }

    func count(_ counts: QueueCounts) -> Int {
        switch self {
        case .needsPerson: counts.needsPerson
        case .mine: counts.mine
        case .assistant: counts.assistant
        case .waiting: counts.waiting
        case .closed: counts.closed
        }
    }
}

/// The conversation that is open, with its case.
struct OpenCase: Sendable {
    let conversation: Conversation
    let customer: Customer
    let messages: [Message]
    /// Newest first.
    let handoffs: [Handoff]
    /// Others of the same customer.
    let earlier: [Conversation]
    /// For roles that may see it.
    let totals: UsageTotals?
    let currency: String

    init(_ id: ConversationID, after: Int, seesCost: Bool, _ inbox: Inbox, _ meter: Meter, in snapshot: Snapshot) throws {
        conversation = try inbox.conversation(id, in: snapshot)
        customer = try inbox.customer(conversation.customer, in: snapshot)
        messages = try inbox.wholeThread(of: id, after: max(0, after), in: snapshot)
        handoffs = try inbox.handoffs(of: id, in: snapshot)
        earlier = try inbox.conversations(of: conversation.customer, limit: 6, in: snapshot).filter { $0.id != id }
        totals = seesCost ? try meter.totals(of: inbox.workspace, UsageFilter(conversation: id.text), in: snapshot) : nil
        currency = seesCost ? try meter.credit(of: inbox.workspace, in: snapshot).currency : ""
    }
}

/// What one inbox page shows.
struct InboxView: Sendable {
    /// Rows of a list; of what is beyond the page says so.
    static let mostRows = 100

    let viewer: Viewer
    let assistant: String
    let queue: QueueName
    let counts: QueueCounts
    let rows: [QueueRow]
    /// Words that the rows must have.
    let filter: String
    let teammates: [Teammate]
    let teams: [Team]
    let open: OpenCase?
    let passages: Passages
    let now: Timestamp
    /// Why what was asked for was not done.
    let fault: String?
    /// Words that were not sent.
    let draft: String

    init(_ call: Call, conversation id: ConversationID? = nil, fault: String? = nil, draft: String = "") async throws {
        let viewer = try await call.pageViewer()
        let (inbox, meter, queue) = (call.service.inbox(of: call.workspace), call.service.meter, QueueName(call))
        let after = call.number("after") ?? 0
        let read = try await call.service.store.read { snapshot in
            (
                counts: try inbox.queueCounts(for: viewer.id, in: snapshot),
                rows: try inbox.rows(of: queue.queue(of: viewer.id), for: viewer.id, limit: Self.mostRows, in: snapshot),
                teammates: try inbox.teammates(in: snapshot), teams: try inbox.teams(in: snapshot),
                open: try id.map { try OpenCase($0, after: after, seesCost: viewer.may(.usageRead), inbox, meter, in: snapshot) }
            )
        }
        let profile = try call.service.desk.profile(call.workspace)
        let answering = profile.assistant(read.open?.conversation.assistant ?? "")
        self.viewer = viewer
        self.queue = queue
        self.fault = fault
        self.draft = draft
        assistant = answering.displayName
        (counts, teammates, teams, open, now) = (read.counts, read.teammates, read.teams, read.open, call.now)
        filter = (call.query("q") ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        let wanted = filter.lowercased()
        rows = wanted.isEmpty ? read.rows : read.rows.filter { $0.says(wanted) }
        passages =
            try await read.open.asyncMap { try await Passages(behind: $0.messages, in: answering.collection, call.service.library) }
            ?? .none
    }

    var names: [TeammateID: String] { Dictionary(teammates.map { ($0.id, $0.name) }) { first, _ in first } }
    func name(_ id: TeammateID) -> String { names[id] ?? id.text }
}

extension QueueRow {
    fileprivate func says(_ words: String) -> Bool {
        [customer, subject, lastLine, conversation.text, reason.map(Words.reason)].contains { $0?.lowercased().contains(words) ?? false }
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async rethrows -> Result? {
        if let self { try await body(self) } else { nil }
    }
}
