import Crypto
import Foundation

/// The secret that a webhook's receiver checks our signature with. It never prints.
package struct WebhookSecret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// 24...64 bytes, as Standard Webhooks asks for.
    let bytes: [UInt8]

    /// A new one: 32 bytes of the system's generator.
    static func new() -> WebhookSecret {
        WebhookSecret(bytes: SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) })
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads `whsec_` and base64; nil for anything else.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(data.count)
        else { return nil }
        bytes = [UInt8](data)
    }

    /// `whsec_…`: for the one answer in which it is shown.
    package func reveal() -> String { Self.prefix + Data(bytes).base64EncodedString() }

    private static let prefix = "whsec_"

    /// The mask.
    package var description: String { "whsec_•••" }
    /// The mask.
    package var debugDescription: String { description }
    /// The mask.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Standard Webhooks 1.0.0 (standardwebhooks.com): how a receiver knows that a message is ours and fresh.
package enum WebhookSignature {
    /// The value of `webhook-signature`: for each secret `v1,` and the base64 of the HMAC-SHA256 over `id.timestamp.body`, separated by spaces.
    /// - Parameter seconds: since 1970; the value of `webhook-timestamp`.
    package static func sign(_ body: [UInt8], id: String, seconds: Int64, secrets: [WebhookSecret]) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return secrets.map { "v1," + Data(code(signed, $0)).base64EncodedString() }.joined(separator: " ")
    }

    /// Whether one of the signatures in the header is the secret's. Each comparison takes the same time whatever differs.
    package static func isValid(_ header: String, _ body: [UInt8], id: String, seconds: Int64, secret: WebhookSecret) -> Bool {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return header.split(separator: " ").prefix(mostSignatures).contains { entry in
            guard entry.hasPrefix("v1,"), let claimed = Data(base64Encoded: String(entry.dropFirst(3))) else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(claimed, authenticating: signed, using: SymmetricKey(data: secret.bytes))
        }
    }

    private static func code(_ signed: [UInt8], _ secret: WebhookSecret) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret.bytes))
    }

    /// Signatures of one header that are looked at.
    static let mostSignatures = 8
}
