/// Hands mail to a mail server by SMTP: one connection for each mail, closed after it.
///
/// libcurl works on a thread of its own here too, and not on that of the HTTP requests: it says goodbye (QUIT) with a blocking call, and a server that
/// does not answer that would hold up everybody's requests.
package final class MailClient: Sendable {
    private let loop: TransferLoop

    /// Starts no thread and opens no connection yet.
    /// - Parameter certificateAuthorityFile: CA certificates in PEM that replace the system's; nil uses the system's.
    package init(certificateAuthorityFile: String? = nil) {
        var settings = HTTPClientSettings()
        settings.certificateAuthorityFile = certificateAuthorityFile
        loop = TransferLoop(name: "transfer-mail", settings: settings)
    }

    deinit { close() }

    /// Returns when the server has taken the mail. Cancelling the task closes the connection.
    /// - Parameter milliseconds: since 1970, for the mail's `Date`.
    /// - Throws: `MailError`, and nothing else; a cancelled task is `.transfer(.cancelled)`.
    package func send(_ mail: Mail, by server: MailServer, at milliseconds: Int64) async throws {
        let checked = try CheckedMail(mail, by: server, at: milliseconds)
        let answer: ResponseHead
        let pipe = loop.start(.mail(checked))
        do {
            answer = try await withTaskCancellationHandler {
                try await pipe.head()
            } onCancel: {
                // The loop may be waiting for the server's last reply, and nobody waits for the loop.
                pipe.giveUp()
            }
        } catch let error as TransferError { throw MailError.transfer(error) }
        guard let refusal = MailRefusal(answer) else { return }
        throw refusal.error
    }

    /// Ends every transfer and refuses new ones. Closing twice changes nothing.
    package func close() { loop.stop() }
}

/// What a server refused, on its way through the pipe, whose answer to a request is a status and some lines.
struct MailRefusal {
    let error: MailError

    /// What stands for the step where the login was refused.
    static let login = "login"

    /// nil: the mail was taken.
    init?(_ head: ResponseHead) {
        guard let step = head.headers["Step"] else { return nil }
        let reply = head.headers["Reply"] ?? ""
        if step == Self.login {
            error = .login(code: head.status, reply: reply)
        } else {
            error = .refused(MailError.Step(rawValue: step) ?? .message, code: head.status, reply: reply)
        }
    }

    static func head(step: String, code: Int, reply: String) -> ResponseHead {
        ResponseHead(status: code, headers: HTTPHeaders([("Step", step), ("Reply", reply)]))
    }

    static let accepted = ResponseHead(status: 250, headers: HTTPHeaders())
}

/// A mail that can be sent: made on the caller's task, so that the loop's thread has no checking to do.
struct CheckedMail: Sendable {
    let url: String
    let security: MailServer.Security
    let login: MailServer.Login?
    let sender: String
    let recipients: [String]
    let bytes: [UInt8]
    let limits: Timeouts
    let isGuarded: Bool
    let isExempt: Bool

    init(_ mail: Mail, by server: MailServer, at milliseconds: Int64) throws(MailError) {
        guard (1...Mail.mostRecipients).contains(mail.to.count) else { throw .unusable(.recipients) }
        guard mail.text.utf8.count <= Mail.largestTextBytes else { throw .unusable(.text) }
        guard !mail.id.isEmpty, mail.id.utf8.count <= Self.longestIDBytes,
            mail.id.utf8.allSatisfy({ MailAddress.isAlphanumeric($0) || ".-_".utf8.contains($0) })
        else { throw .unusable(.id) }
        let isAddress =
            server.host.contains(":") && server.host.utf8.allSatisfy { MailAddress.isAlphanumeric($0) || ":.".utf8.contains($0) }
        guard isAddress || MailAddress.isDomain(server.host[...]), server.host.utf8.count <= MailAddress.longestBytes,
            (1...65535).contains(server.port), server.connectMilliseconds > 0, server.totalMilliseconds > 0
        else { throw .unusable(.server) }
        if let login = server.login {
            guard server.security != .plain || Self.isThisMachine(server.host) else { throw .unusable(.passwordInClear) }
            guard !login.user.utf8.contains(0), !login.password.reveal().utf8.contains(0) else { throw .unusable(.server) }
        }
        let host = isAddress ? "[\(server.host)]" : server.host
        // The path is the name that we greet the server with.
        url = "\(server.security == .tls ? "smtps" : "smtp")://\(host):\(server.port)/\(server.from.domain)"
        security = server.security
        login = server.login
        sender = "<\(server.from.text)>"
        recipients = mail.to.map { "<\($0.text)>" }
        bytes = MailText.bytes(of: mail, from: server.from, at: milliseconds)
        limits = Timeouts(
            connectMilliseconds: server.connectMilliseconds, firstByteMilliseconds: server.totalMilliseconds,
            silenceMilliseconds: server.totalMilliseconds, totalMilliseconds: server.totalMilliseconds)
        if case .publicOnly(let allowed) = server.addresses {
            isGuarded = true
            isExempt = allowed.contains { $0.lowercased() == "\(host):\(server.port)".lowercased() }
        } else {
            isGuarded = false
            isExempt = false
        }
    }

    private static func isThisMachine(_ host: String) -> Bool { ["localhost", "127.0.0.1", "::1"].contains(host.lowercased()) }

    /// Bytes of a mail's id.
    static let longestIDBytes = 200
}
