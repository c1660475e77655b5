import Assistant
import Escalation
import Foundation
import Inbox
import Metering
import Storage

/// What one customer's turn came to, for printing.
struct TurnReport: Encodable {
    struct Usage: Encodable {
        let charged: String
        let cost: String
        let costState: String
        let currency: String
        let tokens: [String: Int]
        let attempts: Int
    }

    let conversation: String
    /// `answered`, `handed_over` or `open`.
    let outcome: String
    /// What the customer reads.
    let text: String
    let citations: [ShownCitation]
    /// Why it was handed over.
    let reason: String?
    /// The effective confidence, 0...1.
    let confidence: Double?
    /// The receipt in words.
    let why: [String]
    let receipt: Receipt?
    let model: String?
    let usage: Usage?

    /// Waits until a turn has ended, then reads what it came to.
    static func of(_ received: Received, in conversation: Conversation, desk: Desk, _ installation: Installation, currency: String)
        async throws -> TurnReport
    {
        _ = await desk.outcome(in: conversation.id)
        let inbox = Inbox(of: conversation.workspace)
        let meter = installation.meter
        return try await installation.store.read { snapshot in
            let messages = try inbox.thread(of: conversation.id, after: received.sequence, in: snapshot)
            // By the turn, not by the place: a repeated request gets the answer of the first time, whatever was said since.
            let reply = messages.first { $0.author == .assistant && $0.turn == received.turn }
            let handoffs = try inbox.handoffs(of: conversation.id, in: snapshot)
            let handoff = handoffs.first { $0.turn == received.turn } ?? handoffs.first { $0.closedAt == nil }
            let announcement = messages.first { $0.id == handoff?.announcement }
            let spoken = reply.map { [$0] } ?? messages.filter { $0.author != .customer }
            let details = reply?.details.flatMap(ReplyDetails.read)
            let receipt = try details?.receipt ?? handoff?.package.receipt.map { try StoredJSON.decode(Receipt.self, from: $0) }
            let row = try received.turn.flatMap {
                try meter.usage(of: conversation.workspace, UsageFilter(response: ResponseID($0.text)), limit: 1, in: snapshot).first
            }
            return TurnReport(
                conversation: conversation.id.text, outcome: reply != nil ? "answered" : announcement != nil ? "handed_over" : "open",
                text: spoken.map(\.text).joined(separator: "\n\n"),
                citations: try reply?.citations.map { try StoredJSON.decode([ShownCitation].self, from: $0) } ?? [],
                reason: reply == nil ? handoff?.reason : nil, confidence: receipt?.confidence?.probability, why: receipt?.inWords ?? [],
                receipt: receipt, model: details?.model ?? row?.model, usage: row.map { Usage($0, currency: currency) })
        }
    }
}

extension TurnReport.Usage {
    fileprivate init(_ row: UsageRow, currency: String) {
        charged = row.charged.text
        cost = row.cost.text
        costState = row.costState
        self.currency = currency
        tokens = Dictionary(
            uniqueKeysWithValues: zip(["input", "input_cached", "input_cache_write", "output", "output_reasoning"], row.tokens))
        attempts = row.attemptCount
    }
}

extension TurnReport {
    /// For a person at the terminal.
    func print() {
        Terminal.print(text.forTerminal.wrapped())
        for line in Self.sources(citations) { Terminal.print(Style.dim("  " + line.forTerminal)) }
    }

    /// Each cited place once.
    static func sources(_ citations: [ShownCitation]) -> [String] {
        var seen: Set<String> = []
        return citations.filter { seen.insert($0.passage).inserted }.map {
            "source: " + ([$0.title] + $0.headings).joined(separator: " › ") + " (\($0.document))"
        }
    }
}
