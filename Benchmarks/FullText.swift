import GRDB

/// The yardstick for searching: SQLite's own full-text index, the tempting choice for whoever has SQLite already. Stemmed by its `porter` over `unicode61`, all words of the
/// question joined by OR, ranked by its bm25, best first, texts included.
final class FullText {
    private let queue: DatabaseQueue

    /// - Parameter path: a new file.
    init(path: String) throws {
        queue = try DatabaseQueue(path: path)
        try queue.write {
            try $0.execute(sql: "CREATE VIRTUAL TABLE page USING fts5(id UNINDEXED, title, body, tokenize = 'porter unicode61')")
        }
    }

    /// Adds pages in one transaction.
    func add(_ pages: [(id: String, title: String, body: String)]) throws {
        try queue.write { database in
            let statement = try database.makeStatement(sql: "INSERT INTO page VALUES (?, ?, ?)")
            for page in pages { try statement.execute(arguments: [page.id, page.title, page.body]) }
        }
    }

    /// The ids of the best pages.
    /// - Parameter words: letters and digits only.
    func search(_ words: [String], limit: Int = 5) throws -> [String] {
        guard !words.isEmpty else { return [] }
        return try queue.read { database in
            let statement = try database.cachedStatement(sql: "SELECT id, title, body FROM page WHERE page MATCH ? ORDER BY rank LIMIT ?")
            let query = words.map { "\"\($0)\"" }.joined(separator: " OR ")
            return try Row.fetchAll(statement, arguments: [query, limit]).map { $0[0] }
        }
    }

    /// The words of a question.
    static func words(of question: String) -> [String] { question.split { !$0.isLetter && !$0.isNumber }.map(String.init) }
}
