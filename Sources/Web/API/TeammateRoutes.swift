import Access
import HTTPTypes
import Inbox
import Notation
import Storage

/// Teammates: who they are, what they may do, and how a new one comes in.
enum TeammateRoutes {
    static let all: [Route] = [
        Route(
            .get, "/v1/teammates", "listTeammates", .workspace, "All teammates, by id", policy: .staff(.settingsRead),
            answers: [.init(200, "all of them", .page(of: TeammateShapes.teammate))]
        ) { call in
            let all = try await call.service.store.read { try Colleague.all(call, in: $0) }
            return .page(all.map { TeammateShapes.json($0, for: call.caller) }, next: nil, call)
        },
        Route(
            .get, "/v1/teammates/{teammate}", "getTeammate", .workspace, "One teammate", policy: .staff(.settingsRead),
            answers: [.init(200, "the teammate", TeammateShapes.teammate, headers: ["ETag"])]
        ) { call in
            let one = try await call.service.store.read { try Colleague.one(call.place("teammate"), call, in: $0) }
            return .json(TeammateShapes.json(one, for: call.caller)).tagged(TeammateShapes.tag(one))
        },
        Route(
            .post, "/v1/teammates", "makeTeammate", .workspace, "A new teammate; an invitation lets them set a password",
            policy: .staff(.teammatesManage), input: .json(TeammateShapes.new), key: .accepted,
            answers: [.init(201, "the teammate", TeammateShapes.teammate)]
        ) { try await make($0) },
        Route(
            .patch, "/v1/teammates/{teammate}", "changeTeammate", .workspace, "Gives another role, shuts out, or lets in again",
            policy: .staff(.teammatesManage), input: .json(TeammateShapes.change), needsMatch: true,
            answers: [.init(200, "the teammate", TeammateShapes.teammate, headers: ["ETag"])]
        ) { try await change($0) },
        Route(
            .post, "/v1/teammates/{teammate}/invitation", "inviteTeammate", .workspace,
            "A token with which the teammate sets a password, once, within 24 hours; also for one who forgot it",
            policy: .staff(.teammatesManage), answers: [.init(201, "the token, shown once", TeammateShapes.invitation)]
        ) { try await invite($0) },
    ]

    private static func make(_ call: Call) async throws -> Reply {
        let id = try TeammateShapes.id(call)
        guard let name = call.text("name"), let email = call.text("email"), let role = call.text("role").flatMap(Role.init(rawValue:))
        else {
            throw Problem.invalid("", "missing", "needs name, email and role")
        }
        let inbox = call.service.inbox(of: call.workspace)
        return try await call.service.store.write { transaction in
            try call.once(in: transaction) {
                let known = try inbox.teammates(in: transaction).first { $0.id.text == id }
                let teammate = try inbox.saveTeammate(
                    TeammateID(id), name: name, email: email, capacity: call.input["capacity"]?.integer ?? known?.capacity ?? 10,
                    skills: call.texts("skills").map(Set.init) ?? known?.skills ?? [], at: call.now, in: transaction)
                let account = try call.service.access.makeAccount(
                    id, email: email, role: role, of: call.workspace, by: call.caller, in: transaction)
                return (201, TeammateShapes.json(Colleague(teammate: teammate, account: account), for: call.caller))
            }
        }
    }

    private static func change(_ call: Call) async throws -> Reply {
        let (id, access) = (call.place("teammate"), call.service.access)
        let inbox = call.service.inbox(of: call.workspace)
        let after = try await call.service.store.write { transaction in
            let before = try Colleague.one(id, call, in: transaction)
            try call.requireMatch(TeammateShapes.tag(before), current: TeammateShapes.json(before, for: call.caller))
            if let role = call.text("role").flatMap(Role.init(rawValue:)) {
                guard before.account != nil else {
                    throw Problem(.conflict, "This teammate has no account and therefore no role. Make one with POST /v1/teammates.")
                }
                try access.setRole(of: id, to: role, of: call.workspace, by: call.caller, in: transaction)
            }
            if let isSuspended = call.flag("suspended") {
                if before.account != nil {
                    try access.setSuspended(isSuspended, id, of: call.workspace, by: call.caller, in: transaction)
                }
                if before.teammate.isSuspended != isSuspended {
                    try inbox.setSuspended(TeammateID(id), isSuspended, at: call.now, in: transaction)
                }
            }
            return try Colleague.one(id, call, in: transaction)
        }
        return .json(TeammateShapes.json(after, for: call.caller)).tagged(TeammateShapes.tag(after))
    }

    private static func invite(_ call: Call) async throws -> Reply {
        let access = call.service.access
        let invitation = try await call.service.store.write {
            try access.invite(call.place("teammate"), of: call.workspace, by: call.caller, in: $0)
        }
        return .json(
            .of(
                ("teammate", .string(invitation.account.teammate)), ("token", .string(invitation.token)),
                ("link", .string(call.service.origin + "/invitation#" + invitation.token)),
                ("expires_at", Written.time(invitation.expiresAt))), status: 201)
    }
}
