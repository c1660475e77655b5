import Access
import HTTPTypes
import Inbox
import Storage

/// The team, for its owners: who is in it, what each may do, who is let in and who is shut out. The rules are the rooms' own: nobody gives more than they have,
/// and the last owner stays one.
enum TeamPages {
    static let all: [Route] = [
        Route(
            .get, "/team", "teamPage", .pages, "Who is in the team", policy: .person(.teammatesManage),
            answers: [.init(200, "a page", type: "text/html")]
        ) { try await draw($0).reply },
        Route(
            .post, "/team/{teammate}/invitation", "inviteForm", .pages, "A link that sets a password, shown once",
            policy: .person(.teammatesManage), input: .form,
            answers: [.init(200, "the link", type: "text/html"), .init(409, "no account", type: "text/html")]
        ) { try await invite($0) },
        Route(
            .post, "/team/{teammate}/role", "roleForm", .pages, "Gives another role", policy: .person(.teammatesManage), input: .form,
            answers: changed
        ) { call in
            guard let role = call.field("role").flatMap(Role.init(rawValue:)) else {
                return try await draw(call, alert: "Choose a role.").reply(status: 422)
            }
            return try await change(call) { access, id, transaction in
                try access.setRole(of: id, to: role, of: call.workspace, by: call.caller, in: transaction)
            }
        },
        Route(
            .post, "/team/{teammate}/suspension", "suspendForm", .pages, "Shuts out, at once", policy: .person(.teammatesManage),
            input: .form, answers: changed
        ) { try await suspend($0, true) },
        Route(
            .post, "/team/{teammate}/return", "restoreForm", .pages, "Lets in again", policy: .person(.teammatesManage), input: .form,
            answers: changed
        ) { try await suspend($0, false) },
    ]

    private static let changed: [Route.Answer] = [
        .init(303, "to the team"), .init(409, "the last owner stays", type: "text/html"), .init(422, "not accepted", type: "text/html"),
    ]

    /// What a role is for, in words.
    static func words(_ role: Role) -> String {
        switch role {
        case .owner: "Owner: everything"
        case .teammate: "Teammate: answers customers"
        case .finance: "Finance: usage and credit"
        case .prompts: "Prompts: prompts and documents"
        case .readOnly: "Read-only: looks on"
        }
    }

    // MARK: What the forms do

    private static func invite(_ call: Call) async throws -> Reply {
        let (access, id) = (call.service.access, call.place("teammate"))
        do {
            let made = try await call.service.store.write { try access.invite(id, of: call.workspace, by: call.caller, in: $0) }
            return try await draw(call, invitation: made).reply
        } catch let error as AccessError where error != .notFound(.account) {
            return try await draw(call, alert: "\(error)").reply(status: 409)
        }
    }

    private static func suspend(_ call: Call, _ isSuspended: Bool) async throws -> Reply {
        let inbox = call.service.inbox(of: call.workspace)
        return try await change(call) { access, id, transaction in
            try access.setSuspended(isSuspended, id, of: call.workspace, by: call.caller, in: transaction)
            // What a teammate was answering goes back to the queue in the same step.
            if try inbox.teammate(TeammateID(id), in: transaction).isSuspended != isSuspended {
                try inbox.setSuspended(TeammateID(id), isSuspended, at: call.now, in: transaction)
            }
        }
    }

    private static func change(
        _ call: Call, _ body: @escaping @Sendable (AccessControl, String, Transaction) throws -> Void
    ) async throws -> Reply {
        let (access, id) = (call.service.access, call.place("teammate"))
        do {
            try await call.service.store.write { try body(access, id, $0) }
            return .onTo("/team")
        } catch let error as AccessError where error == .lastOwner {
            return try await draw(call, alert: "\(error)").reply(status: 409)
        }
    }

    // MARK: The page

    private static func draw(_ call: Call, alert: String = "", invitation: NewInvitation? = nil) async throws -> HTML {
        let viewer = try await call.pageViewer()
        let access = call.service.access
        let all = try await call.service.store.read { snapshot in
            try Colleague.all(call, in: snapshot).map { ($0, try $0.account.flatMap { try access.secondsLocked($0, in: snapshot) }) }
        }
        let rows = all.map { row($0, locked: $1, viewer) }
        let link = invitation.map { shown($0, call.service.origin) }
        return Layout.page(
            title: "Team - \(viewer.company)", signedIn: viewer.signedIn(at: "/team"), look: .wide, script: "plain.js",
            styles: ["usage.css"],
            """
            <main id="main" class="settings"><h1>Team</h1><p class="alert" role="alert">\(alert)</p>\(link)
            <section class="card"><h2 id="people">People (\(all.count))</h2>
            <div class="scroll people" tabindex="0" role="region" aria-labelledby="people"><table><thead><tr><th scope="col">Name</th><th scope="col">E-mail</th>
            <th scope="col">State</th><th scope="col">Role</th><th scope="col">Way in</th></tr></thead><tbody>\(rows)</tbody></table></div>
            <p class="hint">New people are added in <code>workspace.yaml</code> with their e-mail address, or by the API; then they are invited here.</p>
            </section></main>
            """)
    }

    private static func shown(_ invitation: NewInvitation, _ origin: String) -> HTML {
        """
        <section class="card" aria-labelledby="link"><h2 id="link">Invitation for <bdi>\(invitation.account.email)</bdi></h2>
        <p>Give this link to them and to nobody else. It is shown now and never again, works once, and ends \(Words.time(invitation.expiresAt)).</p>
        <p><label for="address">Link</label><input id="address" dir="ltr" readonly value="\(origin)/invitation#\(invitation.token)"></p></section>
        """
    }

    private static func row(_ one: Colleague, locked: Int?, _ viewer: Viewer) -> HTML {
        let (name, id) = (one.teammate.name, Percent.encoded(one.teammate.id.text))
        let csrf: HTML = "<input type=\"hidden\" name=\"csrf\" value=\"\(viewer.csrf)\">"
        guard let account = one.account else {
            return """
                <tr><th scope="row"><bdi>\(name)</bdi></th><td>none</td><td><span class="chip">no account</span></td><td></td>
                <td class="hint">Needs an e-mail address first.</td></tr>
                """
        }
        let roles = Role.allCases.map { role in
            "<option value=\"\(role.rawValue)\"\(if: role == account.role, " selected")>\(words(role))</option>" as HTML
        }
        let aside: HTML = "<span class=\"aside\"> \(name)</span>"
        let wayIn: HTML =
            account.isSuspended
            ? "<form method=\"post\" action=\"/team/\(id)/return\">\(csrf)<button>Let in again\(aside)</button></form>"
            : """
            <form method="post" action="/team/\(id)/invitation">\(csrf)<button>\(account.hasPassword ? "New password link" : "Invite")\(aside)</button></form>
            <form method="post" action="/team/\(id)/suspension">\(csrf)<button class="grave">Suspend\(aside)</button></form>
            """
        return """
            <tr><th scope="row"><bdi>\(name)</bdi>\(if: one.teammate.id == viewer.id, " <span class=\"chip\">you</span>")</th>
            <td><bdi>\(account.email)</bdi></td><td>\(state(account))\(locked.map(shut))</td>
            <td><form class="role" method="post" action="/team/\(id)/role">\(csrf)<select name="role" aria-label="Role of \(name)">\(roles)</select>
            <button>Save\(aside)</button></form></td><td><div class="ways">\(wayIn)</div></td></tr>
            """
    }

    /// The right password does not help, a new one does; so does waiting.
    private static func shut(_ seconds: Int) -> HTML {
        " <span class=\"chip hot\">locked</span><p class=\"hint\">Too many wrong passwords. Opens in \(Words.wait(seconds: seconds)), or with a new password.</p>"
    }

    private static func state(_ account: Account) -> HTML {
        account.isSuspended
            ? "<span class=\"chip hot\">suspended</span>"
            : account.hasPassword ? "<span class=\"chip\">active</span>" : "<span class=\"chip note\">no password yet</span>"
    }
}
