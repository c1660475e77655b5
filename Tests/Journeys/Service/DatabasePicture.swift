import Foundation
import GRDB
import Support

/// What stands in a world's database, as one text: two that are equal mean that nothing was changed in between.
enum DatabasePicture {
    /// When a credential was last used; written whatever the request does.
    private static let passing: Set<String> = ["session.seen_ms", "api_key.used_ms", "customer_token.used_ms", "customer_token.expires_ms"]

    static func of(_ world: World) throws -> [String: [String]] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: world.folder.file("data") + "/baton.sqlite", configuration: configuration)
        defer { try? queue.close() }  // only read from
        return try queue.read { database in
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            var picture: [String: [String]] = [:]
            for table in tables {
                let columns = try database.columns(in: table).map(\.name).filter { !passing.contains("\(table).\($0)") }
                let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
                // That something was refused is written down whatever was asked.
                picture[table] = try Row.fetchAll(database, sql: "SELECT \(list) FROM \"\(table)\"").map { "\($0)" }
                    .filter { table != "audit" || !$0.contains("authz.denied") }.sorted()
            }
            return picture
        }
    }
}
