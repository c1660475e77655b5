/// Known fields found one by one where there is no object left to repair: each value reaches to the next known key.
enum Salvage {
    struct Found {
        var members: [JSON.Member] = []
        var endsInsideString = false
    }

    /// Fields whose keys stand in quotes before a colon. One pass; the values do not overlap.
    static func quotedFields(in bytes: [UInt8]) -> Found {
        let keys = quotedKeys(in: bytes)
        var found = Found()
        for (index, key) in keys.enumerated() {
            let end = index + 1 < keys.count ? keys[index + 1].start : bytes.count
            var reader = RepairingReader(Array(bytes[key.value..<end]), from: 0)
            found.members.append(JSON.Member(key: key.name, value: reader.read(isMember: true)))
            found.endsInsideString = reader.endsInsideString && index + 1 == keys.count
        }
        return found
    }

    /// The names, where their quotes begin, and where their values do.
    static func quotedKeys(in bytes: [UInt8]) -> [(name: String, start: Int, value: Int)] {
        var keys: [(name: String, start: Int, value: Int)] = []
        var at = 0
        while at < bytes.count {
            if let key = quotedKey(bytes, at: at) {
                keys.append((key.name, at, key.value))
                at = key.value
            } else {
                at += 1
            }
        }
        return keys
    }

    private static func quotedKey(_ bytes: [UInt8], at start: Int) -> (name: String, value: Int)? {
        let quote = bytes[start]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        var end = start + 1
        let limit = min(bytes.count, start + 32)
        while end < limit, bytes[end] != quote { end += 1 }
        guard end < limit, let name = ContractFields.name(String(decoding: bytes[start + 1..<end], as: UTF8.self)) else { return nil }
        var colon = end + 1
        while colon < min(bytes.count, end + 16), bytes[colon] <= 0x20 { colon += 1 }
        guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else { return nil }
        return (key(name), colon + 1)
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
