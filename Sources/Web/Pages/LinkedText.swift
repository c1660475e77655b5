import Inbox

/// Words in which addresses can be followed: those of colleagues, and of the assistant (whose answers only leave the house when every address in them stands in a
/// source or leads to an allowed host). What customers write stays words: nobody on the team should open a stranger's address by a slip.
///
/// An address is a link only if people see where it leads: it begins with `http://` or `https://`, its words are the address itself, its host is plain ASCII (other
/// scripts are written as `xn--`), and there is no name before an `@`. All else is text.
enum LinkedText {
    /// The longest address that becomes a link, in bytes.
    static let longestAddress = 2_048

    static func html(of message: Message) -> HTML {
        switch (message.author, message.kind) {
        // A draft that was held back is looked at with care, for its addresses too.
        case (.customer, _), (_, .suggestion): "\(message.text)"
        default: html(message.text)
        }
    }

    static func html(_ text: String) -> HTML {
        let bytes = Array(text.utf8)
        var (pieces, from, at): ([HTML], Int, Int) = ([], 0, 0)
        func words(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        while at < bytes.count {
            guard let start = authority(bytes, at) else {
                at += 1
                continue
            }
            let end = end(bytes, start)
            if let end, isHost(bytes[start..<end].prefix { !"/?#".utf8.contains($0) }) {
                pieces.append("\(words(from..<at))\(link(words(at..<end)))")
                from = end
            }
            at = end ?? start
        }
        pieces.append("\(words(from..<bytes.count))")
        return .all(pieces)
    }

    private static func link(_ address: String) -> HTML {
        "<a href=\"\(address)\" dir=\"ltr\" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\" referrerpolicy=\"no-referrer\">\(address)</a>"
    }

    /// Where the host begins if an address begins here, not in the middle of a word.
    private static func authority(_ bytes: [UInt8], _ at: Int) -> Int? {
        guard bytes[at] | 0x20 == UInt8(ascii: "h"), at == 0 || !isWordByte(bytes[at - 1]) else { return nil }
        for scheme in ["https://", "http://"] where bytes.count - at > scheme.utf8.count {
            let begins = zip(bytes[at...], scheme.utf8).allSatisfy { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
            if begins { return at + scheme.utf8.count }
        }
        return nil
    }

    /// Where the address ends: before what cannot stand in one, and before the punctuation of the sentence. Nil where it is too long or goes on in another script.
    private static func end(_ bytes: [UInt8], _ start: Int) -> Int? {
        let mostBytes = longestAddress - "https://".utf8.count
        var end = start
        while end < bytes.count, isAddressByte(bytes[end]) {
            end += 1
            if end - start > mostBytes { return nil }
        }
        if end < bytes.count, bytes[end] >= 0x80 || bytes[end] == UInt8(ascii: "\\") { return nil }
        // A closing bracket belongs to the sentence unless it was opened in the address.
        var unopened = bytes[start..<end].reduce(0) { $0 + ($1 == UInt8(ascii: ")") ? 1 : $1 == UInt8(ascii: "(") ? -1 : 0) }
        while end > start {
            let isBracket = bytes[end - 1] == UInt8(ascii: ")")
            guard ".,;:!?*_~".utf8.contains(bytes[end - 1]) || (isBracket && unopened > 0) else { break }
            if isBracket { unopened -= 1 }
            end -= 1
        }
        return end
    }

    /// Whether it is what a browser would show as the host: a name of letters, digits, `-` and `.`, or four decimal numbers, and perhaps a port.
    private static func isHost(_ authority: ArraySlice<UInt8>) -> Bool {
        let parts = authority.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard let host = parts.first, host.count <= 253, parts.count <= 2 else { return false }
        if parts.count == 2, !(1...5).contains(parts[1].count) || !parts[1].allSatisfy(isDigit) { return false }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last,
            labels.allSatisfy({ !$0.isEmpty && $0.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "-") } })
        else { return false }
        // Browsers read a last part of digits (also `0x…`) as a number of an address, and write the whole anew.
        guard isDigit(last[last.startIndex]) else { return true }
        return labels.count == 4
            && labels.allSatisfy { label in
                Int(String(decoding: label, as: UTF8.self)).map { (0...255).contains($0) && String($0).utf8.elementsEqual(label) } ?? false
            }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isWordByte(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) || byte >= 0x80 }
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || "-._~:/?#[]@!$&()*+,;=%".utf8.contains(byte)
    }
}
