import Access
import Storage

extension Installation {
    /// Removes sessions, tokens and sign-in attempts that have expired, once a minute, until the task is cancelled.
    func sweepAccess() async {
        let access = AccessControl(clock: clock)
        while !Task.isCancelled {
            // What is not removed now is removed in a minute; it holds no longer in any case.
            _ = try? await store.write { try access.sweep(in: $0) }
            // Cancelled: the loop ends.
            try? await Task.sleep(for: .seconds(60))
        }
    }
}
