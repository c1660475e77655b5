import CRegex

/// A compiled regular expression of a rule: RE2, case ignored, linear in the text.
///
/// Swift's own `Regex` backtracks: `^(a+)+$` on 22 letters took 201 s of processor time; RE2 needs 0.1 ms for 5,000.
final class Pattern: Sendable {
    /// As it stands in the rules file.
    let source: String
    // RE2 objects never change after they were compiled, and matching is safe from any thread (re2.h).
    nonisolated(unsafe) private let compiled: OpaquePointer

    /// What a pattern cannot be.
    struct Fault: Error {
        /// One sentence with the remedy.
        let what: String
    }

    /// Bytes of a text that patterns look at; the rest of a longer one is ignored.
    static let longestText = Int(baton_regex_longest_text)

    /// - Throws: `Fault`.
    init(_ source: String) throws(Fault) {
        self.source = source
        var error = [CChar](repeating: 0, count: 256)
        var source = source
        let handle = source.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { baton_regex_compile($0.baseAddress, $0.count, &error, error.count) }
        }
        guard let handle else {
            let reason = String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw Fault(
                what:
                    "the pattern is not possible: \(reason). Look-around and back-references do not exist here because they can take for ever"
            )
        }
        compiled = handle
    }

    deinit { baton_regex_free(compiled) }

    /// The byte offsets of the leftmost match, or nil.
    func firstMatch(in text: String) -> Range<Int>? {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                var start = 0
                var end = 0
                let length = min(characters.count, Self.longestText)
                let found = baton_regex_match(compiled, characters.baseAddress, length, &start, &end)
                return found == 1 && start <= end ? start..<end : nil
            }
        }
    }
}
