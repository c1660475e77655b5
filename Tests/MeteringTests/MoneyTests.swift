import Metering
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        ("0", 0), ("50", 50_000_000_000_000), ("0.99", 990_000_000_000), ("-0.0000004", -400_000), ("0.000000000001", 1),
        ("9223372.036854775807", Int64.max), ("-9223372.036854775808", Int64.min),
    ])
    func `an amount is read to the last digit and written so that it reads back the same`(text: String, pico: Int64) throws {
        let money = try Money(text)
        #expect(money.pico == pico)
        #expect(money.text == text)
        #expect(try Money(money.text) == money)
    }

    @Test(arguments: ["", "-", ".", "1.", ".5", "1,5", "1e3", " 1", "0x10", "1.2.3", "+-1", "NaN", "١"])
    func `what is no decimal number is refused`(text: String) {
        #expect(throws: MoneyError.unreadable(text: text)) { try Money(text) }
    }

    @Test func `an amount finer than a pico is refused, and zeros behind it are not finer`() throws {
        #expect(throws: MoneyError.tooFine(text: "0.0000000000001")) { try Money("0.0000000000001") }
        #expect(try Money("0.1000000000000000").text == "0.1")
    }

    @Test func `arithmetic that leaves the range throws and does not trap`() throws {
        let most = Money(pico: .max)
        #expect(throws: MoneyError.overflow) { try most.adding(Money(pico: 1)) }
        #expect(throws: MoneyError.overflow) { try Money(pico: .min).subtracting(Money(pico: 1)) }
        #expect(throws: MoneyError.overflow) { try most.times(2) }
        #expect(throws: MoneyError.overflow) { try Money(pico: .min).negated() }
        #expect(throws: MoneyError.overflow) { try Money("9223372.036854775808") }
        #expect(throws: MoneyError.overflow) { try Money("99999999999999999999") }
        #expect(try most.subtracting(most) == .zero)
    }

    @Test(arguments: [
        ("0.125", 2, "0.12"), ("0.135", 2, "0.14"), ("0.1250000001", 2, "0.13"), ("2.5", 0, "2"), ("3.5", 0, "4"), ("50", 2, "50.00"),
        ("-0.004", 2, "0.00"), ("-0.126", 2, "-0.13"), ("0.0000004", 12, "0.000000400000"), ("9223372.036854775807", 2, "9223372.04"),
        ("0.995", 2, "1.00"), ("1", -3, "1"), ("0.07", 40, "0.070000000000"),
    ])
    func `shown amounts round half to even`(text: String, digits: Int, shown: String) throws {
        #expect(try Money(text).rounded(toDigits: digits) == shown)
    }

    @Test func `a price for a million tokens is a whole number of picos for one, or is refused`() throws {
        #expect(try Price.perMillionTokens("0.15").pico == 150_000)
        #expect(try Price.perMillionTokens("0.000001").pico == 1)
        #expect(throws: MoneyError.tooFine(text: "0.0000001")) { try Price.perMillionTokens("0.0000001") }
    }

    @Test func `a million random charges sum to the integer that a wider number gives`() throws {
        // litellm #8867, langfuse #1041: sums of floating-point charges drift, tiny ones become 0. The loop is shorter in debug builds.
        #if DEBUG
            let count = 100_000
        #else
            let count = 1_000_000
        #endif
        var random = SeededGenerator(seed: 31)
        var sum = Money.zero
        var oracle: Int128 = 0
        for _ in 0..<count {
            let (tokens, price) = (Int.random(in: 0...200_000, using: &random), Int64.random(in: 0...150, using: &random))
            sum = try sum.adding(Money(pico: price).times(tokens))
            oracle += Int128(tokens) * Int128(price)
        }
        #expect(Int128(sum.pico) == oracle)
        #expect(try Money(sum.text) == sum)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
