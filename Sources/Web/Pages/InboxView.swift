import Access
import Assistant
import Foundation
import Inbox
import Metering
import Retrieval
import Storage

/// What one inbox page shows. How it is drawn: `InboxDrawing`, `InboxList`, `CaseHead`, `Composer`, `CaseView`, `InboxDialogs`.
struct InboxView: Sendable {
    /// Rows of a list, and how many a press on "Show more" adds.
    static let mostRows = 100
    /// Rows of a list at the very most; what lies beyond is found by its words.
    static let mostRowsOfAll = 1_000

    let viewer: Viewer
    let assistant: String
    let queue: QueueName
    let counts: QueueCounts
    let rows: [QueueRow]
    /// How many rows were asked for.
    let wanted: Int
    /// The words around what a search found.
    let snippets: [ConversationID: Snippet]
    /// The least confidence that answers.
    let threshold: Double
    /// Words that are searched for in all conversations, in place of the list.
    let filter: String
    let teammates: [Teammate]
    let teams: [Team]
    let open: OpenCase?
    /// Who needs a person next, other than the one that is open.
    let next: ConversationID?
    let passages: Passages
    let done: Done?
    /// Whether what is known of the case is wanted where only one of the two has room.
    let isAbout: Bool
    let now: Timestamp
    /// What could not be done, and whose words it was.
    let refusal: Refusal?
    /// Words to begin a reply with.
    let draft: String

    /// What a form asked for and did not get.
    struct Refusal: Sendable {
        enum Form: Sendable { case reply, note, other }

        let form: Form
        let words: String
        /// What was written, to be shown again.
        let written: String
        /// The newest seq that whoever wrote it had seen.
        let seen: Int?
    }

    init(_ call: Call, conversation id: ConversationID? = nil, refusal: Refusal? = nil) async throws {
        let viewer = try await call.pageViewer()
        let (inbox, meter, queue) = (call.service.inbox(of: call.workspace), call.service.meter, QueueName(call))
        let filter = (call.query("q") ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        let (after, before) = (call.number("after") ?? 0, call.number("before"))
        let wanted = min(max(Self.mostRows, call.number("rows") ?? 0), Self.mostRowsOfAll)
        let read = try await call.service.store.read { snapshot in
            (
                counts: try inbox.queueCounts(for: viewer.id, in: snapshot),
                rows: filter.isEmpty
                    ? try Self.rows(wanted, of: queue.queue(of: viewer.id), for: viewer.id, inbox, in: snapshot) : [],
                hits: filter.isEmpty ? [] : try inbox.search(filter, for: viewer.id, limit: Self.mostRows, in: snapshot),
                waiting: try inbox.rows(of: .needsPerson, for: viewer.id, limit: 2, in: snapshot),
                teammates: try inbox.teammates(in: snapshot), teams: try inbox.teams(in: snapshot),
                open: try id.map {
                    try OpenCase($0, after: after, before: before, for: viewer, call, inbox, meter, in: snapshot)
                }, done: try Done(call, inbox, in: snapshot)
            )
        }
        let profile = try call.service.desk.profile(call.workspace)
        let answering = profile.assistant(read.open?.conversation.assistant ?? "")
        (self.viewer, self.queue, self.refusal, assistant) = (viewer, queue, refusal, answering.displayName)
        (counts, teammates, teams, open, done, now) = (read.counts, read.teammates, read.teams, read.open, read.done, call.now)
        next = read.waiting.first { $0.conversation != id }?.conversation
        (self.filter, self.wanted) = (filter, wanted)
        threshold = answering.threshold
        isAbout = call.query("pane") == "about"
        draft = read.open?.beginning(call.query("use")) ?? ""
        rows = filter.isEmpty ? read.rows : read.hits.map(\.row)
        snippets = Dictionary(read.hits.map { ($0.row.conversation, $0.snippet) }) { first, _ in first }
        passages =
            try await read.open.asyncMap {
                try await Passages(
                    behind: $0.messages, and: $0.handoffs.first?.package.sources ?? [], quotes: $0.quotes, in: answering.collection,
                    call.service.library)
            } ?? .none
    }

    var names: [TeammateID: String] { Dictionary(teammates.map { ($0.id, $0.name) }) { first, _ in first } }
    func name(_ id: TeammateID) -> String { names[id] ?? id.text }

    var mayWrite: Bool { viewer.may(.conversationsWrite) }

    /// The page of a conversation beside the list that is shown.
    func address(_ id: ConversationID) -> String {
        Self.address(id, in: queue) + (filter.isEmpty ? "" : "&q=\(Percent.encoded(filter))")
            + (wanted > Self.mostRows ? "&rows=\(wanted)" : "")
    }

    /// Page by page, as the inbox gives them.
    private static func rows(
        _ wanted: Int, of queue: Queue, for teammate: TeammateID, _ inbox: Inbox, in snapshot: Snapshot
    ) throws -> [QueueRow] {
        var rows: [QueueRow] = []
        while rows.count < wanted {
            let limit = min(mostRows, wanted - rows.count)
            let page = try inbox.rows(of: queue, after: rows.last?.position(in: queue), for: teammate, limit: limit, in: snapshot)
            rows += page
            if page.count < limit { break }
        }
        return rows
    }

    static func address(_ id: ConversationID, in queue: QueueName) -> String {
        "/inbox/\(Percent.encoded(id.text))?queue=\(Percent.encoded(queue.text))"
    }

    /// Where a form of the open conversation goes.
    func action(_ name: String) -> String { "/inbox/\(Percent.encoded(open?.conversation.id.text ?? ""))/\(name)" }

    /// What every form carries.
    var hidden: HTML {
        "<input type=\"hidden\" name=\"csrf\" value=\"\(viewer.csrf)\"><input type=\"hidden\" name=\"queue\" value=\"\(queue.text)\">"
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async rethrows -> Result? {
        if let self { try await body(self) } else { nil }
    }
}
