import Assistant
import Foundation
import Inbox
import Metering
import Storage
import Support
import Testing

/// What must hold in every world, whatever happened in it. Every journey ends with it, on the reopened store.
extension World {
    func audit() async throws {
        for workspace in [quayside, harbour] {
            try await auditLedger(of: workspace)
            try await auditThreads(of: workspace)
        }
        let faults = try await read { snapshot in
            (try snapshot.rows("PRAGMA foreign_key_check").count, try snapshot.row("PRAGMA integrity_check").map { try $0[0] as String })
        }
        #expect(faults.0 == 0 && faults.1 == "ok")
    }

    /// The books are sound, each reply was charged once, nothing else was charged, and what is left is what was granted less the charges.
    private func auditLedger(of workspace: WorkspaceID) async throws {
        let meter = meter
        let (report, credit, usage) = try await read { snapshot in
            (
                try meter.verify(workspace, in: snapshot), try meter.credit(of: workspace, in: snapshot),
                try meter.usage(of: workspace, limit: 1000, in: snapshot)
            )
        }
        #expect(report.isSound, "\(report.findings)")
        #expect(credit.overrun == .zero)
        let totals = try await read { try meter.totals(of: workspace, in: $0) }
        let granted = try credit.grants.map(\.granted).reduce(Money.zero) { try $0.adding($1) }
        // What expires goes another way.
        if credit.grants.allSatisfy({ $0.state != .expired }) { #expect(try credit.balance.adding(totals.charged) == granted) }
        let replied = try await read { snapshot in
            Set(
                try snapshot.rows(
                    """
                    SELECT turn, details FROM message WHERE workspace = $1 AND author = 'assistant' AND kind = 'text'
                    """, workspace
                ).compactMap { row -> String? in
                    let details: String? = try row[1]
                    return details.flatMap(ReplyDetails.read)?.isCanned == true ? nil : try row[0] as String
                })
        }
        let billed = usage.filter { $0.charged > .zero }
        #expect(Set(billed.map(\.response.text)) == replied, "replies and charges differ in \(workspace)")
        #expect(billed.allSatisfy { $0.isBilled && $0.charged.text == "0.05" })
        #expect(totals.billedResponses == replied.count)
        let open = try await read { snapshot in
            try snapshot.row("SELECT COUNT(*) FROM turn WHERE workspace = $1 AND state = 'open'", workspace).map { try $0[0] as Int }
        }
        if open == 0 { #expect(credit.held == .zero, "credit is held although nothing is being answered") }
    }

    /// Every question ended once: in a reply, in a handoff with one announcement, with a person, or in a later question of the same burst.
    private func auditThreads(of workspace: WorkspaceID) async throws {
        try await read { snapshot in
            let twice = try snapshot.rows(
                """
                SELECT m.turn FROM message m JOIN handoff h ON h.workspace = m.workspace AND h.turn = m.turn
                WHERE m.workspace = $1 AND m.author = 'assistant' AND m.kind = 'text'
                """, workspace)
            #expect(twice.isEmpty, "a question was both answered and handed over")
            let announced = try snapshot.rows(
                """
                SELECT h.id, (SELECT COUNT(*) FROM message m WHERE m.workspace = h.workspace AND m.handoff = h.id AND m.kind = 'announcement')
                FROM handoff h WHERE h.workspace = $1 AND h.announcement IS NOT NULL
                """, workspace)
            for row in announced { #expect(try row[1] as Int == 1) }
            let unannounced = try snapshot.rows(
                "SELECT id FROM handoff WHERE workspace = $1 AND turn IS NOT NULL AND announcement IS NULL", workspace)
            #expect(unannounced.isEmpty)
            let replies = try snapshot.rows(
                "SELECT t.id FROM turn t WHERE t.workspace = $1 AND t.state = 'answered' AND (SELECT COUNT(*) FROM message m WHERE m.workspace = t.workspace AND m.turn = t.id AND m.author = 'assistant' AND m.kind = 'text') <> 1",
                workspace)
            #expect(replies.isEmpty, "an answered turn without exactly one reply")
            let gaps = try snapshot.rows(
                """
                SELECT c.id FROM conversation c WHERE c.workspace = $1 AND c.last_seq <>
                    (SELECT COUNT(*) FROM message m WHERE m.workspace = c.workspace AND m.conversation = c.id)
                """, workspace)
            #expect(gaps.isEmpty, "the numbers of messages have gaps")
            // From a claim to the next change of hands the conversation has the claim's epoch, and the assistant has no word in it.
            for row in try snapshot.rows(
                "SELECT subject, body FROM event WHERE workspace = $1 AND kind = 'conversation.claimed'", workspace)
            {
                let body = try StoredJSON.decode([String: String].self, from: row[1])
                let epoch = body["epoch"].flatMap { Int($0) } ?? -1
                let spoken = try snapshot.rows(
                    "SELECT seq FROM message WHERE workspace = $1 AND conversation = $2 AND author = 'assistant' AND kind = 'text' AND epoch = $3",
                    workspace, try row[0] as String, epoch)
                #expect(epoch > 0 && spoken.isEmpty, "the assistant spoke after a takeover")
            }
        }
    }
}
