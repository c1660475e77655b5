package import Storage
package import Transfer

/// The way out for mail: the server and the client that speaks to it.
package struct Mailer: Sendable {
    private let client: MailClient
    private let server: MailServer

    /// - Parameters:
    ///   - client: kept open by whoever made it.
    ///   - server: where mail is handed in, and who it is from.
    package init(client: MailClient, server: MailServer) {
        self.client = client
        self.server = server
    }

    /// Sends a mail to one address.
    /// - Parameters:
    ///   - subject: what a line cannot hold becomes a space.
    ///   - id: see `Mail.id`.
    /// - Throws: `MailError`.
    package func send(to address: String, subject: String, text: String, id: String, at now: Timestamp) async throws {
        let mail = Mail(to: [try MailAddress(address)], subject: MailLine(showing: subject), text: text, id: id)
        try await client.send(mail, by: server, at: now.milliseconds)
    }
}
