import Access
import Inbox
import Notation
import Storage

/// A teammate as the inbox and the access control know them, under one id: the first has name, capacity and skills, the second address and role.
struct Colleague: Sendable {
    let teammate: Teammate
    /// Nil for one who cannot sign in.
    let account: Account?

    static func all(_ call: Call, in querying: some Querying) throws -> [Colleague] {
        let accounts = try call.service.access.accounts(of: call.workspace, in: querying)
        return try call.service.inbox(of: call.workspace).teammates(in: querying).map { teammate in
            Colleague(teammate: teammate, account: accounts.first { $0.teammate == teammate.id.text })
        }
    }

    /// - Throws: `InboxError.notFound`.
    static func one(_ id: String, _ call: Call, in querying: some Querying) throws -> Colleague {
        let teammate = try call.service.inbox(of: call.workspace).teammate(TeammateID(id), in: querying)
        do {
            return Colleague(teammate: teammate, account: try call.service.access.account(id, of: call.workspace, in: querying))
        } catch AccessError.notFound {
            return Colleague(teammate: teammate, account: nil)
        }
    }
}

/// Teammates as JSON.
enum TeammateShapes {
    static let teammate = Schema.named(
        "Teammate",
        .object([
            .init("id", .identifier), .init("name", .text(0...200)),
            .init("email", .text(0...254), "for those who may manage teammates", required: false),
            .init("role", .oneOf(Role.allCases.map(\.rawValue)), "absent for one who cannot sign in", required: false),
            .init("can_sign_in", .boolean, "whether a password was set"), .init("suspended", .boolean),
            .init("capacity", .integer(0...1000), "conversations at one time"), .init("skills", .array(.text(0...200), most: 1000)),
            .init("availability", .oneOf(["available", "away"])), .init("present_at", .time, "last sign of life", required: false),
        ]))

    /// - Parameter caller: who reads it; addresses are for those who manage teammates.
    static func json(_ colleague: Colleague, for caller: Caller) -> JSON {
        .object(lasting(colleague, for: caller) + passing(colleague))
    }

    /// Of what people edit; presence changes by itself and must not stand in the way of an edit.
    static func tag(_ colleague: Colleague) -> String {
        Call.tag(.object(lasting(colleague, for: .console(of: WorkspaceID("")))))
    }

    private static func lasting(_ colleague: Colleague, for caller: Caller) -> [JSON.Member] {
        let (teammate, account) = (colleague.teammate, colleague.account)
        let email = caller.may(.teammatesManage) ? account?.email ?? teammate.email : nil
        let members = JSON.of(
            ("id", .string(teammate.id.text)), ("name", .string(teammate.name)), ("email", email.map(JSON.string)),
            ("role", account.map { .string($0.role.rawValue) }), ("can_sign_in", .bool(account?.hasPassword ?? false)),
            ("suspended", .bool(teammate.isSuspended || account?.isSuspended ?? false)), ("capacity", Written.number(teammate.capacity)),
            ("skills", Written.texts(teammate.skills.sorted())))
        return members.members ?? []
    }

    private static func passing(_ colleague: Colleague) -> [JSON.Member] {
        let members = JSON.of(
            ("availability", .string(colleague.teammate.availability.rawValue)), ("present_at", Written.time(colleague.teammate.presentAt)))
        return members.members ?? []
    }

    static let new = Schema.object([
        .init(
            "id", .string(.init(length: 1...64, pattern: "^[a-z0-9][a-z0-9_-]*$")),
            "a short name for addresses: lower-case letters, digits, - and _"),
        .init("name", .text(1...200)), .init("email", .text(3...254)), .init("role", .oneOf(Role.allCases.map(\.rawValue))),
        .init("capacity", .integer(0...1000), "10 where absent", required: false),
        .init("skills", .array(.text(1...200), most: 100), required: false),
    ])

    static let change = Schema.object([
        .init("role", .oneOf(Role.allCases.map(\.rawValue)), required: false),
        .init(
            "suspended", .boolean, "shuts out at once: sessions, keys and streams end, conversations go back to the queue", required: false),
    ])

    static let invitation = Schema.object([
        .init("teammate", .identifier), .init("token", .text(1...200), "shown now and never again"),
        .init("link", .text(1...4096), "where the token is used; behind its #, so that no server's log has it"), .init("expires_at", .time),
    ])

    /// - Throws: `Problem` for what is no such id.
    static func id(_ call: Call) throws -> String {
        let id = call.text("id") ?? ""
        let isName = id.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard isName, let first = id.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "_") else {
            throw Problem.invalid("/id", "not_an_id", "must have lower-case letters, digits, - and _, and begin with a letter or digit")
        }
        return id
    }
}
