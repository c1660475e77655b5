package import Storage

extension Inbox {
    /// A reply that an assistant gave, for comparing it with the books.
    package struct KeptReply: Sendable {
        /// Whose.
        package let workspace: WorkspaceID
        /// Where.
        package let conversation: ConversationID
        /// Its number there.
        package let sequence: Int
        /// The turn it ended.
        package let turn: TurnID?
        /// The opaque JSON beside it.
        package let details: String?
    }

    /// Where the messages of a conversation are not 1, 2, 3, ... up to the number the conversation knows, over all workspaces, in words. At most a hundred.
    /// - Throws: `StorageError`.
    package static func gaps(in querying: any Querying) throws -> [String] {
        let within = try querying.rows(
            """
            SELECT workspace, conversation, seq, before FROM (SELECT workspace, conversation, seq,
                COALESCE(LAG(seq) OVER (PARTITION BY workspace, conversation ORDER BY seq), 0) AS before FROM message)
            WHERE seq <> before + 1 LIMIT 100
            """
        ).map { row in
            let (workspace, conversation): (String, String) = try (row[0], row[1])
            let (sequence, before): (Int, Int) = try (row[2], row[3])
            return "\(workspace), conversation \(conversation): message \(sequence) follows \(before)"
        }
        let atEnd = try querying.rows(
            """
            SELECT c.workspace, c.id, c.last_seq, COALESCE(MAX(m.seq), 0) FROM conversation c
            LEFT JOIN message m ON m.workspace = c.workspace AND m.conversation = c.id
            GROUP BY c.workspace, c.id, c.last_seq HAVING c.last_seq <> COALESCE(MAX(m.seq), 0) LIMIT 100
            """
        ).map { row in
            let (workspace, conversation): (String, String) = try (row[0], row[1])
            let (known, last): (Int, Int) = try (row[2], row[3])
            return "\(workspace), conversation \(conversation) counts \(known) messages, its last is \(last)"
        }
        return within + atEnd
    }

    /// Calls `body` for every reply of an assistant, over all workspaces.
    /// - Throws: `StorageError`, or what `body` throws.
    package static func eachReply(in querying: any Querying, _ body: (KeptReply) throws -> Void) throws {
        try querying.eachRow(
            """
            SELECT workspace, conversation, seq, turn, details FROM message WHERE author = 'assistant' AND kind = 'text'
            ORDER BY workspace, conversation, seq
            """
        ) { row in
            try body(
                KeptReply(workspace: row[0], conversation: row[1], sequence: row[2], turn: row[3], details: row[4]))
        }
    }
}
