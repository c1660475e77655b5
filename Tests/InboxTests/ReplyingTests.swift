import Inbox
import Storage
import Testing

@Suite struct ReplyingTests {
    @Test func `the assistant answers while the conversation is its own`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let outcome = try await world.write { [inbox = world.inbox] in
                try inbox.reply(to: turn, text: "Within two hours.", citations: #"[{"passage":"fees::2"}]"#, at: noon, in: $0)
            }
            guard case .stored(let message) = outcome else { throw Unexpected() }
            #expect(message.sequence == 2)
            #expect(message.turn == turn.id)
            #expect(try await world.thread(id).last == message)
            #expect(try await world.turn(turn.id).state == .answered)
            #expect(try await world.conversation(id).awaiting == .customer)
            #expect(try await world.events(id).last == "message.sent")
        }
    }

    @Test func `a turn is answered once`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let outcomes = try await withThrowingTaskGroup(of: ReplyOutcome.self) { group in
                for _ in 0..<50 { group.addTask { try await world.reply(turn) } }
                return try await group.reduce(into: [ReplyOutcome]()) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == .refused(.answered) }.count == 49)
            #expect(try await world.thread(id).count == 2)
        }
    }

    @Test func `after a takeover the draft is kept for the teammate and never sent`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.claim(id, by: mara)
            #expect(try await world.reply(turn, "A late answer") == .refused(.personOwns(mara)))
            let kept = try await world.write { [inbox = world.inbox] in
                try inbox.keepSuggestion("A late answer", for: turn.id, details: #"{"why":"takeover"}"#, at: noon, in: $0)
            }
            #expect(kept?.kind == .suggestion)
            #expect(try await world.thread(id).map(\.text) == ["Where is my withdrawal?"])
            #expect(try await world.whole(id).last?.text == "A late answer")
        }
    }

    @Test func `a turn has one suggestion`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            for _ in 0..<2 {
                try await world.write { [inbox = world.inbox] in
                    _ = try inbox.keepSuggestion("Draft", for: turn.id, at: noon, in: $0)
                }
            }
            #expect(try await world.whole(id).filter { $0.kind == .suggestion }.count == 1)
        }
    }

    @Test func `a reply from before a takeover is refused though the assistant has the conversation again`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.claim(id, by: mara)
            try await world.handBack(id, by: mara)
            #expect(try await world.reply(turn) == .refused(.epochPassed(turn: 1, conversation: 3)))
            #expect(try await world.thread(id).filter { $0.author == .assistant }.isEmpty)
        }
    }

    @Test func `a reply to a queued or closed conversation is refused`() async throws {
        try await withQuayside { world in
            let (queued, first) = try await world.asked()
            try await world.handOver(queued)
            #expect(try await world.reply(first) == .refused(.queued))
            let (closed, second) = try await world.asked()
            try await world.resolve(closed, by: .teammate(mara))
            #expect(try await world.reply(second) == .refused(.resolved))
        }
    }

    @Test func `notes and suggestions never leave`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.note("He is a VIP", in: id, by: mara)
            try await world.write { [inbox = world.inbox] in _ = try inbox.keepSuggestion("Draft", for: turn.id, at: noon, in: $0) }
            try await world.handOver(id)
            let whole = try await world.whole(id)
            #expect(whole.map(\.kind) == [.text, .note, .suggestion, .announcement])
            #expect(try await world.thread(id).map(\.kind) == [.text, .announcement])
            #expect(try await world.thread(id).allSatisfy { $0.kind.isPublic })
            #expect(whole.map(\.sequence) == [1, 2, 3, 4])
            let bodies = try await world.store.events.after(0, in: quayside, limit: 1000).map(\.body).joined()
            for text in ["VIP", "Draft", "withdrawal"] { #expect(!bodies.contains(text)) }
        }
    }

    @Test func `a thread is its newest part, or what follows what was seen, without leaving anything out`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            for number in 1...10 { try await world.ask("\(number)", in: id) }
            let newest = try await world.read { try world.inbox.thread(of: id, limit: 3, in: $0).map(\.text) }
            let unseen = try await world.read { try world.inbox.thread(of: id, after: 8, in: $0).map(\.text) }
            #expect(newest == ["8", "9", "10"])
            #expect(unseen == ["9", "10"])
            // Who reads on in small steps sees everything once.
            var (seen, read): (Int, [String]) = (2, [])
            while case let next = try await world.read({ [seen] in try world.inbox.thread(of: id, after: seen, limit: 3, in: $0) }),
                let last = next.last
            {
                let whole = try await world.read { [seen] in try world.inbox.wholeThread(of: id, after: seen, limit: 3, in: $0) }
                #expect(whole == next)
                read += next.map(\.text)
                seen = last.sequence
            }
            #expect(read == (3...10).map(String.init))
        }
    }

    @Test func `citations and details must be JSON of bearable size`() async throws {
        try await withQuayside { world in
            let (_, turn) = try await world.asked()
            for (citations, error) in [
                ("not json", InboxError.notJSON(field: "citations")),
                ("[" + String(repeating: " ", count: 70_000) + "]", .tooLong(field: "citations", limit: 65_536)),
            ] {
                await #expect(throws: error) {
                    try await world.write { [inbox = world.inbox] in
                        _ = try inbox.reply(to: turn, text: "Hi", citations: citations, at: noon, in: $0)
                    }
                }
            }
            let state = try await world.turn(turn.id).state
            #expect(state == .open)
        }
    }
}
