import Assistant
import Foundation
import Inbox
import Retrieval
import Storage

/// The citations of messages with the passages behind them, as they stand in the documents now.
struct Passages: Sendable {
    /// The most passages looked up for one page; of what is beyond only the quote is shown.
    static let most = 60

    private let texts: [String: String]

    static let none = Passages(texts: [:])

    private init(texts: [String: String]) { self.texts = texts }

    /// - Throws: `StorageError`.
    init(behind messages: [Message], in collection: Collection, _ library: Library) async throws {
        var texts: [String: String] = [:]
        for citation in messages.reversed().flatMap(Self.citations) where texts[citation.passage] == nil && texts.count < Self.most {
            texts[citation.passage] = try await library.chunk(citation.passage, in: collection)?.text
        }
        self.texts = texts
    }

    static func citations(of message: Message) -> [ShownCitation] {
        // Citations of another shape (an older version, an import) are not shown; the words they belong to are.
        message.citations.flatMap { try? StoredJSON.decode([ShownCitation].self, from: $0) } ?? []
    }

    /// The list under a reply.
    /// - Parameter prefix: of the elements' ids, unique on the page.
    func list(of message: Message, titled title: String = "Sources") -> HTML {
        let citations = Self.citations(of: message)
        guard !citations.isEmpty else { return .nothing }
        let rows = citations.enumerated().map { number, citation in
            """
            <li><details id="source-\(message.sequence)-\(number)"><summary><bdi>\(Self.title(citation))</bdi></summary>
            <blockquote dir="auto">\(quoted(citation))</blockquote></details></li>
            """ as HTML
        }
        return "<div class=\"sources\"><p>\(title)</p><ul>\(rows)</ul></div>"
    }

    private static func title(_ citation: ShownCitation) -> String {
        ([citation.title] + citation.headings.filter { $0 != citation.title }).joined(separator: " > ")
    }

    /// The passage with the quoted words marked; the quote alone where the document has changed since.
    private func quoted(_ citation: ShownCitation) -> HTML {
        guard let text = texts[citation.passage], let range = text.range(of: citation.quote) else {
            return "<mark>\(citation.quote)</mark>"
        }
        return "\(String(text[..<range.lowerBound]))<mark>\(String(text[range]))</mark>\(String(text[range.upperBound...]))"
    }
}
