import Foundation
import Inbox
import Storage
import Testing

let quayside = WorkspaceID("quayside")
/// Another company in the same installation.
let harbour = WorkspaceID("harbour")
/// A Monday, 12:00 UTC.
let noon = Timestamp(milliseconds: 1_796_040_000_000)
let minute: Int64 = 60_000
/// How long a customer may wait for the first word.
let patience: Int64 = 60_000

let mara = TeammateID("mara")
let jonas = TeammateID("jonas")
let edda = TeammateID("edda")
let frontline = TeamID("frontline")
let payments = TeamID("payments")
let security = TeamID("security")

/// The small named world: Quayside with three teammates, who are all there, and two customers; and Harbour, with one of each.
struct Quayside: Sendable {
    let store: Store
    let folder: String
    let inbox: Inbox
    let ines: CustomerID
    let tomas: CustomerID

    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T { try await store.write(body) }
    func read<T: Sendable>(_ body: @escaping @Sendable (Snapshot) throws -> T) async throws -> T { try await store.read(body) }

    /// A new conversation of Ines, with the assistant.
    func open(at now: Timestamp = noon) async throws -> ConversationID {
        try await write { [inbox, ines] in try inbox.open(for: ines, assistant: "Pilot", at: now, in: $0).id }
    }

    /// Ines writes.
    @discardableResult
    func ask(
        _ text: String, in id: ConversationID, key: String? = nil, notice: String? = nil, at now: Timestamp = noon
    ) async throws -> Received {
        try await write { [inbox, ines] in
            try inbox.receive(
                text, from: ines, in: id, key: key, patience: patience, stillWaiting: notice, at: now, in: $0
            ).value
        }
    }

    /// A new conversation with a question, and its turn.
    func asked(_ text: String = "Where is my withdrawal?", at now: Timestamp = noon) async throws -> (ConversationID, Turn) {
        let id = try await open(at: now)
        let turn = try #require(try await ask(text, in: id, at: now).turn)
        return (id, try await self.turn(turn))
    }

    @discardableResult
    func reply(_ turn: Turn, _ text: String = "Within two hours.", at now: Timestamp = noon) async throws -> ReplyOutcome {
        try await write { [inbox] in try inbox.reply(to: turn, text: text, at: now, in: $0) }
    }

    @discardableResult
    func handOver(
        _ id: ConversationID, turn: Turn? = nil, because reason: String = "askedForPerson", to route: HandoffDestination = .init(),
        evidence: HandoffEvidence = .init(), key: String? = nil, at now: Timestamp = noon
    ) async throws -> HandOverOutcome {
        try await write { [inbox] in
            try inbox.handOver(
                id, turn: turn, because: reason, evidence: evidence, to: route, key: key, announcing: announcement, at: now, in: $0)
        }
    }

    @discardableResult
    func claim(
        _ id: ConversationID, by teammate: TeammateID, expecting epoch: Int? = nil, fromColleague: Bool = false, at now: Timestamp = noon
    ) async throws -> ClaimOutcome {
        try await write { [inbox] in
            try inbox.claim(id, by: teammate, expecting: epoch, fromColleague: fromColleague, at: now, in: $0)
        }
    }

    @discardableResult
    func answer(
        _ text: String, in id: ConversationID, by teammate: TeammateID, lastSeen: Int? = nil, key: String? = nil,
        fromColleague: Bool = false, at now: Timestamp = noon
    ) async throws -> TeammateReplyOutcome {
        try await write { [inbox] in
            try inbox.teammateReply(
                text, in: id, by: teammate, lastSeen: lastSeen, key: key, fromColleague: fromColleague, at: now, in: $0)
        }
    }

    @discardableResult
    func handBack(_ id: ConversationID, by teammate: TeammateID, at now: Timestamp = noon) async throws -> HandBackOutcome {
        try await write { [inbox] in try inbox.handBack(id, by: teammate, patience: patience, at: now, in: $0) }
    }

    @discardableResult
    func resolve(_ id: ConversationID, by actor: Actor, at now: Timestamp = noon) async throws -> Conversation {
        try await write { [inbox] in try inbox.resolve(id, by: actor, at: now, in: $0) }
    }

    @discardableResult
    func note(_ text: String, in id: ConversationID, by teammate: TeammateID) async throws -> Message {
        try await write { [inbox] in try inbox.note(text, in: id, by: teammate, at: noon, in: $0) }
    }

    func conversation(_ id: ConversationID) async throws -> Conversation {
        try await read { [inbox] in try inbox.conversation(id, in: $0) }
    }
    func turn(_ id: TurnID) async throws -> Turn { try await read { [inbox] in try inbox.turn(id, in: $0) } }
    func turns(_ id: ConversationID) async throws -> [Turn] { try await read { [inbox] in try inbox.turns(of: id, in: $0) } }
    func thread(_ id: ConversationID) async throws -> [Message] { try await read { [inbox] in try inbox.thread(of: id, in: $0) } }
    func whole(_ id: ConversationID) async throws -> [Message] { try await read { [inbox] in try inbox.wholeThread(of: id, in: $0) } }
    func handoffs(_ id: ConversationID) async throws -> [Handoff] { try await read { [inbox] in try inbox.handoffs(of: id, in: $0) } }

    /// The kinds of the conversation's events, in order.
    func events(_ id: ConversationID) async throws -> [String] {
        try await store.events.after(0, in: quayside, limit: 1000).filter { $0.subject == id.text }.map(\.kind)
    }

    /// How many notifications wait or were sent.
    func notices() async throws -> Int {
        try await read { try $0.row("SELECT COUNT(*) FROM outbox WHERE workspace = $1 AND kind = 'handoff.notify'", quayside)?[0] ?? 0 }
    }
}

@Sendable func announcement(_ availability: Availability) -> String {
    switch availability {
    case .online: "I'm connecting you with a specialist."
    case .busy: "Everybody is busy; a specialist will be with you."
    case .closed(let opens): "We are closed until \(opens.map(\.description) ?? "further notice")."
    }
}

/// Runs `body` in a fresh world.
/// - Parameter present: who of the three is at the inbox.
func withQuayside(present: Set<TeammateID> = [mara, jonas, edda], _ body: (Quayside) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/baton-inbox-" + UUID().uuidString
    // Nothing to remove where the test never got so far.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try Store(folder: folder, migrations: Inbox.migrations)
    let inbox = Inbox(of: quayside)
    let customers = try await store.write { transaction in
        _ = try transaction.ensureWorkspace(quayside, name: "Quayside", at: noon)
        _ = try transaction.ensureWorkspace(harbour, name: "Harbour", at: noon)
        try inbox.saveTeammate(mara, name: "Mara", capacity: 100, at: noon, in: transaction)
        try inbox.saveTeammate(jonas, name: "Jonas", capacity: 100, skills: ["withdrawals"], at: noon, in: transaction)
        try inbox.saveTeammate(edda, name: "Edda", capacity: 100, skills: ["takeover"], at: noon, in: transaction)
        try inbox.save(Team(id: frontline, name: "Frontline", isDefault: true, members: [mara]), at: noon, in: transaction)
        try inbox.save(Team(id: payments, name: "Payments", members: [jonas]), at: noon, in: transaction)
        try inbox.save(Team(id: security, name: "Security", members: [edda]), at: noon, in: transaction)
        for teammate in present.sorted() { try inbox.setAvailability(of: teammate, to: .available, at: noon, in: transaction) }
        return try [("Ines", "ines@example.com"), ("Tomas", nil)].map { name, email in
            let customer = try inbox.newCustomer(at: noon, in: transaction)
            return try inbox.identify(customer.id, name: name, email: email, at: noon, in: transaction).id
        }
    }
    try await body(Quayside(store: store, folder: folder, inbox: inbox, ines: customers[0], tomas: customers[1]))
    await store.close()
}
