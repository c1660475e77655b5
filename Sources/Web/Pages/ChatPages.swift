import Access
import Assistant
import Foundation
import HTTPTypes
import Inbox
import Retrieval
import Storage

/// The customer's chat as a page: forms that work without a script, and the same page live with one. A cookie holds the token of the customer's one
/// conversation; it is made with the first message, so whoever only looks leaves nothing.
enum ChatPages {
    static let all: [Route] = [
        Route(
            .get, "/chat/{site}", "chatPage", .chat, "The chat of a site", policy: .anyone,
            answers: [.init(200, "a page, or with `part` what changes on it", type: "text/html")]
        ) { call in
            if call.query("wait") != nil { try await ChatWaiting.news(call) }
            return try await page(try await Chat.read(call), call).reply
        },
        Route(
            .get, "/chat/{site}/style.css", "chatStyle", .chat, "The chat's style sheet in the site's colour", policy: .anyone, rate: .none,
            answers: [.init(200, "the style sheet", type: "text/css"), .init(304, "the browser has it")]
        ) { try AssetRoutes.chatStyle(place($0).site, $0) },
        Route(
            .post, "/chat/{site}/typing", "chatTypingForm", .chat, "The customer types; the team sees it for six seconds",
            policy: .anyone,
            input: .form, answers: [.init(204, "told")]
        ) { call in
            if let known = Chat.known(call.caller, in: call.workspace) {
                call.service.tellTyping(.customer, in: known.conversation, of: call.workspace, except: call.caller.actor)
            }
            return .nothing
        },
        Route(
            .post, "/chat/{site}", "chatOpenForm", .chat, "The first message", policy: .anyone, rate: .opening, input: .form, answers: saved
        ) { try await say($0) },
        Route(
            .post, "/chat/{site}/messages", "chatMessageForm", .chat, "A message", policy: .anyone, rate: .messages, input: .form,
            answers: saved
        ) { try await say($0) },
        Route(
            .post, "/chat/{site}/handoff", "chatHandoffForm", .chat, "Ask for a person", policy: .anyone, input: .form, answers: saved
        ) { try await askForPerson($0) },
        Route(
            .post, "/chat/{site}/leave", "chatLeaveForm", .chat, "Forget the conversation on this device", policy: .anyone, input: .form,
            answers: [.init(303, "back to the empty chat")]
        ) { call in
            Reply.onTo(try back(call, place(call).site)).with(.setCookie, call.service.cookie(call.service.customerCookie, "", seconds: 0))
        },
        Route(
            .get, "/chat/{site}/events", "chatEvents", .chat, "The live stream of the customer's conversation", policy: .customer,
            answers: [.init(200, "frames", type: "text/event-stream")]
        ) { try await LiveRoutes.events($0) },
    ]

    private static let saved: [Route.Answer] = [.init(303, "stored; back to the page"), .init(422, "not stored", type: "text/html")]

    static func address(of site: Site) -> String { "/chat/" + Percent.encoded(site.key) }

    /// Which site is asked for.
    static func place(_ call: Call) throws -> (workspace: WorkspaceID, site: Site) {
        guard let found = call.service.site(call.place("site")) else { throw Problem.notFound }
        return found
    }

    static func page(_ chat: Chat, _ call: Call, fault: String? = nil, draft: String = "") async throws -> HTML {
        let passages = try await Passages(behind: chat.messages, in: chat.assistant.collection, call.service.library)
        let view = ChatView(
            chat: chat, words: .chosen(for: chat.site, call), passages: passages, key: FormKey.new(), fault: fault, draft: draft,
            query: carried(call, ["frame", "lang"]))
        return call.query("part") == nil ? view.page : view.part
    }

    /// Where a form leads back to: the same page, in the same frame and language.
    static func back(_ call: Call, _ site: Site) -> String {
        let query = carried(call, ["part", "after", "frame", "lang"])
        return address(of: site) + (query.isEmpty ? "" : "?" + query)
    }

    private static func carried(_ call: Call, _ names: [String]) -> String {
        names.compactMap { name in
            call.query(name).map { $0.isEmpty ? name : name + "=" + Percent.encoded(String($0.prefix(20))) }
        }.joined(separator: "&")
    }

    /// What is wrong with what somebody wrote or sent, in their language; of what no form of ours can bring about only that it could not be kept.
    static func fault(_ error: any Error, _ words: Wordbook) -> String {
        switch error {
        case InboxError.empty(field: "message"): words[.empty]
        case InboxError.empty(field: "file"): words[.badFile]
        case InboxError.empty: words[.emptyField]
        case InboxError.tooLong(field: "file", _): words.text(.fileTooLarge, ["limit": "\(AttachmentRoutes.largestFile >> 20)"])
        case InboxError.tooLong(_, let limit): words.text(.tooLong, ["limit": "\(limit)"])
        case InboxError.reservedName: words[.badName]
        case InboxError.notAnAddress: words[.badEmail]
        case InboxError.forbiddenCharacter: words[.badCharacter]
        case InboxError.unknownKind: words[.badFile]
        case InboxError.outOfRange(field: "score", _): words[.chooseScore]
        default: words.code == "en" ? "\(error)" : words[.notKept]
        }
    }

    // MARK: What the forms do

    private static func say(_ call: Call) async throws -> Reply {
        let (workspace, site) = try place(call)
        let text = call.field("text") ?? ""
        let key = FormKey.checked(call.field("key"))
        do {
            try call.service.inbox(of: workspace).check(text)
            let opened = try await conversation(call, workspace, site, key: key)
            _ = try await call.service.desk.receive(
                text, from: opened.customer, in: opened.conversation, of: workspace, key: key.map { "page " + $0 })
            guard call.query("part") != nil else { return opened.reply(to: back(call, site), call.service) }
            // A page with a script is answered at once, without leading it on: one request fewer.
            return opened.kept(on: try await page(try await Chat.read(call, as: opened), call).reply, call.service)
        } catch let error where error is InboxError || error is LeadFault {
            let chat = try await Chat.read(call)
            return try await page(chat, call, fault: fault(error, .chosen(for: site, call)), draft: text).reply(status: 422)
        } catch StorageError.keyReused {
            // The form was sent before with other words (a browser's back button): the page shows what was stored.
            return .onTo(back(call, site))
        }
    }

    private static func askForPerson(_ call: Call) async throws -> Reply {
        let (workspace, site) = try place(call)
        let opened = try await conversation(call, workspace, site, key: FormKey.checked(call.field("key")))
        _ = try await call.service.desk.handOver(opened.conversation, of: workspace, because: .byCustomer) { _, handOver in try handOver() }
        return opened.reply(to: back(call, site), call.service)
    }

    /// The customer's conversation, or a new one.
    static func conversation(_ call: Call, _ workspace: WorkspaceID, _ site: Site, key: String?) async throws -> Opened {
        if let known = Chat.known(call.caller, in: workspace) { return known }
        let (service, inbox, now) = (call.service, call.service.inbox(of: workspace), call.now)
        let answers = LeadAnswers(form: call)
        let introduction = try answers.introduction(for: site.leadForm.map { [$0] } ?? [], isWhole: false)
        return try await service.store.write { transaction in
            // A button that was pressed twice opens one conversation.
            let names = try transaction.once(key: key, scope: "chat page", fingerprint: site.key, in: workspace, at: now) {
                let customer = try inbox.newCustomer(at: now, in: transaction)
                let conversation = try inbox.open(for: customer.id, assistant: site.assistant, at: now, in: transaction)
                if !answers.isEmpty {
                    try inbox.introduce(
                        introduction, in: conversation.id, reserved: service.reservedNames(of: workspace, in: transaction), at: now,
                        in: transaction)
                } else if site.leadForm?.moment == .before {
                    try inbox.skipIntroduction(in: conversation.id, at: now, in: transaction)
                }
                return Opened.Names(customer: customer.id, conversation: conversation.id)
            }.value
            let token = try service.access.makeCustomerToken(
                customer: names.customer.text, conversation: names.conversation.text, of: workspace, in: transaction)
            return Opened(names: names, token: token)
        }
    }

    /// A customer's conversation, and its token where that was made just now.
    struct Opened: Sendable {
        struct Names: Codable, Sendable {
            let customer: CustomerID
            let conversation: ConversationID
        }

        let names: Names
        let token: String?

        var customer: CustomerID { names.customer }
        var conversation: ConversationID { names.conversation }

        func reply(to address: String, _ service: Service) -> Reply { kept(on: .onTo(address), service) }

        /// With the cookie that leads back, where it was made just now.
        func kept(on reply: Reply, _ service: Service) -> Reply {
            guard let token else { return reply }
            let seconds = Int(AccessControl.customerTokenMilliseconds / 1000)
            return reply.with(.setCookie, service.cookie(service.customerCookie, token, seconds: seconds))
        }
    }
}

/// The hidden field that makes a form sent twice count once.
enum FormKey {
    static func new() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next() as UInt32, radix: 16) }.joined(separator: "-")
    }

    /// - Returns: nil for what no page of ours wrote; the form then counts each time.
    static func checked(_ text: String?) -> String? {
        guard let text, (8...100).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return text
    }
}

/// What a chat page shows.
struct Chat: Sendable {
    let site: Site
    let company: String
    let assistant: AssistantProfile
    /// Nil before the first message.
    let conversation: Conversation?
    let messages: [Message]
    let names: [TeammateID: String]
    /// How long this customer waits for a person; nil where nobody was asked.
    let wait: Wait?
    /// Whether the assistant owes an answer.
    var isLookingUp: Bool { conversation.map { $0.owner == .assistant && $0.awaiting == .company } ?? false }
    /// What the smaller forms need.
    var standing = ChatStanding()

    /// - Throws: `Problem` for an unknown site; `StorageError`.
    /// - Parameter opened: the conversation that was opened by this request; nil: the cookie's.
    static func read(_ call: Call, as opened: ChatPages.Opened? = nil) async throws -> Chat {
        let (workspace, site) = try ChatPages.place(call)
        let profile = try call.service.desk.profile(workspace)
        let after = call.number("after") ?? 0
        guard let known = opened ?? known(call.caller, in: workspace) else {
            return Chat(
                site: site, company: profile.name, assistant: profile.assistant(site.assistant), conversation: nil, messages: [],
                names: [:],
                wait: nil)
        }
        let inbox = call.service.inbox(of: workspace)
        return try await call.service.store.read { snapshot in
            let conversation = try inbox.conversation(known.conversation, of: known.customer, in: snapshot)
            let names = try inbox.teammates(in: snapshot).map { ($0.id, $0.name) }
            return try Chat(
                site: site, company: profile.name, assistant: profile.assistant(conversation.assistant), conversation: conversation,
                messages: inbox.thread(of: conversation.id, after: max(0, after), in: snapshot),
                names: Dictionary(names) { first, _ in first }, wait: inbox.wait(of: conversation.id, at: call.now, in: snapshot),
                standing: .init(
                    mayRate: inbox.mayRate(conversation, in: snapshot), satisfaction: inbox.satisfaction(of: conversation.id, in: snapshot),
                    introduction: inbox.introduction(in: conversation.id, in: snapshot),
                    isVerified: inbox.customer(conversation.customer, in: snapshot).isVerified,
                    attachments: .init(of: conversation.id, inbox, for: call, in: snapshot)))
        }
    }

    /// The conversation that the cookie opens, if it is one of the company that is asked.
    static func known(_ caller: Caller, in workspace: WorkspaceID) -> ChatPages.Opened? {
        guard case .customer(let customer, let conversation) = caller.kind, caller.workspace == workspace else { return nil }
        return .init(names: .init(customer: CustomerID(customer), conversation: ConversationID(conversation)), token: nil)
    }
}

/// A read that waits: for the answer of the assistant, so that a page has it with one request.
enum ChatWaiting {
    private static let patience = Duration.seconds(20)

    /// Returns when the assistant owes no answer any more, or after a while.
    static func news(_ call: Call) async throws {
        let (workspace, _) = try ChatPages.place(call)
        guard Chat.known(call.caller, in: workspace) != nil else { return }
        let place = try await call.service.live.enter(call.caller, of: workspace)
        defer { call.service.live.leave(place) }
        guard try await Chat.read(call).isLookingUp else { return }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await Task.sleep(for: patience) }
            tasks.addTask {
                for await _ in place.frames {
                    guard try await Chat.read(call).isLookingUp else { return }
                }
            }
            try await tasks.next()
            tasks.cancelAll()
        }
    }
}
