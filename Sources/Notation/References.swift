/// Finds anchors and aliases in a YAML text before it is read.
///
/// They are refused in any case, but the reader below us compares the keys of a mapping, and a key made of aliases to aliases takes longer to compare
/// than anyone waits (thirty lines of eight aliases each stand for 8^30 values). So they are looked for in the text itself, in one pass: `*name` and
/// `&name` where a value can begin, both with the same name.
enum References {
    /// The line of the first alias whose anchor is there as well; nil in an honest file.
    static func firstAlias(in text: String) -> Int? {
        var anchors: Set<Substring> = []
        var aliases: [(name: Substring, line: Int)] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            collect(line, number: number + 1, &anchors, &aliases)
        }
        return aliases.first { anchors.contains($0.name) }?.line
    }

    private static let star = UInt8(ascii: "*")
    private static let ampersand = UInt8(ascii: "&")

    private static func collect(
        _ line: Substring, number: Int, _ anchors: inout Set<Substring>, _ aliases: inout [(name: Substring, line: Int)]
    ) {
        let bytes = line.utf8
        // What stands last before the blanks; nothing at the start of a line.
        var before: UInt8?
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            bytes.formIndex(after: &index)
            if byte == star || byte == ampersand, before.map({ ":-[{,?".utf8.contains($0) }) ?? true {
                let start = index
                while index < bytes.endIndex, !" \t,[]{}:".utf8.contains(bytes[index]) { bytes.formIndex(after: &index) }
                let name = line[start..<index]
                if byte == star { aliases.append((name, number)) } else { anchors.insert(name) }
                // After an anchor a value begins.
                if byte == star { before = star }
            } else if byte != 0x20, byte != 0x09 {
                before = byte
            }
        }
    }
}
