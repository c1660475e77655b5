import Access
import Storage
import Support
import Testing

@Suite struct SigningInTests {
    private let mara = "mara@quayside.example"

    @Test func `a teammate signs in with address and password, however the address is written`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            for email in [mara, "  MARA@Quayside.Example "] {
                let session = try #require(try await world.signIn(email, goodPassword).session)
                let caller = try #require(try await world.admission(cookie: session.cookie)).caller
                #expect(caller.kind == .teammate(id: "mara", role: .owner) && caller.workspace == quayside)
            }
            #expect(try await world.signIn(mara, "tide tables 1908").isWrong)
            #expect(try await world.signIn(mara, "").isWrong)
        }
    }

    @Test func `nobody signs in without a password set, while suspended, or by a password of the other workspace`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            #expect(try await world.signIn("edda@quayside.example", "").isWrong)
            #expect(try await world.signIn("edda@quayside.example", goodPassword).isWrong)
            #expect(try await world.signIn("mara@harbour.example", goodPassword).isWrong)
            try await world.setPassword(of: "edda")
            #expect(try await world.signIn("edda@quayside.example", goodPassword).session != nil)
            try await world.suspend("edda")
            #expect(try await world.signIn("edda@quayside.example", goodPassword).isWrong)
            try await world.suspend("edda", false)
            #expect(try await world.signIn("edda@quayside.example", goodPassword).session != nil)
        }
    }

    @Test(arguments: ["mara@quayside.example", "nobody@quayside.example", "no address at all", ""])
    func `ten wrong passwords close an account for fifteen minutes, whether it exists or not`(email: String) async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            for attempt in 0..<10 {
                let address = ClientAddress("198.51.100.\(attempt)")
                #expect(try await world.signIn(email, "wrong wrong \(attempt)", from: address).isWrong)
                world.clock.advance(seconds: 6)
            }
            // Also for the right one, and from anywhere.
            #expect(try await world.signIn(email, goodPassword, from: ClientAddress("203.0.113.9")).seconds == 15 * 60 - 60)
            world.clock.advance(seconds: 15 * 60 - 61)
            #expect(try await world.signIn(email, goodPassword).seconds == 1)
            world.clock.advance(seconds: 1)
            #expect(try await world.signIn(email, goodPassword).seconds == nil)
        }
    }

    @Test func `an account that is shut opens with a new password, and not before`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            let account = try await world.account("mara")
            func seconds() async throws -> Int? { try await world.read { try $0.secondsLocked(account, in: $1) } }
            for attempt in 0..<10 {
                #expect(try await seconds() == nil)
                _ = try await world.signIn(mara, "wrong wrong wrong", from: ClientAddress("198.51.100.\(attempt)"))
            }
            #expect(try await seconds() == 15 * 60)
            #expect(try await world.signIn(mara, goodPassword).seconds == 15 * 60)
            try await world.setPassword("seven brown herons", of: "mara")
            #expect(try await seconds() == nil)
            #expect(try await world.signIn(mara, "seven brown herons").session != nil)
        }
    }

    @Test func `a right password clears the account's count`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            for round in 0..<3 {
                for attempt in 0..<9 {
                    let address = ClientAddress("198.51.\(round).\(attempt)")
                    #expect(try await world.signIn(mara, "wrong wrong wrong", from: address).isWrong)
                }
                #expect(try await world.signIn(mara, goodPassword).session != nil)
            }
        }
    }

    @Test func `a remembered device is not locked out by others, but has a count of its own`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            try await world.setPassword(of: "edda")
            let device = try #require(try await world.signIn(mara, goodPassword).session).deviceCookie
            let eddas = try #require(try await world.signIn("edda@quayside.example", goodPassword).session).deviceCookie
            for attempt in 0..<10 {
                #expect(try await world.signIn(mara, "wrong wrong wrong", from: ClientAddress("198.51.100.\(attempt)")).isWrong)
            }
            #expect(try await world.signIn(mara, goodPassword).seconds != nil)
            #expect(try await world.signIn(mara, goodPassword, device: eddas).seconds != nil)
            #expect(try await world.signIn(mara, goodPassword, device: "").seconds != nil)
            let session = try #require(try await world.signIn(mara, goodPassword, device: device).session)
            #expect(session.deviceCookie == device)
            for attempt in 0..<10 {
                #expect(try await world.signIn(mara, "wrong wrong", from: ClientAddress("203.0.113.\(attempt)"), device: device).isWrong)
            }
            #expect(try await world.signIn(mara, goodPassword, device: device).seconds != nil)
        }
    }

    @Test func `a device is forgotten with a new password, and after ninety days`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            let device = try #require(try await world.signIn(mara, goodPassword).session).deviceCookie
            world.clock.advance(milliseconds: 90 * 24 * hour)
            #expect(try #require(try await world.signIn(mara, goodPassword, device: device).session).deviceCookie != device)
            let second = try #require(try await world.signIn(mara, goodPassword).session).deviceCookie
            try await world.setPassword(of: "mara")
            #expect(try #require(try await world.signIn(mara, goodPassword, device: second).session).deviceCookie != second)
        }
    }

    @Test func `thirty wrong passwords from one address close it, for every account, and signing in to an own one does not reset it`()
        async throws
    {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            try await world.setPassword(of: "edda")
            for attempt in 0..<30 {
                #expect(try await world.signIn("nobody\(attempt)@quayside.example", "wrong wrong wrong").isWrong)
                if attempt == 20 { #expect(try await world.signIn("edda@quayside.example", goodPassword).session != nil) }
            }
            #expect(try await world.signIn("edda@quayside.example", goodPassword).seconds == 15 * 60)
            #expect(try await world.signIn("nobody31@quayside.example", "wrong wrong wrong").seconds == 15 * 60)
            #expect(try await world.signIn("edda@quayside.example", goodPassword, from: ClientAddress("192.0.2.8")).session != nil)
        }
    }

    @Test func `a hundred guesses at the same time are a hundred`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            let looked = try await withThrowingTaskGroup(of: Bool.self) { group in
                for guess in 0..<100 {
                    group.addTask { try await world.signIn(mara, "guess number \(guess)").seconds == nil }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(looked == 10)
        }
    }

    @Test func `wrong passwords are counted across a restart`() async throws {
        try await withWorld { world in
            for _ in 0..<10 { _ = try await world.signIn(mara, "wrong wrong wrong") }
            await world.store.close()
            let again = try Store(folder: world.folder.path, migrations: AccessControl.migrations)
            let access = world.access
            let step = try await again.write { [mara] in try access.beginSignIn(email: mara, address: here, device: nil, in: $0) }
            guard case .refused = step else {
                Issue.record("not refused")
                return
            }
            await again.close()
        }
    }

    @Test func `an attempt whose password was never looked at does not count`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            for _ in 0..<40 {
                let step = try await world.write { [mara] in try $0.beginSignIn(email: mara, address: here, device: nil, in: $1) }
                guard case .proceed(let attempt) = step else {
                    Issue.record("refused")
                    return
                }
                try await world.write { try $0.abandonSignIn(attempt, in: $1) }
            }
            #expect(try await world.signIn(mara, goodPassword).session != nil)
        }
    }

    @Test func `a password that changes, or a suspension, while it is being checked keeps the old one out`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            try await world.setPassword(of: "edda")
            for (email, change) in [("mara@quayside.example", false), ("edda@quayside.example", true)] {
                let step = try await world.write { try $0.beginSignIn(email: email, address: here, device: nil, in: $1) }
                guard case .proceed(let attempt) = step else {
                    Issue.record("refused")
                    return
                }
                let verdict = try await world.hasher.verify(goodPassword, against: attempt.passwordHash)
                #expect(verdict.matches)
                if change { try await world.suspend("edda") } else { try await world.setPassword("harbour lights 3", of: "mara") }
                let session = try await world.write { try $0.finishSignIn(attempt, matches: true, replacing: nil, in: $1) }
                #expect(session == nil)
            }
        }
    }

    @Test func `an older hash is replaced at the next sign-in`() async throws {
        try await withWorld { world in
            let old = try await PasswordHasher(cost: .init(logN: 1, r: 1, p: 1)).hash(goodPassword, email: nil)
            _ = try await world.write { try $0.setPassword(old, of: "mara", of: quayside, by: .console(of: quayside), in: $1) }
            #expect(try await world.signIn(mara, goodPassword).session != nil)
            let now = try #require(try await world.read { try $0.passwordHash(of: "mara", of: quayside, in: $1) })
            #expect(now.hasPrefix("$scrypt$ln=2,"))
            #expect(try await world.signIn(mara, goodPassword).session != nil)
        }
    }

    @Test func `a clock that was set back locks nobody out for long`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "mara")
            for _ in 0..<10 { _ = try await world.signIn(mara, "wrong wrong wrong") }
            world.clock.advance(milliseconds: -24 * hour)
            #expect(try await world.signIn(mara, goodPassword).session != nil)
        }
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7", "192.0.2.0/24"), ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"), ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("nonsense", "unknown", "unknown"), ("", "unknown", "unknown"), ("192.0.2.7, 10.0.0.1", "unknown", "unknown"),
    ])
    func `an address is counted by what one customer has, and shown shortened`(text: String, counted: String, shown: String) {
        #expect(ClientAddress(text).counted == counted)
        #expect(ClientAddress(text).shown == shown)
    }
}
