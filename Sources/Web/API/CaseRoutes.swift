import Access
import Assistant
import Escalation
import HTTPTypes
import Inbox
import Notation
import Storage

/// What is known of a case beside its messages: tags, details, the counts of the lists, and why each turn went as it did.
enum CaseRoutes {
    private static let tags = Schema.object([.init("tags", .array(.text(1...200), most: 20))])
    private static let details = Schema.object([
        .init("details", .map(.lines(0...1000), most: 50), "by name; in a PATCH an empty value removes one")
    ])

    static let all: [Route] = [
        Route(
            .get, "/v1/conversations/{conversation}/tags", "readTags", .inbox, "The tags, with the ETag to change them by",
            policy: .staff(.conversationsRead), answers: [.init(200, "the tags", tags, headers: ["ETag"])]
        ) { call in
            let (inbox, id) = (call.inbox, call.conversation)
            return shown(tags: try await call.service.store.read { try inbox.conversation(id, in: $0) }.tags)
        },
        Route(
            .put, "/v1/conversations/{conversation}/tags", "setTags", .inbox, "Sets the tags; those that are missing are removed",
            policy: .staff(.conversationsWrite), input: .json(tags), needsMatch: true,
            answers: [.init(200, "the tags", tags, headers: ["ETag"])]
        ) { call in
            let (inbox, id) = (call.inbox, call.conversation)
            let wanted = call.input["tags"]?.items?.compactMap(\.text) ?? []
            return try await call.service.store.write { transaction in
                let before = try inbox.conversation(id, in: transaction).tags
                try call.requireMatch(tag(of: before), current: json(tags: before))
                try inbox.setTags(wanted, of: id, at: call.now, in: transaction)
                return shown(tags: try inbox.conversation(id, in: transaction).tags)
            }
        },
        Route(
            .get, "/v1/conversations/{conversation}/details", "readDetails", .inbox,
            "The captured details, with the ETag to change them by",
            policy: .staff(.conversationsRead), answers: [.init(200, "the details", details, headers: ["ETag"])]
        ) { call in
            let (inbox, id) = (call.inbox, call.conversation)
            return shown(details: try await call.service.store.read { try inbox.conversation(id, in: $0) }.captured)
        },
        Route(
            .put, "/v1/conversations/{conversation}/details", "setDetails", .inbox, "Sets the details; those that are missing are removed",
            policy: .staff(.conversationsWrite), input: .json(details), needsMatch: true,
            answers: [.init(200, "the details", details, headers: ["ETag"])]
        ) { call in
            let (inbox, id, wanted) = (call.inbox, call.conversation, call.details)
            return try await call.service.store.write { transaction in
                let before = try inbox.conversation(id, in: transaction).captured
                try call.requireMatch(tag(of: before), current: json(details: before))
                let gone = before.keys.filter { wanted[$0] == nil }.map { ($0, "") }
                try inbox.capture(wanted.merging(gone) { kept, _ in kept }, in: id, at: call.now, in: transaction)
                return shown(details: try inbox.conversation(id, in: transaction).captured)
            }
        },
        Route(
            .patch, "/v1/conversations/{conversation}/details", "addDetails", .inbox,
            "Adds or changes single details and leaves the others as they are; with If-Match only if nobody changed any",
            policy: .staff(.conversationsWrite), input: .json(details),
            answers: [.init(200, "the details", details, headers: ["ETag"]), .outdated]
        ) { call in
            let (inbox, id, wanted) = (call.inbox, call.conversation, call.details)
            return try await call.service.store.write { transaction in
                let before = try inbox.conversation(id, in: transaction).captured
                if call.headers[.ifMatch] != nil { try call.requireMatch(tag(of: before), current: json(details: before)) }
                try inbox.capture(wanted, in: id, at: call.now, in: transaction)
                return shown(details: try inbox.conversation(id, in: transaction).captured)
            }
        },
        Route(
            .get, "/v1/queues", "countQueues", .inbox, "How many conversations each list has", policy: .staff(.conversationsRead),
            query: [.init("teammate", .identifier, "whose `mine`, where a key asks")],
            answers: [.init(200, "the counts", QueueShape.schema)]
        ) { call in
            let (inbox, viewer) = (call.inbox, try call.viewer())
            let counts = try await call.service.store.read { try inbox.queueCounts(for: viewer, in: $0) }
            return .json(QueueShape.json(counts))
        },
    ]

    private static func json(tags: [String]) -> JSON { .of(("tags", .array(tags.map(JSON.string)))) }
    private static func json(details: [String: String]) -> JSON { .of(("details", .of(details))) }
    private static func tag(of tags: [String]) -> String { Fingerprint.of(tags) }
    private static func tag(of details: [String: String]) -> String {
        Fingerprint.of(details.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
    }
    private static func shown(tags: [String]) -> Reply { .json(json(tags: tags)).tagged(tag(of: tags)) }
    private static func shown(details: [String: String]) -> Reply { .json(json(details: details)).tagged(tag(of: details)) }
}

extension Call {
    /// The details of the input, by name.
    fileprivate var details: [String: String] {
        Dictionary((input["details"]?.members ?? []).map { ($0.key, $0.value.text ?? "") }) { $1 }
    }
}
