import Access
import Support
import Testing

@Suite struct RateLimitTests {
    private let burst = RatePolicy("burst", quota: 6, windowSeconds: 60)
    private let hourly = RatePolicy("hour", quota: 40, windowSeconds: 3600)

    @Test func `six at once, then one every ten seconds`() {
        let clock = ManualClock(at: 1_000)
        let limiter = RateLimiter(nowMilliseconds: { clock.now })
        for left in (0..<6).reversed() {
            let decision = limiter.take("ines", [burst])
            #expect(decision.isAllowed && decision.standings[0].remaining == left && decision.retryAfterSeconds == 0)
        }
        let refused = limiter.take("ines", [burst])
        #expect(!refused.isAllowed && refused.violated == ["burst"] && refused.retryAfterSeconds == 10)
        #expect(refused.standings[0].remaining == 0 && refused.standings[0].resetSeconds == 60)
        #expect(limiter.take("tomas", [burst]).isAllowed)
        clock.advance(milliseconds: 9_999)
        #expect(!limiter.take("ines", [burst]).isAllowed)
        clock.advance(milliseconds: 1)
        #expect(limiter.take("ines", [burst]).isAllowed)
        #expect(!limiter.take("ines", [burst]).isAllowed)
    }

    @Test func `several policies hold together, and a refusal takes from none`() {
        let clock = ManualClock(at: 0)
        let limiter = RateLimiter(nowMilliseconds: { clock.now })
        var allowed = 0
        for _ in 0..<600 {
            if limiter.take("ines", [burst, hourly]).isAllowed { allowed += 1 }
            clock.advance(milliseconds: 1000)
        }
        // Ten minutes: the minute's policy alone would allow 65, the hour's 40 and 6 more that came back.
        #expect(allowed == 46)
        let refused = limiter.take("ines", [burst, hourly])
        #expect(refused.violated == ["hour"] && refused.standings[0].remaining == 6)
        #expect(refused.policyHeader == "\"burst\";q=6;w=60, \"hour\";q=40;w=3600")
        #expect(refused.limitHeader.hasPrefix("\"burst\";r=6;t=0, \"hour\";r=0;t="))
    }

    @Test(arguments: [(1, 1), (3, 1), (7, 1), (6, 60), (40, 3600), (1_000, 7)])
    func `never more than the quota and what came back since`(quota: Int, window: Int) {
        var seed = Seeded(state: UInt64(quota * 10_000 + window))
        let policy = RatePolicy("p", quota: quota, windowSeconds: window)
        let clock = ManualClock(at: 0)
        let limiter = RateLimiter(nowMilliseconds: { clock.now })
        var taken: [Int64] = []
        for _ in 0..<3_000 {
            if limiter.take("x", [policy]).isAllowed { taken.append(clock.now) }
            clock.advance(milliseconds: Int64.random(in: 0...Int64(2_000 * window / quota), using: &seed))
        }
        #expect(taken.count >= min(quota, 1_000))
        for first in stride(from: 0, to: taken.count, by: 97) {
            for last in stride(from: first, to: taken.count, by: 89) {
                let back = Double(taken[last] - taken[first]) / 1000 * Double(quota) / Double(window)
                #expect(Double(last - first + 1) <= Double(quota) + back + 1e-6)
            }
        }
    }

    @Test func `a full quota is there at once, also where it does not divide the window`() {
        let limiter = RateLimiter(nowMilliseconds: { 5 })
        let policy = RatePolicy("odd", quota: 7, windowSeconds: 1)
        #expect((0..<9).filter { _ in limiter.take("x", [policy]).isAllowed }.count == 7)
    }

    @Test func `memory is bounded, and the busiest are not forgotten`() {
        let clock = ManualClock(at: 0)
        let limiter = RateLimiter(most: 1_000, nowMilliseconds: { clock.now })
        for _ in 0..<6 { _ = limiter.take("busy", [burst]) }
        for number in 0..<20_000 { _ = limiter.take("address:\(number)", [burst]) }
        #expect(limiter.count <= 1_000)
        #expect(!limiter.take("busy", [burst]).isAllowed)
        clock.advance(seconds: 60)
        for number in 0..<1_001 { _ = limiter.take("later:\(number)", [burst]) }
        #expect(limiter.count <= 1_001)
        #expect(limiter.take("busy", [burst]).isAllowed)
    }

    @Test func `without a policy everything goes`() {
        #expect(RateLimiter().take("x", []).isAllowed)
    }
}
