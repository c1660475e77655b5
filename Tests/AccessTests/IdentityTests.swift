import Crypto
import Foundation
import Storage
import Support
import Testing

@testable import Access

/// Tokens by which a company says who its customers are: real ones, and everything that only looks like one.
struct IdentityTests {
    private static let now = Timestamp(milliseconds: 1_796_040_000_000)
    private static let seconds = now.milliseconds / 1000
    private static let secret = Array("a shared secret of forty bytes, or so it is".utf8)
    private static let pair = P256.Signing.PrivateKey()

    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// A token with that header and those claims, signed with the secret, or with the pair.
    static func token(
        _ claims: String, header: String = #"{"alg":"HS256","typ":"JWT"}"#, secret: [UInt8] = IdentityTests.secret, isPair: Bool = false
    ) throws -> String {
        let message = text(header.utf8) + "." + text(claims.utf8)
        if isPair { return message + "." + text(try pair.signature(for: Data(message.utf8)).rawRepresentation) }
        return message + "." + text(HMAC<SHA256>.authenticationCode(for: Data(message.utf8), using: SymmetricKey(data: secret)))
    }

    private static func claims(_ more: String = "", exp: Int64 = seconds + 300) -> String {
        #"{"sub":"u-17","name":"Ines Duarte","email":"ines@example.com","exp":"# + "\(exp)\(more)}"
    }

    private func read(_ token: String, audience: String = "site", mustName: Bool = false) throws(IdentityFault) -> IdentityToken {
        guard let key = IdentityKey(secret: Self.secret) else { throw .badSignature }
        return try IdentityToken(token, key: key, audience: audience, mustNameAudience: mustName, now: Self.now)
    }

    @Test func `a token with the site's secret says who the customer is`() throws {
        let token = try read(Self.token(Self.claims()))
        #expect(token.subject == "u-17" && token.name == "Ines Duarte" && token.email == "ines@example.com")
        let bare = try read(Self.token(#"{"sub":"u-17","exp":\#(Self.seconds + 1),"name":null,"email":" ","more":[1,{"a":2}]}"#))
        #expect(bare.name == nil && bare.email == nil)
    }

    @Test func `a token with the private half of the site's key does, too, and one of another pair does not`() throws {
        let key = try #require(IdentityKey(publicKey: Self.pair.publicKey.pemRepresentation))
        let header = #"{"alg":"ES256"}"#
        let token = try Self.token(Self.claims(), header: header, isPair: true)
        let read = try IdentityToken(token, key: key, audience: "site", mustNameAudience: false, now: Self.now)
        #expect(read.subject == "u-17")
        let other = try #require(IdentityKey(publicKey: P256.Signing.PrivateKey().publicKey.pemRepresentation))
        #expect(throws: IdentityFault.badSignature) {
            try IdentityToken(token, key: other, audience: "site", mustNameAudience: false, now: Self.now)
        }
        // The classic: an HMAC with the public key as its secret.
        let confused = try Self.token(Self.claims(), secret: Array(Self.pair.publicKey.pemRepresentation.utf8))
        #expect(throws: IdentityFault.wrongAlgorithm(needed: .es256)) {
            try IdentityToken(confused, key: key, audience: "site", mustNameAudience: false, now: Self.now)
        }
        let der = try Self.pair.signature(for: Data(token.split(separator: ".").prefix(2).joined(separator: ".").utf8)).derRepresentation
        let asn = token.split(separator: ".").prefix(2).joined(separator: ".") + "." + Self.text(der)
        #expect(throws: IdentityFault.badSignature) {
            try IdentityToken(asn, key: key, audience: "site", mustNameAudience: false, now: Self.now)
        }
    }

    @Test(arguments: [
        #"{"alg":"none"}"#, #"{"alg":"None","typ":"JWT"}"#, #"{"alg":"HS512"}"#, #"{"alg":"ES256"}"#, #"{"alg":"hs256"}"#,
        #"{"typ":"JWT"}"#,
        #"{"alg":["HS256"]}"#, #"{"alg":null}"#,
    ])
    func `an algorithm that the site did not choose is refused, none first of all`(header: String) throws {
        let token = try Self.token(Self.claims(), header: header)
        #expect(throws: IdentityFault.wrongAlgorithm(needed: .hs256)) { try read(token) }
        let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(throws: IdentityFault.wrongAlgorithm(needed: .hs256)) { try read(unsigned) }
    }

    @Test func `a token that was changed, or signed with another secret, is refused`() throws {
        let good = try Self.token(Self.claims())
        let parts = good.split(separator: ".").map(String.init)
        let other = Self.text(Self.claims().replacing("u-17", with: "u-18").utf8)
        #expect(throws: IdentityFault.badSignature) { try read("\(parts[0]).\(other).\(parts[2])") }
        #expect(throws: IdentityFault.badSignature) {
            try read(Self.token(Self.claims(), secret: Array("another secret, which is long enough".utf8)))
        }
        #expect(throws: IdentityFault.badSignature) { try read("\(parts[0]).\(parts[1]).") }
        #expect(throws: IdentityFault.badSignature) { try read("\(parts[0]).\(parts[1]).\(parts[2].prefix(20))") }
    }

    @Test func `exp is required, and neither past nor more than a day ahead`() throws {
        func fault(_ claims: String) throws -> IdentityFault? {
            do { _ = try read(Self.token(claims)) } catch let fault as IdentityFault { return fault }
            return nil
        }
        #expect(try fault(#"{"sub":"u"}"#) == .missing("exp"))
        #expect(try fault(#"{"sub":"u","exp":null}"#) == .missing("exp"))
        #expect(try fault(Self.claims(exp: Self.seconds - 60)) == .expired)
        #expect(try fault(Self.claims(exp: Self.seconds - 59)) == nil)
        #expect(try fault(Self.claims(exp: Self.seconds + 86_400 + 60)) == nil)
        #expect(try fault(Self.claims(exp: Self.seconds + 86_400 + 61)) == .expiresTooLate)
        for wrong in [#""1796040300""#, "-1", "1e40", "true", "[1796040300]"] {
            #expect(try fault(#"{"sub":"u","exp":\#(wrong)}"#) == .badClaim("exp"), "\(wrong)")
        }
        #expect(try fault(#"{"sub":"u","exp":\#(Self.seconds + 5).5}"#) == nil)
    }

    @Test func `iat and nbf are held to, with a minute between clocks`() throws {
        func fault(_ more: String) throws -> IdentityFault? {
            do { _ = try read(Self.token(Self.claims(more))) } catch let fault as IdentityFault { return fault }
            return nil
        }
        #expect(try fault(#","iat":\#(Self.seconds + 60),"nbf":\#(Self.seconds + 60)"#) == nil)
        #expect(try fault(#","iat":\#(Self.seconds + 61)"#) == .notYet)
        #expect(try fault(#","nbf":\#(Self.seconds + 61)"#) == .notYet)
        #expect(try fault(#","iat":\#(Self.seconds - 86_400 - 60)"#) == nil)
        #expect(try fault(#","iat":\#(Self.seconds - 86_400 - 61)"#) == .tooOld)
    }

    @Test func `a token for another site is refused, and one for nobody where somebody must be named`() throws {
        let other = try Self.token(Self.claims(#","aud":"other""#))
        #expect(throws: IdentityFault.otherAudience) { try read(other) }
        #expect(throws: IdentityFault.otherAudience) { try read(Self.token(Self.claims(#","aud":["a",1]"#))) }
        #expect(throws: IdentityFault.missing("aud")) { try read(Self.token(Self.claims()), mustName: true) }
        #expect(try read(Self.token(Self.claims(#","aud":["a","site"]"#)), mustName: true).subject == "u-17")
    }

    @Test func `sub is required, and no claim may be anything but a short line`() throws {
        func fault(_ claims: String) throws -> IdentityFault? {
            do { _ = try read(Self.token(claims)) } catch let fault as IdentityFault { return fault }
            return nil
        }
        let exp = #""exp":\#(Self.seconds + 300)"#
        #expect(try fault("{\(exp)}") == .missing("sub"))
        #expect(try fault(#"{"sub":" ",\#(exp)}"#) == .missing("sub"))
        #expect(try fault(#"{"sub":17,\#(exp)}"#) == .badClaim("sub"))
        #expect(try fault(#"{"sub":"a\nb",\#(exp)}"#) == .badClaim("sub"))
        #expect(try fault(#"{"sub":"u","name":"\#(String(repeating: "x", count: 201))",\#(exp)}"#) == .badClaim("name"))
        #expect(try fault(#"{"sub":"u","email":{},\#(exp)}"#) == .badClaim("email"))
        #expect(try fault(#"{"sub":"u","sub":"v",\#(exp)}"#) == .notAToken)
    }

    @Test func `what is no token at all is refused before anything is computed`() throws {
        let good = try Self.token(Self.claims())
        for text in ["", ".", "..", "a.b", "a.b.c", good + ".", " " + good, good + "=", good.replacing(".", with: ","), "e30.e30.e3"] {
            #expect(throws: IdentityFault.self, "\(text)") { try read(text) }
        }
        #expect(throws: IdentityFault.notAToken) {
            try read(Self.token(Self.claims(), header: #"{"alg":"HS256","crit":["b64"],"b64":false}"#))
        }
        #expect(throws: IdentityFault.notAToken) { try read(Self.token(Self.claims(), header: #"{"alg":"HS256","typ":"JWE"}"#)) }
        #expect(throws: IdentityFault.tooLarge) { try read(Self.token(Self.claims(#","x":"\#(String(repeating: "x", count: 4096))""#))) }
    }

    @Test func `a secret that is short, and a key that is none, are refused when they are set`() {
        #expect(IdentityKey(secret: Array(repeating: 1, count: 31)) == nil && IdentityKey(secret: Array(repeating: 1, count: 32)) != nil)
        #expect(IdentityKey(publicKey: "") == nil && IdentityKey(publicKey: Self.pair.pemRepresentation) == nil)
        #expect("\(IdentityKey(secret: Self.secret).map { "\($0)" } ?? "")" == "HS256 key")
    }

    @Test func `of all the texts near a token only the token is one`() throws {
        let good = try Self.token(Self.claims())
        let inputs = Fuzzer([good, good.replacing(".", with: ".."), "eyJhbGciOiJub25lIn0.e30."]).inputs(share: 2)
        for input in inputs {
            let text = String(decoding: input, as: UTF8.self)
            do {
                let token = try read(text)
                #expect(text == good && token.subject == "u-17", "\(text)")
            } catch { #expect(text != good) }
        }
    }

    @Test func `base 64 is read in one way only`() {
        #expect(Base64URL.bytes(Array("".utf8)) == [] && Base64URL.bytes(Array("_-8".utf8)) == [255, 239])
        for text in ["A", "AB=", "AB+C", "AB/C", "AR", "AAB", "A A"] { #expect(Base64URL.bytes(Array(text.utf8)) == nil, "\(text)") }
    }
}
