import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A mail server on 127.0.0.1 that speaks SMTP and remembers what it was told. It takes every mail unless `answer` says otherwise.
///
/// STARTTLS and TLS are done by `openssl s_server` in front of it, with a `TestCertificate`.
package final class ScriptedMailServer: Sendable {
    /// How connections are protected.
    package enum Protection: Sendable {
        case plain
        case starttls(TestCertificate)
        case tls(TestCertificate)
    }

    /// What is done instead of the usual answer to a command.
    package enum Answer: Sendable {
        /// Says this line, and nothing else happens.
        case say(String)
        /// Says nothing more until the client leaves.
        case hang
        /// Closes the connection.
        case close
    }

    /// A mail that was taken.
    package struct Received: Sendable {
        /// What stood in MAIL FROM.
        package let from: String
        /// What stood in RCPT TO.
        package let to: [String]
        /// Head and text as sent, the doubled dots taken back.
        package let text: String
        /// Whether it came over TLS.
        package let wasProtected: Bool
        /// The login, where there was one.
        package let login: String?
    }

    private let core: MailServerCore

    /// Listens at once.
    /// - Parameters:
    ///   - login: "user:password"; nil offers no authentication.
    ///   - answer: asked for every command line ("GREETING" for the first word, "MESSAGE" after the text), with the number of the connection, 1 first.
    package init(
        protection: Protection = .plain, login: String? = nil,
        answer: @escaping @Sendable (String, Int) -> Answer? = { _, _ in nil }
    ) throws(SupportError) {
        core = try MailServerCore(protection: protection, login: login, answer: answer)
        core.start()
    }

    deinit { core.stop() }

    /// Ends all connections and returns when their threads are gone.
    package func close() { core.stop() }

    /// The port on 127.0.0.1.
    package var port: Int { core.port }
    /// The mails taken so far.
    package var received: [Received] { core.state.withLockedValue { $0.received } }
    /// Every line of every dialogue: "C: ..." and "S: ...". Messages themselves are left out.
    package var dialogue: [String] { core.state.withLockedValue { $0.dialogue } }
    /// How many connections there were.
    package var connectionCount: Int { core.state.withLockedValue { $0.connections } }
}

/// The part of a scripted mail server that its threads hold; `ScriptedMailServer` is the handle whose release ends it.
final class MailServerCore: Sendable {
    typealias Protection = ScriptedMailServer.Protection
    typealias Answer = ScriptedMailServer.Answer
    typealias Received = ScriptedMailServer.Received

    struct State {
        var dialogue: [String] = []
        var received: [Received] = []
        var connections = 0
    }

    let port: Int
    let state = NIOLockedValueBox(State())
    private let listener: Int32
    private let protection: Protection
    private let login: String?
    private let answer: @Sendable (_ command: String, _ connection: Int) -> Answer?
    private let stopGate = Gate()
    private let threads = DispatchGroup()

    init(protection: Protection, login: String?, answer: @escaping @Sendable (String, Int) -> Answer?) throws(SupportError) {
        let opened = try LoopbackPort.listen(backlog: 64)
        (listener, port) = (opened.descriptor, opened.port)
        self.protection = protection
        self.login = login
        self.answer = answer
    }

    deinit { _ = Glibc.close(listener) }

    func start() { detach { $0.accept() } }

    func stop() {
        stopGate.open()
        threads.wait()
    }

    private func detach(_ body: @escaping @Sendable (MailServerCore) -> Void) {
        threads.enter()
        let thread = Thread {
            body(self)
            self.threads.leave()
        }
        thread.stackSize = 512 * 1024
        thread.start()
    }

    private func accept() {
        while true {
            var waiting = [
                pollfd(fd: stopGate.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&waiting, nfds_t(waiting.count), -1)
            if waiting[0].revents != 0 { return }
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let number = state.withLockedValue { state in
                state.connections += 1
                return state.connections
            }
            detach { $0.serve(descriptor, number) }
        }
    }

    // MARK: One connection

    private struct Session {
        var from = ""
        var to: [String] = []
        var isProtected = false
        var login: String?
    }

    private func serve(_ descriptor: Int32, _ number: Int) {
        var session = Session()
        if case .tls(let certificate) = protection {
            guard let cover = TLSCover(around: descriptor, certificate: certificate, stop: stopGate) else { return }
            defer { cover.close() }
            session.isProtected = true
            talk(Wire(descriptor: cover.plaintext, stop: stopGate), number, &session, greets: true)
            return
        }
        let wire = Wire(descriptor: descriptor, stop: stopGate)
        guard talk(wire, number, &session, greets: true), case .starttls(let certificate) = protection else { return }
        guard let cover = TLSCover(around: dup(descriptor), certificate: certificate, stop: stopGate) else { return }
        defer { cover.close() }
        session = Session(isProtected: true)
        talk(Wire(descriptor: cover.plaintext, stop: stopGate), number, &session, greets: false)
    }

    /// - Returns: whether TLS begins now.
    @discardableResult
    private func talk(_ wire: Wire, _ number: Int, _ session: inout Session, greets: Bool) -> Bool {
        if greets, !say("220 mail.quayside.test ready", to: "GREETING", on: wire, number) { return false }
        while let line = line(from: wire) {
            note("C: " + line)
            let verb = line.prefix { $0 != " " && $0 != ":" }.uppercased()
            if let special = answer(line, number) {
                if !act(special, on: wire) { return false }
                continue
            }
            switch verb {
            case "EHLO": send(features(session), on: wire)
            case "STARTTLS":
                send("220 go ahead", on: wire)
                return true
            case "AUTH":
                guard authenticate(line, on: wire, &session) else { return false }
            case "MAIL":
                session.from = argument(line)
                session.to = []
                send("250 ok", on: wire)
            case "RCPT":
                session.to.append(argument(line))
                send("250 ok", on: wire)
            case "DATA":
                guard take(on: wire, number, session) else { return false }
            case "QUIT":
                send("221 bye", on: wire)
                return false
            default: send("250 ok", on: wire)
            }
        }
        return false
    }

    private func take(on wire: Wire, _ number: Int, _ session: Session) -> Bool {
        send("354 go on", on: wire)
        guard let bytes = wire.read(upTo: Array("\r\n.\r\n".utf8), limit: 4 << 20) else { return false }
        let lines = String(decoding: bytes.dropLast(5), as: UTF8.self).components(separatedBy: "\r\n")
        let text = lines.map { $0.hasPrefix("..") ? String($0.dropFirst()) : $0 }.joined(separator: "\r\n")
        if let special = answer("MESSAGE", number) { return act(special, on: wire) }
        state.withLockedValue {
            $0.received.append(
                Received(from: session.from, to: session.to, text: text, wasProtected: session.isProtected, login: session.login))
        }
        send("250 taken", on: wire)
        return true
    }

    private func features(_ session: Session) -> String {
        var lines = ["mail.quayside.test", "SIZE 10485760"]
        if case .starttls = protection, !session.isProtected {
            lines.append("STARTTLS")
        } else if login != nil {
            lines.append("AUTH PLAIN")
        }
        lines.append("8BITMIME")
        return lines.dropLast().map { "250-\($0)\r\n" }.joined() + "250 8BITMIME"
    }

    private func authenticate(_ line: String, on wire: Wire, _ session: inout Session) -> Bool {
        var proof = line.split(separator: " ").dropFirst(2).first.map(String.init) ?? ""
        if proof.isEmpty {
            send("334 ", on: wire)
            guard let answer = self.line(from: wire) else { return false }
            proof = answer
        }
        let parts = (Data(base64Encoded: proof) ?? Data()).split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let given = parts.suffix(2).joined(separator: ":")
        if given == login {
            session.login = given
            send("235 welcome", on: wire)
        } else {
            send("535 5.7.8 no such login", on: wire)
        }
        return true
    }

    private func say(_ line: String, to event: String, on wire: Wire, _ number: Int) -> Bool {
        if let special = answer(event, number) { return act(special, on: wire) }
        send(line, on: wire)
        return true
    }

    /// - Returns: whether the dialogue goes on.
    private func act(_ answer: Answer, on wire: Wire) -> Bool {
        switch answer {
        case .say(let line):
            send(line, on: wire)
            return true
        case .hang:
            _ = wire.wait(gate: nil, timeoutMilliseconds: -1)
            return false
        case .close: return false
        }
    }

    private func send(_ text: String, on wire: Wire) {
        note("S: " + text)
        _ = wire.send(Array((text + "\r\n").utf8)) { _ in }
    }

    private func note(_ line: String) { state.withLockedValue { $0.dialogue.append(line) } }

    private func line(from wire: Wire) -> String? {
        wire.read(upTo: Array("\r\n".utf8), limit: 65_536).map { String(decoding: $0.dropLast(2), as: UTF8.self) }
    }

    private func argument(_ line: String) -> String {
        String(line.split(separator: ":", maxSplits: 1).last ?? "").components(separatedBy: " ")[0]
    }
}
