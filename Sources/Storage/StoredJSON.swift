package import Foundation

/// How values are kept as JSON in a column: keys sorted (so that the same value gives the same bytes), slashes plain.
package enum StoredJSON {
    /// - Throws: `EncodingError`, for a value that JSON cannot hold (an infinite number).
    package static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// The JSON as text, for a TEXT column.
    /// - Throws: `EncodingError`.
    package static func text(_ value: some Encodable) throws -> String { try String(decoding: encode(value), as: UTF8.self) }

    /// Reads what `text` wrote.
    /// - Throws: `StorageError.unexpectedColumn` where it does not fit.
    package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
            throw StorageError.unexpectedColumn(index: 0, wanted: "JSON of \(type)", found: String(text.prefix(60)))
        }
    }
}
