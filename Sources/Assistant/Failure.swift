import Completion
import Escalation
import Metering
import Prompting
import Storage

/// An error of any room, as the reason for a handover and a line for teammates. The customer never reads it.
struct Failure {
    let reason: Reason
    let detail: String
    /// How the response is booked that came to this.
    var booked = ResponseOutcome.failed

    init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    init(_ error: any Error) {
        detail = String("\(error)".prefix(300))
        switch error {
        case let error as CompletionFailure:
            reason = error.handoverReason
            booked = error.booked
        case MeteringError.creditExhausted: reason = .creditExhausted
        case is CancellationError: reason = .stalled
        default: reason = .modelError
        }
    }
}

extension CompletionFailure {
    /// Why a person is asked when no endpoint gave an answer.
    fileprivate var handoverReason: Escalation.Reason {
        switch reason {
        case .timedOut: .timeout
        case .unreadable, .cut: .unreadableOutput
        case .cancelled: .stalled
        case .declined, .unreachable, .unknownOutcome, .refused, .overloaded, .unauthorised, .outOfCredit, .tooLong, .resting, .noEndpoint:
            .modelError
        }
    }

    fileprivate var booked: ResponseOutcome {
        switch reason {
        case .cut: .truncatedByProvider
        case .declined: .refusedByModel
        default: .failed
        }
    }
}
