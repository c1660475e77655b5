import Access
import Assistant
import HTTPTypes
import Inbox
import Storage

/// The smaller forms of the chat page: how it went, who one is, a file. Each works without a script and leads back to the page.
enum ChatForms {
    static let all: [Route] = [
        Route(
            .post, "/chat/{site}/satisfaction", "chatSatisfactionForm", .chat, "How it went: `score`, `comment`", policy: .anyone,
            input: .form,
            answers: saved
        ) { try await rate($0) },
        Route(
            .post, "/chat/{site}/details", "chatDetailsForm", .chat,
            "The lead form: `name`, `email`, own fields as `field.NAME`, `consent` (its version); `skip` puts it aside", policy: .anyone,
            input: .form,
            answers: saved
        ) { try await introduce($0) },
        Route(
            .post, "/chat/{site}/identity", "chatIdentityForm", .chat, "Who a signed-in customer is: `token`, signed by the site's company",
            policy: .anyone, rate: .opening, input: .form,
            answers: saved + [.init(401, "the token does not say who somebody is", type: "text/html")]
        ) { try await identify($0) },
        Route(
            .post, "/chat/{site}/attachments", "chatFileForm", .chat, "A file: `file`, with `text` where there are words", policy: .anyone,
            rate: .messages, input: .formWithFile(most: AttachmentRoutes.largestFile), answers: saved
        ) { try await send($0) },
    ]

    private static let saved: [Route.Answer] = [.init(303, "stored; back to the page"), .init(422, "not stored", type: "text/html")]

    /// Does what a form says, and leads back; a fault is shown on the page, and nothing is stored.
    private static func back(_ call: Call, draft: String = "", _ body: (WorkspaceID, Site) async throws -> Reply) async throws -> Reply {
        let (workspace, site) = try ChatPages.place(call)
        let fault: String
        do { return try await body(workspace, site) } catch let error where error is InboxError || error is LeadFault {
            fault = ChatPages.fault(error, Wordbook.chosen(for: site, call))
        } catch StorageError.keyReused {
            // The form was sent before with other content (a browser's back button): the page shows what was stored.
            return .onTo(ChatPages.back(call, site))
        }
        return try await ChatPages.page(try await Chat.read(call), call, fault: fault, draft: draft).reply(status: 422)
    }

    private static func rate(_ call: Call) async throws -> Reply {
        try await back(call) { workspace, site in
            guard let known = Chat.known(call.caller, in: workspace) else { return .onTo(ChatPages.back(call, site)) }
            let inbox = call.service.inbox(of: workspace)
            // A form without a score was sent without choosing one; 0 is none.
            let score = call.field("score").flatMap { Int($0) } ?? 0
            _ = try await call.service.store.write {
                try inbox.rate(
                    known.conversation, of: known.customer, score: score, comment: call.field("comment"), at: call.now, in: $0)
            }
            return .onTo(ChatPages.back(call, site))
        }
    }

    private static func introduce(_ call: Call) async throws -> Reply {
        try await back(call) { workspace, site in
            guard let known = Chat.known(call.caller, in: workspace) else { return .onTo(ChatPages.back(call, site)) }
            let (service, inbox, answers) = (call.service, call.service.inbox(of: workspace), LeadAnswers(form: call))
            if call.field("skip") != nil {
                try await service.store.write { try inbox.skipIntroduction(in: known.conversation, at: call.now, in: $0) }
            } else {
                let introduction = try answers.introduction(for: site.leadForm.map { [$0] } ?? [], isWhole: true)
                _ = try await service.store.write { transaction in
                    try inbox.introduce(
                        introduction, in: known.conversation, reserved: service.reservedNames(of: workspace, in: transaction), at: call.now,
                        in: transaction)
                }
            }
            return .onTo(ChatPages.back(call, site))
        }
    }

    private static func identify(_ call: Call) async throws -> Reply {
        try await back(call) { workspace, site in
            let token: IdentityToken
            do { token = try site.identified(by: call.field("token") ?? "", at: call.now) } catch let problem as Problem {
                // A page without a token, or of a site that takes none, is a wrong form and no wrong credential.
                let isForm = call.field("token")?.isEmpty ?? true || site.identity == nil
                return try await ChatPages.page(try await Chat.read(call), call, fault: problem.detail).reply(status: isForm ? 422 : 401)
            }
            let service = call.service
            let opened = try await service.store.write { transaction in
                let resumed = try service.resume(
                    token, assistant: site.assistant, caller: call.caller, of: workspace, at: call.now, in: transaction)
                let names = ChatPages.Opened.Names(customer: resumed.conversation.customer, conversation: resumed.conversation.id)
                let token = try service.access.makeCustomerToken(
                    customer: names.customer.text, conversation: names.conversation.text, of: workspace, in: transaction)
                return ChatPages.Opened(names: names, token: token)
            }
            return opened.reply(to: ChatPages.back(call, site), service)
        }
    }

    private static func send(_ call: Call) async throws -> Reply {
        let said = call.field("text") ?? ""
        return try await back(call, draft: said) { workspace, site in
            guard site.takesAttachments else {
                let fault = Wordbook.chosen(for: site, call)[.noFiles]
                return try await ChatPages.page(try await Chat.read(call), call, fault: fault, draft: said).reply(status: 422)
            }
            let (service, inbox, key) = (call.service, call.service.inbox(of: workspace), FormKey.checked(call.field("key")))
            guard let file = call.file else { throw InboxError.empty(field: "file") }
            // The assistant reads no files, and not what they are called: a person will.
            let text = said.allSatisfy(\.isWhitespace) ? Words.sentFile(in: site.language) : said
            try inbox.check(text)
            try inbox.check(file: file.bytes)
            let opened = try await ChatPages.conversation(call, workspace, site, key: key)
            let fingerprint = Fingerprint.of([file.name, Fingerprint.of(bytes: file.bytes)])
            let attachment = try await service.store.write { transaction in
                try transaction.once(
                    key: key, scope: "chat file \(opened.conversation)", fingerprint: fingerprint, in: workspace, at: call.now
                ) {
                    try inbox.attach(file.bytes, named: file.name, to: opened.conversation, by: .customer, at: call.now, in: transaction).id
                }.value
            }
            _ = try await service.desk.receiveOnce(
                text, from: opened.customer, in: opened.conversation, of: workspace, attachments: [attachment],
                key: key.map { "page " + $0 })
            return opened.reply(to: ChatPages.back(call, site), service)
        }
    }
}

extension Words {
    /// What a customer says who sends a file without words.
    static func sentFile(in language: Site.Language) -> String {
        switch language {
        case .auto, .en: "I am sending you a file."
        case .de: "Ich schicke Ihnen eine Datei."
        case .es: "Le envío un archivo."
        case .ar: "أرسل إليكم ملفًا."
        }
    }
}
