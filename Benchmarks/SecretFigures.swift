import Access
import Foundation
import NIOConcurrencyHelpers
import Support

/// What secrets cost, and what they must not tell. First, whether the time of comparing a key's hash tells where it differs: 20,000 tries with the first byte wrong and 20,000 with the last one wrong, in random order,
/// and the two-sample Kolmogorov-Smirnov statistic of their times. D is the largest distance of the two distributions: about 0.01 where they are one, 1 where no
/// time of the one occurs in the other; p is how often chance alone gives such a D. The yardstick compares byte for byte and stops at the first difference, as a
/// loop written without a thought does: a measurement that did not tell that apart would prove nothing.
struct SecretFigures {
    let table: Table

    /// Tries of each kind.
    private static let tries = 20_000
    /// Comparisons timed at once, since one is shorter than the clock's step.
    private static let atOnce = 64

    func measure() async throws {
        comparisons()
        try await ServedBaton.measured(table) { try await signIns($0.api.port) }
    }

    /// A hundred people sign in at the same time, each from an address and with an account of their own: their passwords cost much, and nobody else must wait for
    /// them. What waits is `/healthz`, asked again and again on one connection.
    private func signIns(_ port: Int) async throws {
        let calm = try await Self.health(port) { $0 >= 2_000 }
        let left = NIOLockedValueBox(Self.people)
        let statuses = NIOLockedValueBox<[Int: Int]>([:])
        let began = Moment()
        for number in 1...Self.people {
            let thread = Thread {
                let status = Self.signIn(number, port)
                statuses.withLockedValue { $0[status, default: 0] += 1 }
                left.withLockedValue { $0 -= 1 }
            }
            thread.stackSize = 256 << 10
            thread.start()
        }
        let meanwhile = try await Self.health(port) { _ in left.withLockedValue { $0 } == 0 }
        let seconds = began.seconds
        table.add(
            Figure(
                name: "/healthz while \(Self.people) sign in, p99", value: meanwhile.percentile(0.99) * 1e3, unit: "ms",
                yardstick: ("when nobody does", calm.percentile(0.99) * 1e3)))
        table.add(
            Figure(
                name: "  the same, p50", value: meanwhile.median * 1e3, unit: "ms", yardstick: ("when nobody does", calm.median * 1e3)))
        let told = statuses.withLockedValue { $0 }.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }.joined(separator: ", ")
        table.note("\(told) after \(Figure.number(seconds)) s; two passwords are looked at at a time, 503 and 429 say when to try again.")
    }

    private static let people = 100

    private static func signIn(_ number: Int, _ port: Int) -> Int {
        let body = "{\"email\":\"somebody\(number)@quayside.example\",\"password\":\"not the one that it is\"}"
        guard let connection = try? RawConnection(port: port, from: UInt8(100 + number)) else { return 0 }  // counted as none
        connection.send(
            "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return connection.answer(withinSeconds: 60)?.status ?? 0
    }

    /// Asks again and again until it is enough.
    private static func health(_ port: Int, until isEnough: @escaping @Sendable (Int) -> Bool) async throws -> Sample {
        try await onOwnThread {
            let connection = try RawConnection(port: port)
            defer { connection.close() }
            var sample = Sample()
            while !isEnough(sample.seconds.count) {
                let sent = Moment()
                connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                let status = connection.answer(withinSeconds: 10)?.status
                guard status == 200 else {
                    throw SupportError.socket("/healthz: \(status.map { "\($0)" } ?? "no answer") after \(sample.seconds.count)")
                }
                sample.add(sent.seconds)
            }
            return sample
        }
    }

    private func comparisons() {
        let ours = Self.statistic { ConstantTime.isSame($0, $1) }
        let naive = Self.statistic(Self.stopsEarly)
        table.add(Figure(name: "key: KS D, first against last byte", value: ours.d, unit: "D", yardstick: ("stops early", naive.d)))
        table.add(Figure(name: "key: KS p, first against last byte", value: ours.p, unit: "p", yardstick: ("stops early", naive.p)))
    }

    @inline(never)
    private static func stopsEarly(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }

    private static func statistic(_ isSame: ([UInt8], [UInt8]) -> Bool) -> (d: Double, p: Double) {
        let kept = (0..<32).map { UInt8($0 * 7 & 0xFF) }
        var (first, last) = (kept, kept)
        first[0] ^= 1
        last[31] ^= 1
        var (early, late): ([Double], [Double]) = ([], [])
        var wrong = 0
        while early.count < tries || late.count < tries {
            let isEarly = late.count >= tries || (early.count < tries && Bool.random())
            let presented = isEarly ? first : last
            let began = DispatchTime.now().uptimeNanoseconds
            for _ in 0..<atOnce where isSame(presented, kept) { wrong += 1 }
            let time = Double(DispatchTime.now().uptimeNanoseconds - began)
            if isEarly { early.append(time) } else { late.append(time) }
        }
        precondition(wrong == 0, "two that differ were called the same")
        return kolmogorovSmirnov(early.sorted(), late.sorted())
    }

    /// The statistic of two sorted samples, and its p by the asymptotic distribution (Press et al., Numerical Recipes, section 14.3).
    private static func kolmogorovSmirnov(_ one: [Double], _ other: [Double]) -> (d: Double, p: Double) {
        var (i, j, d) = (0, 0, 0.0)
        while i < one.count, j < other.count {
            let value = min(one[i], other[j])
            // Equal times count on both sides before they are compared: the clock has steps.
            while i < one.count, one[i] == value { i += 1 }
            while j < other.count, other[j] == value { j += 1 }
            d = max(d, abs(Double(i) / Double(one.count) - Double(j) / Double(other.count)))
        }
        let size = (Double(one.count) * Double(other.count) / Double(one.count + other.count)).squareRoot()
        let lambda = (size + 0.12 + 0.11 / size) * d
        guard lambda > 0.2 else { return (d, 1) }
        var p = 0.0
        for term in 1...100 {
            let sign: Double = term % 2 == 1 ? 2 : -2
            let step = Double(term) * lambda
            p += sign * exp(-2 * step * step)
        }
        return (d, min(max(p, 0), 1))
    }
}
