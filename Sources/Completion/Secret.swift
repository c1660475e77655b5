/// A key that can be used but not seen: whatever prints, logs, encodes or mirrors it gets a mask.
package struct Secret: Sendable, Hashable, Codable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// - Parameter value: the key; space and line ends around it (from a file) are cut off.
    package init(_ value: String) { self.value = Coercion.trimmed(value) }

    /// The key itself, for the one header it goes into.
    package func reveal() -> String { value }

    /// Whether there is no key.
    package var isEmpty: Bool { value.isEmpty }

    /// The mask.
    package var description: String { "•••" }
    /// The mask.
    package var debugDescription: String { description }
    /// The mask.
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Reads the key itself.
    package init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(String.self)) }

    /// Encodes the mask: settings that are shown or exported never carry a key.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// A text from outside (an error message, say) without the key, should it stand in there.
    func redact(_ text: String) -> String { value.utf8.count < 6 ? text : text.replacing(value, with: description) }
}
