import NIOConcurrencyHelpers

/// Stops asking an endpoint that keeps failing: open after 5 failures among the last 10 attempts, and after a pause one attempt is let through
/// to see. What the endpoint refuses because of the request (a 400, a filter) is no failure of its.
final class CircuitBreaker: Sendable {
    private struct Circuit {
        var failures: [Bool] = []
        var openUntil: Int64?
        var isTrying = false
    }

    private let circuits = NIOLockedValueBox<[String: Circuit]>([:])

    /// How many attempts count, and how many failures among them open the circuit.
    static let window = 10
    /// Failures among the last ten calls that open the breaker.
    static let mostFailures = 5
    /// How long nothing is asked.
    static let pauseMilliseconds: Int64 = 30_000

    /// Whether an attempt may be made now. After the pause it says so once, until that attempt has ended.
    func allows(_ endpoint: String, now: Int64) -> Bool {
        circuits.withLockedValue { circuits in
            guard let openUntil = circuits[endpoint]?.openUntil else { return true }
            guard now >= openUntil, circuits[endpoint]?.isTrying == false else { return false }
            circuits[endpoint]?.isTrying = true
            return true
        }
    }

    /// How an attempt ended; nil: it says nothing about the endpoint (cancelled, or not sent by our own choice).
    func note(_ endpoint: String, failed: Bool?, now: Int64) {
        circuits.withLockedValue { circuits in
            var circuit = circuits[endpoint] ?? Circuit()
            defer { circuits[endpoint] = circuit }
            let wasTrying = circuit.isTrying
            circuit.isTrying = false
            guard let failed else { return }
            if wasTrying, !failed {
                circuit = Circuit()
                return
            }
            circuit.failures.append(failed)
            circuit.failures.removeFirst(max(0, circuit.failures.count - Self.window))
            let isOver = circuit.openUntil == nil && circuit.failures.count(where: { $0 }) >= Self.mostFailures
            if failed, wasTrying || isOver { circuit.openUntil = now.addingReportingOverflow(Self.pauseMilliseconds).partialValue }
        }
    }

    /// Whether the circuit is open, and until when (milliseconds since 1970).
    func openUntil(_ endpoint: String) -> Int64? { circuits.withLockedValue { $0[endpoint]?.openUntil } }
}
