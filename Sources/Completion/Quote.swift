/// A quotation mark that opens a string, and what closes it.
struct Quote {
    let width: Int
    private let mark: UInt8
    /// Three marks, as in Python: only three close it.
    let isLong: Bool
    private let isCurly: Bool

    init?(_ bytes: [UInt8], at index: Int) {
        guard index < bytes.count else { return nil }
        let byte = bytes[index]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
            mark = byte
            isCurly = false
            isLong = byte != UInt8(ascii: "`") && index + 3 < bytes.count && bytes[index + 1] == byte && bytes[index + 2] == byte
            width = isLong ? 3 : 1
        } else if Self.curly(bytes, at: index) {
            (mark, isCurly, isLong, width) = (UInt8(ascii: "\""), true, false, 3)
        } else {
            return nil
        }
    }

    /// The width of a mark at this place that could close the string, nil where none stands.
    func closing(_ bytes: [UInt8], at index: Int) -> Int? {
        guard index < bytes.count else { return nil }
        if isLong { return index + 2 < bytes.count && bytes[index...index + 2].allSatisfy { $0 == mark } ? 3 : nil }
        if bytes[index] == mark { return 1 }
        return isCurly && Self.curly(bytes, at: index) ? 3 : nil
    }

    /// U+201C, U+201D, U+201E.
    private static func curly(_ bytes: [UInt8], at index: Int) -> Bool {
        index + 2 < bytes.count && bytes[index] == 0xE2 && bytes[index + 1] == 0x80 && (0x9C...0x9E).contains(bytes[index + 2])
    }
}
