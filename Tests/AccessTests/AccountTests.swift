import Access
import Storage
import Support
import Testing

@Suite struct AccountTests {
    private func save(_ teammate: String, _ email: String, _ role: Role?, _ world: World, of workspace: WorkspaceID = quayside) async throws
        -> Account
    {
        try await world.write { try $0.saveAccount(teammate, email: email, role: role, of: workspace, in: $1) }
    }

    private func setRole(_ teammate: String, _ role: Role, _ world: World, by caller: Caller = .console(of: quayside)) async throws
        -> Account
    {
        try await world.write { try $0.setRole(of: teammate, to: role, of: quayside, by: caller, in: $1) }
    }

    @Test func `the configuration's role counts when it is written or changed, not at every start`() async throws {
        try await withWorld { world in
            let email = "jonas@quayside.example"
            _ = try await setRole("jonas", .prompts, world)
            #expect(try await save("jonas", email, .finance, world).role == .prompts)
            #expect(try await save("jonas", email, nil, world).role == .prompts)
            #expect(try await save("jonas", email, .readOnly, world).role == .readOnly)
            #expect(try await save("edda", "edda@quayside.example", nil, world).role == .teammate)
        }
    }

    @Test func `saving again changes nothing, and keeps password and suspension`() async throws {
        try await withWorld { world in
            try await world.setPassword(of: "edda")
            try await world.suspend("edda")
            let before = try await world.audit().count
            let edda = try await save("edda", "EDDA@quayside.example", nil, world)
            #expect(edda.hasPassword && edda.isSuspended && edda.role == .teammate)
            #expect(try await world.audit().count == before)
        }
    }

    @Test func `one address has one account in the whole installation`() async throws {
        try await withWorld { world async throws in
            await #expect(throws: AccessError.emailTaken) { try await save("tomas", "MARA@quayside.example", nil, world, of: harbour) }
            await #expect(throws: AccessError.emailTaken) { try await save("jonas", "edda@quayside.example", nil, world) }
            #expect(try await world.account("jonas").email == "jonas@quayside.example")
            #expect(try await save("jonas", "j@quayside.example", nil, world).email == "j@quayside.example")
        }
    }

    @Test(arguments: [
        "", " ", "mara", "@quayside.example", "mara@", "a@b@c", "ma ra@quayside.example", "mara@quay\nside.example",
        "mara@quayside.example\0",
        "Mara <mara@quayside.example>", "mara@quayside.example,edda@quayside.example", "ma\u{200B}ra@quayside.example",
        String(repeating: "a", count: 250) + "@b.example",
    ])
    func `what is no address is refused`(email: String) async throws {
        try await withWorld { world in
            await #expect(throws: AccessError.badEmail) { try await save("tomas", email, nil, world) }
        }
    }

    @Test func `the last owner can neither be suspended nor lose the role`() async throws {
        try await withWorld { world in
            await #expect(throws: AccessError.lastOwner) { try await setRole("mara", .teammate, world) }
            await #expect(throws: AccessError.lastOwner) { try await world.suspend("mara") }
            _ = try await setRole("edda", .owner, world)
            try await world.suspend("edda")
            await #expect(throws: AccessError.lastOwner) { try await world.suspend("mara") }
            try await world.suspend("edda", false)
            try await world.suspend("mara")
            #expect(try await world.account("mara").isSuspended)
            #expect(try await setRole("mara", .teammate, world).role == .teammate)
        }
    }

    @Test func `nobody gives a role that may more than they may, or takes one away that may more`() async throws {
        try await withWorld { world in
            let key = try await world.makeKey([.teammatesManage, .usageRead, .creditWrite])
            let caller = try #require(try await world.admission(key: key.text)).caller
            await #expect(throws: AccessError.self) { try await setRole("jonas", .owner, world, by: caller) }
            await #expect(throws: AccessError.self) { try await setRole("edda", .finance, world, by: caller) }
            await #expect(throws: AccessError.self) {
                try await world.write {
                    try $0.makeAccount("tomas", email: "tomas@quayside.example", role: .owner, of: quayside, by: caller, in: $1)
                }
            }
            let tomas = try await world.write {
                try $0.makeAccount("tomas", email: "tomas@quayside.example", role: .finance, of: quayside, by: caller, in: $1)
            }
            #expect(tomas.role == .finance && !tomas.hasPassword)
            await #expect(throws: AccessError.accountExists) {
                try await world.write {
                    try $0.makeAccount("tomas", email: "tomas2@quayside.example", role: .finance, of: quayside, by: caller, in: $1)
                }
            }
        }
    }

    @Test func `another workspace's teammates are not there`() async throws {
        try await withWorld { world async throws in
            #expect(try await world.read { try $0.accounts(of: harbour, in: $1) }.map(\.teammate) == ["mara"])
            await #expect(throws: AccessError.notFound(.account)) { try await world.account("edda", of: harbour) }
            await #expect(throws: AccessError.notFound(.account)) {
                try await world.write { try $0.setRole(of: "edda", to: .owner, of: harbour, by: .console(of: harbour), in: $1) }
            }
            #expect(try await world.account("edda").role == .teammate)
        }
    }

    @Test func `roles may what the table says`() {
        let reads: Set<Permission> = [
            .conversationsRead, .documentsRead, .rulesRead, .promptsRead, .usageRead, .settingsRead, .metricsRead,
        ]
        #expect(Role.owner.permissions == Set(Permission.allCases))
        #expect(Role.teammate.permissions == [.conversationsRead, .conversationsWrite, .documentsRead, .rulesRead, .settingsRead])
        #expect(Role.finance.permissions == [.usageRead, .creditWrite])
        #expect(Role.prompts.permissions == [.promptsRead, .promptsWrite, .documentsRead, .documentsWrite, .rulesRead, .settingsRead])
        #expect(Role.readOnly.permissions == reads)
        #expect(Permission.allCases.filter { $0.rawValue.hasSuffix(":read") }.count == reads.count)
        for role in Role.allCases where role != .owner {
            #expect(role.permissions.isDisjoint(with: [.keysManage, .webhooksManage, .teammatesManage, .settingsWrite]))
        }
        #expect(Caller.anonymous.permissions.isEmpty && Caller.anonymous.workspace == nil)
    }
}
