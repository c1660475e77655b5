/// JSON for scripts, written in the order of its parts. `raw` is put in as it stands, so that a test can also send what no encoder would.
package indirect enum JSONText: Sendable {
    case text(String)
    case number(Int)
    case bool(Bool)
    case null
    /// Fields in this order; a repeated name is sent repeatedly.
    case object([(String, JSONText)])
    case array([JSONText])
    /// Any characters, valid JSON or not.
    case raw(String)

    /// The JSON, on one line, with only the escapes JSON demands.
    package var text: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .number(let number): String(number)
        case .bool(let flag): String(flag)
        case .null: "null"
        case .object(let fields): "{" + fields.map { Self.quoted($0.0) + ":" + $0.1.text }.joined(separator: ",") + "}"
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .raw(let raw): raw
        }
    }

    /// The text as a JSON string with its quotes.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
