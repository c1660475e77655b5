import Foundation

/// How a mail looks on the wire: RFC 5322 with MIME (RFC 2045, 2047). Every line ends in CRLF and is at most 78 bytes long in the text and far below the
/// 998 of the standard in the head.
enum MailText {
    /// - Parameter milliseconds: since 1970, for the `Date` line.
    static func bytes(of mail: Mail, from sender: MailAddress, at milliseconds: Int64) -> [UInt8] {
        let lines = [
            "Date: " + date(milliseconds),
            "From: " + mailbox(sender),
            "To: " + mail.to.map(mailbox).joined(separator: ",\r\n "),
            "Subject: " + header(mail.subject),
            "Message-ID: <\(mail.id)@\(sender.domain)>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            // Nobody's out-of-office answers this (RFC 3834), and Exchange's neither.
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
            "", quotedPrintable(mail.text), "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private static func mailbox(_ address: MailAddress) -> String {
        guard let name = address.name else { return address.text }
        return "\(phrase(name)) <\(address.text)>"
    }

    /// A name before an address: in quotes, or encoded.
    private static func phrase(_ line: MailLine) -> String {
        guard isPlain(line.text) else { return encodedWords(line.text) }
        return "\"" + line.text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func header(_ line: MailLine) -> String { isPlain(line.text) ? line.text : encodedWords(line.text) }

    /// Whether a text can stand in a header as it is: short printable ASCII that does not look encoded.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= longestPlainBytes && text.utf8.allSatisfy { $0 >= 32 && $0 < 127 } && !text.contains("=?")
    }

    /// Bytes of a header's text that are sent as they are; with the header's name they stay within 78.
    private static let longestPlainBytes = 60
    /// Bytes in one encoded word, which is then 64 characters long: a line that holds one may have 76 (RFC 2047, 2).
    private static let longestWordBytes = 39

    /// RFC 2047: pieces of the text in base64, never cut inside a character, each on a line of its own.
    private static func encodedWords(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > longestWordBytes { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?UTF-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// RFC 2045, 6.7. Line ends of any kind become CRLF, NUL becomes U+FFFD.
    static func quotedPrintable(_ text: String) -> String {
        let lines = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing("\0", with: "\u{FFFD}")
            .split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { quotedLine(Array($0.utf8)) }.joined(separator: "\r\n")
    }

    private static func quotedLine(_ bytes: [UInt8]) -> String {
        var line: [UInt8] = []
        var column = 0
        for (index, byte) in bytes.enumerated() {
            let isLast = index == bytes.count - 1
            let isSpace = byte == 32 || byte == 9
            let isLiteral = (byte > 32 && byte < 127 && byte != UInt8(ascii: "=")) || (isSpace && !isLast)
            let piece = isLiteral ? [byte] : [UInt8(ascii: "="), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            // One column is kept for the "=" of a line that goes on.
            if column + piece.count > (isLast ? 76 : 75) {
                line += "=\r\n".utf8
                column = 0
            }
            line += piece
            column += piece.count
        }
        return String(decoding: line, as: UTF8.self)
    }

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)

    /// RFC 5322, 3.3, in UTC: `Mon, 30 Nov 2026 22:56:06 +0000`. The calendar is computed as in Hinnant, "chrono-compatible low-level date algorithms".
    static func date(_ milliseconds: Int64) -> String {
        // From year 1 to 9999, so that nothing overflows.
        let seconds = min(max(milliseconds / 1000, -62_135_596_800), 253_402_300_799)
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let ofDay = seconds - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * march + 2) / 5 + 1
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let weekday = Int(((days % 7) + 11) % 7)
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(weekdays[weekday]), \(two(day)) \(months[Int(month - 1)]) \(year) "
            + "\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60)) +0000"
    }

    /// The first day of 1970 was a Thursday.
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
