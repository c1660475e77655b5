import Access
import Inbox
import Storage

/// The files of messages, drawn beside them: name, kind, size, and a link that ends. Nothing of a file is shown on the page itself.
struct AttachmentList: Sendable {
    private let files: [MessageID: [Attachment]]
    private let link: @Sendable (AttachmentID) -> AttachmentLink?

    /// None.
    init() {
        files = [:]
        link = { _ in nil }
    }

    /// Of a conversation, for whoever asks.
    /// - Throws: `StorageError`.
    init(of conversation: ConversationID, _ inbox: Inbox, for call: Call, in querying: some Querying) throws {
        var files: [MessageID: [Attachment]] = [:]
        for file in try inbox.attachments(of: conversation, in: querying) {
            if let message = file.message { files[message, default: []].append(file) }
        }
        self.files = files
        let (caller, now, secret) = (call.caller, call.now, call.service.secret)
        link = { AttachmentLink(to: $0, for: caller, at: now, secret) }
    }

    func list(of message: Message) -> HTML {
        guard let files = files[message.id] else { return .nothing }
        return "<ul class=\"files\">\(files.map(item))</ul>"
    }

    private func item(_ file: Attachment) -> HTML {
        let size = Self.size(file.bytes)
        guard let address = link(file.id)?.address else {
            return "<li><bdi>\(file.name)</bdi> <span class=\"quiet small\">\(size)</span></li>"
        }
        return """
            <li><a href="\(address)" target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer"><bdi>\(file.name)</bdi></a>
            <span class="quiet small">\(file.kind.inWords), \(size)</span></li>
            """
    }

    /// `12 KB`, `3.4 MB`.
    static func size(_ bytes: Int) -> String {
        if bytes < 1000 { return "\(bytes) bytes" }
        if bytes < 1_000_000 { return "\((bytes + 500) / 1000) KB" }
        let tenths = (bytes + 50_000) / 100_000
        return "\(tenths / 10).\(tenths % 10) MB"
    }
}

extension FileKind {
    /// `PNG`, `PDF`, …
    var inWords: String {
        switch self {
        case .png: "PNG"
        case .jpeg: "JPEG"
        case .gif: "GIF"
        case .webp: "WebP"
        case .pdf: "PDF"
        case .text: "text"
        }
    }
}
