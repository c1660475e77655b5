/// A piece of a parsed template, in the Mustache language without lambdas.
indirect enum TemplateNode: Sendable, Hashable {
    case text(String)
    /// `{{name}}`; raw: `{{{name}}}` or `{{& name}}`.
    case value(TemplateName, isRaw: Bool, Place)
    /// `{{#name}}...{{/name}}`; inverted: `{{^name}}...{{/name}}`.
    case section(TemplateName, isInverted: Bool, [TemplateNode], Place)
    /// `{{> id}}`, with the blanks before it where it stands alone on its line.
    case partial(String, indent: String, Place)
}

/// A dotted name. No parts: `.`, the item of the section around it.
struct TemplateName: Sendable, Hashable, CustomStringConvertible {
    let parts: [String]

    var description: String { parts.isEmpty ? "." : parts.joined(separator: ".") }

    /// Nil where the text is not a name: letters, digits, `_` and `-`, beginning with a letter or `_`, joined by dots.
    init?(_ text: String) {
        if text == "." {
            parts = []
            return
        }
        let split = text.split(separator: ".", omittingEmptySubsequences: false)
        guard split.allSatisfy({ Self.isWord($0.utf8) }) else { return nil }
        parts = split.map(String.init)
    }

    static func isWord(_ bytes: Substring.UTF8View) -> Bool {
        guard let first = bytes.first, isLetter(first) else { return false }
        return bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
}

/// The names under which files and partials are known: lower-case letters, digits and hyphens, at most 64.
enum PromptName {
    static func isValid(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, first != UInt8(ascii: "-"), bytes.count <= 64 else { return false }
        return bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
