import Foundation
import Notation
package import Storage

/// Who a customer is, as their company says by a signed token: a JSON Web Token (RFC 7519) as a compact JWS (RFC 7515), read as RFC 8725 advises.
///
/// It is read in this order, so that nothing of what it claims is looked at before it is known who wrote it: its size, its three parts, the header's algorithm
/// (which must be the key's), the signature, the claims.
package struct IdentityToken: Hashable, Sendable {
    /// The company's own id for the customer.
    package let subject: String
    /// What the company calls them.
    package let name: String?
    /// Where the company writes to them.
    package let email: String?

    /// Bytes of a token.
    package static let largestBytes = 4 << 10
    /// Unicode scalars of a claim.
    package static let longestClaim = 200
    /// How far ahead a token may expire, and how long ago it may have been made: 24 hours, in milliseconds. It is made for a page that is loaded, so minutes
    /// will do; whoever finds an old one in a log must not be that customer.
    package static let lifeMilliseconds: Int64 = 24 * 3_600_000
    /// How much clocks may differ: 60 seconds, in milliseconds.
    package static let leewayMilliseconds: Int64 = 60_000

    /// Reads and checks one.
    /// - Parameters:
    ///   - audience: for whom it must have been made. Where a token names nobody, it is refused only if `mustNameAudience`.
    /// - Throws: `IdentityFault`.
    package init(
        _ text: String, key: IdentityKey, audience: String, mustNameAudience: Bool, now: Timestamp
    ) throws(IdentityFault) {
        guard text.utf8.count <= Self.largestBytes else { throw .tooLarge }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        guard parts.count == 3, let header = Self.object(parts[0]), let signature = Base64URL.bytes(parts[2]) else { throw .notAToken }
        try Self.check(header: header, key)
        guard key.signed(parts[0] + [UInt8(ascii: ".")] + parts[1], signature) else { throw .badSignature }
        guard let claims = Self.object(parts[1]) else { throw .notAToken }
        try Self.checkTimes(claims, now)
        try Self.checkAudience(claims, audience, mustBeNamed: mustNameAudience)
        guard let subject = try Self.line("sub", claims) else { throw .missing("sub") }
        self.subject = subject
        name = try Self.line("name", claims)
        email = try Self.line("email", claims)
    }

    private static func check(header: JSON, _ key: IdentityKey) throws(IdentityFault) {
        guard header["alg"]?.text == key.algorithm.rawValue else { throw .wrongAlgorithm(needed: key.algorithm) }
        if let type = header["typ"] { guard type.text?.uppercased() == "JWT" else { throw .notAToken } }
        // Extensions that must be understood are not (RFC 7515, section 4.1.11). Keys that a header brings along are never looked at.
        guard header["crit"] == nil else { throw .notAToken }
    }

    private static func checkTimes(_ claims: JSON, _ now: Timestamp) throws(IdentityFault) {
        guard let expires = try moment("exp", claims) else { throw .missing("exp") }
        guard expires > now.milliseconds - leewayMilliseconds else { throw .expired }
        guard expires <= now.milliseconds + lifeMilliseconds + leewayMilliseconds else { throw .expiresTooLate }
        if let begins = try moment("nbf", claims), begins > now.milliseconds + leewayMilliseconds { throw .notYet }
        if let made = try moment("iat", claims) {
            guard made <= now.milliseconds + leewayMilliseconds else { throw .notYet }
            guard made >= now.milliseconds - lifeMilliseconds - leewayMilliseconds else { throw .tooOld }
        }
    }

    private static func checkAudience(_ claims: JSON, _ audience: String, mustBeNamed: Bool) throws(IdentityFault) {
        guard let named = claims["aud"] else {
            if mustBeNamed { throw .missing("aud") }
            return
        }
        let all = named.items?.map(\.text) ?? [named.text]
        guard all.contains(audience) else { throw .otherAudience }
    }

    /// A claim of one line; nil where it is absent or blank.
    private static func line(_ name: String, _ claims: JSON) throws(IdentityFault) -> String? {
        guard let claim = claims[name] else { return nil }
        guard let text = claim.text, text.unicodeScalars.count <= longestClaim,
            text.unicodeScalars.allSatisfy({ ![.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory) })
        else { throw .badClaim(name) }
        let isBlank = text.unicodeScalars.allSatisfy { $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint }
        return isBlank ? nil : text
    }

    /// A moment in seconds since 1970, perhaps with a fraction, as milliseconds; nil where it is absent.
    private static func moment(_ name: String, _ claims: JSON) throws(IdentityFault) -> Int64? {
        guard let claim = claims[name] else { return nil }
        guard case .number(let digits) = claim, let seconds = Double(digits), (0...253_402_300_799).contains(seconds) else {
            throw .badClaim(name)
        }
        return Int64(seconds * 1000)
    }

    /// A JSON object that names no key twice.
    private static func object(_ part: [UInt8]) -> JSON? {
        // What is no JSON is no token; where it stops being one helps nobody.
        guard let bytes = Base64URL.bytes(part), let value = try? JSONReader.read(bytes), let members = value.members,
            Set(members.map(\.key)).count == members.count
        else { return nil }
        return value
    }
}

/// Why a token does not say who somebody is.
package enum IdentityFault: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge
    case notAToken
    case wrongAlgorithm(needed: IdentityKey.Algorithm)
    case badSignature
    case missing(String)
    case badClaim(String)
    case expired
    case expiresTooLate
    case notYet
    case tooOld
    case otherAudience

    /// For the developer of the company's site.
    package var description: String {
        switch self {
        case .tooLarge: "The identity token is larger than \(IdentityToken.largestBytes) bytes. Leave out what is not asked for."
        case .notAToken: "The identity token cannot be read. Send a JSON Web Token in its compact form: header.claims.signature."
        case .wrongAlgorithm(let needed): "The identity token is not signed with \(needed.rawValue), which this site's setting asks for."
        case .badSignature:
            "The identity token's signature is wrong. Check that it is made with this site's key, and not changed on its way."
        case .missing(let claim): "The identity token has no '\(claim)', which is required."
        case .badClaim(let claim):
            "The identity token's '\(claim)' cannot be used. Write texts of at most 200 characters, times as seconds since 1970."
        case .expired: "The identity token has expired. Make a new one for each page."
        case .expiresTooLate: "The identity token expires in more than 24 hours. Minutes will do: it is made for a page that is loaded."
        case .notYet: "The identity token is not valid yet. Check the clock of the machine that made it."
        case .tooOld: "The identity token was made more than 24 hours ago. Make a new one for each page."
        case .otherAudience: "The identity token was made for another site. Its 'aud' must name this one."
        }
    }
}

/// Base 64 with the alphabet for addresses and without padding (RFC 4648, section 5), read strictly: one text for the same bytes.
enum Base64URL {
    /// - Returns: nil for what is no such text.
    static func bytes(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        var (bits, count): (UInt32, Int) = (0, 0)
        for byte in text {
            guard let value = value(byte) else { return nil }
            bits = (bits << 6 | UInt32(value)) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> UInt32(count) & 0xFF))
            }
        }
        // What is left over must be zero.
        return bits & ((1 << UInt32(count)) - 1) == 0 ? bytes : nil
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
