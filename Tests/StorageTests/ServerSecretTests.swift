import Foundation
import Storage
import Support
import Testing

@Suite struct ServerSecretTests {
    private let secret = ServerSecret(bytes: Array(repeating: 7, count: 32))

    @Test func `what is sealed opens for the same purpose only`() throws {
        let sealed = try secret.seal(Array("whsec".utf8), for: "webhooks")
        #expect(try secret.unseal(sealed, for: "webhooks") == Array("whsec".utf8))
        #expect(throws: (any Error).self) { try secret.unseal(sealed, for: "cursors") }
        var changed = sealed
        changed[changed.count - 1] ^= 1
        #expect(throws: (any Error).self) { try secret.unseal(changed, for: "webhooks") }
        #expect(throws: (any Error).self) { try secret.unseal([], for: "webhooks") }
    }

    @Test func `a signature holds for its bytes and its purpose`() {
        let signature = secret.signature(of: [1, 2, 3], for: "cursors")
        #expect(secret.isValid(signature, of: [1, 2, 3], for: "cursors"))
        #expect(!secret.isValid(signature, of: [1, 2, 4], for: "cursors"))
        #expect(!secret.isValid(signature, of: [1, 2, 3], for: "webhooks"))
        #expect(!secret.isValid([], of: [1, 2, 3], for: "cursors"))
    }

    @Test func `the file is made once, for its owner alone, and a damaged one is refused`() throws {
        let folder = try TemporaryFolder()
        let first = try ServerSecret.load(folder: folder.path)
        let again = try ServerSecret.load(folder: folder.path)
        #expect(first.signature(of: [1], for: "x") == again.signature(of: [1], for: "x"))
        let path = folder.path + "/secret"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        #expect(throws: StorageError.self) { try ServerSecret.load(folder: folder.path) }
    }
}
