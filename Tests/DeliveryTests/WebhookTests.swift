import Storage
import Support
import Testing

@testable import Delivery

/// Making, changing and rotating webhooks, and what the database keeps of them.
struct WebhookTests {
    @Test func `a webhook is made, changed, switched off and deleted, in its own workspace only`() async throws {
        try await withWorld { world in
            let made = try await world.subscribe("https://hooks.quayside.example/in", events: ["message.received", "message.received"])
            #expect(made.subscription.events == ["message.received"] && made.subscription.disabledAt == nil)
            let (id, webhooks) = (made.subscription.id, world.webhooks)
            let changed = try await world.store.write {
                try webhooks.update(id, of: quayside, events: ["*"], description: "CRM", isEnabled: false, $0)
            }
            #expect(changed.events == ["*"] && changed.description == "CRM" && changed.disabledWhy == "switched_off")
            let here = try await world.store.read { try webhooks.list(of: quayside, $0) }
            let there = try await world.store.read { try webhooks.list(of: harbour, $0) }
            #expect(here == [changed] && there.isEmpty)
            await #expect(throws: WebhookError.notFound) { try await world.store.write { try webhooks.delete(id, of: harbour, $0) } }
            await #expect(throws: WebhookError.notFound) { try await world.store.write { _ = try webhooks.rotate(id, of: harbour, $0) } }
            await #expect(throws: WebhookError.notFound) {
                try await world.store.write { _ = try webhooks.update(id, of: harbour, url: "https://evil.example/", $0) }
            }
            try await world.store.write { try webhooks.delete(id, of: quayside, $0) }
            #expect(try await world.store.read { try webhooks.list(of: quayside, $0) }.isEmpty)
        }
    }

    @Test(arguments: [
        "", "ftp://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/", "/in", "https://", "https://user:pass@hooks.example/",
        "https://hooks.example/ x", "https://hooks.example/\r\nX: y", "http://①②⑦.0.0.1/", "javascript:alert(1)",
        "https://hooks.example/" + String(repeating: "x", count: 2048),
    ])
    func `a URL that is none is refused`(url: String) async throws {
        try await withWorld { world in
            await #expect(throws: WebhookError.url) { _ = try await world.subscribe(url) }
        }
    }

    @Test func `names of events and descriptions are checked, and there is a most`() async throws {
        try await withWorld { world in
            for events in [[], ["Message"], ["a b"], [""], ["x' OR 1=1"], (0...100).map { "e\($0)" }] {
                await #expect(throws: WebhookError.events) { _ = try await world.subscribe("https://hooks.example/", events: events) }
            }
            let webhooks = world.webhooks
            await #expect(throws: WebhookError.label) {
                try await world.store.write {
                    _ = try webhooks.create(url: "https://hooks.example/", events: ["*"], description: "a\nb", in: quayside, $0)
                }
            }
            for _ in 0..<50 { _ = try await world.subscribe("https://hooks.example/") }
            await #expect(throws: WebhookError.tooMany(limit: 50)) { _ = try await world.subscribe("https://hooks.example/") }
            _ = try await world.subscribe("https://hooks.example/", in: harbour)
        }
    }

    @Test func `the secret is in no row, and signs for a day after it was replaced`() async throws {
        try await withWorld { world in
            let made = try await world.subscribe("https://hooks.quayside.example/in")
            let (id, webhooks) = (made.subscription.id, world.webhooks)
            func secrets() async throws -> [WebhookSecret] {
                let now = world.now
                return try await world.store.read { try webhooks.secrets(of: id, in: quayside, at: now, $0) }
            }
            #expect(try await secrets() == [made.secret])
            let stored: [UInt8] = try await world.store.read { try $0.row("SELECT secret FROM webhook")?[0] ?? [] }
            #expect(!stored.isEmpty && !contains(stored, made.secret.bytes))
            let next = try await world.store.write { try webhooks.rotate(id, of: quayside, $0) }
            #expect(try await secrets() == [next.secret, made.secret] && next.secret != made.secret)
            world.time.advance(milliseconds: 24 * hour - 1)
            #expect(try await secrets().count == 2)
            world.time.advance(milliseconds: 1)
            #expect(try await secrets() == [next.secret])
            let third = try await world.store.write { try webhooks.rotate(id, of: quayside, $0) }
            #expect(try await secrets() == [third.secret, next.secret])
        }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
