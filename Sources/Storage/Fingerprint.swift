import Crypto

/// A short stand-in for a request's content, to tell a repetition from a different request under the same idempotency key.
package enum Fingerprint {
    /// SHA-256 over the parts, each preceded by its length so that `["ab", "c"]` and `["a", "bc"]` differ; the first 128 bits, as 32 hex digits.
    package static func of(_ parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        return hash.finalize().prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The same over bytes.
    package static func of(bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
