import Assistant
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

/// The main job over the API: a question is answered from documents; a person is asked for, announced, found in the inbox, takes over and answers.
@Suite struct TalkingTests {
    private static let question = "How long does a bank withdrawal take?"

    @Test func `a question is answered with citations, and teammates see how sure the assistant was`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            try await served.say(Self.question, visitor)
            let seen = try await served.messages(visitor, as: visitor.token)
            #expect(seen.map { $0["author"]?.text } == ["customer", "assistant"])
            #expect(seen.last?["citations"]?.items?.first?["document"]?.text == "bank-withdrawals.md")
            #expect(seen.last?["author_name"]?.text == "Quayside Assistant")
            let inside = try await served.messages(visitor, as: served.key)
            let answer = try #require(inside.last)
            #expect(answer["verdict"]?.text == "answer" && answer["confidence"] != nil && answer["model"] != nil)
            #expect(answer["charge"] == answer["turn"] && answer["charge"] != nil)
        }
    }

    @Test func `a customer who asks for a person is handed over, told so, answered by a teammate, handed back, and the case is closed`()
        async throws
    {
        try await Served.run { served in
            let visitor = try await served.open(at: "site-quayside", .of(("name", "Ines"), ("email", "ines@example.com")))
            try await served.say(Self.question, visitor)
            let handoff = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "person")
            #expect(handoff.status == 201 && handoff.json["announcement"]?.text == "Of course. Customer care is here.", "\(handoff.text)")
            #expect(handoff.json["package"] == nil && handoff.json["reason"] == nil)

            let list = try await served.send("GET", "/v1/conversations?queue=needs_person", as: served.key)
            let row = try #require(list.json["data"]?.items?.first)
            #expect(row["id"]?.text == visitor.conversation && row["reason"]?.text == "asked_for_person" && row["customer"] == "Ines")
            let package = try await served.send("GET", visitor.path + "/handoff", as: served.key)
            #expect(package.json["package"]?["sources"]?.items?.isEmpty == false)
            #expect(package.json["package"]?["why"]?.items?.contains { $0.text?.contains("asked for a person") == true } == true)
            #expect(package.json["seen_at"] == nil)

            #expect(try await served.send("PUT", visitor.path + "/seen", .by(mara, ("seq", 3)), as: served.key).status == 204)
            let claim = try await served.send("PUT", visitor.path + "/claim", .by(mara), as: served.key)
            #expect(claim.status == 200 && claim.json["conversation"]?["owner"]?["teammate"]?.text == "mara", "\(claim.text)")
            let note = try await served.send(
                "POST", visitor.path + "/notes", .by(mara, ("text", "Looks fine to me.")), as: served.key, key: "note")
            #expect(note.status == 201)
            let reply = try await served.send(
                "POST", visitor.path + "/messages", .by(mara, ("text", "Two days, I have checked."), ("last_seen", 3)), as: served.key,
                key: "reply")
            #expect(reply.status == 201 && reply.json["claimed"] == false, "\(reply.text)")

            let read = try await served.messages(visitor, as: visitor.token)
            #expect(read.map { $0["kind"]?.text } == ["text", "text", "announcement", "text"])
            #expect(read.last?["text"]?.text == "Two days, I have checked." && read.last?["author_name"]?.text == "Mara")
            #expect(read.last?["teammate"] == nil)
            #expect(try await served.messages(visitor, as: served.key).contains { $0["kind"]?.text == "note" })
            let timing = try await served.send("GET", visitor.path + "/handoff", as: served.key).json
            #expect(timing["seen_by"]?.text == "mara" && timing["claimed_by"]?.text == "mara" && timing["first_reply_at"] != nil)

            let back = try await served.send("DELETE", visitor.path + "/handoff", .by(mara), as: served.key)
            #expect(back.status == 200 && back.json["conversation"]?["owner"]?["kind"]?.text == "assistant")
            let closed = try await served.send("PUT", visitor.path + "/resolution", .by(mara), as: served.key)
            #expect(closed.json["conversation"]?["state"]?.text == "resolved")
            // The customer comes back: the assistant answers again.
            try await served.say("How are staking rewards paid out?", visitor, key: "again")
            #expect(try await served.messages(visitor, as: visitor.token).last?["author"]?.text == "assistant")
        }
    }

    @Test func `asking twice for a person announces it once, and the same key gives the same answer`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let first = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "a")
            let same = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "a")
            let other = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "b")
            #expect(first.status == 201 && same.status == 201 && same.body == first.body && other.status == 200)
            #expect(same.headers["idempotency-replayed"] == "true" && first.headers["idempotency-replayed"] == nil)
            #expect(try await served.messages(visitor, as: visitor.token).count { $0["kind"]?.text == "announcement" } == 1)
        }
    }

    @Test func `of two teammates who take over at once one has it and the other learns who`() async throws {
        try await Served.run { served in
            for round in 0..<20 {
                let visitor = try await served.open()
                let answers = try await withThrowingTaskGroup(of: Served.Answer.self) { tasks in
                    for teammate in [mara, jonas] {
                        tasks.addTask { try await served.send("PUT", visitor.path + "/claim", .by(teammate), as: served.key) }
                    }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.map(\.status).sorted() == [200, 409], "round \(round)")
                let owner = try await served.send("GET", visitor.path, as: served.key).json["owner"]?["teammate"]?.text
                let loser = try #require(answers.first { $0.status == 409 })
                #expect(loser.code == "owned_by_colleague" && loser.json["owner"]?.text?.lowercased() == owner)
            }
        }
    }

    @Test func `a reply to a thread that has moved on is not sent and shows what was missed`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            try await served.say(Self.question, visitor)
            _ = try await served.send("PUT", visitor.path + "/claim", .by(mara), as: served.key)
            try await served.say("And by card?", visitor, key: "more")
            let late = try await served.send(
                "POST", visitor.path + "/messages", .by(mara, ("text", "Anything else?"), ("last_seen", 2)), as: served.key, key: "late")
            #expect(late.status == 409 && late.code == "thread_moved")
            #expect(late.json["missed"]?.items?.compactMap { $0["text"]?.text } == ["And by card?"])
            // With the same key it may be sent later, having read on.
            let sent = try await served.send(
                "POST", visitor.path + "/messages", .by(mara, ("text", "Anything else?"), ("last_seen", 3)), as: served.key, key: "late")
            #expect(sent.status == 201)
            let colleague = try await served.send(
                "POST", visitor.path + "/messages", .by(jonas, ("text", "Me too.")), as: served.key, key: "jonas")
            #expect(colleague.status == 409 && colleague.code == "owned_by_colleague" && colleague.json["owner"]?.text == "Mara")
        }
    }

    @Test func `a message that is sent fifty times at once with one key is stored once, and another text under it is refused`() async throws
    {
        try await Served.run { served in
            let visitor = try await served.open()
            let answers = try await withThrowingTaskGroup(of: Served.Answer.self) { tasks in
                for _ in 0..<50 {
                    tasks.addTask {
                        try await served.send(
                            "POST", visitor.path + "/messages", .of(("text", .string(Self.question))), as: visitor.token, key: "one")
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map(\.status)) == [202] && Set(answers.map(\.body)).count == 1)
            #expect(answers.count { $0.headers["idempotency-replayed"] == "true" } == 49)
            _ = await served.world.desk.outcome(in: visitor.id)
            #expect(try await served.messages(visitor, as: visitor.token).count == 2)
            let other = try await served.send("POST", visitor.path + "/messages", .of(("text", "Hm?")), as: visitor.token, key: "one")
            #expect(other.status == 422 && other.code == "key_reused")
            let without = try await served.send("POST", visitor.path + "/messages", .of(("text", "Hm?")), as: visitor.token)
            #expect(without.status == 400 && without.code == "idempotency_key_required")
        }
    }

    @Test func `opening again with the same key gives a new token for the same conversation, and no token is ever kept`() async throws {
        try await Served.run { served in
            let input = JSON.of(("name", "Ines"), ("text", .string(Self.question)))
            let first = try await served.open(at: "site-quayside", input, key: "0123456789abcdef")
            _ = await served.world.desk.outcome(in: first.id)
            let again = try await served.open(at: "site-quayside", input, key: "0123456789abcdef")
            #expect(again.conversation == first.conversation && again.token != first.token)
            #expect(try await served.messages(again, as: again.token).count == 2)
            #expect(try await served.messages(first, as: first.token).count == 2)
            let other = try await served.open(at: "site-quayside", input, key: "another-key-of-a-stranger")
            #expect(other.conversation != first.conversation)
            _ = await served.world.desk.outcome(in: other.id)
            let kept = try await served.world.store.read { snapshot in
                try snapshot.rows("SELECT result FROM idempotency WHERE workspace = $1", quayside).map {
                    String(decoding: try $0[0] as [UInt8], as: UTF8.self)
                }
            }
            #expect(!kept.isEmpty && kept.allSatisfy { !$0.contains("batv_") })
        }
    }

    @Test func `pages of the site's origins may open a conversation, pages of others may not`() async throws {
        try await Served.run { served in
            let path = "/v1/sites/site-quayside/conversations"
            let own = try await served.send("POST", path, .of(), headers: [("Origin", "https://www.quayside.example")])
            #expect(own.status == 201 && own.headers["access-control-allow-origin"] == "https://www.quayside.example")
            let foreign = try await served.send("POST", path, .of(), headers: [("Origin", "https://www.harbour.example")])
            #expect(foreign.status == 403 && foreign.code == "cross_site" && foreign.headers["access-control-allow-origin"] == nil)
            let preflight = try await served.send("OPTIONS", path, headers: [("Origin", "https://www.quayside.example")])
            #expect(preflight.status == 204 && preflight.headers["access-control-allow-methods"]?.contains("POST") == true)
            #expect(try await served.send("GET", "/v1/sites/site-quayside").json["assistant"]?.text == "Quayside Assistant")
            #expect(try await served.send("GET", "/v1/sites/no-such-site").status == 404)
        }
    }
}
