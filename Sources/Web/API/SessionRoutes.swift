import Access
import HTTPTypes
import Inbox
import Notation
import Storage

/// One's own account: signing in and out, password, sessions.
enum SessionRoutes {
    private static let mine = Schema.named(
        "SignedIn",
        .object([
            .init("workspace", .identifier), .init("teammate", .identifier), .init("name", .text(0...200)), .init("email", .text(0...254)),
            .init("role", .oneOf(Role.allCases.map(\.rawValue))),
            .init("permissions", .array(.oneOf(Permission.allCases.map(\.rawValue)), most: 100)),
            .init("csrf", .text(1...200), "to be sent as X-CSRF-Token with every change"), .init("expires_at", .time, required: false),
        ]))

    private static let session = Schema.named(
        "Session",
        .object([
            .init("id", .identifier), .init("address", .text(0...100), "the network it was opened from"),
            .init("browser", .text(0...100), "such as Firefox on Linux; empty where it is not known"), .init("opened_at", .time),
            .init("seen_at", .time, "to the minute"), .init("expires_at", .time), .init("is_current", .boolean),
        ]))

    private static let password = Schema.text(0...1024)

    static let all: [Route] = [
        Route(
            .post, "/v1/sessions", "signIn", .access, "Signs a teammate in: sets the session's cookie", policy: .anyone, rate: .signIn,
            input: .json(.object([.init("email", .text(1...254)), .init("password", password)]), most: 16 << 10),
            answers: [.init(201, "who is in", mine, headers: ["Set-Cookie"])]
        ) { call in
            try call.requireOwnOrigin()
            let session = try await SigningIn.open(call, email: call.text("email") ?? "", password: call.text("password") ?? "")
            return .json(try await me(session.admission, call), status: 201).with(session, call.service)
        },
        Route(
            .get, "/v1/me", "getMe", .access, "Who is signed in, and the CSRF token of the session", policy: .signedIn,
            answers: [.init(200, "the teammate", mine)]
        ) { call in
            guard let admission = call.admission else { throw Problem(.unauthenticated, "This needs a session.") }
            return .json(try await me(admission, call))
        },
        Route(
            .get, "/v1/sessions", "listSessions", .access, "One's own open sessions, newest first", policy: .signedIn,
            answers: [.init(200, "all of them", .page(of: session))]
        ) { try await list($0) },
        Route(
            .delete, "/v1/sessions", "signOutEverywhere", .access, "Ends all sessions of one's own, this one too", policy: .signedIn,
            answers: [.init(204, "signed out", headers: ["Set-Cookie", "Clear-Site-Data"])]
        ) { call in
            let (access, teammate) = (call.service.access, try call.ownTeammate())
            _ = try await call.service.store.write {
                try access.endAllSessions(of: teammate, of: call.workspace, by: call.caller, in: $0)
            }
            return Reply.nothing.signedOut(call.service)
        },
        Route(
            .delete, "/v1/sessions/current", "signOut", .access, "Ends this session", policy: .signedIn,
            answers: [.init(204, "signed out", headers: ["Set-Cookie", "Clear-Site-Data"])]
        ) { call in
            _ = try await end(call.caller.credential ?? "", call)
            return Reply.nothing.signedOut(call.service)
        },
        Route(
            .delete, "/v1/sessions/{session}", "endSession", .access, "Ends one session of one's own", policy: .signedIn,
            answers: [.init(204, "ended")]
        ) { call in
            let id = call.place("session")
            guard try await end(id, call) else { throw Problem.notFound }
            return id == call.caller.credential ? Reply.nothing.signedOut(call.service) : .nothing
        },
        Route(
            .put, "/v1/sessions/current/password", "changePassword", .access,
            "Sets a new password; all other sessions end, this one goes on under a new id", policy: .signedIn, rate: .signIn,
            input: .json(.object([.init("current_password", password), .init("new_password", password)]), most: 16 << 10),
            answers: [.init(200, "who is in, with a new CSRF token", mine, headers: ["Set-Cookie"])]
        ) { call in
            let session = try await SigningIn.changePassword(
                call, from: call.text("current_password") ?? "", to: call.text("new_password") ?? "")
            return .json(try await me(session.admission, call)).with(session, call.service)
        },
        Route(
            .post, "/v1/invitations/acceptances", "acceptInvitation", .access, "Sets a password with the token of an invitation, once",
            policy: .anyone, rate: .signIn,
            input: .json(.object([.init("token", .text(1...200)), .init("password", password)]), most: 16 << 10),
            answers: [.init(201, "whose password it is now", .object([.init("teammate", .identifier), .init("email", .text(0...254))]))]
        ) { call in
            try call.requireOwnOrigin()
            let account = try await SigningIn.accept(call.text("token") ?? "", password: call.text("password") ?? "", call)
            return .json(.of(("teammate", .string(account.teammate)), ("email", .string(account.email))), status: 201)
        },
    ]

    private static func me(_ admission: Admission, _ call: Call) async throws -> JSON {
        let caller = admission.caller
        guard case .teammate(let id, let role) = caller.kind, let workspace = caller.workspace, let csrf = admission.csrf else {
            throw Problem(.forbidden, "This is for teammates who are signed in.")
        }
        let (access, inbox) = (call.service.access, call.service.inbox(of: workspace))
        let (account, names) = try await call.service.store.read { snapshot in
            (
                try access.account(id, of: workspace, in: snapshot),
                try inbox.teammates(in: snapshot).filter { $0.id.text == id }.map(\.name)
            )
        }
        return .of(
            ("workspace", .string(workspace.text)), ("teammate", .string(id)), ("name", .string(names.first ?? id)),
            ("email", .string(account.email)), ("role", .string(role.rawValue)),
            ("permissions", Written.texts(caller.permissions.map(\.rawValue).sorted())), ("csrf", .string(csrf)),
            ("expires_at", Written.time(admission.expiresAt)))
    }

    private static func list(_ call: Call) async throws -> Reply {
        let (access, teammate) = (call.service.access, try call.ownTeammate())
        let sessions = try await call.service.store.read { try access.sessions(of: teammate, of: call.workspace, in: $0) }
        let rows = sessions.map { session in
            JSON.of(
                ("id", .string(session.id.text)), ("address", .string(session.address)),
                ("browser", .string(session.browser.text)), ("opened_at", Written.time(session.openedAt)),
                ("seen_at", Written.time(session.seenAt)), ("expires_at", Written.time(session.expiresAt)),
                ("is_current", .bool(session.id.text == call.caller.credential)))
        }
        return .page(rows, next: nil, call)
    }

    private static func end(_ id: String, _ call: Call) async throws -> Bool {
        let (access, teammate) = (call.service.access, try call.ownTeammate())
        return try await call.service.store.write {
            try access.endSession(SessionID(id), of: teammate, of: call.workspace, by: call.caller, in: $0)
        }
    }
}
