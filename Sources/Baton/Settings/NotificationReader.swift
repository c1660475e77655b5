import Delivery
import Foundation
import Notation
import Web

/// `notifications:` of `workspace.yaml`: who is told of handoffs outside the page. Nothing written means mail to the teammates who have an address.
enum NotificationReader {
    private static let keys = ["mail", "include_text", "chats"]

    /// Chats of one workspace.
    private static let mostChats = 20

    /// - Parameter folder: what a relative `url_file` is relative to.
    /// - Throws: `NotationError`, `CommandError`.
    static func read(_ node: Node?, company: String, relativeTo folder: String) throws -> NotificationSettings {
        guard let node else { return NotificationSettings(company: company) }
        let fields = try Fields(node, known: keys)
        let chats = fields["chats"]?.items() ?? []
        guard chats.count <= mostChats else { throw node.error("more than \(mostChats) chats; keep those that somebody reads") }
        return NotificationSettings(
            company: company, sendsMail: try fields["mail"]?.boolean() ?? true,
            includesText: try fields["include_text"]?.boolean() ?? false,
            chats: try chats.map { try chat($0, relativeTo: folder) })
    }

    private static func chat(_ node: Node, relativeTo folder: String) throws -> NotificationSettings.Chat {
        let fields = try Fields(node, known: ["name", "url_file", "from_round"])
        let file = try fields.required("url_file").string()
        let path = file.hasPrefix("/") ? file : folder + "/" + file
        let url = try ConfigFile.text(path).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme ?? ""), !(parts.host ?? "").isEmpty else {
            // The URL itself is a secret, so it is not repeated.
            throw CommandError(.configuration, "The file \(path) must hold one line: the http(s) address of the chat's incoming webhook.")
        }
        return .init(
            name: try fields.required("name").string(), address: ChatAddress(url),
            fromRound: try fields["from_round"]?.integer(in: 1...8) ?? 1)
    }
}

/// `private_receivers:` of `baton.yaml`: receivers of webhooks and chats that may be told although their address is not public.
enum PrivateReceivers {
    /// - Throws: `NotationError`.
    static func read(_ node: Node) throws -> [String] {
        try node.items().map { item in
            let text = try item.string().lowercased()
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 2, let port = parts.last.flatMap({ Int($0) }), (1...65_535).contains(port), !text.contains("/"),
                !parts.dropLast().joined().isEmpty
            else { throw item.error("'\(text.prefix(80))' is no receiver; write host:port, such as hooks.internal:8443") }
            return text
        }
    }
}
