import Crypto

/// The random texts that let somebody in: how they are made, recognised and kept. Only their SHA-256 is stored. They have 128 random bits or more, so
/// that the plain hash cannot be searched (a password's can, and goes through scrypt).
///
/// Base 62, so that a double click selects all of one; those that people paste end in a checksum, so that a typo or a random string is refused without
/// asking the database, and a scanner of sources finds real ones only.
enum SecretText {
    /// Prefixes of the kinds that have one.
    enum Kind: String, CaseIterable {
        case customerToken = "batv_"
        case invitation = "bati_"
    }

    /// Base-62 digits of a secret that carries a checksum: 190 bits.
    static let secretDigits = 32
    /// Base-62 digits of a checksum: 62^6 > 2^32.
    static let checksumDigits = 6
    /// Base-62 digits of a cookie: 256 bits.
    static let cookieDigits = 43

    static func make(_ kind: Kind) -> String {
        let body = kind.rawValue + random(secretDigits)
        return body + checksum(of: body)
    }

    /// Whether a text could have come from `make`.
    static func isWellFormed(_ text: String, _ kind: Kind) -> Bool {
        text.utf8.count == kind.rawValue.utf8.count + secretDigits + checksumDigits && text.utf8.starts(with: kind.rawValue.utf8)
            && isDigits(text.utf8.dropFirst(kind.rawValue.utf8.count)) && hasChecksum(text)
    }

    static func isCookie(_ text: String) -> Bool { text.utf8.count == cookieDigits && isDigits(text.utf8[...]) }

    static func random(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return String(decoding: (0..<count).map { _ in digits[Int(generator.next(upperBound: UInt64(digits.count)))] }, as: UTF8.self)
    }

    static func hash(_ text: String) -> [UInt8] { [UInt8](SHA256.hash(data: Array(text.utf8))) }

    /// The last six digits are the checksum of all before them.
    static func hasChecksum(_ text: String) -> Bool {
        text.utf8.count > checksumDigits
            && Array(text.utf8.suffix(checksumDigits))
                == Array(checksum(of: String(decoding: text.utf8.dropLast(checksumDigits), as: UTF8.self)).utf8)
    }

    static func isDigits(_ bytes: Substring.UTF8View) -> Bool { bytes.allSatisfy { isDigit[Int($0)] } }

    /// CRC-32 (IEEE 802.3) in six base-62 digits, most significant first.
    static func checksum(of text: String) -> String {
        var register = UInt32.max
        for byte in text.utf8 {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
        }
        var rest = Int(~register)
        var characters: [UInt8] = []
        for _ in 0..<checksumDigits {
            characters.append(digits[rest % digits.count])
            rest /= digits.count
        }
        return String(decoding: characters.reversed(), as: UTF8.self)
    }

    private static let digits = [UInt8]("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let isDigit = (0...255).map { digits.contains(UInt8($0)) }
}
