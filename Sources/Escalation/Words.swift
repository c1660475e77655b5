/// A word as rules compare it: lower case, without accents, apostrophes and invisible characters, with the place where it stands.
struct Word: Sendable {
    /// Folded: `Don’t` is `dont`, `ÉTÉ` is `ete`, `ｈｕｍａｎ` is `human`.
    let text: String
    /// Byte offsets in the UTF-8 of the text.
    let range: Range<Int>
}

/// Splits text into words: runs of letters and digits. In scripts that write without spaces every character is a word of its own, so that a
/// phrase of several characters is found like a phrase of several words.
enum Words {
    /// Bytes of a text that are looked at; the rest of a longer one is ignored.
    static let mostBytes = 262_144
    /// Bytes of a word that are kept.
    static let longestWord = 64

    static func split(_ text: String) -> [Word] {
        var words: [Word] = []
        var current: [UInt8] = []
        var start = 0
        var offset = 0
        func close() {
            if !current.isEmpty { words.append(Word(text: String(decoding: current, as: UTF8.self), range: start..<offset)) }
            current.removeAll(keepingCapacity: true)
        }
        func add(_ letters: some Sequence<UInt8>) {
            if current.isEmpty { start = offset }
            if current.count < longestWord { current += letters }
        }
        for scalar in text.unicodeScalars {
            let width = UTF8.width(scalar)
            guard offset + width <= mostBytes else { break }
            switch Letter(scalar) {
            case .invisible: break
            case .separator: close()
            case .apostrophe: if elisions.contains(String(decoding: current, as: UTF8.self)) { close() }
            case .plain(let letter): add(CollectionOfOne(letter))
            case .alone(let folded):
                close()
                words.append(Word(text: folded, range: offset..<offset + width))
            case .letter(let folded): add(folded.utf8)
            }
            offset += width
        }
        close()
        return words
    }

    /// French and Italian articles that an apostrophe ties to the next word: `l'agent` is two words.
    private static let elisions: Set<String> = [
        "l", "d", "j", "m", "n", "s", "c", "t", "qu", "un", "all", "dell", "dall", "nell", "sull", "quell",
    ]
}

/// What one character means for the splitting of words.
private enum Letter {
    /// An ASCII letter or digit, folded already.
    case plain(UInt8)
    case letter(String)
    /// A character of a script without spaces.
    case alone(String)
    case apostrophe
    /// Joins what stands around it: accents, direction marks, zero-width characters.
    case invisible
    case separator

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x61...0x7A, 0x30...0x39: self = .plain(UInt8(truncatingIfNeeded: scalar.value))
        case 0x41...0x5A: self = .plain(UInt8(truncatingIfNeeded: scalar.value + 32))
        case 0x27, 0x60, 0xB4, 0x2BC, 0x2018, 0x2019: self = .apostrophe
        case 0...0x7F: self = .separator
        case 0xAD, 0x300...0x36F, 0x64B...0x652, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFE00...0xFE0F, 0xFEFF:
            self = .invisible
        case 0xFF01...0xFF5E: self = Unicode.Scalar(scalar.value - 0xFEE0).map(Letter.init) ?? .separator
        case 0xE00...0xE7F, 0x3005...0x3007, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
            self = .alone(String(Character(scalar)))
        default: self = Self.other(scalar)
        }
    }

    private static func other(_ scalar: Unicode.Scalar) -> Letter {
        let lower = scalar.properties.lowercaseMapping
        if let first = lower.unicodeScalars.first, let plain = plainLetters[first] { return .letter(plain) }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .nonspacingMark,
            .spacingMark:
            return .letter(lower)
        default: return .separator
        }
    }

    private static let plainLetters: [Unicode.Scalar: String] = {
        let groups = [
            "a": "àáâãäåāăąǎ", "ae": "æ", "c": "çćĉċč", "d": "ďđð", "e": "èéêëēĕėęěẽ", "g": "ĝğġģ", "h": "ĥħ", "i": "ìíîïĩīĭįı", "j": "ĵ",
            "k": "ķ", "l": "ĺļľł", "n": "ñńņňŉ", "o": "òóôõöøōŏőơ", "oe": "œ", "r": "ŕŗř", "s": "śŝşšș", "ss": "ß", "t": "ţťŧț", "th": "þ",
            "u": "ùúûüũūŭůűųư", "w": "ŵ", "y": "ýÿŷ", "z": "źżž", "е": "ё", "и": "й", "α": "ά", "ε": "έ", "η": "ή", "ι": "ίϊΐ", "ο": "ό",
            "υ": "ύϋΰ", "ω": "ώ", "σ": "ς", "ا": "أإآ",
        ]
        var table: [Unicode.Scalar: String] = [:]
        for (plain, letters) in groups {
            for letter in letters.unicodeScalars { table[letter] = plain }
        }
        return table
    }()
}
