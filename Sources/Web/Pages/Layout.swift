/// What all pages have in common: head, skip link, navigation.
enum Layout {
    /// Who is signed in, for the navigation.
    struct SignedIn: Sendable {
        let name: String
        let company: String
        let csrf: String
        /// Only what the role may see.
        let links: [Link]
        /// The page that is shown.
        var current = ""
    }

    struct Link: Sendable {
        let address: String
        let words: String
    }

    /// How much room a page takes, and how it is cut.
    enum Look: String, Sendable {
        case narrow, chat, inbox, wide
        /// The inbox with a conversation, which on a narrow screen hides the lists.
        case openInbox = "inbox open"
        /// The same, showing what is known of the case in place of its thread where there is no room for both.
        case aboutCase = "inbox open about"
    }

    /// A whole page.
    /// - Parameters:
    ///   - title: without a customer's words: a title cannot keep their writing direction to themselves.
    ///   - script: a module under `/assets`; the page works without it.
    ///   - styles: style sheets under `/assets` that come after `baton.css`.
    static func page(
        title: String, signedIn: SignedIn? = nil, look: Look = .narrow, language: String = "en", script: String? = nil,
        styles: [String] = [], _ body: HTML
    ) -> HTML {
        """
        <!doctype html>
        <html lang="\(language)" dir="ltr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark"><title>\(title)</title>
        <link rel="stylesheet" href="/assets/baton.css">\(styles.map { "<link rel=\"stylesheet\" href=\"/assets/\($0)\">" as HTML })
        <link rel="icon" href="/assets/baton.svg" type="image/svg+xml">
        \(script.map { "<script type=\"module\" src=\"/assets/\($0)\"></script>" as HTML })</head>
        <body class="\(look.rawValue)"><a class="skip" href="#main">Skip to content</a>
        \(signedIn.map(navigation))\(body)</body></html>
        """
    }

    private static func navigation(_ who: SignedIn) -> HTML {
        """
        <header class="bar"><a class="brand" href="/"><span class="mark" aria-hidden="true"></span><bdi>\(who.company)</bdi></a>
        <nav aria-label="Main">\(who.links.map { link($0, isCurrent: $0.address == who.current) })</nav>
        <form method="post" action="/sign-out"><input type="hidden" name="csrf" value="\(who.csrf)"><a class="button plain" href="/account"\(if: who.current == "/account", " aria-current=\"page\"")><bdi>\(who.name)</bdi><span class="aside"> (your account)</span></a>
        <button class="plain">Sign out</button></form></header>
        """
    }

    static func link(_ link: Link, isCurrent: Bool) -> HTML {
        "<a href=\"\(link.address)\"\(if: isCurrent, " aria-current=\"page\"")>\(link.words)</a>"
    }
}
