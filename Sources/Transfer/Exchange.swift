import CCurl
import CCurlSys

/// One transfer on libcurl's side: an easy handle, what it is told, and what its callbacks say. It lives on the loop's thread only; the loop keeps
/// it alive while libcurl holds a pointer to it.
final class Exchange: LoopExchange {
    let easy: UnsafeMutableRawPointer
    let pipe: Pipe
    private let request: CheckedRequest
    private let settings: HTTPClientSettings
    private(set) var deadlines: Deadlines
    /// Called when a deadline was set that may be earlier than all others.
    private let deadlineChanged: (Int64) -> Void

    private(set) var progress = TransferError.Progress.nothing
    private var reader = HeadReader()
    private var headBytes = 0
    private var refusedAddress: String?
    private var failure: TransferError?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var answerList: UnsafeMutablePointer<curl_slist>?
    private let check: UnsafeMutablePointer<ccurl_address_check>
    private let errorText: UnsafeMutablePointer<CChar>

    init(
        easy: UnsafeMutableRawPointer, request: CheckedRequest, pipe: Pipe, settings: HTTPClientSettings, now: Int64,
        deadlineChanged: @escaping (Int64) -> Void
    ) {
        self.easy = easy
        self.request = request
        self.pipe = pipe
        self.settings = settings
        self.deadlineChanged = deadlineChanged
        deadlines = Deadlines(request.limits, now: now)
        check = .allocate(capacity: 1)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        deadlineChanged(deadlines.next)
        tellRequest()
        tellConnection()
        tellCallbacks()
    }

    /// Takes the handle out of libcurl's hands for reuse. The multi handle must have let go of it.
    func release() {
        curl_easy_reset(easy)
        curl_slist_free_all(headerList)
        curl_slist_free_all(answerList)
        (headerList, answerList) = (nil, nil)
        check.deallocate()
        errorText.deallocate()
    }

    // MARK: What libcurl is told

    private func tellRequest() {
        ccurl_set_url(easy, request.url.handle)
        switch (request.method, request.body.isEmpty) {
        case ("GET", true): ccurl_set_long(easy, CURLOPT_HTTPGET, 1)
        case ("HEAD", true): ccurl_set_long(easy, CURLOPT_NOBODY, 1)
        case ("POST", _), ("PUT", _), ("PATCH", _), (_, false):
            ccurl_set_long(easy, CURLOPT_POST, 1)
            tellBody()
        default: ccurl_set_long(easy, CURLOPT_HTTPGET, 1)
        }
        if request.method != "HEAD" { ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method) }
        for line in request.headerLines { headerList = curl_slist_append(headerList, line) ?? headerList }
        ccurl_set_headers(easy, headerList)
        ccurl_set_string(easy, CURLOPT_USERAGENT, settings.product)
        // Decodes what comes compressed; the header line that would offer it is suppressed in `CheckedRequest`.
        ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
    }

    /// COPYPOSTFIELDS must be set also for no bytes, or libcurl would read the body from standard input.
    private func tellBody() {
        ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        _ = request.body.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress, !bytes.isEmpty {
                ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, start.assumingMemoryBound(to: CChar.self))
            } else {
                ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, "")
            }
        }
    }

    private func tellConnection() {
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, request.limits.connectMilliseconds)
        // A name that is still being looked up must not hold up the loop when its transfer is cancelled.
        ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        if let file = settings.certificateAuthorityFile { ccurl_set_string(easy, CURLOPT_CAINFO, file) }
        // Always set, or libcurl looks into the environment.
        ccurl_set_string(easy, CURLOPT_PROXY, request.isGuarded ? "" : settings.proxy.proxy(forScheme: request.url.scheme))
        ccurl_set_string(easy, CURLOPT_NOPROXY, settings.proxy.except)
        ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let stage = settings.stage {
            let parts = request.url.hostAndPort.split(separator: ":").map(String.init)
            answerList = curl_slist_append(nil, "\(request.url.hostAndPort):" + stage.answer(parts.first ?? "").joined(separator: ","))
            ccurl_set_answers(easy, answerList)
        }
        if request.isGuarded {
            // Two guarded calls may have different exceptions, so they share no connection either.
            ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
            ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        }
        // PIPEWAIT stays off: with a server of HTTP/1 every other request would wait until the first one has its status line, which a model may
        // take a minute for. HTTP/2 connections that stand are shared all the same.
    }

    private func tellCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        ccurl_set_bytes(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            return Exchange.of(context).receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        ccurl_set_bytes(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            return Exchange.of(context).receiveHead(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_set_pointer(easy, CURLOPT_PREREQDATA, context)
        ccurl_set_ready(easy) { context, _, _, _, _ in
            if let context { Exchange.of(context).requestBegins() }
            return 0
        }
        ccurl_set_pointer(easy, CURLOPT_RESOLVER_START_DATA, context)
        ccurl_set_resolving(easy) { _, _, context in
            if let context { Exchange.of(context).connectionBegins() }
            return 0
        }
        check.initialize(
            to: ccurl_address_check(
                is_allowed: { context, address, length in
                    guard let context, let address else { return 0 }
                    return Exchange.of(context).mayConnect(address, length: Int(length)) ? 1 : 0
                }, context: context))
        ccurl_set_address_check(easy, check)
    }

    private static func of(_ context: UnsafeMutableRawPointer) -> Exchange {
        Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: What libcurl says

    private func connectionBegins() {
        if case .connection = deadlines.phase { enter(.connecting) }
    }

    private func mayConnect(_ address: UnsafePointer<sockaddr>, length: Int) -> Bool {
        connectionBegins()
        if !request.isGuarded || request.isExempt || PublicAddress.isPublic(address, length: length) { return true }
        let text = PublicAddress.text(address, length: length)
        if settings.stage?.publicAddresses.contains(text) == true { return true }
        refusedAddress = text
        return false
    }

    /// Called again when a kept connection was dead and libcurl takes a fresh one; the limit runs on from the first time.
    private func requestBegins() {
        guard !progress.requestMayHaveBeenSent else { return }
        progress.requestMayHaveBeenSent = true
        enter(.head)
    }

    private func receiveHead(_ line: UnsafeRawBufferPointer) -> Int {
        headBytes += line.count
        progress.answerBytes += line.count
        guard headBytes <= settings.headBytes else {
            failure = .tooLarge(limitBytes: settings.headBytes, progress)
            return -1
        }
        if let head = reader.read(line), !progress.headArrived {
            progress.headArrived = true
            enter(.body)
            pipe.deliver(head, progress: progress)
        }
        return line.count
    }

    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        var now = progress
        now.answerBytes += bytes.count
        guard pipe.offer(bytes, progress: now) else {
            enter(.reader)
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        progress = now
        enter(.body)
        return bytes.count
    }

    func stops(with error: TransferError) -> Bool { false }

    /// The reader has made room.
    func resume() {
        enter(.body)
        curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    private func enter(_ phase: Deadlines.Phase) {
        deadlines.enter(phase, now: Deadlines.now())
        deadlineChanged(deadlines.next)
    }

    /// How the transfer ended, given libcurl's word for it.
    func outcome(_ code: CURLcode) -> Result<Void, TransferError> {
        if code == CURLE_OK, progress.headArrived { return .success(()) }
        if let failure { return .failure(failure) }
        if let refusedAddress, !progress.requestMayHaveBeenSent { return .failure(.refusedAddress(refusedAddress)) }
        // A connection that closes within the head is a success to libcurl.
        if code == CURLE_OK { return .failure(.cut("within the head", progress)) }
        return .failure(TransferError(code, detail: detail(code), progress))
    }

    /// libcurl's text without anything that stood in a header, the query or the userinfo.
    private func detail(_ code: CURLcode) -> String {
        let general = String(cString: curl_easy_strerror(code))
        let special = String(cString: errorText)
        let isClean = !special.isEmpty && special.utf8.allSatisfy { $0 >= 32 && $0 < 127 }
        let tells = request.secrets.contains { $0.utf8.count >= 4 && special.contains($0.prefix(8)) }
        return isClean && !tells ? special : general
    }
}

extension TransferError {
    /// libcurl's codes, sorted by what a caller can do about them.
    init(_ code: CURLcode, detail: String, _ progress: Progress) {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: self = .timeout(progress.requestMayHaveBeenSent ? .total : .connect, progress)
        case CURLE_COULDNT_RESOLVE_HOST: self = .connect(.unknownHost, detail, progress)
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: self = .connect(.proxy, detail, progress)
        case CURLE_COULDNT_CONNECT: self = .connect(.unreachable, detail, progress)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CLIENTCERT:
            self = .tls(detail, progress)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2_STREAM:
            self = progress.requestMayHaveBeenSent ? .cut(detail, progress) : .connect(.unreachable, detail, progress)
        case CURLE_URL_MALFORMAT: self = .invalidRequest(.url)
        default: self = .protocolError(detail, progress)
        }
    }
}
