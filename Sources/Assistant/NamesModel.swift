import Completion
typealias EndedAttempt = AttemptEnd
