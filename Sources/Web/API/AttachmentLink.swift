import Access
import Foundation
import Inbox
import Storage

/// An address under which one caller can fetch one file without showing a credential, for an hour or two: for `<img>`, for a download in a new tab, and for the
/// chat page in a frame. It is signed, names the file and the credential it was made for, and holds no longer than that credential: whoever signs out, is suspended
/// or loses the conversation takes their links along. The credential itself is not in it.
///
/// The end is a full hour, so that all links of one page drawn within an hour are the same text and a live page finds nothing to exchange.
struct AttachmentLink: Sendable {
    /// Seconds that a link holds at the least; at the most twice as long.
    static let leastSeconds: Int64 = 3600

    /// The path.
    let address: String
    /// When it ends.
    let expiresAt: Timestamp

    /// - Returns: nil for a caller who showed no credential.
    init?(to attachment: AttachmentID, for caller: Caller, at now: Timestamp, _ secret: ServerSecret) {
        guard let credential = caller.credential else { return nil }
        let end = (now.milliseconds / 1000 / Self.leastSeconds + 2) * Self.leastSeconds
        let body = Array("\(end) \(attachment.text) \(credential)".utf8)
        let signature = secret.signature(of: body, for: Self.purpose).prefix(Self.signatureBytes)
        address = "/v1/attachment-links/" + Base64URL.text(signature + body)
        expiresAt = Timestamp(milliseconds: end * 1000)
    }

    /// What a link is for.
    struct Content: Sendable {
        let attachment: AttachmentID
        let credential: String
    }

    /// - Throws: `Problem`: 404 for what was not made here or was altered, 410 for what has ended.
    static func content(of text: String, at now: Timestamp, _ secret: ServerSecret) throws -> Content {
        guard text.utf8.count <= longestText, let bytes = Base64URL.bytes(text), bytes.count > signatureBytes else {
            throw Problem.notFound
        }
        let (given, body) = (bytes.prefix(signatureBytes), Array(bytes.dropFirst(signatureBytes)))
        let expected = secret.signature(of: body, for: purpose).prefix(signatureBytes)
        let parts = String(decoding: body, as: UTF8.self).split(separator: " ").map(String.init)
        guard ConstantTime.isSame(Array(given), Array(expected)), parts.count == 3, let end = Int64(parts[0]) else {
            throw Problem.notFound
        }
        guard now.milliseconds < end * 1000 else { throw Problem(.linkExpired, "The link has ended. Load the page or the message again.") }
        return Content(attachment: AttachmentID(parts[1]), credential: parts[2])
    }

    private static let purpose = "attachment links"
    private static let signatureBytes = 16
    /// Characters of a link's last part.
    private static let longestText = 400
}

extension Call {
    /// Makes links to files for whoever calls.
    var attachmentLinks: @Sendable (AttachmentID) -> AttachmentLink? {
        { [caller, now, secret = service.secret] in AttachmentLink(to: $0, for: caller, at: now, secret) }
    }
}

/// Bytes as text that stands in addresses as it is (RFC 4648, section 5, without padding).
enum Base64URL {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// - Returns: nil for what `text` would not have written.
    static func bytes(_ text: String) -> [UInt8]? {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        guard let data = Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)) else { return nil }
        let bytes = [UInt8](data)
        return Self.text(bytes) == text ? bytes : nil
    }
}
