package import Storage

/// A file that somebody put into a conversation. Its bytes stand in the database beside everything else, so that a backup has them and a half-written
/// file cannot be.
///
/// It is uploaded first and belongs to the conversation; a message then names it. Until then only whoever uploaded it sees it.
package struct Attachment: Hashable, Sendable {
    /// Names it; 128 random bits.
    package let id: AttachmentID
    /// Where it belongs.
    package let conversation: ConversationID
    /// The message that carries it; nil until one does.
    package let message: MessageID?
    /// Who uploaded it.
    package let author: Message.Author
    /// As it was called, made safe to show and to save under.
    package let name: String
    /// What the bytes are.
    package let kind: FileKind
    /// Its size.
    package let bytes: Int
    /// When it was uploaded.
    package let at: Timestamp
}

/// Names an attachment.
package enum AttachmentKind: IdentifierKind { package static let prefix = "att" }
/// Names an attachment.
package typealias AttachmentID = Identifier<AttachmentKind>

extension Inbox {
    /// Keeps a file in a conversation.
    /// - Parameters:
    ///   - name: as the sender called it; anything.
    ///   - content: 1...`limits.attachmentBytes` bytes of an allowed kind.
    ///   - author: the conversation's customer, or a teammate.
    /// - Throws: `InboxError.notFound`, `.empty`, `.tooLong`, `.tooMany`, `.unknownKind`; `StorageError`.
    package func attach(
        _ content: [UInt8], named name: String, to id: ConversationID, by author: Message.Author, at now: Timestamp,
        in transaction: Transaction
    ) throws -> Attachment {
        let kind = try check(file: content)
        try exists(id, in: transaction)
        if let teammate = author.teammate { try active(teammate, in: transaction) }
        let count = try transaction.row("SELECT COUNT(*) FROM attachment WHERE workspace = $1 AND conversation = $2", workspace, id)
        guard try count?[0] ?? 0 < limits.attachments else { throw InboxError.tooMany(field: "attachments", limit: limits.attachments) }
        let attachment = AttachmentID.new(at: now)
        try transaction.run(
            """
            INSERT INTO attachment(workspace, id, conversation, author, teammate, name, media_type, bytes, content, at_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """, workspace, attachment, id, author.kind, author.teammate, FileName.safe(name, kind), kind.rawValue, content.count, content,
            now)
        return try self.attachment(attachment, in: transaction)
    }

    /// What a file is, before anything is kept of it.
    /// - Throws: `InboxError.empty`, `.tooLong`, `.unknownKind`.
    @discardableResult
    package func check(file content: [UInt8]) throws -> FileKind {
        guard !content.isEmpty else { throw InboxError.empty(field: "file") }
        guard content.count <= limits.attachmentBytes else { throw InboxError.tooLong(field: "file", limit: limits.attachmentBytes) }
        guard let kind = FileKind(content: content) else { throw InboxError.unknownKind }
        return kind
    }

    /// One attachment, for teammates.
    /// - Throws: `InboxError.notFound(.attachment)`; `StorageError`.
    package func attachment(_ id: AttachmentID, in querying: some Querying) throws -> Attachment {
        let row = try querying.row(
            """
            SELECT id, conversation, message, author, teammate, name, media_type, bytes, at_ms FROM attachment
            WHERE workspace = $1 AND id = $2
            """, workspace, id)
        guard let row else { throw InboxError.notFound(.attachment) }
        return try Attachment(row)
    }

    /// One attachment, as the customer of a conversation may see it: what they uploaded, and what a message to them carries. Looked up together with its
    /// conversation, so that an id alone opens nothing.
    /// - Throws: `InboxError.notFound(.attachment)`; `StorageError`.
    package func attachment(
        _ id: AttachmentID, ofCustomerIn conversation: ConversationID, in querying: some Querying
    ) throws -> Attachment {
        let row = try querying.row(
            """
            SELECT a.id, a.conversation, a.message, a.author, a.teammate, a.name, a.media_type, a.bytes, a.at_ms FROM attachment a
            WHERE a.workspace = $1 AND a.id = $2 AND a.conversation = $3 AND (a.author = 'customer' OR EXISTS(
                SELECT 1 FROM message m WHERE m.workspace = a.workspace AND m.id = a.message AND m.kind = 'text'))
            """, workspace, id, conversation)
        guard let row else { throw InboxError.notFound(.attachment) }
        return try Attachment(row)
    }

    /// The bytes of an attachment that was found.
    /// - Throws: `InboxError.notFound(.attachment)`; `StorageError`.
    package func content(of attachment: Attachment, in querying: some Querying) throws -> [UInt8] {
        let row = try querying.row(
            "SELECT content FROM attachment WHERE workspace = $1 AND id = $2 AND conversation = $3", workspace, attachment.id,
            attachment.conversation)
        guard let row else { throw InboxError.notFound(.attachment) }
        return try row[0]
    }

    /// The attachments of a conversation that a message carries, in the order of their upload.
    /// - Throws: `StorageError`.
    package func attachments(of conversation: ConversationID, in querying: some Querying) throws -> [Attachment] {
        try querying.rows(
            """
            SELECT id, conversation, message, author, teammate, name, media_type, bytes, at_ms FROM attachment
            WHERE workspace = $1 AND conversation = $2 AND message IS NOT NULL ORDER BY at_ms, id
            """, workspace, conversation
        ).map(Attachment.init)
    }

    /// Puts uploaded files on a message: each must be of the same conversation and the same author, and on no other message yet.
    func put(_ attachments: [AttachmentID], on message: Message, in transaction: Transaction) throws {
        guard Set(attachments).count == attachments.count else { throw InboxError.notFound(.attachment) }
        for attachment in attachments {
            let changed = try transaction.run(
                """
                UPDATE attachment SET message = $4 WHERE workspace = $1 AND id = $2 AND conversation = $3 AND message IS NULL AND author = $5
                    AND COALESCE(teammate, '') = $6
                """, workspace, attachment, message.conversation, message.id, message.author.kind, message.author.teammate?.text ?? "")
            guard changed == 1 else { throw InboxError.notFound(.attachment) }
        }
    }
}

extension Attachment {
    init(_ row: Row) throws {
        id = try row[0]
        conversation = try row[1]
        message = try row[2]
        author = try .init(kind: row[3], teammate: row[4])
        name = try row[5]
        kind = try stored(row[6])
        bytes = try row[7]
        at = try row[8]
    }
}

extension Inbox {
    static let attachmentSchema = Migration(
        "inbox-5",
        """
        CREATE TABLE attachment(
            workspace TEXT NOT NULL, id TEXT NOT NULL, conversation TEXT NOT NULL, message TEXT,
            author TEXT NOT NULL CHECK (author IN ('customer', 'teammate')), teammate TEXT,
            name TEXT NOT NULL, media_type TEXT NOT NULL, bytes INTEGER NOT NULL, at_ms INTEGER NOT NULL, content BLOB NOT NULL,
            CHECK ((author = 'teammate') = (teammate IS NOT NULL)), CHECK (bytes = length(content)),
            PRIMARY KEY (workspace, id),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id),
            FOREIGN KEY (workspace, teammate) REFERENCES teammate(workspace, id)
        ) STRICT;
        CREATE INDEX attachment_conversation ON attachment(workspace, conversation, at_ms);
        """)
}
