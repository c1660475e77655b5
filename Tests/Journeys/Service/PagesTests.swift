import Access
import Assistant
import Foundation
import Inbox
import Metering
import Retrieval
import Storage
import Testing
import Transfer

/// The pages as a browser without scripts sees them: forms do the main job, everybody's words stay words, and each role sees what is its own.
@Suite struct PagesTests {
    static let chat = "/chat/site-quayside"

    // MARK: The main job

    @Test func `a customer asks, asks for a person, and is answered by one, all by forms`() async throws {
        try await Served.run { served in
            let customer = Browser(served)
            let empty = try await customer.load(Self.chat)
            #expect(empty.html.contains("an automated assistant") && empty.html.contains("Talk to a person"))
            _ = try await customer.send(empty.form(Self.chat), ["text": "How long does a bank withdrawal take?", "name": "Ines"])
            let conversation = try await served.onlyConversation()
            _ = await served.world.desk.outcome(in: conversation)
            let answered = try await customer.load(Self.chat)
            #expect(answered.html.contains("within two working days"))
            #expect(answered.html.contains("<summary><bdi>Bank withdrawals</bdi></summary>") && answered.html.contains("<mark>"))

            let asked = try await customer.send(answered.form("\(Self.chat)/handoff"))
            #expect(asked.html.contains("Waiting for a person") && !asked.html.contains(">Talk to a person<"))

            let mara = try await served.browser(of: mara, .teammate)
            let list = try await mara.load("/inbox")
            #expect(list.html.contains("asked for a person") && list.html.contains("<bdi>Ines</bdi>"))
            let thread = try await mara.load("/inbox/\(conversation)?queue=needs_person")
            #expect(thread.html.contains("Why a person was asked"))
            let mine = try await mara.send(thread.form("/inbox/\(conversation)/claim"))
            #expect(mine.html.contains("<p class=\"state\">Yours</p>"))
            let replied = try await mara.send(mine.form("/inbox/\(conversation)/reply"), ["text": "Hello Ines, Mara here."])
            #expect(replied.status == 200 && replied.html.contains("Hello Ines, Mara here."))
            let noted = try await mara.send(replied.form("/inbox/\(conversation)/note"), ["text": "Check the bank file."])
            #expect(noted.html.contains("Check the bank file."))

            let seen = try await customer.load(Self.chat)
            #expect(seen.html.contains("Hello Ines, Mara here.") && seen.html.contains("<bdi>Mara</bdi> is here"))
            #expect(!seen.html.contains("Check the bank file."))
            _ = try await mara.send(noted.form("/inbox/\(conversation)/resolve"))
            #expect(try await customer.load(Self.chat).html.contains("This conversation is closed"))
        }
    }

    @Test func `who replies to a conversation of the assistant has taken it over, and what is outdated is not sent`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("How long does a bank withdrawal take?").conversation
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(conversation.id)"
            let page = try await mara.load(address)
            #expect(page.html.contains("This takes the conversation over."))
            try await served.world.ask("And when are staking rewards paid?", in: conversation)
            let refused = try await mara.send(page.form("\(address)/reply"), ["text": "Two days."])
            #expect(refused.status == 409 && refused.html.contains("Not sent") && refused.html.contains(">Two days.</textarea>"))
            let sent = try await mara.send(refused.form("\(address)/reply"), ["text": "Two days."])
            #expect(sent.status == 200 && sent.html.contains("<p class=\"state\">Yours</p>"))
            let back = try await mara.send(sent.form("\(address)/hand-back"))
            #expect(back.html.contains("With the assistant"))
        }
    }

    @Test func `a colleague's conversation is not taken by pressing a button too late`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("Can I talk to a human please?").conversation
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(conversation.id)"
            let page = try await mara.load(address)
            _ = try await served.world.desk.claim(conversation.id, of: quayside, by: jonas)
            let late = try await mara.send(page.form("\(address)/claim"))
            #expect(late.status == 409 && late.html.contains("Jonas has this conversation"))
            #expect(try await served.world.current(conversation).owner == .teammate(jonas))
            let reply = try await mara.send(page.form("\(address)/reply"), ["text": "Mine!"])
            #expect(reply.status == 409 && reply.html.contains("were not sent"))
        }
    }

    @Test func `a form that was sent twice counts once`() async throws {
        try await Served.run { served in
            let customer = Browser(served)
            let first = try await customer.load(Self.chat).form(Self.chat)
            let twin = Browser(served)
            _ = try await customer.send(first, ["text": "When are the staking rewards paid out?"])
            _ = try await twin.send(first, ["text": "When are the staking rewards paid out?"])
            let conversation = try await served.onlyConversation()
            _ = await served.world.desk.outcome(in: conversation)
            let form = try await customer.load(Self.chat).form("\(Self.chat)/messages")
            _ = try await customer.send(form, ["text": "Thank you"])
            let page = try await customer.send(form, ["text": "Thank you"])
            #expect(page.html.components(separatedBy: ">Thank you</div>").count == 2)
        }
    }

    @Test func `words that cannot be kept come back with what is wrong`() async throws {
        try await Served.run { served in
            let customer = Browser(served)
            let page = try await customer.send(customer.load(Self.chat).form(Self.chat), ["text": "  "])
            #expect(page.status == 422 && page.html.contains("role=\"alert\"") && page.html.contains("is empty"))
        }
    }

    // MARK: Safety

    static let payloads = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onfocus=alert(1) autofocus='",
        "</textarea></title><svg onload=alert(1)>",
        "\u{202E}gnp.exe\u{202D}", "{{7*7}} &amp; &#x3c;b&#x3e;",
    ]

    @Test func `hostile names, messages, notes, tags and documents are words on every page`() async throws {
        var options = World.Options()
        options.documents = [
            SourceDocument(
                id: "mooring.md", title: "Pets <script>alert('t')</script>",
                text: "# Pets\n\nA parrot may come aboard for 3 EUR \"><img src=x onerror=alert(1)> a night.\n", format: .markdown)
        ]
        let payloads = Self.payloads
        try await Served.run(options) { served in
            let nasty = payloads.joined(separator: " ")
            // A name with what is not seen is refused before it could be shown.
            let seen = nasty.unicodeScalars.filter {
                !$0.properties.isDefaultIgnorableCodePoint && $0.properties.generalCategory != .control
            }
            let customer = Browser(served)
            _ = try await customer.send(
                customer.load(Self.chat).form(Self.chat),
                ["text": "What does a parrot cost aboard? \(nasty)", "name": String(String(String.UnicodeScalarView(seen)).prefix(190))])
            let conversation = try await served.onlyConversation()
            _ = await served.world.desk.outcome(in: conversation)
            let mara = try await served.browser(of: mara, .owner)
            let address = "/inbox/\(conversation)"
            let thread = try await mara.load(address)
            _ = try await mara.send(thread.form("\(address)/note"), ["text": nasty])
            _ = try await mara.send(thread.form("\(address)/tags"), ["tags": String(nasty.prefix(80))])
            let response = try await served.world.usage().first?.response.text
            var pages = [
                try await customer.load(Self.chat), try await mara.load(address), try await mara.load("/inbox?queue=assistant"),
                try await mara.load("/inbox?queue=needs_person&q=%22%3E%3Cscript%3E"),
                try await mara.load("/usage?assistant=%22%3E%3Cscript%3E"),
                try await Browser(served).load("/sign-in?next=/%22%3E%3Cscript%3E"), try await mara.load("/nothing/%22%3E%3Cscript%3E"),
            ]
            if let response { pages.append(try await mara.load("/usage/\(response)")) }
            for page in pages {
                #expect(!page.html.contains("<script>") && !page.html.contains("<img") && !page.html.contains("<svg"), "\(page.path)")
                for script in page.html.components(separatedBy: "<script").dropFirst() {
                    #expect(script.hasPrefix(" type=\"module\" src=\"/assets/"), "\(page.path)")
                }
                #expect(!page.html.contains(" onerror=alert(1)>") && !page.html.contains("' onfocus"), "\(page.path)")
            }
            // What reorders text stays within an element that keeps its direction to itself.
            for page in pages.prefix(2) {
                for piece in page.html.components(separatedBy: "\u{202E}").dropLast() {
                    let element = piece.components(separatedBy: "<").last ?? ""
                    #expect(element.contains("dir=\"auto\"") || element.hasPrefix("bdi>"), "\(page.path): \(element.prefix(60))")
                }
            }
        }
    }

    @Test func `without the session's token or from another site nothing is done`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("Can I talk to a human please?").conversation
            let mara = try await served.browser(of: mara, .teammate)
            let address = "/inbox/\(conversation.id)"
            let form = try await mara.load(address).form("\(address)/claim")
            #expect(try await mara.send(form, without: ["csrf"]).status == 403)
            #expect(try await mara.send(form, ["csrf": "made-up"]).status == 403)
            #expect(try await mara.send(form, headers: [("Origin", "https://evil.example")]).status == 403)
            #expect(try await mara.send(form, headers: [("Sec-Fetch-Site", "cross-site")]).status == 403)
            #expect(try await served.world.current(conversation).owner == .queue)
            #expect(try await mara.send(form).status == 200)
            #expect(try await served.world.current(conversation).owner.teammate?.text == "mara")
            let customer = Browser(served)
            let foreign = try await customer.send(
                customer.load(Self.chat).form(Self.chat), ["text": "Hello"], headers: [("Origin", "https://evil.example")])
            #expect(foreign.status == 403)
        }
    }

    @Test(arguments: ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "/a/../b"])
    func `a sign-in leads nowhere else`(_ next: String) async throws {
        try await Served.run { served in
            try await served.account(mara, .teammate)
            let browser = Browser(served)
            let page = try await browser.send(
                browser.load("/sign-in").form("/sign-in"), ["email": "mara@quayside.example", "password": Served.password, "next": next])
            #expect(page.path == "/inbox" && page.status == 200)
        }
    }

    @Test func `a sign-in leads back to where one was`() async throws {
        try await Served.run { served in
            try await served.account(mara, .teammate)
            let browser = Browser(served)
            let asked = try await browser.load("/inbox")
            #expect(asked.path == "/sign-in?next=%2Finbox")
            let wrong = try await browser.send(asked.form("/sign-in"), ["email": "mara@quayside.example", "password": "wrong wrong wrong"])
            #expect(wrong.status == 401 && wrong.html.contains("E-mail or password is wrong."))
            let page = try await browser.send(wrong.form("/sign-in"), ["email": "mara@quayside.example", "password": Served.password])
            #expect(page.path == "/inbox" && page.status == 200)
            let out = try await browser.send(page.form("/sign-out"))
            #expect(out.path == "/sign-in")
            #expect(try await browser.load("/inbox").path.hasPrefix("/sign-in"))
        }
    }

    @Test func `an invitation sets a password once`() async throws {
        try await Served.run { served in
            let access = served.access
            let token = try await served.world.store.write { transaction in
                try access.saveAccount("edda", email: "edda@quayside.example", role: .teammate, of: quayside, in: transaction)
                return try access.invite("edda", of: quayside, by: .console(of: quayside), in: transaction).token
            }
            let browser = Browser(served)
            let form = try await browser.load("/invitation").form("/invitation")
            let weak = try await browser.send(form, ["code": token, "password": "short"])
            #expect(weak.status == 422 && weak.html.contains("value=\"\(token)\""), "the code need not be pasted again")
            #expect(try await browser.send(form, ["code": " \(token)\n", "password": Served.password]).path == "/sign-in")
            let used = try await browser.send(form, ["code": token, "password": Served.password])
            #expect(used.status == 422 && used.html.contains("not valid") && !used.html.contains(token))
            #expect(try await browser.load("/invitation/\(token)").status == 404, "no address has the code")
            let page = try await browser.send(
                browser.load("/sign-in").form("/sign-in"), ["email": "edda@quayside.example", "password": Served.password])
            #expect(page.path == "/inbox")
        }
    }

    // MARK: Who sees what

    @Test func `each role sees what is its own`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("How long does a bank withdrawal take?").conversation.id
            let finance = try await served.browser(of: jonas, .finance)
            let usage = try await finance.load("/")
            #expect(usage.path == "/usage" && usage.html.contains("0.05") && !usage.html.contains("href=\"/inbox\""))
            #expect(usage.html.contains("Available") && usage.html.contains("Next credit ends"))
            #expect(usage.html.contains("Spent per day") && usage.html.contains("more than 999 days"))
            #expect(try await finance.load("/inbox").status == 403)
            #expect(try await finance.load("/inbox/\(conversation)").status == 403)
            let row = try #require(usage.references.first { $0.hasPrefix("/usage/") })
            let response = try await finance.load(row)
            #expect(response.html.contains("Price lines") && response.html.contains("Paid from"))

            let teammate = try await served.browser(of: mara, .teammate)
            #expect(try await teammate.load("/usage").status == 403)
            let page = try await teammate.load("/inbox/\(conversation)")
            #expect(!page.html.contains("Cost so far") && !page.html.contains("href=\"/usage\""))

            let looker = try await served.browser(of: edda, .readOnly)
            let seen = try await looker.load("/inbox/\(conversation)")
            #expect(
                seen.html.contains("Cost so far") && !seen.hasForm("/inbox/\(conversation)/reply")
                    && !seen.hasForm("/inbox/\(conversation)/claim"))
            let claim = try await teammate.load("/inbox/\(conversation)").form("/inbox/\(conversation)/claim")
            #expect(try await looker.send(claim).status == 403)
        }
    }

    @Test func `a customer sees one conversation, and another company's is not found by anybody`() async throws {
        try await Served.run { served in
            let first = Browser(served)
            _ = try await first.send(first.load(Self.chat).form(Self.chat), ["text": "My secret is 4711."])
            let second = Browser(served)
            let empty = try await second.load(Self.chat)
            #expect(!empty.html.contains("4711"))
            #expect(try await first.load("/chat/site-harbour").html.contains("4711") == false)
            let foreign = try await served.world.ask("Where do I moor?", in: try await served.world.open(in: harbour)).conversation
            let mara = try await served.browser(of: mara, .owner)
            #expect(try await mara.load("/inbox/\(foreign.id)").status == 404)
            #expect(try await mara.load("/chat/nowhere").status == 404)
        }
    }

    @Test func `one browser can be a customer and a teammate`() async throws {
        try await Served.run { served in
            let both = try await served.browser(of: mara, .teammate)
            _ = try await both.send(both.load(Self.chat).form(Self.chat), ["text": "Can I talk to a human please?"])
            #expect(try await both.load(Self.chat).html.contains("talk to a human"))
            #expect(try await both.load("/inbox").html.contains("talk to a human"))
        }
    }

    // MARK: Pages as such

    @Test func `no page refers to another origin, and what pages refer to is there`() async throws {
        try await Served.run { served in
            let conversation = try await served.world.ask("How long does a bank withdrawal take?").conversation.id
            let mara = try await served.browser(of: mara, .owner)
            let customer = Browser(served)
            var assets: Set<String> = []
            for page in [
                try await mara.load("/inbox"), try await mara.load("/inbox/\(conversation)"), try await mara.load("/usage"),
                try await customer.load(Self.chat), try await customer.load("/sign-in"), try await customer.load("/"),
                try await customer.load("/nothing-here"),
            ] {
                #expect(page.html.hasPrefix("<!doctype html>"), "\(page.path)")
                for reference in page.references {
                    #expect(
                        reference.hasPrefix("/") && !reference.hasPrefix("//") || reference.hasPrefix("#"), "\(page.path): \(reference)")
                }
                assets.formUnion(page.references.filter { $0.hasPrefix("/assets/") })
            }
            #expect(assets.count >= 4)
            for asset in assets.union(["/assets/live.js"]) {
                let first = try await served.send("GET", asset)
                #expect(first.status == 200 && first.body.allSatisfy { $0 < 0x80 }, "\(asset)")
                #expect(!first.text.replacing("http://www.w3.org/2000/svg", with: "").contains("://"), "\(asset)")
                let tag = try #require(first.headers["etag"])
                #expect(try await served.send("GET", asset, headers: [("If-None-Match", tag)]).status == 304)
            }
            let style = try await served.send("GET", "/assets/baton.css")
            #expect(style.body.count <= 12 << 10)
        }
    }

    @Test func `a customer's stream tells of their own conversation and needs their cookie`() async throws {
        try await Served.run { served in
            #expect(try await served.send("GET", "\(Self.chat)/events").status == 401)
            let (first, second) = (Browser(served), Browser(served))
            _ = try await first.send(first.load(Self.chat).form(Self.chat), ["text": "Can I talk to a human please?"])
            let conversation = try await served.onlyConversation()
            _ = await served.world.desk.outcome(in: conversation)
            _ = try await second.send(second.load(Self.chat).form(Self.chat), ["text": "When are staking rewards paid?"])
            let told = try await first.load("\(Self.chat)/events", headers: [("Accept", "application/json")])
            #expect(told.html.contains("conversation.handed_over") && told.html.contains(conversation.text))
            let others = try await second.load("\(Self.chat)/events", headers: [("Accept", "application/json")])
            #expect(others.html.contains("message.received") && !others.html.contains(conversation.text))
            let policy = try await served.send("GET", Self.chat).headers["content-security-policy"] ?? ""
            #expect(
                policy.contains("default-src 'none'") && policy.contains("require-trusted-types-for 'script'")
                    && policy.contains("trusted-types 'none'"))
        }
    }
}

extension Served {
    /// The one conversation of Quayside.
    func onlyConversation() async throws -> ConversationID {
        let ids: [ConversationID] = try await world.read { snapshot in
            try snapshot.rows("SELECT id FROM conversation WHERE workspace = $1", quayside).map { try $0[0] }
        }
        #expect(ids.count == 1)
        return try #require(ids.first)
    }
}
