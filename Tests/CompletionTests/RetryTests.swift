import Testing

@testable import Completion

struct RetryTests {
    private func step(
        _ outcome: AttemptOutcome, headers: [String: String] = [:], error: EndpointError = EndpointError(message: ""), left: Int = 2,
        mayRepeatUnknown: Bool = false
    ) -> RetryRule.Step {
        let advice = RetryAdvice(nowMilliseconds: 1_767_603_600_000) { headers[$0] }
        return RetryRule(outcome: outcome, error: error, advice: advice).step(retriesLeft: left, mayRepeatUnknown: mayRepeatUnknown)
    }

    @Test(arguments: [408, 409, 429, 500, 502, 503, 504, 529])
    func `a passing refusal is tried again`(status: Int) {
        #expect(step(.refused(status: status)) == .again(waitMilliseconds: nil))
        #expect(step(.refused(status: status), left: 0) == .nextEndpoint)
    }

    @Test(arguments: [301, 308, 400, 401, 402, 403, 404, 413, 422])
    func `a lasting refusal is not`(status: Int) {
        #expect(step(.refused(status: status)) == .nextEndpoint)
    }

    @Test
    func `429 for want of credit is not tried again`() {
        #expect(step(.refused(status: 429), error: EndpointError(message: "", code: "insufficient_quota")) == .nextEndpoint)
        #expect(step(.refused(status: 429), error: EndpointError(message: "", type: "budget_exceeded")) == .nextEndpoint)
    }

    @Test(arguments: [AttemptOutcome.unknown, .cut, .timedOut, .failedInside, .tooLarge, .unreadable])
    func `what may have cost something is not repeated unless the operator allows one more`(outcome: AttemptOutcome) {
        var rule = RetryRule(outcome: outcome)
        rule.hadContent = true
        #expect(rule.step(retriesLeft: 2, mayRepeatUnknown: false) == .giveUp)
        #expect(rule.step(retriesLeft: 2, mayRepeatUnknown: true) == .again(waitMilliseconds: nil))
        #expect(rule.step(retriesLeft: 0, mayRepeatUnknown: true) == .giveUp)
    }

    @Test
    func `the endpoint's own word on retrying is obeyed`() {
        #expect(step(.refused(status: 500), headers: ["x-should-retry": "false"]) == .nextEndpoint)
        #expect(step(.refused(status: 400), headers: ["x-should-retry": "true"]) == .again(waitMilliseconds: nil))
    }

    @Test(arguments: [
        ("retry-after", "20", 20_000), ("retry-after", "1.5", 1_500), ("retry-after", "120", 120_000),
        ("retry-after", "Mon, 05 Jan 2026 09:00:30 GMT", 30_000), ("retry-after-ms", "350", 350),
    ])
    func `a wait the endpoint asks for is kept`(name: String, value: String, wait: Int) {
        #expect(step(.refused(status: 429), headers: [name: value]) == .again(waitMilliseconds: wait))
    }

    @Test(arguments: ["0", "-5", "soon", "Mon, 05 Jan 2026 08:00:00 GMT", "Mon, 99 Jan 2026 08:00:00 GMT", "nan", "inf", "1e999"])
    func `a wait that is none leaves it to us`(value: String) {
        #expect(step(.refused(status: 429), headers: ["retry-after": value]) == .again(waitMilliseconds: nil))
    }

    @Test(arguments: ["121", "86400", "Tue, 06 Jan 2026 09:00:00 GMT", "1e300"])
    func `an endpoint that asks for more than two minutes is given up`(value: String) {
        #expect(step(.refused(status: 429), headers: ["retry-after": value]) == .nextEndpoint)
    }

    @Test
    func `milliseconds win over seconds`() {
        #expect(step(.refused(status: 429), headers: ["retry-after": "60", "retry-after-ms": "5"]) == .again(waitMilliseconds: 5))
    }

    @Test
    func `waits double from half a second to eight, with a quarter of jitter`() {
        #expect(
            (0..<8).map { RetryRule.backOffMilliseconds(retry: $0, random: 0) } == [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000])
        #expect(RetryRule.backOffMilliseconds(retry: 1, random: 1) == 750)
        #expect(RetryRule.backOffMilliseconds(retry: Int.max, random: 0) == 8_000)
    }

    @Test
    func `five failures among ten open the circuit, and one attempt after the pause decides`() {
        let breaker = CircuitBreaker()
        for index in 0..<9 { breaker.note("quay", failed: index % 2 == 1, now: 0) }
        #expect(breaker.allows("quay", now: 0), "four of nine")
        breaker.note("quay", failed: true, now: 1_000)
        #expect(!breaker.allows("quay", now: 1_000))
        #expect(!breaker.allows("quay", now: 30_999))
        #expect(breaker.allows("quay", now: 31_000))
        #expect(!breaker.allows("quay", now: 31_000), "only one may try")
        breaker.note("quay", failed: true, now: 32_000)
        #expect(!breaker.allows("quay", now: 61_000))
        #expect(breaker.allows("quay", now: 62_000))
        breaker.note("quay", failed: false, now: 62_000)
        #expect(breaker.allows("quay", now: 62_000))
        #expect(breaker.allows("other", now: 0))
    }

    @Test
    func `failures long ago do not open it, and a cancelled attempt says nothing`() {
        let breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.note("quay", failed: true, now: 0) }
        for _ in 0..<10 { breaker.note("quay", failed: false, now: 0) }
        for _ in 0..<4 { breaker.note("quay", failed: true, now: 0) }
        for _ in 0..<20 { breaker.note("quay", failed: nil, now: 0) }
        #expect(breaker.allows("quay", now: 0))
    }

    @Test
    func `a trial that was never sent leaves the next one free to try`() {
        let breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.note("quay", failed: true, now: 0) }
        #expect(breaker.allows("quay", now: 30_000))
        breaker.note("quay", failed: nil, now: 30_000)
        #expect(breaker.allows("quay", now: 30_000))
    }

    @Test
    func `dates of HTTP are read exactly`() {
        #expect(HTTPDate.milliseconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777_000)
        #expect(HTTPDate.milliseconds("Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800_000)
        #expect(HTTPDate.milliseconds("yesterday") == nil)
    }
}
