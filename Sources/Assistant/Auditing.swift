import Inbox
package import Metering
package import Storage

/// Whether what is kept agrees with itself, over all rooms: what `baton verify` says.
package struct Audit: Sendable, Codable, Hashable {
    /// Something that is not as it must be.
    package struct Finding: Sendable, Codable, Hashable {
        /// Which promise is broken: `file`, `events`, `threads`, `ledger`, `replies`.
        package let promise: String
        /// Where, in words.
        package let what: String
    }

    /// What is wrong; empty: nothing. At most `mostFindings` of each promise.
    package private(set) var findings: [Finding] = []
    /// Rows of every table.
    package private(set) var rows: [String: Int] = [:]
    /// The books of each workspace.
    package private(set) var ledgers: [LedgerReport] = []
    /// Replies of assistants, and how many of them were made without a model and cost nothing.
    package private(set) var replies = 0
    /// Replies made without a model.
    package private(set) var cannedReplies = 0

    /// A damaged file can break a promise on every row; so many say it.
    package static let mostFindings = 100

    /// Whether nothing is wrong.
    package var isSound: Bool { findings.isEmpty }

    /// Reads through everything once: the file's pages and references, the event log's numbers, each conversation's numbers, every journal and hash, and that each
    /// reply of an assistant belongs to exactly one settled response (a ready reply to none).
    /// - Throws: `StorageError`. What is wrong with the data is a finding, not an error.
    package init(_ meter: Meter, in snapshot: Snapshot) throws {
        add("file", try snapshot.integrityFindings())
        rows = try snapshot.rowCounts()
        add("events", try EventLog.gaps(in: snapshot))
        add("threads", try Inbox.gaps(in: snapshot))
        ledgers = try meter.verifyAll(in: snapshot)
        for ledger in ledgers { add("ledger", ledger.findings.map { "\(ledger.workspace): \($0.rule): \($0.what)" }) }
        try checkReplies(meter, snapshot)
    }

    private mutating func checkReplies(_ meter: Meter, _ snapshot: Snapshot) throws {
        var wrong: [String] = []
        var canned = 0
        var paid: [WorkspaceID: Int] = [:]
        try Inbox.eachReply(in: snapshot) { reply in
            let isCanned = reply.details.flatMap(PastReply.read)?.isCanned == true
            if isCanned { canned += 1 } else { paid[reply.workspace, default: 0] += 1 }
            let isSettled = try reply.turn.map { try meter.isSettled(ResponseID($0.text), of: reply.workspace, in: snapshot) } ?? false
            if isSettled == isCanned, wrong.count < Self.mostFindings {
                wrong.append(
                    "\(reply.workspace), conversation \(reply.conversation): message \(reply.sequence) "
                        + (isCanned ? "is a ready reply and was settled" : "has no settled response"))
            }
        }
        // A turn has one reply and is the id of its response, so equal numbers leave no settlement without its reply.
        for ledger in ledgers {
            let (settled, given) = (try meter.settledResponses(of: ledger.workspace, in: snapshot), paid[ledger.workspace] ?? 0)
            if settled != given { wrong.append("\(ledger.workspace): \(settled) settled responses for \(given) replies") }
        }
        (replies, cannedReplies) = (paid.values.reduce(canned, +), canned)
        add("replies", wrong)
    }

    private mutating func add(_ promise: String, _ lines: [String]) {
        findings += lines.prefix(Self.mostFindings).map { Finding(promise: promise, what: $0) }
    }
}
