/// Who writes down every attempt. Two conformers: the ledger, and the recorder of `doctor` and the tests.
package protocol AttemptRecorder: Sendable {
    /// Called before any byte of an attempt is sent; the attempt goes out only when this has returned, so it must have stored it durably.
    /// - Throws: anything; then nothing is sent, `didEnd` is not called, and `Completer.complete` throws the same error (litellm #33923).
    func willSend(_ attempt: AttemptStart) async throws

    /// Called exactly once after each `willSend` that returned, also when the task was cancelled.
    /// - Throws: anything; `Completer.complete` throws the same error, because a reply without a record must not be used.
    func didEnd(_ attempt: AttemptEnd) async throws
}

/// An attempt about to be sent.
package struct AttemptStart: Hashable, Sendable {
    /// 1 for the first of a completion, then 2...
    package let number: Int
    /// The endpoint's name.
    package let endpoint: String
    /// The model asked for.
    package let model: String
    /// The size of the body.
    package let requestBytes: Int
    /// No tokenizer makes more of the messages.
    package let inputTokensUpperBound: Int
    /// The limit the endpoint is given.
    package let maxOutputTokens: Int
}

/// An attempt that has ended, in whatever way.
package struct AttemptEnd: Hashable, Sendable {
    /// As in its start.
    package let number: Int
    /// The endpoint's name.
    package let endpoint: String
    /// What became of it.
    package let outcome: AttemptOutcome
    /// Nil where no head of an answer came.
    package let httpStatus: Int?
    /// The reply's own id; endpoints repeat them and leave them empty, so it is never a key.
    package let providerID: String?
    /// The endpoint's `x-request-id`, for its support.
    package let requestID: String?
    /// The model that says it answered.
    package let modelAnswered: String?
    /// Nil where the endpoint gave none.
    package let finishReason: FinishReason?
    /// What it used, as far as is known.
    package let usage: Usage
    /// How long it took.
    package let timings: AttemptTimings
    /// What the endpoint or the network said, one line without keys; empty for an answer.
    package let detail: String
}

/// When the parts of an attempt came.
package struct AttemptTimings: Hashable, Sendable, Codable {
    /// Milliseconds since 1970.
    package let startedAt: Int64
    /// From there to the head of the answer, milliseconds.
    package let headMilliseconds: Int?
    /// To the first event or body bytes that are not a comment, milliseconds.
    package let firstTokenMilliseconds: Int?
    /// To the end, milliseconds.
    package let totalMilliseconds: Int
}

/// What became of an attempt.
package enum AttemptOutcome: Hashable, Sendable, Codable {
    /// A whole, readable reply (perhaps one that ran into the token limit).
    case answered
    /// The model, or a filter before it, would not answer.
    case declined
    /// The endpoint refused with this HTTP status.
    case refused(status: Int)
    /// An error stood where the reply should have been, in a success.
    case failedInside
    /// The reply ended without saying that it was whole.
    case cut
    /// The reply holds nothing that could be shown: a page, garbage, a tool call, debris, nothing.
    case unreadable
    /// The reply was larger than the endpoint's limit.
    case tooLarge
    /// A time limit passed after the request had gone out.
    case timedOut
    /// The task was cancelled.
    case cancelled
    /// Certainly nothing was sent: no connection, bad TLS, a forbidden address.
    case notSent
    /// The request went out and the connection was lost before any byte of an answer: it may have been answered and billed (ComfyUI #16204).
    case unknown

    /// One word, for records and filters.
    package var word: String {
        switch self {
        case .answered: "answered"
        case .declined: "declined"
        case .refused: "refused"
        case .failedInside: "failed_inside"
        case .cut: "cut"
        case .unreadable: "unreadable"
        case .tooLarge: "too_large"
        case .timedOut: "timed_out"
        case .cancelled: "cancelled"
        case .notSent: "not_sent"
        case .unknown: "unknown"
        }
    }

    /// Whether it speaks against the endpoint; nil: it says nothing about it.
    var isFailureOfEndpoint: Bool? {
        switch self {
        case .answered, .declined: false
        case .cancelled: nil
        case .refused(let status): [400, 404, 409, 413, 422].contains(status) ? false : true
        case .failedInside, .cut, .unreadable, .tooLarge, .timedOut, .notSent, .unknown: true
        }
    }
}
