import Access
import HTTPTypes

/// One address of the service: who may use it, what it reads, what it answers, and the function that does it. The table of all routes is what is served, what
/// the API description shows, and what the access tests walk through. A route cannot be written without a policy.
struct Route: Sendable {
    let method: HTTPRequest.Method
    let path: PathTemplate
    /// Stable name in the API description: `sendMessage`.
    let name: String
    let group: Group
    let summary: String
    let policy: Policy
    let rate: Rate
    /// Query parameters.
    let query: [Parameter]
    let input: Input
    let key: KeyUse
    /// Whether `If-Match` must be sent.
    let needsMatch: Bool
    let answers: [Answer]
    let handler: @Sendable (Call) async throws -> Reply

    init(
        _ method: HTTPRequest.Method, _ path: String, _ name: String, _ group: Group, _ summary: String, policy: Policy,
        rate: Rate = .usual,
        query: [Parameter] = [], input: Input = .none, key: KeyUse = .ignored, needsMatch: Bool = false, answers: [Answer],
        handler: @escaping @Sendable (Call) async throws -> Reply
    ) {
        self.method = method
        self.path = PathTemplate(path)
        self.name = name
        self.group = group
        self.summary = summary
        self.policy = policy
        self.rate = rate
        self.query = query
        self.input = input
        self.key = key
        self.needsMatch = needsMatch
        self.answers = answers
        self.handler = handler
    }

    /// The headings of the API description, and by which cookie a browser is known: on pages of the `chat` by the customer's, everywhere else by the
    /// teammate's, so that one browser can be both without mixing them up.
    enum Group: String, CaseIterable, Sendable {
        case conversations, inbox, knowledge, usage, access, webhooks, workspace, live, sites, operations, pages, chat

        /// Whether people look at it, rather than programs.
        var isPage: Bool { self == .pages || self == .chat }
        /// Whether the API description shows it.
        var isDescribed: Bool { !isPage && self != .operations }
    }

    /// Who may come in. Whatever the policy, a caller sees only its own workspace, and a customer only its own conversation: a path that names another one
    /// answers as if it did not exist.
    enum Policy: Hashable, Sendable {
        /// No credential is needed.
        case anyone
        /// The customer of the conversation in the path.
        case customer
        /// A teammate whose role includes it, or an API key with that scope.
        case staff(Permission)
        /// The customer of the conversation in the path, or such staff.
        case customerOrStaff(Permission)
        /// A teammate who is signed in and whose role includes it: pages, which programs have no use for.
        case person(Permission)
        /// Any teammate who is signed in: their own account.
        case signedIn
        /// The operator: from this machine without a credential, from elsewhere with that permission.
        case operations(Permission)
    }

    /// Whose patience it takes.
    enum Rate: String, CaseIterable, Sendable {
        /// Reading and writing through a credential.
        case usual
        /// A customer's messages.
        case messages
        /// Opening a conversation without a credential.
        case opening
        /// Signing in.
        case signIn
        /// Health and metrics: not limited.
        case none
    }

    enum Input: Sendable {
        case none
        /// JSON of that shape, of at most `most` bytes.
        case json(Schema, most: Int = Route.usualBody)
        /// The same, but an empty body is as good as `{}`.
        case optionalJSON(Schema, most: Int = Route.usualBody)
        /// `application/x-www-form-urlencoded`, from a page of ours.
        case form
        /// `multipart/form-data` from a page of ours: fields, and a file of at most `most` bytes.
        case formWithFile(most: Int)
        /// Bytes of one of these types, read as they are.
        case bytes(types: [String], most: Int)
        /// Bytes of one of these types, or JSON of that shape.
        case bytesOrJSON(types: [String], Schema, most: Int)
    }

    /// Bytes of a JSON body for which nothing else is said.
    static let usualBody = 256 << 10

    enum KeyUse: Sendable {
        case ignored, accepted, required
    }

    struct Answer: Sendable {
        let status: Int
        let says: String
        let schema: Schema?
        let type: String
        let headers: [String]

        init(_ status: Int, _ says: String, _ schema: Schema? = nil, type: String = "application/json", headers: [String] = []) {
            self.status = status
            self.says = says
            self.schema = schema
            self.type = type
            self.headers = headers
        }
    }

    struct Parameter: Sendable {
        let name: String
        let schema: Schema
        let says: String
        let isRequired: Bool

        init(_ name: String, _ schema: Schema, _ says: String, required: Bool = false) {
            self.name = name
            self.schema = schema
            self.says = says
            self.isRequired = required
        }

        /// How many rows a page has.
        static let limit = Parameter("limit", .integer(1...200), "rows of a page; 50 where absent")
        /// Where a page begins.
        static let after = Parameter("after", .text(1...1000), "`next` of the page before")
    }
}

/// A path with named places: `/v1/conversations/{conversation}/messages`.
struct PathTemplate: Hashable, Sendable {
    enum Segment: Hashable, Sendable {
        case literal(String)
        case place(String)
    }

    let text: String
    let segments: [Segment]

    init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}") ? .place(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    /// A document's id is its path below the folder that it came from: `guides/index.md`, written `guides%2Findex.md` here.
    static let placeWithSlashes = "document"

    var places: [String] {
        segments.compactMap { if case .place(let name) = $0 { name } else { nil } }
    }

    /// The values of the places where a path fits.
    func match(_ parts: [String]) -> [String: String]? {
        guard parts.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .literal(let literal): if literal != part { return nil }
            case .place(let name):
                if part.contains("/"), name != Self.placeWithSlashes { return nil }
                values[name] = part
            }
        }
        return values
    }
}
