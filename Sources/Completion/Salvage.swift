import Notation

/// Known fields found one by one where there is no object left to repair: each value reaches to the next known key.
enum Salvage {
    struct Found {
        var members: [JSON.Member] = []
        var endsInsideString = false
    }

    /// A key of the contract in quotes, before a colon.
    struct Key {
        let name: String
        /// Where its quote stands, and where its value begins.
        let start: Int
        let value: Int
        /// A comma or a brace stands before it.
        let isMember: Bool
    }

    /// Fields whose keys stand in quotes before a colon. One pass; the values do not overlap.
    static func quotedFields(in bytes: [UInt8]) -> Found {
        let keys = quotedKeys(in: bytes)
        var found = Found()
        for (index, key) in keys.enumerated() {
            let isLast = index + 1 == keys.count
            let segment = bytes[key.value..<(isLast ? bytes.count : keys[index + 1].start)]
            if !isLast, let text = textUpToLastQuote(segment) {
                found.members.append(JSON.Member(key: key.name, value: .string(text)))
                continue
            }
            var reader = RepairingReader(Array(segment), from: 0)
            let value = reader.read(isMember: true)
            found.endsInsideString = reader.endsInsideString && isLast
            // Of an answer every word counts, of the others only what was closed.
            let closed = reader.endsInsideString && key.name != "answer" ? textUpToLastQuote(segment) : nil
            found.members.append(JSON.Member(key: key.name, value: closed.map(JSON.string) ?? value))
        }
        return found
    }

    /// Before the next key the last quote is the one that ends a text, whatever stands within or behind it, unless `","` shows an earlier end.
    private static func textUpToLastQuote(_ segment: ArraySlice<UInt8>) -> String? {
        let quote = UInt8(ascii: "\"")
        guard let first = segment.firstIndex(where: { $0 > 0x20 }), segment[first] == quote else { return nil }
        guard let last = segment.lastIndex(of: quote), last > first else { return nil }
        let inside = Array(segment[(first + 1)..<last])
        var text: [UInt8] = []
        var at = 0
        while at < inside.count {
            if inside[at] == UInt8(ascii: "\\"), let width = JSONEscape.read(inside, at: at + 1, into: &text) {
                at += width + 1
            } else {
                if inside[at] == quote, inside[at...].dropFirst().first == UInt8(ascii: ","),
                    [quote, 0x0A].contains(inside[at...].dropFirst(2).first)
                {
                    break
                }
                text.append(inside[at])
                at += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func quotedKeys(in bytes: [UInt8]) -> [Key] {
        var keys: [Key] = []
        var at = 0
        var previous: UInt8 = 0
        while at < bytes.count {
            if let key = quotedKey(bytes, at: at, after: previous) {
                keys.append(key)
                at = key.value
                previous = UInt8(ascii: ":")
            } else {
                if bytes[at] > 0x20 { previous = bytes[at] }
                at += 1
            }
        }
        return keys
    }

    private static func quotedKey(_ bytes: [UInt8], at start: Int, after previous: UInt8) -> Key? {
        let quote = bytes[start]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        var end = start + 1
        let limit = min(bytes.count, start + 32)
        while end < limit, bytes[end] != quote, bytes[end] != UInt8(ascii: "\\") { end += 1 }
        guard end < limit, bytes[end] == quote else { return nil }
        guard let name = ContractFields.name(String(decoding: bytes[start + 1..<end], as: UTF8.self)) else { return nil }
        var colon = end + 1
        while colon < min(bytes.count, end + 16), bytes[colon] <= 0x20 { colon += 1 }
        guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else { return nil }
        let isMember = [UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: ";")].contains(previous)
        return Key(name: key(name), start: start, value: colon + 1, isMember: isMember)
    }

    /// Fields written as lines, `**Answer:** ...` and below it `Confidence: 17/20`; empty unless the answer and one more are there.
    static func labelledLines(in bytes: [UInt8]) -> [JSON.Member] {
        var values: [(name: ContractFields.Name, lines: [ArraySlice<UInt8>])] = []
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if let (name, rest) = label(line), !values.contains(where: { $0.name == name }) {
                values.append((name, [rest]))
            } else if !values.isEmpty {
                values[values.count - 1].lines.append(line)
            }
        }
        guard values.count >= 2, values.contains(where: { $0.name == .answer }) else { return [] }
        return values.map { value in
            let text = String(decoding: Array(value.lines.joined(separator: [0x0A])), as: UTF8.self)
            return JSON.Member(key: key(value.name), value: .string(Coercion.trimmed(text)))
        }
    }

    private static func label(_ line: ArraySlice<UInt8>) -> (ContractFields.Name, ArraySlice<UInt8>)? {
        let isDecoration = { (byte: UInt8) in byte <= 0x20 || "*#->_".utf8.contains(byte) }
        guard let start = line.firstIndex(where: { !isDecoration($0) }) else { return nil }
        guard let colon = line[start...].prefix(24).firstIndex(of: UInt8(ascii: ":")) else { return nil }
        guard let name = ContractFields.name(String(decoding: line[start..<colon], as: UTF8.self)) else { return nil }
        return (name, line[(colon + 1)...].drop { $0 == UInt8(ascii: "*") || $0 == 0x20 })
    }

    private static func key(_ name: ContractFields.Name) -> String { name.rawValue }
}
