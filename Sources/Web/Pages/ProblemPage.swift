import HTTPTypes

/// Problems for people: the page of a code, and what a browser shows where a page could not be made.
enum ProblemPage {
    /// What a code means and what to do about it.
    static func explain(_ call: Call) throws -> Reply {
        guard let code = Problem.Code(rawValue: call.place("code")) else { throw Problem.notFound }
        return page(code, detail: code.remedy, request: nil).reply
    }

    static func reply(_ problem: Problem, _ facts: RequestFacts, _ service: Service) -> Reply {
        // Who is not signed in, or no longer, comes back here afterwards.
        if problem.code == .unauthenticated, facts.method == .get {
            return Reply(status: 303, body: .none).with(.location, "/sign-in?next=\(Percent.encoded(facts.path))")
        }
        var reply = page(problem.code, detail: problem.detail, request: facts.id).reply(status: problem.code.status)
        if let seconds = problem.retryAfterSeconds { reply = reply.with(.retryAfter, "\(seconds)") }
        return reply
    }

    private static func page(_ code: Problem.Code, detail: String, request: String?) -> HTML {
        Layout.page(
            title: code.title, signedIn: nil,
            """
            <main id="main"><h1>\(code.title)</h1><p>\(detail)</p>
            \(request.map { "<p class=\"quiet\">Request \($0)</p>" as HTML })
            <p><a href="/">Back to the start</a></p></main>
            """)
    }
}
