import Inbox
import Storage
import Support
import Testing

@Suite struct SearchingTests {
    private func found(_ words: String, _ world: Quayside) async throws -> [SearchHit] {
        try await world.read { try world.inbox.search(words, for: mara, in: $0) }
    }

    @Test func `a word of any message finds its conversation, whatever the case and the accents, and shows where`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked("Where is my Überweisung from Málaga?")
            let (other, _) = try await world.asked("What does a trade cost?")
            for words in ["überweisung", "UBERWEISUNG", "malaga", "überw", "malaga überweisung", "where málaga"] {
                #expect(try await found(words, world).map(\.row.conversation) == [id], "\(words)")
            }
            #expect(try await found("trade", world).map(\.row.conversation) == [other])
            #expect(try await found("trade malaga", world).isEmpty)
            #expect(try await found("aga", world).isEmpty)
            let hit = try #require(try await found("malaga", world).first)
            #expect(hit.sequence == 1)
            #expect(hit.snippet.pieces.filter(\.isHit).map(\.text) == ["Málaga"])
            #expect(hit.snippet.pieces.map(\.text).joined() == hit.snippet.text)
        }
    }

    @Test func `a customer is found by name and address, also under a new name, and no longer under the old one`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked("Where is my withdrawal?")
            #expect(try await found("ines", world).map(\.row.conversation) == [id])
            #expect(try await found("ines@example.com", world).map(\.row.conversation) == [id])
            #expect(try await found("ines withdrawal", world).first?.sequence == 1)
            #expect(try await found("tomas", world).isEmpty)
            try await world.write { [inbox = world.inbox] in
                _ = try inbox.identify(world.ines, name: "Beatriz", email: nil, at: noon, in: $0)
            }
            #expect(try await found("beatriz withdrawal", world).map(\.row.conversation) == [id])
            // The address has not changed.
            #expect(try await found("ines withdrawal", world).map(\.row.conversation) == [id])
            try await world.write { [inbox = world.inbox] in
                _ = try inbox.identify(world.ines, name: nil, email: "b@example.com", at: noon, in: $0)
            }
            #expect(try await found("ines", world).isEmpty)
        }
    }

    @Test func `notes are found, announcements and drafts are not, and another company's words never`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked("Hello")
            try await world.handOver(id, turn: turn)
            try await world.note("Looks like the Lisbon case", in: id, by: mara)
            try await world.write { [inbox = world.inbox] in
                _ = try inbox.keepSuggestion("A zeppelin lands", for: turn.id, at: noon, in: $0)
            }
            #expect(try await found("lisbon", world).map(\.row.conversation) == [id])
            #expect(try await found("specialist", world).isEmpty)
            #expect(try await found("zeppelin", world).isEmpty)
            let theirs = try await world.read { try Inbox(of: harbour).search("lisbon", for: mara, in: $0) }
            #expect(theirs.isEmpty)
        }
    }

    @Test func `the newest stands first among equals and a conversation stands once, however often it says it`() async throws {
        try await withQuayside { world in
            let (old, _) = try await world.asked("my mooring", at: noon)
            let (new, _) = try await world.asked("my mooring", at: noon.adding(milliseconds: minute))
            let (loud, _) = try await world.asked("mooring", at: noon.adding(milliseconds: 2 * minute))
            for _ in 0..<5 { try await world.ask("mooring mooring", in: loud, at: noon.adding(milliseconds: 3 * minute)) }
            let hits = try await found("mooring", world).map(\.row.conversation)
            #expect(hits.first == loud)
            #expect(Array(hits.dropFirst()) == [new, old])
        }
    }

    @Test(arguments: [
        "", " ", "!!!", "\"", "'", "*", "(", ")", "a OR b", "NOT withdrawal", "text:withdrawal", "{text} : x", "NEAR(a b)", "^a", "a + b",
        "-a",
        "\"; DROP TABLE message; --", "scope : \"7175617973696465\"", "\u{0}", "a\u{0}b", "\u{202E}x", "%", "_", "a\"b",
        String(repeating: "\"a ", count: 5_000),
    ])
    func `whatever is typed is words, never a command of the index`(words: String) async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked("withdrawal NOT OR scope text near")
            _ = try await found(words, world)
            #expect(try await found("NOT withdrawal", world).map(\.row.conversation) == [id])
            #expect(try await found("NOT mooring", world).isEmpty)
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `random bytes never break a search, and what is found has the first word in it`(seed: UInt64) async throws {
        try await withQuayside { world in
            var dice = SystemLike(state: seed)
            let alphabet = Array("abcé ü\"'*()-:^{}\u{1}\u{2}\u{0}日本語\u{301}½ⅷ🎣\n").map { Character(extendedGraphemeClusterLiteral: $0) }
            func text() -> String { String((0..<1 + dice.roll(30)).map { _ in alphabet[dice.roll(alphabet.count)] }) + "a" }
            let (id, _) = try await world.asked("beginning")
            for _ in 0..<40 { try await world.ask(text(), in: id) }
            for _ in 0..<100 {
                for hit in try await found(text(), world) {
                    let scalars = Array(hit.snippet.text.unicodeScalars)
                    #expect(hit.snippet.hits.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= scalars.count && !$0.isEmpty })
                    #expect(hit.snippet.pieces.map(\.text).joined().unicodeScalars.elementsEqual(scalars))
                }
            }
        }
    }

    private struct SystemLike {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    @Test func `what was written before the index was there is found after the upgrade`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let names = ["inbox-1", "inbox-2", "inbox-3", "inbox-4", "inbox-5", "inbox-6"]
        let old = try Store(folder: folder.file("data"), migrations: Inbox.migrations.filter { names.contains($0.name) })
        try await old.write { transaction in
            _ = try transaction.ensureWorkspace(quayside, name: "Quayside", at: noon)
            try transaction.run("INSERT INTO customer(workspace, id, name, created_ms) VALUES ($1, 'cust_1', 'Ines', 0)", quayside)
            try transaction.run(
                """
                INSERT INTO conversation(workspace, id, assistant, customer, owner, epoch, state, subject, last_seq, opened_ms, updated_ms)
                VALUES ($1, 'conv_1', 'help', 'cust_1', 'assistant', 1, 'open', 'Fees', 2, 0, 0)
                """, quayside)
            try transaction.run(
                """
                INSERT INTO message(workspace, conversation, seq, id, author, kind, text, epoch, at_ms)
                VALUES ($1, 'conv_1', 1, 'msg_1', 'customer', 'text', 'Where is my withdrawal?', 1, 0),
                    ($1, 'conv_1', 2, 'msg_2', 'system', 'announcement', 'A specialist comes.', 1, 0)
                """, quayside)
        }
        await old.close()
        let new = try Store(folder: folder.file("data"), migrations: Inbox.migrations)
        for (words, sequence) in [("withdrawal", 1), ("ines withdrawal", 1), ("fees", nil), ("ines fees", nil)] as [(String, Int?)] {
            let hits = try await new.read { try Inbox(of: quayside).search(words, for: mara, in: $0) }
            #expect(hits.map(\.sequence) == [sequence], "\(words)")
        }
        let none = try await new.read { try Inbox(of: quayside).search("specialist", for: mara, in: $0) }
        #expect(none.isEmpty)
        await new.close()
    }
}
