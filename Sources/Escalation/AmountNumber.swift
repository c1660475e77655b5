/// The digits of an amount while they are read, with the separators between them.
struct Number {
    private var digits: [UInt8] = []
    /// How many digits stood before each separator.
    private var separators: [(byte: UInt8, after: Int)] = []

    mutating func add(digit: UInt8) {
        if digits.count < 40 { digits.append(digit &- 0x30) }
    }

    mutating func add(separator: UInt8) { separators.append((separator, digits.count)) }

    /// Whether a space may separate the next group: "1 000" but not "12345 678", and no decimals were read yet.
    var mayGrowByGroups: Bool {
        let sinceLast = digits.count - (separators.last?.after ?? 0)
        return separators.isEmpty ? (1...3).contains(sinceLast) : sinceLast == 3
    }

    /// The value in millionths times a factor, kept at the greatest possible value where it would not fit.
    func micros(times factor: Int64) -> Int64 {
        let wholeDigits = decimalPoint ?? digits.count
        var micros: Int64 = 0
        for (index, digit) in digits.enumerated() where index < wholeDigits + 6 {
            micros = Self.saturating(micros, times: 10, plus: Int64(digit))
        }
        for _ in 0..<max(0, 6 - (digits.count - wholeDigits)) { micros = Self.saturating(micros, times: 10, plus: 0) }
        return Self.saturating(micros, times: factor, plus: 0)
    }

    /// After how many digits the decimals begin, or nil. The last separator is a decimal one if another kind stands before it ("1,250.00"), or
    /// if it stands alone and not before exactly three digits ("1,5" but "1.250" is grouped), or after a single zero ("0.125").
    private var decimalPoint: Int? {
        guard let last = separators.last, last.byte == UInt8(ascii: ".") || last.byte == UInt8(ascii: ",") else { return nil }
        let decimals = digits.count - last.after
        let others = separators.dropLast()
        if others.contains(where: { $0.byte == last.byte }) { return nil }
        if !others.isEmpty { return last.after }
        if decimals == 3, !(last.after == 1 && digits.first == 0) { return nil }
        return last.after
    }

    private static func saturating(_ value: Int64, times factor: Int64, plus more: Int64) -> Int64 {
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        let (sum, overflowToo) = product.addingReportingOverflow(more)
        return overflow || overflowToo ? .max : sum
    }
}

extension AmountReader {
    static let multipliers: [String: Int64] = [
        "k": 1_000, "thousand": 1_000, "grand": 1_000, "tsd": 1_000, "mille": 1_000, "mil": 1_000, "m": 1_000_000, "mn": 1_000_000,
        "mio": 1_000_000, "million": 1_000_000, "millions": 1_000_000, "bn": 1_000_000_000, "billion": 1_000_000_000,
    ]

    static let symbols: [([UInt8], String)] = [
        ("US$", "USD"), ("A$", "AUD"), ("C$", "CAD"), ("R$", "BRL"), ("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY"), ("₹", "INR"),
        ("₿", "BTC"), ("₽", "RUB"), ("₩", "KRW"), ("₺", "TRY"), ("₴", "UAH"), ("zł", "PLN"),
    ].map { (Array($0.0.utf8), $0.1) }

    static let currencies: [String: String] = {
        var table: [String: String] = [:]
        let codes =
            "USD EUR GBP CHF JPY CNY AUD CAD NZD SEK NOK DKK PLN CZK HUF RON BGN TRY INR BRL MXN ZAR SGD HKD KRW RUB UAH AED BTC ETH USDT USDC XRP "
            + "SOL ADA LTC DOGE BNB DOT XMR"
        for code in codes.split(separator: " ") { table[code.lowercased()] = String(code) }
        let names = [
            "USD": "dollar dollars bucks usd", "EUR": "euro euros", "GBP": "pound pounds quid", "CHF": "francs franken",
            "INR": "rupee rupees rs",
            "BTC": "bitcoin bitcoins", "ETH": "ether ethereum", "JPY": "yen", "USDT": "tether", "PLN": "zloty zlotys",
        ]
        for (code, words) in names {
            for word in words.split(separator: " ") { table[String(word)] = code }
        }
        return table
    }()
}
