import CCurl
import CCurlSys

/// One mail on libcurl's side: what it is told, what it asks for, and what the server said. It lives on its loop's thread only; the loop keeps it alive
/// while libcurl holds a pointer to it. The twin of `Exchange`.
///
/// libcurl doubles a dot at the beginning of a line (RFC 5321, 4.5.2) and ends the message; the tests hold it to that.
final class MailExchange: LoopExchange {
    let easy: UnsafeMutableRawPointer
    let pipe: Pipe
    private let mail: CheckedMail
    private let settings: HTTPClientSettings
    private(set) var deadlines: Deadlines
    private let deadlineChanged: (Int64) -> Void

    private(set) var progress = TransferError.Progress.nothing
    private var sentBytes = 0
    /// The code and the words of the server's last reply.
    private var reply: (code: Int, text: String)?
    private var refusedAddress: String?
    /// Why this side ended it.
    private var stopped: TransferError?
    private var recipients: UnsafeMutablePointer<curl_slist>?
    private let check: UnsafeMutablePointer<ccurl_address_check>
    private let errorText: UnsafeMutablePointer<CChar>

    init(
        easy: UnsafeMutableRawPointer, mail: CheckedMail, pipe: Pipe, settings: HTTPClientSettings, now: Int64,
        deadlineChanged: @escaping (Int64) -> Void
    ) {
        self.easy = easy
        self.mail = mail
        self.pipe = pipe
        self.settings = settings
        self.deadlineChanged = deadlineChanged
        deadlines = Deadlines(mail.limits, now: now)
        check = .allocate(capacity: 1)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        enter(.connecting)
        tellMail()
        tellConnection()
        tellCallbacks()
    }

    func release() {
        curl_easy_reset(easy)
        curl_slist_free_all(recipients)
        recipients = nil
        check.deallocate()
        errorText.deallocate()
    }

    /// Nothing is ever paused.
    func resume() {}

    /// A mail that libcurl thinks is going on would be completed when it is taken away: it sends the dot that ends the message, so that half a mail would
    /// be delivered, and waits for the answer.
    func stops(with error: TransferError) -> Bool {
        stopped = stopped ?? error
        limitGoodbye()
        return true
    }

    // MARK: What libcurl is told

    private func tellMail() {
        ccurl_set_string(easy, CURLOPT_URL, mail.url)
        ccurl_set_string(easy, CURLOPT_MAIL_FROM, mail.sender)
        for recipient in mail.recipients { recipients = curl_slist_append(recipients, recipient) ?? recipients }
        ccurl_set_recipients(easy, recipients)
        ccurl_set_long(easy, CURLOPT_UPLOAD, 1)
        ccurl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(mail.bytes.count))
        if let login = mail.login {
            ccurl_set_string(easy, CURLOPT_USERNAME, login.user)
            ccurl_set_string(easy, CURLOPT_PASSWORD, login.password.reveal())
        }
    }

    private func tellConnection() {
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        ccurl_set_long(easy, CURLOPT_USE_SSL, Int(mail.security == .plain ? CURLUSESSL_NONE.rawValue : CURLUSESSL_ALL.rawValue))
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, mail.limits.connectMilliseconds)
        // libcurl waits for the reply to the message itself with a blocking call, which our own deadlines cannot end.
        ccurl_set_long(
            easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, min(Self.longestReplySeconds, mail.limits.totalMilliseconds / 1000 + 1))
        ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        if let file = settings.certificateAuthorityFile { ccurl_set_string(easy, CURLOPT_CAINFO, file) }
        // Always set, or libcurl looks into the environment.
        ccurl_set_string(easy, CURLOPT_PROXY, "")
        ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
    }

    private func tellCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        ccurl_set_pointer(easy, CURLOPT_READDATA, context)
        ccurl_set_bytes(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            return MailExchange.of(context).give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        ccurl_set_bytes(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            return MailExchange.of(context).hear(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        ccurl_set_bytes(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        ccurl_set_pointer(easy, CURLOPT_PREREQDATA, context)
        ccurl_set_ready(easy) { context, _, _, _, _ in
            if let context { MailExchange.of(context).enter(.head) }
            return 0
        }
        ccurl_set_pointer(easy, CURLOPT_XFERINFODATA, context)
        ccurl_set_progress(easy) { context, _, _, _, _ in
            guard let context else { return 0 }
            return MailExchange.of(context).stopped == nil ? 0 : 1
        }
        check.initialize(
            to: ccurl_address_check(
                is_allowed: { context, address, length in
                    guard let context, let address else { return 0 }
                    return MailExchange.of(context).mayConnect(address, length: Int(length)) ? 1 : 0
                }, context: context))
        ccurl_set_address_check(easy, check)
    }

    private static func of(_ context: UnsafeMutableRawPointer) -> MailExchange {
        Unmanaged<MailExchange>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: What libcurl says

    private func mayConnect(_ address: UnsafePointer<sockaddr>, length: Int) -> Bool {
        if !mail.isGuarded || mail.isExempt || PublicAddress.isPublic(address, length: length) { return true }
        refusedAddress = PublicAddress.text(address, length: length)
        return false
    }

    /// The next bytes of the message, 0 at its end.
    private func give(_ room: UnsafeMutableRawBufferPointer) -> Int {
        progress.requestMayHaveBeenSent = true
        let piece = mail.bytes[sentBytes..<min(sentBytes + room.count, mail.bytes.count)]
        room.copyBytes(from: piece)
        sentBytes += piece.count
        return piece.count
    }

    /// One line of the server's.
    private func hear(_ line: UnsafeRawBufferPointer) -> Int {
        progress.answerBytes += line.count
        guard progress.answerBytes <= settings.headBytes else { return -1 }
        if line.count >= 3, let code = Int(String(decoding: line.prefix(3), as: UTF8.self)), (200...599).contains(code) {
            // The answer to the goodbye says nothing about the mail.
            if code != Self.goodbye { reply = (code, Self.words(line.dropFirst(4))) }
        }
        return line.count
    }

    private static func words(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: bytes.prefix(longestReplyBytes).filter { $0 >= 32 && $0 < 127 }, as: UTF8.self)
    }

    private func enter(_ phase: Deadlines.Phase) {
        deadlines.enter(phase, now: Deadlines.now())
        deadlineChanged(deadlines.next)
    }

    /// A refusal is an answer: it goes through the pipe like one.
    func outcome(_ code: CURLcode) -> Result<Void, TransferError> {
        limitGoodbye()
        if let stopped { return .failure(stopped) }
        if code == CURLE_OK {
            pipe.deliver(MailRefusal.accepted, progress: progress)
            return .success(())
        }
        if let refusedAddress { return .failure(.refusedAddress(refusedAddress)) }
        let said = String(cString: errorText)
        if code == CURLE_USE_SSL_FAILED { return .failure(.tls("the server does not offer STARTTLS", progress)) }
        if let reply, reply.code >= 400, let step = step(code, said) {
            pipe.deliver(MailRefusal.head(step: step, code: reply.code, reply: withoutSecrets(reply.text)), progress: progress)
            return .success(())
        }
        let general = String(cString: curl_easy_strerror(code))
        return .failure(TransferError(code, detail: said.isEmpty ? general : withoutSecrets(said), progress))
    }

    /// libcurl's goodbye is a blocking call: a second at most.
    private func limitGoodbye() { ccurl_set_long(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1) }

    /// Where the server refused; nil where it was not the server's word that ended it. libcurl names the command in its error only.
    private func step(_ code: CURLcode, _ said: String) -> String? {
        if code == CURLE_LOGIN_DENIED { return MailRefusal.login }
        guard [CURLE_SEND_ERROR, CURLE_REMOTE_ACCESS_DENIED, CURLE_WEIRD_SERVER_REPLY, CURLE_RECV_ERROR].contains(code) else { return nil }
        if said.hasPrefix("MAIL") { return MailError.Step.sender.rawValue }
        if said.hasPrefix("RCPT") { return MailError.Step.recipient.rawValue }
        if said.hasPrefix("DATA") || progress.requestMayHaveBeenSent { return MailError.Step.message.rawValue }
        return MailError.Step.greeting.rawValue
    }

    /// Some servers repeat what they were told.
    private func withoutSecrets(_ text: String) -> String {
        guard let login = mail.login else { return text }
        let tells = text.contains(login.password.reveal()) && !login.password.reveal().isEmpty
        return tells ? "(the server repeated the password)" : text
    }

    private static let goodbye = 221
    /// Seconds that a server may take for one reply.
    private static let longestReplySeconds = 20
    /// Bytes of a reply that are told.
    private static let longestReplyBytes = 300
}
