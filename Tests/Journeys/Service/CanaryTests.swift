import Foundation
import Notation
import Support
import Testing
import Transfer

/// Canaries: secrets and words that can be told from everything else are sent through the whole service, with errors provoked wherever one can be; then
/// everything that the service leaves behind is searched for them.
struct CanaryTests {
    /// What a customer writes, an author's document, a search: in the database and nowhere else.
    private static let word = "canarywort7391"
    private static let password = "Kanarienvogel-geheim-55"
    private static let endpointKey = "sk-canary-0123456789abcdef"

    @Test func `no secret and no word of a customer is in the log, the figures or an error, and no secret is on the disk`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        // A model that cannot be reached, so that every answer runs into errors.
        let environment = [
            "BATON_ENDPOINT_URL": "http://127.0.0.1:\(try LoopbackPort.unused())/v1", "BATON_ENDPOINT_MODEL": "none",
            "BATON_ENDPOINT_KEY_FILE": try folder.write(Self.endpointKey + "\n", to: "endpoint-key"),
        ]
        try await ServedProcess.run(environment: environment) { served in
            let client = HTTPClient()
            defer { client.close() }
            var trail = Trail()
            try await use(served, client, &trail)
            try await provoke(served, client, &trail)
            let metrics = try await served.send(client, "GET", "/metrics").text
            served.running.signal(SIGTERM)
            let end = await served.running.end()
            #expect(end.status == 0)
            let log = served.running.talk
            #expect(
                log.contains("\"request\"") && trail.secrets.count > 5 && trail.errors.count > 20,
                "\(trail.errors.count) \(trail.secrets.count)")

            for secret in trail.secrets + [Self.password, Self.endpointKey, served.key] {
                #expect(!log.contains(secret), "a secret is in the log: \(secret.prefix(9))…")
                #expect(!metrics.contains(secret), "a secret is in the figures: \(secret.prefix(9))…")
                #expect(!trail.errors.contains { $0.contains(secret) }, "a secret is in an error: \(secret.prefix(9))…")
                for file in try served.files(in: "data") where file.bytes.range(of: Data(secret.utf8)) != nil {
                    Issue.record("a secret is in \(file.name): \(secret.prefix(9))…")
                }
            }
            #expect(
                !log.contains(Self.word),
                "a customer's word is in the log: \(log.split(separator: "\n").first { $0.contains(Self.word) } ?? "")")
            #expect(!metrics.contains(Self.word))
            // The search could have found something: the word is where it belongs.
            #expect(try served.files(in: "data").contains { $0.bytes.range(of: Data(Self.word.utf8)) != nil })
        }
    }

    /// What a run leaves to be searched.
    private struct Trail {
        var secrets: [String] = []
        var errors: [String] = []
    }

    /// One of everything that makes a secret, and a conversation.
    private func use(_ served: ServedProcess, _ client: HTTPClient, _ trail: inout Trail) async throws {
        let staff = [("Authorization", "Bearer \(served.key)")]
        let opened = try await served.send(
            client, "POST", "/v1/sites/quayside-help/conversations",
            .of(("name", .string(Self.word)), ("text", .string("What about \(Self.word)?"))))
        let visitor = try JSONReader.read(Array(opened.text.utf8))
        let token = try #require(visitor["token"]?.text, "\(opened.text)")
        let conversation = try #require(visitor["conversation"]?["id"]?.text)
        trail.secrets.append(token)
        let customer = [("Authorization", "Bearer \(token)")]
        for (number, text) in ["A human please, \(Self.word)", "\(Self.word) again", String(repeating: Self.word + " ", count: 2_000)]
            .enumerated()
        {
            let said = try await served.send(
                client, "POST", "/v1/conversations/\(conversation)/messages", .of(("text", .string(text))),
                headers: customer + [("Idempotency-Key", "k\(number)")])
            trail.errors.append(said.status < 400 ? "" : said.text)
        }
        let webhook = try await served.send(
            client, "POST", "/v1/webhooks", .of(("url", "http://127.0.0.1:9/canary"), ("events", .array(["*"]))),
            headers: staff + [("Idempotency-Key", "w")])
        let secret = try #require(try JSONReader.read(Array(webhook.text.utf8))["secret"]?.text, "\(webhook.text)")
        trail.secrets.append(secret)
        let invitation = try await served.send(client, "POST", "/v1/teammates/mara/invitation", headers: staff)
        let invited = try #require(try JSONReader.read(Array(invitation.text.utf8))["token"]?.text, "\(invitation.text)")
        trail.secrets.append(invited)
        let accepted = try await served.send(
            client, "POST", "/v1/invitations/acceptances",
            .of(("token", .string(invited)), ("password", .string(Self.password))))
        #expect((200..<300).contains(accepted.status), "\(accepted.text)")
        let session = try await served.send(
            client, "POST", "/v1/sessions", .of(("email", "mara@quayside.example"), ("password", .string(Self.password))))
        let cookie = try #require(session.headers["set-cookie"]?.split(separator: ";").first?.split(separator: "=").last, "\(session.text)")
        trail.secrets.append(String(cookie))
        trail.secrets.append(try #require(try JSONReader.read(Array(session.text.utf8))["csrf"]?.text))
        let ticket = try await served.send(client, "POST", "/v1/stream-tickets", headers: staff)
        let issued = try #require(try JSONReader.read(Array(ticket.text.utf8))["ticket"]?.text)
        trail.secrets.append(issued)
        // In the address, where it may stand for its half minute.
        _ = try await served.send(client, "GET", "/v1/events?ticket=\(issued)&limit=x", headers: [("Accept", "application/json")])
    }

    /// Errors of every kind, with canaries in every place that a request has.
    private func provoke(_ served: ServedProcess, _ client: HTTPClient, _ trail: inout Trail) async throws {
        let (secret, staff) = (trail.secrets[0], [("Authorization", "Bearer \(served.key)")])
        let wrong = [("Authorization", "Bearer \(served.key)x"), ("Authorization", "Basic \(served.key)"), ("Cookie", "baton=\(secret)x")]
        let paths = [
            "/v1/conversations", "/v1/nothing", "/v1/events?after=x", "/v1/keys", "/v1/search?q=\(Self.word)&collection=help", "/metrics",
            "/v1/conversations/\(secret)", "/v1/usage?from=\(Self.word)", "/v1/conversations?after=\(secret)",
        ]
        for path in paths {
            for headers in wrong.map({ [$0] }) + [staff, []] {
                let answer = try await served.send(client, "GET", path, headers: headers)
                // What the caller put into the address comes back in `instance`: it is theirs.
                if answer.status >= 400, !path.contains(secret) { trail.errors.append(answer.text) }
            }
        }
        let bodies: [JSON] = [
            .of(("text", .string(secret)), ("password", .string(Self.password))), .of(("password", .string(Self.password))),
            .array([.string(secret)]),
            .of(("email", "mara@quayside.example"), ("password", .string(Self.password + "x"))),
            .of(("url", .string("http://u:\(secret)@a/"))),
            .of(("text", .string(Self.word + "\u{0}"))),
        ]
        for path in ["/v1/sessions", "/v1/webhooks", "/v1/rules/tests", "/v1/stream-tickets", "/v1/sites/quayside-help/conversations"] {
            for body in bodies {
                let answer = try await served.send(client, "POST", path, body, headers: staff)
                if answer.status >= 400 { trail.errors.append(answer.text) }
            }
        }
        let (port, key) = (served.port, served.key)
        let raw = try await onOwnThread {
            try ["GET /\(key) HTTP/9.9\r\n\r\n", "\(key)\r\n\r\n", "GET / HTTP/1.1\r\nX: \(key)\0\r\n\r\n"].map { text in
                let connection = try RawConnection(port: port)
                connection.send(text)
                return String(decoding: connection.rest() ?? [], as: UTF8.self)
            }
        }
        trail.errors += raw
    }
}

extension ServedProcess {
    /// The files below a folder of its own, with what is in them.
    func files(in name: String) throws -> [(name: String, bytes: Data)] {
        let all = FileManager.default.enumerator(atPath: folder.file(name))?.allObjects as? [String] ?? []
        return all.compactMap { path in
            FileManager.default.contents(atPath: folder.file(name) + "/" + path).map { (path, $0) }
        }
    }
}
