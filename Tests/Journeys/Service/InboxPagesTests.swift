import Access
import Assistant
import Foundation
import Inbox
import Notation
import Storage
import Testing

/// The shared inbox as a browser without scripts sees it: what is drawn, for whom, and what its forms refuse.
@Suite struct InboxPagesTests {
    @Test func `reply and note are two fields, and what was refused comes back into its own`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("Can I talk to a human please?").conversation
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(conversation.id)"
            let page = try await mara.load(address)
            #expect(page.html.contains("Only colleagues see this.") && page.html.contains("id=\"mode-reply\" checked"))
            let empty = try await mara.send(page.form("\(address)/note"), ["text": " "])
            #expect(empty.status == 422 && empty.html.contains("id=\"mode-note\" checked") && empty.html.contains("is empty"))
            try await served.world.ask("Are you there?", in: conversation)
            let refused = try await mara.send(page.form("\(address)/reply"), ["text": "One moment."])
            #expect(refused.status == 409 && refused.html.contains("id=\"mode-reply\" checked"))
            #expect(refused.html.contains(">One moment.</textarea>"))
            #expect(refused.html.contains("entry customer text missed"))
            #expect(!page.html.contains(" missed\""))
        }
    }

    @Test func `resolving goes on to the next, tells what was done, and can be taken back`() async throws {
        try await Served.run { served in
            let first = try await served.world.ask("Can I talk to a human please?").conversation
            let second = try await served.world.ask("Can I talk to a human, too?").conversation
            let mara = try await served.browser(of: mara, .teammate)
            let page = try await mara.load("/inbox/\(first.id)")
            #expect(page.html.contains("/inbox/\(second.id)?queue=needs_person\" data-key=\"u\""))
            let next = try await mara.send(page.form("/inbox/\(first.id)/resolve"))
            #expect(next.path.hasPrefix("/inbox/\(second.id)?") && next.html.contains("Closed: "))
            let back = try await mara.send(next.form("/inbox/\(first.id)/claim"))
            #expect(back.html.contains("<p class=\"state\">Yours</p>"))
            #expect(try await served.world.current(first).state == .open)
        }
    }

    @Test func `words are sent and the conversation closed by one button`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("Can I talk to a human please?").conversation
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(conversation.id)"
            let done = try await mara.send(mara.load(address).form("\(address)/reply"), ["text": "It is solved.", "then": "resolve"])
            #expect(done.html.contains("Closed: "))
            #expect(try await served.world.current(conversation).state == .resolved)
        }
    }

    @Test func `what an address tells of another company's conversation is nothing`() async throws {
        try await Served.run { served in
            let foreign = try await served.world.ask("Where do I moor?", in: try await served.world.open(in: harbour)).conversation
            let mara = try await served.browser(of: mara, .teammate)
            for told in ["did=resolved&of=\(foreign.id)", "did=resolved&of=conv_none", "did=blown_up&of=\(foreign.id)"] {
                let page = try await mara.load("/inbox?\(told)")
                #expect(page.status == 200 && !page.html.contains("data-toast><p>Closed"), "\(told)")
            }
        }
    }

    @Test func `words are found in all conversations, marked where they stand`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("Can I talk to a human about my umbrella please?").conversation
            try await served.world.ask("How long does a bank withdrawal take?")
            let mara = try await served.browser(of: mara, .teammate)
            let found = try await mara.load("/inbox?queue=closed&q=umbrella")
            #expect(
                found.html.contains("<mark>umbrella</mark>") && found.html.contains("r-\(conversation.id)")
                    && found.html.contains("1 found"))
            let nothing = try await mara.load("/inbox?queue=needs_person&q=parasol")
            #expect(nothing.html.contains("Nothing has these words") && !nothing.html.contains("r-\(conversation.id)"))
        }
    }

    @Test func `an answer of the assistant is judged in one click, and a customer's words are not`() async throws {
        try await Served.run { served in
            let asked = try await served.world.ask("How long does a bank withdrawal take?").conversation
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(asked.id)"
            let page = try await mara.load(address)
            #expect(page.html.components(separatedBy: "Was this answer right?").count == 2)
            let judged = try await mara.send(page.form("\(address)/judgement"), ["verdict": "wrong"])
            #expect(
                judged.html.contains("value=\"wrong\" aria-pressed=\"true\"")
                    && judged.html.contains("value=\"right\" aria-pressed=\"false\""))
            let refused = try await mara.send(page.form("\(address)/judgement"), ["verdict": "splendid"])
            #expect(refused.status == 422)
            let jonas = try await served.browser(of: jonas, .readOnly)
            let seen = try await jonas.load(address)
            #expect(seen.html.contains("Mara</bdi>: wrong") && !seen.hasForm("\(address)/judgement"))
        }
    }

    @Test func `who only looks on has nothing to press`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("Can I talk to a human please?").conversation
            let edda = try await served.browser(of: edda, .readOnly)
            let page = try await edda.load("/inbox/\(conversation.id)")
            #expect(page.status == 200 && page.html.contains("You are looking on"))
            for form in ["claim", "resolve", "hand-back", "assignment", "tags", "reply", "note", "judgement"] {
                #expect(!page.hasForm("/inbox/\(conversation.id)/\(form)"), "\(form)")
            }
            for key in ["t", "e", "r", "a", "n", "l"] { #expect(!page.html.contains("data-key=\"\(key)\""), "\(key)") }
        }
    }

    @Test func `a long list shows a hundred, and more where they are asked for`() async throws {
        try await Served.run { served in
            for number in 0..<103 { _ = try await served.open(at: "site-quayside", .of(("name", .string("Guest \(number)")))) }
            let mara = try await served.browser(of: mara, .teammate)
            func rows(_ page: Browser.Page) -> Int { page.html.components(separatedBy: "class=\"row").count - 1 - 1 }
            let first = try await mara.load("/inbox?queue=assistant")
            let more = try #require(first.references.first { $0.contains("rows=200") })
            let all = try await mara.load(more.replacing("&amp;", with: "&"))
            #expect(rows(all) == rows(first) + 3 && !all.html.contains("id=\"more\""))
            #expect(all.references.contains { $0.contains("/inbox/conv_") && $0.contains("rows=200") })
            for odd in ["rows=-5", "rows=99999999999999999999", "rows=x"] {
                #expect(try await rows(mara.load("/inbox?queue=assistant&\(odd)")) >= rows(first), "\(odd)")
            }
        }
    }

    @Test func `each team has its list, and one that is not there is empty`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("Can I talk to a human please?").conversation
            let team = try #require(try await served.world.current(conversation).team)
            let mara = try await served.browser(of: mara, .teammate)
            let list = try await mara.load("/inbox?queue=team:\(team)")
            #expect(list.html.contains("r-\(conversation.id)") && list.html.contains("id=\"q-team:\(team)\""))
            let none = try await mara.load("/inbox?queue=team:nobody")
            #expect(none.status == 200 && !none.html.contains("r-\(conversation.id)"))
        }
    }

    @Test func `the passage behind a source is shown with what was quoted from it marked`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("How long does a bank withdrawal take?").conversation
            try await served.world.ask("Can I talk to a human please?", in: conversation)
            let mara = try await served.browser(of: mara, .teammate)
            let page = try await mara.load("/inbox/\(conversation.id)")
            #expect(page.html.contains("Why a person was asked") && page.html.contains("<mark>"))
        }
    }
}
