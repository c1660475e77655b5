import Access
import HTTPTypes
import Notation

/// The API description (OpenAPI 3.1), made from the table that is served.
enum OpenAPI {
    static func document(of routes: [Route], version: String, server: String) -> JSON {
        var components: [String: JSON] = [:]
        _ = Problem.schema.document(&components)
        var paths: [(String, [JSON.Member])] = []
        for route in routes where route.group.isDescribed {
            let member = JSON.Member(key: route.method.rawValue.lowercased(), value: operation(route, &components))
            if let index = paths.firstIndex(where: { $0.0 == route.path.text }) {
                paths[index].1.append(member)
            } else {
                paths.append((route.path.text, [member]))
            }
        }
        return .of(
            ("openapi", "3.1.0"),
            (
                "info",
                .of(
                    ("title", "Baton"), ("version", .string(version)),
                    ("description", "Customer support: an assistant that answers from documents and hands over, whole, to people."),
                    ("license", .of(("name", "Apache-2.0"), ("identifier", "Apache-2.0"))))
            ),
            ("servers", .array([.of(("url", .string(server)))])),
            (
                "tags",
                .array(Route.Group.allCases.filter(\.isDescribed).map { .of(("name", .string($0.rawValue))) })
            ),
            ("paths", .object(paths.map { .init(key: $0.0, value: .object($0.1)) })),
            (
                "components",
                .of(
                    ("schemas", .object(components.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value) })),
                    (
                        "securitySchemes",
                        .of(
                            ("bearer", .of(("type", "http"), ("scheme", "bearer"), ("description", "an API key or a customer token"))),
                            (
                                "session",
                                .of(
                                    ("type", "apiKey"), ("in", "cookie"), ("name", "baton"),
                                    ("description", "a teammate who is signed in; changes also need the X-CSRF-Token header"))
                            ))
                    ))
            ))
    }

    private static func operation(_ route: Route, _ components: inout [String: JSON]) -> JSON {
        .of(
            ("operationId", .string(route.name)), ("tags", .array([.string(route.group.rawValue)])), ("summary", .string(route.summary)),
            ("description", .string(route.policy.inWords)), ("security", security(route.policy)),
            ("parameters", parameters(route, &components)), ("requestBody", requestBody(route, &components)),
            ("responses", responses(route, &components)))
    }

    private static func security(_ policy: Route.Policy) -> JSON {
        let bearer = JSON.of(("bearer", .array([])))
        let session = JSON.of(("session", .array([])))
        return switch policy {
        case .anyone: .array([])
        case .customer: .array([bearer])
        case .signedIn: .array([session])
        default: .array([bearer, session])
        }
    }

    private static func parameters(_ route: Route, _ components: inout [String: JSON]) -> JSON? {
        var list: [JSON] = []
        for place in route.path.places {
            list.append(
                .of(
                    ("name", .string(place)), ("in", "path"), ("required", true),
                    ("schema", (place == PathTemplate.placeWithSlashes ? Schema.text(1...1024) : .identifier).document(&components))))
        }
        for parameter in route.query {
            list.append(
                .of(
                    ("name", .string(parameter.name)), ("in", "query"), ("required", .bool(parameter.isRequired)),
                    ("description", .string(parameter.says)), ("schema", parameter.schema.document(&components))))
        }
        func header(_ name: String, _ says: String, required: Bool) {
            list.append(
                .of(
                    ("name", .string(name)), ("in", "header"), ("required", .bool(required)), ("description", .string(says)),
                    ("schema", .of(("type", "string"), ("minLength", 1), ("maxLength", 255), ("pattern", "^[!-~]+$")))))
        }
        if route.key != .ignored {
            header("Idempotency-Key", "the same request with the same key is done once", required: route.key == .required)
        }
        if route.needsMatch { header("If-Match", "the ETag of what is changed", required: true) }
        return list.isEmpty ? nil : .array(list)
    }

    private static func requestBody(_ route: Route, _ components: inout [String: JSON]) -> JSON? {
        switch route.input {
        case .none, .form, .formWithFile: nil
        case .json(let schema, _): body(schema, required: true, &components)
        case .optionalJSON(let schema, _): body(schema, required: false, &components)
        case .bytes(let types, _): .of(("required", true), ("content", .object(types.map(Self.raw))))
        case .bytesOrJSON(let types, let schema, _):
            .of(
                ("required", true),
                (
                    "content",
                    .object(
                        types.map(Self.raw) + [
                            .init(key: "application/json", value: .of(("schema", schema.document(&components))))
                        ])
                ))
        }
    }

    /// Bytes as they are: nothing is asked of them that a schema could say.
    private static func raw(_ type: String) -> JSON.Member { .init(key: type, value: .of(("schema", .object([])))) }

    private static func body(_ schema: Schema, required: Bool, _ components: inout [String: JSON]) -> JSON {
        .of(("required", .bool(required)), ("content", .of(("application/json", .of(("schema", schema.document(&components)))))))
    }

    private static func responses(_ route: Route, _ components: inout [String: JSON]) -> JSON {
        var members: [JSON.Member] = route.answers.map { answer in
            let content = answer.schema.map { JSON.object([.init(key: answer.type, value: .of(("schema", $0.document(&components))))]) }
            let plain =
                answer.schema == nil && answer.type != "application/json" ? JSON.object([.init(key: answer.type, value: .object([]))]) : nil
            return .init(key: "\(answer.status)", value: .of(("description", .string(answer.says)), ("content", content ?? plain)))
        }
        let problem = JSON.of(
            ("application/problem+json", .of(("schema", Problem.schema.document(&components)))))
        for status in route.problems where !route.answers.contains(where: { $0.status == status }) {
            members.append(
                .init(key: "\(status)", value: .of(("description", .string(Self.title(status))), ("content", problem))))
        }
        return .object(members)
    }

    private static func title(_ status: Int) -> String {
        Problem.Code.allCases.filter { $0.status == status }.map(\.title).joined(separator: "; ")
    }
}

extension Route {
    /// The statuses of the problems that it can answer.
    var problems: [Int] {
        var all: Set<Int> = [400, 414, 431, 500, 503, 507]
        if policy != .anyone { all.formUnion([401, 403]) } else { all.insert(401) }
        all.insert(404)
        if rate != .none { all.insert(429) }
        if !query.isEmpty || hasBody { all.insert(422) }
        all.insert(422)
        if hasBody { all.formUnion([413, 415]) } else { all.formUnion([413, 415]) }
        if method != .get { all.formUnion([403, 409]) }
        if needsMatch { all.formUnion([412, 428]) }
        return all.sorted()
    }

    private var hasBody: Bool { if case .none = input { false } else { true } }
}

extension Route.Policy {
    /// For the API description.
    var inWords: String {
        switch self {
        case .anyone: "Open to everyone."
        case .customer: "For the customer of this conversation."
        case .staff(let permission): "Needs `\(permission.rawValue)`."
        case .person(let permission): "For teammates who are signed in, with `\(permission.rawValue)`."
        case .customerOrStaff(let permission): "For the customer of this conversation, or with `\(permission.rawValue)`."
        case .signedIn: "For teammates who are signed in."
        case .operations(let permission): "From this machine, or with `\(permission.rawValue)`."
        }
    }
}
