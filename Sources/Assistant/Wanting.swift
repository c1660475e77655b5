import Escalation
package import Inbox
package import Storage

/// Why people should have a conversation although no turn ended so.
package enum HandOverWish: Hashable, Sendable {
    /// The customer asked for a person, without a message.
    case byCustomer
    /// A teammate passes it to people: to a team or, without one, to whom the rules send it; in words, for whoever takes it.
    case byTeammate(TeammateID, team: TeamID?, words: String?)
}

extension Desk {
    /// Hands a conversation over because a person wants it: the same package, announcement, assignment and notification as when the assistant stops by itself.
    /// - Parameter keeping: runs inside the transaction and decides what is kept of the outcome; it calls its second argument to do it.
    /// - Returns: what `keeping` made of it.
    /// - Throws: `DeskError`, `InboxError`, `StorageError`, what `keeping` throws; then nothing has changed.
    package func handOver<Kept: Sendable>(
        _ id: ConversationID, of workspace: WorkspaceID, because wish: HandOverWish,
        keeping: @escaping @Sendable (Transaction, () throws -> HandOverOutcome) throws -> Kept
    ) async throws -> Kept {
        let profile = try profile(workspace)
        let now = rooms.clock.now()
        let (kept, epoch) = try await rooms.store.write { transaction in
            var epoch: Int?
            let kept = try keeping(transaction) {
                let outcome = try Self.handOver(id, of: profile, because: wish, at: now, in: transaction)
                if case .handedOver(let handoff) = outcome { epoch = handoff.epoch }
                return outcome
            }
            return (kept, epoch)
        }
        if let epoch { interrupt(id, before: epoch) }
        return kept
    }

    private static func handOver(
        _ id: ConversationID, of profile: WorkspaceProfile, because wish: HandOverWish, at now: Timestamp, in transaction: Transaction
    ) throws -> HandOverOutcome {
        let inbox = Inbox(of: profile.id)
        let conversation = try inbox.conversation(id, in: transaction)
        let messages = try inbox.thread(of: id, in: transaction)
        let story = try inbox.turns(of: id, in: transaction).last.map { turn in
            var story = Story(turn: turn, workspace: profile)
            story.read(conversation, messages)
            story.receipt = story.judge.wanted(wish.reason, detail: wish.detail, previous: story.judge.before(story.thread))
            return story
        }
        var evidence = story?.handoffEvidence ?? HandoffEvidence()
        if story == nil { evidence.why = [wish.detail] }
        evidence.addLastSources(of: messages)
        var route = story?.handoffRoute ?? HandoffDestination(team: profile.defaultTeam)
        if case .byTeammate(_, let team?, _) = wish { route.team = team }
        let team = profile.teams[route.team ?? profile.defaultTeam] ?? profile.name
        return try inbox.handOver(
            id, because: wish.reason.rawValue, evidence: evidence, to: route,
            announcing: { availability in
                story?.announcement(because: wish.reason, team: team, availability, now)
                    ?? profile.phrases.text(
                        wish.phrase, availability: availability, values: ["team": team, "opens": availability.opensInWords(profile, now)])
            }, at: now, in: transaction)
    }
}

extension HandOverWish {
    fileprivate var reason: Reason {
        switch self {
        case .byCustomer: .askedForPerson
        case .byTeammate: .operatorTakeover
        }
    }

    fileprivate var phrase: String {
        switch self {
        case .byCustomer: "handoff_asked"
        case .byTeammate: "handoff"
        }
    }

    fileprivate var detail: String {
        switch self {
        case .byCustomer: "the customer asked for a person"
        case .byTeammate(let teammate, _, let words): "passed on by \(teammate)" + (words.map { ": \($0)" } ?? "")
        }
    }
}

extension Availability {
    fileprivate func opensInWords(_ profile: WorkspaceProfile, _ now: Timestamp) -> String {
        guard case .closed(let opens?) = self else { return "soon" }
        return HourText.of(opens, zone: profile.zone, now: now)
    }
}

extension HandoffEvidence {
    /// Where the assistant looked for its last reply: what the customer was answered from.
    fileprivate mutating func addLastSources(of messages: [Message]) {
        guard sources.isEmpty, let last = messages.last(where: { $0.author == .assistant && $0.details != nil }),
            let details = last.details.flatMap(ReplyDetails.read)
        else { return }
        let cited = Set(details.receipt.keptCitations.map(\.passage))
        sources = details.passages.map { .init(passage: $0.id, title: $0.title, wasCited: cited.contains($0.id)) }
    }
}
