/// A piece of a page. Whatever is put into it by interpolation is escaped, unless it is itself `HTML`: text of customers, models and documents can only ever
/// become text.
///
/// `"<p>\(name)</p>"` is how pages are written. Attribute values stand in double quotes, always; `HTML` has no way to write a script, a style or an event
/// handler from data, and the content policy refuses them anyway.
struct HTML: Sendable, ExpressibleByStringInterpolation {
    let text: String

    private init(text: String) { self.text = text }

    init(stringLiteral value: StaticString) { text = value.description }

    init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    struct Interpolation: StringInterpolationProtocol, Sendable {
        fileprivate(set) var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + interpolationCount * 16) }

        mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        /// Text of anybody: escaped.
        mutating func appendInterpolation(_ value: String) { HTML.escape(value, into: &text) }

        mutating func appendInterpolation(_ value: Int) { text += String(value) }

        mutating func appendInterpolation(_ value: Int64) { text += String(value) }

        mutating func appendInterpolation(_ html: HTML) { text += html.text }

        mutating func appendInterpolation(_ html: HTML?) { text += html?.text ?? "" }

        mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }

        /// A piece that is there only where something holds.
        mutating func appendInterpolation(if holds: Bool, _ html: @autoclosure () -> HTML) { if holds { text += html().text } }
    }

    /// The five characters that mean something in HTML, and what a browser would read as a control or would reorder without a mark.
    private static func escape(_ value: String, into text: inout String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    static let nothing: HTML = ""

    /// Pieces one after the other.
    static func all(_ pieces: some Sequence<HTML>) -> HTML { HTML(text: pieces.map(\.text).joined()) }

    /// As the body of an answer.
    var reply: Reply { Reply(status: 200, body: .bytes(Array(text.utf8), type: "text/html")) }

    func reply(status: Int) -> Reply { Reply(status: status, body: .bytes(Array(text.utf8), type: "text/html")) }
}
