import NIOConcurrencyHelpers
package import Storage
package import Transfer

/// "Bring this word to the outside, at least once, and keep the log."
///
/// Three kinds of work, each durable before it is begun: events of the log become deliveries to webhooks (`FanOut.swift`, `Telling.swift`), outbox items
/// become letters to people (`Posting.swift`), and both are tried until they are taken or their schedule is over. The rows are the truth, so a crash
/// repeats at most what was under way.
///
/// Nobody waits for anybody: each receiver has at most two attempts under way, those that fail hold half of the places at most, and mail and chat have
/// places of their own. The courier knows nothing of conversations: what an event looks like outside, and who is told what, come in as functions.
package final class Courier: Sendable {
    /// What the courier is given.
    package struct Doors: Sendable {
        /// What an event looks like outside, at most 20 KiB of JSON; nil: it is not told.
        let payload: @Sendable (Event) -> [UInt8]?
        /// Who is told what because of an outbox item; none: nobody.
        let letters: @Sendable (OutboxItem) async throws -> [Letter]
        /// Called when somebody was told of an item; perhaps several times.
        let told: @Sendable (OutboxItem) async -> Void
        /// Called with what went wrong in the courier's own work; it goes on.
        let trouble: @Sendable (any Error) -> Void

        /// Memberwise; see the properties.
        package init(
            payload: @escaping @Sendable (Event) -> [UInt8]?, letters: @escaping @Sendable (OutboxItem) async throws -> [Letter],
            told: @escaping @Sendable (OutboxItem) async -> Void = { _ in }, trouble: @escaping @Sendable (any Error) -> Void = { _ in }
        ) {
            self.payload = payload
            self.letters = letters
            self.told = told
            self.trouble = trouble
        }
    }

    let store: Store
    let http: HTTPClient
    let mailer: Mailer?
    let webhooks: Webhooks
    let clock: Clock
    let allowing: Set<String>
    let doors: Doors
    let limits: CourierLimits
    let jitter: @Sendable () -> Double
    let state = NIOLockedValueBox(CourierState())

    /// - Parameters:
    ///   - store: with `Webhooks.migrations`.
    ///   - client: for webhooks and chats.
    ///   - mailer: nil: mails are left out.
    ///   - webhooks: with the installation's secret.
    ///   - allowing: `host:port` of receivers that may be told although they are not public.
    ///   - doors: what comes from elsewhere.
    ///   - jitter: 0..<1, for every retry.
    package init(
        store: Store, client: HTTPClient, mailer: Mailer?, webhooks: Webhooks, clock: Clock, allowing: Set<String> = [], doors: Doors,
        limits: CourierLimits = CourierLimits(), jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.store = store
        http = client
        self.mailer = mailer
        self.webhooks = webhooks
        self.clock = clock
        self.allowing = allowing
        self.doors = doors
        self.limits = limits
        self.jitter = jitter
    }

    /// Works until the task is cancelled or the store closes. What is under way then counts as not tried.
    package func run() async {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask { [store] in
                for await _ in store.events.changes() { wake.yield() }
                wake.finish()
            }
            group.addTask { [limits] in
                // Due times are looked at with every tick. The sleep only ends early by cancellation.
                while !Task.isCancelled {
                    wake.yield()
                    // Cancelled: the loop sees it.
                    try? await Task.sleep(for: .milliseconds(limits.tickMilliseconds))
                }
            }
            for await _ in wakes {
                let plan = await planned()
                if plan.hasMore { wake.yield() }
                for job in plan.jobs {
                    group.addTask { [self] in
                        await perform(job)
                        wake.yield()
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Does everything that is due now, and returns when it is done: for tests and for commands.
    package func pass() async {
        while true {
            let plan = await planned()
            if plan.jobs.isEmpty, !plan.hasMore { return }
            await withDiscardingTaskGroup { group in
                for job in plan.jobs { group.addTask { [self] in await perform(job) } }
            }
        }
    }

    /// One attempt.
    enum Job: Sendable {
        case tell(DueDelivery)
        case post(LetterReceiver)
    }

    /// Puts new work down and takes the places for what is due. Called by one task at a time.
    /// - Returns: also whether events are left that were not looked at yet.
    private func planned() async -> (jobs: [Job], hasMore: Bool) {
        do {
            let hasMore = try await fanOut()
            try await writeLetters()
            try await prune()
            // Taken before the rows are read: what ends in between is still listed here, or no longer due there.
            let busy = state.withLockedValue { $0 }
            let jobs = try await dueDeliveries(busy).map(Job.tell) + dueReceivers(busy).map(Job.post)
            state.withLockedValue { state in for job in jobs { state.begin(job) } }
            return (jobs, hasMore)
        } catch {
            doors.trouble(error)
            return ([], false)
        }
    }

    private func perform(_ job: Job) async {
        switch job {
        case .tell(let delivery): await tell(delivery)
        case .post(let receiver): await post(receiver)
        }
    }

    /// Removes what was over long ago, now and then.
    private func prune() async throws {
        let now = clock.now()
        let isTime = state.withLockedValue { state in
            guard state.prunedAt.map({ now.since($0) >= Self.pruneEveryMilliseconds }) ?? true else { return false }
            state.prunedAt = now
            return true
        }
        guard isTime else { return }
        let before = now.adding(milliseconds: -limits.keepMilliseconds)
        let webhooks = webhooks
        while try await store.write({ try webhooks.prune(before: before, $0) }) > 0 {}
    }

    private static let pruneEveryMilliseconds: Int64 = 3_600_000

    /// What waits and what was done, for metrics.
    /// - Throws: `StorageError`.
    package func counts() async throws -> CourierCounts {
        var counts = state.withLockedValue { $0.counts }
        let now = clock.now()
        (counts.deliveriesWaiting, counts.lettersWaiting, counts.itemsWaiting, counts.oldestMilliseconds) = try await store.read {
            let row = try $0.row(
                """
                SELECT (SELECT COUNT(*) FROM delivery WHERE state = 'waiting'), (SELECT COUNT(*) FROM letter WHERE state = 'waiting'),
                       (SELECT MIN(created_ms) FROM delivery WHERE state = 'waiting'), (SELECT MIN(created_ms) FROM letter WHERE state = 'waiting')
                """)
            let oldest: [Timestamp] = try [row?[2] as Timestamp??, row?[3] as Timestamp??].compactMap { $0 ?? nil }
            return try (row?[0] ?? 0, row?[1] ?? 0, $0.waitingItems(Self.itemKind), oldest.min().map { now.since($0) } ?? 0)
        }
        return counts
    }

    /// The outbox items that become letters.
    package static let itemKind = "handoff.notify"
}

/// The times and bounds of the courier.
package struct CourierLimits: Sendable {
    /// Attempts to webhooks under way.
    package var webhooksAtOnce = 10
    /// Attempts to one webhook under way.
    package var perReceiver = 2
    /// Mails under way.
    package var mailsAtOnce = 2
    /// Chat messages under way.
    package var chatsAtOnce = 4
    /// Milliseconds of one attempt by HTTP.
    package var attemptMilliseconds = 15_000
    /// Milliseconds between two mails to one address: what comes meanwhile becomes one.
    package var mailGapMilliseconds: Int64 = 10_000
    /// Milliseconds between two messages to one chat.
    package var chatGapMilliseconds: Int64 = 2_000
    /// Milliseconds that what is over is kept.
    package var keepMilliseconds: Int64 = 30 * 86_400_000
    /// Milliseconds between two looks at what has become due.
    package var tickMilliseconds = 1_000

    /// The shipped ones.
    package init() {}
}

/// What waits and what was done.
package struct CourierCounts: Hashable, Sendable {
    /// Deliveries to webhooks that wait.
    package var deliveriesWaiting = 0
    /// Letters that wait.
    package var lettersWaiting = 0
    /// Outbox items that are not letters yet.
    package var itemsWaiting = 0
    /// How long the oldest delivery or letter has waited, in milliseconds; 0 where none waits.
    package var oldestMilliseconds: Int64 = 0
    /// Attempts under way.
    package var underWay = 0
    /// Since the start: deliveries that were taken.
    package var delivered = 0
    /// Since the start: attempts at webhooks that failed.
    package var failedAttempts = 0
    /// Since the start: mails and chat messages that were taken.
    package var posted = 0
    /// Since the start: attempts at mails and chat messages that failed.
    package var failedPosts = 0
}
