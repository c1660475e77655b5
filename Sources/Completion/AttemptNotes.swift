import NIOConcurrencyHelpers

/// Keeps attempts in memory: the recorder of `baton doctor` and of the tests, where nobody is billed by us.
package final class AttemptNotes: AttemptRecorder {
    private let notes = NIOLockedValueBox<(starts: [AttemptStart], ends: [AttemptEnd])>(([], []))

    /// Empty.
    package init() {}

    /// All attempts about to be sent so far, in order.
    package var starts: [AttemptStart] { notes.withLockedValue { $0.starts } }

    /// All attempts ended so far, in order.
    package var ends: [AttemptEnd] { notes.withLockedValue { $0.ends } }

    /// Keeps the start; never throws.
    package func willSend(_ attempt: AttemptStart) async throws { notes.withLockedValue { $0.starts.append(attempt) } }

    /// Keeps the end; never throws.
    package func didEnd(_ attempt: AttemptEnd) async throws { notes.withLockedValue { $0.ends.append(attempt) } }
}
