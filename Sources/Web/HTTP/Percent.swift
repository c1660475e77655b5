/// Percent encoding (RFC 3986) and forms (WHATWG URL, application/x-www-form-urlencoded).
enum Percent {
    /// Names in a form or a query, at most.
    static let mostItems = 200

    struct Item: Hashable, Sendable {
        let name: String
        let value: String
    }

    /// The bytes that a text stands for; nil where an escape is broken or the bytes are not UTF-8, or hold a NUL.
    static func decoded(_ text: some Sequence<UInt8>, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Everything but unreserved characters escaped.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += byte < 16 ? "%0\(String(byte, radix: 16, uppercase: true))" : "%\(String(byte, radix: 16, uppercase: true))"
            }
        }
        return result
    }

    /// The items of a query or a form; nil where it is malformed or has too many.
    static func items(_ bytes: some Collection<UInt8>) -> [Item]? {
        var items: [Item] = []
        for part in bytes.split(separator: UInt8(ascii: "&")) {
            let pieces = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard items.count < mostItems, let name = pieces.first.flatMap({ decoded($0, plusIsSpace: true) }),
                let value = pieces.count > 1 ? decoded(pieces[1], plusIsSpace: true) : ""
            else { return nil }
            items.append(Item(name: name, value: value))
        }
        return items
    }

    /// The segments of a path; nil where one is malformed, empty in the middle, or leads elsewhere (`.`, `..`, a backslash). An encoded slash stays within its
    /// segment: the ids of documents have slashes.
    static func segments(_ path: Substring) -> [String]? {
        var segments: [String] = []
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        for (number, part) in parts.enumerated() {
            if part.isEmpty, number == parts.count - 1 { continue }
            guard let segment = decoded(part), !segment.isEmpty, segment != ".", segment != "..", !segment.utf8.contains(UInt8(ascii: "\\"))
            else { return nil }
            segments.append(segment)
        }
        return segments
    }
}
