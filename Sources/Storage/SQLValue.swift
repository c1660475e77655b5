/// One value as the database keeps it. Money, times and ids are integers and text: no floating point touches them.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// A Swift value that can stand as a parameter (`$1`) in a statement.
package protocol SQLBindable: Sendable {
    /// The value as the database keeps it.
    var sqlValue: SQLValue { get }
}

/// A Swift value that can be read from a column. Reading never traps: what does not fit throws `StorageError.unexpectedColumn`.
package protocol SQLReadable: Sendable {
    /// - Returns: nil where the column holds something of another kind or out of range.
    static func read(_ value: SQLValue) -> Self?
}

extension Int64: SQLBindable, SQLReadable {
    /// As the database keeps it.
    package var sqlValue: SQLValue { .integer(self) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> Int64? {
        guard case .integer(let number) = value else { return nil }
        return number
    }
}

extension Int: SQLBindable, SQLReadable {
    /// As the database keeps it.
    package var sqlValue: SQLValue { .integer(Int64(self)) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> Int? { Int64.read(value).flatMap { Int(exactly: $0) } }
}

extension Bool: SQLBindable, SQLReadable {
    /// As the database keeps it.
    package var sqlValue: SQLValue { .integer(self ? 1 : 0) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> Bool? { Int64.read(value).map { $0 != 0 } }
}

extension Double: SQLBindable, SQLReadable {
    /// As the database keeps it.
    package var sqlValue: SQLValue { .real(self) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> Double? {
        switch value {
        case .real(let number): number
        case .integer(let number): Double(number)
        default: nil
        }
    }
}

extension String: SQLBindable, SQLReadable {
    /// As the database keeps it.
    package var sqlValue: SQLValue { .text(self) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> String? {
        guard case .text(let text) = value else { return nil }
        return text
    }
}

extension [UInt8]: SQLBindable, SQLReadable {
    /// As the database keeps it.
    package var sqlValue: SQLValue { .blob(self) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> [UInt8]? {
        guard case .blob(let bytes) = value else { return nil }
        return bytes
    }
}

extension Optional: SQLReadable where Wrapped: SQLReadable {
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> Wrapped?? {
        if case .null = value { return .some(nil) }
        return Wrapped.read(value).map { .some($0) }
    }
}

/// One row of a result, read by position: `let id: ConversationID = try row[0]`.
package struct Row: Hashable, Sendable {
    let values: [SQLValue]

    /// How many columns the row has.
    package var count: Int { values.count }

    /// - Throws: `StorageError.unexpectedColumn` where there is no such column or it holds something else.
    package subscript<Value: SQLReadable>(_ index: Int) -> Value {
        get throws {
            guard values.indices.contains(index), let value = Value.read(values[index]) else {
                let found = values.indices.contains(index) ? "\(values[index])" : "no such column"
                throw StorageError.unexpectedColumn(index: index, wanted: "\(Value.self)", found: String(found.prefix(60)))
            }
            return value
        }
    }
}
