import Notation

/// Reads JSON the way models write it: with trailing or missing commas, quotes of any kind or none, raw line feeds and unescaped quotes in
/// strings, comments, Python's words, brackets that do not match, and an end that never came.
///
/// It never fails and never looks back: every step takes at least one byte and every look ahead is bounded, so the time is linear in the
/// size whatever the bytes are. What it gives is a guess; callers try `JSONReader` first. The kinds of damage are those that json_repair lists.
struct RepairingReader {
    /// The deepest nesting kept; what lies deeper is read over and becomes `null`.
    static let deepest = 64
    /// The most bytes looked at ahead to decide whether a quote ends a string.
    static let lookAhead = 128

    private let bytes: [UInt8]
    private var at: Int
    /// The text ended inside a string, which is therefore not whole.
    private(set) var endsInsideString = false

    /// - Parameter start: where the value begins.
    init(_ bytes: [UInt8], from start: Int) {
        self.bytes = bytes
        at = max(0, min(start, bytes.count))
    }

    /// The value that begins at the start.
    /// - Parameter isMember: it is a member of an object, so that a comma and a key may follow.
    mutating func read(isMember: Bool = false) -> JSON { value(depth: 0, inside: isMember ? .object : .nothing) }

    private enum Place { case nothing, object, array }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func value(depth: Int, inside place: Place) -> JSON {
        skipTrivia()
        guard let byte = next else { return .null }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < Self.deepest else {
                skipNested()
                return .null
            }
            return byte == UInt8(ascii: "{") ? object(depth: depth) : array(depth: depth)
        default:
            if let quote = Quote(bytes, at: at) { return .string(string(quote, inside: place)) }
            return bareWord(inside: place)
        }
    }

    private mutating func object(depth: Int) -> JSON {
        at += 1
        var members: [JSON.Member] = []
        while true {
            skipTrivia()
            guard let byte = next else { return .object(members) }
            switch byte {
            case UInt8(ascii: "}"):
                at += 1
                return .object(members)
            case UInt8(ascii: "]") where depth > 0: return .object(members)
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: ";"): at += 1
            default:
                let key = key()
                skipTrivia()
                while let byte = next, byte == UInt8(ascii: ":") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: ">") {
                    at += 1
                    skipTrivia()
                }
                if next == UInt8(ascii: ",") || next == UInt8(ascii: "}") {
                    members.append(JSON.Member(key: key, value: .null))
                } else {
                    members.append(JSON.Member(key: key, value: value(depth: depth + 1, inside: .object)))
                }
            }
        }
    }

    private mutating func array(depth: Int) -> JSON {
        at += 1
        var items: [JSON] = []
        while true {
            skipTrivia()
            guard let byte = next else { return .array(items) }
            switch byte {
            case UInt8(ascii: "]"):
                at += 1
                return .array(items)
            case UInt8(ascii: "}") where depth > 0: return .array(items)
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: ":"), UInt8(ascii: ";"): at += 1
            default:
                if looksLikeKey(at: at), case .object? = items.last { return .array(items) }
                items.append(value(depth: depth + 1, inside: .array))
            }
        }
    }

    /// A key: quoted with anything, or a bare run up to the colon. Always takes at least one byte.
    private mutating func key() -> String {
        if let quote = Quote(bytes, at: at) {
            at += quote.width
            let start = at
            while at < bytes.count, quote.closing(bytes, at: at) == nil, bytes[at] != 0x0A { at += 1 }
            let key = String(decoding: bytes[start..<at], as: UTF8.self)
            if let width = quote.closing(bytes, at: at) { at += width }
            return key
        }
        let start = at
        repeat { at += 1 } while at < bytes.count && !Self.endsBareKey(bytes[at])
        return trimmed(start..<at)
    }

    private static func endsBareKey(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
            || byte == UInt8(ascii: "{") || byte == 0x0A
    }

    /// A number, a word of JSON, Python or JavaScript, or a text without quotes. Takes at least one byte.
    private mutating func bareWord(inside place: Place) -> JSON {
        let start = at
        repeat { at += 1 } while at < bytes.count && !endsBareWord(inside: place)
        let word = trimmed(start..<at)
        switch word.lowercased() {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null", "none", "undefined", "nil": return .null
        default: return (try? JSONReader.read(Array(word.utf8))) ?? .string(word)  // not a number: then it is a text
        }
    }

    private func endsBareWord(inside place: Place) -> Bool {
        switch bytes[at] {
        case 0x0A, UInt8(ascii: "}"), UInt8(ascii: "]"): true
        case UInt8(ascii: ","): place != .object || endsMember(at: at + 1)
        case UInt8(ascii: "#"): bytes[at - 1] <= 0x20
        case UInt8(ascii: "/"): bytes[at - 1] <= 0x20 && (peek(1) == UInt8(ascii: "*") || peek(1) == UInt8(ascii: "/"))
        default: false
        }
    }

    /// What follows a comma shows that it separates members.
    private func endsMember(at start: Int) -> Bool {
        let following = skippingSpace(from: start)
        guard following < bytes.count else { return true }
        switch bytes[following] {
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "/"), UInt8(ascii: "#"): return true
        default: return looksLikeKey(at: following)
        }
    }

    private func trimmed(_ range: Range<Int>) -> String {
        var range = range
        while let last = range.last, bytes[last] <= 0x20 { range = range.lowerBound..<last }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// Takes a bracket and all it holds, without depth.
    private mutating func skipNested() {
        var open = 0
        var inString = false
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\\") where inString: at += 1
            case UInt8(ascii: "\""): inString.toggle()
            case UInt8(ascii: "{") where !inString, UInt8(ascii: "[") where !inString: open += 1
            case UInt8(ascii: "}") where !inString, UInt8(ascii: "]") where !inString:
                open -= 1
                if open <= 0 { return }
            default: break
            }
        }
        at = min(at, bytes.count)
    }

    /// White space and comments (`//`, `#`, `/* */`).
    private mutating func skipTrivia() {
        while let byte = next {
            if byte <= 0x20 {
                at += 1
            } else if byte == UInt8(ascii: "#") || (byte == UInt8(ascii: "/") && peek(1) == UInt8(ascii: "/")) {
                while at < bytes.count, bytes[at] != 0x0A { at += 1 }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                at += 2
                while at < bytes.count, !(bytes[at] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { at += 1 }
                at = min(at + 2, bytes.count)
            } else {
                return
            }
        }
    }

    private func peek(_ distance: Int) -> UInt8? { at + distance < bytes.count ? bytes[at + distance] : nil }
}

// Strings: where does one end?
extension RepairingReader {
    private mutating func string(_ quote: Quote, inside place: Place) -> String {
        at += quote.width
        var text: [UInt8] = []
        while let byte = next {
            if byte == UInt8(ascii: "\\") {
                at += 1
                escape(into: &text)
            } else if let width = quote.closing(bytes, at: at), quote.isLong || endsString(at: at + width, inside: place) {
                at += width
                return String(decoding: text, as: UTF8.self)
            } else {
                text.append(byte)
                at += 1
            }
        }
        endsInsideString = true
        return String(decoding: text, as: UTF8.self)
    }

    /// What a backslash, already taken, means: an escape of JSON, or (`\'`, `\$`, `C:\users`) what the writer typed.
    private mutating func escape(into text: inout [UInt8]) {
        guard let byte = next else { return }
        if let width = JSONEscape.read(bytes, at: at, into: &text) {
            at += width
        } else if byte == UInt8(ascii: "u") {
            if bytes.count - at > 4 { text += "\\u".utf8 }
            at = bytes.count - at > 4 ? at + 1 : bytes.count
        } else {
            text.append(byte)
            at += 1
        }
    }

    /// Whether what follows a quote shows that it ended a string: a bracket, the end, a comma or line before something that can follow.
    private func endsString(at start: Int, inside place: Place) -> Bool {
        let after = skippingSpace(from: start)
        guard after < bytes.count else { return true }
        switch bytes[after] {
        case UInt8(ascii: "}"), UInt8(ascii: "]"): return true
        case UInt8(ascii: ","), UInt8(ascii: ";"):
            // `","` and `",` before a new line separate; `", "` may stand in prose, between two quoted words.
            if place == .object {
                let next = after + 1
                if after == start, next < bytes.count, bytes[next] == UInt8(ascii: "\"") || bytes[next] == 0x0A { return true }
                return endsMember(at: next)
            }
            let following = skippingSpace(from: after + 1)
            return following >= bytes.count || bytes[following] == UInt8(ascii: "]") || looksLikeValue(at: following)
        case UInt8(ascii: "/"), UInt8(ascii: "#"): return after > start || place == .nothing
        default: return place == .nothing || (after > start && looksLikeKey(at: after))
        }
    }

    private func skippingSpace(from start: Int) -> Int {
        var index = start
        let limit = min(bytes.count, start + Self.lookAhead)
        while index < limit, bytes[index] <= 0x20 { index += 1 }
        return index
    }

    /// A quoted or bare name and a colon; one of the contract's names in quotes may lack it.
    private func looksLikeKey(at start: Int) -> Bool {
        var index = skippingSpace(from: start)
        let limit = min(bytes.count, index + Self.lookAhead / 2)
        let quote = Quote(bytes, at: index)
        index += quote?.width ?? 0
        let first = index
        while index < limit, Self.isNameByte(bytes[index]) || (quote != nil && bytes[index] == 0x20) { index += 1 }
        guard index > first else { return quote != nil && index >= bytes.count }
        if let quote {
            guard let width = quote.closing(bytes, at: index) else { return index >= bytes.count }
            if ContractFields.name(String(decoding: bytes[first..<index], as: UTF8.self)) != nil { return true }
            index += width
        }
        index = skippingSpace(from: index)
        return index < bytes.count ? bytes[index] == UInt8(ascii: ":") : quote != nil
    }

    private func looksLikeValue(at index: Int) -> Bool {
        let byte = bytes[index]
        return Quote(bytes, at: index) != nil || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "-")
            || (0x30...0x39).contains(byte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }
}
