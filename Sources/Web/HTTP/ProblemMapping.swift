import Access
import Assistant
import Delivery
import Inbox
import Logging
import Metering
import Notation
import Retrieval
import Storage

extension Problem {
    /// What a client is told of an error of any room: the one place where errors become HTTP. What nobody expected goes to the log with the request's id, and
    /// the client learns nothing but that id.
    static func of(_ error: any Error, log: Logger, _ facts: RequestFacts) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as InboxError: return of(error)
        case let error as LeadFault: return error.problem
        case let error as DeskError: return of(error)
        case let error as StorageError: return of(error, log, facts)
        case let error as MeteringError: return of(error, log, facts)
        case let error as AccessError: return of(error)
        case let error as WebhookError: return of(error)
        case let error as MoneyError: return Problem(.invalidInput, "\(error)")
        case let error as RetrievalError: return Problem(.invalidInput, "\(error)")
        case let error as NotationError: return Problem(.invalidInput, "\(error)")
        case is CancellationError: return unavailable("The request was broken off.")
        default: return unexpected(error, log, facts)
        }
    }

    private static func of(_ error: InboxError) -> Problem {
        switch error {
        case .notFound: .notFound
        case .tooEarly: Problem(.conflict, "\(error)")
        case .reservedName: .invalid("/name", "reserved", "\(error)")
        case .notAnAddress: .invalid("/email", "not_an_address", "\(error)")
        default: Problem(.invalidInput, "\(error)")
        }
    }

    private static func of(_ error: DeskError) -> Problem {
        switch error {
        case .unknownWorkspace: .notFound
        default: Problem(.invalidInput, "\(error)")
        }
    }

    private static func of(_ error: StorageError, _ log: Logger, _ facts: RequestFacts) -> Problem {
        switch error {
        case .keyReused: return Problem(.keyReused, "This Idempotency-Key was used for another request. Use a new key for a new request.")
        case .diskFull:
            log.error("disk full", metadata: ["request_id": "\(facts.id)"])
            return Problem(.storageFull, "There is no space left on the disk. Nothing was changed; try again later with the same key.")
        case .closed: return unavailable("The service is shutting down.")
        default: return unexpected(error, log, facts)
        }
    }

    private static func of(_ error: MeteringError, _ log: Logger, _ facts: RequestFacts) -> Problem {
        switch error {
        case .unknownResponse: .notFound
        case .keyReused: Problem(.keyReused, "\(error)")
        default: Problem(.invalidInput, "\(error)")
        }
    }

    private static func of(_ error: AccessError) -> Problem {
        switch error {
        case .notFound: return .notFound
        case .emailTaken, .accountExists, .lastOwner, .tooMany: return Problem(.conflict, "\(error)")
        case .exceedsOwn: return Problem(.forbidden, "\(error)")
        case .badEmail: return .invalid("/email", "not_an_address", "\(error)")
        case .weakPassword: return .invalid("/password", "weak_password", "\(error)")
        case .badText, .noPermissions, .expiryPassed: return Problem(.invalidInput, "\(error)")
        case .busy(let seconds):
            var problem = Problem(.unavailable, "\(error)")
            problem.retryAfterSeconds = seconds
            return problem
        }
    }

    private static func of(_ error: WebhookError) -> Problem {
        switch error {
        case .notFound: .notFound
        case .url: .invalid("/url", "not_a_url", "\(error)")
        case .events: .invalid("/events", "not_events", "\(error)")
        case .label: .invalid("/description", "not_a_line", "\(error)")
        case .tooMany, .disabled: Problem(.conflict, "\(error)")
        }
    }

    private static func unavailable(_ why: String) -> Problem {
        var problem = Problem(.unavailable, why + " Try again in a moment, with the same Idempotency-Key.")
        problem.retryAfterSeconds = 1
        return problem
    }

    private static func unexpected(_ error: any Error, _ log: Logger, _ facts: RequestFacts) -> Problem {
        log.error(
            "unexpected error", metadata: ["request_id": "\(facts.id)", "route": "\(facts.route?.path.text ?? "-")", "error": "\(error)"])
        return Problem(.internalError, "Nothing was changed. The log has more under the request id \(facts.id).")
    }
}
