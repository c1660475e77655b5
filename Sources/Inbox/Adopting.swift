package import Storage

/// Where a customer who signed in goes on.
extension Inbox {
    /// The conversation in which a known customer goes on with an assistant: the one that they hold on this device, or their open one, or a new one.
    ///
    /// A conversation that nobody signed in to becomes theirs only if they hold it; every other one stays whose it is.
    /// - Parameter held: the conversation that their device had a token for; it may be anybody's.
    /// - Returns: the conversation, and how it came to be theirs.
    /// - Throws: `InboxError.notFound(.customer)`, `.tooLong`; `StorageError`.
    package func resume(
        _ customer: CustomerID, assistant: String, holding held: ConversationID?, at now: Timestamp, in transaction: Transaction
    ) throws -> Resumed {
        if let held, let known = try usable(held, assistant: assistant, in: transaction) {
            if known.customer == customer { return .init(conversation: known, way: .kept) }
            let before = try self.customer(known.customer, in: transaction)
            if before.externalID == nil, !before.isVerified, known.lastSequence > 0 {
                try transaction.run("UPDATE conversation SET customer = $3 WHERE workspace = $1 AND id = $2", workspace, held, customer)
                // What they said before is found under the name that the company vouches for.
                try index(nameOf: try self.customer(customer, in: transaction), in: transaction)
                try emit(.adopted, of: held.text, ["customer": customer.text], at: now, in: transaction)
                return .init(conversation: try conversation(held, in: transaction), way: .adopted)
            }
        }
        let latest = try transaction.row(
            """
            SELECT id FROM conversation WHERE workspace = $1 AND customer = $2 AND assistant = $3 AND state = 'open'
            ORDER BY updated_ms DESC, id DESC LIMIT 1
            """, workspace, customer, assistant)
        if let latest { return .init(conversation: try conversation(latest[0], in: transaction), way: .resumed) }
        return .init(conversation: try open(for: customer, assistant: assistant, at: now, in: transaction), way: .opened)
    }

    /// A conversation that is open and with that assistant; nil for any other, and for one that is not there.
    private func usable(_ id: ConversationID, assistant: String, in transaction: Transaction) throws -> Conversation? {
        do {
            let known = try conversation(id, in: transaction)
            return known.state == .open && known.assistant == assistant ? known : nil
        } catch InboxError.notFound { return nil }
    }

    /// Where a customer goes on.
    package struct Resumed: Sendable {
        /// In which conversation.
        package let conversation: Conversation
        /// How it came to be theirs.
        package let way: Way

        /// How a conversation came to be a customer's.
        package enum Way: Hashable, Sendable {
            /// It was theirs, and on this device.
            case kept
            /// It was nobody's in particular, and on this device.
            case adopted
            /// It was theirs, and begun elsewhere or earlier.
            case resumed
            /// It is new.
            case opened
        }
    }
}
