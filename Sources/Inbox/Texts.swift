import Foundation

/// What people write, made safe to keep. Texts are kept as written, right-to-left marks and all: showing them safely is the page's work. Only U+0000
/// goes, which neither SQLite's C face nor PostgreSQL can hold.
enum Texts {
    /// A message. Sizes are compared before characters are counted, so that a megabyte costs nothing.
    static func message(_ text: String, limit: Int) throws -> String {
        try checked(text, field: "message", limit: limit)
    }

    /// A text of several lines.
    static func checked(_ text: String, field: String, limit: Int) throws -> String {
        guard text.utf8.count <= limit * 4, text.unicodeScalars.count <= limit else {
            throw InboxError.tooLong(field: field, limit: limit)
        }
        guard text.unicodeScalars.contains(where: isVisible) else { throw InboxError.empty(field: field) }
        return text.unicodeScalars.contains("\0") ? text.replacingOccurrences(of: "\0", with: "\u{FFFD}") : text
    }

    /// A name, tag or subject: one line, without control characters and without the marks that turn the direction of what follows them.
    static func line(_ text: String, field: String, limit: Int) throws -> String {
        guard text.utf8.count <= limit * 4 else { throw InboxError.tooLong(field: field, limit: limit) }
        let clean = singleLine(text.unicodeScalars)
        guard clean.unicodeScalars.count <= limit else { throw InboxError.tooLong(field: field, limit: limit) }
        guard clean.unicodeScalars.contains(where: isVisible) else { throw InboxError.empty(field: field) }
        return clean
    }

    /// What a stranger typed for one line is refused, not mended: with a line end, a control character, one that turns the direction of text, or one that is
    /// not seen. The joiners of Arabic and Indic scripts and of emoji are seen by what they join.
    static func checkLine(_ text: String, field: String) throws {
        guard text.unicodeScalars.allSatisfy({ !isControl($0) && !isDirectionMark($0) && !isHidden($0) }) else {
            throw InboxError.forbiddenCharacter(field: field)
        }
    }

    /// What a stranger typed for an e-mail address. Whether it exists is found out by writing to it.
    static func checkAddress(_ text: String) throws {
        try checkLine(text, field: "e-mail address")
        let parts = text.trimmingCharacters(in: .whitespaces).split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = parts.joined().unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && !"<>,;:\\\"()[]".unicodeScalars.contains($0)
        }
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), isPlain else { throw InboxError.notAnAddress }
    }

    /// The beginning of a text for a list; cut, because it is a view of something kept elsewhere.
    static func preview(_ text: String) -> String { singleLine(text.unicodeScalars.prefix(160)) }

    /// JSON that is kept unread; only that it is JSON is checked, so that no reader of ours ever stumbles over it.
    static func json(_ text: String?, field: String, limit: Int) throws -> String? {
        guard let text else { return nil }
        guard text.utf8.count <= limit else { throw InboxError.tooLong(field: field, limit: limit) }
        do {
            _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
        } catch {
            throw InboxError.notJSON(field: field)
        }
        return text
    }

    private static func singleLine(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var result = String.UnicodeScalarView()
        for scalar in scalars where !isDirectionMark(scalar) {
            result.append(isControl(scalar) ? " " : scalar)
        }
        return String(result).trimmingCharacters(in: .whitespaces)
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.properties.isWhitespace && !scalar.properties.isDefaultIgnorableCodePoint && !isControl(scalar)
            && scalar.properties.generalCategory != .format
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        return switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// Zero width, and no part of how a script is written.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C, 0x200D, 0xFE00...0xFE0F: false
        case 0x200E, 0x200F, 0x061C: true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    /// Overrides, embeddings and isolates (Unicode UAX #9): in a name they could reverse the text around it.
    private static func isDirectionMark(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
}
