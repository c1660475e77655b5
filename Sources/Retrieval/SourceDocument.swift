/// One document as it comes from outside, before it is cut.
package struct SourceDocument: Hashable, Sendable {
    /// How the text is written.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// Markdown with tables (GitHub's dialect), with or without front matter.
        case markdown
        /// HTML, as browsers accept it.
        case html
        /// Plain text; headings are recognised by `#` marks, code by fences, tables by their bars.
        case plain
        /// reStructuredText read as text: underlined headings are recognised, directives are kept as they are.
        case restructured
    }

    /// Names the document in its collection, 1...`largestID` bytes. A later document with the same id replaces it.
    package let id: String
    /// Empty where the text itself should tell (front matter, first heading, `<title>`) or, failing that, the id.
    package let title: String
    /// The text in its format.
    package let text: String
    /// How to read `text`.
    package let format: Format

    /// - Parameters:
    ///   - id: see `id`.
    ///   - title: may be empty.
    ///   - text: see `format`.
    ///   - format: plain where not told.
    package init(id: String, title: String = "", text: String, format: Format = .plain) {
        self.id = id
        self.title = title
        self.text = text
        self.format = format
    }

    /// The longest id, in UTF-8 bytes.
    package static let largestID = 1_024
}
