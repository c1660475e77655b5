import Access
import HTTPTypes
import Notation
import Storage

/// Signing in and out, for the API and the pages alike.
enum SigningIn {
    /// Opens a session for whoever knows address and password, always under a new id; the one that the browser came with ends.
    ///
    /// The answer to a wrong password is that to an address without an account, and takes as long.
    /// - Throws: `Problem` 401 or 429; `AccessError.busy`; `StorageError`.
    static func open(_ call: Call, email: String, password: String) async throws -> NewSession {
        let (service, access) = (call.service, call.service.access)
        let attempt = try await begin(call, email: email)
        let verdict = try await verify(password, attempt, call)
        let old = call.headers.cookie(service.sessionCookie)
        let session = try await service.store.write {
            try access.finishSignIn(attempt, matches: verdict.matches, renewedHash: verdict.renewed, replacing: old, in: $0)
        }
        guard let session else { throw Problem(.signInFailed, "Check the e-mail address and the password.") }
        return session
    }

    /// Sets a new password for whoever is signed in and knows the present one; every session ends, and this browser gets a new one.
    /// - Throws: `Problem` 422 or 429; `AccessError`; `StorageError`.
    static func changePassword(_ call: Call, from current: String, to new: String) async throws -> NewSession {
        let (service, access, workspace) = (call.service, call.service.access, call.workspace)
        let teammate = try call.ownTeammate()
        let account = try await service.store.read { try access.account(teammate, of: workspace, in: $0) }
        let attempt = try await begin(call, email: account.email)
        guard try await verify(current, attempt, call).matches else {
            throw Problem.invalid("/current_password", "wrong_password", "is not the present password")
        }
        let hash: String
        do { hash = try await service.passwords.hash(new, email: account.email) } catch AccessError.weakPassword(let fault) {
            throw Problem.invalid("/new_password", "weak_password", "\(fault)")
        }
        let device = call.headers.cookie(service.deviceCookie)
        return try await service.store.write { transaction in
            // Whoever changed it in between wins; this one read the old one.
            guard try access.passwordHash(of: teammate, of: workspace, in: transaction) == attempt.passwordHash else {
                throw Problem(.conflict, "The password was changed meanwhile. Sign in again.")
            }
            try access.abandonSignIn(attempt, in: transaction)
            let account = try access.setPassword(hash, of: teammate, of: workspace, by: call.caller, in: transaction)
            return try access.openSession(
                for: account, address: ClientAddress(call.address), device: device, browser: call.browser, replacing: nil, in: transaction)
        }
    }

    /// Uses an invitation up. Nobody is signed in by it.
    /// - Throws: `AccessError`; `StorageError`.
    static func accept(_ token: String, password: String, _ call: Call) async throws -> Account {
        let (service, access) = (call.service, call.service.access)
        let account = try await service.store.read { try access.invited(by: token, in: $0) }
        let hash = try await service.passwords.hash(password, email: account.email)
        return try await service.store.write { try access.accept(token, passwordHash: hash, in: $0) }
    }

    private static func begin(_ call: Call, email: String) async throws -> SignInAttempt {
        let access = call.service.access
        let device = call.headers.cookie(call.service.deviceCookie)
        let step = try await call.service.store.write {
            try access.beginSignIn(
                email: email, address: ClientAddress(call.address), device: device, browser: call.browser, in: $0)
        }
        switch step {
        case .proceed(let attempt): return attempt
        case .refused(let seconds):
            var problem = Problem(.rateLimited, "Too many wrong passwords. Try again in \(Words.wait(seconds: seconds)).")
            problem.retryAfterSeconds = seconds
            throw problem
        }
    }

    private static func verify(_ password: String, _ attempt: SignInAttempt, _ call: Call) async throws -> PasswordHasher.Verdict {
        let access = call.service.access
        do { return try await call.service.passwords.verify(password, against: attempt.passwordHash) } catch {
            // Nobody looked at the password: it was nobody's guess.
            try await call.service.store.write { try access.abandonSignIn(attempt, in: $0) }
            throw error
        }
    }
}

extension Reply {
    /// With the cookies of a session just opened: its own, gone when the browser is closed, and the one that remembers the device.
    func with(_ session: NewSession, _ service: Service) -> Reply {
        with(.setCookie, service.cookie(service.sessionCookie, session.cookie, seconds: nil))
            .with(
                .setCookie,
                service.cookie(service.deviceCookie, session.deviceCookie, seconds: Int(AccessControl.deviceMilliseconds / 1000)))
    }

    /// With everything gone that a browser keeps of a session. The device stays remembered.
    func signedOut(_ service: Service) -> Reply {
        with(.setCookie, service.cookie(service.sessionCookie, "", seconds: 0)).with(.clearSiteData, "\"cache\", \"storage\"")
    }
}

extension Call {
    /// What the caller's browser calls itself.
    var browser: BrowserName { BrowserName(userAgent: headers[.userAgent]) }

    /// A page of another site must not sign anybody in or set a password, cookie or not.
    /// - Throws: `Problem` 403.
    func requireOwnOrigin() throws {
        let isForeignSite = headers[.secFetchSite].map { !["same-origin", "none"].contains($0) } ?? false
        let isForeignOrigin = headers[.origin].map { $0 != service.origin } ?? false
        guard !isForeignSite, !isForeignOrigin else { throw Problem(.crossSite, "This is accepted from pages of this service only.") }
    }
}
