import Crypto
import Foundation

/// The installation's own secret: 32 random bytes in the file `secret` of the data directory, made at the first start.
///
/// What must be used again (the secret of a webhook) is sealed with it before it goes into the database; what goes out and must come back unchanged (a
/// page's cursor) is signed with it. Each purpose has a key of its own, derived by HKDF (RFC 5869), so that nothing of one purpose passes for another.
package struct ServerSecret: Sendable {
    private let key: SymmetricKey

    /// A secret of the caller's own; for tests and for restoring.
    /// - Parameter bytes: 32 random ones.
    package init(bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// Reads the file, or makes it: whole or not at all, readable by nobody else.
    /// - Throws: `StorageError.folderUnusable`, also where the file is not 32 bytes long: a shortened secret would open nothing that was sealed.
    package static func load(folder: String) throws -> ServerSecret {
        let path = folder + "/secret"
        if !FileManager.default.fileExists(atPath: path) { try make(at: path, in: folder) }
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count == length else {
            throw StorageError.folderUnusable(
                folder: folder, why: "the file 'secret' in it is unreadable or damaged; restore it from a backup")
        }
        return ServerSecret(bytes: [UInt8](bytes))
    }

    private static let length = 32

    private static func make(at path: String, in folder: String) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StorageError.folderUnusable(folder: folder, why: String(cString: strerror(errno))) }
        defer { close(file) }
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) }
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, rename(temporary, path) == 0 else {
            throw StorageError.folderUnusable(folder: folder, why: "the file 'secret' cannot be written")
        }
    }

    private func derived(_ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array("baton \(purpose)".utf8), outputByteCount: 32)
    }

    /// Encrypts with ChaCha20-Poly1305 (RFC 8439) under a random nonce.
    /// - Throws: an error of the cryptography library; never for bytes of ordinary length.
    package func seal(_ plain: [UInt8], for purpose: String) throws -> [UInt8] {
        [UInt8](try ChaChaPoly.seal(plain, using: derived(purpose)).combined)
    }

    /// Decrypts what `seal` gave for the same purpose.
    /// - Throws: an error of the cryptography library where it was changed, or sealed with another secret or for another purpose.
    package func unseal(_ sealed: [UInt8], for purpose: String) throws -> [UInt8] {
        [UInt8](try ChaChaPoly.open(ChaChaPoly.SealedBox(combined: sealed), using: derived(purpose)))
    }

    /// HMAC-SHA256, 32 bytes.
    package func signature(of bytes: [UInt8], for purpose: String) -> [UInt8] {
        [UInt8](HMAC<SHA256>.authenticationCode(for: bytes, using: derived(purpose)))
    }

    /// Whether `signature` is this secret's for these bytes; takes the same time whatever differs.
    package func isValid(_ signature: [UInt8], of bytes: [UInt8], for purpose: String) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: bytes, using: derived(purpose))
    }
}
