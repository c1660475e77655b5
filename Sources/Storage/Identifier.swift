/// The name of one thing of one kind, as text: `conv_01jd…`. A conversation's id cannot be passed where a customer's is wanted.
package struct Identifier<Kind: IdentifierKind>: Hashable, Comparable, Sendable, Codable, CustomStringConvertible, SQLBindable, SQLReadable
{
    /// The text as stored and shown.
    package let text: String

    /// Takes over an id that was made elsewhere (a column, a command line). Whether such a thing exists is the query's question.
    package init(_ text: String) { self.text = text }

    /// A new id: 10 characters of time (so that they sort by birth and lie together in an index), then 26 random characters.
    /// The random part holds 128 bits from the system's generator, so an id cannot be guessed or enumerated.
    package static func new(at now: Timestamp) -> Self {
        var generator = SystemRandomNumberGenerator()
        var characters = [UInt8](Kind.prefix.utf8) + [UInt8(ascii: "_")]
        let time = UInt64(clamping: now.milliseconds)
        for shift in stride(from: 45, through: 0, by: -5) { characters.append(alphabet[Int(time >> UInt64(shift) & 31)]) }
        var random = (generator.next() as UInt64, generator.next() as UInt64)
        for _ in 0..<13 {
            characters.append(alphabet[Int(random.0 & 31)])
            characters.append(alphabet[Int(random.1 & 31)])
            random = (random.0 >> 5, random.1 >> 5)
        }
        return Self(String(decoding: characters, as: UTF8.self))
    }

    /// As people and logs read it.
    package var description: String { text }
    /// As the database keeps it.
    package var sqlValue: SQLValue { .text(text) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> Self? { String.read(value).map(Self.init) }
    /// Orders by what is kept.
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    /// Reads what `encode(to:)` wrote.
    package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    /// As one plain value.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// Crockford's base 32, lower case: no letter that is mistaken for a digit.
private let alphabet = [UInt8]("0123456789abcdefghjkmnpqrstvwxyz".utf8)

/// What an `Identifier` names, and how its text begins.
package protocol IdentifierKind: Sendable {
    /// Lower-case letters before the underscore.
    static var prefix: String { get }
}

/// A company's account.
package enum WorkspaceKind: IdentifierKind { package static let prefix = "ws" }
/// Names a workspace. Its text is the short name an operator chose (`quayside`).
package typealias WorkspaceID = Identifier<WorkspaceKind>
