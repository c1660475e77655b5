import Assistant
import Delivery
import Inbox
import Metering
import NIOConcurrencyHelpers
import Storage

extension Service {
    /// How the work stands, workspace by workspace.
    func standing(at now: Timestamp) async throws -> [(name: String, labels: [String: String], value: String)] {
        var gauges: [(name: String, labels: [String: String], value: String)] = []
        for workspace in desk.workspaceIDs { gauges += try await standing(of: workspace, at: now) }
        return gauges
    }

    private func standing(
        of workspace: WorkspaceID, at now: Timestamp
    ) async throws -> [(name: String, labels: [String: String], value: String)] {
        let (inbox, meter, name) = (inbox(of: workspace), meter, workspace.text)
        let (counts, duty, credit) = try await store.read { snapshot in
            let credit: CreditSummary?
            do { credit = try meter.credit(of: workspace, in: snapshot) } catch MeteringError.noAccount { credit = nil }
            return (
                try inbox.queueCounts(for: TeammateID(""), in: snapshot), try inbox.openDuty(at: now, in: snapshot), credit
            )
        }
        let queues = [
            ("needs_person", counts.needsPerson), ("assistant", counts.assistant), ("waiting", counts.waiting), ("closed", counts.closed),
        ]
        var gauges: [(name: String, labels: [String: String], value: String)] = queues.map {
            ("baton_conversations", ["workspace": name, "queue": $0.0], "\($0.1)")
        }
        gauges.append(("baton_turns_open", ["workspace": name], "\(duty.open)"))
        gauges.append(("baton_turns_overdue", ["workspace": name], "\(duty.overdue)"))
        if let credit {
            gauges.append(("baton_credit_available", ["workspace": name, "currency": credit.currency], credit.available.text))
        }
        return gauges
    }

    /// What the courier has still to bring.
    func pending() async throws -> [(name: String, labels: [String: String], value: String)] {
        let counts = try await courier.counts()
        let kinds = [("webhook", counts.deliveriesWaiting), ("letter", counts.lettersWaiting), ("item", counts.itemsWaiting)]
        return kinds.map { ("baton_deliveries_pending", ["kind": $0.0], "\($0.1)") }
            + [("baton_deliveries_oldest_seconds", [:], "\(Double(counts.oldestMilliseconds) / 1000)")]
    }

    /// Events read from the log at a time.
    private static let mostEvents = 1000

    /// Counts what the event log tells since the last time: messages by author, handoffs by reason. The log has what the assistant did as well as what came
    /// by a request, and reading it here costs the requests nothing.
    func countEvents() async throws {
        for workspace in desk.workspaceIDs {
            guard var cursor = counted.cursor(of: workspace) else {
                counted.begin(workspace, at: try await store.events.head(of: workspace))
                continue
            }
            while case let events = try await store.events.after(cursor, in: workspace, limit: Self.mostEvents), let last = events.last {
                // Of two that read the figures at once, one counts.
                guard counted.advance(workspace, from: cursor, to: last.sequence) else { return }
                for event in events { count(event) }
                cursor = last.sequence
            }
        }
    }

    private func count(_ event: Event) {
        // The log's body is ours; one that cannot be read is counted without its details.
        let body = (try? StoredJSON.decode([String: String].self, from: event.body)) ?? [:]
        switch InboxEvent(rawValue: event.kind) {
        case .messageReceived: metrics.count("baton_messages_total", ["author": "customer"])
        case .messageSent: metrics.count("baton_messages_total", ["author": body["author"] ?? "unknown"])
        case .handedOver: metrics.count("baton_handoffs_total", ["reason": body["reason"] ?? "unknown"])
        default: break
        }
    }
}

/// How far the event log was counted, workspace by workspace.
final class CountedEvents: Sendable {
    private let cursors = NIOLockedValueBox<[WorkspaceID: Int64]>([:])

    func cursor(of workspace: WorkspaceID) -> Int64? { cursors.withLockedValue { $0[workspace] } }

    func begin(_ workspace: WorkspaceID, at cursor: Int64) {
        cursors.withLockedValue { if $0[workspace] == nil { $0[workspace] = cursor } }
    }

    /// - Returns: whether nobody else did it first.
    func advance(_ workspace: WorkspaceID, from old: Int64, to new: Int64) -> Bool {
        cursors.withLockedValue { cursors in
            guard cursors[workspace] == old else { return false }
            cursors[workspace] = new
            return true
        }
    }
}
