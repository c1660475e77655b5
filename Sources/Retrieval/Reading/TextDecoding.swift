/// Turns a file's bytes into text: UTF-8, UTF-16 with its mark, or else Windows-1252 with a note. Binary files are refused with a reason.
enum TextDecoding {
    enum Outcome: Hashable {
        /// `note` says what was repaired; empty for plain UTF-8.
        case text(String, note: String)
        case refused(why: String)
    }

    static func decode(_ bytes: [UInt8]) -> Outcome {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return decodeUTF8(Array(bytes.dropFirst(3))) }
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
            return .refused(why: "it is UTF-32; save it as UTF-8")
        }
        if bytes.starts(with: [0xFF, 0xFE]) { return decodeUTF16(bytes.dropFirst(2), bigEndian: false) }
        if bytes.starts(with: [0xFE, 0xFF]) { return decodeUTF16(bytes.dropFirst(2), bigEndian: true) }
        return decodeUTF8(bytes)
    }

    private static func decodeUTF8(_ bytes: [UInt8]) -> Outcome {
        let nulls = bytes.reduce(0) { $0 + ($1 == 0 ? 1 : 0) }
        guard nulls <= bytes.count / mostNullsShare else { return .refused(why: "it is binary, not text") }
        let clean = nulls == 0 ? bytes : bytes.map { $0 == 0 ? 32 : $0 }
        let note = nulls == 0 ? "" : "\(nulls) NUL bytes were read as spaces"
        if let text = String(validating: clean, as: UTF8.self) { return .text(text, note: note) }
        return decodeWindows1252(clean)
    }

    private static func decodeUTF16(_ bytes: ArraySlice<UInt8>, bigEndian: Bool) -> Outcome {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        var index = bytes.startIndex
        while index + 1 < bytes.endIndex {
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            units.append(bigEndian ? first << 8 | second : second << 8 | first)
            index += 2
        }
        guard bytes.count % 2 == 0, let text = String(validating: units.map { $0 == 0 ? 32 : $0 }, as: UTF16.self) else {
            return .refused(why: "it begins as UTF-16 but is not valid; save it as UTF-8")
        }
        return .text(text, note: "read as UTF-16")
    }

    private static func decodeWindows1252(_ bytes: [UInt8]) -> Outcome {
        var text = ""
        text.reserveCapacity(bytes.count + bytes.count / 8)
        var controls = 0
        for byte in bytes {
            if byte < 32, !(9...13).contains(byte) { controls += 1 }
            guard (0x80...0x9F).contains(byte) else {
                text.unicodeScalars.append(UnicodeScalar(byte))
                continue
            }
            let scalar = windows1252[Int(byte) - 0x80]
            if scalar == "\u{FFFD}" { controls += 1 }
            text.unicodeScalars.append(scalar)
        }
        guard controls <= bytes.count / mostNullsShare else {
            return .refused(why: "it is neither UTF-8 nor text of Western Europe; save it as UTF-8")
        }
        return .text(text, note: "not valid UTF-8; read as Windows-1252. Save it as UTF-8 if letters look wrong")
    }

    /// Fewer than one control byte in so many is repaired, more is binary.
    private static let mostNullsShare = 1000
    /// 0x80...0x9F.
    private static let windows1252 = Array("€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ".unicodeScalars)
}
