import NIOConcurrencyHelpers

/// The head of a final answer.
struct ResponseHead: Sendable {
    let status: Int
    let headers: HTTPHeaders
}

/// Where the loop's thread hands an answer to the task that waits for it. Continuations are resumed outside the lock; there is one reader.
final class Pipe: Sendable {
    private struct State {
        var head: ResponseHead?
        var headWaiter: CheckedContinuation<ResponseHead, any Error>?
        var buffer: [UInt8] = []
        var isPaused = false
        var end: Result<Void, TransferError>?
        var bodyWaiter: CheckedContinuation<[UInt8]?, any Error>?
        var progress = TransferError.Progress.nothing
    }

    private let id: UInt64
    private let loop: TransferLoop
    private let bufferedBytes: Int
    private let state = NIOLockedValueBox(State())

    init(id: UInt64, loop: TransferLoop, bufferedBytes: Int) {
        self.id = id
        self.loop = loop
        self.bufferedBytes = bufferedBytes
    }

    // MARK: The reader's side

    /// How far the transfer has come.
    var progress: TransferError.Progress { state.withLockedValue { $0.progress } }

    func head() async throws -> ResponseHead {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let known = state.withLockedValue { state -> Result<ResponseHead, any Error>? in
                    if let head = state.head { return .success(head) }
                    if let end = state.end { return .failure(Self.headMissing(end, state.progress)) }
                    state.headWaiter = continuation
                    return nil
                }
                if let known { continuation.resume(with: known) }
            }
        } onCancel: {
            cancel()
        }
    }

    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (known, resumesTransfer) = state.withLockedValue { state in Self.take(&state, else: continuation) }
                if resumesTransfer { loop.post(.unpause(id)) }
                if let known { continuation.resume(with: known) }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Ends the transfer as soon as the loop gets to it.
    func cancel() { loop.post(.cancel(id)) }

    /// Ends the transfer and tells the reader now, not when the loop gets to it. Whether anything was sent is not known then.
    func giveUp() {
        cancel()
        finish(.failure(.cancelled(.init(requestMayHaveBeenSent: true, headArrived: false, answerBytes: 0))))
    }

    /// The body is of no interest any more.
    func abandon() {
        if state.withLockedValue({ $0.end == nil }) { cancel() }
    }

    /// What is there already, or nil and the continuation is kept; and whether the transfer waits to be resumed.
    private static func take(
        _ state: inout State, else continuation: CheckedContinuation<[UInt8]?, any Error>
    ) -> (Result<[UInt8]?, any Error>?, Bool) {
        if !state.buffer.isEmpty {
            var taken: [UInt8] = []
            swap(&taken, &state.buffer)
            defer { state.isPaused = false }
            return (.success(taken), state.isPaused)
        }
        switch state.end {
        case .success?: return (.success(nil), false)
        case .failure(let error)?: return (.failure(error), false)
        case nil: break
        }
        guard state.bodyWaiter == nil else { return (.failure(TransferError.invalidRequest(.bodyReadTwice)), false) }
        state.bodyWaiter = continuation
        return (nil, false)
    }

    private static func headMissing(_ end: Result<Void, TransferError>, _ progress: TransferError.Progress) -> TransferError {
        if case .failure(let error) = end { return error }
        return .protocolError("no head came", progress)
    }

    // MARK: The loop's side

    func deliver(_ head: ResponseHead, progress: TransferError.Progress) {
        let waiter = state.withLockedValue { state in
            state.head = head
            state.progress = progress
            defer { state.headWaiter = nil }
            return state.headWaiter
        }
        waiter?.resume(returning: head)
    }

    /// Takes bytes of the body, or refuses them because too many lie unread; then the reader's next step resumes the transfer.
    func offer(_ bytes: UnsafeRawBufferPointer, progress: TransferError.Progress) -> Bool {
        let (isTaken, waiter) = state.withLockedValue { state -> (Bool, CheckedContinuation<[UInt8]?, any Error>?) in
            if let waiter = state.bodyWaiter {
                state.bodyWaiter = nil
                state.progress = progress
                return (true, waiter)
            }
            guard state.buffer.count < bufferedBytes else {
                state.isPaused = true
                return (false, nil)
            }
            state.buffer.append(contentsOf: bytes)
            state.progress = progress
            return (true, nil)
        }
        waiter?.resume(returning: Array(bytes))
        return isTaken
    }

    /// Ends the stream. The first end counts.
    func finish(_ end: Result<Void, TransferError>) {
        let waiters = state.withLockedValue {
            state -> (CheckedContinuation<ResponseHead, any Error>?, CheckedContinuation<[UInt8]?, any Error>?) in
            guard state.end == nil else { return (nil, nil) }
            state.end = end
            if case .failure(let error) = end {
                state.progress = error.progress
                if error.isOurs { state.buffer = [] }
            }
            defer { (state.headWaiter, state.bodyWaiter) = (nil, nil) }
            return (state.headWaiter, state.bodyWaiter)
        }
        waiters.0?.resume(throwing: Self.headMissing(end, progress))
        waiters.1?.resume(with: end.map { nil }.mapError { $0 })
    }
}

extension TransferError {
    /// Whether it was this side that ended the transfer, so that nobody wants the rest.
    fileprivate var isOurs: Bool {
        switch self {
        case .cancelled, .closed: true
        default: false
        }
    }
}
