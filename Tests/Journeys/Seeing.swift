import Assistant
import Foundation
import Inbox
import Metering
import Storage
import Support
import Testing

/// What became of one question.
struct Asked: Sendable {
    let conversation: Conversation
    let received: Received
    /// Public messages after the question, oldest first.
    let after: [Message]
    let handoffs: [Handoff]
    /// The row of the question's turn in the usage report; nil where no credit was ever asked for.
    let usage: UsageRow?
    let turn: Turn?

    var reply: Message? { after.first { $0.author == .assistant } }
    var handoff: Handoff? { handoffs.first }
}

extension World {
    func inbox(_ workspace: WorkspaceID = quayside) -> Inbox { Inbox(of: workspace) }

    func read<T: Sendable>(_ body: @escaping @Sendable (Snapshot) throws -> T) async throws -> T { try await store.read(body) }

    /// A new conversation.
    func open(in workspace: WorkspaceID = quayside, name: String? = "Ines", email: String? = "ines@example.com") async throws
        -> Conversation
    {
        try await desk.open(in: workspace, name: name, email: email)
    }

    /// The customer writes; the answer is not waited for.
    @discardableResult
    func say(_ text: String, in conversation: Conversation, key: String? = nil) async throws -> Received {
        try await desk.receive(text, from: conversation.customer, in: conversation.id, of: conversation.workspace, key: key)
    }

    /// The customer writes, and waits until the work on it has ended.
    @discardableResult
    func ask(_ text: String, in conversation: Conversation? = nil, key: String? = nil) async throws -> Asked {
        let conversation = if let conversation { conversation } else { try await open() }
        let received = try await say(text, in: conversation, key: key)
        _ = await desk.outcome(in: conversation.id)
        return try await look(at: received, in: conversation)
    }

    /// What became of a question by now.
    func look(at received: Received, in conversation: Conversation) async throws -> Asked {
        let (inbox, meter) = (inbox(conversation.workspace), meter)
        return try await read { snapshot in
            Asked(
                conversation: try inbox.conversation(conversation.id, in: snapshot), received: received,
                after: try inbox.thread(of: conversation.id, after: received.sequence, in: snapshot).filter { $0.author != .customer },
                handoffs: try inbox.handoffs(of: conversation.id, in: snapshot),
                usage: try received.turn.flatMap {
                    try meter.usage(of: conversation.workspace, UsageFilter(response: ResponseID($0.text)), limit: 1, in: snapshot).first
                },
                turn: try received.turn.map { try inbox.turn($0, in: snapshot) })
        }
    }

    func thread(_ conversation: Conversation) async throws -> [Message] {
        let inbox = inbox(conversation.workspace)
        return try await read { try inbox.thread(of: conversation.id, in: $0) }
    }

    func wholeThread(_ conversation: Conversation) async throws -> [Message] {
        let inbox = inbox(conversation.workspace)
        return try await read { try inbox.wholeThread(of: conversation.id, in: $0) }
    }

    func current(_ conversation: Conversation) async throws -> Conversation {
        let inbox = inbox(conversation.workspace)
        return try await read { try inbox.conversation(conversation.id, in: $0) }
    }

    func credit(_ workspace: WorkspaceID = quayside) async throws -> CreditSummary {
        let meter = meter
        return try await read { try meter.credit(of: workspace, in: $0) }
    }

    func usage(_ workspace: WorkspaceID = quayside) async throws -> [UsageRow] {
        let meter = meter
        return try await read { try meter.usage(of: workspace, limit: 1000, in: $0) }
    }

    // MARK: Expectations

    /// The customer has a reply, and it was paid for exactly once.
    func expectReply(_ asked: Asked, sourceLocation: SourceLocation = #_sourceLocation) {
        let reason = asked.handoff.map { "handed over: \($0.reason), \($0.package.why)" } ?? "nothing"
        #expect(asked.after.map(\.author) == [.assistant], "\(reason)", sourceLocation: sourceLocation)
        #expect(asked.reply?.kind == .text, sourceLocation: sourceLocation)
        #expect(asked.conversation.owner == .assistant, sourceLocation: sourceLocation)
        #expect(asked.turn?.state == .answered, sourceLocation: sourceLocation)
        #expect(asked.usage?.isBilled == true, sourceLocation: sourceLocation)
        #expect(asked.usage?.charged.text == "0.05", sourceLocation: sourceLocation)
    }

    /// People were asked for this reason, the customer was told so once, and nothing was charged.
    func expectHandoff(
        _ asked: Asked, because reason: String, calls: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(asked.reply == nil, sourceLocation: sourceLocation)
        #expect(asked.after.map(\.kind) == [.announcement], sourceLocation: sourceLocation)
        #expect(asked.conversation.owner == .queue, sourceLocation: sourceLocation)
        #expect(asked.turn?.state == .handedOver, sourceLocation: sourceLocation)
        #expect(asked.usage?.charged ?? .zero == .zero, sourceLocation: sourceLocation)
        let handoff = try #require(asked.handoff, sourceLocation: sourceLocation)
        #expect(handoff.reason == reason, "\(handoff.package.why)", sourceLocation: sourceLocation)
        #expect(handoff.announcement == asked.after.first?.id, sourceLocation: sourceLocation)
        if let calls { #expect(endpoint.requests.count == calls, sourceLocation: sourceLocation) }
        try await expectWhole(handoff, of: asked, sourceLocation: sourceLocation)
    }

    /// The package says everything a person needs, and the assignment, the event and the notification came with it.
    private func expectWhole(_ handoff: Handoff, of asked: Asked, sourceLocation: SourceLocation) async throws {
        let package = handoff.package
        let conversation = asked.conversation
        #expect(package.thread.conversation == conversation.id, sourceLocation: sourceLocation)
        #expect(package.thread.throughSequence >= asked.received.sequence, sourceLocation: sourceLocation)
        #expect(package.customer.id == conversation.customer, sourceLocation: sourceLocation)
        #expect(package.reason == handoff.reason, sourceLocation: sourceLocation)
        #expect(package.sentiment != nil, sourceLocation: sourceLocation)
        #expect(!package.why.isEmpty && package.why.allSatisfy { !$0.isEmpty }, sourceLocation: sourceLocation)
        #expect(package.receipt != nil, sourceLocation: sourceLocation)
        #expect(!package.summary.pending.isEmpty, sourceLocation: sourceLocation)
        #expect(handoff.team != nil && handoff.assigned != nil, sourceLocation: sourceLocation)
        #expect(conversation.suggested == handoff.assigned && conversation.team == handoff.team, sourceLocation: sourceLocation)
        #expect(conversation.epoch == handoff.epoch, sourceLocation: sourceLocation)
        // One transaction, one moment: announcement, handoff row, notification and event carry the same time, and there is one of each.
        let id = handoff.id
        let notices = try await read { snapshot in
            try snapshot.rows(
                "SELECT body, created_ms FROM outbox WHERE workspace = $1 AND kind = 'handoff.notify'", conversation.workspace
            )
            .filter { try ($0[0] as String).contains(id.text) }.map { try $0[1] as Timestamp }
        }
        #expect(notices == [handoff.createdAt], sourceLocation: sourceLocation)
        let events = try await store.events.after(0, in: conversation.workspace, limit: 1000).filter { $0.body.contains(id.text) }
        #expect(events.map(\.kind).filter { $0 == InboxEvent.handedOver.rawValue }.count == 1, sourceLocation: sourceLocation)
    }
}
