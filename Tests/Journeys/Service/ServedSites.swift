import Access
import Crypto
import Foundation
import Storage
import Support
import Testing
import Web

/// The sites of the served world, and the tokens that Quayside's own server would sign.
enum ServedSites {
    static let form = LeadForm(
        moment: .afterHandoff,
        fields: [
            .init(name: "name"), .init(name: "email", isRequired: true),
            .init(name: "account", label: "Which account?", kind: .choice(["Personal", "Business"])), .init(name: "city", label: "City"),
        ], consent: .init(text: "Quayside may write to me.", link: "https://www.quayside.example/privacy"))

    static let quayside = Site(
        key: "site-quayside", name: "Help centre", assistant: "help", origins: ["https://www.quayside.example"], greeting: "Hello.",
        leadForm: form, identity: IdentityKey(secret: secret).map { SiteIdentity(key: $0, audience: nil) })

    static let harbour = Site(
        key: "site-harbour", name: "Harbour", assistant: "help", origins: [], greeting: "Ahoy.", asksForSatisfaction: false,
        takesAttachments: false)

    private static let secret = Array("Quayside's server and Baton share this".utf8)

    /// A token as a few lines of any language make it.
    static func token(_ subject: String, at now: Int64, name: String? = "Ines Duarte", more: String = "", secret: [UInt8] = secret)
        -> String
    {
        let name = name.map { #","name":"\#($0)""# } ?? ""
        let message =
            text(#"{"alg":"HS256","typ":"JWT"}"#.utf8) + "."
            + text(#"{"sub":"\#(subject)"\#(name),"exp":\#(now / 1000 + 300)\#(more)}"#.utf8)
        return message + "." + text(HMAC<SHA256>.authenticationCode(for: Data(message.utf8), using: SymmetricKey(data: secret)))
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
