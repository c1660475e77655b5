import Access
import Foundation

/// Whether the time of comparing a key's hash tells where it differs: 20,000 tries with the first byte wrong and 20,000 with the last one wrong, in random order,
/// and the two-sample Kolmogorov-Smirnov statistic of their times. D is the largest distance of the two distributions: about 0.01 where they are one, 1 where no
/// time of the one occurs in the other; p is how often chance alone gives such a D. The yardstick compares byte for byte and stops at the first difference, as a
/// loop written without a thought does: a measurement that did not tell that apart would prove nothing.
struct SecretFigures {
    let table: Table

    /// Tries of each kind.
    private static let tries = 20_000
    /// Comparisons timed at once, since one is shorter than the clock's step.
    private static let atOnce = 64

    func measure() {
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
