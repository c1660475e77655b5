import Foundation
package import Storage

/// Who outside is told of events, with which secret, and what became of it.
///
/// Secrets are kept sealed (`ServerSecret`), bound to their webhook, and leave this room only in the moment that they are made and as a signature.
package struct Webhooks: Sendable {
    let secret: ServerSecret
    let clock: Clock

    /// - Parameter secret: the installation's.
    package init(secret: ServerSecret, clock: Clock) {
        self.secret = secret
        self.clock = clock
    }

    /// Bytes of a URL.
    static let longestURLBytes = 2048
    /// Names of events of one webhook.
    static let mostEvents = 100
    /// Bytes of the name of an event.
    static let longestEventBytes = 100
    /// Unicode scalars of a description.
    static let longestDescription = 200
    /// Webhooks of one workspace.
    static let mostWebhooks = 50
    /// Deliveries of one page of the log.
    static let mostRows = 200
    /// Milliseconds that a secret signs on after it was replaced.
    static let oldSecretMilliseconds: Int64 = 86_400_000

    // MARK: Changing

    /// Makes a webhook. It is told of what happens from now on.
    /// - Parameters:
    ///   - url: absolute, http or https. That it leads to a public address is checked at every connection, not here.
    ///   - events: names, or `*`.
    /// - Returns: the webhook with its secret, which is not shown again.
    /// - Throws: `WebhookError`; `StorageError`.
    package func create(
        url: String, events: [String], description: String = "", in workspace: WorkspaceID, _ transaction: Transaction
    ) throws -> NewWebhook {
        let (url, events, description) = try (Self.checked(url: url), Self.checked(events: events), Self.checked(description: description))
        let count: Int = try transaction.row("SELECT COUNT(*) FROM webhook WHERE workspace = $1", workspace)?[0] ?? 0
        guard count < Self.mostWebhooks else { throw WebhookError.tooMany(limit: Self.mostWebhooks) }
        let now = clock.now()
        let (id, made) = (WebhookID.new(at: now), WebhookSecret.new())
        try transaction.run(
            """
            INSERT INTO webhook(id, workspace, url, events, description, secret, after_seq, created_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, id, workspace, url, StoredJSON.text(events), description, seal(made, for: id), transaction.newestEvent(), now)
        return NewWebhook(subscription: try subscription(id, of: workspace, transaction), secret: made)
    }

    /// Changes what is given; nil leaves as it is. Switched on again, it is told of what happens from then on.
    /// - Throws: `WebhookError`; `StorageError`.
    package func update(
        _ id: WebhookID, of workspace: WorkspaceID, url: String? = nil, events: [String]? = nil, description: String? = nil,
        isEnabled: Bool? = nil, _ transaction: Transaction
    ) throws -> WebhookSubscription {
        let before = try subscription(id, of: workspace, transaction)
        try transaction.run(
            "UPDATE webhook SET url = $3, events = $4, description = $5 WHERE workspace = $1 AND id = $2", workspace, id,
            Self.checked(url: url ?? before.url), StoredJSON.text(Self.checked(events: events ?? before.events)),
            Self.checked(description: description ?? before.description))
        switch (isEnabled, before.disabledAt) {
        case (true, .some):
            try transaction.run(
                "UPDATE webhook SET disabled_ms = NULL, disabled_why = NULL, after_seq = $3 WHERE workspace = $1 AND id = $2", workspace,
                id,
                transaction.newestEvent())
        case (false, nil): try disable(id, of: workspace, why: "switched_off", at: clock.now(), transaction)
        default: break
        }
        return try subscription(id, of: workspace, transaction)
    }

    /// Replaces the secret. For 24 hours both sign, so that the receiver can change over without a gap; an even older one signs no more.
    /// - Returns: the webhook with its new secret, which is not shown again.
    /// - Throws: `WebhookError.notFound`; `StorageError`.
    package func rotate(_ id: WebhookID, of workspace: WorkspaceID, _ transaction: Transaction) throws -> NewWebhook {
        _ = try subscription(id, of: workspace, transaction)
        let made = WebhookSecret.new()
        try transaction.run(
            "UPDATE webhook SET old_secret = secret, old_until_ms = $3, secret = $4 WHERE workspace = $1 AND id = $2", workspace, id,
            clock.now().adding(milliseconds: Self.oldSecretMilliseconds), seal(made, for: id))
        return NewWebhook(subscription: try subscription(id, of: workspace, transaction), secret: made)
    }

    /// Removes a webhook with its deliveries.
    /// - Throws: `WebhookError.notFound`; `StorageError`.
    package func delete(_ id: WebhookID, of workspace: WorkspaceID, _ transaction: Transaction) throws {
        guard try transaction.run("DELETE FROM webhook WHERE workspace = $1 AND id = $2", workspace, id) == 1 else {
            throw WebhookError.notFound
        }
    }

    /// Switches a webhook off; what waits for it is dropped.
    func disable(_ id: WebhookID, of workspace: WorkspaceID, why: String, at now: Timestamp, _ transaction: Transaction) throws {
        try transaction.run(
            "UPDATE webhook SET disabled_ms = $3, disabled_why = $4 WHERE workspace = $1 AND id = $2 AND disabled_ms IS NULL", workspace,
            id,
            now, why)
        try transaction.run(
            """
            UPDATE delivery SET state = 'dropped', ended_ms = $3, error = 'the webhook is switched off'
            WHERE workspace = $1 AND webhook = $2 AND state = 'waiting'
            """, workspace, id, now)
    }

    // MARK: Reading

    /// One webhook of this workspace.
    /// - Throws: `WebhookError.notFound`; `StorageError`.
    package func subscription(_ id: WebhookID, of workspace: WorkspaceID, _ querying: some Querying) throws -> WebhookSubscription {
        let row = try querying.row(
            """
            SELECT id, workspace, url, events, description, created_ms, disabled_ms, disabled_why, old_until_ms
            FROM webhook WHERE workspace = $1 AND id = $2
            """, workspace, id)
        guard let row else { throw WebhookError.notFound }
        return try Self.subscription(row)
    }

    /// All webhooks of a workspace, the oldest first.
    /// - Throws: `StorageError`.
    package func list(of workspace: WorkspaceID, _ querying: some Querying) throws -> [WebhookSubscription] {
        try querying.rows(
            """
            SELECT id, workspace, url, events, description, created_ms, disabled_ms, disabled_why, old_until_ms
            FROM webhook WHERE workspace = $1 ORDER BY id
            """, workspace
        ).map(Self.subscription)
    }

    private static func subscription(_ row: Row) throws -> WebhookSubscription {
        let events: String = try row[3]
        return try WebhookSubscription(
            id: row[0], workspace: row[1], url: row[2], events: StoredJSON.decode([String].self, from: events), description: row[4],
            createdAt: row[5], disabledAt: row[6], disabledWhy: row[7], oldSecretUntil: row[8])
    }

    // MARK: Secrets

    /// The secrets that sign now, the newest first.
    func secrets(of id: WebhookID, in workspace: WorkspaceID, at now: Timestamp, _ querying: some Querying) throws -> [WebhookSecret] {
        let row = try querying.row(
            "SELECT secret, old_secret, old_until_ms FROM webhook WHERE workspace = $1 AND id = $2", workspace, id)
        guard let row else { throw WebhookError.notFound }
        var secrets = [WebhookSecret(bytes: try secret.unseal(row[0], for: Self.purpose(id)))]
        if let old: [UInt8] = try row[1], let until: Timestamp = try row[2], now < until {
            secrets.append(WebhookSecret(bytes: try secret.unseal(old, for: Self.purpose(id))))
        }
        return secrets
    }

    private func seal(_ made: WebhookSecret, for id: WebhookID) throws -> [UInt8] { try secret.seal(made.bytes, for: Self.purpose(id)) }

    /// Bound to the webhook, so that a secret moved to another row opens nothing.
    private static func purpose(_ id: WebhookID) -> String { "webhook \(id.text)" }
}

extension Webhooks {
    private static func checked(url: String) throws -> String {
        guard url.utf8.count <= longestURLBytes, url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), let parts = URLComponents(string: url),
            ["http", "https"].contains(parts.scheme?.lowercased() ?? ""), !(parts.host ?? "").isEmpty, parts.user == nil,
            parts.password == nil
        else { throw WebhookError.url }
        return url
    }

    private static func checked(events: [String]) throws -> [String] {
        let names = Set(events)
        guard !names.isEmpty, names.count <= mostEvents, names.allSatisfy(isEventName) else { throw WebhookError.events }
        return names.sorted()
    }

    private static func isEventName(_ name: String) -> Bool {
        if name == WebhookSubscription.everything { return true }
        return !name.isEmpty && name.utf8.count <= longestEventBytes
            && name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
            }
    }

    private static func checked(description: String) throws -> String {
        let isOneLine = description.unicodeScalars.allSatisfy {
            ![.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        guard isOneLine, description.unicodeScalars.count <= longestDescription else { throw WebhookError.label }
        return description
    }
}
