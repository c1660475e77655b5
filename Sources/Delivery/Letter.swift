/// A word to people outside the page, as whoever knows the reason composed it.
///
/// `line` is the same in one line: where many letters wait for one receiver, they become one that lists the lines.
package enum Letter: Hashable, Sendable {
    /// A mail, to each address on its own.
    case mail(to: [String], subject: String, text: String, line: String)
    /// A message to a Slack-compatible incoming webhook. The text is plain: whatever would be markup or a mention is made inert.
    case chat(to: ChatAddress, text: String, line: String)
    /// Nothing to send: those it concerns have the page open, which the event log reaches.
    case page
}

/// The URL of an incoming webhook of a chat. Whoever knows it can write there, so it never prints.
package struct ChatAddress: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let url: String

    /// - Parameter url: absolute, http or https; checked when it is used.
    package init(_ url: String) { self.url = url }

    /// The URL itself, for the one request that it is for.
    func reveal() -> String { url }

    /// The mask.
    package var description: String { "•••" }
    /// The mask.
    package var debugDescription: String { description }
    /// The mask.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// How a letter goes out.
enum LetterWay: String, Sendable { case mail, chat }

/// A letter that waits.
struct WaitingLetter: Sendable {
    let id: Int64
    let item: Int64
    let target: String
    let subject: String
    let text: String
    let line: String
    let attempts: Int
}

/// What one receiver gets at one time: a single letter as it is, several as a list that says how many and names the newest first.
struct Digest: Sendable {
    let subject: String
    let text: String

    /// Lines that a list holds; the number says how many there are in all.
    static let mostLines = 50
    /// Unicode scalars of one line of a list.
    static let longestLine = 300

    /// - Parameter letters: the newest first; not empty.
    init(_ letters: [WaitingLetter], bullet: String = "- ") {
        guard letters.count > 1, let newest = letters.first else {
            subject = letters.first?.subject ?? ""
            text = letters.first?.text ?? ""
            return
        }
        subject = "\(letters.count) notices. Newest: \(newest.subject)"
        let lines = letters.prefix(Self.mostLines).map { bullet + String($0.line.unicodeScalars.prefix(Self.longestLine)) }
        let rest = letters.count - lines.count
        text =
            (["\(letters.count) notices in a short time, the newest first:", ""] + lines + (rest > 0 ? ["", "... and \(rest) more."] : []))
            .joined(separator: "\n")
    }
}

/// Text for a Slack-compatible webhook. Slack reads `<...>` as links and mentions (`<!channel>`), Mattermost also a bare `@channel`.
enum ChatText {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("@", with: "@\u{200B}")
    }
}
