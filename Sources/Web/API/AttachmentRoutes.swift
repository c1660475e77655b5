import Access
import HTTPTypes
import Inbox
import Notation
import Storage

/// Files in conversations. They are known by random ids, looked up together with the caller and the conversation, judged by their bytes, and served so that
/// nothing in them runs on our origin: as a download, in a sandbox, with a type that is never guessed.
enum AttachmentRoutes {
    /// Bytes of one file.
    static let largestFile = InboxLimits.standard.attachmentBytes

    static let all: [Route] = [
        Route(
            .post, "/v1/conversations/{conversation}/attachments", "uploadAttachment", .conversations,
            "Keeps a file (PNG, JPEG, GIF, WebP, PDF, plain text, at most 10 MiB) for a message that names it afterwards",
            policy: .customerOrStaff(.conversationsWrite), rate: .messages,
            query: [
                .init("name", .text(1...300), "as the file is called", required: true), Field.actor,
            ], input: .bytes(types: ["*/*"], most: largestFile), key: .accepted,
            answers: [.init(201, "it is kept", AttachmentShape.schema)]
        ) { call in
            let author: Message.Author = call.customer != nil ? .customer : .teammate(try call.teammate())
            let (inbox, id) = (call.inbox, call.conversation)
            if call.customer != nil {
                let assistant = try await call.service.store.read { try inbox.conversation(id, in: $0).assistant }
                guard call.service.takesAttachments(of: call.workspace, assistant: assistant) else {
                    throw Problem(.forbidden, "This site takes no files. Write in words what they would show.")
                }
            }
            let fingerprint = Fingerprint.of([call.query("name") ?? "", Fingerprint.of(bytes: call.body)])
            return try await call.naming {
                try await call.service.store.write { transaction in
                    try call.once(in: transaction, fingerprint: fingerprint) {
                        let file = try inbox.attach(
                            call.body, named: call.query("name") ?? "", to: id, by: author, at: call.now, in: transaction)
                        return (201, AttachmentShape.json(file))
                    }
                }
            }
        },
        Route(
            .get, "/v1/attachments/{attachment}", "readAttachment", .conversations, "The bytes of a file",
            policy: .customerOrStaff(.conversationsRead), answers: [.init(200, "the file", type: "*/*")]
        ) { call in
            let (id, caller, service) = (AttachmentID(call.place("attachment")), call.caller, call.service)
            return try await service.store.read { try file(id, for: caller, service, in: $0) }
        },
        Route(
            .get, "/v1/attachment-links/{link}", "readLinkedAttachment", .conversations,
            "The bytes of a file by the `link` of a message: without a credential, until `link_expires_at`, and no longer than the credential it was made for",
            policy: .anyone,
            answers: [
                .init(200, "the file", type: "*/*"),
                .init(410, "the link has ended; read the message again", Problem.schema, type: "application/problem+json"),
            ]
        ) { call in
            let service = call.service
            let content = try AttachmentLink.content(of: call.place("link"), at: call.now, service.secret)
            return try await service.store.read { snapshot in
                guard let caller = try service.access.caller(ofCredential: content.credential, in: snapshot) else { throw Problem.notFound }
                return try file(content.attachment, for: caller, service, in: snapshot)
            }
        },
    ]

    /// The file as that caller may read it: a customer's is looked up together with their conversation, everybody's with their workspace.
    private static func file(_ id: AttachmentID, for caller: Caller, _ service: Service, in snapshot: Snapshot) throws -> Reply {
        let inbox = service.inbox(of: caller.workspace ?? WorkspaceID(""))
        let file: Attachment
        if case .customer(_, let own) = caller.kind {
            file = try inbox.attachment(id, ofCustomerIn: ConversationID(own), in: snapshot)
        } else {
            guard caller.may(.conversationsRead) else { throw Problem.notFound }
            file = try inbox.attachment(id, in: snapshot)
        }
        return Reply(status: 200, body: .bytes(try inbox.content(of: file, in: snapshot), type: file.kind.rawValue))
            .with(.contentDisposition, disposition(file))
            .with(.contentSecurityPolicy, "sandbox; default-src 'none'; frame-ancestors 'none'")
    }

    /// RFC 6266: a plain name for old readers, the exact one for the others. Only pictures are shown where they stand.
    private static func disposition(_ file: Attachment) -> String {
        let plain = String(
            String.UnicodeScalarView(
                file.name.unicodeScalars.map { scalar in
                    scalar.isASCII && scalar.value >= 0x20 && scalar.value < 0x7F && scalar != "\"" && scalar != "\\" ? scalar : "_"
                }))
        return "\(file.kind.isPicture ? "inline" : "attachment"); filename=\"\(plain)\"; filename*=UTF-8''\(Percent.encoded(file.name))"
    }
}
