import Assistant
import Foundation
import Inbox
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// The chat in the languages of its customers, and the script that brings it to a company's page.
@Suite struct ChatLanguageTests {
    private static let chat = PagesTests.chat

    @Test func `no word of the program is on a page of the pseudo-language, before, during and after a conversation`() async throws {
        try await Served.run { served in
            let query = "?lang=en-XA"
            let customer = Browser(served)
            let new = try await customer.load(Self.chat + query + "&frame")
            let asked = try await customer.send(
                customer.load(Self.chat + query).form(Self.chat + query), ["text": "1 2 3"])
            let conversation = try await served.onlyConversation()
            _ = await served.world.desk.outcome(in: conversation)
            _ = try await served.world.desk.claim(conversation, of: quayside, by: mara)
            _ = try await served.world.desk.resolve(conversation, of: quayside, by: .teammate(mara))
            let closed = try await customer.load(Self.chat + query)
            for page in [new, asked, closed] {
                #expect(page.html.contains("lang=\"en-XA\" dir=\"ltr\""))
                for words in page.english { #expect(words.contains("\u{27E6}") || words.contains("\u{27E7}"), "\(words)") }
            }
        }
    }

    @Test func `a customer is served in the language of the address, else of the browser, and a form stays in it`() async throws {
        try await Served.run { served in
            let german = try await Browser(served).load(Self.chat, headers: [("Accept-Language", "fr, de;q=0.5")])
            #expect(german.html.contains("Mit einem Menschen sprechen") && german.html.contains("lang=\"de\" dir=\"ltr\""))
            let arabic = Browser(served)
            let page = try await arabic.load(Self.chat + "?lang=ar", headers: [("Accept-Language", "de")])
            #expect(page.html.contains("lang=\"ar\" dir=\"rtl\""))
            let empty = try await arabic.send(page.form("\(Self.chat)?lang=ar"), ["text": "  "])
            #expect(empty.status == 422 && empty.html.contains("الرسالة فارغة") && !empty.html.contains("is empty"))
            #expect(try await Browser(served).load(Self.chat + "?lang=xx").html.contains("Talk to a person"))
        }
    }

    @Test func `who waits is told how many come first and how long it takes as a rule, once that is known`() async throws {
        var options = World.Options()
        options.isStaffed = true
        try await Served.run(options) { served in
            func waiting() async throws -> (page: String, conversation: ConversationID) {
                let customer = Browser(served)
                let page = try await customer.send(
                    customer.load(Self.chat + "?lang=de").form("\(Self.chat)/handoff?lang=de"))
                let newest = try await served.world.store.read { snapshot in
                    try snapshot.row("SELECT id FROM conversation ORDER BY id DESC LIMIT 1")?[0] as ConversationID?
                }
                return (page.html, try #require(newest))
            }
            for _ in 0..<5 {
                let (page, conversation) = try await waiting()
                #expect(page.contains("Sie sind als Nächstes dran.") && !page.contains("Minuten."))
                served.world.clock.advance(milliseconds: 4 * 60_000)
                _ = try await served.world.desk.claim(conversation, of: quayside, by: mara)
                _ = try await served.world.desk.reply("Hello.", in: conversation, of: quayside, by: mara)
                _ = try await served.world.desk.resolve(conversation, of: quayside, by: .teammate(mara))
            }
            #expect(try await waiting().page.contains("Meistens dauert es etwa 4 Minuten."))
            served.world.clock.advance(milliseconds: 1_000)
            #expect(try await waiting().page.contains("1 Person vor Ihnen."))
        }
    }

    @Test func `who waits while nobody is there is told from when on somebody is, and promised nothing else`() async throws {
        var options = World.Options()
        options.hours = try OpeningHours(zone: "Europe/Lisbon", weekly: [.init(weekday: 2, opens: 480, closes: 1200)])
        try await Served.run(options) { served in
            let customer = Browser(served)
            let page = try await customer.send(customer.load(Self.chat + "?lang=es").form("\(Self.chat)/handoff?lang=es"))
            #expect(page.html.contains("habrá alguien a partir de <time datetime=\"2026-01-06T08:00:00.000Z\""))
            #expect(!page.html.contains("Normalmente"))
        }
    }

    @Test func `what is refused is told in the customer's language`() async throws {
        try await Served.run { served in
            let customer = Browser(served)
            let page = try await customer.send(
                customer.load(Self.chat + "?lang=de").form("\(Self.chat)?lang=de"), ["text": "Hallo", "name": "Support"])
            #expect(page.status == 422 && page.html.contains("Dieser Name gehört dem Unternehmen."))
        }
    }

    @Test func `the loader is for every page, and the frame for the site's alone`() async throws {
        try await Served.run { served in
            let loader = try await served.send("GET", "/widget.js?site=site-quayside")
            #expect(loader.status == 200 && loader.body.allSatisfy { $0 < 0x80 })
            #expect(loader.headers["cross-origin-resource-policy"] == "cross-origin" && loader.headers["set-cookie"] == nil)
            #expect(loader.text.contains("\"site\":\"site-quayside\""))
            #expect(try await served.send("GET", "/widget.js").status == 200)
            #expect(try await served.send("GET", "/widget.js?site=nobody").status == 404)
            let frame = try await served.send("GET", "\(Self.chat)?frame")
            #expect(frame.headers["content-security-policy"]?.contains("frame-ancestors 'self' https://www.quayside.example") == true)
            #expect(frame.headers["set-cookie"] == nil && frame.text.contains("id=\"close\""))
            #expect(!(try await served.send("GET", Self.chat)).text.contains("id=\"close\""))
            let style = try await served.send("GET", "\(Self.chat)/style.css")
            #expect(style.text.contains("--brand: #") && style.headers["content-type"]?.hasPrefix("text/css") == true)
        }
    }

    @Test func `a page that is open reads what changes and nothing it has`() async throws {
        try await Served.run { served in
            let customer = Browser(served)
            _ = try await customer.send(customer.load(Self.chat).form(Self.chat), ["text": "How long does a bank withdrawal take?"])
            // Waits for the answer by itself.
            let answered = try await customer.load("\(Self.chat)?part&after=1&wait")
            #expect(answered.html.contains("within two working days") && !answered.html.contains("id=\"m1\""))
            #expect(!answered.html.contains("<textarea id=\"text\"") && !answered.html.contains("<script"))
            #expect(try await customer.load("\(Self.chat)?part&after=9").html.contains("<div id=\"log\"></div>"))
        }
    }
}

extension Browser.Page {
    /// The texts on it with letters, attributes that are read out included; without what settings and people say.
    fileprivate var english: [String] {
        let said = [
            "Help centre", "Hello.", "Quayside", "1 2 3", "Mara", "Assistant", "UTC", "PNG", "I would rather not guess", "Which account?",
            "Personal", "Business", "City",
        ]
        var texts = html.components(separatedBy: ">").dropFirst().map { $0.components(separatedBy: "<")[0] }
        for name in ["aria-label", "title", "placeholder", "data-sending", "data-failed", "data-offline", "data-lost"] {
            texts += html.components(separatedBy: " \(name)=\"").dropFirst().map { $0.components(separatedBy: "\"")[0] }
        }
        return texts.filter { text in text.contains(where: \.isLetter) && !said.contains { text.contains($0) } }
    }
}
