import CCurl
import CCurlSys

/// What happens on a loop's thread: commands, libcurl's work, ended transfers, passed deadlines, and waiting for the next of these.
final class TransferThread {
    private let multi: MultiHandle
    private let settings: HTTPClientSettings
    private var active: [UInt64: any LoopExchange] = [:]
    private var byHandle: [UnsafeMutableRawPointer: UInt64] = [:]
    private var idle: [UnsafeMutableRawPointer] = []
    /// No deadline passes before this time. Deadlines mostly move away, so all are looked at only when it comes.
    private var quietUntil = Int64.max

    init(multi: MultiHandle, settings: HTTPClientSettings) {
        self.multi = multi
        self.settings = settings
    }

    /// Returns after `stop`, when every transfer has been told.
    func run(inbox: () -> [TransferLoop.Command]) {
        var isStopping = false
        while !isStopping {
            for command in inbox() where !obey(command) { isStopping = true }
            if isStopping { break }
            var running: Int32 = 0
            curl_multi_perform(multi.pointer, &running)
            retireEnded()
            retireLate()
            curl_multi_poll(multi.pointer, nil, 0, waitMilliseconds, nil)
        }
        for id in active.keys.sorted() { end(id) { .closed($0.progress) } }
        for easy in idle { curl_easy_cleanup(easy) }
    }

    /// - Returns: false for `stop`.
    private func obey(_ command: TransferLoop.Command) -> Bool {
        switch command {
        case .start(let id, let work, let pipe): start(id, work, pipe)
        case .unpause(let id): active[id]?.resume()
        case .cancel(let id): end(id) { .cancelled($0.progress) }
        case .stop: return false
        }
        return true
    }

    private func start(_ id: UInt64, _ work: TransferLoop.Work, _ pipe: Pipe) {
        guard let pointer = multi.pointer, let easy = idle.popLast() ?? curl_easy_init() else {
            pipe.finish(.failure(.protocolError("libcurl has no memory", .nothing)))
            return
        }
        let deadlineChanged: (Int64) -> Void = { [weak self] limit in
            guard let self else { return }
            quietUntil = min(quietUntil, limit)
        }
        let now = Deadlines.now()
        let exchange: any LoopExchange =
            switch work {
            case .request(let request):
                Exchange(easy: easy, request: request, pipe: pipe, settings: settings, now: now, deadlineChanged: deadlineChanged)
            case .mail(let mail):
                MailExchange(easy: easy, mail: mail, pipe: pipe, settings: settings, now: now, deadlineChanged: deadlineChanged)
            }
        active[id] = exchange
        byHandle[easy] = id
        let code = curl_multi_add_handle(pointer, easy)
        if code != CURLM_OK { retire(id) { .failure(.protocolError("libcurl: \(code.rawValue)", $0.progress)) } }
    }

    private func retireEnded() {
        guard let pointer = multi.pointer else { return }
        var code = CURLE_OK
        while let easy = ccurl_next_ended(pointer, &code) {
            if let id = byHandle[easy] { retire(id) { $0.outcome(code) } }
        }
    }

    private func retireLate() {
        let now = Deadlines.now()
        guard now >= quietUntil else { return }
        for (id, exchange) in active {
            if let limit = exchange.deadlines.passed(now: now) { end(id) { .timeout(limit, $0.progress) } }
        }
        quietUntil = active.values.reduce(Int64.max) { min($0, $1.deadlines.next) }
    }

    /// Ends a transfer that libcurl thinks is going on.
    private func end(_ id: UInt64, _ error: (any LoopExchange) -> TransferError) {
        guard let exchange = active[id] else { return }
        let error = error(exchange)
        if exchange.stops(with: error) {
            var running: Int32 = 0
            curl_multi_perform(multi.pointer, &running)
            retireEnded()
        }
        // Not there any more where libcurl has ended it by itself.
        retire(id) { _ in .failure(error) }
    }

    private func retire(_ id: UInt64, _ outcome: (any LoopExchange) -> Result<Void, TransferError>) {
        guard let exchange = active.removeValue(forKey: id) else { return }
        let end = outcome(exchange)
        byHandle[exchange.easy] = nil
        curl_multi_remove_handle(multi.pointer, exchange.easy)
        exchange.release()
        if idle.count < Self.mostIdleHandles { idle.append(exchange.easy) } else { curl_easy_cleanup(exchange.easy) }
        exchange.pipe.finish(end)
    }

    private var waitMilliseconds: Int32 {
        Int32(clamping: min(Self.longestWaitMilliseconds, max(0, quietUntil &- Deadlines.now())))
    }

    /// libcurl handles kept for the next request.
    private static let mostIdleHandles = 64
    /// Milliseconds that the loop sleeps at most without being woken.
    private static let longestWaitMilliseconds: Int64 = 60_000
}

/// One transfer as the loop's thread sees it: an HTTP request or a mail.
protocol LoopExchange: AnyObject {
    var easy: UnsafeMutableRawPointer { get }
    var pipe: Pipe { get }
    var deadlines: Deadlines { get }
    var progress: TransferError.Progress { get }
    /// The reader has made room.
    func resume()
    /// How the transfer ended, given libcurl's word for it.
    func outcome(_ code: CURLcode) -> Result<Void, TransferError>
    /// Asks libcurl to end the transfer with an error of its own at its next step.
    /// - Returns: false where it can be taken out of libcurl's hands as it is.
    func stops(with error: TransferError) -> Bool
    /// Takes the handle out of libcurl's hands for reuse.
    func release()
}
