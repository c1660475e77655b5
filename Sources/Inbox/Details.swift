package import Storage

/// What is known about a case beside its messages: tags, captured details.
extension Inbox {
    /// The tags of a conversation, in alphabetical order.
    func tags(of id: ConversationID, in querying: some Querying) throws -> [String] {
        try querying.rows("SELECT name FROM tag WHERE workspace = $1 AND conversation = $2 ORDER BY name", workspace, id).map { try $0[0] }
    }

    /// Sets the tags of a conversation: those that are missing are removed.
    /// - Parameter tags: at most `limits.tags`; spaces around them and doubles are dropped.
    /// - Throws: `InboxError.notFound(.conversation)`, `.tooMany`, `.tooLong`, `.empty`; `StorageError`.
    package func setTags(_ tags: [String], of id: ConversationID, at now: Timestamp, in transaction: Transaction) throws {
        let tags = Set(try tags.map { try Texts.line($0, field: "tag", limit: limits.lineCharacters) })
        guard tags.count <= limits.tags else { throw InboxError.tooMany(field: "tags", limit: limits.tags) }
        let before = Set(try conversation(id, in: transaction).tags)
        guard tags != before else { return }
        for tag in before.subtracting(tags) {
            try transaction.run("DELETE FROM tag WHERE workspace = $1 AND conversation = $2 AND name = $3", workspace, id, tag)
        }
        for tag in tags.subtracting(before).sorted() { try add(tag, to: id, at: now, in: transaction) }
        try touched(id, .tagged, count: tags.count, at: now, in: transaction)
    }

    /// Keeps captured details with a conversation; a name that was there gets the new value, an empty value removes it.
    /// - Parameter fields: by name; values up to `limits.detailCharacters`.
    /// - Throws: `InboxError.notFound(.conversation)`, `.tooMany`, `.tooLong`; `StorageError`.
    package func capture(
        _ fields: [String: String], in id: ConversationID, at now: Timestamp, in transaction: Transaction
    ) throws {
        let before = try conversation(id, in: transaction).captured
        var captured = before
        for (name, value) in fields {
            let name = try Texts.line(name, field: "detail's name", limit: limits.lineCharacters)
            captured[name] = value.isEmpty ? nil : try Texts.checked(value, field: "detail", limit: limits.detailCharacters)
        }
        guard captured.count <= limits.details else { throw InboxError.tooMany(field: "details", limit: limits.details) }
        guard captured != before else { return }
        try store(captured, in: id, at: now, in: transaction)
    }

    /// Keeps what evidence brings for tags and details. What does not fit is left out: a handoff does not fail for it.
    func keep(_ evidence: HandoffEvidence, in conversation: Conversation, at now: Timestamp, in transaction: Transaction) throws {
        var tags = Set(conversation.tags)
        for tag in evidence.tags where tags.count < limits.tags {
            // Unusable tags are dropped, see above.
            guard let tag = try? Texts.line(tag, field: "tag", limit: limits.lineCharacters), tags.insert(tag).inserted else { continue }
            try add(tag, to: conversation.id, at: now, in: transaction)
        }
        if tags.count > conversation.tags.count {
            try touched(conversation.id, .tagged, count: tags.count, at: now, in: transaction)
        }
        var captured = conversation.captured
        for (name, value) in evidence.captured.sorted(by: { $0.key < $1.key }) {
            // Unusable details are dropped, see above.
            guard let name = try? Texts.line(name, field: "detail's name", limit: limits.lineCharacters),
                let value = try? Texts.checked(value, field: "detail", limit: limits.detailCharacters),
                captured[name] != nil || captured.count < limits.details
            else { continue }
            captured[name] = value
        }
        if captured != conversation.captured { try store(captured, in: conversation.id, at: now, in: transaction) }
    }

    private func add(_ tag: String, to id: ConversationID, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            "INSERT INTO tag(workspace, conversation, name, at_ms) VALUES ($1, $2, $3, $4)", workspace, id, tag, now)
    }

    private func store(_ captured: [String: String], in id: ConversationID, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            "UPDATE conversation SET captured = $3 WHERE workspace = $1 AND id = $2", workspace, id, StoredJSON.text(captured))
        try touched(id, .captured, count: captured.count, at: now, in: transaction)
    }

    private func touched(
        _ id: ConversationID, _ event: InboxEvent, count: Int, at now: Timestamp, in transaction: Transaction
    ) throws {
        try transaction.run("UPDATE conversation SET updated_ms = $3 WHERE workspace = $1 AND id = $2", workspace, id, now)
        try emit(event, of: id.text, ["count": "\(count)"], at: now, in: transaction)
    }
}
