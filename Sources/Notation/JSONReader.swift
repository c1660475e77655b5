/// Reads one JSON text by RFC 8259, in one pass.
///
/// Two liberties, both because the sender is an endpoint and a reply is worth more than a rule: bytes that are not UTF-8 and lone surrogates
/// become U+FFFD. Nesting is limited, so that neither reading nor freeing a value can exhaust the stack.
package struct JSONReader {
    /// Why a text is not JSON: the offset in bytes where reading stopped.
    package struct Fault: Error, Hashable {
        /// In bytes from the beginning.
        package let offset: Int
    }

    /// The deepest nesting read; an answer needs three levels, an endpoint's reply eight.
    static let deepest = 128

    private let bytes: [UInt8]
    private var at: Int

    private init(_ bytes: [UInt8], from start: Int) {
        self.bytes = bytes
        at = start
    }

    /// The value of a text that holds nothing else but white space (and a byte order mark).
    /// - Throws: `Fault`.
    package static func read(_ bytes: [UInt8]) throws(Fault) -> JSON {
        var reader = JSONReader(bytes, from: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == bytes.count else { throw Fault(offset: reader.at) }
        return value
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 { at += 1 }
    }

    private mutating func value(depth: Int) throws(Fault) -> JSON {
        skipSpace()
        guard depth < Self.deepest, let byte = next else { throw Fault(offset: at) }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(Fault) -> JSON {
        let end = at + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw Fault(offset: at) }
        for index in 0..<word.utf8CodeUnitCount where bytes[at + index] != word.utf8Start[index] { throw Fault(offset: at) }
        at = end
        return value
    }

    private mutating func object(depth: Int) throws(Fault) -> JSON {
        at += 1
        var members: [JSON.Member] = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw Fault(offset: at) }
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw Fault(offset: at) }
            at += 1
            members.append(JSON.Member(key: key, value: try value(depth: depth + 1)))
            skipSpace()
            guard try continues(until: UInt8(ascii: "}")) else { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(Fault) -> JSON {
        at += 1
        var items: [JSON] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            at += 1
            return .array([])
        }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            guard try continues(until: UInt8(ascii: "]")) else { return .array(items) }
        }
    }

    private mutating func continues(until end: UInt8) throws(Fault) -> Bool {
        guard let byte = next, byte == end || byte == UInt8(ascii: ",") else { throw Fault(offset: at) }
        at += 1
        return byte != end
    }

    private mutating func number() throws(Fault) -> JSON {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        let leading = at
        let whole = skipDigits()
        guard whole > 0, whole == 1 || bytes[leading] != UInt8(ascii: "0") else { throw Fault(offset: start) }
        if next == UInt8(ascii: ".") {
            at += 1
            guard skipDigits() > 0 else { throw Fault(offset: at) }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            guard skipDigits() > 0 else { throw Fault(offset: at) }
        }
        return .number(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func skipDigits() -> Int {
        let start = at
        while let byte = next, byte >= 0x30, byte <= 0x39 { at += 1 }
        return at - start
    }

    /// A string, its opening quote being next.
    private mutating func string() throws(Fault) -> String {
        at += 1
        let start = at
        while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { at += 1 }
        if next == UInt8(ascii: "\"") {
            at += 1
            return String(decoding: bytes[start..<at - 1], as: UTF8.self)
        }
        var text = Array(bytes[start..<at])
        while let byte = next, byte >= 0x20 {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let width = JSONEscape.read(bytes, at: at, into: &text) else { throw Fault(offset: at) }
                at += width
            default: text.append(byte)
            }
        }
        throw Fault(offset: at)
    }
}

/// What may follow a backslash in a JSON string.
package enum JSONEscape {
    /// Reads the escape whose backslash stands before `at` and appends what it means; a lone surrogate means U+FFFD.
    /// - Returns: how many bytes it takes after the backslash, nil where it is no escape or is cut off.
    package static func read(_ bytes: [UInt8], at: Int, into text: inout [UInt8]) -> Int? {
        guard at < bytes.count else { return nil }
        switch bytes[at] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[at])
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"): return unicode(bytes, at: at, into: &text)
        default: return nil
        }
        return 1
    }

    private static func unicode(_ bytes: [UInt8], at: Int, into text: inout [UInt8]) -> Int? {
        guard let first = hexadecimal(bytes, at: at + 1) else { return nil }
        if first & 0xFC00 == 0xD800, at + 6 < bytes.count, bytes[at + 5] == UInt8(ascii: "\\"), bytes[at + 6] == UInt8(ascii: "u"),
            let second = hexadecimal(bytes, at: at + 7), second & 0xFC00 == 0xDC00
        {
            append(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF, to: &text)
            return 11
        }
        append(first, to: &text)
        return 5
    }

    private static func append(_ point: UInt32, to text: inout [UInt8]) {
        text += UTF8.encode(Unicode.Scalar(point) ?? "\u{FFFD}").map(Array.init) ?? []
    }

    private static func hexadecimal(_ bytes: [UInt8], at start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[start..<start + 4] {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
