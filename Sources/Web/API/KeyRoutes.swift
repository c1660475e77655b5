import Access
import HTTPTypes
import Notation
import Storage

/// API keys, and the log of who changed what about access.
enum KeyRoutes {
    private static let permissions = Schema.array(.oneOf(Permission.allCases.map(\.rawValue)), most: 100)

    private static let key = Schema.named(
        "Key",
        .object([
            .init("id", .identifier), .init("name", .text(0...200)), .init("permissions", permissions),
            .init("made_by", .text(0...300)), .init("created_at", .time), .init("expires_at", .time, "absent: never", required: false),
            .init("used_at", .time, "to the minute", required: false), .init("revoked_at", .time, required: false),
            .init("revoked_by", .text(0...300), required: false),
        ]))

    private static let made = Schema.object([
        .init("id", .identifier), .init("name", .text(0...200)), .init("permissions", permissions),
        .init("key", .text(1...200), "the whole key: shown now and never again"), .init("expires_at", .time, required: false),
    ])

    private static let entry = Schema.named(
        "AuditEntry",
        .object([
            .init("sequence", .integer(0...Int.max)), .init("event", .text(0...200)), .init("actor", .text(0...300)),
            .init("subject", .text(0...300)), .init("details", .map(.text(0...300), most: 100)), .init("at", .time),
        ]))

    static let all: [Route] = [
        Route(
            .get, "/v1/keys", "listKeys", .access, "All keys, revoked ones too, newest first", policy: .staff(.keysManage),
            answers: [.init(200, "all of them", .page(of: key))]
        ) { call in
            let access = call.service.access
            return .page(try await call.service.store.read { try access.keys(of: call.workspace, in: $0) }.map(json), next: nil, call)
        },
        Route(
            .post, "/v1/keys", "makeKey", .access, "A new key with some of one's own permissions", policy: .staff(.keysManage),
            input: .json(
                .object([
                    .init("name", .text(1...200)), .init("permissions", permissions),
                    .init("expires_at", .time, "absent: never", required: false),
                ])), answers: [.init(201, "the key, shown once", made)]
        ) { try await make($0) },
        Route(
            .delete, "/v1/keys/{key}", "revokeKey", .access, "Revokes a key for good; it stays in the list", policy: .staff(.keysManage),
            answers: [.init(204, "revoked")]
        ) { call in
            let access = call.service.access
            try await call.service.store.write { try access.revokeKey(call.place("key"), of: call.workspace, by: call.caller, in: $0) }
            return .nothing
        },
        Route(
            .get, "/v1/audit", "listAudit", .access, "Who changed what about access, newest first", policy: .staff(.teammatesManage),
            query: [.limit, .after], answers: [.init(200, "a page", .page(of: entry))]
        ) { try await audit($0) },
    ]

    private static func json(_ key: APIKey) -> JSON {
        .of(
            ("id", .string(key.id)), ("name", .string(key.name)), ("permissions", Written.texts(key.permissions.map(\.rawValue).sorted())),
            ("made_by", .string(key.madeBy)), ("created_at", Written.time(key.createdAt)), ("expires_at", Written.time(key.expiresAt)),
            ("used_at", Written.time(key.usedAt)), ("revoked_at", Written.time(key.revokedAt)),
            ("revoked_by", key.revokedBy.map(JSON.string)))
    }

    private static func make(_ call: Call) async throws -> Reply {
        let access = call.service.access
        let (name, expiresAt) = (call.text("name") ?? "", try call.moment("expires_at"))
        let permissions = Set((call.texts("permissions") ?? []).compactMap(Permission.init(rawValue:)))
        let key = try await call.service.store.write {
            try access.makeKey(
                name: name, permissions: permissions, expiresAt: expiresAt, of: call.workspace, by: call.caller, in: $0)
        }
        return .json(
            .of(
                ("id", .string(key.id)), ("name", .string(name)), ("permissions", Written.texts(permissions.map(\.rawValue).sorted())),
                ("key", .string(key.text)), ("expires_at", Written.time(expiresAt))), status: 201)
    }

    private static func audit(_ call: Call) async throws -> Reply {
        let (access, limit) = (call.service.access, call.limit)
        let before = try call.position(count: 1)?.first.flatMap { Int64($0) }
        let entries = try await call.service.store.read {
            try access.audit(of: call.workspace, limit: limit + 1, before: before, in: $0)
        }
        let page = entries.prefix(limit)
        let rows = page.map { entry in
            JSON.of(
                ("sequence", Written.number(entry.sequence)), ("event", .string(entry.event)), ("actor", .string(entry.actor)),
                ("subject", .string(entry.subject)),
                ("details", .object(entry.details.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) })),
                ("at", Written.time(entry.at)))
        }
        let next = entries.count > limit ? page.last.map { call.cursor(["\($0.sequence)"]) } : nil
        return .page(rows, next: next, call)
    }
}
