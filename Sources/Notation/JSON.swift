/// A JSON value as it was written: numbers keep their text and objects their order, so that `88e8988888998883888` is a fact to judge
/// and not an error, and a usage record can be kept as the endpoint sent it.
///
/// `JSONReader` reads what the standard allows, `RepairingReader` what models write. Foundation's decoder can do neither of the two things
/// above, and refuses a whole reply for one number that does not fit.
package enum JSON: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// The digits as written; not yet known to fit anything.
    case number(String)
    /// A text, its escapes read.
    case string(String)
    /// In order.
    case array([JSON])
    /// In the order written, repeated keys included.
    case object([Member])

    /// One key of an object with its value.
    package struct Member: Hashable, Sendable {
        /// As written; may repeat.
        package let key: String
        /// What stands behind the colon.
        package let value: JSON

        /// Memberwise.
        package init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// The last value of a key of an object; nil where it is absent, `null`, or this is no object.
    package subscript(_ key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        guard let value = members.last(where: { $0.key == key })?.value, value != .null else { return nil }
        return value
    }

    /// The text of a string, nil for anything else.
    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The values of an array, nil for anything else.
    package var items: [JSON]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// The members of an object in the order written, nil for anything else.
    package var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// A whole number, also one written as `12.0`, `1.2e1` or `"12"`; nil where it is none or does not fit.
    package var integer: Int? {
        switch self {
        case .number(let digits), .string(let digits):
            if let number = Int(digits) { return number }
            guard let number = Double(digits), number.isFinite, number == number.rounded() else { return nil }
            return Int(exactly: number)
        default: return nil
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// A text.
    package init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    package init(integerLiteral value: Int) { self = .number(String(value)) }
    /// A truth value.
    package init(booleanLiteral value: Bool) { self = .bool(value) }

    /// An object from pairs, in their order; pairs without a value are left out.
    package static func of(_ pairs: (String, JSON?)...) -> JSON {
        .object(pairs.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }
}

extension JSON {
    /// The value as compact JSON text.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    private func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let isTrue): bytes += (isTrue ? "true" : "false").utf8
        case .number(let digits): bytes += digits.utf8
        case .string(let text): Self.write(text, into: &bytes)
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                item.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case 0..<0x20, 0x7F:
                bytes += "\\u00".utf8
                bytes.append(hexadecimal[Int(byte >> 4)])
                bytes.append(hexadecimal[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)
}
