import Crypto
import Foundation

/// With what a company signs who its customers are. The algorithm belongs to the key and is never taken from a token: a token that could choose would choose
/// `none`, or an HMAC with the public key as its secret (RFC 8725, sections 2.1 and 3.1).
package struct IdentityKey: Hashable, Sendable, CustomStringConvertible {
    /// How tokens are signed (RFC 7518, section 3.1).
    package enum Algorithm: String, Hashable, Sendable, CaseIterable {
        /// HMAC with SHA-256: the company and this service share a secret.
        case hs256 = "HS256"
        /// ECDSA with P-256 and SHA-256: this service has the public half only.
        case es256 = "ES256"
    }

    /// Which one.
    package let algorithm: Algorithm
    /// The secret, or the public key as X9.63 has it.
    private let bytes: [UInt8]

    /// Bytes of the shortest secret (RFC 7518, section 3.2: as long as the hash).
    package static let fewestSecretBytes = 32

    /// A shared secret.
    /// - Returns: nil for one that is shorter than `fewestSecretBytes`.
    package init?(secret: [UInt8]) {
        guard secret.count >= Self.fewestSecretBytes else { return nil }
        algorithm = .hs256
        bytes = secret
    }

    /// A public key of P-256.
    /// - Parameter pem: `-----BEGIN PUBLIC KEY-----` …
    /// - Returns: nil for what is none.
    package init?(publicKey pem: String) {
        // Why it cannot be read does not matter: it has to be made again.
        guard let key = try? P256.Signing.PublicKey(pemRepresentation: pem) else { return nil }
        algorithm = .es256
        bytes = Array(key.x963Representation)
    }

    /// Whether a signature over some bytes was made with it, or with its private half.
    func signed(_ message: [UInt8], _ signature: [UInt8]) -> Bool {
        switch algorithm {
        case .hs256:
            return HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: message, using: SymmetricKey(data: bytes))
        case .es256:
            // 64 bytes, R and S (RFC 7518, section 3.4); what is none verifies as little as a wrong one.
            guard let key = try? P256.Signing.PublicKey(x963Representation: bytes),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: message)
        }
    }

    /// Never the key.
    package var description: String { "\(algorithm.rawValue) key" }
}
