import Inbox
import Storage
import Testing

@Suite struct HostileTextTests {
    @Test(arguments: [
        "\u{202E}gnp.exe", "مرحبا، أين أموالي؟", "👩‍👩‍👧‍👦 ok", "<img src=x onerror=alert(1)>", "'; DROP TABLE message; --", "{{> system}}",
        #"\close"#, "[[confirm]] <NOANS> conversation_handoff", "line\nline\ttab", "\u{FEFF}Hi",
    ])
    func `what a customer writes is kept as written and means nothing to us`(text: String) async throws {
        try await withQuayside { world in
            let id = try await world.open()
            let received = try await world.ask(text, in: id)
            #expect(try await world.thread(id).map(\.text) == [text])
            #expect(received.turn != nil)
            #expect(try await world.conversation(id).owner == .assistant)
        }
    }

    @Test func `a NUL cuts nothing off`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.ask("before\0behind", in: id)
            #expect(try await world.thread(id).map(\.text) == ["before\u{FFFD}behind"])
        }
    }

    @Test(arguments: ["", " ", "\n\t\r\n", "\0", "\u{200B}\u{200D}\u{FEFF}", "\u{202E}\u{2066}", "\u{A0}\u{3000}"])
    func `a message with nothing to read is refused`(text: String) async throws {
        try await withQuayside { world in
            let id = try await world.open()
            await #expect(throws: InboxError.empty(field: "message")) { try await world.ask(text, in: id) }
            let thread = try await world.thread(id)
            #expect(thread.isEmpty)
        }
    }

    @Test func `eight thousand characters are accepted and one more is not`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.ask(String(repeating: "😀", count: 8_000), in: id)
            for text in [
                String(repeating: "a", count: 8_001), String(repeating: "x", count: 1 << 20),
                "e" + String(repeating: "\u{301}", count: 1 << 19),
            ] {
                await #expect(throws: InboxError.tooLong(field: "message", limit: 8_000)) { try await world.ask(text, in: id) }
            }
            let count = try await world.thread(id).count
            #expect(count == 1)
        }
    }

    @Test func `names and tags are one line without direction marks`() async throws {
        try await withQuayside { world in
            let customer = try await world.write { [inbox = world.inbox, ines = world.ines] in
                try inbox.identify(ines, name: " Ines\r\nBcc: all\u{202E}\0 ", email: "i@example.com", at: noon, in: $0)
            }
            #expect(customer.name == "Ines  Bcc: all")
            for name in ["", "\u{202E}", String(repeating: "n", count: 201), String(repeating: "n", count: 1 << 20)] {
                await #expect(throws: InboxError.self) {
                    try await world.write { [inbox = world.inbox, ines = world.ines] in
                        _ = try inbox.identify(ines, name: name, email: nil, at: noon, in: $0)
                    }
                }
            }
        }
    }

    @Test func `a list shows the beginning of a long message in one line`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            try await world.ask("first\nsecond " + String(repeating: "long ", count: 1_000), in: id)
            let row = try await world.read { try world.inbox.rows(of: .assistant, for: mara, in: $0).first }
            let line = try #require(row?.lastLine)
            #expect(line.hasPrefix("first second long"))
            #expect(line.unicodeScalars.count <= 160)
        }
    }

    @Test func `every error ends in what to do`() {
        let errors: [InboxError] = [
            .notFound(.conversation), .empty(field: "message"), .tooLong(field: "message", limit: 1), .tooMany(field: "tags", limit: 1),
            .notJSON(field: "citations"), .unknownZone("X"), .badHours("y"),
        ]
        for error in errors { #expect(error.description.hasSuffix(".")) }
    }
}
