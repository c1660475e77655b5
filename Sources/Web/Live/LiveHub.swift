import Access
import Foundation
import Inbox
import Logging
import NIOConcurrencyHelpers
import NIOCore
import Notation
import ServiceLifecycle
import Storage

/// The live streams: one task reads the event log as it grows and gives each event to the streams that may see it.
///
/// The log is the truth, a stream is a hint: a client that comes back names the last number it has and reads the log from there, so whatever a stream loses
/// (a slow reader is cut off, not waited for) is made up for without a gap and without a double.
final class LiveHub: ServiceLifecycle.Service, Sendable {
    /// Frames that wait for a slow reader; one more and its stream ends.
    static let mostWaiting = 256
    /// Events read from the log at a time.
    private static let mostEvents = 500

    private struct Listener {
        let caller: Caller
        let workspace: WorkspaceID
        let frames: AsyncStream<ByteBuffer>.Continuation
        /// Events up to here are read from the log by the stream itself.
        let from: Int64
    }

    private struct State {
        var listeners: [Int: Listener] = [:]
        var next = 0
        /// How far the log of a workspace is told; only of workspaces that somebody listens to.
        var told: [WorkspaceID: Int64] = [:]
        /// Workspaces whose counts are about to be told.
        var counting: Set<WorkspaceID> = []
        /// Listeners of each workspace.
        var counts: [WorkspaceID: Int] = [:]
    }

    private let store: Store
    private let access: AccessControl
    private let clock: Clock
    private let most: Int
    private let state = NIOLockedValueBox(State())

    init(store: Store, access: AccessControl, clock: Clock, most: Int) {
        self.store = store
        self.access = access
        self.clock = clock
        self.most = most
    }

    /// How many streams are open.
    var count: Int { state.withLockedValue { $0.listeners.count } }

    /// A stream's place in the hub: frames as they come, and the number after which they begin.
    struct Place: Sendable {
        fileprivate let number: Int
        let from: Int64
        let frames: AsyncStream<ByteBuffer>
    }

    /// Begins to listen.
    /// - Throws: `Problem` where there are too many streams; `StorageError`.
    func enter(_ caller: Caller, of workspace: WorkspaceID) async throws -> Place {
        let head = try await store.events.head(of: workspace)
        let (frames, continuation) = AsyncStream.makeStream(of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        let place = state.withLockedValue { state -> Place? in
            guard state.listeners.count < most else { return nil }
            let told = max(state.told[workspace] ?? head, head)
            if state.told[workspace] == nil { state.told[workspace] = head }
            state.next += 1
            state.counts[workspace, default: 0] += 1
            // What the pump has not told yet it may tell again: the stream takes from the log up to `from`, and nothing twice after it.
            state.listeners[state.next] = Listener(caller: caller, workspace: workspace, frames: continuation, from: told)
            return Place(number: state.next, from: told, frames: frames)
        }
        if let number = place?.number {
            // Also where the client was gone before the first frame, so that nobody ever read the stream.
            continuation.onTermination = { [weak self] _ in self?.leave(number) }
        }
        guard let place else {
            var problem = Problem(.unavailable, "There are too many live streams. Read GET /v1/events as JSON meanwhile.")
            problem.retryAfterSeconds = 5
            throw problem
        }
        return place
    }

    /// Stops listening.
    func leave(_ place: Place) { leave(place.number) }

    private func leave(_ number: Int) {
        let gone = state.withLockedValue { state -> Listener? in
            guard let gone = state.listeners.removeValue(forKey: number) else { return nil }
            let left = (state.counts[gone.workspace] ?? 1) - 1
            state.counts[gone.workspace] = left > 0 ? left : nil
            if left <= 0 { state.told[gone.workspace] = nil }
            return gone
        }
        gone?.frames.finish()
    }

    /// Something that is not kept: who types, who looks. It has no number and is not repeated.
    /// - Parameters:
    ///   - conversation: customers hear of their own only.
    ///   - isForCustomer: whether the customer hears it at all.
    func tell(
        _ kind: String, _ data: JSON, of conversation: ConversationID, in workspace: WorkspaceID, isForCustomer: Bool, except: String? = nil
    ) {
        let frame = Frame.bytes(event: kind, data: data)
        for (number, listener) in listeners(of: workspace) where listener.caller.actor != except {
            switch listener.caller.kind {
            case .customer(_, let own): if isForCustomer, own == conversation.text { give(frame, number, listener) }
            default: give(frame, number, listener)
            }
        }
    }

    /// The same for the conversation's customer alone.
    func tellCustomer(_ kind: String, _ data: JSON, of conversation: ConversationID, in workspace: WorkspaceID) {
        let frame = Frame.bytes(event: kind, data: data)
        for (number, listener) in listeners(of: workspace) {
            if case .customer(_, let own) = listener.caller.kind, own == conversation.text { give(frame, number, listener) }
        }
    }

    private func listeners(of workspace: WorkspaceID) -> [(Int, Listener)] {
        state.withLockedValue { $0.listeners.filter { $0.value.workspace == workspace }.map { ($0.key, $0.value) } }
    }

    private func give(_ frame: ByteBuffer, _ number: Int, _ listener: Listener) {
        if case .dropped = listener.frames.yield(frame) { leave(number) }
    }

    /// Tells the events as they come, until the process stops.
    func run() async throws {
        await withDiscardingTaskGroup { tasks in
            for await _ in store.events.changes().cancelOnGracefulShutdown() {
                let workspaces = state.withLockedValue { Array($0.told.keys) }
                for workspace in workspaces where await pump(workspace) {
                    // Counts are read once for a burst, not once for each event of it.
                    guard state.withLockedValue({ $0.counting.insert(workspace).inserted }) else { continue }
                    tasks.addTask { await self.tellCounts(workspace) }
                }
            }
            tasks.cancelAll()
        }
        let all = state.withLockedValue { state in
            defer { (state.listeners, state.counts, state.told) = ([:], [:], [:]) }
            return Array(state.listeners.values)
        }
        for listener in all {
            _ = listener.frames.yield(Frame.bytes(event: "shutdown", data: .object([])))
            listener.frames.finish()
        }
    }

    /// Tells what is new in a workspace.
    /// - Returns: whether anything was.
    private func pump(_ workspace: WorkspaceID) async -> Bool {
        var hasTold = false
        while let told = state.withLockedValue({ $0.told[workspace] }) {
            // A read that fails is made up for at the next change: nothing was marked as told.
            guard let events = try? await store.events.after(told, in: workspace, limit: Self.mostEvents), let last = events.last else {
                return hasTold
            }
            hasTold = true
            // In one step with taking down who listens: a stream that enters from here on reads these from the log itself.
            let listeners = state.withLockedValue { state in
                if state.told[workspace] != nil { state.told[workspace] = last.sequence }
                return state.listeners.filter { $0.value.workspace == workspace }.map { ($0.key, $0.value) }
            }
            for event in events {
                let staff = EventFrame.forStaff(event)
                let customer = EventFrame.forCustomer(event)
                for (number, listener) in listeners where event.sequence > listener.from {
                    switch listener.caller.kind {
                    case .customer(_, let own): if own == event.subject, let customer { give(customer, number, listener) }
                    default: if let staff { give(staff, number, listener) }
                    }
                }
            }
            if events.contains(where: { $0.kind == EventFrame.accessChanged }) { await recheck(workspace) }
        }
        return hasTold
    }

    /// Milliseconds in which changes of the counts are gathered.
    private static let gatherMilliseconds = 250

    /// How many conversations each list has, to every teammate as they see it. Has no number: the next one is always whole.
    private func tellCounts(_ workspace: WorkspaceID) async {
        // Cancelled: nobody listens any more.
        try? await Task.sleep(for: .milliseconds(Self.gatherMilliseconds))
        state.withLockedValue { _ = $0.counting.remove(workspace) }
        let staff = listeners(of: workspace).filter { $0.1.caller.isStaff }
        for (teammate, group) in Dictionary(grouping: staff, by: { $0.1.caller.teammate }) {
            // A count that could not be read comes with the next change.
            guard let counts = try? await store.read({ try Inbox(of: workspace).queueCounts(for: teammate, in: $0) }) else { continue }
            let frame = Frame.bytes(event: "counts", data: QueueShape.json(counts))
            for (number, listener) in group { give(frame, number, listener) }
        }
    }

    /// Ends the streams of whoever was suspended, signed out or revoked meanwhile.
    private func recheck(_ workspace: WorkspaceID) async {
        let access = access
        for (number, listener) in listeners(of: workspace) {
            // A stream whose caller cannot be looked up ends: its client comes back and is asked who it is.
            let isAlive = (try? await store.read { try access.current(listener.caller, in: $0) }) == listener.caller
            if !isAlive { leave(number) }
        }
    }
}

/// Frames of the event stream format (https://html.spec.whatwg.org/multipage/server-sent-events.html).
enum Frame {
    static func bytes(id: Int64? = nil, event: String, data: JSON) -> ByteBuffer {
        // JSON has no line ends of its own outside strings, and inside strings they are escaped.
        var buffer = ByteBuffer(string: id.map { "id: \($0)\n" } ?? "")
        buffer.writeString("event: \(event)\ndata: ")
        buffer.writeBytes(data.bytes)
        buffer.writeString("\n\n")
        return buffer
    }

    static let ping = ByteBuffer(string: ": ping\n\n")
}

/// An event of the log as callers read it.
enum EventFrame {
    /// What `AccessControl` writes when somebody's access has changed: for the hub, not for clients.
    static let accessChanged = "access.changed"
    /// What a customer hears of their own conversation; everything else stays inside.
    private static let shownToCustomers: Set<String> = [
        InboxEvent.messageReceived.rawValue, InboxEvent.messageSent.rawValue, InboxEvent.handedOver.rawValue, InboxEvent.claimed.rawValue,
        InboxEvent.handedBack.rawValue, InboxEvent.resolved.rawValue, InboxEvent.reopened.rawValue,
    ]
    static let toldToCustomers: Set<String> = ["seq", "message", "author", "kind"]

    static func json(_ event: Event, onlyKeys: Set<String>? = nil) -> JSON {
        // The log's body is ours; one that cannot be read is shown as empty.
        let body = (try? StoredJSON.decode([String: String].self, from: event.body)) ?? [:]
        let members = body.sorted { $0.key < $1.key }.filter { onlyKeys?.contains($0.key) ?? true }
        return .of(
            ("seq", .number("\(event.sequence)")), ("type", .string(event.kind)), ("subject", .string(event.subject)),
            ("data", .object(members.map { .init(key: $0.key, value: .string($0.value)) })), ("at", .string(event.at.description)))
    }

    static func forStaff(_ event: Event) -> ByteBuffer? {
        guard event.kind != accessChanged else { return nil }
        return Frame.bytes(id: event.sequence, event: event.kind, data: json(event))
    }

    static func forCustomer(_ event: Event) -> ByteBuffer? {
        guard shownToCustomers.contains(event.kind) else { return nil }
        return Frame.bytes(id: event.sequence, event: event.kind, data: json(event, onlyKeys: toldToCustomers))
    }

    /// What a caller sees of an event, if anything.
    static func seen(by caller: Caller, _ event: Event) -> ByteBuffer? {
        switch caller.kind {
        case .customer(_, let own): own == event.subject ? forCustomer(event) : nil
        case .teammate, .key: forStaff(event)
        case .anonymous, .console: nil
        }
    }
}
