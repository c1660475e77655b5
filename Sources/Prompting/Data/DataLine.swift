/// How a line of data is kept apart from the line that opens a passage (`[id] title`): data that begins with a bracket gets one blank in front, and
/// loses it again when the block is read. As with the dots of SMTP (RFC 5321, 4.5.2), lines that begin with blanks and then a bracket get one more,
/// so that reading is exact.
enum DataLine {
    private static let bracket = UInt8(ascii: "[")

    /// Whether the line has blanks, possibly none, and then a bracket.
    static func needsBlank(_ line: some Sequence<UInt8>) -> Bool {
        for byte in line where byte != 0x20 { return byte == bracket }
        return false
    }

    /// Every line but the first with its blank (the renderer knows whether the first stands at the start of a line).
    static func stuffed(_ text: String) -> String {
        guard text.utf8.contains(bracket), text.utf8.contains(0x0A) else { return text }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for index in lines.indices.dropFirst() where needsBlank(lines[index].utf8) { lines[index] = " " + lines[index] }
        return lines.joined(separator: "\n")
    }

    /// The line as it was.
    static func unstuffed(_ line: Substring) -> Substring {
        line.utf8.first == 0x20 && needsBlank(line.utf8) ? line.dropFirst() : line
    }
}
