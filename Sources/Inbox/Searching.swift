package import Storage

/// "Where was that said, and by whom?" Words are looked for in what people and the assistant said, in notes, in subjects and in the names and addresses
/// of customers, without regard to case and accents. Every word must be in one message (or its customer's name); the last one may be a beginning.
///
/// The index (`inbox_search`, SQLite's FTS5) has one entry for each message, with the customer's name beside the text, and one for the conversation
/// itself; both are written in the transaction of what they are of. The text stands there once more: so an entry can be changed and removed without
/// the old words at hand. Words are split as Unicode says; languages that are written without spaces are found by the beginnings of their runs only.
package struct SearchHit: Hashable, Sendable {
    /// The conversation, as lists show it.
    package let row: QueueRow
    /// The message that fits best; nil where name or subject does.
    package let sequence: Int?
    /// The words around what was found.
    package let snippet: Snippet
}

/// A piece of text with the places in it that were looked for. Positions, not markup: the text is untrusted.
package struct Snippet: Hashable, Sendable {
    /// Plain text.
    package let text: String
    /// What was found, in Unicode scalars from the beginning of `text`; in order, apart from each other.
    package let hits: [Range<Int>]

    /// The text in pieces, in order, each found or not.
    package var pieces: [(text: String, isHit: Bool)] {
        let scalars = Array(text.unicodeScalars)
        var pieces: [(text: String, isHit: Bool)] = []
        var end = 0
        func add(_ range: Range<Int>, _ isHit: Bool) {
            guard !range.isEmpty else { return }
            pieces.append((String(String.UnicodeScalarView(scalars[range])), isHit))
        }
        for hit in hits.map({ $0.clamped(to: 0..<scalars.count) }) where hit.lowerBound >= end {
            add(end..<hit.lowerBound, false)
            add(hit, true)
            end = hit.upperBound
        }
        add(end..<scalars.count, false)
        return pieces
    }
}

extension Inbox {
    /// Conversations in which the words are, best first, of equals the newest.
    /// - Parameters:
    ///   - words: as somebody typed them; nothing in them has a meaning of its own. Without a letter or digit nothing is found.
    ///   - teammate: whose unread messages are counted.
    ///   - limit: 1...`limits.searchResults`.
    /// - Throws: `StorageError`.
    package func search(
        _ words: String, for teammate: TeammateID, limit: Int = 100, in querying: some Querying
    ) throws -> [SearchHit] {
        guard let expression = SearchWords.expression(words, in: workspace, most: limits.searchWords) else { return [] }
        let found = try querying.rows(
            """
            WITH hit AS MATERIALIZED (
                SELECT rowid AS id, rank AS score FROM inbox_search
                WHERE inbox_search MATCH $1 AND rank MATCH 'bm25(0.0, 1.0, 2.0)' ORDER BY rank LIMIT $4)
            SELECT e.id, e.conversation, e.seq, MIN(h.score) AS best
            FROM hit h CROSS JOIN search_entry e ON e.id = h.id CROSS JOIN conversation c ON c.workspace = e.workspace AND c.id = e.conversation
            WHERE e.workspace = $2 GROUP BY e.conversation ORDER BY best, c.updated_ms DESC, e.conversation LIMIT $3
            """, expression, workspace, min(max(limit, 1), limits.searchResults), limits.searchEntries)
        return try found.compactMap { hit in
            let sequence: Int = try hit[2]
            guard let row = try row(of: hit[1], for: teammate, in: querying) else { return nil }
            return SearchHit(
                row: row, sequence: sequence == 0 ? nil : sequence, snippet: try snippet(of: hit[0], expression, in: querying))
        }
    }

    private func snippet(of entry: Int64, _ expression: String, in querying: some Querying) throws -> Snippet {
        let row = try querying.row(
            """
            SELECT snippet(inbox_search, 1, char(1), char(2), '…', 24) FROM inbox_search WHERE inbox_search MATCH $1 AND rowid = $2
            """, expression, entry)
        return Snippet(marked: try row?[0] ?? "")
    }

    /// Makes a conversation findable by its customer and its subject.
    func index(_ conversation: ConversationID, subject: String?, in transaction: Transaction) throws {
        try index(conversation, 0, subject ?? "", in: transaction)
    }

    /// Makes a message findable. Announcements and notices say the same everywhere, and a suggestion was not said.
    func index(_ message: Message, in transaction: Transaction) throws {
        guard message.kind == .text || message.kind == .note else { return }
        try index(message.conversation, message.sequence, message.text, in: transaction)
    }

    private func index(_ conversation: ConversationID, _ sequence: Int, _ text: String, in transaction: Transaction) throws {
        let entry = try transaction.row(
            "INSERT INTO search_entry(workspace, conversation, seq) VALUES ($1, $2, $3) RETURNING id", workspace, conversation, sequence)
        guard let entry else { return }
        try transaction.run(
            """
            INSERT INTO inbox_search(rowid, scope, text, who)
            SELECT $3, hex(c.workspace), $4, COALESCE(u.name, '') || ' ' || COALESCE(u.email, '')
            FROM conversation c JOIN customer u ON u.workspace = c.workspace AND u.id = c.customer WHERE c.workspace = $1 AND c.id = $2
            """, workspace, conversation, try entry[0] as Int64, text)
    }

    /// Makes what a customer said findable under the name as it is now.
    func index(nameOf customer: Customer, in transaction: Transaction) throws {
        let entries = try transaction.rows(
            """
            SELECT e.id FROM conversation c JOIN search_entry e ON e.workspace = c.workspace AND e.conversation = c.id
            WHERE c.workspace = $1 AND c.customer = $2 ORDER BY e.id DESC LIMIT $3
            """, workspace, customer.id, limits.renamedEntries)
        for entry in entries {
            try transaction.run(
                "UPDATE inbox_search SET who = $2 WHERE rowid = $1", try entry[0] as Int64,
                (customer.name ?? "") + " " + (customer.email ?? ""))
        }
    }

    static let searching = Migration(
        "inbox-7",
        """
        CREATE TABLE search_entry(
            id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, conversation TEXT NOT NULL, seq INTEGER NOT NULL,
            UNIQUE (workspace, conversation, seq), FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id)
        ) STRICT;
        CREATE VIRTUAL TABLE inbox_search USING fts5(
            scope, text, who, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
        INSERT INTO search_entry(workspace, conversation, seq) SELECT workspace, id, 0 FROM conversation;
        INSERT INTO search_entry(workspace, conversation, seq)
            SELECT workspace, conversation, seq FROM message WHERE kind IN ('text', 'note') ORDER BY at_ms, conversation, seq;
        INSERT INTO inbox_search(rowid, scope, text, who)
            SELECT e.id, hex(e.workspace), CASE WHEN e.seq = 0 THEN COALESCE(c.subject, '') ELSE m.text END,
                COALESCE(u.name, '') || ' ' || COALESCE(u.email, '')
            FROM search_entry e JOIN conversation c ON c.workspace = e.workspace AND c.id = e.conversation
            JOIN customer u ON u.workspace = c.workspace AND u.id = c.customer
            LEFT JOIN message m ON m.workspace = e.workspace AND m.conversation = e.conversation AND m.seq = e.seq;
        """)
}

extension Snippet {
    /// - Parameter marked: with U+0001 before and U+0002 behind what was found, as the index marks it. Such characters in somebody's words go, too.
    init(marked: String) {
        var scalars = String.UnicodeScalarView()
        var (hits, open, count): ([Range<Int>], Int?, Int) = ([], nil, 0)
        for scalar in marked.unicodeScalars {
            switch scalar.value {
            case 1: open = count
            case 2:
                if let begin = open, begin < count { hits.append(begin..<count) }
                open = nil
            default:
                scalars.append(scalar)
                count += 1
            }
        }
        self.init(text: String(scalars), hits: hits)
    }
}

/// What somebody typed, as an expression for the index: quoted words and nothing else, within one workspace.
enum SearchWords {
    /// - Returns: nil where there is no word in it.
    static func expression(_ text: String, in workspace: WorkspaceID, most: Int) -> String? {
        let words = words(of: text, most: most)
        guard let last = words.last else { return nil }
        // The beginning of a word is looked for from two characters on: one would fit nearly everything.
        let quoted = words.dropLast().map { "\"\($0)\"" } + ["\"\(last)\"" + (last.unicodeScalars.count > 1 ? "*" : "")]
        return "scope : \"\(scope(of: workspace))\" AND {text who} : (\(quoted.joined(separator: " AND ")))"
    }

    /// The word that stands for a workspace in the index: one token, whatever its id has in it. SQL's `hex` writes the same.
    static func scope(of workspace: WorkspaceID) -> String {
        workspace.text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }

    /// Runs of letters and digits with their marks: none of them has a quotation mark in it.
    static func words(of text: String, most: Int) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isOfWord(scalar, isFirst: word.isEmpty) {
                word.append(scalar)
            } else if !word.isEmpty {
                words.append(String(word))
                word = .init()
            }
            if words.count == most { return words }
        }
        return word.isEmpty ? words : words + [String(word)]
    }

    private static func isOfWord(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
            .otherNumber,
            .privateUse:
            true
        case .nonspacingMark, .spacingMark, .enclosingMark: !isFirst
        default: false
        }
    }
}
