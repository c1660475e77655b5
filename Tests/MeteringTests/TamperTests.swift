import Foundation
import GRDB
import Metering
import Storage
import Testing

@Suite struct TamperTests {
    static let tables = ["account", "balance", "journal", "entry", "price", "response", "attempt", "charge", "hold", "hold_line"]

    @Test(arguments: tables)
    func `one changed column of any table is found, also by someone who takes the guards away and puts them back`(table: String)
        async throws
    {
        try await World.open { world in
            try await Self.fill(world)
            try await world.expectSound()
            let raw = try Self.connection(world)
            let columns = try await raw.read { try $0.columns(in: table).map(\.name) }
            let rows = try await raw.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM \(table)") ?? 0 }
            #expect(rows > 0)
            for row in [0, rows - 1] {
                for column in columns {
                    let restore = try await raw.write { try Self.flip(column, of: table, row: row, in: $0) }
                    let findings = try await world.report().findings
                    #expect(!findings.isEmpty, "\(table).\(column) of row \(row)")
                    try await raw.write { try restore($0) }
                }
            }
            try await world.expectSound()
            try raw.close()
        }
    }

    @Test func `a journal that is taken out at the end is missed by what it told of`() async throws {
        try await World.open { world in
            try await Self.fill(world)
            let raw = try Self.connection(world)
            try await raw.write { database in
                try Self.unguarded(["journal", "entry"], in: database) {
                    try database.execute(sql: "DELETE FROM entry WHERE journal = (SELECT MAX(number) FROM journal)")
                    try database.execute(sql: "DELETE FROM journal WHERE number = (SELECT MAX(number) FROM journal)")
                }
            }
            #expect(!(try await world.report().isSound))
            try raw.close()
        }
    }

    @Test func `missing guards and foreign triggers are found`() async throws {
        try await World.open { world in
            let raw = try Self.connection(world)
            try await raw.write { try $0.execute(sql: "DROP TRIGGER journal_fixed") }
            #expect(try await world.report().findings.map(\.what) == ["journal_fixed is missing"])
            try await raw.write { database in
                try database.execute(
                    sql: "CREATE TRIGGER journal_fixed BEFORE UPDATE ON journal BEGIN SELECT 1; END")
                try database.execute(sql: "CREATE TRIGGER helpful AFTER INSERT ON entry BEGIN SELECT 1; END")
            }
            #expect(
                try await world.report().findings.map(\.what).sorted() == [
                    "the trigger journal_fixed is not the one of the migrations", "there is a foreign trigger helpful",
                ])
            try raw.close()
        }
    }

    @Test(arguments: [
        "UPDATE journal SET reason = 'better'", "DELETE FROM journal", "UPDATE entry SET amount_pico = 1", "DELETE FROM entry",
        "UPDATE price SET unit_pico = 0", "DELETE FROM price", "UPDATE charge SET quantity = 1", "DELETE FROM charge",
        "UPDATE account SET floor_pico = NULL", "DELETE FROM balance", "UPDATE balance SET floor_pico = -1", "DELETE FROM hold",
        "UPDATE hold SET state = 'open'", "UPDATE hold SET amount_pico = 0", "UPDATE hold_line SET amount_pico = 1",
        "DELETE FROM hold_line",
        "UPDATE response SET outcome = 'failed', closed_ms = 1", "DELETE FROM response", "UPDATE attempt SET input = 0",
        "DELETE FROM attempt",
        "INSERT INTO account VALUES ('quayside', 'grant:x', 'grant', 'EUR', 0, 0, 'purchased', 1, NULL, 1)",  // a second currency
        // into a sealed journal, into a sealed hold, a second sale, tokens that were not counted
        "INSERT INTO entry VALUES ('quayside', 1, 9, 'revenue', 5)",
        "INSERT INTO hold_line VALUES ('quayside', 'turn-1', 9, 'grant:welcome', 5)",
        "INSERT INTO charge VALUES ('quayside', 'turn-1', 9, NULL, 'sell', 'response', 1, 1, 50000000000, 1, 1)",
        "INSERT INTO charge VALUES ('quayside', 'turn-1', 9, 1, 'cost', 'input_cached', 1, 3, 75000, 1, 1)",
        "INSERT INTO attempt SELECT workspace, response, 9, endpoint, provider, model, 'ended', sent_ms, 0, 0, NULL, 1, 'answered', "
            + "NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, NULL, 'none', NULL, NULL FROM attempt LIMIT 1",
        // a header whose entries do not sum to zero, one out of order, one that breaks the chain
        "INSERT INTO journal SELECT workspace, 99, 'k', 'release', 'workspace', '', NULL, 1, 1, '', '', 0, evidence, hash, hash FROM journal",
        "INSERT INTO journal SELECT workspace, number + 1, 'k', 'release', 'workspace', '', NULL, 1, 1, '', '', 0, evidence, "
            + "prev_hash, hash FROM journal ORDER BY number DESC LIMIT 1",
        "INSERT INTO journal SELECT workspace, number + 1, 'k', 'release', 'workspace', '', NULL, 1, 1, '', '', 1, evidence, "
            + "hash, hash FROM journal ORDER BY number DESC LIMIT 1",
    ])
    func `the database itself refuses to change what is booked`(sql: String) async throws {
        try await World.open { world in
            try await Self.fill(world)
            let raw = try Self.connection(world, isChecked: true)
            await #expect(throws: DatabaseError.self) { try await raw.write { try $0.execute(sql: sql) } }
            try await world.expectSound()
            try raw.close()
        }
    }

    @Test func `entries without a header, and entries that do not balance, cannot be committed`() async throws {
        try await World.open { world in
            let raw = try Self.connection(world, isChecked: true)
            let entry = "INSERT INTO entry SELECT workspace, MAX(number) + 1, 1, 'revenue', 5 FROM journal"
            await #expect(throws: DatabaseError.self) { try await raw.write { try $0.execute(sql: entry) } }
            await #expect(throws: DatabaseError.self) {
                try await raw.write { database in
                    try database.execute(sql: entry)
                    try database.execute(
                        sql: """
                            INSERT INTO journal SELECT workspace, number + 1, 'k', 'release', 'workspace', '', NULL, 1, 1, '', '', 1,
                                evidence, hash, hash FROM journal ORDER BY number DESC LIMIT 1
                            """)
                }
            }
            try await world.expectSound()
            try raw.close()
        }
    }

    /// Something in every table, every response closed.
    private static func fill(_ world: World) async throws {
        _ = try await world.grant("purchase-1", "5")
        try await world.turn("turn-1")
        try await world.turn("turn-2", .escalatedOnly)
        try await world.hold("turn-3")
        try await world.attempt("turn-3", outcome: nil)
        try await world.settle("turn-3", .supersededByPerson)
        try await world.write { transaction, meter, workspace in
            _ = try meter.reverse(ResponseID("turn-1"), of: workspace, actor: "Mara", reason: "wrong", in: transaction)
        }
    }

    private static func connection(_ world: World, isChecked: Bool = false) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = isChecked
        if !isChecked { configuration.prepareDatabase { try $0.execute(sql: "PRAGMA ignore_check_constraints = ON") } }
        return try DatabaseQueue(path: world.folder + "/baton.sqlite", configuration: configuration)
    }

    /// Changes one value and gives back what undoes it.
    private static func flip(_ column: String, of table: String, row: Int, in database: Database) throws
        -> @Sendable (Database) throws -> Void
    {
        let all = try GRDB.Row.fetchAll(database, sql: "SELECT * FROM \(table)")
        let old = all[row]
        let changed: DatabaseValue =
            switch (old[column] as DatabaseValue).storage {
            case .int64(let number): (number + 1_000_003).databaseValue
            case .string(let text): (text + "x").databaseValue
            case .blob(let bytes): Data(bytes.map { $0 ^ 1 }).databaseValue
            case .double(let number): (number + 1).databaseValue
            case .null:
                try database.columns(in: table).first { $0.name == column }?.type == "TEXT" ? "x".databaseValue : 1.databaseValue
            }
        let values = Dictionary(uniqueKeysWithValues: old.map { ($0.0, $0.1) })
        var flipped = values
        flipped[column] = changed
        try replace(values, by: flipped, in: table, database)
        return { [flipped] in try replace(flipped, by: values, in: table, $0) }
    }

    private static func replace(
        _ old: [String: DatabaseValue], by new: [String: DatabaseValue], in table: String, _ database: Database
    ) throws {
        let names = old.keys.sorted()
        try unguarded([table], in: database) {
            try database.execute(
                sql: """
                    UPDATE \(table) SET \(names.map { "\"\($0)\" = ?" }.joined(separator: ", "))
                    WHERE \(names.map { "\"\($0)\" IS ?" }.joined(separator: " AND "))
                    """, arguments: StatementArguments(names.map { new[$0] ?? .null } + names.map { old[$0] ?? .null }))
            #expect(database.changesCount == 1)
        }
    }

    /// Runs something with the triggers of some tables taken away, and puts them back as they were.
    private static func unguarded(_ tables: [String], in database: Database, _ body: () throws -> Void) throws {
        try database.execute(sql: "PRAGMA defer_foreign_keys = ON")
        let triggers = try GRDB.Row.fetchAll(database, sql: "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
            .filter { tables.contains($0["tbl_name"] as String) }
        for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger["name"] as String)") }
        try body()
        for trigger in triggers { try database.execute(sql: trigger["sql"] as String) }
    }
}
