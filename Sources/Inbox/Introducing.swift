package import Storage

/// What a customer says of themselves in a lead form.
package struct Introduction: Hashable, Sendable {
    /// Nil: not said.
    package var name: String?
    /// Nil: not said.
    package var email: String?
    /// The company's own fields, by name; kept among the captured details.
    package var fields: [String: String] = [:]
    /// What they agreed to; nil: to nothing.
    package var consent: Consent?

    /// What a customer agreed to, word for word: what a company can show later, whatever its form says by then.
    package struct Consent: Hashable, Sendable {
        /// The sentence.
        package let text: String
        /// Where more stood.
        package let link: String?
        /// Stands for this wording.
        package let version: String

        /// Memberwise.
        package init(text: String, link: String?, version: String) {
            self.text = text
            self.link = link
            self.version = version
        }
    }

    /// A consent with its moment.
    package struct Given: Hashable, Sendable {
        /// To what.
        package let consent: Consent
        /// When.
        package let at: Timestamp
    }

    /// Whether the form was used.
    package enum Outcome: String, Hashable, Sendable {
        /// It was sent.
        case given
        /// It was put aside; it is not shown again.
        case skipped
    }

    /// Nothing said; to be filled field by field.
    package init() {}
}

extension Inbox {
    /// Keeps what a customer says of themselves. What the company vouched for is not overwritten by it.
    /// - Parameter reserved: names that a customer cannot have.
    /// - Returns: the customer as now known.
    /// - Throws: `InboxError.notFound`, `.reservedName`, `.forbiddenCharacter`, `.notAnAddress`, `.empty`, `.tooLong`, `.tooMany`; `StorageError`.
    @discardableResult
    package func introduce(
        _ introduction: Introduction, in id: ConversationID, reserved: ReservedNames, at now: Timestamp, in transaction: Transaction
    ) throws -> Customer {
        let conversation = try conversation(id, in: transaction)
        if let name = introduction.name { try reserved.check(name) }
        if let email = introduction.email { try Texts.checkAddress(email) }
        for (_, value) in introduction.fields { try Texts.checkLine(value, field: "detail") }
        let customer = try identify(
            conversation.customer, name: introduction.name, email: introduction.email, at: now, in: transaction)
        if !introduction.fields.isEmpty { try capture(introduction.fields, in: id, at: now, in: transaction) }
        if let consent = introduction.consent { try keep(consent, in: id, at: now, in: transaction) }
        try keep(.given, in: id, at: now, in: transaction)
        return customer
    }

    /// Remembers that the customer put the form aside. One that was sent stays sent.
    /// - Throws: `InboxError.notFound(.conversation)`; `StorageError`.
    package func skipIntroduction(in id: ConversationID, at now: Timestamp, in transaction: Transaction) throws {
        try exists(id, in: transaction)
        guard try introduction(in: id, in: transaction) == nil else { return }
        try keep(.skipped, in: id, at: now, in: transaction)
    }

    /// Whether the form of a conversation was sent or put aside; nil: neither.
    /// - Throws: `StorageError`.
    package func introduction(in id: ConversationID, in querying: some Querying) throws -> Introduction.Outcome? {
        try querying.row("SELECT outcome FROM introduction WHERE workspace = $1 AND conversation = $2", workspace, id).map {
            try stored($0[0])
        }
    }

    /// What the customer of a conversation agreed to, the oldest first.
    /// - Throws: `StorageError`.
    package func consents(in id: ConversationID, in querying: some Querying) throws -> [Introduction.Given] {
        try querying.rows(
            "SELECT wording, link, version, at_ms FROM consent WHERE workspace = $1 AND conversation = $2 ORDER BY at_ms, version",
            workspace, id
        ).map { try .init(consent: .init(text: $0[0], link: $0[1], version: $0[2]), at: $0[3]) }
    }

    private func keep(_ outcome: Introduction.Outcome, in id: ConversationID, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO introduction(workspace, conversation, outcome, at_ms) VALUES ($1, $2, $3, $4)
            ON CONFLICT (workspace, conversation) DO UPDATE SET outcome = excluded.outcome, at_ms = excluded.at_ms
            """, workspace, id, outcome.rawValue, now)
    }

    /// The first time counts: agreeing again to the same words changes nothing.
    private func keep(_ consent: Introduction.Consent, in id: ConversationID, at now: Timestamp, in transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO consent(workspace, conversation, version, wording, link, at_ms) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (workspace, conversation, version) DO NOTHING
            """, workspace, id, consent.version, consent.text, consent.link, now)
    }

    static let introductionSchema = Migration(
        "inbox-21",
        """
        CREATE TABLE introduction(
            workspace TEXT NOT NULL, conversation TEXT NOT NULL, outcome TEXT NOT NULL CHECK (outcome IN ('given', 'skipped')),
            at_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, conversation),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id)
        ) STRICT;
        CREATE TABLE consent(
            workspace TEXT NOT NULL, conversation TEXT NOT NULL, version TEXT NOT NULL, wording TEXT NOT NULL, link TEXT,
            at_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, conversation, version),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id)
        ) STRICT;
        """)
}
