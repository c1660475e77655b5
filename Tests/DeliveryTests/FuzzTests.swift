import Foundation
import Storage
import Support
import Testing

@testable import Delivery

/// Addresses that an owner types, or a program.
@Suite struct FuzzTests {
    @Test func `a webhook's address of any kind is one of http, or refused`() async throws {
        try await withWorld { world in
            let inputs = Fuzzer([
                "https://hooks.quayside.example/baton?x=1#y", "http://127.0.0.1:8080/", "http://[::ffff:127.0.0.1]/", "http://a%00b/",
            ])
            .inputs(share: 4).map { String(decoding: $0, as: UTF8.self) }
            let webhook = try await world.subscribe("https://hooks.quayside.example/")
            try await world.store.write { [webhooks = world.webhooks] transaction in
                for url in inputs {
                    guard let changed = try? webhooks.update(webhook.subscription.id, of: quayside, url: url, transaction) else { continue }
                    #expect(changed.url.lowercased().hasPrefix("http"), "\(url)")
                }
            }
        }
    }
}
