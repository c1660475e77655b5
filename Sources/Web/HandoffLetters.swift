package import Delivery
import Inbox
package import Storage

/// How a workspace wants its people to be told of handoffs.
package struct NotificationSettings: Sendable {
    /// A chat that is told.
    package struct Chat: Sendable {
        /// What its people call it.
        package let name: String
        /// The incoming webhook.
        package let address: ChatAddress
        /// The first round in which it is told, 1 or more: 1 is at once, later ones are reminders.
        package let fromRound: Int

        /// Memberwise; see the properties.
        package init(name: String, address: ChatAddress, fromRound: Int = 1) {
            self.name = name
            self.address = address
            self.fromRound = fromRound
        }
    }

    /// The company's name, as it stands in subjects.
    package var company: String
    /// Whether teammates get mail.
    package var sendsMail: Bool
    /// Whether letters hold what the customer wrote and the customer's name. They leave the house, so this is the operator's choice.
    package var includesText: Bool
    /// The chats.
    package var chats: [Chat]

    /// Memberwise; see the properties.
    package init(company: String, sendsMail: Bool = true, includesText: Bool = false, chats: [Chat] = []) {
        self.company = company
        self.sendsMail = sendsMail
        self.includesText = includesText
        self.chats = chats
    }
}

/// Who is told what when a conversation waits for a person.
///
/// The circle widens with each round: the teammate who was asked, or the team's members who are available (all of them where nobody is); then the whole
/// team; then everybody. Only teammates are written to, never a customer: an address that somebody typed into a chat is not one that we may write to
/// (the relay-spam waves against other help desks in 2025 and 2026).
package struct HandoffLetters: Sendable {
    private let store: Store
    private let settings: @Sendable (WorkspaceID) -> NotificationSettings?
    private let publicURL: @Sendable () -> String
    private let clock: Clock

    /// - Parameters:
    ///   - settings: asked anew for each letter, so that a reload counts; nil: nobody outside the page is told.
    ///   - publicURL: where teammates reach the inbox, `https://support.quayside.example`, without a slash at its end.
    package init(
        store: Store, settings: @escaping @Sendable (WorkspaceID) -> NotificationSettings?,
        publicURL: @autoclosure @escaping @Sendable () -> String, clock: Clock
    ) {
        self.store = store
        self.settings = settings
        self.publicURL = publicURL
        self.clock = clock
    }

    /// The letters of an outbox item; none where the handoff is no longer waiting.
    /// - Throws: `StorageError`, also for an item whose body is not a `HandoffNotice`.
    package func letters(for item: OutboxItem) async throws -> [Letter] {
        let notice = try StoredJSON.decode(HandoffNotice.self, from: item.body)
        let now = clock.now()
        guard let (story, audience) = try await found(notice, of: item.workspace, now) else { return [] }
        var letters: [Letter] = audience.contains(where: { $0.isPresent }) ? [.page] : []
        guard let settings = settings(item.workspace) else { return letters }
        let words = words(about: story, settings)
        let addresses = Set(audience.compactMap(\.email)).sorted()
        if settings.sendsMail, !addresses.isEmpty {
            letters.append(.mail(to: addresses, subject: words.subject, text: words.text, line: words.line))
        }
        for chat in settings.chats where notice.round >= chat.fromRound {
            letters.append(.chat(to: chat.address, text: words.chat, line: words.line))
        }
        return letters
    }

    /// Notes that somebody was told. The first time counts.
    package func told(_ item: OutboxItem) async {
        guard let notice = try? StoredJSON.decode(HandoffNotice.self, from: item.body) else { return }  // then it told of nothing
        let now = clock.now()
        // Fails where the conversation was erased meanwhile, or the store is closing; then there is nothing to note.
        try? await store.write { try Inbox(of: item.workspace).notified(notice.handoff, at: now, in: $0) }
    }

    // MARK: Who

    /// One of those who are told.
    private struct Recipient: Sendable {
        let email: String?
        let isPresent: Bool
    }

    /// What is told.
    private struct Story: Sendable {
        let notice: HandoffNotice
        let priority: Handoff.Priority
        let team: String?
        let since: Timestamp
        let customer: String?
        let pending: [String]
    }

    private func found(
        _ notice: HandoffNotice, of workspace: WorkspaceID, _ now: Timestamp
    ) async throws -> (Story, [Recipient])? {
        try await store.read { snapshot in
            let inbox = Inbox(of: workspace)
            let handoff: Handoff
            do { handoff = try inbox.handoff(notice.handoff, in: snapshot) } catch InboxError.notFound { return nil }
            guard handoff.state == .waiting else { return nil }
            let team = try handoff.team.map { try inbox.team($0, in: snapshot) }
            let all = try inbox.teammates(in: snapshot).filter { !$0.isSuspended }
            let circle = Self.circle(notice, team: notice.team == nil ? nil : team, of: all)
            let oldest = now.adding(milliseconds: -inbox.limits.presenceMilliseconds)
            let story = Story(
                notice: notice, priority: handoff.priority, team: team?.name, since: handoff.createdAt,
                customer: handoff.package.customer.name, pending: handoff.package.summary.pending)
            return (story, circle.map { Recipient(email: $0.email, isPresent: ($0.presentAt ?? .init(milliseconds: .min)) >= oldest) })
        }
    }

    private static func circle(_ notice: HandoffNotice, team: Team?, of all: [Teammate]) -> [Teammate] {
        let members = team.map { team in all.filter { team.members.contains($0.id) } } ?? all
        // A team that has lost its last member must not be a hole.
        let asked = members.isEmpty ? all : members
        guard notice.round <= 1 else { return asked }
        if let assigned = all.first(where: { $0.id == notice.assigned }) { return [assigned] }
        let available = asked.filter { $0.availability == .available }
        return available.isEmpty ? asked : available
    }

    // MARK: What

    private struct Words {
        let subject: String
        let text: String
        let line: String
        let chat: String
    }

    private func words(about story: Story, _ settings: NotificationSettings) -> Words {
        let why = ReasonWords.of(story.notice.reason)
        let link = "\(publicURL())/inbox/\(story.notice.conversation.text)"
        let urgency = Self.urgency(story.priority)
        let isReminder = story.notice.round > 1
        let opening = isReminder ? "Still waiting" : "A customer waits"
        var lines = [
            isReminder
                ? "A customer of \(settings.company) is still waiting for a person. Nobody has taken the conversation yet (notice \(story.notice.round))."
                : "A customer of \(settings.company) waits for a person.",
            "", "Why: \(why)", "Priority: \(urgency)",
        ]
        if let team = story.team { lines.append("Team: \(team)") }
        lines.append("Since: \(story.since.description.prefix(16).replacing("T", with: " ")) UTC")
        var said: [String] = []
        if settings.includesText {
            said = story.pending.map { "> " + Self.oneLine($0) }
            if let name = story.customer { lines.append("Customer: \(Self.oneLine(name))") }
            if !said.isEmpty { lines += ["", "What the customer wrote:"] + said }
        }
        lines += ["", "Open the conversation: \(link)"]
        let line = ["\(opening): \(why)", urgency, story.team, link].compactMap(\.self).joined(separator: " · ")
        return Words(
            subject: "[\(settings.company)] \(opening): \(why)"
                + (story.priority.rawValue >= Handoff.Priority.high.rawValue ? " (\(urgency))" : ""),
            text: lines.joined(separator: "\n") + "\n", line: line, chat: ([line] + said).joined(separator: "\n"))
    }

    private static func urgency(_ priority: Handoff.Priority) -> String {
        switch priority {
        case .low: "low"
        case .normal: "normal"
        case .high: "high"
        case .urgent: "urgent"
        }
    }

    private static func oneLine(_ text: String) -> String {
        text.unicodeScalars.split { [.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory) }
            .map { String($0) }.joined(separator: " ")
    }
}

/// The codes of reasons, as teammates read them.
enum ReasonWords {
    static func of(_ code: String) -> String { words[code] ?? code.replacing("_", with: " ") }

    private static let words = [
        "asked_for_person": "the customer asked for a person",
        "sensitive_topic": "a subject that people handle",
        "amount_over_limit": "an amount above the limit",
        "identity_required": "the customer must be identified first",
        "frustration": "the customer is frustrated",
        "repetition": "the same question came again",
        "no_knowledge": "the documents do not say",
        "turn_cap": "the assistant has answered often enough",
        "low_confidence": "the assistant is not sure enough",
        "ungrounded": "the draft says more than the documents",
        "unsafe_answer": "the draft was not safe to send",
        "model_asked": "the assistant asked for a person",
        "promise": "the assistant promised a person",
        "model_error": "the model failed",
        "timeout": "the model did not answer in time",
        "unreadable_output": "the model's answer could not be read",
        "credit_exhausted": "the credit is used up",
        "stalled": "no answer came in time",
        "operator_takeover": "a teammate stepped in",
        "attachment_unreadable": "an attachment could not be read",
        "rule_other": "a rule of the workspace",
        "unanswered": "the teammate who had it is gone",
        "teammateSuspended": "the teammate who had it was shut out",
        "reassigned": "a colleague passed it on",
    ]
}
