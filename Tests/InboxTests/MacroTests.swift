import Inbox
import Storage
import Testing

@Suite struct MacroTests {
    private func save(_ draft: MacroDraft, as id: MacroID? = nil, _ world: Quayside) async throws -> Macro {
        try await world.write { [inbox = world.inbox] in try inbox.save(draft, as: id, by: mara, at: noon, in: $0) }
    }

    private func use(
        _ macro: Macro, in id: ConversationID, by teammate: TeammateID = mara, text: String? = nil, lastSeen: Int? = nil,
        key: String? = nil,
        _ world: Quayside
    ) async throws -> Once<MacroOutcome> {
        try await world.write { [inbox = world.inbox] in
            try inbox.use(
                macro, in: id, by: teammate, company: "Quayside", text: text, lastSeen: lastSeen, key: key, at: noon, in: $0)
        }
    }

    @Test func `the words are filled in once, and a name that is not known leaves no gap`() async throws {
        try await withQuayside { world in
            let macro = try await save(
                MacroDraft(name: "Hello", text: "Hello {{customer}}, {{ teammate }} of {{company}} here. {not} {{{company}}} }}"), world)
            let (id, _) = try await world.asked()
            func filled() async throws -> String? {
                try await world.read { try world.inbox.filled(macro, for: id, by: mara, company: "Quayside", in: $0) }
            }
            #expect(try await filled() == "Hello Ines, Mara of Quayside here. {not} {Quayside} }}")
            _ = try await world.write { [inbox = world.inbox] in
                try inbox.identify(world.ines, name: "{{teammate}}", email: nil, at: noon, in: $0)
            }
            #expect(try await filled()?.hasPrefix("Hello {{teammate}}, Mara") == true)
            let nameless = try await world.write { [inbox = world.inbox] transaction in
                let customer = try inbox.newCustomer(at: noon, in: transaction)
                let conversation = try inbox.open(for: customer.id, assistant: "Pilot", at: noon, in: transaction)
                return try inbox.filled(macro, for: conversation.id, by: mara, company: "Quayside", in: transaction)
            }
            #expect(nameless?.hasPrefix("Hello, Mara of") == true)
        }
    }

    @Test func `words, tags and what comes then are one thing, and the same key does it once`() async throws {
        try await withQuayside { world in
            let macro = try await save(MacroDraft(name: "Solved", text: "Glad it works.", tags: ["solved"], then: .resolve), world)
            let (id, _) = try await world.asked()
            try await world.handOver(id)
            let first = try await use(macro, in: id, key: "k", world)
            guard case .done(let message?, let closed) = first.value else {
                Issue.record("\(first)")
                return
            }
            #expect(closed.state == .resolved && closed.tags == ["solved"] && !first.isReplay)
            #expect(message.text == "Glad it works." && message.author == .teammate(mara))
            try await world.ask("One more thing", in: id)
            let again = try await use(macro, in: id, key: "k", world)
            guard case .done(let same?, let open) = again.value else {
                Issue.record("\(again)")
                return
            }
            #expect(again.isReplay && same == message && open.state == .open && open.owner == .assistant)
            #expect(try await world.thread(id).filter { $0.text == "Glad it works." }.count == 1)
        }
    }

    @Test func `it puts aside, passes on, or says nothing, and changed words are said as they were changed`() async throws {
        try await withQuayside { world in
            let aside = try await save(MacroDraft(name: "Ask", text: "Which amount?", then: .snooze(minutes: 60)), world)
            let pass = try await save(MacroDraft(name: "Payments", text: nil, tags: ["pay"], then: .assign(payments)), world)
            let (id, _) = try await world.asked()
            _ = try await use(aside, in: id, text: "Which amount, please?", world)
            let now = try await world.conversation(id)
            #expect(now.owner == .teammate(mara) && now.snoozedUntil == noon.adding(milliseconds: 60 * minute))
            #expect(try await world.thread(id).last?.text == "Which amount, please?")
            let outcome = try await use(pass, in: id, world)
            guard case .done(nil, let passed) = outcome.value else {
                Issue.record("\(outcome)")
                return
            }
            #expect(passed.owner == .queue && passed.team == payments && passed.tags == ["pay"] && passed.snoozedUntil == nil)
        }
    }

    @Test func `where a colleague has it or others wrote since, nothing at all is done`() async throws {
        try await withQuayside { world in
            let macro = try await save(MacroDraft(name: "Solved", text: "Done.", tags: ["solved"], then: .resolve), world)
            let silent = try await save(MacroDraft(name: "Close", text: nil, then: .resolve), world)
            let (id, _) = try await world.asked()
            guard case .outdated(let missed) = try await use(macro, in: id, lastSeen: 0, key: "k", world).value else {
                Issue.record("sent")
                return
            }
            #expect(missed.map(\.sequence) == [1])
            #expect(try await world.conversation(id).owner == .assistant)
            try await world.claim(id, by: jonas)
            for macro in [macro, silent] {
                #expect(try await use(macro, in: id, key: macro.name, world).value == .taken(by: jonas))
            }
            let now = try await world.conversation(id)
            #expect(now.state == .open && now.tags.isEmpty && now.lastSequence == 1)
            // The key was not spent.
            guard case .done = try await use(macro, in: id, by: jonas, key: "k", world).value else {
                Issue.record("refused")
                return
            }
        }
    }

    @Test func `when the last of it fails nothing of it stays`() async throws {
        try await withQuayside { world in
            let macro = try await save(MacroDraft(name: "Tag", text: "Hello.", tags: ["one more"]), world)
            let (id, _) = try await world.asked()
            try await world.write { [inbox = world.inbox] in try inbox.setTags((0..<20).map { "t\($0)" }, of: id, at: noon, in: $0) }
            await #expect(throws: InboxError.tooMany(field: "tags", limit: 20)) { _ = try await use(macro, in: id, world) }
            #expect(try await world.thread(id).count == 1)
            #expect(try await world.conversation(id).owner == .assistant)
        }
    }

    @Test func `a ready reply is made, changed and removed, and one that makes no sense is not`() async throws {
        try await withQuayside { world in
            let first = try await save(MacroDraft(name: " Hello ", text: "Hi."), world)
            #expect(first.name == "Hello")
            let changed = try await save(MacroDraft(name: "Hello", text: "Hi {{customer}}.", tags: ["b", "a", "a"]), as: first.id, world)
            #expect(changed.tags == ["a", "b"] && changed.id == first.id)
            let wrong: [(MacroDraft, InboxError)] = [
                (MacroDraft(name: "Hello", text: "x"), .nameTaken("Hello")), (MacroDraft(name: "", text: "x"), .empty(field: "name")),
                (MacroDraft(name: "Nothing", text: nil), .emptyMacro), (MacroDraft(name: "Blank", text: " "), .empty(field: "message")),
                (MacroDraft(name: "Odd", text: "{{amount}}"), .unknownPlaceholder("amount")),
                (MacroDraft(name: "Team", text: "x", then: .assign(TeamID("nobody"))), .notFound(.team)),
            ]
            for (draft, error) in wrong { await #expect(throws: error) { _ = try await save(draft, world) } }
            await #expect(throws: InboxError.notFound(.macro)) {
                _ = try await save(MacroDraft(name: "Other", text: "x"), as: MacroID("nothing"), world)
            }
            try await world.write { [inbox = world.inbox] in try inbox.removeMacro(first.id, by: mara, at: noon, in: $0) }
            let left = try await world.read { try world.inbox.macros(in: $0) }
            #expect(left.isEmpty)
            // The name is free again.
            _ = try await save(MacroDraft(name: "Hello", text: "x"), world)
            let theirs = try await world.read { try Inbox(of: harbour).macros(in: $0) }
            #expect(theirs.isEmpty)
        }
    }

    @Test func `what a file begins with comes once, and what the team made of it stays`() async throws {
        try await withQuayside { world in
            func begin() async throws {
                try await world.write { [inbox = world.inbox] transaction in
                    try inbox.begin(with: MacroDraft(name: "Hello", text: "Hi."), as: MacroID("hello"), at: noon, in: transaction)
                    try inbox.begin(with: MacroDraft(name: "Bye", text: "Bye."), as: MacroID("bye"), at: noon, in: transaction)
                }
            }
            try await begin()
            _ = try await save(MacroDraft(name: "Hello", text: "Good day."), as: MacroID("hello"), world)
            try await world.write { [inbox = world.inbox] in try inbox.removeMacro(MacroID("bye"), by: mara, at: noon, in: $0) }
            try await begin()
            let all = try await world.read { try world.inbox.macros(in: $0) }
            #expect(all.map(\.text) == ["Good day."])
        }
    }
}
