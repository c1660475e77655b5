import Access
import HTTPTypes
import Storage

/// One's own account: who one is here, the password, and where one is signed in.
enum AccountPages {
    static let all: [Route] = [
        Route(
            .get, "/account", "accountPage", .pages, "One's own account", policy: .signedIn,
            answers: [.init(200, "a page", type: "text/html")]
        ) { try await draw($0, fault: nil, passwordChanged: $0.query("password") == "changed").reply },
        Route(
            .post, "/account/password", "passwordForm", .pages, "Sets a new password; every other session ends", policy: .signedIn,
            rate: .signIn, input: .form,
            answers: [
                .init(303, "to the account", headers: ["Set-Cookie"]), .init(422, "not accepted", type: "text/html"),
                .init(429, "too often", type: "text/html"),
            ]
        ) { try await changePassword($0) },
        Route(
            .post, "/account/sessions/{session}/end", "endSessionForm", .pages, "Ends one session of one's own", policy: .signedIn,
            input: .form, answers: [.init(303, "to the account, or to the sign-in")]
        ) { try await end($0) },
        Route(
            .post, "/account/sign-out-everywhere", "signOutEverywhereForm", .pages, "Ends all sessions of one's own", policy: .signedIn,
            input: .form, answers: [.init(303, "to the sign-in", headers: ["Set-Cookie", "Clear-Site-Data"])]
        ) { try await endAll($0) },
    ]

    // MARK: What the forms do

    private static func changePassword(_ call: Call) async throws -> Reply {
        do {
            let session = try await SigningIn.changePassword(
                call, from: call.field("current_password") ?? "", to: call.field("new_password") ?? "")
            return Reply.onTo("/account?password=changed").with(session, call.service)
        } catch let problem as Problem where [.invalidInput, .rateLimited].contains(problem.code) {
            let wrong = problem.mismatches.first
            let says =
                wrong.map { $0.code == "wrong_password" ? "The present password is not right." : $0.detail } ?? problem.detail
            let fault = Fault(says: says, isOfNew: wrong?.code == "weak_password")
            let reply = try await draw(call, fault: fault).reply(status: problem.code.status)
            return problem.retryAfterSeconds.map { reply.with(.retryAfter, "\($0)") } ?? reply
        }
    }

    private static func end(_ call: Call) async throws -> Reply {
        let (access, teammate, id) = (call.service.access, try call.ownTeammate(), call.place("session"))
        // One that is gone already is what was wanted.
        _ = try await call.service.store.write {
            try access.endSession(SessionID(id), of: teammate, of: call.workspace, by: call.caller, in: $0)
        }
        return id == call.caller.credential ? Reply.onTo("/sign-in").signedOut(call.service) : .onTo("/account")
    }

    private static func endAll(_ call: Call) async throws -> Reply {
        let (access, teammate) = (call.service.access, try call.ownTeammate())
        _ = try await call.service.store.write {
            try access.endAllSessions(of: teammate, of: call.workspace, by: call.caller, in: $0)
        }
        return Reply.onTo("/sign-in").signedOut(call.service)
    }

    // MARK: The page

    /// What was wrong with the password form, and whether the new password was it.
    private struct Fault {
        let says: String
        let isOfNew: Bool
    }

    private static func draw(_ call: Call, fault: Fault?, passwordChanged: Bool = false) async throws -> HTML {
        let viewer = try await call.pageViewer()
        let access = call.service.access
        let (account, sessions) = try await call.service.store.read { snapshot in
            (
                try access.account(viewer.id.text, of: call.workspace, in: snapshot),
                try access.sessions(of: viewer.id.text, of: call.workspace, in: snapshot)
            )
        }
        return Layout.page(
            title: "Your account - \(viewer.company)", signedIn: viewer.signedIn(at: "/account"), look: .wide, script: "plain.js",
            styles: ["usage.css"],
            """
            <main id="main" class="settings"><h1>Your account</h1>
            <section class="card" aria-labelledby="who"><h2 id="who">Who you are</h2>
            <dl class="facts"><div><dt>Name</dt><dd><bdi>\(viewer.name)</bdi></dd></div><div><dt>E-mail</dt><dd><bdi>\(account.email)</bdi></dd></div>
            <div><dt>Role</dt><dd>\(TeamPages.words(account.role))</dd></div></dl></section>
            \(open(sessions, current: call.caller.credential, now: call.now, csrf: viewer.csrf))
            \(password(account, fault, changed: passwordChanged, csrf: viewer.csrf))</main>
            """)
    }

    private static func open(_ sessions: [OpenSession], current: String?, now: Timestamp, csrf: String) -> HTML {
        let rows = sessions.map { session in
            let isCurrent = session.id.text == current
            return """
                <tr><th scope="row">\(session.browser.text.isEmpty ? "unknown" : session.browser.text)\(if: isCurrent, " <span class=\"chip\">this browser</span>")</th>
                <td><bdi>\(session.address)</bdi></td><td>\(Words.time(session.openedAt))</td><td>\(Words.age(session.seenAt, at: now))</td><td>\(Words.time(session.expiresAt))</td>
                <td><form method="post" action="/account/sessions/\(session.id.text)/end">\(Self.csrf(csrf))
                <button>Sign out<span class="aside"> \(session.browser.text), \(session.address), opened \(Words.moment(session.openedAt))</span></button></form></td></tr>
                """ as HTML
        }
        return """
            <section class="card"><h2 id="sessions">Where you are signed in</h2>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="sessions"><table><thead><tr><th scope="col">Browser</th>
            <th scope="col">Network</th><th scope="col">Signed in</th><th scope="col">Last seen</th><th scope="col">Ends</th><th scope="col">End it</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            <form method="post" action="/account/sign-out-everywhere">\(Self.csrf(csrf))
            <p class="hint">Something you do not recognise? Sign out everywhere, this browser too, then set a new password.</p>
            <button>Sign out everywhere</button></form></section>
            """
    }

    private static func password(_ account: Account, _ fault: Fault?, changed: Bool, csrf: String) -> HTML {
        func describedBy(_ isWrong: Bool) -> HTML { isWrong ? " aria-invalid=\"true\" aria-describedby=\"alert\"" : .nothing }
        return """
            <section class="card" aria-labelledby="password"><h2 id="password">Password</h2>
            \(if: changed, "<p role=\"status\">Your password is changed. Everywhere else you are signed out.</p>")
            <p class="alert" id="alert" role="alert">\(fault?.says ?? "")</p>
            <form method="post" action="/account/password">\(Self.csrf(csrf))
            <input type="hidden" name="email" value="\(account.email)" autocomplete="username">
            <div><label for="current">Present password</label><input id="current" name="current_password" type="password"
            autocomplete="current-password" required maxlength="1024"\(describedBy(fault?.isOfNew == false))></div>
            <div><label for="new">New password</label><input id="new" name="new_password" type="password"
            autocomplete="new-password" required maxlength="1024"\(describedBy(fault?.isOfNew == true))>
            <p class="hint">Long is good: a few words that nobody would guess. Every other browser is signed out.</p></div>
            <button class="main-action">Change password</button></form></section>
            """
    }

    private static func csrf(_ token: String) -> HTML { "<input type=\"hidden\" name=\"csrf\" value=\"\(token)\">" }
}
