import Access
import Assistant
import HTTPTypes
import Storage

/// Where people arrive.
enum StartPages {
    static let all: [Route] = [
        Route(
            .get, "/", "startPage", .pages, "To the inbox, or to the sign-in", policy: .anyone,
            answers: [.init(200, "a page", type: "text/html")]
        ) { try await start($0) }
    ]

    private static func start(_ call: Call) async throws -> Reply {
        if case .teammate = call.caller.kind, call.admission?.isByCookie == true {
            let viewer = try await call.pageViewer()
            if viewer.start != "/" { return .onTo(viewer.start) }
            return Layout.page(
                title: "Baton", signedIn: viewer.signedIn(),
                """
                <main id="main"><div class="card"><h1>Hello, <bdi>\(viewer.name)</bdi></h1>
                <p>Your role looks after prompts and documents. Their pages are not part of this version: use the commands
                <code>baton prompt</code> and <code>baton ingest</code>, or the API.</p></div></main>
                """
            ).reply
        }
        let site = call.service.onlyCompany?.sites.first
        return Layout.page(
            title: "Baton",
            """
            <main id="main"><div class="card"><p class="brand"><span class="mark" aria-hidden="true"></span>Baton</p>
            <h1>Customer support that knows when to ask a person</h1>
            <a class="button main-action" href="/sign-in">Sign in to the inbox</a>
            \(site.map { "<a class=\"button\" href=\"\(ChatPages.address(of: $0))\">Chat with \($0.name)</a><a href=\"/demo\">See it on a page</a>" as HTML })
            </div></main>
            """
        ).reply
    }
}

extension Service {
    /// The company of an installation that has just one, with its sites. Where there are several, pages that belong to none of them name none.
    var onlyCompany: (name: String, sites: [Site])? {
        let companies = companies
        guard companies.count == 1, let (workspace, sites) = companies.first else { return nil }
        // A site of a workspace that the desk does not know cannot answer anybody.
        return (try? desk.profile(workspace).name).map { ($0, sites) }
    }
}
