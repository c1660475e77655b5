import Inbox
import Storage
import Testing

@Suite struct MergingTests {
    private func merge(
        _ source: ConversationID, into target: ConversationID, by teammate: TeammateID = mara, fromColleague: Bool = false,
        _ world: Quayside
    ) async throws -> MergeOutcome {
        try await world.write { [inbox = world.inbox] in
            try inbox.merge(source, into: target, by: teammate, fromColleague: fromColleague, at: noon, in: $0)
        }
    }

    private func unmerge(_ id: ConversationID, by teammate: TeammateID = mara, _ world: Quayside) async throws -> UnmergeOutcome {
        try await world.write { [inbox = world.inbox] in
            try inbox.unmerge(id, by: teammate, patience: patience, at: noon, in: $0)
        }
    }

    private func parts(_ id: ConversationID, _ world: Quayside) async throws -> [ConversationID] {
        try await world.read { try world.inbox.mergedInto(id, in: $0).map(\.id) }
    }

    /// A conversation of Tomas with a question.
    private func ofTomas(_ world: Quayside) async throws -> ConversationID {
        try await world.write { [inbox = world.inbox] transaction in
            let id = try inbox.open(for: world.tomas, assistant: "Pilot", at: noon, in: transaction).id
            _ = try inbox.receive("Mine", from: world.tomas, in: id, key: nil, patience: patience, at: noon, in: transaction)
            return id
        }
    }

    @Test func `two conversations of one customer become one: what was owed in the part is owed in the whole, no message moves`()
        async throws
    {
        try await withQuayside { world in
            let (part, turn) = try await world.asked("Where is it?", at: noon.adding(milliseconds: -minute))
            let (whole, _) = try await world.asked("It is withdrawal 17")
            try await world.claim(whole, by: mara)
            try await world.answer("Thanks", in: whole, by: mara)
            guard case .merged(let source, let target) = try await merge(part, into: whole, world) else {
                Issue.record("refused")
                return
            }
            #expect(source.state == .resolved && source.mergedInto == whole && source.awaiting == .customer)
            #expect(target.owner == .teammate(mara) && target.awaiting == .company)
            #expect(target.waitingSince == noon.adding(milliseconds: -minute))
            #expect(try await parts(whole, world) == [part])
            #expect(try await world.thread(part).map(\.text) == ["Where is it?"])
            #expect(try await world.thread(whole).count == 2)
            // The assistant's late answer is not for the part any more.
            guard case .refused = try await world.reply(turn) else {
                Issue.record("answered")
                return
            }
            #expect(try await world.events(whole).contains("conversation.merged"))
            // Once more is the same.
            let events = try await world.events(part)
            guard case .merged = try await merge(part, into: whole, world) else {
                Issue.record("not the same")
                return
            }
            #expect(try await world.events(part) == events)
        }
    }

    @Test func `taking a merge back gives the part what it had: handoff, owner, aside, closed, or the assistant with its duty`()
        async throws
    {
        try await withQuayside { world in
            let (whole, _) = try await world.asked()
            try await world.answer("Hello", in: whole, by: mara)
            func roundTrip(_ id: ConversationID) async throws -> (Conversation, Conversation, TurnID?) {
                let before = try await world.conversation(id)
                guard case .merged = try await merge(id, into: whole, world) else { throw StorageError.closed }
                guard case .unmerged(let after, let turn) = try await unmerge(id, world) else { throw StorageError.closed }
                #expect(after.owner == before.owner && after.state == before.state && after.awaiting == before.awaiting)
                #expect(after.waitingSince == before.waitingSince && after.snoozedUntil == before.snoozedUntil)
                #expect(after.mergedInto == nil && after.epoch == before.epoch + 2)
                #expect(try await world.conversation(whole).awaiting == .customer)
                return (before, after, turn)
            }
            let (queued, _) = try await world.asked()
            try await world.handOver(queued, to: .init(team: payments, priority: .urgent))
            _ = try await roundTrip(queued)
            let handoff = try #require(try await world.handoffs(queued).first)
            #expect(handoff.state == .waiting && handoff.closedAt == nil)
            let row = try await world.read { try world.inbox.rows(of: .needsPerson, for: mara, in: $0).first }
            #expect(row?.conversation == queued && row?.priority == .urgent)

            let (aside, _) = try await world.asked()
            _ = try await world.claim(aside, by: mara)
            _ = try await world.write { [inbox = world.inbox] in
                try inbox.snooze(aside, until: noon.adding(milliseconds: minute), by: mara, at: noon, in: $0)
            }
            _ = try await roundTrip(aside)
            let (closed, _) = try await world.asked()
            try await world.resolve(closed, by: .teammate(mara))
            _ = try await roundTrip(closed)
            let (live, _) = try await world.asked()
            let (_, after, turn) = try await roundTrip(live)
            let open = try await world.turns(live).filter { $0.state == .open }
            #expect(open.map(\.id) == [turn] && open.first?.epoch == after.epoch)
            #expect(try await parts(whole, world).isEmpty)
        }
    }

    @Test func `a customer who writes in a part opens it again, with whoever has the whole, and sees no other thread`() async throws {
        try await withQuayside { world in
            let (part, _) = try await world.asked("First")
            let (whole, _) = try await world.asked("Second")
            _ = try await merge(part, into: whole, world)
            let received = try await world.ask("Third", in: part)
            #expect(received.reopened && received.turn == nil)
            let now = try await world.conversation(part)
            #expect(now.state == .open && now.mergedInto == nil && now.owner == .teammate(mara) && now.awaiting == .company)
            #expect(try await world.thread(part).map(\.text) == ["First", "Third"])
            #expect(try await world.thread(whole).map(\.text) == ["Second"])
            guard case .notMerged = try await unmerge(part, world) else {
                Issue.record("taken back")
                return
            }
            // Where nobody has the whole any more, the assistant answers.
            _ = try await merge(part, into: whole, world)
            try await world.resolve(whole, by: .teammate(mara))
            let again = try await world.ask("Fourth", in: part)
            #expect(again.turn != nil)
            #expect(try await world.conversation(part).owner == .assistant)
        }
    }

    @Test func `two customers are one person only by the same address, and never one that is vouched for beside one that was typed`()
        async throws
    {
        try await withQuayside { world in
            let (ines, _) = try await world.asked()
            let tomas = try await ofTomas(world)
            #expect(try await merge(tomas, into: ines, world) == .refused(.twoCustomers))
            func identify(_ customer: CustomerID, _ email: String, isVerified: Bool = false) async throws {
                _ = try await world.write { [inbox = world.inbox] in
                    try inbox.identify(customer, name: nil, email: email, isVerified: isVerified, at: noon, in: $0)
                }
            }
            try await identify(world.tomas, "other@example.com")
            #expect(try await merge(tomas, into: ines, world) == .refused(.twoCustomers))
            try await identify(world.ines, "ines@example.com", isVerified: true)
            try await identify(world.tomas, "INES@example.com")
            #expect(try await merge(tomas, into: ines, world) == .refused(.twoCustomers))
            #expect(try await merge(ines, into: tomas, world) == .refused(.twoCustomers))
            try await identify(world.tomas, "INES@example.com", isVerified: true)
            guard case .merged = try await merge(tomas, into: ines, world) else {
                Issue.record("refused")
                return
            }
            // Neither sees a word of the other.
            #expect(try await world.thread(ines).map(\.text) == ["Where is my withdrawal?"])
            await #expect(throws: InboxError.notFound(.conversation)) {
                try await world.ask("Hello", in: tomas)
            }
            _ = try await world.write { [inbox = world.inbox] in
                try inbox.receive("Still me", from: world.tomas, in: tomas, key: nil, patience: patience, at: noon, in: $0)
            }
            #expect(try await world.thread(ines).count == 1)
            #expect(try await world.thread(tomas).map(\.text) == ["Mine", "Still me"])
        }
    }

    @Test func `a colleague's conversation, a part, what has parts, and itself are refused, and nothing is changed`() async throws {
        try await withQuayside { world in
            var made: [ConversationID] = []
            for _ in 0..<4 { made.append(try await world.asked().0) }
            let ids = made
            #expect(try await merge(ids[0], into: ids[0], world) == .refused(.same))
            try await world.claim(ids[0], by: jonas)
            #expect(try await merge(ids[0], into: ids[1], world) == .taken(by: jonas))
            #expect(try await merge(ids[1], into: ids[0], world) == .taken(by: jonas))
            #expect(try await world.conversation(ids[1]).owner == .assistant)
            guard case .merged = try await merge(ids[0], into: ids[1], fromColleague: true, world) else {
                Issue.record("refused")
                return
            }
            #expect(try await merge(ids[1], into: ids[2], world) == .refused(.alreadyMerged))
            #expect(try await merge(ids[2], into: ids[0], world) == .refused(.alreadyMerged))
            #expect(try await merge(ids[0], into: ids[2], world) == .refused(.alreadyMerged))
            #expect(try await unmerge(ids[0], by: jonas, world) == .taken(by: mara))
            guard case .notMerged = try await unmerge(ids[3], world) else {
                Issue.record("not merged")
                return
            }
            await #expect(throws: InboxError.self) {
                _ = try await world.write { try Inbox(of: harbour).merge(ids[2], into: ids[3], by: mara, at: noon, in: $0) }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `whatever is merged, taken back, said and done, no message is lost or doubled and every duty has somebody`(seed: UInt64)
        async throws
    {
        try await withQuayside { world in
            var dice = Dice(state: seed)
            var ids: [ConversationID] = []
            for _ in 0..<5 { ids.append(try await world.open()) }
            var said: [ConversationID: [String]] = [:]
            for step in 0..<250 {
                let (id, other) = (ids[dice.roll(ids.count)], ids[dice.roll(ids.count)])
                let teammate = [mara, jonas][dice.roll(2)]
                switch dice.roll(10) {
                case 0, 1, 2:
                    try await world.ask("\(step)", in: id, key: "k\(step)")
                    try await world.ask("\(step)", in: id, key: "k\(step)")
                    said[id, default: []].append("\(step)")
                case 3, 4: _ = try await merge(id, into: other, by: teammate, fromColleague: dice.roll(2) == 0, world)
                case 5: _ = try await unmerge(id, by: teammate, world)
                case 6:
                    for turn in try await world.turns(id).filter({ $0.state == .open }) { try await world.reply(turn, "answer \(step)") }
                case 7: try await world.handOver(id)
                case 8: try await world.answer("person \(step)", in: id, by: teammate)
                default:
                    if dice.roll(2) == 0 {
                        try await world.resolve(id, by: .teammate(teammate))
                    } else {
                        try await world.handBack(id, by: teammate)
                    }
                }
                try await check(ids, world)
            }
            for id in ids {
                #expect(try await world.thread(id).filter { $0.author == .customer }.map(\.text) == said[id] ?? [])
            }
            let gaps = try await world.read { try Inbox.gaps(in: $0) }
            #expect(gaps.isEmpty)
        }
    }

    private func check(_ ids: [ConversationID], _ world: Quayside) async throws {
        for id in ids {
            let now = try await world.conversation(id)
            let open = try await world.turns(id).filter { $0.state == .open }
            let handoffs = try await world.handoffs(id).filter { $0.closedAt == nil }
            if now.awaiting == .company { #expect(now.owner != .assistant || open.count == 1) }
            #expect(now.awaiting == .customer || now.waitingSince != nil)
            #expect(open.isEmpty || (now.owner == .assistant && open.first?.epoch == now.epoch))
            if now.owner == .queue { #expect(handoffs.count == 1 && handoffs.first?.state == .waiting) }
            if now.owner == .assistant { #expect(handoffs.isEmpty) }
            if let target = now.mergedInto {
                let whole = try await world.conversation(target)
                #expect(now.state == .resolved && now.awaiting == .customer && whole.mergedInto == nil)
            }
        }
    }

    private struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }
}
