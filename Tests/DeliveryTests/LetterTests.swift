import Foundation
import NIOConcurrencyHelpers
import Storage
import Support
import Testing
import Transfer

@testable import Delivery

/// Letters to people: mail and chat, one by one and in a storm.
@Suite(.timeLimit(.minutes(2)))
struct LetterTests {
    private static func text(_ item: OutboxItem) -> String {
        (try? StoredJSON.decode([String: String].self, from: item.body))?["text"] ?? ""  // the tests write it themselves
    }

    private func mailing(_ smtp: ScriptedMailServer, to addresses: [String] = ["mara@quayside.example"]) -> World.Shape {
        var shape = World.Shape(mailPort: smtp.port)
        shape.letters = { item in
            let text = Self.text(item)
            return [.mail(to: addresses, subject: text, text: "About \(text).", line: text)]
        }
        return shape
    }

    @Test func `a letter goes out at once to each of its addresses, and the item counts as told`() async throws {
        let smtp = try ScriptedMailServer()
        try await withWorld(mailing(smtp, to: ["mara@quayside.example", "jonas@quayside.example"])) { world in
            try await world.enqueue(["conversation 1"])
            await world.courier.pass()
            await world.courier.pass()
            #expect(smtp.received.flatMap(\.to).sorted() == ["<jonas@quayside.example>", "<mara@quayside.example>"])
            #expect(smtp.received.allSatisfy { $0.text.contains("Subject: conversation 1") && $0.text.contains("About conversation 1.") })
            #expect(Set(world.told.withLockedValue { $0 }) == [1])
            #expect(try await world.courier.counts().itemsWaiting == 0)
        }
    }

    @Test func `five hundred handoffs in ten seconds are a few mails that say so, and none is lost`() async throws {
        let smtp = try ScriptedMailServer()
        try await withWorld(mailing(smtp)) { world in
            for batch in 0..<10 {
                try await world.enqueue((0..<50).map { "conversation \(batch * 50 + $0 + 1)" })
                await world.courier.pass()
                world.time.advance(milliseconds: second)
            }
            world.time.advance(milliseconds: 10 * second)
            await world.courier.pass()
            #expect(smtp.received.count <= 3)
            #expect(Set(world.told.withLockedValue { $0 }) == Set(1...500))
            let all = smtp.received.map(\.text).joined().replacing("=\r\n", with: "")
            #expect(all.contains("50 notices") && all.contains("450 notices"))
            #expect(all.contains("Subject: 450 notices. Newest: conversation 500") && all.contains("... and 400 more."))
            #expect(try await world.letters("waiting") == 0)
        }
    }

    @Test func `a mail server that is busy is tried again, one that refuses for good is not`() async throws {
        let smtp = try ScriptedMailServer { said, number in
            if said.contains("jonas") { return .say("550 no such mailbox") }
            return said.hasPrefix("RCPT") && number < 3 ? .say("451 later") : nil
        }
        try await withWorld(mailing(smtp, to: ["mara@quayside.example"])) { world in
            try await world.enqueue(["a"])
            await world.courier.pass()
            #expect(try await world.letters("waiting") == 1)
            for _ in 0..<3 {
                world.time.advance(milliseconds: 40 * second)
                await world.courier.pass()
            }
            #expect(smtp.received.count == 1 && smtp.connectionCount == 3)
            #expect(try await world.letters("told") == 1)
        }
        try await withWorld(mailing(smtp, to: ["jonas@quayside.example"])) { world in
            try await world.enqueue(["a"])
            let before = smtp.connectionCount
            for _ in 0..<3 {
                await world.courier.pass()
                world.time.advance(milliseconds: hour)
            }
            #expect(smtp.connectionCount == before + 1)
            #expect(try await world.letters("failed") == 1 && world.told.withLockedValue { $0 }.isEmpty)
        }
    }

    @Test func `a mail server that hangs is left, and the letter stays`() async throws {
        let smtp = try ScriptedMailServer { said, number in said.hasPrefix("RCPT") && number == 1 ? .hang : nil }
        try await withWorld(mailing(smtp)) { world in
            try await world.enqueue(["a"])
            await world.courier.pass()
            #expect(try await world.letters("waiting") == 1)
            world.time.advance(milliseconds: 40 * second)
            await world.courier.pass()
            #expect(smtp.received.count == 1)
        }
    }

    @Test func `an address that is none fails alone, and adds nobody`() async throws {
        let smtp = try ScriptedMailServer()
        try await withWorld(mailing(smtp, to: ["mara@quayside.example\r\nRCPT TO:<x@y.example>", "edda@quayside.example"])) { world in
            try await world.enqueue(["Ines\r\nBcc: all@quayside.example"])
            await world.courier.pass()
            #expect(smtp.received.map(\.to) == [["<edda@quayside.example>"]])
            #expect(try await world.letters("failed") == 1)
            let head = smtp.received[0].text.components(separatedBy: "\r\n\r\n")[0]
            #expect(!head.components(separatedBy: "\r\n").contains { $0.hasPrefix("Bcc") })
        }
    }

    @Test func `a chat is told in text that mentions nobody, and its address is in no row`() async throws {
        let chat = try ScriptedEndpoint { _ in .status(200) }
        var shape = World.Shape(allowing: ["127.0.0.1:\(chat.port)"])
        let url = chat.url + "/services/canary-secret"
        shape.letters = { _ in
            [.chat(to: ChatAddress(url), text: "<!channel> & <https://evil.example|click> @here \u{202E}", line: "a line")]
        }
        try await withWorld(shape) { world in
            try await world.enqueue(["a"])
            await world.courier.pass()
            let told = try #require(chat.requests.first)
            #expect(told.target == "/services/canary-secret" && told.header("content-type") == "application/json")
            let text = try #require(told.json?["text"] as? String)
            #expect(text == "&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt; @\u{200B}here \u{202E}")
            #expect(told.json?.count == 1)
            let kept: [UInt8] = try await world.store.read { try $0.row("SELECT target FROM letter")?[0] ?? [] }
            let receiver: String = try await world.store.read { try $0.row("SELECT receiver FROM letter")?[0] ?? "" }
            #expect(!String(decoding: kept, as: UTF8.self).contains("canary") && !receiver.contains("canary") && !receiver.isEmpty)
        }
    }

    @Test func `several for one chat become one message, and two chats know nothing of each other`() async throws {
        let chat = try ScriptedEndpoint { $0.target == "/gone" ? .status(404) : .status(200) }
        var shape = World.Shape(allowing: ["127.0.0.1:\(chat.port)"])
        let base = chat.url
        shape.letters = { item in
            let text = Self.text(item)
            return ["/a", "/gone"].map { .chat(to: ChatAddress(base + $0), text: text, line: text) }
        }
        try await withWorld(shape) { world in
            try await world.enqueue(["one", "two", "three"])
            await world.courier.pass()
            await world.courier.pass()
            let told = chat.requests.filter { $0.target == "/a" }
            #expect(told.count == 1)
            #expect(told.first?.json?["text"] as? String == "3 notices in a short time, the newest first:\n\n• three\n• two\n• one")
            #expect(chat.requests.count == 2)
            #expect(try await world.letters("told") == 3)
            #expect(try await world.letters("failed") == 3)
        }
    }

    @Test func `those who have the page open are told without a letter`() async throws {
        var shape = World.Shape()
        shape.letters = { item in Self.text(item) == "page" ? [.page] : [] }
        try await withWorld(shape) { world in
            try await world.enqueue(["page", "nobody"])
            await world.courier.pass()
            #expect(world.told.withLockedValue { $0 } == [1])
            #expect(try await world.courier.counts().itemsWaiting == 0)
        }
    }

    @Test func `an item whose letters cannot be written yet is asked for again`() async throws {
        let smtp = try ScriptedMailServer()
        let isBroken = NIOLockedValueBox(true)
        var shape = World.Shape(mailPort: smtp.port)
        shape.letters = { _ in
            if isBroken.withLockedValue({ $0 }) { throw WebhookError.notFound }
            return [.mail(to: ["mara@quayside.example"], subject: "a", text: "a", line: "a")]
        }
        try await withWorld(shape) { world in
            try await world.enqueue(["a"])
            await world.courier.pass()
            #expect(smtp.received.isEmpty)
            isBroken.withLockedValue { $0 = false }
            world.time.advance(milliseconds: 6 * second)
            await world.courier.pass()
            #expect(smtp.received.count == 1 && world.told.withLockedValue { $0 } == [1])
        }
    }

    @Test func `items of other kinds are left alone`() async throws {
        try await withWorld { world in
            let now = world.now
            try await world.store.write { try $0.enqueue("other.kind", ["a": "b"], in: quayside, at: now) }
            await world.courier.pass()
            let row = try await world.store.read { try $0.row("SELECT attempts, done_ms FROM outbox") }
            let (attempts, done): (Int, Int64?) = (try #require(try row?[0] as Int?), try row?[1] ?? nil)
            #expect(attempts == 0 && done == nil)
        }
    }

    @Test func `no secret is in the database`() async throws {
        let smtp = try ScriptedMailServer(login: "baton:canary-password")
        let chat = try ScriptedEndpoint { _ in .status(500) }
        var shape = World.Shape(allowing: ["127.0.0.1:\(chat.port)"], mailPort: smtp.port)
        shape.login = .init(user: "baton", password: Password("canary-wrong"))
        let url = chat.url + "/canary-chat?token=canary-token"
        shape.letters = { _ in
            [.chat(to: ChatAddress(url), text: "t", line: "t"), .mail(to: ["mara@quayside.example"], subject: "s", text: "t", line: "l")]
        }
        try await withWorld(shape) { world in
            let webhook = try await world.subscribe(chat.url)
            try await world.emit()
            try await world.enqueue(["a"])
            await world.courier.pass()
            await world.store.close()
            for name in try FileManager.default.contentsOfDirectory(atPath: world.folder) {
                let bytes = FileManager.default.contents(atPath: world.folder + "/" + name) ?? Data()
                #expect(
                    bytes.range(of: Data("canary".utf8)) == nil && bytes.range(of: Data(webhook.secret.reveal().utf8)) == nil, "\(name)")
                #expect(bytes.range(of: Data(webhook.secret.bytes)) == nil, "\(name)")
            }
        }
    }
}
