import Assistant
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

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
}
