import Foundation
import Notation
import Transfer

/// `mail:` of `baton.yaml`: the server that takes our mail, its password read from its file.
enum MailSettings {
    private static let keys = ["host", "port", "security", "user", "password_file", "from", "name"]

    /// - Parameter folder: what a relative `password_file` is relative to.
    /// - Throws: `NotationError`, `CommandError`.
    static func read(_ node: Node, relativeTo folder: String) throws -> MailServer {
        let fields = try Fields(node, known: keys)
        let security = try fields.required("security").choice(MailServer.Security.self)
        let host = try fields.required("host")
        let from = try fields.required("from")
        var server = MailServer(
            host: try hostName(host), port: try fields["port"]?.integer(in: 1...65_535) ?? usualPort(security), security: security,
            from: try address(from, name: fields["name"]))
        switch (fields["user"], fields["password_file"]) {
        case (nil, nil): break
        case (let user?, let file?):
            let isHere = ["localhost", "127.0.0.1", "::1"].contains(server.host.lowercased())
            guard security != .plain || isHere else {
                throw user.error("a password would travel unprotected; set 'security' to starttls or tls")
            }
            let path = try file.string()
            server.login = .init(user: try user.string(), password: try password(in: path.hasPrefix("/") ? path : folder + "/" + path))
        case (let user?, nil): throw user.error("a user needs a 'password_file' beside it")
        case (nil, let file?): throw file.error("a password needs a 'user' beside it")
        }
        return server
    }

    private static func usualPort(_ security: MailServer.Security) -> Int {
        switch security {
        case .plain: 25
        case .starttls: 587
        case .tls: 465
        }
    }

    private static func hostName(_ node: Node) throws -> String {
        let host = try node.string()
        guard !host.isEmpty, host.utf8.count <= 253, !host.contains("/"), !host.contains("@"), host.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { throw node.error("'\(host.prefix(80))' is no host; write a name such as mail.example.com, and the port under 'port'") }
        return host
    }

    private static func address(_ node: Node, name: Node?) throws -> MailAddress {
        let shown: MailLine?
        do { shown = try name.map { try MailLine($0.string()) } } catch is MailError {
            throw (name ?? node).error("the name must be one line of text")
        }
        let text = try node.string()
        do { return try MailAddress(text, name: shown) } catch {
            throw node.error("'\(text.prefix(80))' is no mail address; write something like support@example.com")
        }
    }

    private static func password(in file: String) throws -> Password {
        let text = try ConfigFile.text(file).trimmingCharacters(in: .newlines)
        guard !text.isEmpty, text.utf8.count <= 1024, !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw CommandError(.configuration, "The password file \(file) must hold one password on a single line.")
        }
        return Password(text)
    }
}
