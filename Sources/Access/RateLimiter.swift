import NIOConcurrencyHelpers

/// So many requests at once, and as many again per window.
package struct RatePolicy: Hashable, Sendable {
    /// As clients see it: letters, digits, `-`.
    package let name: String
    /// How many at once, and how many more per window; 1 or more.
    package let quota: Int
    /// The window in seconds; 1 or more.
    package let windowSeconds: Int

    /// - Parameters:
    ///   - name: as clients see it.
    ///   - quota: below 1 counts as 1, above a million as a million.
    ///   - windowSeconds: below 1 counts as 1, above a day as a day.
    package init(_ name: String, quota: Int, windowSeconds: Int) {
        self.name = name
        self.quota = min(max(quota, 1), 1_000_000)
        self.windowSeconds = min(max(windowSeconds, 1), 86_400)
    }
}

/// What the limiter said of one request.
package struct RateDecision: Hashable, Sendable {
    /// Whether it may go on. If not, nothing was taken from any policy.
    package let isAllowed: Bool
    /// How it stands with each policy, in the order asked.
    package let standings: [Standing]
    /// The policies that refused.
    package let violated: [String]
    /// Seconds until it would be allowed; 0 where it is.
    package let retryAfterSeconds: Int

    /// How it stands with one policy, after the request.
    package struct Standing: Hashable, Sendable {
        /// The policy.
        package let policy: RatePolicy
        /// How many more are allowed now.
        package let remaining: Int
        /// Seconds until the whole quota is there again.
        package let resetSeconds: Int
    }

    /// The header `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): `"burst";q=6;w=60, "hour";q=40;w=3600`.
    package var policyHeader: String {
        standings.map { "\"\($0.policy.name)\";q=\($0.policy.quota);w=\($0.policy.windowSeconds)" }.joined(separator: ", ")
    }

    /// The header `RateLimit`: `"burst";r=5;t=12, "hour";r=39;t=90`.
    package var limitHeader: String {
        standings.map { "\"\($0.policy.name)\";r=\($0.remaining);t=\($0.resetSeconds)" }.joined(separator: ", ")
    }
}

/// Token buckets in memory, by name and policy. A restart fills them again; what must not be forgotten (wrong passwords) is counted in the database.
///
/// A bucket is one number, the moment at which it will be full ("generic cell rate algorithm", ITU-T I.371): it holds `quota` less what refills until then.
/// A full bucket need not be kept, so memory is bounded without loss while fewer names than `mostBuckets` are busy; beyond that the fullest quarter is
/// forgotten.
package final class RateLimiter: Sendable {
    /// The most buckets kept.
    package static let mostBuckets = 100_000

    private struct Name: Hashable {
        let key: String
        let policy: RatePolicy
    }

    /// When each bucket is full, in microseconds of the clock.
    private let buckets = NIOLockedValueBox<[Name: Int64]>([:])
    private let most: Int
    private let nowMilliseconds: @Sendable () -> Int64

    /// - Parameters:
    ///   - most: the bound on buckets.
    ///   - nowMilliseconds: a clock that only goes forward.
    package init(most: Int = mostBuckets, nowMilliseconds: @escaping @Sendable () -> Int64 = Monotonic.milliseconds) {
        self.most = max(most, 8)
        self.nowMilliseconds = nowMilliseconds
    }

    /// Takes one from the buckets of all these policies, or from none.
    /// - Parameter key: who is counted: `address:192.0.2.7`, `key:3kTM…`. Whoever makes it keeps it short.
    package func take(_ key: String, _ policies: [RatePolicy]) -> RateDecision {
        let now = nowMilliseconds() * 1000
        return buckets.withLockedValue { buckets in
            let full = policies.map { max(buckets[Name(key: key, policy: $0)] ?? now, now) }
            let waits = zip(policies, full).map { policy, full in max(full + policy.step - now - policy.capacity, 0) }
            let isAllowed = waits.allSatisfy { $0 == 0 }
            let after = isAllowed ? zip(policies, full).map { $1 + $0.step } : full
            if isAllowed {
                for (policy, full) in zip(policies, after) { buckets[Name(key: key, policy: policy)] = full }
                if buckets.count > most { Self.forget(&buckets, most, now) }
            }
            return RateDecision(
                isAllowed: isAllowed, standings: zip(policies, after).map { $0.standing(full: $1, now) },
                violated: zip(policies, waits).filter { $1 > 0 }.map(\.0.name), retryAfterSeconds: seconds(waits.max() ?? 0))
        }
    }

    /// How many buckets are kept now.
    package var count: Int { buckets.withLockedValue(\.count) }

    private static func forget(_ buckets: inout [Name: Int64], _ most: Int, _ now: Int64) {
        buckets = buckets.filter { $0.value > now }
        guard buckets.count > most - most / 8 else { return }
        // The share that is used up, not the moment: an hour's bucket is full later than a minute's that is as empty.
        let byUse = buckets.map { ($0.key, Double($0.value - now) / Double($0.key.policy.capacity)) }.sorted { $0.1 < $1.1 }
        for (name, _) in byUse.prefix(most / 4) { buckets[name] = nil }
    }
}

extension RatePolicy {
    /// Microseconds in which one comes back; rounded up, so that a quota is never exceeded.
    fileprivate var step: Int64 { (Int64(windowSeconds) * 1_000_000 + Int64(quota) - 1) / Int64(quota) }

    /// Microseconds in which an empty bucket fills: the window, give or take the rounding.
    fileprivate var capacity: Int64 { step * Int64(quota) }

    fileprivate func standing(full: Int64, _ now: Int64) -> RateDecision.Standing {
        let remaining = Int(max(capacity - (full - now), 0) / step)
        return RateDecision.Standing(policy: self, remaining: min(remaining, quota), resetSeconds: seconds(full - now))
    }
}

private func seconds(_ microseconds: Int64) -> Int { Int((max(microseconds, 0) + 999_999) / 1_000_000) }
