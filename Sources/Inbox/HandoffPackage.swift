import Storage

/// What whoever hands over knows and the inbox does not: the parts of the package that come from elsewhere. All of it may be missing: a handoff must be
/// possible when everything else has failed.
package struct HandoffEvidence: Hashable, Sendable, Codable {
    /// What the customer wants, as a code (`withdrawal_status`).
    package var intent: String?
    /// How the customer feels: -2 (very bad) ... 2 (very good).
    package var sentiment: Int?
    /// Tags to put on the conversation.
    package var tags: [String] = []
    /// Captured details to keep with the conversation.
    package var captured: [String: String] = [:]
    /// What the assistant tried, in order, one line each.
    package var tried: [String] = []
    /// Where it looked.
    package var sources: [HandoffPackage.Source] = []
    /// Why it stopped, in words: one line per trigger, with value and threshold.
    package var why: [String] = []
    /// The whole receipt as JSON text, kept unread.
    package var receipt: String?
    /// What is settled and what is open; nil where nobody could say, and then the unanswered messages stand as open.
    package var summary: HandoffPackage.Summary?
    /// Files that belong to it.
    package var attachments: [HandoffPackage.Attachment] = []
    /// What lists show of the turn that ends so, 0...10,000; see `QueueRow.score`. Not part of the package.
    package var score: Int?

    /// Nothing known; to be filled field by field.
    package init() {}
}

/// Everything a person needs to take over, as it stood at the moment of the handoff. Kept as JSON; `schema` grows when a field changes meaning.
package struct HandoffPackage: Hashable, Sendable, Codable {
    /// 1.
    package let schema: Int
    /// The thread up to the handoff.
    package let thread: Thread
    /// Who asks.
    package let customer: Person
    /// The team's code for why: `askedForPerson`, `noKnowledge`, ...
    package let reason: String
    /// Captured details by name: the conversation's and the evidence's.
    package let captured: [String: String]
    /// The conversation's tags and the evidence's.
    package let tags: [String]
    /// What the customer wants, as a code.
    package let intent: String?
    /// -2 (very bad) ... 2 (very good).
    package let sentiment: Int?
    /// What the assistant tried, in order.
    package let tried: [String]
    /// Where it looked.
    package let sources: [Source]
    /// Why it stopped, one line per trigger.
    package let why: [String]
    /// The receipt as JSON text; nil where there was none or it was too large for the package.
    package let receipt: String?
    /// What is settled and what is open. Never missing.
    package let summary: Summary
    /// Files that belong to it.
    package let attachments: [Attachment]

    /// A piece of a conversation.
    package struct Thread: Hashable, Sendable, Codable {
        /// Which.
        package let conversation: ConversationID
        /// The last seq that the package speaks of.
        package let throughSequence: Int
    }

    /// A customer as known at that moment.
    package struct Person: Hashable, Sendable, Codable {
        /// Names the customer.
        package let id: CustomerID
        /// As given; untrusted.
        package let name: String?
        /// As given; untrusted.
        package let email: String?
        /// Whether the company vouched for name and e-mail.
        package let isVerified: Bool
    }

    /// A passage that the assistant had before it.
    package struct Source: Hashable, Sendable, Codable {
        /// The passage's id.
        package let passage: String
        /// The document's title.
        package let title: String
        /// Whether the draft cited it.
        package let wasCited: Bool

        /// Memberwise.
        package init(passage: String, title: String, wasCited: Bool) {
            self.passage = passage
            self.title = title
            self.wasCited = wasCited
        }
    }

    /// What is settled and what is open.
    package struct Summary: Hashable, Sendable, Codable {
        /// What the customer has an answer to.
        package let resolved: [String]
        /// What the customer still waits for.
        package let pending: [String]

        /// Memberwise.
        package init(resolved: [String], pending: [String]) {
            self.resolved = resolved
            self.pending = pending
        }
    }

    /// A file.
    package struct Attachment: Hashable, Sendable, Codable {
        /// Names the stored file.
        package let id: String
        /// As the customer named it; untrusted.
        package let name: String
        /// For example `image/png`; as found, not as claimed.
        package let mediaType: String
        /// Its size.
        package let bytes: Int

        /// Memberwise.
        package init(id: String, name: String, mediaType: String, bytes: Int) {
            self.id = id
            self.name = name
            self.mediaType = mediaType
            self.bytes = bytes
        }
    }
}

extension Inbox {
    /// Completes the evidence with what the inbox knows.
    func package(
        _ evidence: HandoffEvidence, because reason: String, of conversation: Conversation, in transaction: Transaction
    ) throws -> HandoffPackage {
        let customer = try customer(conversation.customer, in: transaction)
        let files = try attachments(of: conversation.id, in: transaction).map {
            HandoffPackage.Attachment(id: $0.id.text, name: $0.name, mediaType: $0.kind.rawValue, bytes: $0.bytes)
        }
        return HandoffPackage(
            schema: 1, thread: .init(conversation: conversation.id, throughSequence: conversation.lastSequence),
            customer: .init(id: customer.id, name: customer.name, email: customer.email, isVerified: customer.isVerified),
            reason: reason, captured: conversation.captured, tags: conversation.tags, intent: evidence.intent,
            sentiment: evidence.sentiment.map { min(max($0, -2), 2) }, tried: evidence.tried, sources: evidence.sources,
            why: evidence.why, receipt: evidence.receipt,
            summary: try evidence.summary ?? unanswered(in: conversation, in: transaction), attachments: files + evidence.attachments)
    }

    /// The package as JSON within its limit: what is too large loses the receipt first, then the long lists. A handoff does not fail for its size.
    func text(of package: HandoffPackage) throws -> String {
        for keep in [Int.max, 100, 10, 0] {
            let text = try StoredJSON.text(keep == Int.max ? package : package.shortened(to: keep))
            if text.utf8.count <= limits.packageBytes { return text }
        }
        return try StoredJSON.text(package.shortened(to: 0))
    }

    /// A summary without any model: the customer's messages since our last word are what is open.
    private func unanswered(in conversation: Conversation, in transaction: Transaction) throws -> HandoffPackage.Summary {
        let pending = try transaction.rows(
            """
            SELECT text FROM message WHERE workspace = $1 AND conversation = $2 AND author = 'customer' AND seq > COALESCE(
                (SELECT MAX(seq) FROM message WHERE workspace = $1 AND conversation = $2 AND kind = 'text' AND author <> 'customer'), 0)
            ORDER BY seq DESC LIMIT 5
            """, workspace, conversation.id
        ).reversed().map { Texts.preview(try $0[0]) }
        return .init(resolved: [], pending: Array(pending))
    }
}

extension HandoffPackage {
    fileprivate func shortened(to count: Int) -> HandoffPackage {
        func lines(_ lines: [String]) -> [String] { lines.prefix(count).map { String($0.unicodeScalars.prefix(500)) } }
        return HandoffPackage(
            schema: schema, thread: thread, customer: customer, reason: reason, captured: captured, tags: tags,
            intent: intent.map { String($0.unicodeScalars.prefix(200)) }, sentiment: sentiment, tried: lines(tried),
            sources: Array(sources.prefix(count)), why: lines(why), receipt: nil,
            summary: .init(resolved: lines(summary.resolved), pending: lines(summary.pending)),
            attachments: Array(attachments.prefix(count)))
    }
}
