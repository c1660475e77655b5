import Access
import Storage
import Support
import Testing

@Suite struct InvitationTests {
    private func invite(_ teammate: String, _ world: World, by caller: Caller = .console(of: quayside)) async throws -> NewInvitation {
        try await world.write { try $0.invite(teammate, of: quayside, by: caller, in: $1) }
    }

    private func accept(_ token: String, _ world: World, password: String = goodPassword) async throws -> Account {
        let hash = try await world.hasher.hash(password, email: nil)
        return try await world.write { try $0.accept(token, passwordHash: hash, in: $1) }
    }

    @Test func `an invitation sets the password once`() async throws {
        try await withWorld { world in
            let invitation = try await invite("edda", world)
            #expect(invitation.token.hasPrefix("bati_"))
            #expect(try await world.read { try $0.invited(by: invitation.token, in: $1) }.teammate == "edda")
            #expect(try await accept(invitation.token, world).hasPassword)
            #expect(try await world.signIn("edda@quayside.example", goodPassword).session != nil)
            await #expect(throws: AccessError.notFound(.invitation)) {
                try await accept(invitation.token, world, password: "another word 5")
            }
            #expect(try await world.signIn("edda@quayside.example", goodPassword).session != nil)
        }
    }

    @Test func `it holds for a day, and until the next one is made`() async throws {
        try await withWorld { world in
            let first = try await invite("edda", world)
            let second = try await invite("edda", world)
            let jonas = try await invite("jonas", world)
            await #expect(throws: AccessError.notFound(.invitation)) { try await accept(first.token, world) }
            world.clock.advance(milliseconds: 24 * hour - 1)
            _ = try await accept(jonas.token, world)
            world.clock.advance(milliseconds: 1)
            await #expect(throws: AccessError.notFound(.invitation)) { try await accept(second.token, world) }
        }
    }

    @Test func `an empty, blank, random or foreign token is never found`() async throws {
        try await withWorld { world in
            let invitation = try await invite("edda", world)
            let key = try await world.makeKey([.usageRead])
            // Rows that a careless comparison would find.
            try await world.store.write {
                try $0.run(
                    "INSERT INTO invitation(hash, workspace, teammate, made_by, created_ms, expires_ms) VALUES (X'', $1, 'edda', '', 0, $2)",
                    quayside, Int64.max)
            }
            for token in [
                "", " ", "\0", "\t\n", "null", "undefined", "0", "bati_", key.text, invitation.token + " ",
                String(invitation.token.dropLast()), invitation.token.uppercased(), "bati_" + String(repeating: "0", count: 38),
            ] {
                await #expect(throws: AccessError.notFound(.invitation)) { try await accept(token, world) }
            }
            #expect(try await world.read { try $0.invited(by: invitation.token, in: $1) }.teammate == "edda")
        }
    }

    @Test func `of many who use it at the same time one comes through`() async throws {
        try await withWorld { world in
            let invitation = try await invite("edda", world)
            let through = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<16 {
                    group.addTask { (try? await accept(invitation.token, world, password: "password no. \(number) of edda")) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(through == 1)
        }
    }

    @Test func `a forgotten password is set anew by invitation, which ends what was open`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "edda")
            let session = try #require(try await world.signIn("edda@quayside.example", goodPassword).session)
            let invitation = try await invite("edda", world)
            #expect(try await world.admission(cookie: session.cookie) != nil)
            _ = try await accept(invitation.token, world, password: "harbour lights 3")
            #expect(try await world.admission(cookie: session.cookie) == nil)
            #expect(try await world.signIn("edda@quayside.example", goodPassword).isWrong)
            #expect(try await world.signIn("edda@quayside.example", "harbour lights 3").session != nil)
        }
    }

    @Test func `it dies with a suspension, a new password and a new address`() async throws {
        try await withWorld { world in
            let suspended = try await invite("edda", world)
            try await world.suspend("edda")
            await #expect(throws: AccessError.notFound(.invitation)) { try await accept(suspended.token, world) }
            await #expect(throws: AccessError.notFound(.account)) { try await invite("edda", world) }
            try await world.suspend("edda", false)
            await #expect(throws: AccessError.notFound(.invitation)) { try await accept(suspended.token, world) }

            let replaced = try await invite("edda", world)
            try await world.setPassword(of: "edda")
            await #expect(throws: AccessError.notFound(.invitation)) { try await accept(replaced.token, world) }

            let moved = try await invite("edda", world)
            _ = try await world.write { try $0.saveAccount("edda", email: "edda.b@quayside.example", role: nil, of: quayside, in: $1) }
            await #expect(throws: AccessError.notFound(.invitation)) { try await accept(moved.token, world) }
        }
    }

    @Test func `nobody invites somebody who may more, and nobody of another workspace`() async throws {
        try await withWorld { world in
            let key = try await world.makeKey([.teammatesManage])
            let caller = try #require(try await world.admission(key: key.text)).caller
            await #expect(throws: AccessError.self) { try await invite("mara", world, by: caller) }
            await #expect(throws: AccessError.notFound(.account)) {
                try await world.write { try $0.invite("edda", of: harbour, by: .console(of: harbour), in: $1) }
            }
        }
    }
}
