import HTTPTypes

/// A page of the example company as it would stand on the company's own server: its own markup and style, one script tag that brings the chat, and a content
/// policy that allows what a host must allow and nothing more. What it proves is in the README: a page with a strict policy needs this service's origin under
/// `script-src`, `frame-src` and `connect-src`, and nothing else.
enum DemoPage {
    static let all: [Route] = [
        Route(
            .get, "/demo", "demoPage", .chat, "An example company's page that embeds the chat", policy: .anyone,
            answers: [.init(200, "a page", type: "text/html")]
        ) { call in
            guard let (company, sites) = call.service.onlyCompany, let site = sites.first else { throw Problem.notFound }
            return page(company, site, isEmbedding: isLoaderServed).reply.with(.contentSecurityPolicy, policy(of: "'self'"))
        }
    ]

    /// Whether this build has the loader.
    private static let isLoaderServed = Routes.all.contains { $0.path.text == "/widget.js" }

    /// The policy of a page that embeds the chat.
    /// - Parameter service: the origin of this service, as the host's policy names it.
    static func policy(of service: String) -> String {
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src \(service); frame-src \(service); connect-src \(service); "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    }

    /// - Parameters:
    ///   - service: where the chat is served from; empty where the page is.
    ///   - isEmbedding: false: a page with a link to the chat only.
    static func page(_ company: String, _ site: Site, service: String = "", isEmbedding: Bool = true) -> HTML {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark"><title>\(company): help and support</title>
        <link rel="stylesheet" href="/assets/demo.css"><link rel="icon" href="/assets/baton.svg" type="image/svg+xml">
        \(if: isEmbedding, loader(site, service))</head>
        <body><a class="skip" href="#main">Skip to content</a>
        <header class="top"><div class="wide"><span class="name"><bdi>\(company)</bdi></span>
        <nav aria-label="Main"><a href="#fees">Fees</a><a href="#withdrawals">Withdrawals</a><a href="#safety">Safety</a></nav></div></header>
        <main id="main">\(hero(company, site, service))\(answers)</main>
        <footer><div class="wide"><p>\(company) is invented, and so is everything on this page. Its chat is real: open the button in the corner.</p>
        <p><a href="/inbox">The team's inbox</a></p></div></footer></body></html>
        """
    }

    /// The one line that a company puts into its pages.
    static func loader(_ site: Site, _ service: String) -> HTML {
        "<script async src=\"\(service)/widget.js?site=\(site.key)\"></script>"
    }

    private static func hero(_ company: String, _ site: Site, _ service: String) -> HTML {
        """
        <section class="hero"><div class="wide"><p class="over">Help centre</p><h1>Your money, within reach</h1>
        <p class="lead">Buy, hold and withdraw. If something is unclear, ask: an assistant answers from our help pages at any hour, and a person takes over
        whenever you want one.</p>
        <p><a class="call" href="\(service)\(ChatPages.address(of: site))">Ask a question</a> <span>Replies in seconds</span></p></div></section>
        """
    }

    private static let answers: HTML = """
        <section class="wide grid" aria-label="Often asked">
        <article id="withdrawals"><h2>Withdrawals</h2><p>Bank withdrawals arrive within one or two business days. Large amounts are looked at by a person first.</p>
        <p class="try">Try: “How long does a bank withdrawal take?”</p></article>
        <article id="fees"><h2>Fees</h2><p>What a trade, a transfer and a card payment cost stands on one page, and is shown before you confirm.</p>
        <p class="try">Try: “What does a card deposit cost?”</p></article>
        <article id="safety"><h2>Safety</h2><p>Somebody may have got into your account? Say so: this never waits for an assistant.</p>
        <p class="try">Try: “Somebody got into my account.”</p></article></section>
        """
}
