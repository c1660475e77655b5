import Storage

/// When something that failed is tried again.
enum Schedule {
    /// Waits before the attempts of a webhook delivery, in milliseconds: the ones that Standard Webhooks recommends, about three days in all.
    static let webhook: [Int64] = [
        0, 5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000,
    ]
    /// The same for a letter to people: who has not read of a customer after some hours has found the customer in the queue.
    static let letter: [Int64] = [0, 5_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000]

    /// When the next attempt is due; nil: there is none.
    /// - Parameters:
    ///   - attempts: how many there were, 1 or more.
    ///   - jitter: 0..<1: up to a tenth is added, so that what failed together does not come back together.
    static func next(_ schedule: [Int64], attempts: Int, jitter: Double, at now: Timestamp) -> Timestamp? {
        guard schedule.indices.contains(attempts) else { return nil }
        let wait = schedule[attempts]
        return now.adding(milliseconds: wait + Int64(Double(wait) * 0.1 * min(max(jitter, 0), 1)))
    }
}
