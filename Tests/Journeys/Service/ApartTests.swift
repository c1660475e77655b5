import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

/// Customers see their own conversation, companies their own customers, and whatever else there is looks as if it were not.
@Suite struct ApartTests {
    @Test func `every address of a conversation answers a stranger as if there were none`() async throws {
        try await Served.run { served in
            let (ines, tomas, pier) = (try await served.open(), try await served.open(), try await served.open(at: "site-harbour"))
            let none = "/v1/conversations/" + ConversationID.new(at: served.world.now).text
            let requests: [(String, String, JSON?)] = [
                ("GET", "", nil), ("GET", "/messages", nil), ("POST", "/messages", .of(("text", "Hello"))), ("POST", "/handoff", nil),
                ("PUT", "/resolution", nil), ("PUT", "/typing", nil), ("PATCH", "/customer", .of(("name", "Eve"))),
            ]
            for (method, path, input) in requests {
                let strangers = [(ines.path, tomas.token), (ines.path, pier.token), (none, ines.token)]
                var faces: Set<String> = []
                for (conversation, token) in strangers {
                    faces.insert(try await served.send(method, conversation + path, input, as: token, key: "k").face)
                }
                #expect(faces.count == 1 && faces.first?.hasPrefix("404 ") == true, "\(method) \(path): \(faces)")
            }
            let staff: [(String, String, JSON?)] = [
                ("GET", "", nil), ("GET", "/messages", nil), ("POST", "/messages", .by(mara, ("text", "Hi"))),
                ("POST", "/notes", .by(mara, ("text", "Hm"))), ("PUT", "/claim", .by(mara)), ("DELETE", "/claim", .by(mara)),
                ("GET", "/handoff", nil), ("POST", "/handoff", .by(mara)), ("DELETE", "/handoff", .by(mara)),
                ("PUT", "/assignment", .of(("team", "payments"), ("by", "mara"))), ("PUT", "/resolution", .by(mara)),
                ("DELETE", "/resolution", .by(mara)), ("PUT", "/seen", .by(mara, ("seq", 1))), ("PUT", "/typing", .by(mara)),
                ("GET", "/tags", nil), ("PUT", "/tags", .of(("tags", .array(["x"])))), ("GET", "/details", nil),
                ("PATCH", "/details", .of(("details", .of(("a", "b"))))), ("PATCH", "/customer", .of(("name", "Eve"))),
                ("GET", "/receipts", nil), ("PUT", "/snooze", .by(mara, ("until", "2026-12-01T00:00:00Z"))),
                ("DELETE", "/snooze", .by(mara)),
                ("PUT", "/merge", .by(mara, ("into", "conv_x"))), ("DELETE", "/merge", .by(mara)),
            ]
            for (method, path, input) in staff {
                var faces: Set<String> = []
                for conversation in [ines.path, none] {
                    let answer = try await served.send(
                        method, conversation + path, input, as: served.foreignKey, key: "k", headers: [("If-Match", "*")])
                    faces.insert(answer.face)
                }
                #expect(faces.count == 1 && faces.first?.hasPrefix("404 ") == true, "\(method) \(path): \(faces)")
            }
            let untouched = try await served.send("GET", ines.path, as: served.key).json
            #expect(untouched["owner"]?["kind"]?.text == "assistant" && untouched["last_seq"] == 0 && untouched["epoch"] == 1)
            #expect(
                try await served.send("GET", "/v1/conversations?queue=assistant", as: served.foreignKey).json["data"]?.items?.count == 1)
        }
    }

    @Test func `a customer reads nothing that teammates keep among themselves`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            _ = try await served.send("POST", visitor.path + "/notes", .by(mara, ("text", "secret-note")), as: served.key, key: "n")
            _ = try await served.send("PUT", visitor.path + "/claim", .by(mara), as: served.key)
            let conversation = try await served.send("GET", visitor.path, as: visitor.token)
            let allowed: Set = ["id", "state", "owner", "last_seq", "awaiting", "opened_at", "can_rate"]
            #expect(Set(conversation.json.members?.map(\.key) ?? []) == allowed && conversation.json["last_seq"] == 0)
            #expect(!conversation.text.contains("mara"))
            for path in ["/notes", "/claim", "/handoff", "/receipts", "/tags", "/details", "/seen", "/assignment", "/snooze", "/merge"] {
                for method in ["GET", "PUT", "POST", "DELETE"] where !(method == "POST" && path == "/handoff") {
                    let answer = try await served.send(method, visitor.path + path, as: visitor.token, key: "k")
                    #expect([403, 405].contains(answer.status), "\(method) \(path) \(answer.status)")
                }
            }
            for path in ["/v1/conversations", "/v1/queues"] {
                #expect(try await served.send("GET", path, as: visitor.token).status == 403)
            }
        }
    }

    @Test func `lists go on by cursor without a gap or a double while conversations come and go, and a cursor counts for its list only`()
        async throws
    {
        try await Served.run { served in
            var all: [String] = []
            for _ in 0..<7 {
                let visitor = try await served.open()
                _ = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "h")
                served.world.clock.advance(milliseconds: 10)
                all.append(visitor.conversation)
            }
            var seen: [String] = []
            var next = "/v1/conversations?limit=2"
            while true {
                let page = try await served.send("GET", next, as: served.key).json
                seen += page["data"]?.items?.compactMap { $0["id"]?.text } ?? []
                guard let cursor = page["next"]?.text else { break }
                next = "/v1/conversations?limit=2&after=\(cursor)"
                // Somebody new at the end, somebody of the first page gone.
                if seen.count == 2 {
                    _ = try await served.send("PUT", "/v1/conversations/\(all[0])/claim", .by(mara), as: served.key)
                    let late = try await served.open()
                    _ = try await served.send("POST", late.path + "/handoff", as: late.token, key: "h")
                    all.append(late.conversation)
                    let other = try await served.send("GET", "/v1/conversations?queue=closed&after=\(cursor)", as: served.key)
                    let foreign = try await served.send("GET", "/v1/conversations?after=\(cursor)", as: served.foreignKey)
                    #expect(other.status == 400 && foreign.status == 400)
                }
            }
            #expect(seen == all)
            let counts = try await served.send("GET", "/v1/queues?teammate=mara", as: served.key).json
            #expect(counts["needs_person"] == 7 && counts["mine"] == 1)
        }
    }

    @Test func `tags and details are changed on what was read, not over somebody else's change`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let path = visitor.path + "/tags"
            let tag = try #require(try await served.send("GET", path, as: served.key).headers["etag"])
            let input = JSON.of(("tags", .array(["vip", "fees"])))
            #expect(try await served.send("PUT", path, input, as: served.key).status == 428)
            let set = try await served.send("PUT", path, input, as: served.key, headers: [("If-Match", tag)])
            #expect(set.status == 200 && set.json["tags"]?.items?.compactMap(\.text) == ["fees", "vip"], "\(set.text)")
            let stale = try await served.send("PUT", path, .of(("tags", .array([]))), as: served.key, headers: [("If-Match", tag)])
            #expect(stale.status == 412 && stale.json["current"]?["tags"]?.items?.count == 2)
            let details = visitor.path + "/details"
            _ = try await served.send("PATCH", details, .of(("details", .of(("order", "17"), ("city", "Porto")))), as: served.key)
            let two = try await served.send("PATCH", details, .of(("details", .of(("order", "")))), as: served.key)
            #expect(two.json["details"]?.members?.map(\.key) == ["city"])
            let put = try await served.send(
                "PUT", details, .of(("details", .of(("order", "18")))), as: served.key,
                headers: [("If-Match", try #require(two.headers["etag"]))])
            #expect(put.json["details"]?.members?.map(\.key) == ["order"])
        }
    }

    @Test func `the receipts say why, and the figures count what happened`() async throws {
        try await Served.run { served in
            _ = try await served.send("GET", "/metrics")
            let visitor = try await served.open()
            try await served.say("How long does a bank withdrawal take?", visitor)
            try await served.say("I want to talk to a human", visitor, key: "human")
            let receipts = try await served.send("GET", visitor.path + "/receipts", as: served.key).json["data"]?.items ?? []
            #expect(receipts.map { $0["verdict"]?.text } == ["answer", "hand_over"])
            #expect(receipts.last?["reason"]?.text == "asked_for_person" && receipts.last?["why"]?.items?.isEmpty == false)
            #expect(receipts.first?["receipt"]?["triggers"]?.items?.isEmpty == false && receipts.first?["charge"] != nil)
            let text = try await served.send("GET", "/metrics").text
            #expect(
                text.contains("baton_messages_total{author=\"customer\"} 2")
                    && text.contains("baton_messages_total{author=\"assistant\"} 1"))
            #expect(text.contains("baton_handoffs_total{reason=\"asked_for_person\"} 1"))
            #expect(text.contains("baton_conversations{queue=\"needs_person\",workspace=\"quayside\"} 1"))
            #expect(text.contains("baton_credit_available{currency=\"USD\",workspace=\"quayside\"} 49.95"))
            #expect(text.contains("baton_disk_free_bytes "))
        }
    }
}
