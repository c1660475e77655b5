import Access
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// What people do who look after a workspace: let others in, shut them out, feed the knowledge, read the books.
@Suite struct AdministeringTests {
    private func value(_ name: String, in answer: Served.Answer) -> String? {
        answer.headers["set-cookie"].flatMap { line in
            line.split(separator: ";").first.flatMap { $0.hasPrefix("\(name)=") ? String($0.dropFirst(name.count + 1)) : nil }
        }
    }

    @Test func `B2, B5, B7: an invited teammate sets a password once, signs in under a new id, and is out after signing out`() async throws
    {
        try await Served.run { served in
            let new: JSON = .of(("id", "lena"), ("name", "Lena"), ("email", "Lena@Quayside.example"), ("role", "teammate"))
            let made = try await served.send("POST", "/v1/teammates", new, as: served.key, key: "t1")
            #expect(made.status == 201 && made.json["can_sign_in"] == false)
            #expect(try await served.send("POST", "/v1/teammates", new, as: served.key, key: "t2").status == 409)
            let invited = try await served.send("POST", "/v1/teammates/lena/invitation", as: served.key)
            let token = try #require(invited.json["token"]?.text)
            #expect(invited.json["link"]?.text?.hasSuffix("/invitation#\(token)") == true, "an address must not have it: \(invited.text)")
            func accept(_ token: String, _ password: String) async throws -> Served.Answer {
                try await served.send(
                    "POST", "/v1/invitations/acceptances", .of(("token", .string(token)), ("password", .string(password))))
            }
            let weak = try await accept(token, "short")
            #expect(weak.status == 422 && weak.json["errors"]?.items?.first?["pointer"]?.text == "/password")
            #expect(try await accept(token, "seven brown herons").status == 201)
            for used in [token, "bati_nothing", "null", "%20"] {
                #expect(try await accept(used, "seven brown herons").status == 404)
            }
            let wish: JSON = .of(("email", "lena@quayside.example"), ("password", "seven brown herons"))
            let evil = try await served.send("POST", "/v1/sessions", wish, headers: [("Origin", "https://evil.example")])
            #expect(evil.status == 403 && evil.headers["set-cookie"] == nil)
            let planted = ("Cookie", "baton=\(String(repeating: "A", count: 43))")
            let first = try await served.send("POST", "/v1/sessions", wish, headers: [planted])
            #expect(first.status == 201 && first.json["role"]?.text == "teammate")
            let cookie = try #require(value("baton", in: first))
            #expect(first.headers["set-cookie"]?.contains("HttpOnly; SameSite=Lax") == true)
            let headers = [("Cookie", "baton=\(cookie)"), ("Origin", served.base), ("X-CSRF-Token", first.json["csrf"]?.text ?? "")]
            let again = try await served.send("POST", "/v1/sessions", wish, headers: headers)
            #expect(again.status == 201 && value("baton", in: again) != cookie)
            #expect(try await served.send("GET", "/v1/me", headers: headers).status == 401, "the session before is over")
            let next = [
                ("Cookie", "baton=\(value("baton", in: again) ?? "")"), ("Origin", served.base),
                ("X-CSRF-Token", again.json["csrf"]?.text ?? ""),
            ]
            #expect(try await served.send("GET", "/v1/sessions", headers: next).json["data"]?.items?.count == 1)
            let out = try await served.send("DELETE", "/v1/sessions/current", headers: next)
            #expect(out.status == 204 && out.headers["clear-site-data"] != nil)
            #expect(try await served.send("GET", "/v1/me", headers: next).status == 401)
            let audit = try await served.send("GET", "/v1/audit?limit=3", as: served.key)
            #expect(audit.json["data"]?.items?.count == 3 && audit.json["next"] != nil)
            #expect(!audit.text.contains(token))
        }
    }

    @Test func `B4: ten wrong passwords lock an account, one that does not exist alike, and the answers are the same`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            _ = callers
            func attempt(_ email: String) async throws -> Served.Answer {
                try await served.send("POST", "/v1/sessions", .of(("email", .string(email)), ("password", "not the password")))
            }
            for email in ["owner@quayside.example", "nobody@quayside.example"] {
                for _ in 1...10 {
                    let answer = try await attempt(email)
                    #expect(answer.status == 401 && answer.code == "sign_in_failed")
                    #expect(answer.json["detail"]?.text == "Check the e-mail address and the password.")
                }
                let locked = try await attempt(email)
                #expect(locked.status == 429 && locked.headers["retry-after"] != nil)
            }
        }
    }

    @Test func `B2: a new password ends every other session, and this one goes on under a new id`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let (access, old) = (served.access, "seven brown herons")
            let hash = try await served.service.passwords.hash(old, email: nil)
            try await served.world.store.write { transaction in
                _ = try access.setPassword(hash, of: "test-finance", of: quayside, by: .console(of: quayside), in: transaction)
            }
            let (here, there) = (try await callers.session(.finance), try await callers.session(.finance))
            let (mine, other) = (Callers.headers(here, served), Callers.headers(there, served))
            let path = "/v1/sessions/current/password"
            let wrong: JSON = .of(("current_password", "not this one"), ("new_password", "eight grey storks"))
            #expect(try await served.send("PUT", path, wrong, headers: mine).status == 422)
            #expect(try await served.send("GET", "/v1/me", headers: other).status == 200)
            let right: JSON = .of(("current_password", .string(old)), ("new_password", "eight grey storks"))
            let changed = try await served.send("PUT", path, right, headers: mine)
            #expect(changed.status == 200 && changed.json["csrf"] != nil, "\(changed.text)")
            for headers in [mine, other] { #expect(try await served.send("GET", "/v1/me", headers: headers).status == 401) }
            let cookie = try #require(value("baton", in: changed))
            #expect(try await served.send("GET", "/v1/me", headers: [("Cookie", "baton=\(cookie)")]).status == 200)
            func signIn(_ password: String) async throws -> Int {
                try await served.send(
                    "POST", "/v1/sessions", .of(("email", "finance@quayside.example"), ("password", .string(password)))
                ).status
            }
            #expect(try await signIn(old) == 401)
            #expect(try await signIn("eight grey storks") == 201)
        }
    }

    @Test func `a role is changed by whoever read it last, and a suspended teammate is out at once`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let path = "/v1/teammates/test-prompts"
            let session = Callers.headers(try await callers.session(.prompts), served)
            #expect(try await served.send("GET", "/v1/me", headers: session).status == 200)
            let read = try await served.send("GET", path, as: served.key)
            let tag = try #require(read.headers["etag"])
            #expect(try await served.send("PATCH", path, .of(("role", "finance")), as: served.key).status == 428)
            let changed = try await served.send("PATCH", path, .of(("role", "finance")), as: served.key, headers: [("If-Match", tag)])
            #expect(changed.status == 200 && changed.json["role"]?.text == "finance")
            let stale = try await served.send("PATCH", path, .of(("role", "owner")), as: served.key, headers: [("If-Match", tag)])
            #expect(stale.status == 412 && stale.json["current"]?["role"]?.text == "finance")
            let newTag = try #require(changed.headers["etag"])
            let shut = try await served.send("PATCH", path, .of(("suspended", true)), as: served.key, headers: [("If-Match", newTag)])
            #expect(shut.status == 200 && shut.json["suspended"] == true)
            #expect(try await served.send("GET", "/v1/me", headers: session).status == 401)
        }
    }

    @Test func `a key is shown once, does what it was given, gives no more than it has, and is dead once revoked`() async throws {
        try await Served.run { served in
            let wish: JSON = .of(("name", "books"), ("permissions", .array(["usage:read", "keys:manage"])))
            let made = try await served.send("POST", "/v1/keys", wish, as: served.key)
            let key = try #require(made.json["key"]?.text)
            #expect(try await served.send("GET", "/v1/credit", as: key).status == 200)
            #expect(try await served.send("GET", "/v1/teammates", as: key).status == 403)
            let more: JSON = .of(("name", "more"), ("permissions", .array(["credit:write"])))
            #expect(try await served.send("POST", "/v1/keys", more, as: key).status == 403)
            #expect(!(try await served.send("GET", "/v1/keys", as: served.key).text.contains(key)))
            #expect(try await served.send("DELETE", "/v1/keys/\(made.json["id"]?.text ?? "")", as: served.key).status == 204)
            #expect(try await served.send("GET", "/v1/credit", as: key).status == 401)
        }
    }

    @Test func `a document is put, found, replaced by its newest reader only, and gone when it is deleted`() async throws {
        try await Served.run { served in
            let path = "/v1/collections/help/documents/guides%2Fledgers.md"
            let text = Array("# Hardware wallets\n\nA Ledgernaut wallet is paired with a cable.\n".utf8)
            let type = ("Content-Type", "text/markdown")
            let put = try await served.send("PUT", path, as: served.key, headers: [type, ("If-None-Match", "*")], bytes: text)
            #expect(put.status == 201 && put.json["title"]?.text == "Hardware wallets", "\(put.text)")
            let found = try await served.send("GET", "/v1/search?q=ledgernaut&explain=true&limit=1", as: served.key)
            let passage = try #require(found.json["passages"]?.items?.first)
            #expect(passage["document"]?.text == "guides/ledgers.md" && passage["terms"]?.items?.isEmpty == false)
            #expect(try await served.send("PUT", path, as: served.key, headers: [type], bytes: text).status == 428)
            let again = try await served.send("PUT", path, as: served.key, headers: [type, ("If-None-Match", "*")], bytes: text)
            #expect(again.status == 412)
            let tag = try #require(put.headers["etag"])
            let changed = try await served.send(
                "PUT", path, .of(("title", "Wallets"), ("text", "Any wallet.")), as: served.key, headers: [("If-Match", tag)])
            #expect(changed.status == 200 && changed.json["title"]?.text == "Wallets")
            let late = try await served.send("DELETE", path, as: served.key, headers: [("If-Match", tag)])
            #expect(late.status == 412)
            #expect(try await served.send("DELETE", path, as: served.key).status == 204)
            #expect(try await served.send("GET", path, as: served.key).status == 404)
            // The others are still there, page by page.
            var (ids, next) = ([String](), "/v1/collections/help/documents?limit=2")
            while !next.isEmpty {
                let page = try await served.send("GET", next, as: served.key)
                ids += (page.json["data"]?.items ?? []).compactMap { $0["id"]?.text }
                next = page.json["next"]?.text.map { "/v1/collections/help/documents?limit=2&after=\($0)" } ?? ""
            }
            #expect(ids == ["bank-withdrawals.md", "price-alerts.md", "referrals.md", "staking.md", "two-factor.md"])
            #expect(try await served.send("PUT", path, as: served.key, headers: [type], bytes: [0xFF]).status == 422)
            let big = [UInt8](repeating: 0x61, count: (1 << 20) + 1)
            #expect(try await served.send("PUT", path, as: served.key, headers: [type], bytes: big).status == 413)
        }
    }

    @Test func `a text is tried on the rules, and every trigger says what it saw`() async throws {
        try await Served.run { served in
            let tried = try await served.send(
                "POST", "/v1/rules/tests", .of(("text", "I want to talk to a real person"), ("earlier", .array(["Hello"]))), as: served.key)
            #expect(tried.json["verdict"]?.text == "hand_over" && tried.json["reason"]?.text == "asked_for_person", "\(tried.text)")
            let triggers = tried.json["triggers"]?.items ?? []
            #expect(triggers.contains { $0["fired"] == true } && triggers.contains { $0["fired"] == false })
            let rules = try await served.send("GET", "/v1/rules", as: served.key)
            #expect(rules.json["version"]?.text == tried.json["version"]?.text)
            #expect(try await served.send("GET", "/v1/prompts", as: served.key).text.contains("\"answer\""))
        }
    }

    @Test func `C7: the books add up: usage, its explanation, the CSV, a grant given once, and a sound ledger`() async throws {
        try await Served.run { served in
            for question in ["How long does a bank withdrawal take?", "When are staking rewards paid out?", "How do I set a price alert?"] {
                _ = try await served.world.ask(question)
                served.world.clock.advance(seconds: 1)
            }
            let first = try await served.send("GET", "/v1/usage?limit=2&totals=true", as: served.key)
            #expect(first.json["data"]?.items?.count == 2 && first.json["totals"]?["responses"]?.integer == 3, "\(first.text)")
            let next = try #require(first.json["next"]?.text)
            let second = try await served.send("GET", "/v1/usage?limit=2&totals=true&after=\(next)", as: served.key)
            #expect(second.json["data"]?.items?.count == 1 && second.json["next"] == nil)
            #expect(try await served.send("GET", "/v1/usage?limit=2&outcome=failed&after=\(next)", as: served.key).status == 400)
            let id = try #require(first.json["data"]?.items?.first?["response"]?.text)
            let explained = try await served.send("GET", "/v1/usage/\(id)", as: served.key)
            let words = (explained.json["in_words"]?.items ?? []).compactMap(\.text)
            #expect(words.contains { $0.contains("Charged: 1 × 0.05 = 0.05 USD") }, "\(words)")
            #expect(words.contains { $0.contains("the grant welcome") })
            let csv = try await served.send("GET", "/v1/usage.csv", as: served.key)
            #expect(csv.headers["content-type"]?.hasPrefix("text/csv") == true)
            #expect(csv.text.split(separator: "\r\n").count == 4)

            let order: JSON = .of(("key", "invoice-117"), ("amount", "100.000000000001"))
            #expect(try await served.send("POST", "/v1/credit/grants", order, as: served.key).status == 400)
            let granted = try await served.send("POST", "/v1/credit/grants", order, as: served.key, key: "g1")
            #expect(granted.status == 201 && granted.json["granted"]?["amount"]?.text == "100.000000000001", "\(granted.text)")
            let replayed = try await served.send("POST", "/v1/credit/grants", order, as: served.key, key: "g1")
            #expect(replayed.status == 201 && replayed.headers["idempotency-replayed"] == "true" && replayed.body == granted.body)
            #expect(try await served.send("POST", "/v1/credit/grants", order, as: served.key, key: "g2").status == 200)
            let credit = try await served.send("GET", "/v1/credit", as: served.key)
            #expect(credit.json["available"]?["amount"]?.text == "149.850000000001", "\(credit.text)")
            let ledger = try await served.send("GET", "/v1/ledger", as: served.key)
            let journals = try await served.send("GET", "/v1/ledger/journals?limit=1", as: served.key)
            #expect(ledger.json["is_sound"] == true && journals.json["data"]?.items?.first?["digest"] == ledger.json["head"])
        }
    }

    @Test func `a webhook is made, changed by its newest reader, gets a new secret, and goes`() async throws {
        try await Served.run { served in
            let wish: JSON = .of(("url", "https://hooks.quayside.example/baton"), ("events", .array(["message.received"])))
            let made = try await served.send("POST", "/v1/webhooks", wish, as: served.key)
            let (id, secret) = (made.json["id"]?.text ?? "", made.json["secret"]?.text ?? "")
            #expect(made.status == 201 && secret.hasPrefix("whsec_"))
            let read = try await served.send("GET", "/v1/webhooks/\(id)", as: served.key)
            #expect(!read.text.contains(secret))
            let tag = try #require(read.headers["etag"])
            let off = try await served.send(
                "PATCH", "/v1/webhooks/\(id)", .of(("enabled", false)), as: served.key, headers: [("If-Match", tag)])
            #expect(off.status == 200 && off.json["enabled"] == false)
            let rotated = try await served.send("POST", "/v1/webhooks/\(id)/secret", as: served.key)
            #expect(rotated.status == 201 && rotated.json["secret"]?.text != secret)
            let bad = try await served.send(
                "POST", "/v1/webhooks", .of(("url", "file:///etc/passwd"), ("events", .array(["*"]))), as: served.key)
            #expect(bad.status == 422)
            #expect(try await served.send("GET", "/v1/webhooks/\(id)/deliveries", as: served.key).json["data"]?.items?.isEmpty == true)
            #expect(try await served.send("DELETE", "/v1/webhooks/\(id)", as: served.key).status == 204)
            #expect(try await served.send("GET", "/v1/webhooks/\(id)", as: served.key).status == 404)
        }
    }
}
