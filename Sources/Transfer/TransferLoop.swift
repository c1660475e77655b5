import CCurl
import CCurlSys
import Foundation
import NIOConcurrencyHelpers

/// A libcurl multi handle and the one thread that touches it. Others put commands into the inbox and wake it, which is the one call libcurl allows
/// from any thread.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case start(UInt64, Work, Pipe)
        case unpause(UInt64)
        case cancel(UInt64)
        case stop
    }

    /// What is to be done.
    enum Work: Sendable {
        case request(CheckedRequest)
        case mail(CheckedMail)
    }

    private struct Inbox {
        var commands: [Command] = []
        var nextID: UInt64 = 1
        var hasThread = false
        var isStopped = false
    }

    private let name: String
    private let settings: HTTPClientSettings
    private let multi: MultiHandle
    private let inbox = NIOLockedValueBox(Inbox())

    init(name: String, settings: HTTPClientSettings) {
        self.name = name
        self.settings = settings
        multi = MultiHandle(settings)
    }

    /// Begins a transfer; its pipe tells the rest.
    func start(_ work: Work) -> Pipe {
        let id = inbox.withLockedValue { inbox in
            defer { inbox.nextID += 1 }
            return inbox.nextID
        }
        let pipe = Pipe(id: id, loop: self, bufferedBytes: settings.bufferedBytes)
        post(.start(id, work, pipe))
        return pipe
    }

    func stop() { post(.stop) }

    func post(_ command: Command) {
        let (isRefused, startsThread, wakes) = inbox.withLockedValue { inbox -> (Bool, Bool, Bool) in
            if inbox.isStopped { return (true, false, false) }
            if case .stop = command, !inbox.hasThread {
                inbox.isStopped = true
                return (false, false, false)
            }
            inbox.commands.append(command)
            defer { inbox.hasThread = true }
            return (false, !inbox.hasThread, inbox.hasThread && inbox.commands.count == 1)
        }
        if startsThread { startThread() }
        if wakes { multi.wake() }
        // Without a word the caller would wait for ever.
        if isRefused, case .start(_, _, let pipe) = command { pipe.finish(.failure(.closed(.nothing))) }
    }

    private func startThread() {
        let thread = Thread {
            // Its transfers know it weakly, so it is held here until it has ended.
            let work = TransferThread(multi: self.multi, settings: self.settings)
            withExtendedLifetime(work) { work.run(inbox: self.take) }
        }
        thread.name = name
        thread.start()
    }

    /// The waiting commands. With a `stop` among them nothing is accepted any more: those posted later hear it at once, so none is lost between.
    private func take() -> [Command] {
        inbox.withLockedValue { inbox in
            var taken: [Command] = []
            swap(&taken, &inbox.commands)
            if taken.contains(where: { if case .stop = $0 { true } else { false } }) { inbox.isStopped = true }
            return taken
        }
    }
}

/// The multi handle. `wake` is for any thread, the pointer for the loop's own. It is freed with its loop and not when the thread ends, since
/// somebody may be in `wake` at that moment.
final class MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer?

    init(_ settings: HTTPClientSettings) {
        Self.libcurlIsReady
        pointer = curl_multi_init()
        guard let pointer else { return }
        ccurl_multi_set_long(pointer, CURLMOPT_MAX_HOST_CONNECTIONS, settings.connectionsPerHost)
        ccurl_multi_set_long(pointer, CURLMOPT_MAX_TOTAL_CONNECTIONS, settings.connections)
        ccurl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, settings.connections)
        ccurl_multi_set_long(pointer, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    }

    deinit { if let pointer { curl_multi_cleanup(pointer) } }

    func wake() { if let pointer { curl_multi_wakeup(pointer) } }

    private static let libcurlIsReady: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()
}
