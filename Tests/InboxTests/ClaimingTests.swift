import Inbox
import Storage
import Testing

@Suite struct ClaimingTests {
    @Test func `of two teammates who claim at once one wins and the other learns who`() async throws {
        try await withQuayside { world in
            for round in 0..<200 {
                let (id, _) = try await world.asked()
                if round % 2 == 0 { try await world.handOver(id) }
                let epoch = try await world.conversation(id).epoch
                async let one = world.claim(id, by: mara, expecting: epoch)
                async let two = world.claim(id, by: jonas, expecting: epoch)
                let now: (ClaimOutcome, ClaimOutcome, Conversation) = (try await one, try await two, try await world.conversation(id))
                switch (now.0, now.1) {
                case (.claimed, .taken(by: mara)): #expect(now.2.owner == .teammate(mara))
                case (.taken(by: jonas), .claimed): #expect(now.2.owner == .teammate(jonas))
                default: Issue.record("\(now.0) and \(now.1)")
                }
                #expect(now.2.epoch == epoch + 1)
            }
        }
    }

    @Test func `the assistant never speaks after a claim`() async throws {
        try await withQuayside { world in
            // A thousand conversations, in each of which a reply and a takeover (by claim or by answering) meet.
            let races = try await withThrowingTaskGroup(of: (ConversationID, ReplyOutcome, Int).self) { group in
                for number in 0..<1_000 {
                    let (id, turn) = try await world.asked()
                    group.addTask {
                        if number % 2 == 0 {
                            async let reply = world.reply(turn)
                            async let sequence = Self.takeOver(world, id, byAnswering: number % 3 == 0)
                            return (id, try await reply, try await sequence)
                        }
                        async let sequence = Self.takeOver(world, id, byAnswering: number % 3 == 0)
                        async let reply = world.reply(turn)
                        return (id, try await reply, try await sequence)
                    }
                }
                return try await group.reduce(into: [(ConversationID, ReplyOutcome, Int)]()) { $0.append($1) }
            }
            #expect(races.count == 1_000)
            var replies = 0
            for (id, outcome, taken) in races {
                let thread = try await world.thread(id)
                #expect(!thread.contains { $0.author == .assistant && $0.sequence > taken })
                #expect(thread.map(\.sequence) == Array(1...thread.count))
                switch outcome {
                case .stored(let message):
                    replies += 1
                    #expect(message.sequence <= taken)
                case .refused(let why):
                    #expect(why == .personOwns(mara))
                    #expect(!thread.contains { $0.author == .assistant })
                }
            }
            print("takeover races: \(races.count), reply first \(replies), takeover first \(races.count - replies)")
        }
    }

    /// - Returns: the seq before which the assistant may have spoken.
    private static func takeOver(_ world: Quayside, _ id: ConversationID, byAnswering: Bool) async throws -> Int {
        if byAnswering {
            guard case .sent(let message, tookOver: true) = try await world.answer("I am here", in: id, by: mara) else {
                throw Unexpected()
            }
            return message.sequence - 1
        }
        guard case .claimed(let conversation) = try await world.claim(id, by: mara) else { throw Unexpected() }
        return conversation.lastSequence
    }

    @Test func `a claim ends the assistant's duty and tells from whom`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            guard case .claimed(let now) = try await world.claim(id, by: mara) else { throw Unexpected() }
            #expect(now.owner == .teammate(mara))
            #expect(now.epoch == 2)
            #expect(try await world.turn(turn.id).state == .taken)
            #expect(try await world.events(id).suffix(2) == ["turn.taken", "conversation.claimed"])
        }
    }

    @Test func `who claims what is theirs changes nothing`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: mara)
            let before = try await world.events(id)
            guard case .claimed(let now) = try await world.claim(id, by: mara) else { throw Unexpected() }
            #expect(now.epoch == 2)
            #expect(try await world.events(id) == before)
        }
    }

    @Test func `a colleague's conversation is taken only on purpose`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.claim(id, by: mara)
            #expect(try await world.claim(id, by: jonas) == .taken(by: mara))
            guard case .claimed(let now) = try await world.claim(id, by: jonas, fromColleague: true) else { throw Unexpected() }
            #expect(now.owner == .teammate(jonas))
            #expect(now.epoch == 3)
        }
    }

    @Test func `who looked at an older state is told to look again`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            guard case .changed(let now) = try await world.claim(id, by: mara, expecting: 1) else { throw Unexpected() }
            #expect(now.owner == .queue)
            guard case .claimed = try await world.claim(id, by: mara, expecting: now.epoch) else { throw Unexpected() }
        }
    }

    @Test func `the handoff is in the hands of whoever claims and not before`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.handOver(id, to: .init(team: payments))
            #expect(try await world.conversation(id).owner == .queue)
            #expect(try await world.handoffs(id).map(\.state) == [.waiting])
            try await world.claim(id, by: edda)
            let handoff = try #require(try await world.handoffs(id).first)
            #expect(handoff.state == .claimed)
            #expect(handoff.claimedBy == edda)
            #expect(handoff.assigned == jonas)
        }
    }
}
