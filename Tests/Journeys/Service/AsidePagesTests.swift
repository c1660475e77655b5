import Access
import Assistant
import Foundation
import Inbox
import Notation
import Storage
import Support
import Testing

@testable import Web

/// Putting aside, merging and ready replies, as a browser without scripts does them.
@Suite struct AsidePagesTests {
    @Test func `a conversation is put aside by a form and taken up again by another, and comes back by itself`() async throws {
        try await Served.run { served in
            let id = try await served.world.ask("Can I talk to a human please?").conversation.id
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(id)"
            let aside = try await mara.send(mara.load(address).form("\(address)/snooze"), ["for": "hour"])
            #expect(aside.html.contains("put aside until"))
            #expect(try await served.conversation(id).snoozedUntil == served.world.now.adding(milliseconds: 3_600_000))
            let woken = try await mara.send(mara.load(address).form("\(address)/wake"))
            #expect(!woken.html.contains("put aside until"))
            _ = try await mara.send(
                mara.load(address).form("\(address)/snooze"), ["for": "until", "until": "2026-01-09T09:30", "zone": "UTC"])
            #expect(try await served.conversation(id).snoozedUntil?.description == "2026-01-09T09:30:00.000Z")
        }
    }

    @Test(arguments: [
        ["for": "until", "until": ""], ["for": "until", "until": "tomorrow"], ["for": "until", "until": "2026-99-09T09:30"], [:],
        ["for": "until", "until": "2019-01-09T09:30"], ["for": "until", "until": "2090-01-09T09:30"],
    ])
    func `what is no moment ahead puts nothing aside, and the page says so`(fields: [String: String]) async throws {
        try await Served.run { served in
            let id = try await served.world.ask("Can I talk to a human please?").conversation.id
            let mara = try await served.browser(of: mara, .teammate)
            let refused = try await mara.send(mara.load("/inbox/\(id)").form("/inbox/\(id)/snooze"), fields)
            #expect(refused.status == 422 && refused.html.lowercased().contains("moment"))
            #expect(try await served.conversation(id).snoozedUntil == nil)
        }
    }

    @Test func `a colleague's conversation is not put aside, nor is the assistant's`() async throws {
        try await Served.run { served in
            let id = try await served.world.ask("Can I talk to a human please?").conversation.id
            let mara = try await served.browser(of: mara, .teammate)
            let form = try await mara.load("/inbox/\(id)").form("/inbox/\(id)/snooze")
            _ = try await served.world.desk.claim(id, of: quayside, by: jonas)
            let refused = try await mara.send(form, ["for": "hour"])
            #expect(refused.status == 409 && refused.html.contains("Jonas has this conversation."))
            _ = try await served.world.desk.handBack(id, of: quayside, by: jonas)
            #expect(try await mara.send(form, ["for": "hour"]).status == 409)
            #expect(try await served.conversation(id).snoozedUntil == nil)
        }
    }

    @Test func `two conversations of a customer become one and two again, with the part's words in the whole`() async throws {
        try await Served.run { served in
            let input = JSON.of(("name", "Ines"), ("email", "ines@example.com"))
            let (part, whole) = (try await served.open(at: "site-quayside", input), try await served.open(at: "site-quayside", input))
            try await served.say("My heron is late.", part)
            try await served.say("Where is my parcel?", whole)
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(whole.conversation)"
            let merged = try await mara.send(mara.load(address).form("/inbox/\(part.conversation)/merge"))
            #expect(merged.path.hasPrefix(address) && merged.html.contains("My heron is late."))
            let ofPart = try await mara.load("/inbox/\(part.conversation)")
            #expect(ofPart.html.contains("href=\"\(address)"))
            let apart = try await mara.send(merged.form("/inbox/\(part.conversation)/unmerge"))
            #expect(try await served.conversation(ConversationID(part.conversation)).mergedInto == nil)
            #expect(apart.status == 200)
            #expect(try await !mara.load(address).html.contains("class=\"merged\""))
        }
    }

    @Test func `what cannot be merged stays two, and the page says why`() async throws {
        try await Served.run { served in
            let input = JSON.of(("name", "Ines"), ("email", "ines@example.com"))
            let (part, whole) = (try await served.open(at: "site-quayside", input), try await served.open(at: "site-quayside", input))
            let stranger = try await served.open()
            let mara = try await served.browser(of: mara, .teammate)
            let form = try await mara.load("/inbox/\(whole.conversation)").form("/inbox/\(part.conversation)/merge")
            for (into, words) in [(part.conversation, "a part of itself"), (stranger.conversation, "of two customers")] {
                let refused = try await mara.send(form, ["into": into])
                #expect(refused.status == 409 && refused.html.contains(words), "\(into)")
            }
            #expect(try await mara.send(form, ["into": "conv_nothing"]).status == 404)
            #expect(try await served.conversation(ConversationID(part.conversation)).mergedInto == nil)
        }
    }

    @Test func `a ready reply is put into the field or sent, once, and never over what was missed`() async throws {
        try await Served.run { served in
            let made = try await served.send(
                "POST", "/v1/macros", .of(("name", "Sorry"), ("text", "I am sorry, {{customer}}. {{teammate}}")), as: served.key, key: "m")
            let macro = try #require(made.json["id"]?.text)
            let conversation = try await served.world.ask("Can I talk to a human please?").conversation
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(conversation.id)"
            let page = try await mara.load(address)
            #expect(page.html.contains(">Sorry</strong>"))
            let insert = try #require(page.references.first { $0.contains("use=\(macro)") })
            #expect(try await mara.load(insert.replacing("&amp;", with: "&")).html.contains("Mara</textarea>"))
            let form = try page.form("\(address)/macro")
            _ = try await served.world.say("Hello?", in: conversation)
            let outdated = try await mara.send(form, ["macro": macro])
            #expect(outdated.status == 409 && outdated.html.contains("Somebody wrote while you looked"))
            let fresh = try await mara.load(address).form("\(address)/macro")
            for _ in 0..<2 { _ = try await mara.send(fresh, ["macro": macro]) }
            let said = try await served.world.thread(conversation).filter { $0.text.hasPrefix("I am sorry") }
            #expect(said.count == 1 && said.first?.text.hasSuffix("Mara") == true)
            #expect(try await mara.send(fresh, ["macro": "mac_nothing"]).status >= 400)
        }
    }
}

extension Served {
    fileprivate func conversation(_ id: ConversationID) async throws -> Conversation {
        let inbox = service.inbox(of: quayside)
        return try await world.read { try inbox.conversation(id, in: $0) }
    }
}
