import Delivery
import Notation
import Storage

/// Webhooks and their deliveries as JSON.
enum WebhookShapes {
    private static let events = Schema.array(.text(1...100), most: 100)

    private static let fields: [Schema.Field] = [
        .init("id", .identifier), .init("url", .text(0...2048)), .init("events", events, "names, or `*` for all"),
        .init("description", .text(0...200)), .init("created_at", .time), .init("enabled", .boolean),
        .init("disabled_at", .time, required: false), .init("disabled_why", .text(0...100), "`gone`: it answered 410", required: false),
        .init("old_secret_until", .time, "until when the secret before signs as well", required: false),
    ]

    static let webhook = Schema.named("Webhook", .object(fields))
    static let made = Schema.object(fields + [.init("secret", .text(1...200), "`whsec_…`: shown now and never again")])

    static let new = Schema.object([
        .init("url", .text(1...2048), "absolute, http or https; a private address is refused when it is connected to"),
        .init("events", events), .init("description", .text(0...200), required: false),
    ])

    static let change = Schema.object([
        .init("url", .text(1...2048), required: false), .init("events", events, required: false),
        .init("description", .text(0...200), required: false), .init("enabled", .boolean, required: false),
    ])

    static let delivery = Schema.named(
        "Delivery",
        .object([
            .init("id", .identifier), .init("webhook", .identifier), .init("event_id", .text(0...100), "the header webhook-id"),
            .init("type", .text(0...100)), .init("status", .oneOf(DeliveryRecord.Status.allCases.map(\.rawValue))),
            .init("attempts", .count), .init("http_status", .integer(0...999), required: false),
            .init("error", .lines(0...4000), required: false), .init("created_at", .time), .init("next_try_at", .time, required: false),
            .init("ended_at", .time, required: false), .init("replay_of", .identifier, required: false),
        ]))

    static func json(_ webhook: WebhookSubscription) -> JSON { .object(members(webhook)) }

    static func json(_ made: NewWebhook) -> JSON {
        .object(members(made.subscription) + [.init(key: "secret", value: .string(made.secret.reveal()))])
    }

    private static func members(_ webhook: WebhookSubscription) -> [JSON.Member] {
        let json = JSON.of(
            ("id", .string(webhook.id.text)), ("url", .string(webhook.url)), ("events", Written.texts(webhook.events)),
            ("description", .string(webhook.description)), ("created_at", Written.time(webhook.createdAt)),
            ("enabled", .bool(webhook.disabledAt == nil)), ("disabled_at", Written.time(webhook.disabledAt)),
            ("disabled_why", webhook.disabledWhy.map(JSON.string)), ("old_secret_until", Written.time(webhook.oldSecretUntil)))
        return json.members ?? []
    }

    static func json(_ record: DeliveryRecord) -> JSON {
        .of(
            ("id", .string(record.id.text)), ("webhook", .string(record.webhook.text)), ("event_id", .string(record.eventID)),
            ("type", .string(record.type)), ("status", .string(record.status.rawValue)), ("attempts", Written.number(record.attempts)),
            ("http_status", record.httpStatus.map(Written.number)), ("error", record.error.map(JSON.string)),
            ("created_at", Written.time(record.at)), ("next_try_at", Written.time(record.nextTryAt)),
            ("ended_at", Written.time(record.endedAt)), ("replay_of", record.replayOf.map { .string($0.text) }))
    }
}
