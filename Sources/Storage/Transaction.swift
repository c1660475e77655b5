import Foundation
import GRDB

/// Something that answers queries: a `Snapshot` or a `Transaction`.
///
/// SQL is written in the portable subset that SQLite and PostgreSQL share (`$1` parameters, RETURNING, ON CONFLICT, no driver types), as a
/// constant: `StaticString` makes it impossible to build a statement from data.
package protocol Querying {
    /// All rows of a query, in order.
    /// - Throws: `StorageError`.
    func rows(_ sql: StaticString, _ parameters: (any SQLBindable)?...) throws -> [Row]

    /// The first row of a query, or nil.
    /// - Throws: `StorageError`.
    func row(_ sql: StaticString, _ parameters: (any SQLBindable)?...) throws -> Row?

    /// Calls `body` for one row after the other, so that a large result never lies in memory whole. `body` must not run the same statement
    /// (statements are kept and reused, so the inner run would restart the outer one).
    /// - Throws: `StorageError`, or what `body` throws, which ends the walk.
    func eachRow(_ sql: StaticString, _ parameters: (any SQLBindable)?..., body: (Row) throws -> Void) throws
}

/// A consistent view for reading. It does not see what is written after it began, and it never waits for a writer.
package struct Snapshot: Querying {
    let database: Database

    /// See `Querying`.
    package func rows(_ sql: StaticString, _ parameters: (any SQLBindable)?...) throws -> [Row] { try database.all(sql, parameters) }
    /// See `Querying`.
    package func row(_ sql: StaticString, _ parameters: (any SQLBindable)?...) throws -> Row? { try database.first(sql, parameters) }
    /// See `Querying`.
    package func eachRow(_ sql: StaticString, _ parameters: (any SQLBindable)?..., body: (Row) throws -> Void) throws {
        try database.each(sql, parameters, body: body)
    }
}

/// A unit of work that is durable, whole, when `Store.write` returns, or leaves nothing behind when its body throws.
package struct Transaction: Querying {
    let database: Database

    /// See `Querying`.
    package func rows(_ sql: StaticString, _ parameters: (any SQLBindable)?...) throws -> [Row] { try database.all(sql, parameters) }
    /// See `Querying`.
    package func row(_ sql: StaticString, _ parameters: (any SQLBindable)?...) throws -> Row? { try database.first(sql, parameters) }
    /// See `Querying`.
    package func eachRow(_ sql: StaticString, _ parameters: (any SQLBindable)?..., body: (Row) throws -> Void) throws {
        try database.each(sql, parameters, body: body)
    }

    /// Runs a statement that changes rows.
    /// - Returns: how many rows it changed.
    /// - Throws: `StorageError`; `.constraint` leaves the transaction usable, as if the statement had not been run.
    @discardableResult
    package func run(_ sql: StaticString, _ parameters: (any SQLBindable)?...) throws -> Int {
        try StorageError.translating {
            let statement = try database.cachedStatement(sql: Numbered.sql(sql))
            try statement.execute(arguments: StatementArguments(bindable: parameters))
            return database.changesCount
        }
    }

    /// Runs `body` so that, when it throws, what it wrote is undone while the transaction goes on.
    /// - Throws: what `body` throws; `StorageError`.
    @discardableResult
    package func attempt<T>(_ body: () throws -> T) throws -> T {
        try StorageError.translating {
            // The driver's own savepoints are compiled anew each time. Names may repeat: SQLite means the innermost.
            try database.cachedStatement(sql: "SAVEPOINT attempt").execute()
            do {
                let result = try body()
                try database.cachedStatement(sql: "RELEASE SAVEPOINT attempt").execute()
                return result
            } catch {
                // On a full disk SQLite has given up the whole transaction, and the savepoint with it.
                guard database.isInsideTransaction else { throw error }
                try database.cachedStatement(sql: "ROLLBACK TRANSACTION TO SAVEPOINT attempt").execute()
                try database.cachedStatement(sql: "RELEASE SAVEPOINT attempt").execute()
                throw error
            }
        }
    }
}

extension Database {
    fileprivate func all(_ sql: StaticString, _ parameters: [(any SQLBindable)?]) throws -> [Row] {
        var rows: [Row] = []
        try each(sql, parameters) { rows.append($0) }
        return rows
    }

    fileprivate func first(_ sql: StaticString, _ parameters: [(any SQLBindable)?]) throws -> Row? {
        try StorageError.translating {
            let statement = try cachedStatement(sql: Numbered.sql(sql))
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: StatementArguments(bindable: parameters))
            return try cursor.next().map(Row.init)
        }
    }

    fileprivate func each(_ sql: StaticString, _ parameters: [(any SQLBindable)?], body: (Row) throws -> Void) throws {
        try StorageError.translating {
            let statement = try cachedStatement(sql: Numbered.sql(sql))
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: StatementArguments(bindable: parameters))
            while let row = try cursor.next() { try body(Row(row)) }
        }
    }
}

extension Row {
    fileprivate init(_ row: GRDB.Row) {
        values = row.databaseValues.map { value in
            switch value.storage {
            case .null: .null
            case .int64(let number): .integer(number)
            case .double(let number): .real(number)
            case .string(let text): .text(text)
            case .blob(let bytes): .blob([UInt8](bytes))
            }
        }
    }
}

extension StatementArguments {
    /// Through the driver's initialiser for mixed values: the one for equal ones goes over a key path, which took 3 % of a turn.
    fileprivate init(bindable parameters: [(any SQLBindable)?]) {
        self.init(parameters.map { DatabaseValue(bindable: $0) as (any DatabaseValueConvertible)? })
    }
}

extension DatabaseValue {
    fileprivate init(bindable value: (any SQLBindable)?) {
        switch value?.sqlValue ?? .null {
        case .null: self = .null
        case .integer(let number): self = number.databaseValue
        case .real(let number): self = number.databaseValue
        case .text(let text): self = text.withoutNUL.databaseValue
        case .blob(let bytes): self = Data(bytes).databaseValue
        }
    }
}

extension String {
    /// The C face of SQLite ends a text at U+0000, so that everything behind it would be lost without a word (and two keys that differ there would be
    /// one); PostgreSQL refuses it. It is kept as U+FFFD.
    fileprivate var withoutNUL: String {
        utf8.contains(0) ? String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })) : self
    }
}
