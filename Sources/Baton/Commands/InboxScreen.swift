import Assistant
import Escalation
import Inbox
import Metering
import Storage

/// The inbox in a terminal, as one teammate sees it: what `baton inbox` and the teammate's side of `baton chat` have in common.
struct InboxScreen: Sendable {
    let desk: Desk
    let installation: Installation
    let workspace: WorkspaceSettings
    let inbox: Inbox
    let teammate: TeammateID

    init(_ desk: Desk, _ installation: Installation, _ workspace: WorkspaceSettings, teammate: TeammateID) {
        self.desk = desk
        self.installation = installation
        self.workspace = workspace
        self.teammate = teammate
        inbox = Inbox(of: workspace.id)
    }

    // MARK: Seeing

    private struct Lists: Encodable {
        struct Row: Encodable {
            let conversation: String
            let customer: String?
            let owner: String
            let team: String?
            let suggested: String?
            let reason: String?
            let priority: String
            let lastLine: String?
            let waitingMilliseconds: Int64?
            let unread: Int
        }
        let counts: [String: Int]
        let rows: [Row]
    }

    /// One queue, with the counts of all.
    func list(_ name: InboxCommand.List.Name, asJSON: Bool = false) async throws {
        let queue: Queue =
            switch name {
            case .person: .needsPerson
            case .mine: .mine(teammate)
            case .assistant: .assistant
            case .waiting: .waiting
            case .closed: .closed
            }
        let (inbox, teammate, now) = (inbox, teammate, installation.clock.now())
        let (counts, rows) = try await installation.store.read { snapshot in
            (try inbox.queueCounts(for: teammate, in: snapshot), try inbox.rows(of: queue, for: teammate, in: snapshot))
        }
        let numbers = [
            ("person", counts.needsPerson), ("mine", counts.mine), ("assistant", counts.assistant), ("waiting", counts.waiting),
            ("closed", counts.closed),
        ]
        guard !asJSON else {
            return try Output.json(
                Lists(
                    counts: Dictionary(uniqueKeysWithValues: numbers),
                    rows: rows.map {
                        .init(
                            conversation: $0.conversation.text, customer: $0.customer, owner: $0.owner.kind, team: $0.team?.text,
                            suggested: $0.suggested?.text, reason: $0.reason, priority: "\($0.priority)", lastLine: $0.lastLine, waitingMilliseconds: $0.age(at: now),
                            unread: $0.unread)
                    }))
        }
        Terminal.print(numbers.map { $0.0 == name.rawValue ? Style.bold("\($0.0) \($0.1)") : "\($0.0) \($0.1)" }.joined(separator: "  "))
        guard !rows.isEmpty else { return Terminal.print("Nothing here.") }
        var table = TextTable(["conversation", "waits", "priority", "why", "team", "for", "last line"])
        for row in rows {
            table.add([
                row.conversation.text, row.age(at: now).map { durationText(milliseconds: $0) } ?? "-", "\(row.priority)", row.reason ?? "-",
                row.team?.text ?? "-",
                row.suggested?.text ?? "-", String((row.lastLine ?? "").prefix(60)),
            ])
        }
        table.print()
    }

    private struct Sheet: Encodable {
        struct Line: Encodable {
            let sequence: Int
            let author: String
            let kind: String
            let text: String
            let at: String
        }
        let conversation: String
        let state: String
        let owner: String
        let epoch: Int
        let tags: [String]
        let captured: [String: String]
        let messages: [Line]
        let handoff: HandoffPackage?
    }

    /// Thread, package and Receipt.
    func show(_ id: ConversationID, asJSON: Bool = false) async throws {
        let (inbox, teammate, now) = (inbox, teammate, installation.clock.now())
        let (conversation, messages, handoff) = try await installation.store.write { transaction in
            let conversation = try inbox.conversation(id, in: transaction)
            try inbox.seen(id, by: teammate, upTo: conversation.lastSequence, at: now, in: transaction)
            return (conversation, try inbox.wholeThread(of: id, in: transaction), try inbox.handoffs(of: id, in: transaction).first)
        }
        guard !asJSON else {
            return try Output.json(
                Sheet(
                    conversation: id.text, state: conversation.state.rawValue, owner: ownerText(conversation), epoch: conversation.epoch,
                    tags: conversation.tags, captured: conversation.captured,
                    messages: messages.map {
                        .init(sequence: $0.sequence, author: authorText($0), kind: $0.kind.rawValue, text: $0.text, at: $0.at.description)
                    }, handoff: handoff?.package))
        }
        Terminal.print(
            Style.bold(id.text)
                + Style.dim("  \(conversation.state.rawValue), owner: \(ownerText(conversation)), epoch \(conversation.epoch)"))
        for message in messages { show(message) }
        if let handoff { show(handoff, isOpen: handoff.closedAt == nil) }
        if !conversation.captured.isEmpty {
            Terminal.print(
                Style.bold("captured  ")
                    + conversation.captured.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ").forTerminal)
        }
        if !conversation.tags.isEmpty { Terminal.print(Style.bold("tags      ") + conversation.tags.joined(separator: ", ").forTerminal) }
    }

    func show(_ message: Message) {
        let who = "\(message.sequence). \(authorText(message))"
        let head: String =
            switch message.kind {
            case .note: Style.yellow("\(who), note to colleagues")
            case .suggestion: Style.yellow("\(who), draft that was not sent")
            case .announcement, .notice: Style.cyan("\(who)")
            case .text: message.author == .customer ? Style.green(who) : Style.blue(who)
            }
        Terminal.print(head)
        Terminal.print(message.text.forTerminal.wrapped(indent: "   "))
    }

    private func show(_ handoff: Handoff, isOpen: Bool) {
        let package = handoff.package
        Terminal.print("")
        Terminal.print(
            Style.bold("handed over\(isOpen ? "" : " (that is over)"): \(handoff.reason)")
                + "  team \(handoff.team?.text ?? "-"), asked: \(handoff.assigned?.text ?? "whoever is free")")
        func block(_ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            Terminal.print(Style.bold(title))
            for line in lines { Terminal.print(line.forTerminal.wrapped(indent: "   ")) }
        }
        block("why it stopped", package.why)
        block("resolved", package.summary.resolved)
        block("pending", package.summary.pending)
        block("what was tried", package.tried)
        block("sources", package.sources.map { "\($0.wasCited ? "cited " : "")\($0.title) (\($0.passage))" })
        let mood = package.sentiment.map { $0 < 0 ? "unhappy (\($0))" : $0 > 0 ? "pleased (\($0))" : "neutral" }
        block(
            "customer",
            [
                [package.customer.name, package.customer.email, package.intent.map { "wants: \($0)" }, mood].compactMap(\.self).joined(
                    separator: ", ")
            ].filter { !$0.isEmpty })
    }

    /// The whole Receipt of a conversation's last decision: every trigger, fired or not.
    func receipt(_ id: ConversationID) async throws {
        let inbox = inbox
        let (message, handoff) = try await installation.store.read { snapshot in
            (try inbox.thread(of: id, in: snapshot).last { $0.author == .assistant }, try inbox.handoffs(of: id, in: snapshot).first)
        }
        var receipt = message?.details.flatMap(ReplyDetails.read)?.receipt
        if let handoff, message.map({ handoff.createdAt > $0.at }) ?? true, let text = handoff.package.receipt {
            receipt = try StoredJSON.decode(Receipt.self, from: text)
        }
        guard let receipt else { return Terminal.print("No decision was made here yet.") }
        var table = TextTable(["", "trigger", "value", "fires", "asks for"])
        for trigger in receipt.triggers {
            let mark = trigger.fired ? (trigger.mode == .shadow ? "shadow" : "fired") : ""
            table.add([
                mark, trigger.id, String(trigger.value.prefix(40)), String(trigger.threshold.prefix(40)), trigger.reason?.rawValue ?? "-",
            ])
        }
        table.print()
        if let confidence = receipt.confidence {
            Terminal.print(
                Style.bold("effective confidence \(Int((confidence.probability * 100).rounded(.down))) %")
                    + ", threshold \(Int(receipt.threshold * 100)) %")
            for line in confidence.inWords { Terminal.print("   " + line.forTerminal) }
        }
        Terminal.print(
            "verdict: \(receipt.verdict)\(receipt.reason.map { ", \($0.rawValue)" } ?? ""); rules \(receipt.ruleSetVersion.prefix(12))")
    }

    // MARK: Doing

    /// What became of an action: a word for programs, a sentence for people.
    struct Done: Encodable {
        let conversation: String
        let outcome: String
        let says: String

        func print(asJSON: Bool = false) throws {
            if asJSON { try Output.json(self) } else { Terminal.print(says.forTerminal) }
        }
    }

    /// Says that this teammate is at the inbox and takes conversations.
    func arrive() async throws {
        let (inbox, teammate, now) = (inbox, teammate, installation.clock.now())
        try await installation.store.write { try inbox.setAvailability(of: teammate, to: .available, at: now, in: $0) }
    }

    func claim(_ id: ConversationID) async throws -> Done {
        switch try await desk.claim(id, of: workspace.id, by: teammate) {
        case .claimed:
            return Done(
                conversation: id.text, outcome: "claimed", says: "It is yours. The assistant says nothing in it until you hand it back.")
        case .taken(let colleague): throw CommandError(.conflict, "\(colleague) has this conversation already.")
        case .changed: throw CommandError(.conflict, "The conversation changed hands just now. Look again with `baton inbox show`.")
        }
    }

    func reply(_ text: String, in id: ConversationID, lastSeen: Int? = nil, key: String? = nil) async throws -> Done {
        switch try await desk.reply(text, in: id, of: workspace.id, by: teammate, lastSeen: lastSeen, key: key) {
        case .sent(_, let tookOver):
            return Done(
                conversation: id.text, outcome: tookOver ? "sent_and_taken_over" : "sent",
                says: tookOver ? "Sent. You have taken the conversation over." : "Sent.")
        case .taken(let colleague): throw CommandError(.conflict, "Not sent: \(colleague) has this conversation.")
        case .outdated(let missed):
            let lines = missed.map { "  \($0.sequence). \(authorText($0)): \($0.text.prefix(200))" }.joined(separator: "\n")
            throw CommandError(.conflict, "Not sent: this was written since message \(lastSeen ?? 0). Read it and send again.\n\(lines)")
        }
    }

    func note(_ text: String, in id: ConversationID) async throws -> Done {
        let (inbox, teammate, now) = (inbox, teammate, installation.clock.now())
        try await installation.store.write { _ = try inbox.note(text, in: id, by: teammate, at: now, in: $0) }
        return Done(conversation: id.text, outcome: "noted", says: "Noted, for colleagues only.")
    }

    func handBack(_ id: ConversationID) async throws -> Done {
        switch try await desk.handBack(id, of: workspace.id, by: teammate) {
        case .handedBack(_, let turn):
            _ = await desk.outcome(in: id)
            return Done(
                conversation: id.text, outcome: "handed_back",
                says: turn == nil ? "The assistant has it again." : "The assistant has it again and has answered what was still open.")
        case .taken(let colleague): throw CommandError(.conflict, "\(colleague) has this conversation.")
        case .unchanged:
            return Done(
                conversation: id.text, outcome: "unchanged", says: "Nothing to hand back: the assistant has it, or it is closed.")
        }
    }

    func resolve(_ id: ConversationID) async throws -> Done {
        _ = try await desk.resolve(id, of: workspace.id, by: .teammate(teammate))
        return Done(
            conversation: id.text, outcome: "resolved", says: "Closed. If the customer writes again, it opens with the assistant.")
    }

    // MARK: Names

    private func name(_ teammate: TeammateID) -> String { workspace.people.first { $0.id == teammate }?.name ?? teammate.text }

    private func ownerText(_ conversation: Conversation) -> String {
        conversation.owner.teammate.map(name) ?? (conversation.owner == .queue ? "nobody yet" : "the assistant")
    }

    func authorText(_ message: Message) -> String {
        switch message.author {
        case .customer: "customer"
        case .assistant: workspace.profile.usualAssistantName
        case .teammate(let teammate): name(teammate)
        case .system: workspace.profile.name
        }
    }
}
