import Inbox
import Storage
import Testing

@Suite struct WorkspaceTests {
    /// What somebody of another company may try with ids of Quayside.
    private struct Attempt: Sendable {
        let what: String
        let error: InboxError
        let run: @Sendable (Inbox, Transaction) throws -> Void
    }

    @Test func `ids of another workspace are not found, whatever is asked of them`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let (handedOver, _) = try await world.asked()
            let handoff = try #require(try await world.handOver(handedOver).handoff).id
            let message = turn.message
            let ines = world.ines
            let olga = TeammateID("olga")
            let harbour = Inbox(of: harbour)
            let own = try await world.write { transaction in
                try harbour.saveTeammate(olga, name: "Olga", at: noon, in: transaction)
                let customer = try harbour.newCustomer(at: noon, in: transaction).id
                return try harbour.open(for: customer, assistant: "Pilot", at: noon, in: transaction).id
            }
            let attempts: [Attempt] = [
                .init(what: "conversation", error: .notFound(.conversation)) { _ = try $0.conversation(id, in: $1) },
                .init(what: "as customer", error: .notFound(.conversation)) { _ = try $0.conversation(id, of: ines, in: $1) },
                .init(what: "open", error: .notFound(.customer)) { _ = try $0.open(for: ines, assistant: "P", at: noon, in: $1) },
                .init(what: "receive", error: .notFound(.conversation)) {
                    _ = try $0.receive("x", from: ines, in: id, key: nil, patience: 1, at: noon, in: $1)
                },
                .init(what: "thread", error: .notFound(.conversation)) { _ = try $0.thread(of: id, in: $1) },
                .init(what: "whole thread", error: .notFound(.conversation)) { _ = try $0.wholeThread(of: id, in: $1) },
                .init(what: "message", error: .notFound(.message)) { _ = try $0.message(message, of: id, in: $1) },
                .init(what: "message through own", error: .notFound(.message)) { _ = try $0.message(message, of: own, in: $1) },
                .init(what: "turn", error: .notFound(.turn)) { _ = try $0.turn(turn.id, in: $1) },
                .init(what: "place in queue", error: .notFound(.conversation)) { _ = try $0.placeInQueue(of: handedOver, in: $1) },
                .init(what: "turns", error: .notFound(.conversation)) { _ = try $0.turns(of: id, in: $1) },
                .init(what: "lease", error: .notFound(.turn)) { _ = try $0.lease(turn.id, milliseconds: 1, at: noon, in: $1) },
                .init(what: "reply", error: .notFound(.turn)) { _ = try $0.reply(to: turn, text: "x", at: noon, in: $1) },
                .init(what: "suggestion", error: .notFound(.turn)) { _ = try $0.keepSuggestion("x", for: turn.id, at: noon, in: $1) },
                .init(what: "hand over", error: .notFound(.conversation)) {
                    _ = try $0.handOver(id, because: "r", announcing: announcement, at: noon, in: $1)
                },
                .init(what: "hand over by foreign turn", error: .notFound(.turn)) {
                    _ = try $0.handOver(own, turn: turn, because: "r", announcing: announcement, at: noon, in: $1)
                },
                .init(what: "handoff", error: .notFound(.handoff)) { _ = try $0.handoff(handoff, in: $1) },
                .init(what: "handoffs", error: .notFound(.conversation)) { _ = try $0.handoffs(of: handedOver, in: $1) },
                .init(what: "notified", error: .notFound(.handoff)) { try $0.notified(handoff, at: noon, in: $1) },
                .init(what: "claim", error: .notFound(.conversation)) { _ = try $0.claim(id, by: olga, at: noon, in: $1) },
                .init(what: "claim by foreigner", error: .notFound(.teammate)) { _ = try $0.claim(own, by: mara, at: noon, in: $1) },
                .init(what: "answer", error: .notFound(.conversation)) {
                    _ = try $0.teammateReply("x", in: id, by: olga, at: noon, in: $1)
                },
                .init(what: "answer by foreigner", error: .notFound(.teammate)) {
                    _ = try $0.teammateReply("x", in: own, by: mara, at: noon, in: $1)
                },
                .init(what: "note", error: .notFound(.conversation)) { _ = try $0.note("x", in: id, by: olga, at: noon, in: $1) },
                .init(what: "seen", error: .notFound(.conversation)) { try $0.seen(id, by: olga, upTo: 1, at: noon, in: $1) },
                .init(what: "hand back", error: .notFound(.conversation)) {
                    _ = try $0.handBack(id, by: olga, patience: 1, at: noon, in: $1)
                },
                .init(what: "resolve", error: .notFound(.conversation)) { try $0.resolve(id, by: .teammate(olga), at: noon, in: $1) },
                .init(what: "resolve by the system", error: .notFound(.conversation)) { try $0.resolve(id, by: .system, at: noon, in: $1) },
                .init(what: "assign", error: .notFound(.conversation)) {
                    _ = try $0.assign(id, to: .teammate(olga), by: olga, at: noon, in: $1)
                },
                .init(what: "assign to foreigner", error: .notFound(.teammate)) {
                    _ = try $0.assign(own, to: .teammate(mara), by: olga, at: noon, in: $1)
                },
                .init(what: "assign to foreign team", error: .notFound(.team)) {
                    _ = try $0.assign(own, to: .team(payments), by: olga, at: noon, in: $1)
                },
                .init(what: "tags", error: .notFound(.conversation)) { try $0.setTags(["x"], of: id, at: noon, in: $1) },
                .init(what: "capture", error: .notFound(.conversation)) { try $0.capture(["x": "y"], in: id, at: noon, in: $1) },
                .init(what: "customer", error: .notFound(.customer)) { _ = try $0.customer(ines, in: $1) },
                .init(what: "identify", error: .notFound(.customer)) { try $0.identify(ines, name: "X", email: nil, at: noon, in: $1) },
                .init(what: "team", error: .notFound(.team)) { _ = try $0.team(payments, in: $1) },
                .init(what: "availability", error: .notFound(.team)) { _ = try $0.availability(of: payments, at: noon, in: $1) },
                .init(what: "team of foreigners", error: .notFound(.teammate)) {
                    try $0.save(Team(id: TeamID("t"), name: "T", members: [mara]), at: noon, in: $1)
                },
                .init(what: "teammate", error: .notFound(.teammate)) { _ = try $0.teammate(mara, in: $1) },
                .init(what: "presence", error: .notFound(.teammate)) { try $0.present(mara, at: noon, in: $1) },
                .init(what: "availability of a teammate", error: .notFound(.teammate)) {
                    try $0.setAvailability(of: mara, to: .away, at: noon, in: $1)
                },
                .init(what: "suspend", error: .notFound(.teammate)) { try $0.setSuspended(mara, true, at: noon, in: $1) },
            ]
            let before = try await world.store.events.after(0, in: quayside, limit: 1000)
            for attempt in attempts {
                let error = await #expect(throws: InboxError.self, "\(attempt.what)") {
                    try await world.store.write { try attempt.run(harbour, $0) }
                }
                #expect(error == attempt.error, "\(attempt.what)")
            }
            // Nothing of Quayside's changed, and the lists of Harbour show none of it.
            let after = try await world.store.events.after(0, in: quayside, limit: 1000)
            #expect(after == before)
            let lists = try await world.read { snapshot in
                let rows = try [Queue.needsPerson, .assistant, .waiting, .closed, .mine(mara)].flatMap {
                    try harbour.rows(of: $0, for: olga, in: snapshot)
                }
                return (
                    rows.map(\.conversation), try harbour.queueCounts(for: olga, in: snapshot).needsPerson,
                    try harbour.conversations(ofWhoeverIs: ines, limit: 10, in: snapshot).count, try harbour.teams(in: snapshot).count,
                    try harbour.teammates(in: snapshot).map(\.id), try harbour.openHandoff(of: handedOver, in: snapshot) == nil
                )
            }
            #expect(lists.0 == [own])
            #expect((lists.1, lists.2, lists.3, lists.4, lists.5) == (0, 0, 0, [olga], true))
        }
    }

    @Test func `the same short names in two workspaces are two teammates and two teams`() async throws {
        try await withQuayside { world in
            let harbour = Inbox(of: harbour)
            try await world.write { transaction in
                try harbour.saveTeammate(mara, name: "Another Mara", at: noon, in: transaction)
                try harbour.save(Team(id: payments, name: "Zahlungen", isDefault: true, members: [mara]), at: noon, in: transaction)
            }
            let names = try await world.read { snapshot in
                (
                    try world.inbox.teammate(mara, in: snapshot).name, try harbour.teammate(mara, in: snapshot).name,
                    try world.inbox.team(payments, in: snapshot).members, try harbour.team(payments, in: snapshot).members
                )
            }
            #expect((names.0, names.1) == ("Mara", "Another Mara"))
            #expect((names.2, names.3) == ([jonas], [mara]))
        }
    }

    @Test func `every table says whose its rows are`() async throws {
        try await withQuayside { world in
            let tables = try await world.read {
                try $0.rows(
                    """
                    SELECT t.name, EXISTS(SELECT 1 FROM pragma_table_info(t.name) c WHERE c.name = 'workspace' AND c."notnull" = 1)
                    FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT IN ('workspace', 'migration')
                        AND t.name NOT LIKE 'inbox_search%'  -- the index, whose entries `search_entry` gives their workspace
                    """
                ).map { (try $0[0] as String, try $0[1] as Bool) }
            }
            #expect(tables.count >= 12)
            for (name, hasWorkspace) in tables { #expect(hasWorkspace, "\(name)") }
        }
    }
}
