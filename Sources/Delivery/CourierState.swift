import Storage

/// Who is being told at this moment, and who must not be tried yet. In memory: after a start everybody may be tried.
struct CourierState: Sendable {
    /// A webhook's receiver, as its last attempts went.
    struct Receiver: Sendable {
        var underWay = 0
        /// Failures in a row.
        var failures = 0
        var notBefore = Timestamp(milliseconds: .min)

        var isIdle: Bool { underWay == 0 && failures == 0 }
    }

    private(set) var deliveries: Set<DeliveryID> = []
    private(set) var receivers: [WebhookID: Receiver] = [:]
    private(set) var posting: Set<LetterReceiver> = []
    private(set) var notBefore: [LetterReceiver: Timestamp] = [:]
    var counts = CourierCounts()
    /// The last event that was looked at; nil: as stored.
    var cursor: Int64?
    var prunedAt: Timestamp?

    func isFailing(_ webhook: WebhookID) -> Bool { (receivers[webhook]?.failures ?? 0) > 0 }

    /// Attempts under way at receivers that failed last.
    var failingUnderWay: Int { receivers.values.reduce(0) { $0 + ($1.failures > 0 ? $1.underWay : 0) } }

    func underWay(_ way: LetterWay) -> Int { posting.count { $0.way == way } }

    mutating func begin(_ job: Courier.Job) {
        counts.underWay += 1
        switch job {
        case .tell(let delivery):
            deliveries.insert(delivery.id)
            receivers[delivery.webhook, default: Receiver()].underWay += 1
        case .post(let receiver): posting.insert(receiver)
        }
    }

    /// - Parameter succeeded: nil where the attempt does not count.
    mutating func end(_ delivery: DueDelivery, succeeded: Bool?, at now: Timestamp) {
        counts.underWay -= 1
        deliveries.remove(delivery.id)
        var receiver = receivers[delivery.webhook] ?? Receiver()
        receiver.underWay = max(0, receiver.underWay - 1)
        switch succeeded {
        case true?:
            counts.delivered += 1
            receiver.failures = 0
            receiver.notBefore = Timestamp(milliseconds: .min)
        case false?:
            counts.failedAttempts += 1
            receiver.failures += 1
            // 5 s, doubled up to 5 min: what else waits for a receiver that fails does not use up its attempts meanwhile.
            let hold = min(Int64(5_000) << Int64(min(receiver.failures - 1, 6)), Self.longestHoldMilliseconds)
            receiver.notBefore = max(receiver.notBefore, now.adding(milliseconds: hold))
        case nil: break
        }
        receivers[delivery.webhook] = receiver.isIdle ? nil : receiver
    }

    mutating func end(_ receiver: LetterReceiver, succeeded: Bool?, holdMilliseconds: Int64, at now: Timestamp) {
        counts.underWay -= 1
        posting.remove(receiver)
        notBefore = notBefore.filter { $0.value > now }
        notBefore[receiver] = now.adding(milliseconds: holdMilliseconds)
        if succeeded == true { counts.posted += 1 }
        if succeeded == false { counts.failedPosts += 1 }
    }

    /// Milliseconds that a receiver that fails is left alone at most.
    private static let longestHoldMilliseconds: Int64 = 300_000
}
