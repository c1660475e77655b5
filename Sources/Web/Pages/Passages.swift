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
    /// What was quoted from a passage.
    private let quotes: [String: String]

    static let none = Passages(texts: [:], quotes: [:])

    private init(texts: [String: String], quotes: [String: String]) { (self.texts, self.quotes) = (texts, quotes) }

    /// - Parameters:
    ///   - sources: where the assistant looked besides what it cited.
    ///   - quotes: what was quoted from them, by passage.
    /// - Throws: `StorageError`.
    init(
        behind messages: [Message], and sources: [HandoffPackage.Source] = [], quotes: [String: String] = [:], in collection: Collection,
        _ library: Library
    ) async throws {
        var texts: [String: String] = [:]
        for id in messages.reversed().flatMap(Self.citations).map(\.passage) + sources.map(\.passage)
        where texts[id] == nil && texts.count < Self.most {
            texts[id] = try await library.chunk(id, in: collection)?.text
        }
        self.texts = texts
        self.quotes = quotes
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
            <blockquote dir="auto">\(quoted(citation.quote, in: citation.passage))</blockquote></details></li>
            """ as HTML
        }
        return "<div class=\"sources\"><p>\(title)</p><ul>\(rows)</ul></div>"
    }

    private static func title(_ citation: ShownCitation) -> String {
        ([citation.title] + citation.headings.filter { $0 != citation.title }).joined(separator: " > ")
    }

    /// A source of a handoff, to be opened; only its title where the document is gone.
    func source(_ source: HandoffPackage.Source, number: Int) -> HTML {
        let title: HTML = "<bdi>\(source.title)</bdi>\(if: source.wasCited, " <span class=\"chip\">cited</span>")"
        guard let text = texts[source.passage] else { return "<li>\(title)</li>" }
        return """
            <li><details id="looked-\(number)"><summary>\(title)</summary>
            <blockquote dir="auto">\(quotes[source.passage].map { quoted($0, in: source.passage) } ?? "\(text)")</blockquote></details></li>
            """
    }

    /// The passage with the quoted words marked; the quote alone where the document has changed since.
    private func quoted(_ quote: String, in passage: String) -> HTML {
        guard let text = texts[passage], let range = text.range(of: quote) else { return "<mark>\(quote)</mark>" }
        return "\(String(text[..<range.lowerBound]))<mark>\(String(text[range]))</mark>\(String(text[range.upperBound...]))"
    }
}
