/// What all pages have in common: head, skip link, navigation.
enum Layout {
    /// Who is signed in, for the navigation.
    struct SignedIn: Sendable {
        let name: String
        let csrf: String
        /// Address and words.
        let links: [(String, String)]
    }

    /// A whole page.
    static func page(title: String, signedIn: SignedIn?, language: String = "en", scripts: [String] = [], _ body: HTML) -> HTML {
        """
        <!doctype html>
        <html lang="\(language)" dir="auto"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title><link rel="stylesheet" href="/assets/baton.css"><link rel="icon" href="data:,">
        \(scripts.map { "<script type=\"module\" src=\"/assets/\($0)\"></script>" as HTML })</head>
        <body><a class="skip" href="#main">Skip to content</a>\(signedIn.map(navigation))\(body)</body></html>
        """
    }

    private static func navigation(_ who: SignedIn) -> HTML {
        """
        <header class="bar"><nav aria-label="Main"><strong>Baton</strong>
        \(who.links.map { "<a href=\"\($0.0)\">\($0.1)</a>" as HTML })</nav>
        <form method="post" action="/sign-out"><input type="hidden" name="csrf" value="\(who.csrf)"><span>\(who.name)</span>
        <button>Sign out</button></form></header>
        """
    }
}
