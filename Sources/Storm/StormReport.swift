package import Notation

/// What a storm saw.
package struct StormReport: Sendable {
    /// Of the run; the same seed makes the same choices again.
    package let seed: UInt64
    /// How many rounds were made.
    package let rounds: Int
    /// How many clients there were.
    package let clients: Int
    /// How long it took, seconds.
    package let seconds: Double
    /// What was counted while it lasted.
    package let counts: Counts
    /// Milliseconds from the start of the program to the line that says it takes requests, in ascending order.
    package let recoveries: [Int]
    /// What was found; empty is good.
    package let violations: [Violation]
    /// Where data and logs are, where they were kept.
    package let folder: String?

    /// What happened how often.
    package struct Counts: Sendable, Hashable {
        /// Requests that were sent, attempts again included.
        package var requests = 0
        /// Attempts that had no definite answer.
        package var indefinite = 0
        /// Messages acknowledged to customers and teammates.
        package var acknowledged = 0
        /// Requests sent again with their key after they had succeeded.
        package var replays = 0
        /// Conversations.
        package var conversations = 0
        /// Replies of the assistant found in the threads.
        package var replies = 0
        /// Conversations that were handed over at least once.
        package var handoffs = 0
        /// Races for a conversation, and how many were won.
        package var races = 0
        /// Takeovers that succeeded.
        package var takeovers = 0
        /// Of these: those fired right after the model's reply.
        package var ambushes = 0
        /// Calls that the model got.
        package var modelCalls = 0
        /// Frames of live streams.
        package var frames = 0
        /// Times a live stream was resumed.
        package var resumptions = 0
        /// Times that the webhook was told something.
        package var hooked = 0
        /// Reads of balance, usage and ledger while it stormed.
        package var audits = 0
        /// SIGKILL, under load.
        package var killed = 0
        /// SIGTERM.
        package var asked = 0
        /// SIGSTOP and SIGCONT.
        package var paused = 0
        /// SIGKILL while starting.
        package var killedStarting = 0

        /// Nothing yet.
        package init() {}
    }

    /// Whether every promise was kept.
    package var isClean: Bool { violations.isEmpty }

    /// How many findings there are for each broken promise.
    package var tally: [Invariant: Int] { violations.reduce(into: [:]) { $0[$1.invariant, default: 0] += 1 } }

    /// A recovery time, milliseconds; 0 where the server was never started again.
    /// - Parameter percent: 50 for the median, 100 for the longest.
    package func recovery(percent: Int) -> Int {
        guard !recoveries.isEmpty else { return 0 }
        return recoveries[min(recoveries.count - 1, recoveries.count * percent / 100)]
    }

    /// Everything in one line.
    package var line: String {
        let found =
            isClean
            ? "0 violations"
            : tally.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) ×\($0.value)" }.joined(separator: ", ")
        return
            "storm: seed \(seed), \(rounds) rounds, \(clients) clients, \(Int(seconds.rounded())) s: \(counts.acknowledged) acknowledged, "
            + "\(counts.replies) replies, \(counts.takeovers) takeovers (\(counts.races) races, \(counts.ambushes) ambushes), "
            + "\(counts.replays) replays, \(counts.frames) frames, \(counts.hooked) webhooks; ready again in \(recovery(percent: 50)) ms "
            + "(longest \(recovery(percent: 100))); \(found)"
    }

    /// For other programs.
    package var json: JSON {
        func number(_ value: Int) -> JSON { .number(String(value)) }
        let all: [(String, Int)] = [
            ("requests", counts.requests), ("indefinite", counts.indefinite), ("acknowledged", counts.acknowledged),
            ("replays", counts.replays), ("conversations", counts.conversations), ("replies", counts.replies),
            ("handoffs", counts.handoffs), ("races", counts.races), ("takeovers", counts.takeovers), ("ambushes", counts.ambushes),
            ("model_calls", counts.modelCalls), ("frames", counts.frames), ("resumptions", counts.resumptions),
            ("webhook_tellings", counts.hooked), ("audits", counts.audits),
            ("killed", counts.killed), ("asked_to_end", counts.asked), ("paused", counts.paused),
            ("killed_starting", counts.killedStarting),
        ]
        return JSON.of(
            ("seed", .string(String(seed))), ("rounds", number(rounds)), ("clients", number(clients)),
            ("milliseconds", number(Int(seconds * 1000))), ("counts", .object(all.map { .init(key: $0.0, value: number($0.1)) })),
            (
                "recovery_ms",
                JSON.of(
                    ("p50", number(recovery(percent: 50))), ("p99", number(recovery(percent: 99))), ("max", number(recovery(percent: 100))))
            ),
            (
                "violations",
                .array(violations.map { JSON.of(("invariant", .string($0.invariant.rawValue)), ("what", .string($0.what))) })
            ),
            ("folder", folder.map { .string($0) }))
    }
}
