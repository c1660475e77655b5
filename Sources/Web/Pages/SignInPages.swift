import Access
import Foundation
import HTTPTypes
import Storage

/// Signing in and out, and setting a password by an invitation. Mostly nobody is signed in yet, and that a form came from a page of ours is what
/// the front checks of every form.
enum SignInPages {
    static let all: [Route] = [
        Route(
            .get, "/sign-in", "signInPage", .pages, "The sign-in form", policy: .anyone, answers: [.init(200, "a page", type: "text/html")]
        ) { try await show($0) },
        Route(
            .post, "/sign-in", "signInForm", .pages, "Sign in", policy: .anyone, rate: .signIn, input: .form,
            answers: [
                .init(303, "on to the inbox"), .init(401, "wrong", type: "text/html"), .init(422, "not filled in", type: "text/html"),
                .init(429, "too often", type: "text/html"),
            ]
        ) { try await signIn($0) },
        Route(
            .post, "/sign-out", "signOutForm", .pages, "Sign out", policy: .signedIn, input: .form, answers: [.init(303, "to the sign-in")]
        ) { try await signOut($0) },
        Route(
            .get, "/invitation", "invitationPage", .pages, "Set a password; the invitation's code stands behind the # of the link",
            policy: .anyone, answers: [.init(200, "a page", type: "text/html")]
        ) { invitation($0, code: "", fault: nil).reply },
        Route(
            .post, "/invitation", "invitationForm", .pages, "Set a password", policy: .anyone, rate: .signIn, input: .form,
            answers: [.init(303, "to the sign-in"), .init(422, "the code or the password is no good", type: "text/html")]
        ) { try await accept($0) },
    ]

    // MARK: Sign-in

    private static func show(_ call: Call) async throws -> Reply {
        let next = OwnAddress.checked(call.query("next"))
        if case .teammate = call.caller.kind { return .onTo(next ?? "/") }
        return form(call, next: next, email: "", fault: nil).reply
    }

    private static func form(_ call: Call, next: String?, email: String, fault: String?) -> HTML {
        Layout.page(
            title: "Sign in - Baton", script: "plain.js",
            """
            <main id="main"><div class="card"><p class="brand"><span class="mark" aria-hidden="true"></span>Baton</p><h1>Sign in</h1>
            <p class="alert" id="alert" role="alert">\(fault ?? "")</p>
            <form method="post" action="/sign-in">\(token(call))<input type="hidden" name="next" value="\(next ?? "")">
            <div><label for="email">E-mail</label>
            <input id="email" name="email" type="email" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="254"
            value="\(email)"\(describedBy(fault))></div>
            <div><label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="1024"\(describedBy(fault))></div>
            <button class="main-action">Sign in</button></form>
            <p class="quiet small">No account, or the password is gone? Ask an owner of your workspace for an invitation.</p></div></main>
            """)
    }

    /// Of somebody who is signed in already, perhaps as another: a cookie came along, so its token must.
    private static func token(_ call: Call) -> HTML { "<input type=\"hidden\" name=\"csrf\" value=\"\(call.admission?.csrf ?? "")\">" }

    private static func describedBy(_ fault: String?) -> HTML {
        fault == nil ? .nothing : " aria-invalid=\"true\" aria-describedby=\"alert\""
    }

    private static func signIn(_ call: Call) async throws -> Reply {
        let email = call.field("email") ?? ""
        let next = OwnAddress.checked(call.field("next"))
        guard !email.isEmpty, call.field("password")?.isEmpty == false else {
            return form(call, next: next, email: email, fault: "Fill in both fields.").reply(status: 422)
        }
        do {
            let session = try await SigningIn.open(call, email: email, password: call.field("password") ?? "")
            return Reply.onTo(next ?? "/").with(session, call.service)
        } catch let problem as Problem where [.signInFailed, .rateLimited].contains(problem.code) {
            let fault = problem.code == .signInFailed ? "E-mail or password is wrong." : problem.detail
            let reply = form(call, next: next, email: email, fault: fault).reply(status: problem.code.status)
            return problem.retryAfterSeconds.map { reply.with(.retryAfter, "\($0)") } ?? reply
        }
    }

    private static func signOut(_ call: Call) async throws -> Reply {
        let access = call.service.access
        let (caller, workspace) = (call.caller, call.workspace)
        if case .teammate(let teammate, _) = caller.kind, let session = caller.credential {
            try await call.service.store.write {
                try access.endSession(SessionID(session), of: teammate, of: workspace, by: caller, in: $0)
            }
        }
        return Reply.onTo("/sign-in").signedOut(call.service)
    }

    // MARK: Invitation

    private static func invitation(_ call: Call, code: String, fault: InvitationFault?) -> HTML {
        Layout.page(
            title: "Set your password - Baton", script: "invitation.js",
            """
            <main id="main"><div class="card"><p class="brand"><span class="mark" aria-hidden="true"></span>Baton</p><h1>Set your password</h1>
            <p>Your invitation opens your account, once. Whoever was signed in with it is signed out.</p>
            <p class="alert" id="alert" role="alert">\(fault?.says ?? "")</p>
            <form method="post" action="/invitation">\(token(call))
            <div><label for="code">Invitation code</label>
            <input id="code" name="code" dir="ltr" autocomplete="off" autocapitalize="none" spellcheck="false" required maxlength="200"
            value="\(code)"\(describedBy(fault?.ofCode))>
            <p class="hint">A link fills it in. Else copy it from the message that invited you: it begins with bati_.</p></div>
            <div><label for="password">New password</label>
            <input id="password" name="password" type="password" autocomplete="new-password" required maxlength="1024"
            \(describedBy(fault?.ofPassword))>
            <p class="hint">Long is good: a few words that nobody would guess. A password manager is better.</p></div>
            <button class="main-action">Set password</button></form></div></main>
            """)
    }

    /// The code comes in the form's body and goes back only into the page of whoever sent it: an address ends up in histories and logs.
    private static func accept(_ call: Call) async throws -> Reply {
        // A code is copied out of a message, often with a space or a line's end.
        let code = (call.field("code") ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        do {
            _ = try await SigningIn.accept(code, password: call.field("password") ?? "", call)
            return .onTo("/sign-in")
        } catch AccessError.weakPassword(let fault) {
            return invitation(call, code: code, fault: .init(says: fault.description, isOfPassword: true)).reply(status: 422)
        } catch let error as AccessError where error == .notFound(.invitation) {
            return invitation(call, code: "", fault: .init(says: "\(error)", isOfPassword: false)).reply(status: 422)
        }
    }
}

/// What is wrong with the form, and with which of its fields.
private struct InvitationFault {
    let says: String
    let isOfPassword: Bool

    var ofCode: String? { isOfPassword ? nil : says }
    var ofPassword: String? { isOfPassword ? says : nil }
}
