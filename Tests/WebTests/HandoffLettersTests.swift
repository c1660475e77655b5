import Delivery
import Foundation
import Inbox
import Storage
import Support
import Testing

@testable import Web

/// Who is told of a handoff, in which words.
struct HandoffLettersTests {
    private static let quayside = WorkspaceID("quayside")
    private static let noon = Timestamp(milliseconds: 1_796_040_000_000)
    private static let (mara, jonas, edda) = (TeammateID("mara"), TeammateID("jonas"), TeammateID("edda"))

    private struct Office {
        let store: Store
        let inbox: Inbox
        let conversation: ConversationID

        /// Hands the conversation over and gives the outbox item.
        func handOver(to destination: HandoffDestination, because reason: String = "asked_for_person") async throws -> OutboxItem {
            let (inbox, conversation) = (inbox, conversation)
            return try await store.write { transaction in
                _ = try inbox.handOver(
                    conversation, turn: nil, because: reason, evidence: .init(), to: destination, key: nil,
                    announcing: { _ in "A person comes." }, at: noon, in: transaction)
                return try #require(try transaction.takeDue(HandoffNotice.kind, limit: 1, lease: 60_000, at: noon).first)
            }
        }

        /// The reminder of a round.
        func remind(at now: Timestamp) async throws -> OutboxItem {
            try await store.write { transaction in
                try Inbox.remind(at: now, in: transaction)
                return try #require(try transaction.takeDue(HandoffNotice.kind, limit: 100, lease: 600_000, at: now).last)
            }
        }

        func letters(_ item: OutboxItem, _ settings: NotificationSettings, at now: Timestamp = noon) async throws -> [Letter] {
            let letters = HandoffLetters(
                store: store, settings: { _ in settings }, publicURL: "https://support.quayside.example", clock: Clock { now })
            return try await letters.letters(for: item)
        }
    }

    /// Mara, Jonas and Edda; Mara and Jonas are `payments`; Ines has written something hostile.
    private func withOffice(available: [TeammateID] = [mara, jonas, edda], _ body: (Office) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let store = try Store(folder: folder.path, migrations: Inbox.migrations)
        let inbox = Inbox(of: Self.quayside)
        let conversation = try await store.write { transaction in
            let noon = Self.noon
            _ = try transaction.ensureWorkspace(Self.quayside, name: "Quayside", at: noon)
            for (id, name) in [(Self.mara, "Mara"), (Self.jonas, "Jonas"), (Self.edda, "Edda")] {
                try inbox.saveTeammate(id, name: name, email: "\(id)@quayside.example", capacity: 100, at: noon, in: transaction)
            }
            try inbox.save(
                Team(id: TeamID("payments"), name: "Payments", isDefault: true, members: [Self.mara, Self.jonas]), at: noon, in: transaction
            )
            for teammate in available { try inbox.setAvailability(of: teammate, to: .available, at: noon, in: transaction) }
            let ines = try inbox.newCustomer(at: noon, in: transaction)
            try inbox.identify(ines.id, name: "Ines Canary", email: "ines@customer.example", at: noon, in: transaction)
            let conversation = try inbox.open(for: ines.id, assistant: "help", at: noon, in: transaction)
            _ = try inbox.receive(
                "<!channel> canary words", from: ines.id, in: conversation.id, key: nil, patience: 60_000, stillWaiting: nil, at: noon,
                in: transaction)
            return conversation.id
        }
        try await body(Office(store: store, inbox: inbox, conversation: conversation))
        await store.close()
    }

    private func addresses(_ letters: [Letter]) -> [String] {
        letters.flatMap { letter -> [String] in if case .mail(let to, _, _, _) = letter { to } else { [] } }.map {
            String($0.prefix { $0 != "@" })
        }
    }

    private func chats(_ letters: [Letter]) -> Int { letters.count { if case .chat = $0 { true } else { false } } }

    @Test func `the one who was asked is told first, then the team, then everybody`() async throws {
        try await withOffice { office in
            let chat = NotificationSettings.Chat(name: "leads", address: ChatAddress("https://hooks.example/x"), fromRound: 3)
            let settings = NotificationSettings(company: "Quayside", chats: [chat])
            let first = try await office.letters(office.handOver(to: .init(team: TeamID("payments"))), settings)
            #expect(addresses(first).count == 1 && ["mara", "jonas"].contains(addresses(first)[0]) && chats(first) == 0)
            #expect(first.contains(.page))
            let second = try await office.letters(
                office.remind(at: Self.noon.adding(milliseconds: 121_000)), settings, at: Self.noon.adding(milliseconds: 121_000))
            #expect(addresses(second) == ["jonas", "mara"] && chats(second) == 0 && !second.contains(.page))
            let later = Self.noon.adding(milliseconds: 3_600_000)
            let third = try await office.letters(office.remind(at: later), settings, at: later)
            #expect(addresses(third) == ["edda", "jonas", "mara"] && chats(third) == 1)
            guard case .mail(_, let subject, let text, _) = try #require(third.first) else { return }
            #expect(subject.contains("Still waiting") && text.contains("notice 3"))
        }
    }

    @Test func `where nobody is available the whole team is told`() async throws {
        try await withOffice(available: []) { office in
            let letters = try await office.letters(
                office.handOver(to: .init(team: TeamID("payments"))), NotificationSettings(company: "Quayside"))
            #expect(addresses(letters) == ["jonas", "mara"] && !letters.contains(.page))
        }
    }

    @Test func `a letter says why and where, and nothing that the customer wrote`() async throws {
        try await withOffice { office in
            let chat = NotificationSettings.Chat(name: "support", address: ChatAddress("https://hooks.example/x"))
            let item = try await office.handOver(to: .init(team: TeamID("payments")))
            let letters = try await office.letters(item, NotificationSettings(company: "Quayside", chats: [chat]))
            guard case .mail(let to, let subject, let text, let line) = try #require(letters.first { $0 != .page }) else { return }
            #expect(to.allSatisfy { $0.hasSuffix("@quayside.example") })
            #expect(subject == "[Quayside] A customer waits: the customer asked for a person")
            #expect(text.contains("https://support.quayside.example/inbox/\(office.conversation.text)") && text.contains("Team: Payments"))
            #expect(text.contains("Since: 2026-11-30 12:00 UTC") && text.contains("Priority: normal") && line.contains("Payments"))
            for letter in letters { #expect(!"\(letter)".contains("anary") && !"\(letter)".contains("customer.example")) }
        }
    }

    @Test func `with the operator's wish the words are there, one line each`() async throws {
        try await withOffice { office in
            let item = try await office.handOver(to: .init(team: TeamID("payments")))
            let letters = try await office.letters(item, NotificationSettings(company: "Quayside", includesText: true))
            guard case .mail(_, let subject, let text, let line) = try #require(letters.first { $0 != .page }) else { return }
            #expect(text.contains("> <!channel> canary words") && text.contains("Customer: Ines Canary"))
            #expect(!subject.contains("anary") && !line.contains("anary"))
        }
    }

    @Test func `nobody is told of what somebody has taken meanwhile`() async throws {
        try await withOffice { office in
            let item = try await office.handOver(to: .init(team: TeamID("payments")))
            let (inbox, conversation) = (office.inbox, office.conversation)
            _ = try await office.store.write {
                try inbox.claim(conversation, by: Self.edda, expecting: nil, fromColleague: false, at: Self.noon, in: $0)
            }
            #expect(try await office.letters(item, NotificationSettings(company: "Quayside")).isEmpty)
        }
    }

    @Test func `mail can be switched off, and being told is noted once`() async throws {
        try await withOffice { office in
            let item = try await office.handOver(to: .init(team: TeamID("payments")))
            #expect(try await office.letters(item, NotificationSettings(company: "Quayside", sendsMail: false)) == [.page])
            let clock = ManualClock(at: Self.noon.milliseconds)
            let letters = HandoffLetters(
                store: office.store, settings: { _ in nil }, publicURL: "https://x", clock: Clock { Timestamp(milliseconds: clock.now) })
            await letters.told(item)
            clock.advance(seconds: 60)
            await letters.told(item)
            let (inbox, conversation) = (office.inbox, office.conversation)
            let handoff = try await office.store.read { try inbox.openHandoff(of: conversation, in: $0) }
            #expect(handoff?.notifiedAt == Self.noon)
        }
    }

    @Test func `a reason that is not known is shown as its code reads`() {
        #expect(ReasonWords.of("no_knowledge") == "the documents do not say" && ReasonWords.of("some_new_code") == "some new code")
    }
}

private let noon = Timestamp(milliseconds: 1_796_040_000_000)
