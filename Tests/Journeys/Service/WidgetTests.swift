import Access
import Assistant
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// The site's side of the widget over the API: what a site tells, how customers introduce themselves, sign in and say how it went.
@Suite struct WidgetTests {
    private static let question = "How long does a bank withdrawal take?"

    @Test func `a site tells its looks, its form with the consent's version, and what files it takes`() async throws {
        try await Served.run { served in
            let site = try await served.send("GET", "/v1/sites/site-quayside").json
            #expect(site["looks"]?["colour"]?.text == "#0f766e" && site["looks"]?["text_colour"]?.text == "#ffffff")
            #expect(site["lead_form"]?["fields"]?.items?.map { $0["name"]?.text } == ["name", "email", "account", "city"])
            #expect(site["lead_form"]?["consent"]?["version"]?.text == ServedSites.form.consent?.version)
            #expect(site["attachments"]?["most_bytes"]?.integer == 10_485_760 && site["identity"] == .bool(true))
            let plain = try await served.send("GET", "/v1/sites/site-harbour").json
            #expect(plain["lead_form"] == nil && plain["attachments"] == nil && plain["satisfaction"] == .bool(false))
        }
    }

    @Test func `a customer introduces themselves, agrees to the words they saw, and teammates see it`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let version = JSON.of(("version", .text(ServedSites.form.consent?.version)))
            let fields = JSON.of(("account", "Business"), ("city", "Porto"))
            let said = try await served.send(
                "PATCH", visitor.path + "/customer",
                .of(("name", "Ines"), ("email", "ines@example.com"), ("fields", fields), ("consent", version)), as: visitor.token)
            #expect(said.status == 200 && said.json["name"]?.text == "Ines" && said.json["verified"] == .bool(false), "\(said.text)")
            let staff = try await served.send("GET", visitor.path, as: served.key).json
            #expect(staff["details"]?["account"]?.text == "Business" && staff["details"]?["city"]?.text == "Porto")
            #expect(staff["consents"]?.items?.first?["text"]?.text == "Quayside may write to me." && staff["introduction"]?.text == "given")
            let own = try await served.send("GET", visitor.path, as: visitor.token).json
            #expect(own["introduction"]?.text == "given" && own["consents"] == nil && own["details"] == nil)
        }
    }

    @Test func `what no form asked, no choice, changed words and a reserved name are refused, and nothing is kept of it`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            for (input, pointer) in [
                (JSON.of(("fields", .of(("salary", "1")))), "/fields/salary"),
                (.of(("fields", .of(("account", "Other")))), "/fields/account"),
                (.of(("consent", .of(("version", "0123")))), "/consent/version"), (.of(("name", "Suppоrt")), "/name"),
                (.of(("name", "Quayside Assistant")), "/name"), (.of(("name", "Mara")), "/name"),
                (.of(("name", "Quayside Support")), "/name"),
                (.of(("email", "nobody")), "/email"), (.of(("name", "a\u{2028}b")), "/name"), (.of(("name", "a\r\nb")), "/name"),
            ] {
                let name = JSON.of(("name", "Ines")).members ?? []
                let all = JSON.object((input["name"] == nil ? name : []) + (input.members ?? []))
                let refused = try await served.send("PATCH", visitor.path + "/customer", all, as: visitor.token)
                #expect(refused.status == 422 && refused.json["errors"]?.items?.first?["pointer"]?.text == pointer, "\(refused.text)")
                let opened = try await served.send("POST", "/v1/sites/site-quayside/conversations", all)
                #expect(opened.status == 422, "\(opened.text)")
            }
            let staff = try await served.send("GET", visitor.path, as: served.key).json
            #expect(staff["customer"]?["name"] == nil && staff["introduction"] == nil && staff["details"]?.members?.isEmpty == true)
            let skipped = try await served.send("PATCH", visitor.path + "/customer", .of(("skipped", .bool(true))), as: visitor.token)
            #expect(skipped.status == 200)
            #expect(try await served.send("GET", visitor.path, as: visitor.token).json["introduction"]?.text == "skipped")
        }
    }

    @Test func `a customer says how it went, once there is something to judge, and nobody says it for them`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let path = visitor.path + "/satisfaction"
            let five = JSON.of(("score", .of(5)), ("comment", "Quick."))
            #expect(try await served.send("PUT", path, five, as: visitor.token).status == 409)
            try await served.say(Self.question, visitor)
            #expect(try await served.send("GET", visitor.path, as: visitor.token).json["can_rate"] == .bool(true))
            let said = try await served.send("PUT", path, five, as: visitor.token)
            #expect(said.status == 200 && said.json["score"]?.integer == 5 && said.json["comment"]?.text == "Quick.", "\(said.text)")
            for caller in [visitor.token, served.key] {
                let shown = try await served.send("GET", visitor.path, as: caller).json["satisfaction"]
                #expect(shown?["score"]?.integer == 5)
            }
            for score in [0, 6] {
                #expect(try await served.send("PUT", path, .of(("score", .of(score))), as: visitor.token).status == 422)
            }
            let other = try await served.open()
            #expect(try await served.send("PUT", path, five, as: other.token).status == 404)
            #expect(try await served.send("PUT", path, five, as: served.key).status == 403)
            #expect(try await served.send("PUT", path, five).status == 401)
        }
    }

    @Test func `a signed-in customer is the same on every device and goes on where they were`() async throws {
        try await Served.run { served in
            let address = "/v1/sites/site-quayside/conversations"
            func open(_ token: String, as credential: String? = nil, _ more: (String, JSON?)...) async throws -> Served.Answer {
                let input = JSON.object(
                    [.init(key: "identity", value: .string(token))]
                        + more.compactMap { pair in pair.1.map { .init(key: pair.0, value: $0) } })
                return try await served.send("POST", address, input, as: credential, key: nil)
            }
            let now = served.world.clock.now
            let first = try await open(ServedSites.token("u-17", at: now), ("text", .string(Self.question)))
            #expect(first.status == 201, "\(first.text)")
            let id = try #require(first.json["conversation"]?["id"]?.text)
            _ = await served.world.desk.outcome(in: ConversationID(id))
            let second = try await open(ServedSites.token("u-17", at: now, name: "Ines D.", more: #","aud":"site-quayside""#))
            #expect(second.status == 200 && second.json["conversation"]?["id"]?.text == id, "\(second.text)")
            let token = try #require(second.json["token"]?.text)
            let messages = try await served.messages(.init(conversation: id, token: token), as: token)
            #expect(messages.first?["text"]?.text == Self.question)
            let customer = try await served.send("GET", "/v1/conversations/\(id)", as: served.key).json["customer"]
            #expect(
                customer?["external_id"]?.text == "u-17" && customer?["verified"] == .bool(true) && customer?["name"]?.text == "Ines D.")
            let other = try await open(ServedSites.token("u-18", at: now))
            #expect(other.status == 201 && other.json["conversation"]?["id"]?.text != id)
            // The same request with the same key twice is one conversation and one message.
            let input = JSON.of(("identity", .string(ServedSites.token("u-19", at: now))), ("text", "Hello?"))
            let once = try await served.send("POST", address, input, key: "0123456789abcdef-once")
            let twice = try await served.send("POST", address, input, key: "0123456789abcdef-once")
            #expect(once.json["conversation"]?["id"] == twice.json["conversation"]?["id"])
            #expect(once.json["message"]?["id"] != nil && once.json["message"]?["id"] == twice.json["message"]?["id"])
        }
    }

    @Test func `B3: signing in takes along the conversation on the device, and ends every token that was given for it`() async throws {
        try await Served.run { served in
            let planted = try await served.open()
            try await served.say(Self.question, planted)
            let input = JSON.of(("identity", .string(ServedSites.token("u-17", at: served.world.clock.now))))
            let address = "/v1/sites/site-quayside/conversations"
            let mine = try await served.send("POST", address, input, as: planted.token)
            #expect(mine.status == 200 && mine.json["conversation"]?["id"]?.text == planted.conversation, "\(mine.text)")
            #expect(try await served.send("GET", planted.path, as: planted.token).status == 401)
            let token = try #require(mine.json["token"]?.text)
            #expect(try await served.send("GET", planted.path, as: token).status == 200)
            // Whoever signs in next on that device gets a conversation of their own, and the first one keeps theirs.
            let next = JSON.of(("identity", .string(ServedSites.token("u-18", at: served.world.clock.now))))
            let other = try await served.send("POST", address, next, as: token)
            #expect(other.status == 201 && other.json["conversation"]?["id"]?.text != planted.conversation)
            #expect(try await served.send("GET", planted.path, as: token).status == 200)
            #expect(try await served.send("GET", planted.path, as: other.json["token"]?.text).status == 404)
            // A customer of another company holds nothing here.
            let harbour = try await served.open(at: "site-harbour")
            let third = JSON.of(("identity", .string(ServedSites.token("u-20", at: served.world.clock.now))))
            let foreign = try await served.send("POST", address, third, as: harbour.token)
            #expect(foreign.status == 201 && foreign.json["conversation"]?["id"]?.text != harbour.conversation)
        }
    }

    @Test func `a token that does not hold opens nothing and says why`() async throws {
        try await Served.run { served in
            let now = served.world.clock.now
            let good = ServedSites.token("u-17", at: now)
            let bad = [
                ServedSites.token("u-17", at: now - 400_000), ServedSites.token("u-17", at: now + 90_000_000),
                ServedSites.token("u-17", at: now, more: #","aud":"site-harbour""#), String(good.dropLast(4)), "eyJhbGciOiJub25lIn0.e30.",
                ServedSites.token("u-17", at: now, secret: Array("a secret of somebody else entirely".utf8)),
            ]
            for token in bad {
                let refused = try await served.send("POST", "/v1/sites/site-quayside/conversations", .of(("identity", .string(token))))
                #expect(refused.status == 401 && refused.code == "unauthenticated", "\(refused.text)")
                #expect(refused.json["detail"]?.text?.contains("identity token") == true && !refused.text.contains(token))
            }
            let none = try await served.send("POST", "/v1/sites/site-harbour/conversations", .of(("identity", .string(good))))
            #expect(none.status == 422)
            #expect(try await served.send("GET", "/v1/conversations?queue=assistant", as: served.key).json["data"]?.items?.isEmpty == true)
        }
    }

    @Test func `where a site takes no files none is kept`() async throws {
        try await Served.run { served in
            let harbour = try await served.open(at: "site-harbour")
            let refused = try await served.send(
                "POST", harbour.path + "/attachments?name=a.txt", as: harbour.token, headers: [("Content-Type", "text/plain")],
                bytes: Array("x".utf8))
            #expect(refused.status == 403 && refused.json["detail"]?.text?.contains("no files") == true)
        }
    }
}
