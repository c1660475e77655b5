import Prompting

/// One answer from a model: what it proposes, and what it took.
package struct Completion: Hashable, Sendable {
    /// What the model proposes; not yet decided on.
    package let draft: Draft
    /// The model's text as it came, for replays and for teammates; never for customers.
    package let text: String
    /// The endpoint that answered.
    package let endpoint: String
    /// The model that says it answered.
    package let model: String
    /// All attempts made, the one that answered included.
    package let attempts: Int
    /// Of the attempt that gave this draft; the others are with the recorder.
    package let usage: Usage
    /// Why the model stopped. `.length` means that the text is incomplete: the caller decides whether to use it.
    package let finishReason: FinishReason
}

/// What one call of `Completer.complete` knows while it runs. It never leaves that call, which does one thing at a time.
final class CompletionRun {
    let request: CompletionRequest
    let recorder: any AttemptRecorder
    /// Milliseconds since 1970.
    let deadline: Int64
    var attempts = 0
    var last: (endpoint: Endpoint, result: Attempt.Result)?
    private var passedOver: Endpoint?

    init(request: CompletionRequest, recorder: any AttemptRecorder, deadline: Int64) {
        self.request = request
        self.recorder = recorder
        self.deadline = deadline
    }

    func passOver(_ endpoint: Endpoint) { passedOver = endpoint }

    func start(_ attempt: Attempt) -> AttemptStart {
        AttemptStart(
            number: attempts + 1, endpoint: attempt.endpoint.name, model: attempt.endpoint.model, requestBytes: attempt.body.count,
            inputTokensUpperBound: attempt.request.tokenUpperBound, maxOutputTokens: attempt.request.parameters.maxTokens)
    }

    /// The failure this run came to, by its last attempt unless the reason lies elsewhere.
    func failure(_ reason: CompletionFailure.Reason? = nil) -> CompletionFailure {
        let own: CompletionFailure.Reason = last?.result.rule.reason ?? (passedOver == nil ? .noEndpoint : .resting)
        return CompletionFailure(
            reason: reason ?? own, attempts: attempts, endpoint: last?.endpoint.name ?? passedOver?.name,
            detail: last?.result.detail ?? "")
    }
}

extension Attempt.Result {
    var rule: RetryRule {
        RetryRule(
            outcome: outcome, error: error, advice: advice, hadContent: !reply.content.isEmpty, isLasting: isLasting,
            wasFree: usage.source == .none)
    }

    /// A 4xx: the request's form is at fault and nothing was done, so that another form costs no retry.
    var isRefusedForm: Bool {
        if case .refused(let status) = outcome { status < 500 } else { false }
    }

    func end(number: Int, endpoint: String, startedAt: Int64, now: Int64) -> AttemptEnd {
        AttemptEnd(
            number: number, endpoint: endpoint, outcome: outcome, httpStatus: httpStatus, providerID: reply.id, requestID: requestID,
            modelAnswered: reply.model, finishReason: reply.finishReason.map(FinishReason.init), usage: usage,
            timings: AttemptTimings(
                startedAt: startedAt, headMilliseconds: headMilliseconds, firstTokenMilliseconds: firstTokenMilliseconds,
                totalMilliseconds: Int(clamping: now - startedAt)),
            detail: detail)
    }
}

extension RetryRule {
    /// The endpoint said no, or was never reached: trying again costs nothing twice.
    var isRefusal: Bool {
        switch outcome {
        case .refused, .notSent: true
        default: false
        }
    }
}
