import Foundation
import GRDB
import NIOConcurrencyHelpers

/// Something that happened, as live streams and webhooks tell it.
package struct Event: Hashable, Sendable {
    /// Its place in the log: 1, 2, 3, ... without a gap, over all workspaces. A reader resumes by it.
    package let sequence: Int64
    /// Whose it is.
    package let workspace: WorkspaceID
    /// What happened: `message.received`, `conversation.handed_over`, ...
    package let kind: String
    /// The id of the thing it happened to; for what happens in a conversation, the conversation's.
    package let subject: String
    /// Details, as a JSON object.
    package let body: String
    /// When.
    package let at: Timestamp
}

/// The log of all events. A row is written in the transaction of what it tells, so the log never knows more or less than the tables; its numbers have
/// no gaps, because there is one writer and a unit of work that fails gives its number back. Who reads by cursor misses nothing and sees
/// nothing twice; the wake-up (`changes`) is only a hint to look.
package final class EventLog: Sendable {
    private struct Watchers {
        var next = 0
        var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
        var closed = false
    }

    private let pool: DatabasePool
    private let watchers: NIOLockedValueBox<Watchers>

    init(pool: DatabasePool) {
        self.pool = pool
        watchers = NIOLockedValueBox(Watchers())
    }

    /// The events of a workspace after a cursor, oldest first.
    /// - Parameters:
    ///   - cursor: the `sequence` last seen; 0 for the beginning.
    ///   - limit: 1...1000.
    /// - Throws: `StorageError`.
    package func after(_ cursor: Int64, in workspace: WorkspaceID, limit: Int) async throws -> [Event] {
        do {
            return try await pool.read { database in
                try Snapshot(database: database).rows(
                    """
                    SELECT seq, workspace, kind, subject, body, at_ms FROM event
                    WHERE workspace = $1 AND seq > $2 ORDER BY seq LIMIT $3
                    """, workspace, cursor, min(max(limit, 1), 1000)
                ).map {
                    try Event(sequence: $0[0], workspace: $0[1], kind: $0[2], subject: $0[3], body: $0[4], at: $0[5])
                }
            }
        } catch { throw StorageError.translated(error) }
    }

    /// The newest event's number in a workspace; 0 where there is none.
    /// - Throws: `StorageError`.
    package func head(of workspace: WorkspaceID) async throws -> Int64 {
        do {
            return try await pool.read { database in
                try Snapshot(database: database).row("SELECT COALESCE(MAX(seq), 0) FROM event WHERE workspace = $1", workspace)?[0] ?? 0
            }
        } catch { throw StorageError.translated(error) }
    }

    /// Yields whenever something may have been added (at least once after each commit; only the newest hint is kept for a slow reader).
    /// Ends when the store closes.
    package func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id: Int? = watchers.withLockedValue { watchers in
            guard !watchers.closed else { return nil }
            watchers.next += 1
            watchers.continuations[watchers.next] = continuation
            return watchers.next
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.watchers.withLockedValue { _ = $0.continuations.removeValue(forKey: id) } }
        return stream
    }

    func wake() {
        for continuation in watchers.withLockedValue({ Array($0.continuations.values) }) { continuation.yield() }
    }

    func close() {
        let all = watchers.withLockedValue { watchers in
            watchers.closed = true
            defer { watchers.continuations = [:] }
            return Array(watchers.continuations.values)
        }
        for continuation in all { continuation.finish() }
    }
}

extension Transaction {
    /// Writes an event in this transaction, with the trace that it is part of.
    /// - Parameters:
    ///   - kind: `message.received`, ... A stable name: other software reads it.
    ///   - subject: the id of the thing it happened to.
    ///   - body: a flat JSON object's fields. Never text that a person wrote: readers fetch that under their own access policy.
    /// - Throws: `StorageError`.
    package func emit(_ kind: String, of subject: String, in workspace: WorkspaceID, _ body: [String: String] = [:], at now: Timestamp)
        throws
    {
        let json = try String(decoding: StoredJSON.encode(body), as: UTF8.self)
        try run(
            """
            INSERT INTO event(seq, workspace, kind, subject, body, at_ms, trace)
            SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4, $5, $6 FROM event
            """, workspace, kind, subject, json, now, Trace.current?.stored)
    }
}

extension Querying {
    /// The events of all workspaces after a cursor, oldest first: for whoever must tell each of them on in a transaction of its own.
    /// - Parameters:
    ///   - cursor: the `sequence` last seen; 0 for the beginning.
    ///   - limit: 1...1000.
    /// - Throws: `StorageError`.
    package func events(after cursor: Int64, limit: Int) throws -> [Event] {
        try rows(
            "SELECT seq, workspace, kind, subject, body, at_ms FROM event WHERE seq > $1 ORDER BY seq LIMIT $2", cursor,
            min(max(limit, 1), 1000)
        ).map { try Event(sequence: $0[0], workspace: $0[1], kind: $0[2], subject: $0[3], body: $0[4], at: $0[5]) }
    }

    /// The number of the newest event of all workspaces; 0 where there is none.
    /// - Throws: `StorageError`.
    package func newestEvent() throws -> Int64 { try row("SELECT COALESCE(MAX(seq), 0) FROM event")?[0] ?? 0 }
}
