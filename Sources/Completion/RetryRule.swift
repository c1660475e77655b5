/// What to do after an attempt, as a function of facts: the only place where a request is allowed to go out again.
///
/// An explicit refusal (408, 409, 429, 5xx) and a connection that never stood are tried again. Whatever may have cost something and gave nothing
/// is not (a lost or cut reply, a time-out, an error in a success), unless the operator allowed one more.
struct RetryRule {
    enum Step: Hashable, Sendable {
        case done
        /// The same endpoint once more; the wait is the endpoint's wish, or nil for ours.
        case again(waitMilliseconds: Int?)
        case nextEndpoint
        case giveUp
    }

    let outcome: AttemptOutcome
    var error = EndpointError(message: "")
    var advice = RetryAdvice(nowMilliseconds: 0) { _ in nil }
    /// Text of an answer had come.
    var hadContent = false
    /// It would end the same way again: a bad certificate, a forbidden address, a request that cannot be sent.
    var isLasting = false
    /// The attempt used nothing, and that is known.
    var wasFree = false

    /// - Parameters:
    ///   - retriesLeft: for this endpoint.
    ///   - mayRepeatUnknown: the operator allows it, and it has not happened yet.
    func step(retriesLeft: Int, mayRepeatUnknown: Bool) -> Step {
        switch outcome {
        case .answered: .done
        case .declined, .cancelled: .giveUp
        case .notSent: retriesLeft > 0 && !isLasting ? .again(waitMilliseconds: nil) : .nextEndpoint
        case .refused(let status):
            isWorthRepeating(status) && retriesLeft > 0 ? .again(waitMilliseconds: advice.waitMilliseconds) : .nextEndpoint
        case .failedInside where !hadContent: .nextEndpoint
        case .unreadable where wasFree: .nextEndpoint
        case .failedInside, .cut, .unreadable, .tooLarge, .timedOut, .unknown:
            mayRepeatUnknown && retriesLeft > 0 ? .again(waitMilliseconds: nil) : .giveUp
        }
    }

    private func isWorthRepeating(_ status: Int) -> Bool {
        if advice.isTooLong || error.isOutOfCredit || error.isTooLong { return false }
        if let shouldRetry = advice.shouldRetry { return shouldRetry }
        return status == 408 || status == 409 || status == 429 || status >= 500
    }

    /// Our own wait before retry `number` (0 for the first): half a second, doubling up to 8 s, less up to a quarter so that many who failed
    /// together do not come back together.
    /// - Parameter random: 0..<1.
    static func backOffMilliseconds(retry number: Int, random: Double) -> Int {
        let doubled = min(500 << min(max(number, 0), 5), 8_000)
        return Int(Double(doubled) * (1 - 0.25 * min(max(random, 0), 1)))
    }

    /// The typed reason of the failure when this was the last attempt.
    var reason: CompletionFailure.Reason {
        switch outcome {
        case .answered, .unreadable, .failedInside, .tooLarge: .unreadable
        case .declined: .declined
        case .cut: .cut
        case .timedOut: .timedOut
        case .cancelled: .cancelled
        case .notSent: .unreachable
        case .unknown: .unknownOutcome
        case .refused(let status): reason(of: status)
        }
    }

    private func reason(of status: Int) -> CompletionFailure.Reason {
        if error.isOutOfCredit || status == 402 { return .outOfCredit }
        if error.isTooLong || status == 413 { return .tooLong }
        switch status {
        case 401, 403: return .unauthorised
        case 429, 503, 529: return .overloaded
        default: return .refused(status: status)
        }
    }
}
