import NIOConcurrencyHelpers
import Storage
import Transfer

/// A delivery whose time has come.
struct DueDelivery: Sendable {
    let id: DeliveryID
    let workspace: WorkspaceID
    let webhook: WebhookID
    let url: String
    let event: Int64
    let payload: [UInt8]
    let attempts: Int
}

/// Telling webhooks: one POST for each attempt, signed as Standard Webhooks 1.0.0 says. Any 2xx is a yes; a redirect is not followed and counts as a no;
/// 410 means that nobody is there any more.
extension Courier {
    // MARK: What is due

    func dueDeliveries(_ busy: CourierState) async throws -> [DueDelivery] {
        let now = clock.now()
        let places = limits.webhooksAtOnce - busy.deliveries.count
        guard places > 0 else { return [] }
        let placesForFailing = limits.webhooksAtOnce / 2 - busy.failingUnderWay
        let perReceiver = limits.perReceiver
        return try await store.read { snapshot in
            var (free, freeForFailing) = (places, placesForFailing)
            var due: [DueDelivery] = []
            for receiver in try Self.receivers(at: now, snapshot, busy) where free > 0 {
                let known = busy.receivers[receiver.webhook] ?? .init()
                guard known.notBefore <= now else { continue }
                // One at a time for a receiver that failed: it is a question, not a delivery.
                let most = receiver.isFailing ? min(1, freeForFailing) : perReceiver
                let more = min(most - known.underWay, free)
                guard more > 0 else { continue }
                let taken = try Self.deliveries(of: receiver, at: now, limit: more + known.underWay, snapshot)
                    .filter { !busy.deliveries.contains($0.id) }.prefix(more)
                due += taken
                free -= taken.count
                if receiver.isFailing { freeForFailing -= taken.count }
            }
            return due
        }
    }

    private struct DueReceiver: Sendable {
        let webhook: WebhookID
        let workspace: WorkspaceID
        let url: String
        let isFailing: Bool
    }

    /// Those for whom something is due: who is well first, then who has waited longest. One look into the index for each, however much waits.
    private static func receivers(at now: Timestamp, _ snapshot: Snapshot, _ busy: CourierState) throws -> [DueReceiver] {
        let all = try snapshot.rows(
            """
            SELECT id, workspace, url, (SELECT MIN(due_ms) FROM delivery WHERE webhook = webhook.id AND state = 'waiting') AS first
            FROM webhook WHERE disabled_ms IS NULL AND first <= $1 ORDER BY first, id
            """, now
        ).map { row in
            let webhook: WebhookID = try row[0]
            return try DueReceiver(webhook: webhook, workspace: row[1], url: row[2], isFailing: busy.isFailing(webhook))
        }
        return all.filter { !$0.isFailing } + all.filter(\.isFailing)
    }

    /// In the order of the index, so that nothing is sorted: of equal times, what was put down first.
    private static func deliveries(
        of receiver: DueReceiver, at now: Timestamp, limit: Int, _ snapshot: Snapshot
    ) throws -> [DueDelivery] {
        try snapshot.rows(
            """
            SELECT id, event, payload, attempts FROM delivery
            WHERE workspace = $1 AND webhook = $2 AND state = 'waiting' AND due_ms <= $3 ORDER BY due_ms, rowid LIMIT $4
            """, receiver.workspace, receiver.webhook, now, limit
        ).map {
            try DueDelivery(
                id: $0[0], workspace: receiver.workspace, webhook: receiver.webhook, url: receiver.url, event: $0[1], payload: $0[2],
                attempts: $0[3])
        }
    }

    // MARK: One attempt

    /// How an attempt ended.
    enum Answer: Sendable {
        case taken(status: Int)
        case gone
        /// - `isFinal`: the same request can never be taken.
        case refused(status: Int?, why: String, isFinal: Bool)
        /// It does not count: the courier is being stopped.
        case interrupted
    }

    func tell(_ delivery: DueDelivery) async {
        let answer = await attempt(delivery)
        let now = clock.now()
        var succeeded: Bool?
        switch answer {
        case .taken: succeeded = true
        case .gone, .refused: succeeded = false
        case .interrupted: succeeded = nil
        }
        do { try await note(answer, of: delivery, at: now) } catch {
            // Not written down, so it will be told again; not at once.
            doors.trouble(error)
            succeeded = false
        }
        let result = succeeded
        state.withLockedValue { $0.end(delivery, succeeded: result, at: now) }
    }

    private func attempt(_ delivery: DueDelivery) async -> Answer {
        do {
            let now = clock.now()
            let (seconds, id) = (now.milliseconds / 1000, Webhooks.eventID(delivery.event))
            let webhooks = webhooks
            let (secrets, trace) = try await store.read {
                (
                    try webhooks.secrets(of: delivery.webhook, in: delivery.workspace, at: now, $0),
                    try $0.trace(ofEvent: delivery.event) ?? Trace()
                )
            }
            let signature = WebhookSignature.sign(delivery.payload, id: id, seconds: seconds, secrets: secrets)
            return await posted(
                delivery.payload, to: delivery.url,
                headers: [
                    ("webhook-id", id), ("webhook-timestamp", String(seconds)), ("webhook-signature", signature),
                    ("traceparent", trace.header),
                ])
        } catch {
            return .refused(status: nil, why: "the secret cannot be read: \(error)", isFinal: false)
        }
    }

    /// A POST of JSON to an address that came from outside.
    func posted(_ body: [UInt8], to url: String, headers: [(String, String)] = []) async -> Answer {
        let request = HTTPRequest(
            method: "POST", url: url, headers: [("Content-Type", "application/json")] + headers, body: body,
            limits: Timeouts(
                connectMilliseconds: limits.attemptMilliseconds, firstByteMilliseconds: limits.attemptMilliseconds,
                silenceMilliseconds: limits.attemptMilliseconds, totalMilliseconds: limits.attemptMilliseconds),
            addresses: .publicOnly(allowing: allowing))
        do {
            let response = try await http.send(request)
            // The status says it all. A short body is read so that the other side need not see its connection break; a long or slow one is not.
            _ = try? await response.collect(upTo: Self.largestAnswerBytes)
            switch response.status {
            case 200..<300: return .taken(status: response.status)
            case 410: return .gone
            case 300..<400: return .refused(status: response.status, why: "redirects are not followed", isFinal: false)
            default: return .refused(status: response.status, why: "HTTP \(response.status)", isFinal: false)
            }
        } catch let error as TransferError {
            return answer(to: error)
        } catch {
            return .refused(status: nil, why: "\(error)", isFinal: false)
        }
    }

    private func answer(to error: TransferError) -> Answer {
        switch error {
        case .cancelled, .closed: .interrupted
        case .invalidRequest, .refusedAddress: .refused(status: nil, why: "\(error)", isFinal: true)
        case .timeout: .refused(status: nil, why: "no answer within \(limits.attemptMilliseconds) ms", isFinal: false)
        default: .refused(status: nil, why: "\(error)", isFinal: false)
        }
    }

    /// Bytes of an answer that are read.
    static let largestAnswerBytes = 64 * 1024
    /// Unicode scalars of an error in the log.
    static let longestError = 300

    // MARK: The log

    private func note(_ answer: Answer, of delivery: DueDelivery, at now: Timestamp) async throws {
        let webhooks = webhooks
        switch answer {
        case .interrupted: return
        case .taken(let status): try await end(delivery, "delivered", status: status, error: nil, at: now)
        case .gone:
            try await end(delivery, "failed", status: 410, error: "gone; the webhook was switched off", at: now)
            try await store.write { try webhooks.disable(delivery.webhook, of: delivery.workspace, why: "gone", at: now, $0) }
        case .refused(let status, let why, let isFinal):
            let next = isFinal ? nil : Schedule.next(Schedule.webhook, attempts: delivery.attempts + 1, jitter: jitter(), at: now)
            if let next {
                try await again(delivery, status: status, error: why, due: next, at: now)
            } else {
                try await end(delivery, "failed", status: status, error: why, at: now)
            }
        }
    }

    private func end(_ delivery: DueDelivery, _ state: String, status: Int?, error: String?, at now: Timestamp) async throws {
        let error = error.map { String($0.unicodeScalars.prefix(Self.longestError)) }
        try await store.write {
            try $0.run(
                """
                UPDATE delivery SET state = $3, attempts = attempts + 1, http_status = $4, error = $5, attempted_ms = $6, ended_ms = $6
                WHERE workspace = $1 AND id = $2 AND state = 'waiting'
                """, delivery.workspace, delivery.id, state, status, error, now)
        }
    }

    private func again(_ delivery: DueDelivery, status: Int?, error: String, due: Timestamp, at now: Timestamp) async throws {
        let error = String(error.unicodeScalars.prefix(Self.longestError))
        try await store.write {
            try $0.run(
                """
                UPDATE delivery SET attempts = attempts + 1, http_status = $3, error = $4, attempted_ms = $5, due_ms = $6
                WHERE workspace = $1 AND id = $2 AND state = 'waiting'
                """, delivery.workspace, delivery.id, status, error, now, due)
        }
    }
}
