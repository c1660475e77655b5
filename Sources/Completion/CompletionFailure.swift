/// Why no endpoint gave an answer.
package struct CompletionFailure: Error, Hashable, Sendable {
    /// What it came to, by the last attempt.
    package let reason: Reason
    /// The attempts made, all of them recorded.
    package let attempts: Int
    /// The endpoint of the last attempt, nil where none was made.
    package let endpoint: String?
    /// What the endpoint or the network said, one line without keys.
    package let detail: String

    /// What a completion can come to when it is no answer.
    package enum Reason: Hashable, Sendable, Codable {
        /// The model or a content filter would not answer this.
        case declined
        /// The reply ended without saying that it was whole; nothing of it may be shown as an answer.
        case cut
        /// There was a reply, and nothing in it to show.
        case unreadable
        /// A time limit passed, of an attempt or of the whole.
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// No connection to any endpoint.
        case unreachable
        /// The request was sent and the connection lost: it may have been answered and billed, so it was not sent again.
        case unknownOutcome
        /// The endpoint refused with this HTTP status.
        case refused(status: Int)
        /// Too many requests, or a server that cannot at the moment (429, 503, 529).
        case overloaded
        /// The key was refused (401, 403).
        case unauthorised
        /// The credit at the endpoint is used up.
        case outOfCredit
        /// The request does not fit the model's context.
        case tooLong
        /// All endpoints failed too often of late and are being left alone.
        case resting
        /// No endpoint is configured, or none of the name that the prompt wants.
        case noEndpoint
    }
}

extension CompletionFailure: CustomStringConvertible {
    /// For the operator: what happened and what to do.
    package var description: String {
        let place = endpoint.map { "endpoint '\($0)'" } ?? "no endpoint"
        let said = detail.isEmpty ? "" : " (\(detail))"
        return "\(place), \(attempts) attempt\(attempts == 1 ? "" : "s"): \(what)\(said)"
    }

    private var what: String {
        switch reason {
        case .declined: "the model or a filter would not answer; nothing to repair"
        case .cut: "the reply ended without a finish_reason; look for a gateway or a server that cuts streams"
        case .unreadable: "the reply held nothing to show; try the prompt with `baton prompts test`, or another model"
        case .timedOut: "a time limit passed; see whether the server is busy, or raise the endpoint's 'first_byte', 'silence' and 'total'"
        case .cancelled: "cancelled"
        case .unreachable: "no connection; check url, proxy and that the server runs"
        case .unknownOutcome: "the connection was lost after the request was sent; it may have been billed and was not sent again"
        case .refused(let status): "refused with HTTP \(status); run `baton doctor`"
        case .overloaded: "too busy; lower the load, or ask the provider for a higher rate"
        case .unauthorised: "the key was refused; set the endpoint's key anew"
        case .outOfCredit: "the credit at the provider is used up; top it up there"
        case .tooLong: "the request does not fit the model's context; lower the prompt's 'budget: total'"
        case .resting: "failed too often and is left alone for a while; run `baton doctor`"
        case .noEndpoint: "none is configured under this name; add one under 'endpoints:'"
        }
    }
}
