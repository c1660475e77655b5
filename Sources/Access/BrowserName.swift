/// What a browser calls itself, cut to two words that people know it by ("Firefox on Linux"), for the list of one's sessions. No version and no model: the list
/// must tell one's own browsers apart, and nothing more is kept.
package struct BrowserName: Hashable, Sendable {
    /// Such as `Chrome on Android`; empty where nothing is recognised.
    package let text: String

    /// The first that a `User-Agent` contains counts: almost every browser also claims to be the ones behind it.
    private static let browsers = [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"), ("curl/", "curl"),
    ]
    private static let systems = [
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Macintosh", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]

    /// - Parameter userAgent: the header as it came; anybody may have written anything into it.
    package init(userAgent: String?) {
        let text = String((userAgent ?? "").prefix(1000))
        func first(_ known: [(sign: String, name: String)]) -> String? { known.first { text.contains($0.sign) }?.name }
        self.text = [first(Self.browsers), first(Self.systems)].compactMap(\.self).joined(separator: " on ")
    }

    /// As it was kept.
    init(kept text: String) { self.text = text }
}
