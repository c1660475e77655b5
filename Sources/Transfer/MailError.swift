/// Why a mail was not taken. What a server said is told in its own words, without the password.
package enum MailError: Error, Hashable, Sendable {
    /// The mail or the settings cannot be used; nothing was sent.
    case unusable(Fault)
    /// The server refused with an SMTP reply code (4xx: for now, 5xx: for good) at this step.
    case refused(Step, code: Int, reply: String)
    /// The server does not take our name and password.
    case login(code: Int, reply: String)
    /// No mail was handed over, or it is not known whether: the connection failed, was too slow, was cut, or the task was cancelled.
    case transfer(TransferError)

    /// What cannot be used.
    package enum Fault: Hashable, Sendable {
        /// An address is not one that mail can be sent to.
        case address
        /// A line of the head is empty, too long, or holds a line end or another control character.
        case line
        /// There are no recipients, or too many.
        case recipients
        /// The text is too long.
        case text
        /// The message's id holds more than letters, digits, `.`, `-` and `_`.
        case id
        /// The server's host, port or limits are no such.
        case server
        /// A password would go over an unprotected connection.
        case passwordInClear
    }

    /// Where in the dialogue.
    package enum Step: String, Hashable, Sendable {
        /// Before the mail: greeting, EHLO, STARTTLS.
        case greeting
        /// MAIL FROM.
        case sender
        /// RCPT TO.
        case recipient
        /// DATA, and the message itself.
        case message
    }

    /// Whether the same mail may be taken later. A login that is refused counts: an operator will correct it.
    package var isTemporary: Bool {
        switch self {
        case .unusable: false
        case .refused(_, let code, _): code < 500
        case .login: true
        case .transfer(.invalidRequest): false
        case .transfer: true
        }
    }
}

extension MailError: CustomStringConvertible {
    /// For the operator: what happened and what to look at.
    package var description: String {
        switch self {
        case .unusable(.address): "an address is not usable for mail; correct it"
        case .unusable(.line): "a line of the mail's head is empty, too long or holds control characters; correct it"
        case .unusable(.recipients): "the mail has no recipient or more than \(Mail.mostRecipients); correct the caller"
        case .unusable(.text): "the mail's text is larger than \(Mail.largestTextBytes) bytes; shorten it"
        case .unusable(.id): "the mail's id may hold only letters, digits, '.', '-' and '_'; correct the caller"
        case .unusable(.server): "the mail server's host, port or limits are not usable; correct them in the settings"
        case .unusable(.passwordInClear): "the password would travel unprotected; set the mail server's security to starttls or tls"
        case .refused(let step, let code, let reply):
            "the mail server refused (\(step.rawValue), \(code)): \(reply); "
                + (step == .recipient ? "check the recipient's address" : "check the sender's address and the server's log")
        case .login(let code, let reply): "the mail server refused the login (\(code)): \(reply); check user and password file"
        case .transfer(let error): "no mail server reached: \(error)"
        }
    }
}
