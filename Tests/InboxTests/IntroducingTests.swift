import Inbox
import Storage
import Testing

/// What customers say of themselves, and what they cannot call themselves.
struct IntroducingTests {
    private static let reserved = ReservedNames(["Quayside", "Quayside Assistant", "Customer care", "Payments", "Mara", "Jonas"])

    private func introduce(_ world: Quayside, _ id: ConversationID, _ change: (inout Introduction) -> Void) async throws {
        var introduction = Introduction()
        change(&introduction)
        _ = try await world.write { [inbox = world.inbox, introduction] in
            try inbox.introduce(introduction, in: id, reserved: Self.reserved, at: noon, in: $0)
        }
    }

    @Test(arguments: [
        "Support", "SUPPORT TEAM", "Quayside", "Quayside Support", "quayside-support", "The official Quayside Support Team", "Mara",
        "Mara (Support)", "Customer care", "Payments", "Quayside Assistant", "AI Assistant", "Admin", "Ѕuррort", "Suppоrt", "Quаyside",
        "5upport",
        "Súppört", "S u p p o r t", "ＳＵＰＰＯＲＴ", "Sup\u{200C}port", "Kundendienst", "Mara Jonas", "Αdmin", "QuaysideSupport", "𝐒𝐮𝐩𝐩𝐨𝐫𝐭",
    ])
    func `a name that others would take for the company's own is refused`(name: String) {
        #expect(throws: InboxError.reservedName) { try Self.reserved.check(name) }
    }

    @Test(arguments: [
        "Ines", "Tomas Supportova", "Mara Oliveira", "Ai", "Ai Tanaka", "Iñés", "Nuno Quaysider", "Иван Петров", "محمد علي", "山田 太郎",
        "Grace Admiral",
        "O'Neill-Bäcker", "علی\u{200C}رضا", "👩\u{200D}💻", "Service", "Bo", "Customer", "Jonason", "Παύλος",
    ])
    func `a customer's own name is not`(name: String) throws {
        try Self.reserved.check(name)
    }

    @Test(arguments: [
        "In\u{200B}es", "\u{202E}senI", "Ines\u{2066}", "Ines\r\nBcc: all@x.example", "Ines\0", "In\u{2028}es", "Ines\u{FEFF}",
        "\u{200E}Ines", "I\u{AD}nes",
        "Ines\u{9B}31m", "Ines\u{E0041}",
    ])
    func `C8, C10: a name with what is not seen, turns the text or ends the line is refused`(name: String) {
        #expect(throws: InboxError.forbiddenCharacter(field: "name")) { try Self.reserved.check(name) }
    }

    @Test func `name, address, own fields and consent are kept, the consent word for word`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            let consent = Introduction.Consent(text: "You may write to me.", link: "https://www.quayside.example/privacy", version: "v1")
            for _ in 0..<2 {
                try await introduce(world, id) {
                    ($0.name, $0.email, $0.fields, $0.consent) = ("Ines Duarte", "ines@example.com", ["account": "Business"], consent)
                }
            }
            let (customer, conversation, given, outcome) = try await world.read { [inbox = world.inbox, ines = world.ines] in
                (
                    try inbox.customer(ines, in: $0), try inbox.conversation(id, in: $0), try inbox.consents(in: id, in: $0),
                    try inbox.introduction(in: id, in: $0)
                )
            }
            #expect(customer.name == "Ines Duarte" && customer.email == "ines@example.com" && !customer.isVerified)
            #expect(conversation.captured == ["account": "Business"])
            #expect(given.map(\.consent) == [consent] && given.map(\.at) == [noon] && outcome == .given)
        }
    }

    @Test func `a form that was put aside stays so until it is sent, and one that was sent is not put aside`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            func outcome() async throws -> Introduction.Outcome? {
                try await world.read { [inbox = world.inbox] in try inbox.introduction(in: id, in: $0) }
            }
            #expect(try await outcome() == nil)
            try await world.write { [inbox = world.inbox] in try inbox.skipIntroduction(in: id, at: noon, in: $0) }
            #expect(try await outcome() == .skipped)
            try await introduce(world, id) { $0.name = "Ines" }
            try await world.write { [inbox = world.inbox] in try inbox.skipIntroduction(in: id, at: noon, in: $0) }
            #expect(try await outcome() == .given)
        }
    }

    @Test func `what cannot be kept leaves everything as it was`() async throws {
        try await withQuayside { world in
            let id = try await world.open()
            for address in [
                "ines", "ines@", "@example.com", "a@b@c", "ines@example.com, all@example.com", "Ines <ines@example.com>",
                "in es@example.com",
            ] {
                await #expect(throws: InboxError.notAnAddress, "\(address)") { try await introduce(world, id) { $0.email = address } }
            }
            await #expect(throws: InboxError.forbiddenCharacter(field: "e-mail address")) {
                try await introduce(world, id) { $0.email = "ines@example.com\r\nBcc: all@example.com" }
            }
            await #expect(throws: InboxError.forbiddenCharacter(field: "detail")) {
                try await introduce(world, id) { ($0.name, $0.fields) = ("Ines", ["city": "Porto\nLisbon"]) }
            }
            let (customer, outcome) = try await world.read { [inbox = world.inbox, ines = world.ines] in
                (try inbox.customer(ines, in: $0), try inbox.introduction(in: id, in: $0))
            }
            #expect(customer.email == "ines@example.com" && outcome == nil)
        }
    }

    @Test func `whom the company vouched for is not renamed by a form`() async throws {
        try await withQuayside { world in
            let (id, customer) = try await world.write { [inbox = world.inbox] transaction in
                let customer = try inbox.customer(
                    external: "u-1", name: "Ines Duarte", email: "ines@quayside.example", at: noon, in: transaction)
                return (try inbox.open(for: customer.id, assistant: "Pilot", at: noon, in: transaction).id, customer)
            }
            try await introduce(world, id) { ($0.name, $0.email) = ("Somebody", "else@example.com") }
            let after = try await world.read { [inbox = world.inbox] in try inbox.customer(customer.id, in: $0) }
            #expect(after == customer)
        }
    }

    @Test func `a customer who signs in goes on where they are, or were, and takes nobody else's conversation along`() async throws {
        try await withQuayside { world in
            let (held, _) = try await world.asked()
            let (known, other) = try await world.write { [inbox = world.inbox] transaction in
                (
                    try inbox.customer(external: "u-1", name: "Ines", email: nil, at: noon, in: transaction).id,
                    try inbox.customer(external: "u-2", name: "Tomas", email: nil, at: noon, in: transaction).id
                )
            }
            func resume(_ customer: CustomerID, holding held: ConversationID?, assistant: String = "Pilot") async throws -> Inbox.Resumed {
                try await world.write { [inbox = world.inbox] in
                    try inbox.resume(customer, assistant: assistant, holding: held, at: noon, in: $0)
                }
            }
            let adopted = try await resume(known, holding: held)
            #expect(adopted.way == .adopted && adopted.conversation.id == held && adopted.conversation.customer == known)
            #expect(try await resume(known, holding: held).way == .kept)
            // On another device, without it.
            let elsewhere = try await resume(known, holding: nil)
            #expect(elsewhere.way == .resumed && elsewhere.conversation.id == held)
            // Somebody else signs in on the first device.
            let stranger = try await resume(other, holding: held)
            #expect(stranger.way == .opened && stranger.conversation.id != held && stranger.conversation.customer == other)
            #expect(try await world.conversation(held).customer == known)
            // With another assistant it is another conversation, and a closed one does not go on.
            #expect(try await resume(known, holding: held, assistant: "Other").way == .opened)
            try await world.claim(held, by: mara)
            try await world.resolve(held, by: .teammate(mara))
            #expect(try await resume(known, holding: held).way == .opened)
            #expect(try await resume(known, holding: ConversationID("conv_never")).way == .resumed)
        }
    }
}
