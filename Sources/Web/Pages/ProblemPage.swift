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
        var reply =
            (facts.route?.group == .chat ? ofChat(problem, facts, service) : page(problem.code, detail: problem.detail, request: facts.id))
            .reply(status: problem.code.status)
        if let seconds = problem.retryAfterSeconds { reply = reply.with(.retryAfter, "\(seconds)") }
        return reply
    }

    private static func page(_ code: Problem.Code, detail: String, request: String?) -> HTML {
        Layout.page(
            title: code.title, signedIn: nil,
            """
            <main id="main"><div class="card"><p class="brand"><span class="mark" aria-hidden="true"></span>Baton</p><h1>\(code.title)</h1><p>\(detail)</p>
            <p><a class="button" href="/">Back to the start</a></p>
            \(request.map { "<p class=\"quiet small\">If it goes on, give this number to whoever runs the service: <code>\($0)</code></p>" as HTML })</div></main>
            """)
    }

    /// For a customer, who has no use for codes: in a language of theirs, and with the way back.
    private static func ofChat(_ problem: Problem, _ facts: RequestFacts, _ service: Service) -> HTML {
        let site = facts.path.split(separator: "/").dropFirst().first.flatMap { service.site(String($0))?.1 }
        let asked = Percent.items(Array(facts.queryText.utf8))?.first { $0.name == "lang" }?.value
        let words = Wordbook.chosen(asked: asked, site: site?.language ?? .auto, accepts: facts.headers[.acceptLanguage])
        let says: String =
            switch problem.code {
            case .rateLimited: words.text(.tooMany, ["count": "\(problem.retryAfterSeconds ?? 1)"])
            case .notFound, .methodNotAllowed: words[.gone]
            // The limits of the rarer things are told in English only.
            case .invalidInput, .tooLarge, .malformedRequest, .crossSite: words.code == "en" ? problem.detail : words[.notKept]
            default: words[.wrong]
            }
        return """
            <!doctype html>
            <html lang="\(words.code)" dir="\(words.direction.rawValue)"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark"><title>\(words[.problem])</title><link rel="stylesheet" href="/assets/baton.css"></head>
            <body class="narrow"><main id="main"><h1>\(words[.problem])</h1><p>\(says)</p><p class="quiet">\(words.text(.request, ["id": facts.id]))</p>
            \(site.map { "<p><a href=\"\(ChatPages.address(of: $0))\">\(words[.back])</a></p>" as HTML })</main></body></html>
            """
    }
}
