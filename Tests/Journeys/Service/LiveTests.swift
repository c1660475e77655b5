import Access
import Foundation
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// The live stream: what happens is told as it happens, without a gap or a double, to those whom it concerns.
@Suite struct LiveTests {
    private struct Told: Sendable {
        let id: Int64?
        let event: String
        let data: String
    }

    /// Reads frames until `isLast` says so or the stream ends.
    private static func listen(
        _ served: Served, after: Int64?, headers: [(String, String)], until isLast: (Told) -> Bool
    ) async throws -> [Told] {
        let from = after.map { [("Last-Event-ID", "\($0)")] } ?? []
        let response = try await served.world.client.send(
            HTTPRequest(method: "GET", url: served.base + "/v1/events", headers: headers + from))
        #expect(response.status == 200)
        var told: [Told] = []
        var waiting = ""
        for try await bytes in response.body {
            waiting += String(decoding: bytes, as: UTF8.self)
            while let end = waiting.range(of: "\n\n") {
                let lines = waiting[..<end.lowerBound].split(separator: "\n")
                waiting = String(waiting[end.upperBound...])
                func value(_ name: String) -> String? {
                    lines.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
                }
                guard let event = value("event") else { continue }
                let frame = Told(id: value("id").flatMap { Int64($0) }, event: event, data: value("data") ?? "")
                told.append(frame)
                if isLast(frame) { return told }
            }
        }
        return told
    }

    private static func bearer(_ credential: String) -> [(String, String)] { [("Authorization", "Bearer \(credential)")] }

    @Test func `a stream that is cut again and again goes on where it was: the frames are the log, for a customer without what is inside`()
        async throws
    {
        try await Served.run { served in
            let visitor = try await served.open()
            let other = try await served.open()
            _ = try await served.send("PUT", visitor.path + "/claim", .by(mara), as: served.key)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for number in 0..<40 {
                        for (path, text) in [("/messages", "reply \(number)"), ("/notes", "secret-note \(number)")] {
                            _ = try await served.send(
                                "POST", visitor.path + path, .by(mara, ("text", .string(text))), as: served.key, key: "\(number)")
                        }
                        _ = try await served.send("PUT", other.path + "/typing", .by(mara), as: served.key)
                    }
                    _ = try await served.send("PUT", visitor.path + "/resolution", .by(mara), as: served.key)
                }
                for credential in [visitor.token, served.key] {
                    tasks.addTask {
                        var frames: [Told] = []
                        while frames.last?.event != "conversation.resolved" {
                            var count = 0
                            frames += try await Self.listen(
                                served, after: frames.compactMap(\.id).last ?? 0, headers: Self.bearer(credential)
                            ) { frame in
                                count += frame.id == nil ? 0 : 1
                                return count == 9 || frame.event == "conversation.resolved"
                            }
                        }
                        let log = try await served.send(
                            "GET", "/v1/events?after=0&limit=500", as: credential, headers: [("Accept", "application/json")])
                        let kept = (log.json["data"]?.items ?? []).map { String(decoding: $0.bytes, as: UTF8.self) }
                        #expect(frames.filter { $0.id != nil }.map(\.data) == kept)
                        guard credential == visitor.token else { return }
                        #expect(frames.count { $0.event == "message.sent" } == 40)
                        for frame in frames {
                            #expect(
                                !frame.data.contains("mara") && !frame.data.contains("note") && !frame.data.contains(other.conversation))
                        }
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `a customer sees that a person types, teammates see who, and neither is kept`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            try await withThrowingTaskGroup(of: (String, Told?).self) { tasks in
                for credential in [visitor.token, served.foreignKey] {
                    tasks.addTask {
                        let frames = try await Self.listen(served, after: nil, headers: Self.bearer(credential)) {
                            $0.event == "typing" || $0.event == "conversation.opened"
                        }
                        return (credential, frames.last)
                    }
                }
                while served.service.live.count < 2 { await Task.yield() }
                _ = try await served.send("PUT", visitor.path + "/typing", .by(mara), as: served.key)
                _ = try await served.open(at: "site-harbour")
                for try await (credential, frame) in tasks {
                    guard credential == visitor.token else {
                        #expect(frame?.event == "conversation.opened")
                        continue
                    }
                    #expect(frame?.event == "typing" && frame?.id == nil && frame?.data.contains("\"author\":\"teammate\"") == true)
                    #expect(frame?.data.contains("mara") == false)
                }
            }
        }
    }

    @Test func `whoever is shut out hears nothing more: suspended teammate, revoked key, revoked token`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let access = served.access
            let (cookie, keyID, key) = try await served.world.store.write { transaction in
                let console = Caller.console(of: quayside)
                let account = try access.saveAccount("mara", email: "mara@example.com", role: .teammate, of: quayside, in: transaction)
                let session = try access.openSession(
                    for: account, address: ClientAddress("127.0.0.1"), device: nil, replacing: nil, in: transaction)
                let key = try access.makeKey(
                    name: "reader", permissions: [.conversationsRead], expiresAt: nil, of: quayside, by: console, in: transaction)
                return (session.cookie, key.id, key.text)
            }
            try await withThrowingTaskGroup(of: [Told].self) { tasks in
                for headers in [[("Cookie", "baton=\(cookie)")], Self.bearer(key), Self.bearer(visitor.token)] {
                    tasks.addTask { try await Self.listen(served, after: nil, headers: headers) { _ in false } }
                }
                while served.service.live.count < 3 { await Task.yield() }
                try await served.world.store.write { transaction in
                    let console = Caller.console(of: quayside)
                    _ = try access.setSuspended(true, "mara", of: quayside, by: console, in: transaction)
                    try access.revokeKey(keyID, of: quayside, by: console, in: transaction)
                    try access.revokeCustomerTokens(ofConversation: visitor.conversation, of: quayside, by: console, in: transaction)
                }
                // Each stream ends by itself.
                try await tasks.waitForAll()
            }
            #expect(served.service.live.count == 0)
            #expect(try await served.send("GET", "/v1/events", as: key).status == 401)
        }
    }

    @Test func `a reader who does not read is dropped, nobody waits for them, and the log has what they missed`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let response = try await served.world.client.send(
                HTTPRequest(method: "GET", url: served.base + "/v1/events", headers: Self.bearer(served.key)))
            let large = JSON.of(("text", .string(String(repeating: "x", count: 256 << 10))))
            var rounds = 0
            while served.service.live.count > 0, rounds < 20_000 {
                served.service.live.tell("typing", large, of: visitor.id, in: quayside, isForCustomer: false)
                rounds += 1
                await Task.yield()
            }
            #expect(served.service.live.count == 0, "still there after \(rounds) frames")
            _ = response.status
            let log = try await served.send("GET", "/v1/events", as: served.key, headers: [("Accept", "application/json")])
            #expect(log.json["data"]?.items?.isEmpty == false)
        }
    }

    @Test func `a teammate's stream says how many wait, once for a burst, and a customer's does not`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            async let staff = Self.listen(served, after: nil, headers: Self.bearer(served.key)) {
                $0.event == "counts" && $0.data.contains("\"needs_person\":1")
            }
            async let customer = Self.listen(served, after: nil, headers: Self.bearer(visitor.token)) {
                $0.event == "conversation.handed_over"
            }
            while served.service.live.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let asked = try await served.send(
                "POST", visitor.path + "/messages", .of(("text", "I want to talk to a person, please.")), as: visitor.token, key: "k1")
            #expect(asked.status == 202)
            let counts = try await staff.filter { $0.event == "counts" }
            #expect(!counts.isEmpty && counts.allSatisfy { $0.id == nil })
            #expect(try await !customer.contains { $0.event == "counts" })
        }
    }
}
