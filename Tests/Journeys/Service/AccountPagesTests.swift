import Access
import Foundation
import Storage
import Testing

/// One's own account and the team, as a browser without scripts sees them.
@Suite struct AccountPagesTests {
    private func another(_ served: Served, _ name: String) async throws -> Browser {
        let browser = Browser(served)
        let page = try await browser.send(
            browser.load("/sign-in").form("/sign-in"), ["email": "\(name)@quayside.example", "password": Served.password])
        #expect(page.status == 200 && page.path != "/sign-in")
        return browser
    }

    @Test func `signing out everywhere ends one's other browsers too, and no colleague's`() async throws {
        try await Served.run { served in
            let office = try await served.browser(of: mara, .teammate)
            let home = try await another(served, "mara")
            let jonas = try await served.browser(of: jonas, .finance)
            let page = try await office.load("/account")
            #expect(page.html.contains("mara@quayside.example") && page.html.components(separatedBy: "/account/sessions/").count == 3)
            #expect(try await office.send(page.form("/account/sign-out-everywhere")).path == "/sign-in")
            for browser in [office, home] { #expect(try await browser.load("/account").path.hasPrefix("/sign-in")) }
            #expect(try await jonas.load("/account").path == "/account")
        }
    }

    @Test func `one session is ended from another browser, but never a colleague's`() async throws {
        try await Served.run { served in
            let office = try await served.browser(of: mara, .teammate)
            let other = try await served.browser(of: jonas, .teammate)
            let theirs = try #require(try await other.load("/account").references.first { $0.hasPrefix("/account/sessions/") })
            let page = try await office.load("/account")
            let own = try #require(page.references.first { $0.hasPrefix("/account/sessions/") })
            let token = try page.form(own).fields
            _ = try await office.send(Browser.Form(action: theirs, fields: token))
            #expect(try await other.load("/account").path == "/account", "a colleague's session goes on")
            let home = try await another(served, "mara")
            _ = try await home.send(home.load("/account").form(own))
            #expect(try await home.load("/account").path == "/account")
            #expect(try await office.load("/account").path.hasPrefix("/sign-in"))
        }
    }

    @Test func `a new password needs the present one, and ends the other browsers`() async throws {
        try await Served.run { served in
            let office = try await served.browser(of: mara, .teammate)
            let home = try await another(served, "mara")
            let form = try await office.load("/account").form("/account/password")
            let new = "seven brown herons"
            let wrong = try await office.send(form, ["current_password": "not it at all", "new_password": new])
            #expect(wrong.status == 422 && wrong.html.contains("The present password is not right."))
            let weak = try await office.send(form, ["current_password": Served.password, "new_password": "short"])
            #expect(weak.status == 422 && !weak.html.contains("short\""))
            #expect(try await home.load("/account").path == "/account", "nothing has changed yet")
            let changed = try await office.send(form, ["current_password": Served.password, "new_password": new])
            #expect(changed.status == 200 && changed.html.contains("Your password is changed"))
            #expect(try await home.load("/account").path.hasPrefix("/sign-in"))
        }
    }

    @Test(arguments: [Role.teammate, .finance, .prompts, .readOnly])
    func `whoever is no owner has an account page and no team page`(role: Role) async throws {
        try await Served.run { served in
            let browser = try await served.browser(of: jonas, role)
            let page = try await browser.load("/account")
            #expect(page.status == 200 && !page.references.contains("/team"))
            #expect(try await browser.load("/team").status == 403)
            let token = try page.form("/account/sign-out-everywhere").fields
            #expect(try await browser.send(Browser.Form(action: "/team/jonas/role", fields: token), ["role": "owner"]).status == 403)
        }
    }

    @Test func `an owner invites, gives a role, shuts out and lets in again`() async throws {
        try await Served.run { served in
            let jonas = try await served.browser(of: jonas, .teammate)
            let owner = try await served.browser(of: mara, .owner)
            let team = try await owner.load("/team")
            #expect(team.references.contains("/team") && !team.html.contains("/invitation#"))
            let invited = try await owner.send(team.form("/team/jonas/invitation"))
            #expect(invited.html.contains("/invitation#bati_"))
            #expect(try await !owner.load("/team").html.contains("/invitation#"), "a link is shown once")
            _ = try await owner.send(team.form("/team/jonas/role"), ["role": "finance"])
            #expect(try await jonas.load("/usage").status == 200, "a role counts from the next page on")
            #expect(try await owner.send(team.form("/team/jonas/role"), ["role": "king"]).status == 422)
            _ = try await owner.send(team.form("/team/jonas/suspension"))
            #expect(try await jonas.load("/usage").path.hasPrefix("/sign-in"))
            let after = try await owner.load("/team")
            #expect(after.html.contains("suspended") && !after.hasForm("/team/jonas/suspension"))
            _ = try await owner.send(after.form("/team/jonas/return"))
            #expect(try await owner.load("/team").hasForm("/team/jonas/suspension"))
        }
    }

    @Test func `an owner sees who is locked out by wrong passwords, and a new password opens the account`() async throws {
        try await Served.run { served in
            _ = try await served.browser(of: jonas, .teammate)
            let owner = try await served.browser(of: mara, .owner)
            #expect(try await !owner.load("/team").html.contains("locked"))
            let stranger = Browser(served)
            let form = try await stranger.load("/sign-in").form("/sign-in")
            var page = try await stranger.send(form, ["email": "jonas@quayside.example", "password": "wrong wrong 0"])
            for attempt in 1...10 {
                page = try await stranger.send(form, ["email": "jonas@quayside.example", "password": "wrong wrong \(attempt)"])
            }
            #expect(page.status == 429 && page.html.contains("Too many wrong passwords. Try again in 15 minutes."))
            let team = try await owner.load("/team")
            #expect(team.html.components(separatedBy: "locked</span>").count == 2)
            let link = try #require(
                try await owner.send(team.form("/team/jonas/invitation")).html.split(separator: "\"").first { $0.contains("#bati_") })
            let code = try #require(link.split(separator: "#").last)
            let invitation = try await stranger.load("/invitation").form("/invitation")
            _ = try await stranger.send(invitation, ["code": String(code), "password": "seven brown herons"])
            #expect(try await !owner.load("/team").html.contains("locked"))
        }
    }

    @Test func `nobody locks out the last owner`() async throws {
        try await Served.run { served in
            let owner = try await served.browser(of: mara, .owner)
            let team = try await owner.load("/team")
            let attempts: [(String, [String: String])] = [("/team/mara/role", ["role": "teammate"]), ("/team/mara/suspension", [:])]
            for (address, fields) in attempts {
                let refused = try await owner.send(team.form(address), fields)
                #expect(refused.status == 409 && refused.html.contains("last owner"), "\(address)")
            }
            #expect(try await owner.load("/team").status == 200)
        }
    }
}
