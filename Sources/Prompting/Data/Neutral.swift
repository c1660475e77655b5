/// Takes out of a stranger's text what could be mistaken for something else than text: control, invisible and bidirectional characters, the fence
/// around the data, and the marks with which models tell roles apart.
///
/// The visible words stay as they are, so that a quote from a passage is still found in the passage. Two joiners go with the invisible characters
/// (Persian and Indic scripts, joined emoji); a reader of the text loses nothing but the joining.
struct Neutral: Sendable {
    private let boundary: [Unicode.Scalar]

    /// Marks of well-known chat formats without the `<|...|>` shape, which is taken out as such. Lower-case ASCII.
    static let marks = [
        "[inst]", "[/inst]", "<<sys>>", "<</sys>>", "[system_prompt]", "[/system_prompt]", "[available_tools]", "[/available_tools]",
        "<start_of_turn>", "<end_of_turn>",
    ]
    private static let endings: [[Unicode.Scalar]] = marks.map { Array($0.unicodeScalars) }
    /// The longest name inside `<|...|>`.
    private static let longestMark = 48

    /// - Parameter boundary: 8 lower-case hexadecimal digits.
    init(boundary: String) {
        self.boundary = Array(boundary.lowercased().unicodeScalars)
    }

    /// - Parameter onOneLine: line ends become blanks.
    func callAsFunction(_ text: String, onOneLine: Bool = false) -> String {
        if Self.isHarmless(text, onOneLine: onOneLine) { return text }
        var kept: [Unicode.Scalar] = []
        kept.reserveCapacity(text.utf8.count)
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            if scalar == "\n", previous == "\r" { continue }
            guard let visible = Self.visible(scalar) else { continue }
            kept.append(onOneLine && visible == "\n" ? " " : visible)
            removeMark(endOf: &kept)
        }
        var clean = String.UnicodeScalarView()
        clean.append(contentsOf: kept)
        return String(clean)
    }

    /// Whether nothing can have to be taken out, told without taking the text apart: visible ASCII, no sign that ends a mark, and no run of hexadecimal digits as
    /// long as the boundary. Nearly all texts are.
    private static func isHarmless(_ text: String, onOneLine: Bool) -> Bool {
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66: digits += 1
            case UInt8(ascii: ">"), UInt8(ascii: "]"): return false
            case 0x20...0x7E, 0x09: digits = 0
            case 0x0A where !onOneLine: digits = 0
            default: return false
            }
            if digits == 8 { return false }
        }
        return true
    }

    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0x20...0x7E, 0x09, 0x0A: return scalar
        // Every kind of line end is one line feed: carriage return, next line, line and paragraph separator, form feed, vertical tab.
        case 0x0B...0x0D, 0x85, 0x2028, 0x2029: return "\n"
        case 0x00...0x1F, 0x7F...0x9F, 0xFFF9...0xFFFB: return nil
        // The two selectors between text and emoji are wanted.
        case 0xFE0E, 0xFE0F: return scalar
        default:
            let properties = scalar.properties
            return properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint || properties.isBidiControl ? nil : scalar
        }
    }

    /// Looks only at the end, after every scalar: what falls together when something between is taken out is taken out as well.
    private func removeMark(endOf kept: inout [Unicode.Scalar]) {
        guard let last = kept.last else { return }
        if Self.isHexDigit(last), endsWith(boundary, kept) { kept.removeLast(boundary.count) }
        guard last == ">" || last == "]" else { return }
        if let mark = Self.endings.first(where: { endsWith($0, kept) }) { kept.removeLast(mark.count) }
        if last == ">", let start = Self.startOfMark(kept) { kept.removeSubrange(start...) }
    }

    private static func isHexDigit(_ scalar: Unicode.Scalar) -> Bool {
        (0x30...0x39).contains(scalar.value) || (0x61...0x66).contains(scalar.value | 0x20)
    }

    private func endsWith(_ mark: [Unicode.Scalar], _ kept: [Unicode.Scalar]) -> Bool {
        guard !mark.isEmpty, kept.count >= mark.count else { return false }
        return kept.suffix(mark.count).elementsEqual(mark) { Self.lowered($0) == $1 }
    }

    private static func lowered(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        (0x41...0x5A).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar
    }

    /// Where `<|name|>` begins that ends here; the bars may be full-width, as one family of models writes them.
    private static func startOfMark(_ kept: [Unicode.Scalar]) -> Int? {
        let count = kept.count
        guard count >= 4, isBar(kept[count - 2]) else { return nil }
        var index = count - 3
        while index >= 1, count - index <= longestMark + 3 {
            if isBar(kept[index]) { return kept[index - 1] == "<" ? index - 1 : nil }
            if kept[index] == "\n" || kept[index] == "<" || kept[index] == ">" { return nil }
            index -= 1
        }
        return nil
    }

    private static func isBar(_ scalar: Unicode.Scalar) -> Bool { scalar == "|" || scalar == "\u{FF5C}" }
}

/// The fence around the data of one request: 8 hexadecimal digits that nobody could have foreseen.
enum Boundary {
    /// From the system's cryptographic random numbers.
    static func fresh() -> String {
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    static func isValid(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 8 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
