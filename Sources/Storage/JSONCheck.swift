extension StoredJSON {
    /// Whether a text is one JSON object or array (RFC 8259), at most 512 deep, and can therefore be kept unread: no reader will stumble over it. Nothing is
    /// built from it, which is a tenth of the work of reading it.
    package static func isContainer(_ text: String) -> Bool {
        var check = JSONCheck(text)
        return check.isContainer()
    }
}

/// Walks over the bytes of a JSON text once.
private struct JSONCheck {
    private let bytes: [UInt8]
    private var place = 0

    private static let deepest = 512

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func isContainer() -> Bool {
        skipBlanks()
        guard next == UInt8(ascii: "{") || next == UInt8(ascii: "["), value(depth: 1) else { return false }
        skipBlanks()
        return next == nil
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        place += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private mutating func value(depth: Int) -> Bool {
        guard depth <= Self.deepest else { return false }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return list(end: UInt8(ascii: "}"), depth: depth, isObject: true)
        case UInt8(ascii: "["): return list(end: UInt8(ascii: "]"), depth: depth, isObject: false)
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    private mutating func list(end: UInt8, depth: Int, isObject: Bool) -> Bool {
        place += 1
        skipBlanks()
        if take(end) { return true }
        while true {
            if isObject {
                skipBlanks()
                guard string() else { return false }
                skipBlanks()
                guard take(UInt8(ascii: ":")) else { return false }
            }
            guard value(depth: depth + 1) else { return false }
            skipBlanks()
            if take(end) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func string() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case 0..<0x20: return false
            default: break
            }
        }
        return false
    }

    /// Half of a surrogate pair is no character: readers refuse it.
    private mutating func escape() -> Bool {
        guard let byte = next else { return false }
        place += 1
        guard byte == UInt8(ascii: "u") else { return #""\/bfnrt"#.utf8.contains(byte) }
        guard let unit = hexadecimal(), !(0xDC00...0xDFFF).contains(unit) else { return false }
        guard (0xD800...0xDBFF).contains(unit) else { return true }
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let second = hexadecimal() else { return false }
        return (0xDC00...0xDFFF).contains(second)
    }

    private mutating func hexadecimal() -> UInt16? {
        guard place + 4 <= bytes.count else { return nil }
        var unit: UInt16 = 0
        for byte in bytes[place..<place + 4] {
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt16(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: unit = unit << 4 | UInt16((byte | 0x20) - 0x57)
            default: return nil
            }
        }
        place += 4
        return unit
    }

    private mutating func word(_ word: StaticString) -> Bool {
        word.withUTF8Buffer { letters in
            guard bytes[place...].starts(with: letters) else { return false }
            place += letters.count
            return true
        }
    }

    private mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        guard take(UInt8(ascii: "0")) || digits() else { return false }
        if take(UInt8(ascii: ".")), !digits() { return false }
        guard take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) else { return true }
        _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
        return digits()
    }

    private mutating func digits() -> Bool {
        let start = place
        while let byte = next, (0x30...0x39).contains(byte) { place += 1 }
        return place > start
    }
}
