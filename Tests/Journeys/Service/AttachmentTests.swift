import Access
import Assistant
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// Files that customers and teammates send, hostile ones among them.
@Suite struct AttachmentTests {
    private static let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Array(repeating: 7, count: 200)

    private static func upload(
        _ bytes: [UInt8], _ name: String, _ visitor: Served.Visitor, _ served: Served, type: String = "image/png", key: String? = nil,
        as credential: String? = nil, more: String = ""
    ) async throws -> Served.Answer {
        let escaped = name.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return try await served.send(
            "POST", visitor.path + "/attachments?name=\(escaped)\(more)", as: credential ?? visitor.token, key: key,
            headers: [("Content-Type", type)], bytes: bytes)
    }

    @Test func `a picture goes with a message, is seen by both sides, and stands in the handoff package`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let file = try await Self.upload(Self.picture, "Screen shot.png", visitor, served)
            #expect(file.status == 201, "\(file.text)")
            let id = try #require(file.json["id"]?.text)
            let message = JSON.of(("text", "This is what I see."), ("attachments", .array([.string(id)])))
            let said = try await served.send("POST", visitor.path + "/messages", message, as: visitor.token, key: "m")
            #expect(said.status == 202 && said.json["message"]?["attachments"]?.items?.first?["id"]?.text == id, "\(said.text)")
            _ = try await served.send("POST", visitor.path + "/handoff", as: visitor.token, key: "h")
            await served.world.desk.finish()
            let package = try await served.send("GET", visitor.path + "/handoff", as: served.key).json["package"]
            #expect(package?["attachments"]?.items?.first?["name"]?.text == "Screen shot.png")
            for credential in [visitor.token, served.key] {
                let read = try await served.send("GET", "/v1/attachments/\(id)", as: credential)
                #expect(read.status == 200 && read.body == Self.picture && read.headers["content-type"] == "image/png")
                #expect(read.headers["content-disposition"]?.hasPrefix("inline; filename=\"Screen shot.png\"") == true)
                #expect(read.headers["x-content-type-options"] == "nosniff")
                #expect(read.headers["content-security-policy"]?.hasPrefix("sandbox") == true)
            }
            // A file goes with one message, once.
            let again = try await served.send("POST", visitor.path + "/messages", message, as: visitor.token, key: "n")
            #expect(again.status == 422)
        }
    }

    @Test func `a file of another customer, of another workspace, of nobody, or a teammate's that was not sent looks like none`()
        async throws
    {
        try await Served.run { served in
            let (ines, tomas) = (try await served.open(), try await served.open())
            let harbour = try await served.open(at: "site-harbour")
            let id = try #require(try await Self.upload(Self.picture, "a.png", ines, served).json["id"]?.text)
            let draft = try await Self.upload(Self.picture, "b.png", ines, served, as: served.key, more: "&teammate=mara")
            let unsent = try #require(draft.json["id"]?.text)
            let none = AttachmentID.new(at: served.world.now).text
            var faces: Set<String> = []
            for (file, credential) in [
                (id, tomas.token), (id, harbour.token), (id, served.foreignKey), (none, ines.token), (none, served.key),
                (unsent, ines.token),
            ] {
                let answer = try await served.send("GET", "/v1/attachments/\(file)", as: credential)
                #expect(answer.status == 404)
                faces.insert(answer.face)
            }
            #expect(faces.count == 1)
            #expect(try await served.send("GET", "/v1/attachments/\(id)").status == 401)
            // Nor can it be put on a message elsewhere.
            let theft = try await served.send(
                "POST", tomas.path + "/messages", .of(("text", "Mine."), ("attachments", .array([.string(id)]))), as: tomas.token, key: "t")
            #expect(theft.status == 422)
            #expect(try await served.messages(tomas, as: tomas.token).isEmpty)
            let elsewhere = try await Self.upload(Self.picture, "a.png", ines, served, as: tomas.token)
            #expect(elsewhere.status == 404)
        }
    }

    @Test func `A3: a message's link opens its file without a credential, until it ends or is altered, and dies with the credential`()
        async throws
    {
        try await Served.run { served in
            let (ines, tomas) = (try await served.open(), try await served.open())
            let id = try #require(try await Self.upload(Self.picture, "a.png", ines, served).json["id"]?.text)
            let other = try #require(try await Self.upload(Self.picture, "b.png", ines, served).json["id"]?.text)
            func say(_ text: String, _ file: String) async throws {
                let words = JSON.of(("text", .string(text)), ("attachments", .array([.string(file)])))
                #expect(try await served.send("POST", ines.path + "/messages", words, as: ines.token, key: file).status == 202)
            }
            try await say("See.", id)
            try await say("And this.", other)
            await served.world.desk.finish()
            func link(_ visitor: Served.Visitor, as credential: String) async throws -> String {
                let messages = try await served.send("GET", visitor.path + "/messages", as: credential)
                let file = messages.json["data"]?.items?.first?["attachments"]?.items?.first
                #expect(file?["link_expires_at"] != nil && file?["href"]?.text == "/v1/attachments/\(id)")
                return try #require(file?["link"]?.text, "\(messages.text)")
            }
            let links = [try await link(ines, as: ines.token), try await link(ines, as: served.key)]
            #expect(links[0] != links[1])
            for link in links {
                let read = try await served.send("GET", link)
                #expect(read.status == 200 && read.body == Self.picture)
                #expect(read.headers["content-security-policy"]?.hasPrefix("sandbox") == true)
                #expect(read.headers["cache-control"] == "no-store")
            }
            // Nothing of it can be changed: not one character, not the file, not the end, not the credential.
            let text = Array(links[0].utf8)
            let prefix = "/v1/attachment-links/".utf8.count
            for position in stride(from: prefix, to: text.count, by: 3) {
                var altered = text
                altered[position] = altered[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                let answer = try await served.send("GET", String(decoding: altered, as: UTF8.self))
                #expect(answer.status == 404, "altered at \(position)")
            }
            for made in ["", "AAAA", String(repeating: "A", count: 120), String(links[0].dropFirst(prefix).dropLast(4)), id] {
                #expect(try await served.send("GET", "/v1/attachment-links/\(made)").status == 404)
            }
            // A link is made for the files of messages that the caller may read, so another customer gets none.
            #expect(try await served.send("GET", ines.path + "/messages", as: tomas.token).status == 404)

            served.world.clock.advance(seconds: Int64(AttachmentLink.leastSeconds))
            #expect(try await served.send("GET", links[0]).status == 200)
            served.world.clock.advance(seconds: Int64(AttachmentLink.leastSeconds))
            let late = try await served.send("GET", links[0])
            #expect(late.status == 410 && late.code == "link_expired")
            #expect(try await served.send("GET", "/v1/attachments/\(id)", as: ines.token).status == 200, "the credential is still good")

            // Who is shut out takes the links along.
            let (fresh, staff) = (try await link(ines, as: ines.token), try await link(ines, as: served.key))
            #expect(try await served.send("GET", fresh).status == 200)
            let conversation = String(ines.path.split(separator: "/").last ?? "")
            let access = served.access
            try await served.world.store.write {
                _ = try access.revokeCustomerTokens(ofConversation: conversation, of: quayside, by: .console(of: quayside), in: $0)
            }
            #expect(try await served.send("GET", fresh).status == 404)
            #expect(try await served.send("GET", staff).status == 200)
        }
    }

    @Test func `what a file is, its bytes say; what a browser could run is served as text to be saved`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let page = Array("<script>alert(1)</script><svg onload=alert(1)>".utf8)
            let html = try await Self.upload(page, "../../etc/evil.html", visitor, served, type: "text/html")
            #expect(html.status == 201 && html.json["media_type"]?.text == "text/plain" && html.json["name"]?.text == "evil.html.txt")
            let read = try await served.send("GET", html.json["href"]?.text ?? "", as: visitor.token)
            #expect(read.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(read.headers["content-disposition"]?.hasPrefix("attachment;") == true)
            let program = try await Self.upload([0x7F, 0x45, 0x4C, 0x46, 0, 1, 2], "picture.png", visitor, served)
            #expect(program.status == 422, "\(program.text)")
            #expect(try await Self.upload([0x50, 0x4B, 3, 4, 0, 0], "a.zip", visitor, served).status == 422)
            #expect(try await Self.upload([], "empty.txt", visitor, served).status == 422)
            let large = try await Self.upload([UInt8](repeating: 65, count: 10_485_761), "large.txt", visitor, served)
            #expect(large.status == 413)
        }
    }

    @Test(arguments: [
        ("..\\..\\boot.ini", "boot.ini.png"), ("C:\\x\\y.png", "y.png"), ("/etc/passwd", "passwd.png"), ("...", "file.png"),
        ("a\u{202E}gnp.exe", "agnp.exe.png"),
        ("\"; filename=\"x.exe", "; filename=x.exe.png"), ("caf\u{65}\u{301}.PNG", "caf\u{65}\u{301}.PNG"), (" .png ", "png.png"),
    ])
    func `a hostile name leads nowhere`(given: String, kept: String) async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let file = try await Self.upload(Self.picture, given, visitor, served)
            #expect(file.status == 201 && file.json["name"]?.text == kept, "\(file.text)")
            let read = try await served.send("GET", file.json["href"]?.text ?? "", as: visitor.token)
            #expect(read.status == 200)
            #expect(read.headers["content-disposition"]?.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } == true)
        }
    }

    @Test func `a conversation takes twenty files, and the same upload again is the same file`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let first = try await Self.upload(Self.picture, "a.png", visitor, served, key: "k")
            let again = try await Self.upload(Self.picture, "a.png", visitor, served, key: "k")
            #expect(first.status == 201 && again.body == first.body)
            #expect(try await Self.upload(Self.picture + [1], "a.png", visitor, served, key: "k").status == 422)
            for number in 1..<20 { #expect(try await Self.upload(Self.picture, "\(number).png", visitor, served).status == 201) }
            #expect(try await Self.upload(Self.picture, "more.png", visitor, served).status == 422)
        }
    }
}

extension Served.Answer {
    /// A problem without what names the request.
    var face: String {
        let members = (json.members ?? []).filter { $0.key != "instance" && $0.key != "request_id" }
        return "\(status) " + String(decoding: JSON.object(members).bytes, as: UTF8.self)
    }
}
