import Notation
import Retrieval

/// Collections, documents and what a search finds, as JSON.
enum KnowledgeShapes {
    static let collection = Schema.named(
        "Collection",
        .object([
            .init("name", .text(1...100)), .init("documents", .count), .init("chunks", .count), .init("bytes", .integer(0...Int.max)),
            .init("updated_at", .time, "absent where it holds nothing yet", required: false),
            .init("assistants", .array(.text(0...200), most: 1000), "who answers from it"),
        ]))

    static func json(_ name: String, _ summary: CollectionSummary?, assistants: [String]) -> JSON {
        .of(
            ("name", .string(name)), ("documents", Written.number(summary?.documents ?? 0)),
            ("chunks", Written.number(summary?.chunks ?? 0)), ("bytes", Written.number(summary?.bytes ?? 0)),
            ("updated_at", Written.time(summary?.updated)), ("assistants", Written.texts(assistants)))
    }

    private static let documentFields: [Schema.Field] = [
        .init("id", .text(1...1024)), .init("collection", .text(1...100)), .init("title", .lines(0...100_000)),
        .init("origin", .text(0...4096), "the folder or file it came from; `api` for one that was put here"),
        .init("bytes", .count, "of the text as it was given"), .init("chunks", .count), .init("updated_at", .time),
        .init("version", .text(32...32), "of its text, title and format; the ETag"),
    ]

    static let document = Schema.named("Document", .object(documentFields))

    static let wholeDocument = Schema.object(
        documentFields + [.init("passages", .array(passage(isFound: false), most: 100_000), "its text as it was cut, in order")])

    static let newDocument = Schema.object([
        .init("title", .text(0...1000), "absent: found in the text", required: false), .init("text", .lines(0...documentBytes)),
        .init("format", .oneOf(["markdown", "html", "plain"]), "plain where absent", required: false),
    ])

    /// The largest document that is put over HTTP, in bytes of the request; folders are ingested with larger ones.
    static let documentBytes = 1 << 20

    static func json(_ document: DocumentSummary, in collection: String) -> JSON { .object(members(document, collection)) }

    static func json(_ document: DocumentSummary, in collection: String, _ chunks: [Passage]) -> JSON {
        .object(
            members(document, collection) + [.init(key: "passages", value: .array(chunks.map { json($0, isFound: false, explain: false) }))]
        )
    }

    private static func members(_ document: DocumentSummary, _ collection: String) -> [JSON.Member] {
        let json = JSON.of(
            ("id", .string(document.id)), ("collection", .string(collection)), ("title", .string(document.title)),
            ("origin", .string(shown(document.origin))), ("bytes", Written.number(document.bytes)),
            ("chunks", Written.number(document.chunks)),
            ("updated_at", Written.time(document.updated)), ("version", .string(document.version)))
        return json.members ?? []
    }

    /// Of a path on the operator's disk only the last part is anybody's business.
    private static func shown(_ origin: String) -> String { origin.split(separator: "/").last.map(String.init) ?? origin }

    private static func passage(isFound: Bool) -> Schema {
        let fields: [Schema.Field] = [
            .init("id", .text(1...1100), "of the document, `::`, number"), .init("document", .text(1...1024)),
            .init("title", .lines(0...100_000)), .init("headings", .array(.lines(0...100_000), most: 1000)),
            .init("text", .lines(0...10_000_000)),
        ]
        let term = Schema.object([
            .init("term", .text(0...20_000)), .init("share", .number(0...1e9)), .init("note", .text(0...1000), "where it was found"),
        ])
        let found: [Schema.Field] = [
            .init("score", .number(0...1e9), "TF-IDF; comparable within one search"),
            .init("terms", .array(term, most: 10_000), "what each word gave; the shares sum to the score", required: false),
        ]
        return .object(isFound ? fields + found : fields)
    }

    private static func json(_ passage: Passage, isFound: Bool, explain: Bool) -> JSON {
        let terms = passage.terms.map { term in
            JSON.of(("term", .string(term.term)), ("share", Written.number(term.share)), ("note", .string(term.note)))
        }
        return .of(
            ("id", .string(passage.id)), ("document", .string(passage.documentID)), ("title", .string(passage.title)),
            ("headings", Written.texts(passage.headings)), ("text", .string(passage.text)),
            ("score", isFound ? Written.number(passage.score) : nil), ("terms", explain ? .array(terms) : nil))
    }

    static let found = Schema.named(
        "SearchResult",
        .object([
            .init("collection", .text(1...100)), .init("passages", .array(passage(isFound: true), most: SearchQuery.mostPassages)),
            .init(
                "signals",
                .object([
                    .init("norm_score", .number(0...1), "best score as a share of the best possible"),
                    .init("coverage", .number(0...1), "weighted share of the question's words that were found"),
                    .init("best", .number(0...1e9)), .init("margin_to_second", .number(0...1)), .init("margin_to_rest", .number(0...1)),
                    .init("unknown_share", .number(0...1), "weighted share of words that no document has"), .init("is_empty", .boolean),
                ])),
            .init(
                "repaired", .array(.object([.init("from", .text(0...20_000)), .init("to", .text(0...20_000))]), most: 1000),
                "words that were taken for others"),
            .init("index_version", .text(0...100), "names the content that was searched"),
        ]))

    static func json(_ result: SearchResult, in collection: String, explain: Bool) -> JSON {
        let signals = result.signals
        return .of(
            ("collection", .string(collection)),
            ("passages", .array(result.passages.map { json($0, isFound: true, explain: explain) })),
            (
                "signals",
                .of(
                    ("norm_score", Written.number(signals.normScore)), ("coverage", Written.number(signals.coverage)),
                    ("best", Written.number(signals.best)), ("margin_to_second", Written.number(signals.marginToSecond)),
                    ("margin_to_rest", Written.number(signals.marginToRest)), ("unknown_share", Written.number(signals.unknownShare)),
                    ("is_empty", .bool(signals.isEmpty)))
            ),
            ("repaired", .array(result.repaired.map { .of(("from", .string($0.from)), ("to", .string($0.to))) })),
            ("index_version", .string(result.indexVersion)))
    }
}
