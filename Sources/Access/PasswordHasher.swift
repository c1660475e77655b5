import Crypto
import CryptoExtras
import Foundation
import NIOConcurrencyHelpers

/// Turns passwords into what may be stored, and checks them.
///
/// scrypt (RFC 7914) with N = 2^17, r = 8, p = 1, the least that OWASP ASVS 5.0 (appendix C) accepts: 128 MiB and some tenths of a second a password. At
/// most two are computed at once, on threads of their own, and few may wait, so that a flood of sign-ins takes neither the memory nor the threads that answer
/// everybody else. The text names its parameters, so they can be raised while old hashes still work.
package struct PasswordHasher: Sendable {
    /// What a password costs to compute.
    package struct Cost: Hashable, Sendable {
        /// N as a power of two: 1...20.
        package let logN: Int
        /// Block size: 1...16; beyond that the library's own limit of memory is too small.
        package let r: Int
        /// Parallelism: 1...16.
        package let p: Int

        /// - Parameters: each is brought into its range.
        package init(logN: Int, r: Int, p: Int) {
            self.logN = min(max(logN, 1), 20)
            self.r = min(max(r, 1), 16)
            self.p = min(max(p, 1), 16)
        }

        /// N = 2^17, r = 8, p = 1.
        package static let recommended = Cost(logN: 17, r: 8, p: 1)
    }

    /// What came of a check.
    package struct Verdict: Hashable, Sendable {
        /// Whether it is the password.
        package let matches: Bool
        /// The same password hashed at the present cost, where the stored hash is of another one; to be stored in its place.
        package let renewed: String?
    }

    /// The most passwords that wait to be computed; the next is refused.
    package static let mostWaiting = 32

    private let cost: Cost
    private let turnstile: Turnstile
    private let computed: @Sendable () -> Void
    private static let saltBytes = 16
    private static let hashBytes = 32

    /// - Parameters:
    ///   - cost: of new hashes; tests take a small one.
    ///   - atOnce: how many are computed at once.
    ///   - mostWaiting: how many may wait.
    ///   - computed: called for each password that was computed; for tests that count them.
    package init(
        cost: Cost = .recommended, atOnce: Int = 2, mostWaiting: Int = mostWaiting, computed: @escaping @Sendable () -> Void = {}
    ) {
        self.cost = cost
        self.computed = computed
        turnstile = Turnstile(places: atOnce, mostWaiting: mostWaiting)
    }

    /// What to store for a new password: `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`.
    /// - Parameter email: of the account; the password must not be it.
    /// - Throws: `AccessError.weakPassword`, `.busy`; an error of the cryptography library where memory is short.
    package func hash(_ password: String, email: String?) async throws -> String {
        if let fault = PasswordRules.fault(of: password, email: email) { throw AccessError.weakPassword(fault) }
        return try await turnstile.pass { try stored(PasswordRules.normalised(password), cost) }
    }

    /// Whether a password is the one behind a stored hash. For a hash that is missing or unreadable, and for a password that cannot be one (its length), the
    /// same work is done.
    /// - Throws: `AccessError.busy`; an error of the cryptography library where memory is short.
    package func verify(_ password: String, against stored: String?) async throws -> Verdict {
        try await turnstile.pass {
            let count = password.unicodeScalars.count
            let isPossible = count >= PasswordRules.least && count <= 4 * PasswordRules.longest
            let normalised = isPossible ? PasswordRules.normalised(password) : ""
            let hash = stored.flatMap(StoredHash.init)
            guard let hash, isPossible, normalised.unicodeScalars.count <= PasswordRules.longest else {
                _ = try derive("not a password", Self.salt(), cost)
                return Verdict(matches: false, renewed: nil)
            }
            guard ConstantTime.isSame(try derive(normalised, hash.salt, hash.cost), hash.hash) else {
                return Verdict(matches: false, renewed: nil)
            }
            return Verdict(matches: true, renewed: hash.cost == cost ? nil : try self.stored(normalised, cost))
        }
    }

    private func stored(_ password: String, _ cost: Cost) throws -> String {
        let salt = Self.salt()
        return StoredHash(cost: cost, salt: salt, hash: try derive(password, salt, cost)).text
    }

    private static func salt() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<saltBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// scrypt keys an HMAC with the password, and HMAC fills a short key up with zeros (RFC 2104): "secret" and "secret\0" would be one password. A last byte
    /// that is not zero, as in the padding of SHA-2, tells them apart. (It also keeps the library from getting an empty one, which it does not take.)
    private func derive(_ password: String, _ salt: [UInt8], _ cost: Cost) throws -> [UInt8] {
        defer { computed() }
        return try KDF.Scrypt.deriveKey(
            from: Array(password.utf8) + [0x80], salt: salt, outputByteCount: Self.hashBytes, rounds: 1 << cost.logN, blockSize: cost.r,
            parallelism: cost.p
        ).withUnsafeBytes { Array($0) }
    }
}

/// The text that is stored, in the manner of the PHC string format.
private struct StoredHash {
    let cost: PasswordHasher.Cost
    let salt: [UInt8]
    let hash: [UInt8]

    init(cost: PasswordHasher.Cost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    var text: String {
        "$scrypt$ln=\(cost.logN),r=\(cost.r),p=\(cost.p)$\(Data(salt).base64EncodedString())$\(Data(hash).base64EncodedString())"
    }

    /// - Returns: nil for whatever `text` could not have made, parameters out of range included.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt", let cost = Self.cost(parts[2]),
            let salt = Data(base64Encoded: String(parts[3])), let hash = Data(base64Encoded: String(parts[4])), salt.count >= 8,
            hash.count == 32
        else { return nil }
        self.init(cost: cost, salt: [UInt8](salt), hash: [UInt8](hash))
    }

    private static func cost(_ text: Substring) -> PasswordHasher.Cost? {
        let fields = text.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1) }
        guard fields.count == 3, fields.map(\.first) == ["ln", "r", "p"], fields.allSatisfy({ $0.count == 2 }),
            let logN = Int(fields[0][1]), let r = Int(fields[1][1]), let p = Int(fields[2][1])
        else { return nil }
        let cost = PasswordHasher.Cost(logN: logN, r: r, p: p)
        return cost.logN == logN && cost.r == r && cost.p == p ? cost : nil
    }
}
