package import Completion
import Escalation
package import Inbox
package import Metering
import NIOConcurrencyHelpers
package import Prompting
package import Retrieval
package import Storage

/// Where a message comes in and a reply or a handoff goes out.
///
/// The desk holds the rooms together and starts the work; the order of things for one turn is in `Answering.swift`, its end in `Concluding.swift`, what is owed
/// after a crash in `Watching.swift`, the teammates' side in `Teammates.swift`. It keeps no truth of its own: what must survive is in the store.
package final class Desk: Sendable {
    /// The rooms that the flow goes through.
    package struct Rooms: Sendable {
        let store: Store
        let library: Library
        /// What is begun with; see `Desk.reconfigure`.
        let prompts: PromptLibrary
        /// What is begun with; see `Desk.reconfigure`.
        let completer: Completer
        let meter: Meter
        let clock: Clock

        /// Memberwise.
        /// - Parameters:
        ///   - store: with the migrations of all rooms.
        ///   - library: the documents.
        ///   - prompts: checked at start.
        ///   - completer: the endpoints.
        ///   - meter: the ledger.
        ///   - clock: what time it is.
        package init(store: Store, library: Library, prompts: PromptLibrary, completer: Completer, meter: Meter, clock: Clock) {
            self.store = store
            self.library = library
            self.prompts = prompts
            self.completer = completer
            self.meter = meter
            self.clock = clock
        }
    }

    /// The limits of the flow.
    package struct Limits: Sendable {
        /// Milliseconds until a customer must have heard something.
        let turnMilliseconds: Int64
        /// How many turns are worked on at the same time; others wait, their deadlines running.
        let turnsAtOnce: Int

        /// - Parameters:
        ///   - turnMilliseconds: 1000 or more.
        ///   - turnsAtOnce: 1 or more.
        package init(turnMilliseconds: Int64 = 45_000, turnsAtOnce: Int = 64) {
            self.turnMilliseconds = max(turnMilliseconds, 1)
            self.turnsAtOnce = max(turnsAtOnce, 1)
        }
    }

    /// What the company and the operator have decided. A turn keeps what it began with.
    struct Configuration: Sendable {
        let workspaces: [WorkspaceID: WorkspaceProfile]
        let prompts: PromptLibrary
        let completer: Completer

        init(_ workspaces: [WorkspaceProfile], _ prompts: PromptLibrary, _ completer: Completer) {
            self.workspaces = Dictionary(workspaces.map { ($0.id, $0) }) { first, _ in first }
            self.prompts = prompts
            self.completer = completer
        }
    }

    let rooms: Rooms
    let configured: NIOLockedValueBox<Configuration>
    let limits: Limits
    let reached: @Sendable (Step) -> Void
    let places: Places
    let running = NIOLockedValueBox<[ConversationID: RunningTurn]>([:])
    let isStopping = NIOLockedValueBox(false)

    /// - Parameters:
    ///   - workspaces: the configured ones; each must be known to the store.
    ///   - reached: told when a turn has come to a step, from inside the work; for tests that end the process there.
    package init(
        rooms: Rooms, workspaces: [WorkspaceProfile], limits: Limits = Limits(), reached: @escaping @Sendable (Step) -> Void = { _ in }
    ) {
        self.rooms = rooms
        configured = NIOLockedValueBox(Configuration(workspaces, rooms.prompts, rooms.completer))
        self.limits = limits
        self.reached = reached
        places = Places(limits.turnsAtOnce)
    }

    var workspaces: [WorkspaceID: WorkspaceProfile] { configured.withLockedValue { $0.workspaces } }

    /// Takes another configuration, for every turn that begins after this. Turns under way end with what they began with.
    /// - Parameters:
    ///   - workspaces: all of them, each known to the store; one that is missing is no longer served, what it is owed waits until it is back.
    ///   - prompts: checked.
    ///   - completer: other endpoints; nil: the same as before.
    package func reconfigure(workspaces: [WorkspaceProfile], prompts: PromptLibrary, completer: Completer? = nil) {
        configured.withLockedValue { $0 = Configuration(workspaces, prompts, completer ?? $0.completer) }
    }

    /// The profile of a workspace.
    /// - Throws: `DeskError.unknownWorkspace`.
    package func profile(_ workspace: WorkspaceID) throws -> WorkspaceProfile {
        guard let profile = workspaces[workspace] else { throw DeskError.unknownWorkspace(workspace.text) }
        return profile
    }

    /// The configured workspaces, in order of their ids.
    package var workspaceIDs: [WorkspaceID] { workspaces.keys.sorted() }

    /// Makes a customer known and opens a conversation.
    /// - Parameters:
    ///   - assistant: its name; nil: the workspace's default.
    ///   - name: as the customer gave it, or nil.
    ///   - email: as the customer gave it, or nil.
    /// - Throws: `DeskError`, `InboxError`, `StorageError`.
    package func open(
        in workspace: WorkspaceID, assistant: String? = nil, name: String? = nil, email: String? = nil
    ) async throws -> Conversation {
        let profile = try profile(workspace)
        let assistant = assistant ?? profile.defaultAssistant
        guard profile.assistants[assistant] != nil else {
            throw DeskError.unknownAssistant(assistant, known: profile.assistants.keys.sorted())
        }
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        return try await rooms.store.write { transaction in
            let customer = try inbox.newCustomer(at: now, in: transaction)
            if name != nil || email != nil { try inbox.identify(customer.id, name: name, email: email, at: now, in: transaction) }
            return try inbox.open(for: customer.id, assistant: assistant, at: now, in: transaction)
        }
    }

    /// Stores a customer's message and begins to answer it. When this returns the message is on disk, and so is the duty to answer.
    /// - Parameters:
    ///   - key: the client's idempotency key; the same message again gives the first answer and begins nothing.
    /// - Throws: `DeskError`, `InboxError`, `StorageError`; then nothing is stored.
    package func receive(
        _ text: String, from customer: CustomerID, in conversation: ConversationID, of workspace: WorkspaceID, key: String? = nil
    ) async throws -> Received {
        try await receiveOnce(text, from: customer, in: conversation, of: workspace, key: key).value
    }

    /// The same, telling whether it was a repetition.
    /// - Parameter attachments: files that the customer uploaded before, to go with the message.
    /// - Throws: `DeskError`, `InboxError`, `StorageError`; then nothing is stored.
    package func receiveOnce(
        _ text: String, from customer: CustomerID, in conversation: ConversationID, of workspace: WorkspaceID,
        attachments: [AttachmentID] = [], key: String? = nil
    ) async throws -> Once<Received> {
        let profile = try profile(workspace)
        let inbox = Inbox(of: workspace)
        let now = rooms.clock.now()
        let patience = limits.turnMilliseconds
        let (received, turn) = try await rooms.store.write { transaction in
            let current = try inbox.conversation(conversation, in: transaction)
            let team = (current.team ?? profile.defaultTeam)
            let waiting = profile.phrases.text("still_waiting", values: ["team": profile.teams[team] ?? profile.name])
            let received = try inbox.receive(
                text, from: customer, in: conversation, key: key, patience: patience, attachments: attachments, stillWaiting: waiting,
                at: now,
                in: transaction)
            guard !received.isReplay else { return (received, Turn?.none) }
            guard let id = received.value.turn else {
                // Nobody decides on this message, but what it tells of the case should not be asked again.
                let said = profile.assistant(current.assistant).judge.before(ThreadView(messages: [.init(.customer, text)]))
                let details = said.signals.captured.map { ($0.kind.rawValue, $0.value) }
                do {
                    try inbox.capture(Dictionary(details) { $1 }, in: conversation, at: now, in: transaction)
                } catch is InboxError {
                    // More details than are kept: the message itself is what matters.
                }
                return (received, Turn?.none)
            }
            return (received, try inbox.lease(id, milliseconds: patience, at: now, in: transaction))
        }
        reached(.received)
        if let turn { begin(turn) }
        return received
    }
}

/// How far a turn has come.
package enum Step: String, Sendable, CaseIterable {
    /// The message and the duty to answer are on disk.
    case received
    /// The rules have read the customer's words.
    case judged
    /// Passages were looked for.
    case searched
    /// Credit is set aside.
    case held
    /// The request is written.
    case rendered
    /// An attempt is on disk and its request is about to be sent.
    case attempting
    /// An attempt ended and its record is on disk.
    case attempted
    /// The model's reply was read.
    case completed
    /// The verdict is reached.
    case weighed
    /// Inside the last transaction: the reply or handoff is written, not yet settled.
    case concluding
    /// Inside the last transaction: everything is written, not yet committed.
    case settling
    /// The last transaction is on disk.
    case concluded
}

/// What the desk refuses.
package enum DeskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No such workspace is configured.
    case unknownWorkspace(String)
    /// The workspace has no such assistant.
    case unknownAssistant(String, known: [String])

    /// As people and logs read it.
    package var description: String {
        switch self {
        case .unknownWorkspace(let name):
            "There is no workspace '\(name)'. Add a folder with a workspace.yaml to the configuration, or name another."
        case .unknownAssistant(let name, let known):
            "There is no assistant '\(name)' in this workspace. There are: \(known.joined(separator: ", "))."
        }
    }
}
