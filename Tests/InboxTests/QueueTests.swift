import Inbox
import Storage
import Testing

@Suite struct QueueTests {
    @Test func `each conversation stands where it belongs and the counts agree with the lists`() async throws {
        try await withQuayside { world in
            let (live, _) = try await world.asked("live")
            let (queued, _) = try await world.asked("queued")
            try await world.handOver(queued, because: "noKnowledge")
            let (owned, _) = try await world.asked("owned")
            try await world.claim(owned, by: mara)
            let (waiting, _) = try await world.asked("waiting")
            try await world.answer("answered", in: waiting, by: mara)
            let (colleague, _) = try await world.asked("colleague")
            try await world.claim(colleague, by: jonas)
            let (closed, _) = try await world.asked("closed")
            try await world.resolve(closed, by: .teammate(mara))
            func list(_ queue: Queue) async throws -> Set<ConversationID> {
                Set(try await world.read { try world.inbox.rows(of: queue, for: mara, in: $0).map(\.conversation) })
            }
            #expect(try await list(.assistant) == [live])
            #expect(try await list(.needsPerson) == [queued])
            #expect(try await list(.mine(mara)) == [owned, waiting])
            #expect(try await list(.waiting) == [waiting])
            #expect(try await list(.closed) == [closed])
            let counts = try await world.read { try world.inbox.queueCounts(for: mara, in: $0) }
            #expect((counts.needsPerson, counts.mine, counts.assistant, counts.waiting, counts.closed) == (1, 2, 1, 1, 1))
            let none = try await world.read { try world.inbox.queueCounts(for: edda, in: $0) }
            #expect(none.mine == 0)
        }
    }

    @Test func `a row says who, what, why and since when`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked("Where is my withdrawal?")
            try await world.ask("Hello?", in: id, at: noon.adding(milliseconds: 5_000))
            try await world.handOver(id, because: "noKnowledge", to: .init(team: payments), at: noon.adding(milliseconds: 6_000))
            let row = try #require(try await world.read { try world.inbox.rows(of: .needsPerson, for: mara, in: $0).first })
            #expect(row.customer == "Ines")
            #expect(row.lastLine == "Hello?")
            #expect(row.lastAuthor == "customer")
            #expect(row.reason == "noKnowledge")
            #expect(row.team == payments)
            #expect(row.suggested == jonas)
            #expect(row.unread == 2)
            #expect(row.age(at: noon.adding(milliseconds: 9_000)) == 9_000)
            try await world.answer("Hello Ines", in: id, by: mara)
            let mine = try #require(try await world.read { try world.inbox.rows(of: .mine(mara), for: mara, in: $0).first })
            #expect(mine.age(at: noon) == nil)
            #expect(mine.unread == 0)
            #expect(mine.lastAuthor == "teammate")
        }
    }

    @Test func `who waits longest stands first and more rows follow where the page ended`() async throws {
        try await withQuayside { world in
            var ids: [ConversationID] = []
            for number in 0..<5 {
                let now = noon.adding(milliseconds: Int64(number) * 1_000)
                let (id, _) = try await world.asked(at: now)
                try await world.handOver(id, at: now)
                ids.append(id)
            }
            // A later word does not cost the place in the line.
            try await world.ask("Hello?", in: ids[0], at: noon.adding(milliseconds: 60_000))
            let pages = try await world.read { snapshot in
                try [0, 2, 4, 6].map {
                    try world.inbox.rows(of: .needsPerson, for: mara, limit: 2, skipping: $0, in: snapshot).map(\.conversation)
                }
            }
            #expect(pages == [[ids[0], ids[1]], [ids[2], ids[3]], [ids[4]], []])
        }
    }

    @Test func `a team's list has what its people have or were asked for, those who wait first, page by page`() async throws {
        try await withQuayside { world in
            var ids: [ConversationID] = []
            for (number, priority) in [Handoff.Priority.normal, .urgent, .normal, .high, .normal].enumerated() {
                let now = noon.adding(milliseconds: Int64(number) * 1_000)
                let (id, _) = try await world.asked(at: now)
                try await world.handOver(id, to: .init(team: payments, priority: priority), at: now)
                ids.append(id)
            }
            let (elsewhere, _) = try await world.asked()
            try await world.handOver(elsewhere, to: .init(team: security))
            _ = try await world.asked()
            // It is the customer's move in the urgent one; a colleague has the first.
            try await world.answer("Done", in: ids[1], by: jonas)
            try await world.claim(ids[0], by: jonas)
            let wanted = [ids[3], ids[0], ids[2], ids[4], ids[1]]
            let seen = try await world.read { snapshot in
                var seen: [QueueRow] = []
                var position: QueuePosition?
                while true {
                    let page = try world.inbox.rows(of: .team(payments), after: position, for: mara, limit: 2, in: snapshot)
                    seen += page
                    guard let last = page.last, page.count == 2 else { return seen }
                    position = last.position(in: .team(payments))
                }
            }
            #expect(seen.map(\.conversation) == wanted)
            let counts = try await world.read { try world.inbox.queueCounts(for: mara, in: $0) }
            #expect(counts.teams == [frontline: 0, payments: 5, security: 1])
            try await world.resolve(ids[0], by: .teammate(jonas))
            try await world.handBack(ids[2], by: mara)
            let after = try await world.read { try world.inbox.queueCounts(for: mara, in: $0) }
            #expect(after.teams[payments] == 3)
        }
    }

    @Test func `the most urgent stand first, page by page, and what is over is urgent no more`() async throws {
        try await withQuayside { world in
            var ids: [ConversationID] = []
            for (number, priority) in [Handoff.Priority.low, .normal, .urgent, .high, .urgent].enumerated() {
                let now = noon.adding(milliseconds: Int64(number) * 1_000)
                let (id, _) = try await world.asked(at: now)
                try await world.handOver(id, to: .init(priority: priority), at: now)
                ids.append(id)
            }
            let seen = try await world.read { snapshot in
                var seen: [ConversationID] = []
                var position: QueuePosition?
                while case let page = try world.inbox.rows(of: .needsPerson, after: position, for: mara, limit: 2, in: snapshot),
                    let last = page.last
                {
                    seen += page.map(\.conversation)
                    position = last.position(in: .needsPerson)
                }
                return seen
            }
            #expect(seen == [ids[2], ids[4], ids[3], ids[1], ids[0]])
            try await world.handBack(ids[2], by: mara)
            let row = try #require(try await world.read { try world.inbox.rows(of: .assistant, for: mara, in: $0).first })
            #expect(row.conversation == ids[2] && row.priority == .normal)
        }
    }

    @Test func `a row carries the score of the assistant's last turn, sent, held back or handed over`() async throws {
        try await withQuayside { world in
            let inbox = world.inbox
            let (id, turn) = try await world.asked()
            func score() async throws -> Int? { try await world.read { try inbox.rows(of: .assistant, for: mara, in: $0).first?.score } }
            #expect(try await score() == nil)
            _ = try await world.write { try inbox.reply(to: turn, text: "Two hours.", score: 9_100, at: noon, in: $0) }
            #expect(try await score() == 9_100)
            let next = try #require(try await world.ask("And then?", in: id).turn)
            let second = try await world.turn(next)
            _ = try await world.write { try inbox.reply(to: second, text: "Hello!", at: noon, in: $0) }
            #expect(try await score() == nil)
            var evidence = HandoffEvidence()
            evidence.score = 6_200
            try await world.handOver(id, evidence: evidence)
            let row = try #require(try await world.read { try inbox.rows(of: .needsPerson, for: mara, in: $0).first })
            #expect(row.score == 6_200)
            #expect(row.due == nil && row.snoozedUntil == nil && row.awaiting == .company && row.state == .open)
        }
    }

    @Test func `a customer in the queue can be told how many stand before`() async throws {
        try await withQuayside { world in
            var ids: [ConversationID] = []
            for number in 0..<3 {
                let now = noon.adding(milliseconds: Int64(number) * 1_000)
                let (id, _) = try await world.asked(at: now)
                try await world.handOver(id, at: now)
                ids.append(id)
            }
            let (live, _) = try await world.asked()
            try await world.claim(ids[1], by: mara)
            let queue = ids + [live]
            let places = try await world.read { snapshot in try queue.map { try world.inbox.placeInQueue(of: $0, in: snapshot) } }
            #expect(places == [0, nil, 1, nil])
        }
    }

    @Test func `a handoff that is over is no reason any more`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            try await world.handBack(id, by: mara)
            let row = try #require(try await world.read { try world.inbox.rows(of: .assistant, for: mara, in: $0).first })
            #expect(row.reason == nil)
            #expect(row.suggested == nil)
        }
    }

    @Test func `details and tags are kept, changed and removed within their limits`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.write { [inbox = world.inbox] in
                try inbox.capture(["amount": "250", "network": "SEPA"], in: id, at: noon, in: $0)
                try inbox.capture(["amount": "300", "network": ""], in: id, at: noon, in: $0)
                try inbox.setTags(["vip", " vip ", "fees"], of: id, at: noon, in: $0)
                try inbox.setTags(["vip", "limits"], of: id, at: noon, in: $0)
                try inbox.setTags(["vip", "limits"], of: id, at: noon, in: $0)
            }
            let now = try await world.conversation(id)
            #expect(now.captured == ["amount": "300"])
            #expect(now.tags == ["limits", "vip"])
            #expect(try await world.events(id).filter { $0 == "conversation.tagged" }.count == 2)
            await #expect(throws: InboxError.tooMany(field: "tags", limit: 20)) {
                try await world.write { [inbox = world.inbox] in try inbox.setTags((0..<21).map { "t\($0)" }, of: id, at: noon, in: $0) }
            }
            await #expect(throws: InboxError.tooMany(field: "details", limit: 50)) {
                try await world.write { [inbox = world.inbox] in
                    try inbox.capture(Dictionary(uniqueKeysWithValues: (0..<60).map { ("f\($0)", "v") }), in: id, at: noon, in: $0)
                }
            }
            await #expect(throws: InboxError.tooLong(field: "detail", limit: 1_000)) {
                try await world.write { [inbox = world.inbox] in
                    try inbox.capture(["f": String(repeating: "x", count: 1_001)], in: id, at: noon, in: $0)
                }
            }
        }
    }

    @Test func `what the company vouched for is not overwritten by what somebody typed`() async throws {
        try await withQuayside { world in
            let inbox = world.inbox
            let (first, typed, again) = try await world.write { transaction in
                let first = try inbox.customer(external: "c-17", name: "Ines", email: "i@example.com", at: noon, in: transaction)
                let typed = try inbox.identify(first.id, name: "Mallory", email: nil, at: noon, in: transaction)
                let again = try inbox.customer(external: "c-17", name: "Ines B", email: nil, at: noon, in: transaction)
                return (first, typed, again)
            }
            #expect(first.isVerified)
            #expect(typed == first)
            #expect(again.id == first.id)
            #expect((again.name, again.email) == ("Ines B", "i@example.com"))
            let typedOnly = try await world.write { try inbox.identify(world.tomas, name: "Tom", email: "t@example.com", at: noon, in: $0) }
            #expect((typedOnly.name, typedOnly.email, typedOnly.isVerified) == ("Tom", "t@example.com", false))
        }
    }

    @Test func `a conversation is opened once per key`() async throws {
        try await withQuayside { world in
            let inbox = world.inbox
            let ids = try await world.write { transaction in
                try ["k", "k", "k2"].map {
                    try inbox.open(for: world.ines, assistant: "Pilot", subject: "Fees", key: $0, at: noon, in: transaction).id
                }
            }
            #expect(ids[0] == ids[1])
            #expect(ids[0] != ids[2])
            let listed = try await world.read { try inbox.conversations(ofWhoeverIs: world.ines, limit: 10, in: $0).map(\.id) }
            #expect(Set(listed) == Set(ids))
            let others = try await world.read { try inbox.conversations(ofWhoeverIs: world.tomas, limit: 10, in: $0) }
            #expect(others.isEmpty)
        }
    }
}
