import Access
import Delivery
import Foundation
import HTTPTypes
import Inbox
import Metering
import Notation
import Retrieval
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// What a page of another site can do with the cookie of a teammate: nothing.
@Suite struct CrossSiteTests {
    @Test func `B8: a cookie from another site's page, or without the token of the session, changes nothing`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let session = try await callers.session(.owner)
            let cookie = ("Cookie", "baton=\(session.cookie)")
            let token = ("X-CSRF-Token", session.admission.csrf ?? "")
            let attacks: [[(String, String)]] = [
                [cookie], [cookie, ("Origin", served.base)], [cookie, token, ("Origin", "https://evil.example")],
                [cookie, token, ("Origin", "null")], [cookie, token, ("Sec-Fetch-Site", "cross-site")],
                [cookie, token, ("Sec-Fetch-Site", "same-site"), ("Origin", served.base)],
                [cookie, ("X-CSRF-Token", "0000"), ("Origin", served.base)],
            ]
            let before = try DatabasePicture.of(served.world)
            // On the chat's pages the teammate's cookie counts for nothing: whoever writes there is a customer.
            for route in Routes.all where route.method != .get && route.group != .chat {
                let path = Callers.path(
                    route,
                    ["conversation": callers.conversation.id.text, "site": "site-quayside", "teammate": "mara", "collection": "help"])
                for attack in attacks {
                    for type in [route.sampleBody?.type, "text/plain"].compactMap(\.self) + (route.sampleBody == nil ? [""] : []) {
                        let answer = try await served.send(
                            route.method.rawValue, path, key: "\(UUID())",
                            headers: attack + [("If-Match", "*")] + (type.isEmpty ? [] : [("Content-Type", type)]),
                            bytes: route.sampleBody?.bytes)
                        // A form is read before its token is found in it; what is no form is refused for that.
                        let allowed: Set = if case .form = route.input { [403, 415] as Set } else { [403] as Set }
                        #expect(
                            allowed.contains(answer.status),
                            "\(route.method.rawValue) \(route.path.text) \(attack.dropFirst()) \(type): \(answer.status)")
                    }
                }
            }
            let after = try DatabasePicture.of(served.world)
            for (table, rows) in after { #expect(before[table] == rows, "\(table) was changed") }
        }
    }

    @Test func `B8: reading changes nothing, and every answer is as the API description says`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let world = served.world
            let asked = try await world.ask("How long does a bank withdrawal take?", in: callers.conversation)
            let webhooks = served.service.webhooks
            let webhook = try await world.store.write {
                try webhooks.create(url: "https://hooks.quayside.example/", events: ["*"], in: quayside, $0)
            }
            let session = try await callers.session(.owner)
            let places = [
                "conversation": callers.conversation.id.text, "site": "site-quayside", "teammate": "mara", "collection": "help",
                "document": "staking.md", "response": asked.usage?.response.text ?? "", "webhook": webhook.subscription.id.text,
                "code": "not_found",
            ]
            // The first use of a key is written down at once.
            _ = try await served.send("GET", "/v1/workspace", as: served.key)
            let before = try DatabasePicture.of(world)
            for _ in 1...2 {
                for route in Routes.all where route.method == .get {
                    for headers in [Callers.headers(session, served), [("Authorization", "Bearer \(served.key)")]] {
                        let answer = try await served.send(
                            "GET", Callers.path(route, places), headers: headers + [("Accept", "application/json")])
                        let isOwn = route.policy == .signedIn && headers.count == 1
                        if isOwn || route.group.isPage || route.policy == .customer { continue }
                        expectDescribed(answer, route)
                    }
                }
            }
            let after = try DatabasePicture.of(world)
            for (table, rows) in after { #expect(before[table] == rows, "\(table) was changed by reading") }
        }
    }

    private func expectDescribed(_ answer: Served.Answer, _ route: Route) {
        let name = "\(route.method.rawValue) \(route.path.text)"
        guard let described = route.answers.first(where: { $0.status == answer.status }) else {
            // With ids that exist, what is read is there. Ids that this test does not know are the exception, and a handoff that never was.
            #expect(
                answer.status == 404
                    && route.name == "readHandoff"
                    || route.path.places.contains {
                        !["conversation", "collection", "document", "response", "webhook", "teammate"].contains($0)
                    }, "\(name): \(answer.status) \(answer.text.prefix(300))")
            return
        }
        guard let schema = described.schema else { return }
        let mismatches = schema.mismatches(answer.json)
        #expect(mismatches.isEmpty, "\(name): \(mismatches.prefix(3)) in \(answer.text.prefix(400))")
    }
}
