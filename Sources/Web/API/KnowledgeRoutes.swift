import Access
import Assistant
import HTTPTypes
import Notation
import Retrieval
import Storage

/// What assistants answer from: collections of documents, and what a question finds in them.
enum KnowledgeRoutes {
    /// Collections of one workspace: each has an index in memory.
    private static let mostCollections = 100
    /// Types of a document's bytes, and how they are read.
    private static let formats: [(type: String, format: SourceDocument.Format)] = [
        ("text/markdown", .markdown), ("text/html", .html), ("text/plain", .plain),
    ]

    static let all: [Route] = [
        Route(
            .get, "/v1/collections", "listCollections", .knowledge, "The collections, by name", policy: .staff(.documentsRead),
            answers: [.init(200, "all of them", .page(of: KnowledgeShapes.collection))]
        ) { try await collections($0) },
        Route(
            .get, "/v1/collections/{collection}/documents", "listDocuments", .knowledge, "The documents of a collection, by id",
            policy: .staff(.documentsRead), query: [.limit, .after],
            answers: [.init(200, "a page", .page(of: KnowledgeShapes.document))]
        ) { try await list($0) },
        Route(
            .get, "/v1/collections/{collection}/documents/{document}", "getDocument", .knowledge,
            "One document with its text as it was cut",
            policy: .staff(.documentsRead), answers: [.init(200, "the document", KnowledgeShapes.wholeDocument, headers: ["ETag"])]
        ) { try await get($0) },
        Route(
            .put, "/v1/collections/{collection}/documents/{document}", "putDocument", .knowledge,
            "Adds a document (`If-None-Match: *`) or replaces the one whose ETag is sent as If-Match", policy: .staff(.documentsWrite),
            input: .bytesOrJSON(types: formats.map(\.type), KnowledgeShapes.newDocument, most: KnowledgeShapes.documentBytes),
            answers: [
                .init(200, "replaced, or the same as before", KnowledgeShapes.document, headers: ["ETag"]),
                .init(201, "added", KnowledgeShapes.document, headers: ["ETag"]), .outdated, .unconditional,
            ]
        ) { try await put($0) },
        Route(
            .delete, "/v1/collections/{collection}/documents/{document}", "deleteDocument", .knowledge,
            "Removes a document; with If-Match only in that version", policy: .staff(.documentsWrite),
            answers: [.init(204, "gone"), .outdated]
        ) { try await delete($0) },
        Route(
            .get, "/v1/search", "search", .knowledge, "The passages that speak to a question, best first", policy: .staff(.documentsRead),
            query: [
                .init("q", .lines(1...4000), "the question", required: true),
                .init("collection", .text(1...100), "that of the default assistant where absent"),
                .init("limit", .integer(1...SearchQuery.mostPassages), "passages; 5 where absent"),
                .init("explain", .boolean, "what each word gave to the scores"),
            ], answers: [.init(200, "what was found", KnowledgeShapes.found)]
        ) { try await search($0) },
    ]

    private static func collections(_ call: Call) async throws -> Reply {
        let profile = try call.service.desk.profile(call.workspace)
        let stored = try await call.service.library.collectionSummaries(of: call.workspace)
        let names = Set(stored.map(\.name) + profile.assistants.values.map(\.collection.name)).sorted()
        let rows = names.map { name in
            KnowledgeShapes.json(
                name, stored.first { $0.name == name },
                assistants: profile.assistants.values.filter { $0.collection.name == name }.map(\.name).sorted())
        }
        return .page(rows, next: nil, call)
    }

    private static func list(_ call: Call) async throws -> Reply {
        let collection = try await self.collection(call.place("collection"), call)
        let (limit, list) = (call.limit, collection.name)
        let after = try call.position(count: 1, list: list)?.first ?? ""
        let found = try await call.service.library.documents(in: collection, after: after, limit: limit + 1)
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last.map { call.cursor([$0.id], list: list) } : nil
        return .page(page.map { KnowledgeShapes.json($0, in: collection.name) }, next: next, call)
    }

    private static func get(_ call: Call) async throws -> Reply {
        let collection = try await self.collection(call.place("collection"), call)
        guard let document = try await call.service.library.document(call.place("document"), in: collection) else { throw Problem.notFound }
        let chunks = try await call.service.library.chunks(of: document.id, in: collection)
        return .json(KnowledgeShapes.json(document, in: collection.name, chunks)).tagged(document.version)
    }

    private static func put(_ call: Call) async throws -> Reply {
        let library = call.service.library
        let collection = Collection(workspace: call.workspace, name: call.place("collection"))
        try await makeRoom(for: collection, call)
        let document = try source(call)
        let report = try await library.put(document, into: collection, origin: "api") { before in
            if call.headers[.ifNoneMatch] == "*", let before { throw stale(before, collection) }
            if call.headers[.ifMatch] != nil, before == nil { throw Problem(.preconditionFailed, "There is no such document any more.") }
            if let before, call.headers[.ifNoneMatch] != "*" {
                try call.requireMatch(before.version, current: KnowledgeShapes.json(before, in: collection.name))
            }
        }
        if let refused = report.lines.first(where: { $0.outcome == .refused }) {
            throw Problem(.invalidInput, "The document cannot be taken: \(refused.note).")
        }
        guard let stored = try await library.document(document.id, in: collection) else { throw Problem.notFound }
        return .json(KnowledgeShapes.json(stored, in: collection.name), status: report.added > 0 ? 201 : 200).tagged(stored.version)
    }

    private static func source(_ call: Call) throws -> SourceDocument {
        let id = call.place("document")
        if let text = call.text("text") {
            let format = call.text("format").flatMap(SourceDocument.Format.init(rawValue:)) ?? .plain
            return SourceDocument(id: id, title: call.text("title") ?? "", text: text, format: format)
        }
        let type = call.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
        guard let text = String(validating: call.body, as: UTF8.self) else { throw Problem(.invalidInput, "The document is not UTF-8.") }
        guard !text.isEmpty else { throw Problem(.invalidInput, "The document is empty.") }
        return SourceDocument(id: id, text: text, format: formats.first { type.hasPrefix($0.type) }?.format ?? .plain)
    }

    private static func delete(_ call: Call) async throws -> Reply {
        let collection = try await self.collection(call.place("collection"), call)
        let wasThere = try await call.service.library.remove(call.place("document"), from: collection) { before in
            guard call.headers[.ifMatch] != nil else { return }
            try call.requireMatch(before.version, current: KnowledgeShapes.json(before, in: collection.name))
        }
        guard wasThere else { throw Problem.notFound }
        return .nothing
    }

    private static func search(_ call: Call) async throws -> Reply {
        let collection =
            if let name = call.query("collection") { try await self.collection(name, call) } else {
                try call.service.desk.profile(call.workspace).usualCollection
            }
        let query = SearchQuery(text: call.query("q") ?? "", limit: call.number("limit") ?? 5)
        let result = try await call.service.library.search(query, in: collection)
        return .json(KnowledgeShapes.json(result, in: collection.name, explain: call.query("explain") == "true"))
    }

    private static func stale(_ before: DocumentSummary, _ collection: Collection) -> Problem {
        var problem = Problem(.preconditionFailed, "There is such a document already. Send its ETag as If-Match to replace it.")
        problem.members = [("current", KnowledgeShapes.json(before, in: collection.name))]
        return problem
    }

    /// A collection that holds something, or from which an assistant answers.
    /// - Throws: `Problem` 404.
    private static func collection(_ name: String, _ call: Call) async throws -> Collection {
        guard try await known(call).contains(name) else { throw Problem.notFound }
        return Collection(workspace: call.workspace, name: name)
    }

    private static func makeRoom(for collection: Collection, _ call: Call) async throws {
        let known = try await known(call)
        guard known.contains(collection.name) || known.count < mostCollections else {
            throw Problem(.conflict, "A workspace may have \(mostCollections) collections. Put it into one that exists.")
        }
    }

    private static func known(_ call: Call) async throws -> Set<String> {
        let profile = try call.service.desk.profile(call.workspace)
        return Set(
            try await call.service.library.collections(of: call.workspace).map(\.name) + profile.assistants.values.map(\.collection.name))
    }
}

extension Route.Answer {
    /// For routes on which If-Match may be sent and need not.
    static let outdated = Route.Answer(
        412, "somebody changed it before; `current` is how it is now", Problem.schema, type: "application/problem+json")
    fileprivate static let unconditional = Route.Answer(
        428, "it exists; send its ETag as If-Match", Problem.schema, type: "application/problem+json")
}
