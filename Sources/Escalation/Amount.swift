/// A sum of money in a text: `1,250.00 €`, `$1.5k`, `1 000 USD`, `EUR 2.000,50`.
///
/// A number without a currency beside it is no sum of money ("1500 minutes"). Where a separator can be read in two ways ("1.250 EUR") the
/// greater reading counts, because limits are there to be careful.
struct Amount: Hashable, Sendable {
    /// In millionths of the currency's unit, so that 0.05 BTC is exact; beyond nine trillion it stays there.
    let micros: Int64
    /// ISO 4217 or a coin's ticker, in capitals.
    let currency: String
    /// Byte offsets, currency included.
    let range: Range<Int>

    /// `1250.00 USD`, more decimals where they count.
    var description: String { "\(Self.decimal(micros)) \(currency)" }

    static func decimal(_ micros: Int64) -> String {
        let (whole, rest) = micros.quotientAndRemainder(dividingBy: 1_000_000)
        var digits = String(rest.magnitude)
        digits = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        while digits.count > 2, digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}

/// A limit of a rule: over so much in one of some currencies.
struct AmountLimit: Hashable, Sendable {
    /// By currency.
    let limits: [String: Int64]
    /// For every currency that `limits` does not name; nil: those do not count.
    let otherwise: Int64?

    func outcome(among amounts: [Amount], in reading: Reading) -> Outcome {
        var greatest: (amount: Amount, limit: Int64)?
        for amount in amounts {
            guard let limit = limits[amount.currency] ?? otherwise else { continue }
            if amount.micros > limit {
                return Outcome(
                    true, value: amount.description, threshold: "over \(Amount.decimal(limit)) \(amount.currency)",
                    evidence: reading.quote(bytes: amount.range))
            }
            if greatest.map({ amount.micros > $0.amount.micros }) ?? true { greatest = (amount, limit) }
        }
        guard let greatest else { return Outcome(false, value: "no amount", threshold: "over a limit") }
        return Outcome(
            false, value: greatest.amount.description, threshold: "over \(Amount.decimal(greatest.limit)) \(greatest.amount.currency)")
    }
}

/// Finds the amounts in a text in one pass over its bytes.
struct AmountReader {
    private let bytes: [UInt8]
    private var position = 0
    /// Amounts read out of one text.
    private static let mostAmounts = 200

    static func amounts(in text: String) -> [Amount] {
        var reader = AmountReader(bytes: Array(text.utf8.prefix(Words.mostBytes)))
        return reader.read()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func read() -> [Amount] {
        var found: [Amount] = []
        while position < bytes.count, found.count < Self.mostAmounts {
            guard Self.isDigit(bytes[position]) else {
                position += 1
                continue
            }
            let start = position
            let number = readNumber()
            guard !continuesWord(before: start) || currency(before: start) != nil else { continue }
            if let amount = amount(number, start: start) {
                found.append(amount)
                position = max(position, amount.range.upperBound)
            }
        }
        return found
    }

    /// Digits with `.`, `,`, `'` or single spaces between groups of three.
    private mutating func readNumber() -> Number {
        var number = Number()
        while position < bytes.count {
            let byte = bytes[position]
            if Self.isDigit(byte) {
                number.add(digit: byte)
                position += 1
            } else if let width = separatorWidth(at: position, after: number) {
                number.add(separator: byte)
                position += width
            } else {
                break
            }
        }
        return number
    }

    /// A separator counts only between digits; a space (also a no-break one) only before exactly three of them.
    private func separatorWidth(at index: Int, after number: Number) -> Int? {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "'"):
            return digits(from: index + 1) > 0 ? 1 : nil
        case UInt8(ascii: " "): return digits(from: index + 1) == 3 && number.mayGrowByGroups ? 1 : nil
        case 0xC2 where octet(at: index + 1) == 0xA0: return digits(from: index + 2) == 3 && number.mayGrowByGroups ? 2 : nil
        case 0xE2 where octet(at: index + 1) == 0x80 && [0xAF, 0x89, 0x99].contains(octet(at: index + 2)):
            return digits(from: index + 3) == 3 && number.mayGrowByGroups ? 3 : nil
        default: return nil
        }
    }

    private func amount(_ number: Number, start: Int) -> Amount? {
        var end = position
        let factor = multiplier(at: &end)
        let before = currency(before: start)
        let after = currency(after: end)
        guard let found = after ?? before else { return nil }
        let from = after == nil ? (before?.edge ?? start) : start
        let micros = number.micros(times: factor)
        return Amount(micros: micros, currency: found.code, range: min(from, start)..<max(end, after?.edge ?? end))
    }

    /// `k`, `m`, `thousand`, `million` after a number.
    private func multiplier(at end: inout Int) -> Int64 {
        guard let word = word(after: end), let factor = Self.multipliers[word.text] else { return 1 }
        end = word.end
        return factor
    }

    private func currency(after index: Int) -> (code: String, edge: Int)? {
        if let symbol = symbol(at: skippingSpaces(from: index)) { return symbol }
        guard let word = word(after: index), let code = Self.currencies[word.text] else { return nil }
        return (code, word.end)
    }

    private func currency(before index: Int) -> (code: String, edge: Int)? {
        var end = index
        while end > 0, index - end < 2, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        for (symbol, code) in Self.symbols where end >= symbol.count && Array(bytes[(end - symbol.count)..<end]) == symbol {
            return (code, end - symbol.count)
        }
        var start = end
        while start > 0, end - start < 6, Self.isLetter(bytes[start - 1]) { start -= 1 }
        guard start < end, start == 0 || !Self.isLetter(bytes[start - 1]) else { return nil }
        let text = String(decoding: bytes[start..<end], as: UTF8.self).lowercased()
        // Only codes stand before a number: "I paid 20 pounds 3 times" must not read "pounds 3".
        guard let code = Self.currencies[text], code.lowercased() == text || text == "rs" else { return nil }
        return (code, start)
    }

    private func symbol(at index: Int) -> (code: String, edge: Int)? {
        for (symbol, code) in Self.symbols where index + symbol.count <= bytes.count && Array(bytes[index..<index + symbol.count]) == symbol
        {
            return (code, index + symbol.count)
        }
        return nil
    }

    private func word(after index: Int) -> (text: String, end: Int)? {
        let start = skippingSpaces(from: index)
        var end = start
        while end < bytes.count, end - start < 12, Self.isLetter(bytes[end]) { end += 1 }
        guard end > start, end == bytes.count || !(Self.isLetter(bytes[end]) || Self.isDigit(bytes[end])) else { return nil }
        return (String(decoding: bytes[start..<end], as: UTF8.self).lowercased(), end)
    }

    private func skippingSpaces(from index: Int) -> Int {
        var index = index
        for _ in 0..<2 {
            if octet(at: index) == UInt8(ascii: " ") {
                index += 1
            } else if octet(at: index) == 0xC2, octet(at: index + 1) == 0xA0 {
                index += 2
            }
        }
        return index
    }

    private func continuesWord(before index: Int) -> Bool { index > 0 && Self.isLetter(bytes[index - 1]) }
    private func octet(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
    private func digits(from index: Int) -> Int {
        var count = 0
        while count < 4, let byte = octet(at: index + count), Self.isDigit(byte) { count += 1 }
        return count
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
