import Notation
import Support
import Testing
import Transfer
import Web

@testable import Baton

/// Where mail is handed in and who is told: what is read, and how mistakes are told.
struct NotificationSettingsTests {
    private func mail(_ yaml: String, password: String = "canary-secret\n") throws -> MailServer {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        try folder.write(password, to: "mail-password")
        return try MailSettings.read(try Node.parse(yaml, file: "baton.yaml"), relativeTo: folder.path)
    }

    @Test func `a mail server is read, with its password from its file`() throws {
        let server = try mail(
            "host: mail.quayside.example\nsecurity: starttls\nuser: baton\npassword_file: mail-password\nfrom: baton@quayside.example\nname: Quayside\n"
        )
        #expect(server.host == "mail.quayside.example" && server.port == 587 && server.security == .starttls)
        #expect(server.login == .init(user: "baton", password: Password("canary-secret")) && server.from.name?.text == "Quayside")
        #expect(!"\(server)".contains("canary"))
        #expect(try mail("host: localhost\nsecurity: plain\nfrom: a@b.example\n").port == 25)
        #expect(try mail("host: mail.example\nsecurity: tls\nport: 2465\nfrom: a@b.example\n").port == 2465)
    }

    @Test(arguments: [
        ("host: mail.example\nsecurity: ssl\nfrom: a@b.example\n", 2, "possible"),
        ("host: mail.example/x\nsecurity: tls\nfrom: a@b.example\n", 1, "no host"),
        ("host: mail.example\nsecurity: tls\nfrom: nobody\n", 3, "no mail address"),
        ("host: mail.example\nsecurity: tls\nfrom: a@b.example\nport: 99999\n", 4, "65535"),
        ("host: mail.example\nsecurity: tls\nfrom: a@b.example\nuser: x\n", 4, "password_file"),
        ("host: mail.example\nsecurity: tls\nfrom: a@b.example\npassword_file: mail-password\n", 4, "user"),
        ("host: mail.example\nsecurity: plain\nfrom: a@b.example\nuser: x\npassword_file: mail-password\n", 4, "unprotected"),
        ("host: mail.example\nsecurty: tls\nfrom: a@b.example\n", 2, "security"),
        ("host: mail.example\nsecurity: tls\nfrom: a@b.example\nname: \"a\\nb\"\n", 4, "one line"),
    ])
    func `a mistake in the mail server is told with its line`(yaml: String, line: Int, word: String) throws {
        let error = try #require(throws: NotationError.self) { _ = try mail(yaml) }
        #expect(error.line == line && error.what.contains(word), "\(error)")
    }

    @Test func `an empty password file, or one of two lines, is refused without showing it`() throws {
        let yaml = "host: mail.example\nsecurity: tls\nfrom: a@b.example\nuser: x\npassword_file: mail-password\n"
        for text in ["", "\n", "canary\nsecond"] {
            let error = try #require(throws: CommandError.self) { _ = try mail(yaml, password: text) }
            #expect(!"\(error)".contains("canary"))
        }
    }

    @Test func `who is told is read, and nothing written means mail`() throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        try folder.write("https://hooks.example/services/canary\n", to: "chat-url")
        try folder.write("not an address canary\n", to: "broken-url")
        func read(_ yaml: String) throws -> (mail: Bool, text: Bool, rounds: [Int], all: String) {
            let settings = try NotificationReader.read(
                try Node.parse(yaml, file: "workspace.yaml"), company: "Quayside", relativeTo: folder.path)
            return (settings.sendsMail, settings.includesText, settings.chats.map(\.fromRound), "\(settings)")
        }
        let usual = try NotificationReader.read(nil, company: "Quayside", relativeTo: folder.path)
        #expect(usual.sendsMail && !usual.includesText && usual.chats.isEmpty && usual.company == "Quayside")
        let full = try read(
            "mail: false\ninclude_text: true\nchats:\n  - { name: support, url_file: chat-url }\n  - { name: leads, url_file: chat-url, from_round: 3 }\n"
        )
        #expect(!full.mail && full.text && full.rounds == [1, 3] && !full.all.contains("canary"))
        #expect(throws: NotationError.self) { _ = try read("mial: true\n") }
        #expect(throws: NotationError.self) { _ = try read("chats:\n  - { name: support, url: \"https://x\" }\n") }
        let error = try #require(throws: CommandError.self) { _ = try read("chats:\n  - { name: support, url_file: broken-url }\n") }
        #expect(!"\(error)".contains("canary"))
    }

    @Test func `receivers on private addresses are named by host and port`() throws {
        let names = try PrivateReceivers.read(try Node.parse("- Hooks.internal:8443\n- \"[fd00::5]:80\"\n", file: "baton.yaml"))
        #expect(names == ["hooks.internal:8443", "[fd00::5]:80"])
        for text in ["hooks.internal", "http://hooks.internal:80", "hooks:0", ":80", "hooks:x"] {
            #expect(throws: NotationError.self) { _ = try PrivateReceivers.read(try Node.parse("- \"\(text)\"\n", file: "baton.yaml")) }
        }
    }
}
