import Access
import Assistant
import Foundation
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// The smaller forms of the chat page, in a browser without scripts.
@Suite struct ChatFormTests {
    private static let chat = "/chat/site-quayside"
    private static let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Array(repeating: 7, count: 200)

    private static func ask(_ browser: Browser, _ served: Served) async throws -> Browser.Page {
        _ = try await browser.send(browser.load(chat).form(chat), ["text": "How long does a bank withdrawal take?"])
        await served.world.desk.finish()
        return try await browser.load(chat)
    }

    @Test func `the form comes with the handover, can be put aside, and names what is missing`() async throws {
        try await Served.run { served in
            let browser = Browser(served)
            let answered = try await Self.ask(browser, served)
            #expect(!answered.hasForm("\(Self.chat)/details"))
            let waiting = try await browser.send(answered.form("\(Self.chat)/handoff"))
            #expect(waiting.html.contains("Which account?") && waiting.html.contains("Quayside may write to me."))
            let form = try waiting.form("\(Self.chat)/details")
            let missing = try await browser.send(form, ["name": "Ines", "email": ""], without: ["consent", "skip"])
            #expect(missing.status == 422 && missing.html.contains("Please fill in"), "\(missing.html)")
            let reserved = try await browser.send(
                form, ["name": "Quayside Support", "email": "a@b.example"], without: ["consent", "skip"])
            #expect(reserved.status == 422 && reserved.html.contains("company&#39;s own"))
            let kept = try await browser.send(
                form, ["name": "Ines", "email": "ines@example.com", "field.account": "Personal", "field.city": ""])
            #expect(kept.status == 200 && !kept.hasForm("\(Self.chat)/details"))
            let rows = try await served.send("GET", "/v1/conversations?queue=needs_person", as: served.key).json["data"]?.items
            let id = try #require(rows?.first?["id"]?.text)
            let shown = try await served.send("GET", "/v1/conversations/\(id)", as: served.key).json
            #expect(shown["details"]?["account"]?.text == "Personal" && shown["consents"]?.items?.count == 1)
            let mara = try await served.browser(of: mara, .teammate)
            #expect(try await mara.load("/inbox/\(id)?queue=assistant").html.contains("Quayside may write to me."))
        }
    }

    @Test func `a form that was put aside does not come back`() async throws {
        try await Served.run { served in
            let browser = Browser(served)
            let waiting = try await browser.send(Self.ask(browser, served).form("\(Self.chat)/handoff"))
            let skipped = try await browser.send(waiting.form("\(Self.chat)/details"), ["skip": "yes"])
            #expect(skipped.status == 200 && !skipped.hasForm("\(Self.chat)/details"))
        }
    }

    @Test func `how it went is asked after an answer, kept, and may be changed`() async throws {
        try await Served.run { served in
            let browser = Browser(served)
            let empty = try await browser.load(Self.chat)
            #expect(!empty.hasForm("\(Self.chat)/satisfaction"))
            let answered = try await Self.ask(browser, served)
            let form = try answered.form("\(Self.chat)/satisfaction")
            let none = try await browser.send(form, ["comment": "x"], without: ["score"])
            #expect(none.status == 422 && none.html.contains("Choose how it went first."))
            let said = try await browser.send(form, ["score": "4", "comment": "<b>Fine</b>"], without: ["score"])
            #expect(said.status == 200 && said.html.contains("value=\"4\" required checked") && said.html.contains("&lt;b&gt;Fine"))
            // Somebody without a conversation has nothing to say.
            let stranger = try await Browser(served).send(form, ["score": "1"], without: ["score"])
            #expect(stranger.path == Self.chat)
        }
    }

    @Test func `a signed-in customer sees their conversation on another device`() async throws {
        try await Served.run { served in
            let (phone, laptop) = (Browser(served), Browser(served))
            func form() -> Browser.Form { .init(action: "\(Self.chat)/identity", fields: []) }
            let token = ServedSites.token("u-17", at: served.world.clock.now)
            let empty = try await phone.send(form(), ["token": token])
            #expect(empty.status == 200 && empty.path == Self.chat, "\(empty.html)")
            _ = try await phone.send(empty.form("\(Self.chat)/messages"), ["text": "How long does a bank withdrawal take?"])
            await served.world.desk.finish()
            let there = try await laptop.send(form(), ["token": ServedSites.token("u-17", at: served.world.clock.now)])
            #expect(there.html.contains("How long does a bank withdrawal take?"))
            let refused = try await Browser(served).send(form(), ["token": token + "x"])
            #expect(refused.status == 401 && refused.html.contains("identity token"))
            let nothing = try await Browser(served).send(form(), ["token": ""])
            #expect(nothing.status == 422)
        }
    }

    /// Sends a form with a file, as a browser would.
    private static func file(
        _ bytes: [UInt8], _ name: String, text: String? = nil, key: String = "file-key-1", cookie: String?, _ served: Served,
        site: String = chat
    ) async throws -> Served.Answer {
        var body = Array("--bound\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n\(key)\r\n".utf8)
        if let text { body += Array("--bound\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\(text)\r\n".utf8) }
        body += Array(
            "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\nContent-Type: text/html\r\n\r\n".utf8)
        body += bytes + Array("\r\n--bound--\r\n".utf8)
        var headers = [("Content-Type", "multipart/form-data; boundary=bound"), ("Origin", served.base), ("Accept", "text/html")]
        if let cookie { headers.append(("Cookie", cookie)) }
        return try await served.send("POST", site + "/attachments", headers: headers, bytes: body)
    }

    private static func cookie(_ answer: Served.Answer) throws -> String {
        String(try #require(answer.headers.values("set-cookie").first).prefix { $0 != ";" })
    }

    @Test func `a file goes with a message, its link opens it for both sides, and no model is shown it`() async throws {
        try await Served.run { served in
            let sent = try await Self.file(Self.picture, "../Screen%22shot.png", text: "This is what I see", cookie: nil, served)
            #expect(sent.status == 303, "\(sent.text)")
            let cookie = try Self.cookie(sent)
            let again = try await Self.file(Self.picture, "../Screen%22shot.png", text: "This is what I see", cookie: cookie, served)
            #expect(again.status == 303)
            await served.world.desk.finish()
            let page = try await served.send("GET", Self.chat, headers: [("Cookie", cookie)]).text
            #expect(page.components(separatedBy: "<ul class=\"files\">").count == 2, "\(page)")
            let link = try #require(page.components(separatedBy: "href=\"/v1/attachment-links/").last?.components(separatedBy: "\"").first)
            let read = try await served.send("GET", "/v1/attachment-links/\(link)")
            #expect(read.status == 200 && read.body == Self.picture && read.headers["content-type"] == "image/png")
            #expect(
                read.headers["content-security-policy"]?.hasPrefix("sandbox") == true && read.headers["x-content-type-options"] == "nosniff"
            )
            for request in served.world.endpoint.requests {
                #expect(!String(decoding: request.body, as: UTF8.self).contains("shot.png"))
            }
        }
    }

    @Test func `without words a file is sent with a sentence, and what cannot be kept is said and keeps nothing`() async throws {
        try await Served.run { served in
            let fine = try await Self.file(Self.picture, "a.png", cookie: nil, served)
            let cookie = try Self.cookie(fine)
            let page = try await served.send("GET", Self.chat, headers: [("Cookie", cookie)]).text
            #expect(page.contains("I am sending you a file."))
            let program = try await Self.file([0x7F, 0x45, 0x4C, 0x46, 0, 1], "a.png", key: "file-key-2", cookie: cookie, served)
            #expect(program.status == 422 && program.text.contains("not kept"))
            let empty = try await Self.file([], "a.png", key: "file-key-3", cookie: cookie, served)
            #expect(empty.status == 422)
            let large = try await Self.file(Array(repeating: 65, count: 10_485_761), "a.txt", key: "file-key-4", cookie: cookie, served)
            #expect(large.status == 413 && large.text.contains("10 MiB"))
            let elsewhere = try await Self.file(Self.picture, "a.png", cookie: nil, served, site: "/chat/site-harbour")
            #expect(elsewhere.status == 422 && elsewhere.text.contains("No files are taken here"))
            let broken = try await served.send(
                "POST", Self.chat + "/attachments",
                headers: [("Content-Type", "multipart/form-data; boundary=bound"), ("Origin", served.base)],
                bytes: Array("--bound\r\n".utf8))
            #expect(broken.status == 400)
            let foreign = try await served.send(
                "POST", Self.chat + "/attachments",
                headers: [("Content-Type", "multipart/form-data; boundary=bound"), ("Origin", "https://evil.example"), ("Cookie", cookie)],
                bytes: Array("--bound--".utf8))
            #expect(foreign.status == 403)
        }
    }
}
