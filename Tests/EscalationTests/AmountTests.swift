import Testing

@testable import Escalation

@Suite struct AmountTests {
    @Test(arguments: [
        ("1,250.00 €", "1250.00 EUR"), ("$1.5k", "1500.00 USD"), ("1 000 USD", "1000.00 USD"), ("EUR 2.000,50", "2000.50 EUR"),
        ("1'250.50 CHF", "1250.50 CHF"),
        ("0.05 BTC", "0.05 BTC"), ("two for £20,000", "20000.00 GBP"), ("1.250 EUR", "1250.00 EUR"), ("12,5 euros", "12.50 EUR"),
        ("75,000 USD", "75000.00 USD"), ("2 million dollars", "2000000.00 USD"), ("US$ 300", "300.00 USD"), ("10 000 USD", "10000.00 USD"),
        ("USD1500", "1500.00 USD"),
        ("1.000.000,00 €", "1000000.00 EUR"), ("$1,000,000", "1000000.00 USD"), ("0,125 ETH", "0.125 ETH"),
        ("1\u{A0}000\u{A0}€", "1000.00 EUR"),
    ])
    func `sums are read as people write them`(text: String, value: String) {
        #expect(AmountReader.amounts(in: "send \(text) now").map(\.description) == [value])
    }

    @Test(arguments: [
        "your plan with 1500 minutes", "order 20391", "2024-05-01", "call 555 1234", "section 3.2.1", "1500", "b2b", "€", "k",
        "room 12 pounding",
    ])
    func `numbers without a currency are no sums`(text: String) {
        #expect(AmountReader.amounts(in: text).isEmpty)
    }

    @Test func `a sum too great for its type stays at the greatest`() {
        let text = "$" + String(repeating: "9", count: 60) + "k"
        #expect(AmountReader.amounts(in: text).first?.micros == .max)
        #expect(AmountReader.amounts(in: String(repeating: "$1 ", count: 80_000)).count == 200)
    }

    @Test func `a limit is for its currency and says what it saw`() throws {
        let rules = try World.rules(
            "version: 1\nrules: [{id: a, says: s, when: {amount: {over: {USD: 1000, BTC: 0.05}}}, then: hand_over}]")
        let judge = Judge(rules: rules)
        func trigger(_ text: String) throws -> Trigger { try #require(judge.before(World.ines(text)).triggers.first) }
        #expect(try trigger("withdraw $1,000.01").fired)
        #expect(try !trigger("withdraw $1,000.00").fired)
        #expect(try !trigger("withdraw 5000 EUR").fired)
        #expect(try trigger("0.06 BTC").threshold == "over 0.05 BTC")
        #expect(try trigger("withdraw $20").value == "20.00 USD")
    }
}
