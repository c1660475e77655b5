import NIOConcurrencyHelpers

/// Turns `$1` into `?1`. SQLite numbers `$1, $2` by first appearance, not by their digits (`SELECT $2, $1` would swap the values),
/// while `?1` means what it says. Each statement is rewritten once.
enum Numbered {
    private static let rewritten = NIOLockedValueBox<[UInt: String]>([:])

    /// - Parameter sql: a constant of the program; its address is its name in the cache.
    static func sql(_ sql: StaticString) -> String {
        guard sql.hasPointerRepresentation else { return rewrite(sql.description) }
        let address = UInt(bitPattern: sql.utf8Start)
        if let known = rewritten.withLockedValue({ $0[address] }) { return known }
        let text = rewrite(sql.description)
        rewritten.withLockedValue { $0[address] = text }
        return text
    }

    /// Leaves string literals, quoted names and comments alone (an apostrophe in a comment opens no literal).
    static func rewrite(_ sql: String) -> String {
        var result: [UInt8] = []
        var quote: UInt8?
        let bytes = Array(sql.utf8)
        for (index, byte) in bytes.enumerated() {
            if let open = quote {
                if byte == open { quote = nil }
            } else if bytes[index...].starts(with: "--".utf8) {
                quote = UInt8(ascii: "\n")
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "$"), index + 1 < bytes.count, (48...57).contains(bytes[index + 1]) {
                result.append(UInt8(ascii: "?"))
                continue
            }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
