import Access
import Assistant
import HTTPTypes
import Inbox
import Notation
import Storage

/// Where customers come in: a site is public, and whoever opens a conversation there gets the token for it.
enum SiteRoutes {
    static let all: [Route] = [
        Route(
            .get, "/v1/sites/{site}", "readSite", .sites, "What a customer sees before the first word", policy: .anyone,
            answers: [.init(200, "the site", SiteShape.schema)]
        ) { call in
            let (workspace, site) = try found(call)
            let profile = try call.service.desk.profile(workspace)
            return .json(
                SiteShape.json(site, company: profile.name, assistant: profile.assistant(site.assistant).displayName))
        },
        Route(
            .post, "/v1/sites/{site}/conversations", "openConversation", .sites,
            "Opens a conversation as a customer, with the token that lets back into it",
            policy: .anyone, rate: .opening,
            input: .optionalJSON(
                .object(
                    LeadAnswers.schema + [
                        .init("text", .lines(1...8_000), "the first message", required: false),
                        .init(
                            "identity", .text(1...IdentityToken.largestBytes),
                            "a token that the site's company signed: who the customer is; then name and e-mail are the token's",
                            required: false),
                    ])), key: .accepted,
            answers: [
                .init(200, "the conversation in which a signed-in customer goes on, and a token for it", opened),
                .init(201, "the conversation and its token, which is shown here only", opened),
            ]
        ) { try await open($0) },
    ]

    private static let opened = Schema.object([
        .init("conversation", ConversationShape.schema), .init("token", .text(1...200)),
        .init("message", MessageShape.schema, required: false),
    ])

    private static func found(_ call: Call) throws -> (WorkspaceID, Site) {
        guard let (workspace, site) = call.service.site(call.place("site")) else { throw Problem.notFound }
        if let origin = call.headers[.origin], origin != call.service.origin, !site.origins.contains(origin) {
            throw Problem(.crossSite, "Pages of this origin may not use this site. An owner can add it to the site's origins.")
        }
        return (workspace, site)
    }

    /// What is kept under an idempotency key: never the token. A repetition gets a new token for the same conversation.
    private struct Opened: Codable, Sendable {
        let conversation: ConversationID
        let customer: CustomerID
        /// Whether it was there before; nil in what older versions kept: no.
        var wasThere: Bool?
    }

    private static func open(_ call: Call) async throws -> Reply {
        let (workspace, site) = try found(call)
        let (service, inbox, now) = (call.service, call.service.inbox(of: workspace), call.now)
        let (answers, text) = (LeadAnswers(call), call.text("text"))
        // What cannot be said, and who cannot be known, is refused before anything exists.
        if let text { try inbox.check(text) }
        let token = try call.text("identity").map { try site.identified(by: $0, at: now) }
        let introduction = try answers.introduction(for: site.leadForm.map { [$0] } ?? [], isWhole: false)
        let profile = try service.desk.profile(workspace)
        let assistant = profile.assistants[site.assistant] == nil ? profile.defaultAssistant : site.assistant
        // A token is another one each time; whom it names is what the request says.
        let scope = "http open \(site.key)\(token.map { " as \($0.subject)" } ?? guess(call))"
        let fingerprint = Fingerprint.of(answers.parts + [text ?? ""])
        let key = call.idempotencyKey
        let (opened, secret) = try await service.store.write { transaction in
            let opened = try transaction.once(key: key, scope: scope, fingerprint: fingerprint, in: workspace, at: now) {
                let opened: Opened
                if let token {
                    let resumed = try service.resume(
                        token, assistant: assistant, caller: call.caller, of: workspace, at: now, in: transaction)
                    opened = Opened(
                        conversation: resumed.conversation.id, customer: resumed.conversation.customer, wasThere: resumed.way != .opened)
                } else {
                    let customer = try inbox.newCustomer(at: now, in: transaction)
                    opened = Opened(
                        conversation: try inbox.open(for: customer.id, assistant: assistant, at: now, in: transaction).id,
                        customer: customer.id)
                }
                if !answers.isEmpty {
                    try inbox.introduce(
                        introduction, in: opened.conversation, reserved: service.reservedNames(of: workspace, in: transaction), at: now,
                        in: transaction)
                }
                return opened
            }
            let secret = try service.access.makeCustomerToken(
                customer: opened.value.customer.text, conversation: opened.value.conversation.text, of: workspace, in: transaction)
            return (opened, secret)
        }
        let id = opened.value.conversation
        let received = try await text.asyncMap {
            try await service.desk.receiveOnce(
                $0, from: opened.value.customer, in: id, of: workspace, key: key.map { "opening " + Fingerprint.of([$0]) })
        }
        let (shown, message) = try await service.store.read { snapshot in
            let message = try received.map { try inbox.message($0.value.message, of: id, in: snapshot) }
            return (
                try ConversationShape.json(id, inbox, for: .anonymous, at: call.now, in: snapshot),
                message.map { MessageShape.json($0, .init(), for: .anonymous) }
            )
        }
        let reply = Reply.json(
            .of(("conversation", shown), ("token", .string(secret)), ("message", message)),
            status: opened.value.wasThere == true ? 200 : 201)
        return opened.isReplay ? reply.with(.idempotencyReplayed, "true") : reply
    }

    /// Characters of a key that nobody guesses.
    private static let unguessable = 16

    /// The key of a stranger opens the same conversation again, so it must not be guessed: a short one counts only from the address it came from.
    private static func guess(_ call: Call) -> String {
        (call.idempotencyKey?.utf8.count ?? 0) >= unguessable ? "" : " " + ClientAddress(call.address).counted
    }
}

extension Optional {
    /// `map` for what takes its time.
    fileprivate func asyncMap<T>(_ body: (Wrapped) async throws -> T) async rethrows -> T? {
        guard let self else { return nil }
        return try await body(self)
    }
}
