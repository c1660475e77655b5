import Inbox
import Storage
import Testing

@Suite struct StormTests {
    /// Small and the same everywhere, so that a seed tells the whole story of what was tried (who comes first is the machine's choice).
    private struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `whatever people and workers do at once, nobody is forgotten and one speaks at a time`(seed: UInt64) async throws {
        try await withQuayside { world in
            var ids: [ConversationID] = []
            for _ in 0..<6 { ids.append(try await world.open()) }
            let conversations = ids
            let acknowledged = try await withThrowingTaskGroup(of: [MessageID].self) { group in
                for person in 0..<12 {
                    group.addTask {
                        var dice = Dice(state: seed &* 1_000 &+ UInt64(person))
                        var acknowledged: [MessageID] = []
                        for step in 0..<60 {
                            let id = conversations[dice.roll(conversations.count)]
                            if let message = try await Self.act(dice.roll(12), person, step, in: id, world) { acknowledged.append(message) }
                        }
                        return acknowledged
                    }
                }
                return try await group.reduce(into: [MessageID]()) { $0 += $1 }
            }
            var stored: [MessageID] = []
            for id in conversations { stored += try await Self.check(id, in: world) }
            #expect(Set(acknowledged) == Set(stored))
            #expect(acknowledged.count == stored.count)
            #expect(!acknowledged.isEmpty)
        }
    }

    /// - Returns: the customer's message that was acknowledged, where the action was one.
    private static func act(_ action: Int, _ person: Int, _ step: Int, in id: ConversationID, _ world: Quayside) async throws -> MessageID?
    {
        let teammate = [mara, jonas, edda][person % 3]
        switch action {
        case 0, 1, 2:
            let key = "\(person)-\(step)"
            let first = try await world.ask(key, in: id, key: key, notice: "Still waiting")
            let again = try await world.ask(key, in: id, key: key, notice: "Still waiting")
            #expect(first == again)
            return first.message
        case 3, 4, 5:
            let open = try await world.turns(id).filter { $0.state == .open }
            for turn in open { try await world.reply(turn, "answer \(person)-\(step)") }
        case 6: try await world.handOver(id)
        case 7: try await world.claim(id, by: teammate)
        case 8: try await world.answer("person \(person)-\(step)", in: id, by: teammate)
        case 9: try await world.handBack(id, by: teammate)
        case 10: try await world.note("note", in: id, by: teammate)
        default:
            let conversation = try await world.conversation(id)
            if conversation.owner == .teammate(teammate) { try await world.resolve(id, by: .teammate(teammate)) }
        }
        return nil
    }

    /// What must hold of a conversation at any time, read from its rows and its events.
    /// - Returns: the customer's messages.
    private static func check(_ id: ConversationID, in world: Quayside) async throws -> [MessageID] {
        let whole = try await world.store.read { snapshot in
            try snapshot.rows(
                "SELECT id, seq, author, kind, turn FROM message WHERE workspace = $1 AND conversation = $2 ORDER BY seq", quayside, id)
        }
        let sequences = try whole.map { try $0[1] as Int }
        #expect(sequences == Array(1...max(1, sequences.count)).prefix(sequences.count).map { $0 })
        let answered = try whole.filter { try $0[2] as String == "assistant" && $0[3] as String == "text" }.map { try $0[4] as TurnID }
        #expect(Set(answered).count == answered.count, "a turn has one reply")

        let now = try await world.conversation(id)
        let turns = try await world.turns(id)
        #expect(turns.filter { $0.state == .answered }.map(\.id).sorted() == answered.sorted())
        #expect(turns.filter { $0.state == .open }.count <= 1)
        for turn in turns where turn.state == .open {
            #expect(turn.epoch == now.epoch)
            #expect(now.owner == .assistant)
        }
        // Whose move it is, is ours only where somebody has the duty: an open turn, the queue or a person.
        if now.awaiting == .company, now.owner == .assistant { #expect(turns.contains { $0.state == .open }) }
        let handoffs = try await world.handoffs(id)
        #expect(handoffs.filter { $0.closedAt == nil }.count == (now.owner == .queue ? 1 : handoffs.filter { $0.state == .claimed }.count))
        let announcements = try whole.filter { try $0[3] as String == "announcement" }.count
        #expect(announcements == handoffs.count)
        try await oneSpeaks(id, in: world)
        return try whole.filter { try $0[2] as String == "customer" }.map { try $0[0] }
    }

    /// Walks the events in order: the assistant is only ever heard while it owns the conversation, and each epoch has one owner.
    private static func oneSpeaks(_ id: ConversationID, in world: Quayside) async throws {
        var assistantOwns = true
        var epoch = 1
        var cursor: Int64 = 0
        while case let page = try await world.store.events.after(cursor, in: quayside, limit: 1000), let last = page.last {
            cursor = last.sequence
            for event in page where event.subject == id.text {
                let body = try StoredJSON.decode([String: String].self, from: event.body)
                switch event.kind {
                case "conversation.handed_over", "conversation.claimed": assistantOwns = false
                case "conversation.handed_back", "conversation.resolved": assistantOwns = true
                case "conversation.reopened": break
                case "message.sent" where body["author"] == "assistant": #expect(assistantOwns)
                default: continue
                }
                guard event.kind != "message.sent", let text = body["epoch"], let told = Int(text) else { continue }
                #expect(told == epoch + 1 || (event.kind == "conversation.claimed" && told == epoch))
                epoch = told
            }
        }
    }
}
