/// How one character outside ASCII is read as part of a word: accents are dropped, capitals become small, typographic signs become plain
/// ones. "Größe" and "grosse", "naïve" and "naive", "don’t" and "don't" are the same words. Cheap and by table; languages that need more
/// than letters (Thai, for one) are searched as whole runs.
struct Folding {
    enum Kind: UInt8 {
        /// Ends a word.
        case separator
        /// Neither ends nor extends a word: soft hyphen, joiners, combining accents.
        case nothing
        /// `’` and its relatives.
        case apostrophe
        /// Part of a word.
        case letters
        /// A word by itself: Chinese and Japanese characters, which stand without spaces.
        case alone
    }

    let kind: Kind
    /// How many bytes of the text were read, 1...4.
    let length: Int
    /// What stands in the word for them, `count` bytes.
    let bytes: (UInt8, UInt8, UInt8, UInt8)
    let count: Int

    /// Reads the character that begins at `index`, whose first byte is 0x80 or above.
    static func read(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Folding {
        let first = text[index]
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        guard index + length <= text.count, length > 1 else { return Folding(.separator, 1) }
        let second = text[index + 1]
        return switch length {
        case 2: twoBytes(first, second)
        case 3: threeBytes(first, second, text[index + 2])
        default: Folding(.letters, 4, (first, second, text[index + 2], text[index + 3]), 4)
        }
    }

    private init(_ kind: Kind, _ length: Int, _ bytes: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0), _ count: Int = 0) {
        self.kind = kind
        self.length = length
        self.bytes = bytes
        self.count = count
    }

    private static func letter(_ letter: UInt8) -> Folding { Folding(.letters, 2, (letter, 0, 0, 0), 1) }
    private static func pair(_ first: UInt8, _ second: UInt8) -> Folding { Folding(.letters, 2, (first, second, 0, 0), 2) }

    private static func twoBytes(_ first: UInt8, _ second: UInt8) -> Folding {
        switch (first, second) {
        case (0xC2, 0xAD): Folding(.nothing, 2)  // soft hyphen
        case (0xC2, 0xAA): letter(UInt8(ascii: "a"))
        case (0xC2, 0xBA): letter(UInt8(ascii: "o"))
        case (0xC2, 0xB5): pair(0xCE, 0xBC)  // the micro sign is a mu
        case (0xC2, _): Folding(.separator, 2)
        case (0xC3, _): latin1(second)
        case (0xC4, _), (0xC5, _): letter(latinExtended[Int(first & 1) << 6 | Int(second & 0x3F)])
        case (0xCA, 0xBC): Folding(.apostrophe, 2)
        case (0xCC, _), (0xCD, 0x80...0xAF): Folding(.nothing, 2)  // combining accents
        case (0xCE, 0x91...0x9F): pair(0xCE, second + 0x20)  // Greek capitals
        case (0xCE, 0xA0...0xA9): pair(0xCF, second - 0x20)
        case (0xD0, 0x80...0x8F): pair(0xD1, second + 0x10)  // Cyrillic capitals
        case (0xD0, 0x90...0x9F): pair(0xD0, second + 0x20)
        case (0xD0, 0xA0...0xAF): pair(0xD1, second - 0x20)
        default: pair(first, second)
        }
    }

    private static func latin1(_ second: UInt8) -> Folding {
        switch second {
        case 0x97, 0xB7: Folding(.separator, 2)  // multiplication and division
        case 0x86, 0xA6: pair(UInt8(ascii: "a"), UInt8(ascii: "e"))
        case 0x9E, 0xBE: pair(UInt8(ascii: "t"), UInt8(ascii: "h"))
        case 0x9F: pair(UInt8(ascii: "s"), UInt8(ascii: "s"))
        default: letter(latin1Letters[Int(second & 0x1F)])
        }
    }

    private static func threeBytes(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Folding {
        switch (first, second, third) {
        case (0xE2, 0x80, 0x98), (0xE2, 0x80, 0x99): Folding(.apostrophe, 3)
        case (0xE2, 0x80, 0x8B...0x8F), (0xE2, 0x81, 0xA0), (0xEF, 0xBB, 0xBF): Folding(.nothing, 3)  // zero width
        case (0xE2, 0x80...0x81, _): Folding(.separator, 3)  // general punctuation
        case (0xE2, 0x86...0xAF, _): Folding(.separator, 3)  // arrows, frames, signs
        case (0xE3, 0x80, _): Folding(.separator, 3)  // East Asian punctuation
        case (0xE3...0xE9, _, _): Folding(.alone, 3, (first, second, third, 0), 3)
        case (0xEF, 0xBC, 0x80...0x8F), (0xEF, 0xBF, 0xBD): Folding(.separator, 3)
        default: Folding(.letters, 3, (first, second, third, 0), 3)
        }
    }

    /// U+00C0...U+00DF; U+00E0...U+00FF are the same letters.
    private static let latin1Letters = [UInt8]("aaaaaaaceeeeiiiidnooooooouuuuyty".utf8)
    /// U+0100...U+017F.
    private static let latinExtended = [UInt8](
        ("aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllll" + "nnnnnnnnnoooooooorrrrrrsssssssstttttt"
            + "uuuuuuuuuuuuwwyyyzzzzzzs").utf8)
}
