/// The server that takes our mail, as the operator configured it.
package struct MailServer: Hashable, Sendable {
    /// How the connection is protected.
    package enum Security: String, Hashable, Sendable, CaseIterable {
        /// Not at all: for a server on this machine or behind a tunnel.
        case plain
        /// By STARTTLS before anything else is said; a server that does not offer it gets no mail.
        case starttls
        /// By TLS from the first byte.
        case tls
    }

    /// Who we are to it.
    package struct Login: Hashable, Sendable {
        /// The name.
        package let user: String
        /// The password.
        package let password: Password

        /// Memberwise.
        package init(user: String, password: Password) {
            self.user = user
            self.password = password
        }
    }

    /// A host name or an address (IPv6 without brackets).
    package var host: String
    /// 1...65535; commonly 25 or 587 (STARTTLS), 465 (TLS).
    package var port: Int
    /// How the connection is protected.
    package var security: Security
    /// nil: no authentication. Never sent over an unprotected connection, except to this machine.
    package var login: Login?
    /// Who the mail is from, also where bounces go.
    package var from: MailAddress
    /// Milliseconds until the server is ready for the mail: look-up, connection, TLS, greeting and authentication; 1 or more.
    package var connectMilliseconds = 15_000
    /// Milliseconds for everything; 1 or more. A server that falls silent is left then.
    package var totalMilliseconds = 60_000
    /// Which addresses may be connected to; an operator's own server may be anywhere.
    package var addresses = AddressPolicy.any

    /// See the properties.
    package init(host: String, port: Int, security: Security, login: Login? = nil, from: MailAddress) {
        self.host = host
        self.port = port
        self.security = security
        self.login = login
        self.from = from
    }
}

/// A password that can be used but not seen: whatever prints or mirrors it gets a mask.
package struct Password: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// - Parameter value: the password.
    package init(_ value: String) { self.value = value }

    /// The password itself, for the one place that it goes to.
    func reveal() -> String { value }

    /// The mask.
    package var description: String { "•••" }
    /// The mask.
    package var debugDescription: String { description }
    /// The mask.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
