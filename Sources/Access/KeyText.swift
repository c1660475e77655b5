/// The text of an API key: `bat_live_<id: 22 base-62 digits>_<secret: 32><CRC-32: 6>`. The id is public (lists and logs show it), the secret is not.
///
/// For scanners of sources: `bat_live_[0-9A-Za-z]{22}_[0-9A-Za-z]{38}`; the checksum (base 62, over everything before it) tells real ones.
struct KeyText {
    /// The whole key.
    let text: String
    /// The id in it.
    let id: String

    static let idDigits = 22
    private static let prefix = "bat_live_"

    /// A new key, of 131 public and 190 secret bits.
    init() {
        id = SecretText.random(Self.idDigits)
        let body = Self.prefix + id + "_" + SecretText.random(SecretText.secretDigits)
        text = body + SecretText.checksum(of: body)
    }

    /// - Returns: nil for whatever `init()` could not have made.
    init?(_ text: String) {
        let bytes = text.utf8
        let start = Self.prefix.utf8.count
        guard bytes.count == start + Self.idDigits + 1 + SecretText.secretDigits + SecretText.checksumDigits,
            bytes.starts(with: Self.prefix.utf8)
        else { return nil }
        let id = bytes.dropFirst(start).prefix(Self.idDigits)
        let rest = bytes.dropFirst(start + Self.idDigits)
        guard rest.first == UInt8(ascii: "_"), SecretText.isDigits(id), SecretText.isDigits(rest.dropFirst()), SecretText.hasChecksum(text)
        else { return nil }
        self.text = text
        self.id = String(decoding: id, as: UTF8.self)
    }
}
