import Inbox
import Storage
import Testing

@Suite struct TeammateReplyingTests {
    @Test func `who answers takes over in the same transaction`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            guard case .sent(let message, tookOver: true) = try await world.answer("I look into it", in: id, by: mara) else {
                throw Unexpected()
            }
            #expect(message.author == .teammate(mara))
            #expect(try await world.conversation(id).owner == .teammate(mara))
            #expect(try await world.reply(turn) == .refused(.personOwns(mara)))
            #expect(try await world.ask("Thanks", in: id).turn == nil)
        }
    }

    @Test func `who answers in their own conversation takes nothing over`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: mara)
            guard case .sent(_, tookOver: false) = try await world.answer("Hello", in: id, by: mara) else { throw Unexpected() }
            #expect(try await world.conversation(id).epoch == 2)
        }
    }

    @Test func `of two who answer at once one is sent`() async throws {
        try await withQuayside { world in
            for _ in 0..<100 {
                let (id, _) = try await world.asked()
                async let one = world.answer("Mara here", in: id, by: mara)
                async let two = world.answer("Jonas here", in: id, by: jonas)
                let outcomes = [try await one, try await two]
                let sent = outcomes.filter { if case .sent = $0 { true } else { false } }
                #expect(sent.count == 1)
                #expect(outcomes.contains(.taken(by: mara)) || outcomes.contains(.taken(by: jonas)))
                #expect(try await world.thread(id).count == 2)
            }
        }
    }

    @Test func `an answer to an outdated thread is not sent and what was missed comes back`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.reply(turn, "Two hours")
            try await world.note("Check his limits", in: id, by: jonas)
            try await world.note("My own note", in: id, by: mara)
            guard case .outdated(let missed) = try await world.answer("Two days", in: id, by: mara, lastSeen: 1, key: "k") else {
                throw Unexpected()
            }
            #expect(missed.map(\.text) == ["Two hours", "Check his limits"])
            #expect(try await world.conversation(id).owner == .assistant)
            #expect(try await world.thread(id).count == 2)
            guard case .sent = try await world.answer("Two days", in: id, by: mara, lastSeen: 3, key: "k") else { throw Unexpected() }
        }
    }

    @Test func `announcements, suggestions and own words do not make a thread outdated`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.handOver(id)
            try await world.write { [inbox = world.inbox] in _ = try inbox.keepSuggestion("Draft", for: turn.id, at: noon, in: $0) }
            guard case .sent = try await world.answer("Hello", in: id, by: mara, lastSeen: 1) else { throw Unexpected() }
            guard case .sent = try await world.answer("Again", in: id, by: mara, lastSeen: 1) else { throw Unexpected() }
        }
    }

    @Test func `the same key sends once and a key that sent nothing may send later`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: jonas)
            #expect(try await world.answer("Hello", in: id, by: mara, key: "k") == .taken(by: jonas))
            try await world.handBack(id, by: jonas)
            let first = try await world.answer("Hello", in: id, by: mara, key: "k")
            let second = try await world.answer("Hello", in: id, by: mara, key: "k")
            #expect(first == second)
            #expect(try await world.thread(id).count == 1)
            await #expect(throws: StorageError.keyReused(key: "k")) { try await world.answer("Bye", in: id, by: mara, key: "k") }
        }
    }

    @Test func `a colleague's conversation is answered only on purpose`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: jonas)
            #expect(try await world.answer("Hello", in: id, by: mara) == .taken(by: jonas))
            guard case .sent(_, tookOver: true) = try await world.answer("Hello", in: id, by: mara, fromColleague: true) else {
                throw Unexpected()
            }
            #expect(try await world.conversation(id).owner == .teammate(mara))
        }
    }

    @Test func `a teammate who was shut out can do nothing and loses nothing`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.ask("Hello", in: id)
            try await world.claim(id, by: mara)
            let back = try await world.write { [inbox = world.inbox] in try inbox.setSuspended(mara, true, at: noon, in: $0) }
            #expect(back == [id])
            let now = try await world.conversation(id)
            #expect(now.owner == .queue)
            #expect(try await world.handoffs(id).map(\.reason) == ["teammateSuspended"])
            #expect(try await world.notices() == 1)
            await #expect(throws: InboxError.notFound(.teammate)) { try await world.answer("Hello", in: id, by: mara) }
            await #expect(throws: InboxError.notFound(.teammate)) { try await world.claim(id, by: mara) }
            await #expect(throws: InboxError.notFound(.teammate)) { try await world.note("Hello", in: id, by: mara) }
            try await world.write { [inbox = world.inbox] in _ = try inbox.setSuspended(mara, false, at: noon, in: $0) }
            guard case .claimed = try await world.claim(id, by: mara) else { throw Unexpected() }
        }
    }

    @Test func `a note changes no owner and tells no customer`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let note = try await world.note("Known customer", in: id, by: mara)
            #expect(note.kind == .note)
            #expect(try await world.conversation(id).owner == .assistant)
            #expect(try await world.conversation(id).awaiting == .company)
            #expect(try await world.thread(id).count == 1)
            #expect(try await world.events(id).last == "note.added")
            guard case .stored = try await world.reply(turn) else { throw Unexpected() }
        }
    }

    @Test func `what was read is no longer unread and reading back changes nothing`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.ask("Hello?", in: id)
            func unread(_ teammate: TeammateID) async throws -> Int? {
                try await world.read { try world.inbox.rows(of: .assistant, for: teammate, in: $0).first?.unread }
            }
            func seen(_ sequence: Int) async throws {
                try await world.write { [inbox = world.inbox] in try inbox.seen(id, by: mara, upTo: sequence, at: noon, in: $0) }
            }
            #expect(try await unread(mara) == 2)
            try await seen(1)
            #expect(try await unread(mara) == 1)
            try await seen(.max)
            try await seen(0)
            #expect(try await unread(mara) == 0)
            #expect(try await unread(jonas) == 2)
            #expect(try await world.events(id).filter { $0 == "conversation.seen" }.count == 2)
        }
    }
}
