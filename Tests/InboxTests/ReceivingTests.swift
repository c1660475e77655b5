import Inbox
import Storage
import Testing

@Suite struct ReceivingTests {
    @Test func `a message, the duty to answer it and its event are one commit`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked("Where is my withdrawal?")
            #expect(turn.state == .open)
            #expect(turn.deadline == noon.adding(milliseconds: patience))
            #expect(try await world.thread(id).map(\.text) == ["Where is my withdrawal?"])
            #expect(try await world.events(id) == ["conversation.opened", "message.received"])
            #expect(try await world.conversation(id).awaiting == .company)
        }
    }

    @Test func `a unit of work that fails leaves neither message nor duty nor event`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            struct Mishap: Error {}
            await #expect(throws: Mishap.self) {
                try await world.write { [inbox = world.inbox, ines = world.ines] transaction in
                    _ = try inbox.receive("Hello", from: ines, in: id, key: nil, patience: patience, at: noon, in: transaction)
                    throw Mishap()
                }
            }
            let left = (try await world.thread(id), try await world.turns(id), try await world.events(id))
            #expect(left.0.isEmpty && left.1.isEmpty)
            #expect(left.2 == ["conversation.opened"])
        }
    }

    @Test func `a burst gets one reply`() async throws {
        try await withQuayside { world in
            let (id, first) = try await world.asked("Hello")
            let second = try #require(try await world.ask("my withdrawal", in: id, at: noon.adding(milliseconds: 1_000)).turn)
            let third = try #require(try await world.ask("is missing", in: id, at: noon.adding(milliseconds: 2_000)).turn)
            #expect(try await world.turns(id).map(\.state) == [.superseded, .superseded, .open])
            #expect(try await world.reply(first) == .refused(.superseded))
            #expect(try await world.reply(world.turn(second)) == .refused(.superseded))
            guard case .stored = try await world.reply(world.turn(third)) else { throw Unexpected() }
            #expect(try await world.thread(id).filter { $0.author == .assistant }.count == 1)
            #expect(try await world.events(id).filter { $0 == "turn.superseded" }.count == 2)
        }
    }

    @Test func `a burst cannot put off its deadline for ever`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked("Hello")
            var turn: TurnID?
            for second in 1...200 {
                turn = try await world.ask("\(second)", in: id, at: noon.adding(milliseconds: Int64(second) * 1_000)).turn
            }
            #expect(try await world.turn(#require(turn)).deadline == noon.adding(milliseconds: 2 * patience))
        }
    }

    @Test func `a burst within its patience moves the deadline`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked("Hello")
            let later = noon.adding(milliseconds: 5_000)
            let turn = try #require(try await world.ask("again", in: id, at: later).turn)
            #expect(try await world.turn(turn).deadline == later.adding(milliseconds: patience))
        }
    }

    @Test func `the same key stores one message and answers alike`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            let received = try await withThrowingTaskGroup(of: Received.self) { group in
                for _ in 0..<50 { group.addTask { try await world.ask("Hello", in: id, key: "k") } }
                return try await group.reduce(into: Set<Received>()) { $0.insert($1) }
            }
            #expect(received.count == 1)
            #expect(try await world.thread(id).count == 1)
            #expect(try await world.turns(id).count == 1)
        }
    }

    @Test func `the same key is known after the store was opened again`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            let first = try await world.ask("Hello", in: id, key: "k")
            await world.store.close()
            let store = try Store(folder: world.folder, migrations: Inbox.migrations)
            let again = try await store.write { [inbox = world.inbox, ines = world.ines] in
                try inbox.receive(
                    "Hello", from: ines, in: id, key: "k", patience: patience, at: noon.adding(milliseconds: 23 * 60 * minute), in: $0)
            }
            #expect(again.isReplay)
            #expect(again.value == first)
            await store.close()
        }
    }

    @Test func `the same key for another text is refused and another key is not`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.ask("Hello", in: id, key: "k")
            await #expect(throws: StorageError.keyReused(key: "k")) { try await world.ask("Bye", in: id, key: "k") }
            try await world.ask("Bye", in: id, key: "k2")
            let texts = try await world.thread(id).map(\.text)
            #expect(texts == ["Hello", "Bye"])
        }
    }

    @Test func `a customer who waits in the queue is stored, unread, and told so once in ten minutes`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.handOver(id)
            var notices: [Bool] = []
            for minutes in [1, 2, 10, 11, 12] as [Int64] {
                let received = try await world.ask(
                    "Hello?", in: id, notice: "You are still in line.", at: noon.adding(milliseconds: minutes * minute))
                #expect(received.turn == nil)
                notices.append(received.notice != nil)
            }
            #expect(notices == [true, false, false, true, false])
            #expect(try await world.turns(id).isEmpty)
            let row = try await world.read { try world.inbox.rows(of: .needsPerson, for: mara, in: $0).first }
            #expect(row?.unread == 5)
        }
    }

    @Test func `a customer with a person gets no notice and no turn`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: mara)
            let received = try await world.ask("Hello?", in: id, notice: "You are still in line.")
            #expect(received.turn == nil)
            #expect(received.notice == nil)
        }
    }

    @Test func `a closed conversation opens again with the assistant`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            try await world.claim(id, by: mara)
            let closed = try await world.resolve(id, by: .teammate(mara))
            let received = try await world.ask("One more thing", in: id)
            let now = try await world.conversation(id)
            #expect(received.reopened)
            #expect(received.turn != nil)
            #expect(now.owner == .assistant)
            #expect(now.state == .open)
            #expect(now.epoch == closed.epoch + 1)
            #expect(try await world.handoffs(id).map(\.state) == [.resolved])
            #expect(try await world.events(id).suffix(2) == ["conversation.reopened", "message.received"])
        }
    }

    @Test func `an open conversation is not opened again`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let received = try await world.ask("More", in: id)
            #expect(!received.reopened)
            #expect(try await world.conversation(id).epoch == turn.epoch)
        }
    }

    @Test func `another customer's conversation is not found`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            await #expect(throws: InboxError.notFound(.conversation)) {
                try await world.write { [inbox = world.inbox, tomas = world.tomas] in
                    _ = try inbox.receive("Hello", from: tomas, in: id, key: nil, patience: patience, at: noon, in: $0)
                }
            }
            await #expect(throws: InboxError.notFound(.conversation)) {
                try await world.read { [inbox = world.inbox, tomas = world.tomas] in _ = try inbox.conversation(id, of: tomas, in: $0) }
            }
        }
    }
}

/// Something else happened than the test says.
struct Unexpected: Error {}
