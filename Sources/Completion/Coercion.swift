import Notation

/// What the fields of the contract may look like, and what each form means. One place, so that one table can be read and tested.
///
/// When in doubt a value is missing: a guess that raises confidence would be worse than none.
enum Coercion {
    /// 0...20.
    ///
    /// | written | means |
    /// |---|---|
    /// | `17`, `"17"`, `17.0`, `"１７"` | 17 |
    /// | `0.85`, `"0.85"` (strictly between 0 and 1) | 17 |
    /// | `"85%"`, `"85 percent"` | 17 |
    /// | `"17/20"`, `"17 out of 20"`, `"8 of 10"` | 17, 17, 16 |
    /// | `"low"`, `"medium"`, `"high"`, `"very high"`... | 5, 10, 16, 18 |
    /// | `[17]`, `{"value": 17}` | 17 |
    /// | `21`, `90`, `-1`, `1.7e2`, `NaN`, `1e400`, `true`, `1.0` (of 1 or of 20?), `17.5` | missing |
    static func confidence(_ value: JSON?) -> Int? {
        switch value {
        case .number(let text): scale(text)
        case .string(let text): text.utf8.count <= 64 ? confidence(words: asciiDigits(text)) : nil
        case .array(let items) where items.count == 1: confidence(flat: items.first)
        case .object: confidence(flat: value?["value"] ?? value?["score"] ?? value?["confidence"])
        default: nil
        }
    }

    private static func confidence(flat value: JSON?) -> Int? {
        switch value {
        case .number, .string: confidence(value)
        default: nil
        }
    }

    private static func scale(_ text: String) -> Int? {
        if let whole = Int(text) { return (0...20).contains(whole) ? whole : nil }
        // `Double` would also take "0x11" and "nan".
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }) else { return nil }
        guard let number = Double(text), number.isFinite, number >= 0, number <= 20 else { return nil }
        if number > 0, number < 1 { return rounded(number * 20) }
        return number == number.rounded() && number != 1 ? rounded(number) : nil
    }

    private static func rounded(_ number: Double) -> Int? {
        Int(exactly: number.rounded()).flatMap { (0...20).contains($0) ? $0 : nil }
    }

    private static func confidence(words text: String) -> Int? {
        let text = trimmed(text.lowercased())
        if let number = scale(text) { return number }
        for sign in ["%", "percent"] where text.hasSuffix(sign) {
            return decimal(text.dropLast(sign.count)).flatMap { $0 <= 100 ? rounded($0 / 5) : nil }
        }
        for sign in ["/", "out of", "of"] {
            guard let range = text.firstRange(of: sign) else { continue }
            guard let part = decimal(text[..<range.lowerBound]), let whole = decimal(text[range.upperBound...]), whole >= 1, part <= whole
            else { return nil }
            return rounded(part / whole * 20)
        }
        return confidenceWords[text]
    }

    private static let confidenceWords: [String: Int] = [
        "none": 0, "very low": 2, "low": 5, "medium": 10, "moderate": 10, "high": 16, "very high": 18, "certain": 18,
    ]

    /// A decimal of 0 or more, digits and one point only.
    private static func decimal(_ text: Substring) -> Double? {
        let text = trimmed(String(text))
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) else { return nil }
        return Double(text)
    }

    /// Decimal digits of any script as ASCII ones.
    private static func asciiDigits(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if !scalar.isASCII, scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
                result += String(Int(digit))
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `full`, `partial` or `none`, and the words models use for them. `true` could mean either of the first two and is missing.
    static func support(_ value: JSON?) -> Draft.Support? {
        switch value {
        case .bool(false): return Draft.Support.none
        case .string(let text):
            switch trimmed(String(text.prefix(64)).lowercased()) {
            case "full", "fully", "complete", "completely", "yes", "supported": return .full
            case "partial", "partially", "partly", "some", "incomplete": return .partial
            case "none", "no", "not supported", "unsupported", "not", "insufficient": return Draft.Support.none
            default: return nil
            }
        default: return nil
        }
    }

    /// -2...2.
    static func sentiment(_ value: JSON?) -> Int? {
        if case .bool? = value { return nil }
        if let number = value?.integer { return (-2...2).contains(number) ? number : nil }
        return sentimentWords[trimmed(String((value?.text ?? "").prefix(64)).lowercased())]
    }

    private static let sentimentWords: [String: Int] = [
        "very negative": -2, "furious": -2, "angry": -2, "negative": -1, "frustrated": -1, "unhappy": -1, "neutral": 0, "positive": 1,
        "happy": 1, "very positive": 2, "delighted": 2, "+1": 1, "+2": 2,
    ]

    /// Missing means no; a text that is neither yes nor no means yes, because a person is the safer reading.
    static func needsHuman(_ value: JSON?) -> Bool {
        switch value {
        case .bool(let isTrue): isTrue
        case .number: value?.integer != 0
        case .string(let text): !noWords.contains(trimmed(String(text.prefix(64)).lowercased()))
        default: false
        }
    }

    private static let noWords: Set<String> = ["", "no", "false", "0", "none", "null", "n/a", "not needed", "no."]

    /// One line of text, without control characters, at most `limit` characters; nil where nothing is left.
    static func line(_ value: JSON?, limit: Int) -> String? {
        let text: String
        switch value {
        case .string(let string): text = string
        case .number(let digits): text = digits
        case .bool(let isTrue): text = isTrue ? "true" : "false"
        default: return nil
        }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit * 4) { scalars.append(isControl(scalar) ? " " : scalar) }
        let line = String(trimmed(String(scalars)).prefix(limit))
        return line.isEmpty || ["null", "none", "n/a"].contains(line.lowercased()) ? nil : line
    }

    /// Names and values, from an object or from a list of `{"field": , "value": }`.
    static func captured(_ value: JSON?) -> [String: String] {
        var pairs: [(JSON?, JSON?)] = []
        for member in value?.members ?? [] { pairs.append((.string(member.key), member.value)) }
        for item in value?.items ?? [] { pairs.append((item["field"] ?? item["name"] ?? item["key"], item["value"])) }
        var captured: [String: String] = [:]
        for (key, value) in pairs {
            guard captured.count < mostCaptured else { break }
            guard let key = line(key, limit: 64), let value = line(value, limit: 512) else { continue }
            captured[key.lowercased()] = value
        }
        return captured
    }

    /// Captured details kept of one reply.
    private static let mostCaptured = 32

    /// Passages and quotes, from objects, from bare ids, or from an object of id to quote.
    static func citations(_ value: JSON?) -> [Draft.Citation] {
        var pairs: [(JSON?, JSON?)] = []
        for item in value?.items ?? [] {
            if item.members == nil {
                pairs.append((item, nil))
            } else {
                pairs.append(
                    (item["passage"] ?? item["id"] ?? item["source"] ?? item["document"], item["quote"] ?? item["text"] ?? item["excerpt"]))
            }
        }
        if let value, value["passage"] != nil {
            pairs.append((value["passage"], value["quote"]))
        } else {
            for member in value?.members ?? [] { pairs.append((.string(member.key), member.value)) }
        }
        if value?.text != nil { pairs.append((value, nil)) }
        return pairs.prefix(20).compactMap { passage, quote in
            line(passage, limit: 200).map { Draft.Citation(passage: bare($0), quote: line(quote, limit: 1_000) ?? "") }
        }
    }

    /// `[refunds::2]` is `refunds::2`.
    private static func bare(_ id: String) -> String {
        id.hasPrefix("[") && id.hasSuffix("]") && id.count > 2 ? String(id.dropFirst().dropLast()) : id
    }

    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
            || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace || scalar == "\u{FEFF}" }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }), let last = scalars.lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(scalars[first...last])
    }
}
