import Access
import Foundation
import Notation
import Web

/// `identity:` of a site: with what its company signs who its customers are. The key stands in a file of its own, for it is a secret or belongs to a pair.
enum IdentityReader {
    /// - Parameter folder: what a relative file is relative to.
    /// - Throws: `NotationError`, `CommandError`; neither repeats what the file holds.
    static func read(_ node: Node?, relativeTo folder: String) throws -> SiteIdentity? {
        guard let node else { return nil }
        let fields = try Fields(node, known: ["algorithm", "secret_file", "public_key_file", "audience"])
        let algorithm = try fields.required("algorithm").choice(IdentityKey.Algorithm.self)
        let audience = try fields["audience"]?.string()
        let key: IdentityKey
        switch algorithm {
        case .hs256:
            if let other = fields["public_key_file"] {
                throw other.error("HS256 has a shared secret; write secret_file, or 'algorithm: ES256'")
            }
            key = try secret(fields.required("secret_file"), relativeTo: folder)
        case .es256:
            if let other = fields["secret_file"] {
                throw other.error("ES256 has a pair of keys; write public_key_file, or 'algorithm: HS256'")
            }
            key = try publicKey(fields.required("public_key_file"), relativeTo: folder)
        }
        return SiteIdentity(key: key, audience: audience)
    }

    private static func secret(_ node: Node, relativeTo folder: String) throws -> IdentityKey {
        let text = try contents(node, relativeTo: folder)
        guard let key = IdentityKey(secret: Array(text.utf8)) else {
            throw node.error(
                "the file holds fewer than \(IdentityKey.fewestSecretBytes) bytes, which can be guessed; make one with: openssl rand -base64 48"
            )
        }
        return key
    }

    private static func publicKey(_ node: Node, relativeTo folder: String) throws -> IdentityKey {
        guard let key = IdentityKey(publicKey: try contents(node, relativeTo: folder)) else {
            throw node.error("the file holds no public key of P-256; write the one that 'openssl ec -in private.pem -pubout' prints")
        }
        return key
    }

    private static func contents(_ node: Node, relativeTo folder: String) throws -> String {
        let file = try node.string()
        return try ConfigFile.text(file.hasPrefix("/") ? file : folder + "/" + file).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
