import Access
import Storage
import Support
import Testing

@Suite struct SessionTests {
    @Test func `a session ends after two hours of rest, and after twelve hours whatever happens`() async throws {
        try await withWorld { world in
            let resting = try await world.session(of: "mara")
            world.clock.advance(milliseconds: 2 * hour - 1)
            #expect(try await world.admission(cookie: resting.cookie) != nil)
            world.clock.advance(milliseconds: 1)
            #expect(try await world.admission(cookie: resting.cookie) == nil)

            let busy = try await world.session(of: "mara")
            for _ in 0..<11 {
                world.clock.advance(milliseconds: hour)
                let admission = try #require(try await world.admission(cookie: busy.cookie))
                #expect(admission.isTouchDue)
                try await world.write { try $0.touch(admission.caller, in: $1) }
            }
            world.clock.advance(milliseconds: hour - 1)
            #expect(try await world.admission(cookie: busy.cookie) != nil)
            world.clock.advance(milliseconds: 1)
            #expect(try await world.admission(cookie: busy.cookie) == nil)
            #expect(busy.expiresAt == Timestamp(milliseconds: world.clock.now))
        }
    }

    @Test func `a use is written down once a minute, not at each request`() async throws {
        try await withWorld { world in
            let session = try await world.session(of: "mara")
            world.clock.advance(milliseconds: minute - 1)
            #expect(try await world.admission(cookie: session.cookie)?.isTouchDue == false)
            world.clock.advance(milliseconds: 1)
            let admission = try #require(try await world.admission(cookie: session.cookie))
            #expect(admission.isTouchDue)
            try await world.write { try $0.touch(admission.caller, in: $1) }
            #expect(try await world.admission(cookie: session.cookie)?.isTouchDue == false)
        }
    }

    @Test func `every sign-in has a new session, and ends the one whose cookie came along`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            let first = try #require(try await world.signIn("mara@quayside.example", goodPassword).session)
            let second = try #require(
                try await world.signIn("mara@quayside.example", goodPassword, replacing: first.cookie).session)
            #expect(first.cookie != second.cookie)
            #expect(first.admission.caller.credential != second.admission.caller.credential)
            #expect(first.admission.csrf != second.admission.csrf)
            #expect(try await world.admission(cookie: first.cookie) == nil)
            #expect(try await world.admission(cookie: second.cookie) != nil)
            // A cookie that was planted is never taken over.
            let planted = String(repeating: "A", count: 43)
            let third = try #require(try await world.signIn("mara@quayside.example", goodPassword, replacing: planted).session)
            #expect(third.cookie != planted)
            #expect(try await world.admission(cookie: planted) == nil)
        }
    }

    @Test func `signing out here ends one session, everywhere all, and nobody else's`() async throws {
        try await withWorld { world in
            let here = try await world.session(of: "mara")
            let there = try await world.session(of: "mara")
            let edda = try await world.session(of: "edda")
            let caller = here.admission.caller
            let id = SessionID(try #require(caller.credential))
            let wrong = try await world.write { try $0.endSession(id, of: "edda", of: quayside, by: caller, in: $1) }
            let foreign = try await world.write { try $0.endSession(id, of: "mara", of: harbour, by: caller, in: $1) }
            #expect(!wrong && !foreign)
            #expect(try await world.admission(cookie: here.cookie) != nil)
            #expect(try await world.write { try $0.endSession(id, of: "mara", of: quayside, by: caller, in: $1) })
            #expect(try await world.admission(cookie: here.cookie) == nil)
            #expect(try await world.admission(cookie: there.cookie) != nil)
            #expect(try await world.write { try $0.endAllSessions(of: "mara", of: quayside, by: caller, in: $1) } == 1)
            #expect(try await world.admission(cookie: there.cookie) == nil)
            #expect(try await world.admission(cookie: edda.cookie) != nil)
        }
    }

    @Test func `a new password ends the sessions of before`() async throws {
        try await withWorld { world in
            let session = try await world.session(of: "mara")
            let edda = try await world.session(of: "edda")
            try await world.setPassword(of: "mara")
            #expect(try await world.admission(cookie: session.cookie) == nil)
            #expect(try await world.read { try $0.current(session.admission.caller, in: $1) } == nil)
            #expect(try await world.admission(cookie: edda.cookie) != nil)
        }
    }

    @Test func `a suspended teammate is out with cookie, key and stream at once, and the cookie stays dead afterwards`() async throws {
        try await withWorld { world in
            let session = try await world.session(of: "edda")
            let key = try await world.makeKey([.conversationsRead], by: session.admission.caller)
            let keyCaller = try #require(try await world.admission(key: key.text)).caller
            let stream = StreamTickets(nowMilliseconds: { 0 })
            let ticket = stream.issue(for: session.admission.caller)
            try await world.suspend("edda")
            #expect(try await world.admission(cookie: session.cookie) == nil)
            #expect(try await world.admission(key: key.text) == nil)
            #expect(try await world.read { try $0.current(keyCaller, in: $1) } == nil)
            let redeemed = try #require(stream.redeem(ticket))
            #expect(try await world.read { try $0.current(redeemed, in: $1) } == nil)
            let events = try await world.store.events.after(0, in: quayside, limit: 1000)
            #expect(events.contains { $0.kind == "access.changed" && $0.subject == "teammate:edda" })
            try await world.suspend("edda", false)
            #expect(try await world.admission(cookie: session.cookie) == nil)
            #expect(try await world.admission(key: key.text) != nil)
        }
    }

    @Test func `a new role counts in the open session`() async throws {
        try await withWorld { world in
            let session = try await world.session(of: "jonas")
            #expect(try await world.admission(cookie: session.cookie)?.caller.may(.usageRead) == true)
            _ = try await world.write { try $0.setRole(of: "jonas", to: .prompts, of: quayside, by: .console(of: quayside), in: $1) }
            let caller = try #require(try await world.admission(cookie: session.cookie)).caller
            #expect(!caller.may(.usageRead) && caller.may(.promptsWrite))
            #expect(try await world.read { try $0.current(session.admission.caller, in: $1) } == caller)
        }
    }

    @Test func `the CSRF token is the session's own`() async throws {
        try await withWorld { world in
            let session = try await world.session(of: "mara")
            let other = try await world.session(of: "mara")
            let admission = try #require(try await world.admission(cookie: session.cookie))
            #expect(admission.isByCookie && admission.csrf == session.admission.csrf)
            #expect(admission.accepts(csrf: session.admission.csrf))
            for wrong in [nil, "", " ", other.admission.csrf, session.cookie, session.admission.csrf.map { $0 + "0" }] {
                #expect(!admission.accepts(csrf: wrong))
            }
            let key = try await world.makeKey([.usageRead])
            let byKey = try #require(try await world.admission(key: key.text))
            #expect(!byKey.isByCookie && !byKey.accepts(csrf: nil) && !byKey.accepts(csrf: ""))
        }
    }

    @Test func `no other text is a session`() async throws {
        try await withWorld { world in
            let session = try await world.session(of: "mara")
            var seed = Seeded(state: 7)
            var texts = [
                "", " ", "null", session.admission.caller.credential ?? "", session.deviceCookie, session.cookie + " ",
                " " + session.cookie,
            ]
            texts += [String(session.cookie.dropLast()), session.cookie.lowercased() == session.cookie ? "" : session.cookie.lowercased()]
            for _ in 0..<200 {
                var bytes = Array(session.cookie.utf8)
                bytes[Int.random(in: 0..<bytes.count, using: &seed)] = UInt8.random(in: 32...126, using: &seed)
                let text = String(decoding: bytes, as: UTF8.self)
                if text != session.cookie { texts.append(text) }
            }
            for text in texts { #expect(try await world.admission(cookie: text) == nil, "\(text)") }
            #expect(try await world.admission(cookie: session.cookie) != nil)
        }
    }

    @Test func `a clock that is set back brings no session back and prolongs none`() async throws {
        try await withWorld { world in
            let session = try await world.session(of: "mara")
            world.clock.advance(milliseconds: 13 * hour)
            try await world.write { try $0.sweep(in: $1) }
            world.clock.advance(milliseconds: -13 * hour)
            #expect(try await world.admission(cookie: session.cookie) == nil)
            let second = try await world.session(of: "mara")
            world.clock.advance(milliseconds: -1000)
            #expect(try await world.admission(cookie: second.cookie) != nil)
            world.clock.advance(milliseconds: -24 * hour)
            #expect(try await world.admission(cookie: second.cookie) == nil)
        }
    }

    @Test func `the oldest session gives way to the twenty-first`() async throws {
        try await withWorld { world in
            var sessions: [NewSession] = []
            for _ in 0...AccessControl.mostSessions {
                sessions.append(try await world.session(of: "mara"))
                world.clock.advance(milliseconds: 1)
            }
            #expect(try await world.admission(cookie: sessions[0].cookie) == nil)
            for session in sessions.dropFirst() { #expect(try await world.admission(cookie: session.cookie) != nil) }
            let listed = try await world.read { try $0.sessions(of: "mara", of: quayside, in: $1) }
            #expect(listed.count == AccessControl.mostSessions && listed.allSatisfy { $0.address == "192.0.2.0/24" })
            #expect(listed.first?.id.text == sessions.last?.admission.caller.credential)
        }
    }
}
