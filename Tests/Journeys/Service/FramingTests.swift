import Access
import Assistant
import Foundation
import HTTPTypes
import Inbox
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// What stands in a frame on another site's page: the chat of the sites that are configured, and nothing else.
@Suite struct FramingTests {
    private static let site = "https://www.quayside.example"
    private static let page = ("Accept", "text/html")

    @Test func `B9: no answer may be framed but those of a site's chat, which its own pages may frame`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let session = try await callers.session(.owner)
            let places = ["conversation": callers.conversation.id.text, "site": "site-quayside", "teammate": "mara", "collection": "help"]
            for route in Routes.all where route.method == .get {
                for headers in [[Self.page], Callers.headers(session, served) + [Self.page]] {
                    // A stream has no end; its head is all that is asked here.
                    let method = route.answers.contains { $0.type == "text/event-stream" } ? "HEAD" : "GET"
                    let answer = try await served.send(method, Callers.path(route, places), headers: headers)
                    let isChat = route.path.text.hasPrefix("/chat/")
                    let wanted = isChat ? "frame-ancestors 'self' \(Self.site)" : "frame-ancestors 'none'"
                    #expect(Self.ancestors(of: answer) == wanted, "\(route.path.text)")
                    #expect(answer.headers["x-frame-options"] == (isChat ? nil : "DENY"), "\(route.path.text)")
                }
            }
            for path in ["/chat/no-such-site", "/nothing", "/inbox/nothing"] {
                let answer = try await served.send("GET", path, headers: [Self.page])
                #expect(Self.ancestors(of: answer) == "frame-ancestors 'none'" && answer.headers["x-frame-options"] == "DENY", "\(path)")
            }
            // A site that names no origin is framed by this service's own pages alone.
            let harbour = try await served.send("GET", "/chat/site-harbour")
            #expect(Self.ancestors(of: harbour) == "frame-ancestors 'self'" && harbour.headers["x-frame-options"] == "SAMEORIGIN")
        }
    }

    @Test func `B9: a problem inside of the frame can be read there`() async throws {
        try await Served.run { served in
            let refused = try await Self.send("Hello", served, [("Origin", "https://evil.example")])
            #expect(refused.status == 403 && Self.ancestors(of: refused) == "frame-ancestors 'self' \(Self.site)")
        }
    }

    @Test func `the customer's cookie lives in a frame of another site where there is https; the teammate's never does`() async throws {
        try await Served.run(publicURL: "https://support.quayside.example") { served in
            let said = try await Self.send("Hello", served, [("Origin", "https://support.quayside.example")])
            let cookie = try #require(said.headers["set-cookie"])
            #expect(said.status == 303 && cookie.hasPrefix("__Host-baton-chat=batv_"))
            #expect(cookie.contains("; Path=/; HttpOnly; SameSite=None; Secure; Partitioned; Max-Age="))
            let service = served.service
            #expect(service.cookie(service.sessionCookie, "x", seconds: nil) == "__Host-baton=x; Path=/; HttpOnly; SameSite=Lax; Secure")
            #expect(service.cookie(service.deviceCookie, "x", seconds: 1).contains("; SameSite=Lax; Secure; Max-Age=1"))
        }
        try await Served.run { served in
            let cookie = try #require(try await Self.send("Hello", served, [("Origin", served.base)]).headers["set-cookie"])
            #expect(cookie.hasPrefix("baton-chat=batv_") && cookie.contains("; SameSite=Lax; Max-Age=") && !cookie.contains("Secure"))
        }
    }

    @Test func `B8: another site's page cannot use the customer's cookie, though the browser sends it along`() async throws {
        try await Served.run(publicURL: "https://support.quayside.example") { served in
            let own = ("Origin", "https://support.quayside.example")
            let said = try await Self.send("Hello", served, [own])
            let pair = try #require(said.headers["set-cookie"]?.split(separator: ";").first.map(String.init))
            let cookie = ("Cookie", pair)
            _ = try await served.world.desk.outcome(in: served.onlyConversation())
            let before = try DatabasePicture.of(served.world)
            for attack in [
                [], [("Origin", "https://evil.example")], [("Origin", Self.site)], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
                [own, ("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")],
            ] {
                for route in Routes.all where route.method != .get && route.group == .chat {
                    let path = Callers.path(route, ["site": "site-quayside"])
                    let type = ("Content-Type", route.sampleBody?.type ?? "application/x-www-form-urlencoded")
                    let body = route.sampleBody?.bytes ?? Array("text=Stolen".utf8)
                    let answer = try await served.send(
                        route.method.rawValue, path, headers: attack + [cookie, type, Self.page], bytes: body)
                    #expect(answer.status == 403, "\(route.path.text) \(attack): \(answer.status)")
                }
            }
            let after = try DatabasePicture.of(served.world)
            for (table, rows) in after { #expect(before[table] == rows, "\(table) was changed") }

            // Neither does a script of another page read or hold the customer's stream; the page itself, framed, is the customer's.
            let stream = try await served.send(
                "GET", "/chat/site-quayside/events", headers: [cookie, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors")])
            #expect(stream.status == 401)
            func framed(_ mode: String) async throws -> String {
                try await served.send(
                    "GET", "/chat/site-quayside",
                    headers: [cookie, Self.page, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", "iframe")]
                ).text
            }
            #expect(try await framed("navigate").contains("dir=\"auto\">Hello</div>"))
            #expect(try await !framed("no-cors").contains("dir=\"auto\">Hello</div>"))

            let next = try await served.send(
                "POST", "/chat/site-quayside/messages",
                headers: [cookie, own, ("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/x-www-form-urlencoded")],
                bytes: Array("text=And+this".utf8))
            #expect(next.status == 303)
            #expect(try await framed("navigate").contains("And this"))
        }
    }

    private static func send(_ text: String, _ served: Served, _ headers: [(String, String)]) async throws -> Served.Answer {
        try await served.send(
            "POST", "/chat/site-quayside", headers: headers + [page, ("Content-Type", "application/x-www-form-urlencoded")],
            bytes: Array("text=\(text)".utf8))
    }

    private static func ancestors(of answer: Served.Answer) -> String? {
        answer.headers["content-security-policy"]?.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            .first { $0.hasPrefix("frame-ancestors") }
    }
}
