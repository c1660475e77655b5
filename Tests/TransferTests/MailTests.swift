import Foundation
import Support
import Testing

@testable import Transfer

/// Mail by SMTP, against a server that keeps what it was told.
@Suite(.timeLimit(.minutes(2)))
struct MailTests {
    private let client = MailClient()
    private let noon = Int64(1_796_040_000_000)

    private func server(
        _ port: Int, _ security: MailServer.Security = .plain, login: MailServer.Login? = nil, total: Int = 30_000
    ) throws -> MailServer {
        var server = MailServer(
            host: "127.0.0.1", port: port, security: security, login: login,
            from: try MailAddress("baton@quayside.example", name: try MailLine("Quayside Baton")))
        server.connectMilliseconds = total
        server.totalMilliseconds = total
        return server
    }

    private func mail(
        to: [String] = ["mara@quayside.example"], subject: String = "A customer waits", text: String = "Please look.", id: String = "n.1"
    ) throws -> Mail {
        Mail(to: try to.map { try MailAddress($0) }, subject: try MailLine(subject), text: text, id: id)
    }

    private func failure(_ mail: Mail, _ server: MailServer) async -> MailError? {
        do {
            try await client.send(mail, by: server, at: noon)
            return nil
        } catch { return error as? MailError }
    }

    @Test func `a mail arrives once, with the head that it should have`() async throws {
        let smtp = try ScriptedMailServer()
        try await client.send(mail(), by: server(smtp.port), at: noon)
        let received = try #require(smtp.received.first)
        #expect(smtp.received.count == 1 && received.from == "<baton@quayside.example>" && received.to == ["<mara@quayside.example>"])
        let head = received.text.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
        #expect(
            head == [
                "Date: Mon, 30 Nov 2026 12:00:00 +0000", "From: \"Quayside Baton\" <baton@quayside.example>", "To: mara@quayside.example",
                "Subject: A customer waits", "Message-ID: <n.1@quayside.example>", "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "Auto-Submitted: auto-generated",
                "X-Auto-Response-Suppress: All",
            ])
        #expect(smtp.dialogue.contains { $0.hasPrefix("C: EHLO quayside.example") })
        #expect(!smtp.dialogue.contains { $0.contains("AUTH") && $0.hasPrefix("C: ") })
    }

    @Test(arguments: [
        "Mara\r\nBcc: all@quayside.example", "Mara\nX: y", "Mara\u{0}", "Mara\u{2028}Bcc: x", "Mara\u{85}x", "Mara\r.\r\nMAIL FROM:<x@y>",
        "",
        "\u{1B}[31m", String(repeating: "x", count: 501),
    ])
    func `a line that could become two is refused`(text: String) throws {
        #expect(throws: MailError.unusable(.line)) { try MailLine(text) }
        let shown = MailLine(showing: text)
        #expect(!shown.text.isEmpty && shown.text.unicodeScalars.count <= 500)
        #expect(throws: Never.self) { try MailLine(shown.text) }
    }

    @Test(arguments: [
        "", "mara", "@quayside.example", "mara@", "mara@quay side.example", "mara@quayside.example>", "<mara@quayside.example>",
        "mara@quayside.example\r\nRCPT TO:<x@y.example>", "mara@-quayside.example", "mara@quayside..example", ".mara@quayside.example",
        "ma ra@quayside.example", "\"mara\"@quayside.example", "mara@[127.0.0.1]", "mara@quayside.example, jonas@quayside.example", "m@a@b",
        "mära@quayside.example", "mara@quayside.example\u{0}", "mara@quayside.example SIZE=1",
        String(repeating: "m", count: 65) + "@quayside.example",
    ])
    func `what is no plain address is refused`(text: String) {
        #expect(throws: MailError.unusable(.address)) { try MailAddress(text) }
    }

    @Test(arguments: ["mara@quayside.example", "m.ara+inbox@mail.quay-side.example", "root@localhost", "o'neill@quayside.example"])
    func `plain addresses are taken`(text: String) throws { #expect(try MailAddress(text).text == text) }

    @Test func `hostile words in subject, name and text stay one mail with one head`() async throws {
        let smtp = try ScriptedMailServer()
        let hostile = "Ines\r\nBcc: all@quayside.example\r\n\r\n.\r\nMAIL FROM:<x@y>\u{2028}\u{0}"
        var server = try server(smtp.port)
        server.from = try MailAddress("baton@quayside.example", name: MailLine(showing: hostile))
        let mail = Mail(
            to: [try MailAddress("mara@quayside.example", name: MailLine(showing: hostile))], subject: MailLine(showing: hostile),
            text: hostile, id: "n.2")
        try await client.send(mail, by: server, at: noon)
        let received = try #require(smtp.received.first)
        #expect(smtp.received.count == 1 && received.to == ["<mara@quayside.example>"])
        let head = received.text.components(separatedBy: "\r\n\r\n")[0]
        let names = head.components(separatedBy: "\r\n").filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
        #expect(
            names == [
                "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
                "Auto-Submitted",
                "X-Auto-Response-Suppress",
            ])
        #expect(smtp.dialogue.filter { $0.hasPrefix("C: MAIL") }.count == 1)
    }

    @Test func `lines that are a dot, long lines and every alphabet arrive as they were`() async throws {
        let smtp = try ScriptedMailServer()
        let long = String(repeating: "Überweisung = ok? ", count: 200)
        let text = ".\n..\n.hidden\n\(long)\nends with a space \n\nLetzte Zeile: ありがとう 🙂"
        try await client.send(
            mail(subject: "Grüße: ありがとう, 🙂 und ein sehr langer Betreff, der nicht in eine Zeile passt", text: text), by: server(smtp.port),
            at: noon)
        let received = try #require(smtp.received.first)
        #expect(received.text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 < 128 } })
        let parts = received.text.components(separatedBy: "\r\n\r\n")
        #expect(decoded(parts.dropFirst().joined(separator: "\r\n\r\n")) == text.replacing("\n", with: "\r\n"))
        let subject = received.text.components(separatedBy: "Subject: ")[1].components(separatedBy: "\r\nMessage-ID")[0]
        let words = subject.components(separatedBy: "\r\n ")
        #expect(words.count > 1 && words.allSatisfy { $0.hasPrefix("=?UTF-8?B?") && $0.hasSuffix("?=") && $0.utf8.count <= 75 })
        let plain = words.map { String(decoding: Data(base64Encoded: String($0.dropFirst(10).dropLast(2))) ?? Data(), as: UTF8.self) }
        #expect(plain.joined() == "Grüße: ありがとう, 🙂 und ein sehr langer Betreff, der nicht in eine Zeile passt")
    }

    /// Quoted-printable, read back.
    private func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.replacing("=\r\n", with: "").utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "="), rest.count >= 2 else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: CharacterSet(charactersIn: "\r\n"))
    }

    @Test func `dates are those of the calendar`() {
        #expect(MailText.date(0) == "Thu, 01 Jan 1970 00:00:00 +0000")
        #expect(MailText.date(951_782_400_000) == "Tue, 29 Feb 2000 00:00:00 +0000")
        #expect(MailText.date(-1000) == "Wed, 31 Dec 1969 23:59:59 +0000" || MailText.date(-1000).hasPrefix("Wed, 31 Dec 1969"))
        #expect(MailText.date(4_107_542_399_000) == "Sun, 28 Feb 2100 23:59:59 +0000")
        #expect(MailText.date(4_107_542_400_000) == "Mon, 01 Mar 2100 00:00:00 +0000")
        #expect(MailText.date(.max).hasSuffix("9999 23:59:59 +0000") && !MailText.date(.min).isEmpty)
    }

    @Test func `a refusal for now, for good, of the recipient and of the login are told apart`() async throws {
        let refusals: [(String, String, MailError)] = [
            ("RCPT", "550 5.1.1 no such mailbox", .refused(.recipient, code: 550, reply: "5.1.1 no such mailbox")),
            ("RCPT", "450 4.2.0 greylisted", .refused(.recipient, code: 450, reply: "4.2.0 greylisted")),
            ("MAIL", "553 not you", .refused(.sender, code: 553, reply: "not you")),
            ("DATA", "451 later", .refused(.message, code: 451, reply: "later")),
            ("MESSAGE", "554 spam", .refused(.message, code: 554, reply: "spam")),
            ("GREETING", "421 too busy", .refused(.greeting, code: 421, reply: "too busy")),
        ]
        for (command, line, expected) in refusals {
            let smtp = try ScriptedMailServer { said, _ in said.hasPrefix(command) ? .say(line) : nil }
            let error = try #require(await failure(mail(), server(smtp.port)), "\(line)")
            #expect(error == expected)
            #expect(error.isTemporary == line.hasPrefix("4"))
            #expect(smtp.received.isEmpty)
        }
    }

    @Test func `the login is used, a wrong one is told, and the password is in no error`() async throws {
        let smtp = try ScriptedMailServer(login: "baton:canary-secret")
        let right = MailServer.Login(user: "baton", password: Password("canary-secret"))
        try await client.send(mail(), by: server(smtp.port, login: right), at: noon)
        #expect(smtp.received.first?.login == "baton:canary-secret")
        let wrong = MailServer.Login(user: "baton", password: Password("canary-wrong"))
        let error = try #require(await failure(mail(), server(smtp.port, login: wrong)))
        guard case .login(535, _) = error else { throw error }
        #expect(error.isTemporary && !"\(error)".contains("canary"))
        #expect(!"\(try server(1, login: right))".contains("canary") && !String(reflecting: right).contains("canary"))
        #expect(smtp.received.count == 1)
    }

    @Test func `a password does not travel unprotected to another machine`() async throws {
        var far = try server(25, login: .init(user: "baton", password: Password("canary-secret")))
        far.host = "mail.quayside.example"
        #expect(await failure(try mail(), far) == .unusable(.passwordInClear))
    }

    @Test func `a server that hangs is left at the limit, wherever it hangs`() async throws {
        for command in ["GREETING", "EHLO", "RCPT", "MESSAGE"] {
            let smtp = try ScriptedMailServer { said, _ in said.hasPrefix(command) ? .hang : nil }
            let error = try #require(await failure(mail(), server(smtp.port, total: 400)))
            guard case .transfer(.timeout(_, let progress)) = error else { throw error }
            #expect(progress.requestMayHaveBeenSent == (command == "MESSAGE"))
            #expect(error.isTemporary)
        }
    }

    @Test(arguments: ["EHLO", "RCPT", "MESSAGE"])
    func `a cancelled mail ends at once, wherever the server hangs`(command: String) async throws {
        let gate = Gate()
        let smtp = try ScriptedMailServer { said, _ in
            guard said.hasPrefix(command) else { return nil }
            gate.open()
            return .hang
        }
        let (client, mail, server, noon) = (client, try mail(), try server(smtp.port), noon)
        let sending = Task { try await client.send(mail, by: server, at: noon) }
        while !gate.isOpen { await Task.yield() }
        sending.cancel()
        guard case .failure(let error) = await sending.result, case MailError.transfer(.cancelled) = error else {
            Issue.record("not cancelled")
            return
        }
        #expect(smtp.received.isEmpty)
    }

    @Test func `nobody there, and no such name, are told`() async throws {
        let error = try #require(await failure(mail(), server(LoopbackPort.unused())))
        guard case .transfer(.connect(.unreachable, _, _)) = error else { throw error }
        var guarded = try server(25)
        guarded.addresses = .publicOnly()
        #expect(await failure(try mail(), guarded) == .transfer(.refusedAddress("127.0.0.1")))
    }

    @Test func `STARTTLS and TLS protect the mail and the password, with a certificate that is checked`() async throws {
        guard let certificate = try await TestCertificate.make() else { return }
        let login = MailServer.Login(user: "baton", password: Password("canary-secret"))
        let trusting = MailClient(certificateAuthorityFile: certificate.file)
        for (protection, security) in [
            (ScriptedMailServer.Protection.starttls(certificate), MailServer.Security.starttls), (.tls(certificate), .tls),
        ] {
            let smtp = try ScriptedMailServer(protection: protection, login: "baton:canary-secret")
            try await trusting.send(mail(), by: server(smtp.port, security, login: login), at: noon)
            let received = try #require(smtp.received.first)
            #expect(received.wasProtected && received.login == "baton:canary-secret")
            let error = try #require(await failure(mail(), server(smtp.port, security, login: login)), "an unknown authority was accepted")
            guard case .transfer(.tls) = error else { throw error }
            #expect(smtp.received.count == 1)
        }
    }

    @Test func `a server without STARTTLS gets neither mail nor password where it is asked for`() async throws {
        let smtp = try ScriptedMailServer(login: "baton:canary-secret")
        let login = MailServer.Login(user: "baton", password: Password("canary-secret"))
        let error = try #require(await failure(mail(), server(smtp.port, .starttls, login: login)))
        guard case .transfer(.tls) = error else { throw error }
        #expect(smtp.received.isEmpty && !smtp.dialogue.contains { $0.hasPrefix("C: AUTH") })
    }

    @Test func `a mail without recipients, with a hostile id, or too large is refused before anything is sent`() async throws {
        let server = try server(25)
        #expect(await failure(try mail(to: []), server) == .unusable(.recipients))
        #expect(await failure(try mail(id: "a>\r\nBcc: x"), server) == .unusable(.id))
        #expect(await failure(try mail(text: String(repeating: "x", count: 300_000)), server) == .unusable(.text))
        var odd = server
        odd.host = "mail.example/x@y"
        #expect(await failure(try mail(), odd) == .unusable(.server))
    }
}
