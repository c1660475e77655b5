import Access
import Delivery
import HTTPTypes
import Notation
import Storage

/// Webhooks: who outside is told of events, and what became of each telling.
enum WebhookRoutes {
    static let all: [Route] = [
        Route(
            .get, "/v1/webhooks", "listWebhooks", .webhooks, "All webhooks, oldest first", policy: .staff(.webhooksManage),
            answers: [.init(200, "all of them", .page(of: WebhookShapes.webhook))]
        ) { call in
            let webhooks = call.service.webhooks
            let all = try await call.service.store.read { try webhooks.list(of: call.workspace, $0) }
            return .page(all.map(WebhookShapes.json), next: nil, call)
        },
        Route(
            .post, "/v1/webhooks", "makeWebhook", .webhooks, "A new webhook; it is told of what happens from now on",
            policy: .staff(.webhooksManage), input: .json(WebhookShapes.new),
            answers: [.init(201, "with its secret, shown once", WebhookShapes.made)]
        ) { call in
            let webhooks = call.service.webhooks
            let made = try await call.service.store.write {
                try webhooks.create(
                    url: call.text("url") ?? "", events: call.texts("events") ?? [], description: call.text("description") ?? "",
                    in: call.workspace, $0)
            }
            return .json(WebhookShapes.json(made), status: 201)
        },
        Route(
            .get, "/v1/webhooks/{webhook}", "getWebhook", .webhooks, "One webhook", policy: .staff(.webhooksManage),
            answers: [.init(200, "the webhook", WebhookShapes.webhook, headers: ["ETag"])]
        ) { call in
            let webhooks = call.service.webhooks
            return tagged(try await call.service.store.read { try webhooks.subscription(id(call), of: call.workspace, $0) })
        },
        Route(
            .patch, "/v1/webhooks/{webhook}", "changeWebhook", .webhooks,
            "Changes what is given; switched on again, it is told of what happens from then on", policy: .staff(.webhooksManage),
            input: .json(WebhookShapes.change), needsMatch: true,
            answers: [.init(200, "the webhook", WebhookShapes.webhook, headers: ["ETag"])]
        ) { try await change($0) },
        Route(
            .delete, "/v1/webhooks/{webhook}", "deleteWebhook", .webhooks, "Removes it with its deliveries",
            policy: .staff(.webhooksManage), answers: [.init(204, "gone")]
        ) { call in
            let webhooks = call.service.webhooks
            try await call.service.store.write { try webhooks.delete(id(call), of: call.workspace, $0) }
            return .nothing
        },
        Route(
            .post, "/v1/webhooks/{webhook}/secret", "rotateWebhookSecret", .webhooks,
            "A new secret; for 24 hours the one before signs as well", policy: .staff(.webhooksManage),
            answers: [.init(201, "with its new secret, shown once", WebhookShapes.made)]
        ) { call in
            let webhooks = call.service.webhooks
            let made = try await call.service.store.write { try webhooks.rotate(id(call), of: call.workspace, $0) }
            return .json(WebhookShapes.json(made), status: 201)
        },
        Route(
            .get, "/v1/webhooks/{webhook}/deliveries", "listDeliveries", .webhooks, "What became of each telling, newest first",
            policy: .staff(.webhooksManage), query: [.limit, .after],
            answers: [.init(200, "a page", .page(of: WebhookShapes.delivery))]
        ) { try await deliveries($0) },
        Route(
            .post, "/v1/webhooks/{webhook}/deliveries/{delivery}/replay", "replayDelivery", .webhooks,
            "Tells the same again, at once, under the same webhook-id, as a delivery of its own", policy: .staff(.webhooksManage),
            key: .accepted, answers: [.init(202, "the new delivery", WebhookShapes.delivery)]
        ) { try await replay($0) },
    ]

    private static func id(_ call: Call) -> WebhookID { WebhookID(call.place("webhook")) }

    private static func tagged(_ webhook: WebhookSubscription) -> Reply {
        let json = WebhookShapes.json(webhook)
        return .json(json).tagged(Call.tag(json))
    }

    private static func change(_ call: Call) async throws -> Reply {
        let webhooks = call.service.webhooks
        let after = try await call.service.store.write { transaction in
            let before = WebhookShapes.json(try webhooks.subscription(id(call), of: call.workspace, transaction))
            try call.requireMatch(Call.tag(before), current: before)
            return try webhooks.update(
                id(call), of: call.workspace, url: call.text("url"), events: call.texts("events"), description: call.text("description"),
                isEnabled: call.flag("enabled"), transaction)
        }
        return tagged(after)
    }

    private static func deliveries(_ call: Call) async throws -> Reply {
        let (webhooks, limit) = (call.service.webhooks, call.limit)
        let list = call.place("webhook")
        let after = try call.position(count: 1, list: list)?.first.map(DeliveryID.init)
        let found = try await call.service.store.read {
            try webhooks.deliveries(of: id(call), in: call.workspace, limit: limit, after: after, $0)
        }
        let next = found.count == limit ? found.last.map { call.cursor([$0.id.text], list: list) } : nil
        return .page(found.map(WebhookShapes.json), next: next, call)
    }

    private static func replay(_ call: Call) async throws -> Reply {
        let webhooks = call.service.webhooks
        return try await call.service.store.write { transaction in
            let delivery = DeliveryID(call.place("delivery"))
            // A delivery of another webhook is none of this one's.
            guard try webhooks.delivery(delivery, in: call.workspace, transaction).webhook == id(call) else { throw Problem.notFound }
            return try call.once(in: transaction) {
                (202, WebhookShapes.json(try webhooks.replay(delivery, in: call.workspace, transaction)))
            }
        }
    }
}
