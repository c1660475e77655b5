import Assistant
import Foundation
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// The trace of a request goes where the request leads: to the model and into the events it causes.
@Suite struct TraceTests {
    private static let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let id = "0af7651916cd43dd8448eb211c80319c"

    @Test func `a customer's message takes its trace along to the model and into what is told of it`() async throws {
        try await Served.run { served in
            let visitor = try await served.open()
            let words: JSON = .of(("text", "How long does a bank withdrawal take?"))
            let before = try await served.world.store.events.head(of: quayside)
            let said = try await served.send(
                "POST", visitor.path + "/messages", words, as: visitor.token, key: "m", headers: [("traceparent", Self.given)])
            #expect(said.status == 202 && said.headers["x-request-id"] == Self.id)
            await served.world.desk.finish()
            let asked = try #require(served.world.endpoint.requests.last?.header("traceparent"))
            #expect(
                asked.hasPrefix("00-\(Self.id)-") && asked.hasSuffix("-01") && asked != Self.given && asked != said.headers["traceparent"])
            let events = try await served.world.store.events.after(before, in: quayside, limit: 100)
            #expect(events.map(\.kind).contains("message.received") && events.map(\.kind).contains("message.sent"))
            for event in events {
                let trace = try await served.world.store.read { try $0.trace(ofEvent: event.sequence) }
                #expect(trace?.id == Self.id && trace?.flags == "01", "\(event.kind)")
            }
        }
    }

    @Test func `without one the request's own id is the trace, another for each request; what no request caused has none`() async throws {
        try await Served.run { served in
            var ids: Set<String> = []
            for number in 1...2 {
                let visitor = try await served.open()
                let words: JSON = .of(("text", "How long does a bank withdrawal take?"))
                let said = try await served.send("POST", visitor.path + "/messages", words, as: visitor.token, key: "m\(number)")
                await served.world.desk.finish()
                let id = try #require(said.headers["x-request-id"])
                #expect(served.world.endpoint.requests.last?.header("traceparent")?.hasPrefix("00-\(id)-") == true)
                ids.insert(id)
            }
            #expect(ids.count == 2)
            let first = try #require(try await served.world.store.events.after(0, in: quayside, limit: 1).first)
            #expect(try await served.world.store.read { try $0.trace(ofEvent: first.sequence) } == nil)
            // Asked outside of any request, the turn begins a trace, and its events are part of the same.
            let before = try await served.world.store.events.head(of: quayside)
            try await served.world.ask("When are staking rewards paid?")
            let asked = try #require(served.world.endpoint.requests.last?.header("traceparent"))
            #expect(asked.utf8.count == 55 && !ids.contains { asked.contains($0) })
            let events = try await served.world.store.events.after(before, in: quayside, limit: 100)
            let sent = try #require(events.first { $0.kind == "message.sent" })
            let trace = try #require(try await served.world.store.read { try $0.trace(ofEvent: sent.sequence) })
            #expect(asked.hasPrefix("00-\(trace.id)-"))
        }
    }
}
