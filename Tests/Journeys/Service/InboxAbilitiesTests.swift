import Assistant
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// What teammates do in the shared inbox beside answering, over the API.
@Suite struct InboxAbilitiesTests {
    private static let question = "How long does a bank withdrawal take?"

    @Test func `a search finds conversations by words, and marks what it found`() async throws {
        try await Served.run { served in
            let visitor = try await served.open(at: "site-quayside", .of(("name", "Ines Amaral")))
            try await served.say(Self.question, visitor)
            let found = try await served.send("GET", "/v1/conversations?q=amaral%20withdr", as: served.key)
            #expect(found.status == 200, "\(found.text)")
            let row = try #require(found.json["data"]?.items?.first)
            #expect(row["id"]?.text == visitor.conversation && found.json["data"]?.items?.count == 1)
            #expect(row["customer"]?.text == "Ines Amaral" && row["confidence"] != nil)
            let match = try #require(row["match"])
            let text = Array(match["text"]?.text?.unicodeScalars ?? "".unicodeScalars)
            let (start, length) = (
                match["hits"]?.items?.first?["start"]?.integer ?? 0, match["hits"]?.items?.first?["length"]?.integer ?? 0
            )
            #expect(String(String.UnicodeScalarView(text[start..<start + length])) == "withdrawal")
            for query in ["mooring", "%22", "*", "text%3Awithdrawal%20x"] {
                let none = try await served.send("GET", "/v1/conversations?q=\(query)", as: served.key)
                #expect(none.status == 200 && none.json["data"]?.items?.isEmpty == true, "\(query) \(none.text)")
            }
            let theirs = try await served.send("GET", "/v1/conversations?q=withdrawal", as: served.foreignKey)
            #expect(theirs.json["data"]?.items?.isEmpty == true)
            #expect(try await served.send("GET", "/v1/conversations?q=withdrawal", as: visitor.token).status == 403)
        }
    }

    @Test func `a team's list and its count are there, another name is refused`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            _ = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "h")
            let team = try #require(
                try await served.send("GET", "/v1/conversations", as: served.key).json["data"]?.items?.first?["team"]?.text)
            let list = try await served.send("GET", "/v1/conversations?queue=team:\(team)", as: served.key)
            #expect(list.json["data"]?.items?.map { $0["id"]?.text } == [visitor.conversation], "\(list.text)")
            let counts = try await served.send("GET", "/v1/queues", as: served.key).json
            #expect(counts["teams"]?[team]?.integer == 1)
            for name in ["team:nobody", "team:", "everything"] {
                #expect(try await served.send("GET", "/v1/conversations?queue=\(name)", as: served.key).status == 422, "\(name)")
            }
        }
    }

    @Test func `an answer is judged in one request, read back by teammates, and no customer learns of it`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            try await served.say(Self.question, visitor)
            let messages = try await served.messages(visitor, as: served.key)
            let (asked, answer) = (try #require(messages.first?["id"]?.text), try #require(messages.last?["id"]?.text))
            let path = visitor.path + "/messages/\(answer)/judgement"
            let judged = try await served.send(
                "PUT", path, .by(mara, ("verdict", "wrong"), ("because", "wrong_document")), as: served.key)
            #expect(judged.status == 200 && judged.json["verdict"]?.text == "wrong", "\(judged.text)")
            let kept = try await served.messages(visitor, as: served.key).last?["judgements"]?.items
            #expect(kept?.map { $0["teammate"]?.text } == ["mara"] && kept?.first?["because"]?.text == "wrong_document")
            #expect(try await served.messages(visitor, as: visitor.token).last?["judgements"] == nil)
            let question = visitor.path + "/messages/\(asked)/judgement"
            #expect(try await served.send("PUT", question, .by(mara, ("verdict", "right")), as: served.key).status == 422)
            #expect(try await served.send("PUT", path, .by(mara, ("verdict", "good")), as: served.key).status == 422)
            #expect(try await served.send("PUT", path, .by(mara, ("verdict", "right")), as: served.foreignKey).status == 404)
            #expect(try await served.send("PUT", path, .of(("verdict", "right")), as: visitor.token).status == 403)
        }
    }

    @Test func `a conversation is put aside until a moment and taken up again, by its owner alone`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let path = visitor.path + "/snooze"
            let until = served.world.now.adding(milliseconds: 3_600_000).description
            let input = JSON.by(mara, ("until", .string(until)))
            #expect(try await served.send("PUT", path, input, as: served.key).status == 409)
            _ = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "h")
            let waiting = try await served.send("GET", visitor.path, as: visitor.token).json
            #expect(waiting["wait"]?["before"] == 0 && waiting["wait"]?["usual_seconds"] == nil, "\(waiting)")
            let aside = try await served.send("PUT", path, input, as: served.key)
            #expect(aside.status == 200 && aside.json["conversation"]?["snoozed_until"]?.text == until, "\(aside.text)")
            #expect(aside.json["conversation"]?["owner"]?["teammate"]?.text == "mara")
            let rows = try await served.send("GET", "/v1/conversations?queue=waiting", as: served.key).json["data"]?.items
            #expect(rows?.first?["snoozed_until"]?.text == until)
            #expect(try await served.send("GET", visitor.path, as: visitor.token).json["snoozed_until"] == nil)
            let theirs = try await served.send("PUT", path, .by(jonas, ("until", .string(until))), as: served.key)
            #expect(theirs.status == 409 && theirs.code == "owned_by_colleague")
            for wrong in ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "tomorrow, at nine o'clock"] {
                #expect(try await served.send("PUT", path, .by(mara, ("until", .string(wrong))), as: served.key).status == 422, "\(wrong)")
            }
            for _ in 0..<2 {
                let up = try await served.send("DELETE", path, .by(mara), as: served.key)
                #expect(up.status == 200 && up.json["conversation"]?["snoozed_until"] == nil)
            }
            _ = try await served.send("PUT", path, input, as: served.key)
            try await served.say("Hello?", visitor)
            #expect(try await served.send("GET", visitor.path, as: served.key).json["snoozed_until"] == nil)
            #expect(try await served.send("PUT", path, input, as: visitor.token).status == 403)
        }
    }

    @Test func `the time of a conversation that was put aside comes with the sweep`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            _ = try await served.send("PUT", visitor.path + "/claim", .by(mara), as: served.key)
            let until = served.world.now.adding(milliseconds: 60_000).description
            _ = try await served.send("PUT", visitor.path + "/snooze", .by(mara, ("until", .string(until))), as: served.key)
            served.world.clock.advance(milliseconds: 60_000)
            _ = try await served.world.desk.look()
            #expect(try await served.send("GET", visitor.path, as: served.key).json["snoozed_until"] == nil)
            let mine = try await served.send("GET", "/v1/conversations?queue=mine&teammate=mara", as: served.key).json["data"]?.items
            #expect(mine?.map { $0["id"]?.text } == [visitor.conversation])
        }
    }

    @Test func `ready replies are edited on what was read, filled in, and used once`() async throws {
        try await Served.run { served in
            let made = try await served.send(
                "POST", "/v1/macros",
                .of(
                    ("name", "Solved"), ("text", "Glad it works, {{customer}}. {{teammate}}, {{company}}"), ("tags", .array(["solved"])),
                    ("resolve", true)),
                as: served.key, key: "m")
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made.json["id"]?.text)
            let path = "/v1/macros/\(id)"
            let tag = try #require(try await served.send("GET", path, as: served.key).headers["etag"])
            let change = JSON.of(("name", "Solved"), ("text", "Glad it works, {{customer}}! {{teammate}}"), ("resolve", true))
            #expect(try await served.send("PUT", path, change, as: served.key).status == 428)
            let changed = try await served.send("PUT", path, change, as: served.key, headers: [("If-Match", tag)])
            #expect(changed.status == 200 && changed.json["tags"]?.items?.isEmpty == true, "\(changed.text)")
            #expect(try await served.send("PUT", path, change, as: served.key, headers: [("If-Match", tag)]).status == 412)
            for (wrong, status) in [
                (JSON.of(("name", "Solved"), ("text", "x")), 409), (.of(("name", "A"), ("text", "{{amount}}")), 422),
                (.of(("name", "A")), 422), (.of(("name", "A"), ("resolve", true), ("team", "payments")), 422),
                (.of(("name", "A"), ("team", "nobody")), 422),
            ] {
                let answer = try await served.send("POST", "/v1/macros", wrong, as: served.key, key: "w\(wrong.bytes.count)")
                #expect(answer.status == status, "\(answer.text)")
            }
            let visitor = try await served.open(at: "site-quayside", .of(("name", "Ines")))
            try await served.say(Self.question, visitor)
            let place = visitor.path + "/macros/\(id)"
            let filled = try await served.send("GET", place + "?teammate=mara", as: served.key)
            #expect(filled.json["text"]?.text == "Glad it works, Ines! Mara", "\(filled.text)")
            let stale = try await served.send("POST", place, .by(mara, ("last_seen", 1)), as: served.key, key: "u")
            #expect(stale.status == 409 && stale.json["missed"]?.items?.count == 1, "\(stale.text)")
            let used = try await served.send("POST", place, .by(mara), as: served.key, key: "u")
            #expect(used.status == 201 && used.json["conversation"]?["state"]?.text == "resolved", "\(used.text)")
            let again = try await served.send("POST", place, .by(mara), as: served.key, key: "u")
            #expect(again.status == 201 && again.headers["idempotency-replayed"] == "true")
            #expect(again.json["message"]?["id"] == used.json["message"]?["id"])
            #expect(try await served.messages(visitor, as: visitor.token).last?["text"]?.text == "Glad it works, Ines! Mara")
            #expect(try await served.send("DELETE", path, as: served.foreignKey).status == 404)
            #expect(try await served.send("DELETE", path, as: served.key).status == 204)
            #expect(try await served.send("POST", place, .by(mara), as: served.key, key: "v").status == 404)
        }
    }

    @Test func `two conversations of one person become one and two again, and neither customer reads the other`() async throws {
        try await Served.run { served in
            let input = JSON.of(("name", "Ines"), ("email", "ines@example.com"))
            let (part, whole) = (try await served.open(at: "site-quayside", input), try await served.open(at: "site-quayside", input))
            let stranger = try await served.open()
            try await served.say(Self.question, part)
            let path = part.path + "/merge"
            let merged = try await served.send("PUT", path, .by(mara, ("into", .string(whole.conversation))), as: served.key)
            #expect(merged.status == 200 && merged.json["conversation"]?["merged_into"]?.text == whole.conversation, "\(merged.text)")
            let seen = try await served.send("GET", whole.path, as: served.key).json
            #expect(seen["merged"]?.items?.map(\.text) == [part.conversation] && seen["owner"]?["teammate"]?.text == "mara")
            for visitor in [part, whole] {
                let own = try await served.send("GET", visitor.path, as: visitor.token)
                #expect(own.json["merged"] == nil && own.json["merged_into"] == nil)
            }
            #expect(try await served.messages(whole, as: whole.token).isEmpty)
            #expect(try await served.send("GET", part.path, as: whole.token).status == 404)
            let strange = try await served.send(
                "PUT", path.replacing(part.conversation, with: stranger.conversation),
                .by(mara, ("into", .string(whole.conversation))), as: served.key)
            #expect(strange.status == 409, "\(strange.text)")
            #expect(try await served.send("PUT", path, .by(mara, ("into", "conv_nothing")), as: served.key).status == 422)
            let apart = try await served.send("DELETE", path, .by(mara), as: served.key)
            #expect(apart.status == 200 && apart.json["conversation"]?["merged_into"] == nil, "\(apart.text)")
            #expect(try await served.send("DELETE", path, .by(mara), as: served.key).status == 409)
            // What the customer says in a part is never out of their sight.
            _ = try await served.send("PUT", path, .by(mara, ("into", .string(whole.conversation))), as: served.key)
            try await served.say("One more thing", part, key: "more")
            #expect(try await served.messages(part, as: part.token).last?["text"]?.text == "One more thing")
            #expect(try await served.send("GET", part.path, as: served.key).json["owner"]?["teammate"]?.text == "mara")
        }
    }

    @Test func `who looks and types is known for as long as it counts`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            func now() -> Attendance? {
                served.service.attendance(of: [visitor.id], in: quayside, at: served.world.now)[visitor.id]
            }
            #expect(now() == nil)
            _ = try await served.send("PUT", visitor.path + "/typing", .by(mara, ("viewing", true)), as: served.key)
            _ = try await served.send("PUT", visitor.path + "/typing", .by(jonas), as: served.key)
            _ = try await served.send("PUT", visitor.path + "/typing", as: visitor.token)
            #expect(now() == Attendance(viewers: [jonas, mara], typing: [jonas], isCustomerTyping: true))
            #expect(served.service.attendance(of: [visitor.id], in: harbour, at: served.world.now).isEmpty)
            served.world.clock.advance(milliseconds: 7_000)
            #expect(now() == Attendance(viewers: [mara]))
            _ = try await served.send("PUT", visitor.path + "/typing", .by(mara, ("viewing", false)), as: served.key)
            #expect(now() == nil)
        }
    }
}
