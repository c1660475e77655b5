import Foundation
import Inbox
import Storage
import Support
import Testing

@testable import Web

/// What webhooks are told.
struct WebhookPayloadTests {
    @Test func `an event is told with ids and numbers`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let store = try Store(folder: folder.path, migrations: [])
        let (quayside, noon) = (WorkspaceID("quayside"), Timestamp(milliseconds: 1_796_040_000_000))
        try await store.write { transaction in
            _ = try transaction.ensureWorkspace(quayside, name: "Quayside", at: noon)
            try transaction.emit(
                "conversation.handed_over", of: "conv_1", in: quayside, ["handoff": "hand_1", "epoch": "3", "reason": "no_knowledge"],
                at: noon)
            try transaction.emit("customer.identified", of: "cust_1", in: quayside, at: noon)
            for kind in InboxEvent.allCases {
                try transaction.emit(kind.rawValue, of: "x", in: quayside, ["seq": "not a number"], at: noon)
            }
            try transaction.emit("something.else", of: "x", in: quayside, at: noon)
        }
        let events = try await store.read { try $0.events(after: 0, limit: 100) }
        let bodies = events.map { WebhookPayload.bytes(of: $0).map { String(decoding: $0, as: UTF8.self) } }
        #expect(
            bodies[0]
                == #"{"type":"conversation.handed_over","timestamp":"2026-11-30T12:00:00.000Z","data":{"workspace":"quayside","conversation":"conv_1","sequence":1,"epoch":3,"handoff":"hand_1","reason":"no_knowledge"}}"#
        )
        #expect(bodies[1]?.contains(#""customer":"cust_1""#) == true)
        let told = Set(zip(events, bodies).dropFirst(2).compactMap { $1 == nil ? nil : $0.kind })
        #expect(told == Set(WebhookPayload.kinds.map(\.name)))
        #expect(!told.contains("conversation.seen") && !told.contains("teammate.availability") && !told.contains("note.added"))
        #expect(!told.contains("something.else"))
        for body in bodies.compactMap(\.self) {
            #expect((try? JSONSerialization.jsonObject(with: Data(body.utf8))) != nil && body.utf8.count < 20 * 1024)
        }
        await store.close()
    }
}
