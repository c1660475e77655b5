/// One mail: who gets it, and what it says. Plain text only.
///
/// Everything that stands in a header is of a type that cannot hold a line end, so that no name, subject or address can add a header, a recipient or a
/// second message (FreeScout GHSA-5vg9-5847-vvmq).
package struct Mail: Hashable, Sendable {
    /// Who gets it, 1...100 addresses; all of them see each other.
    package var to: [MailAddress]
    /// The subject.
    package var subject: MailLine
    /// The text, any line ends; what cannot stand in a mail as it is gets encoded.
    package var text: String
    /// The part of the Message-ID before the `@`: letters, digits, `.`, `-` and `_`. The same for every attempt, so that a mail that arrives twice is
    /// recognised.
    package var id: String

    /// Memberwise; see the properties.
    package init(to: [MailAddress], subject: MailLine, text: String, id: String) {
        self.to = to
        self.subject = subject
        self.text = text
        self.id = id
    }

    /// Recipients of one mail.
    static let mostRecipients = 100
    /// Bytes of a text, before it is encoded.
    static let largestTextBytes = 256 * 1024
}

/// An address that mail can be sent to, and the name shown with it.
///
/// `local@domain` in ASCII, the local part a dot-atom of RFC 5322, the domain a host name. Quoted local parts, address literals and addresses with
/// letters beyond ASCII (RFC 6531) are refused: few have them, and every one of them has been used to smuggle something.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    /// `mara@quayside.example`.
    package let text: String
    /// As shown; nil shows the address alone.
    package let name: MailLine?

    /// - Throws: `MailError.unusable`.
    package init(_ text: String, name: MailLine? = nil) throws(MailError) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.longestBytes, parts.count == 2, parts[0].utf8.count <= Self.longestLocalBytes,
            parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isAtom), Self.isDomain(parts[1])
        else { throw .unusable(.address) }
        self.text = text
        self.name = name
    }

    /// The address without the name.
    package var description: String { text }

    /// Behind the `@`.
    var domain: Substring { text.split(separator: "@").last ?? "" }

    /// Bytes of an address (RFC 5321, 4.5.3.1.3, without the angle brackets).
    static let longestBytes = 254
    /// Bytes before the `@` (RFC 5321, 4.5.3.1.1).
    static let longestLocalBytes = 64
    /// Bytes of one part of a host name (RFC 1035, 2.3.4).
    static let longestLabelBytes = 63

    /// RFC 5322, 3.2.3.
    private static func isAtom(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
    }

    /// A host name: parts of letters, digits and inner hyphens.
    static func isDomain(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                !label.isEmpty && label.utf8.count <= longestLabelBytes
                    && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
                    && !label.hasPrefix("-") && !label.hasSuffix("-")
            }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

/// One line of text for a header: no line end of any kind and no control character in it.
package struct MailLine: Hashable, Sendable, CustomStringConvertible {
    /// The line.
    package let text: String

    /// - Parameter text: 1...500 scalars.
    /// - Throws: `MailError.unusable` for CR, LF, NUL, U+0085, U+2028, U+2029, other control characters, and what is empty or too long.
    package init(_ text: String) throws(MailError) {
        guard !text.isEmpty, text.unicodeScalars.count <= Self.longestScalars, !text.unicodeScalars.contains(where: Self.isForbidden) else {
            throw .unusable(.line)
        }
        self.text = text
    }

    /// Any text as one line: what a line cannot hold becomes a space, what is too long is cut, and nothing at all becomes a hyphen. For words that came from
    /// outside and were accepted elsewhere.
    package init(showing text: String) {
        let scalars = text.unicodeScalars.prefix(Self.longestScalars).map { Self.isForbidden($0) ? " " : $0 }
        self.text = scalars.isEmpty ? "-" : String(String.UnicodeScalarView(scalars))
    }

    /// The line itself.
    package var description: String { text }

    /// Unicode scalars of a line: short of the 998 octets of RFC 5322 also where it is sent as it is.
    static let longestScalars = 500

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}
