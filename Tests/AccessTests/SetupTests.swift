import Access
import Storage
import Support
import Testing

@Suite struct SetupTests {
    private func code(_ world: World) async throws -> String? { try await world.write { try $0.bootstrapCode(for: quayside, in: $1) } }

    private func setUp(_ teammate: String, _ code: String, _ world: World) async throws -> Account {
        let hash = try await world.hasher.hash(goodPassword, email: nil)
        return try await world.write {
            try $0.setUpOwner(teammate, email: "\(teammate)@quayside.example", passwordHash: hash, code: code, in: $1)
        }
    }

    @Test func `thirty-two set-ups at once make one owner`() async throws {
        try await withWorld { world in
            let code = try #require(try await code(world))
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<32 { group.addTask { (try? await setUp("owner\(number)", code, world)) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 1)
            let owners = try await world.read { try $0.accounts(of: quayside, in: $1) }.filter { $0.role == .owner && $0.hasPassword }
            #expect(owners.count == 1)
            #expect(try await self.code(world) == nil)
        }
    }

    @Test func `without the code nobody becomes owner`() async throws {
        try await withWorld { world in
            let invitation = try await world.write { try $0.invite("edda", of: quayside, by: .console(of: quayside), in: $1) }
            let used = try #require(try await code(world))
            let code = try #require(try await code(world))
            for wrong in ["", " ", "null", "bats_", used, code.uppercased(), code + " ", invitation.token] {
                await #expect(throws: AccessError.notFound(.setupCode)) { try await setUp("mallory", wrong, world) }
            }
            world.clock.advance(milliseconds: 24 * hour)
            await #expect(throws: AccessError.notFound(.setupCode)) { try await setUp("mallory", code, world) }
            #expect(try await world.read { try $0.accounts(of: quayside, in: $1) }.contains { $0.teammate == "mallory" } == false)
        }
    }

    @Test func `it may be somebody the configuration names, but not somebody who has a password`() async throws {
        try await withWorld { world in
            let code = try #require(try await code(world))
            try await world.setPassword(of: "jonas")
            await #expect(throws: AccessError.accountExists) { try await setUp("jonas", code, world) }
            let edda = try await setUp("edda", code, world)
            #expect(edda.role == .owner && edda.hasPassword)
            #expect(try await world.signIn("edda@quayside.example", goodPassword).session != nil)
        }
    }

    @Test func `a code is worth nothing once an owner has a password`() async throws {
        try await withWorld { world in
            let code = try #require(try await code(world))
            try await world.setPassword(of: "mara")
            await #expect(throws: AccessError.alreadySetUp) { try await setUp("mallory", code, world) }
            #expect(try await self.code(world) == nil)
            // The other workspace still has none.
            #expect(try await world.read { try $0.needsSetup(harbour, in: $1) })
        }
    }
}
