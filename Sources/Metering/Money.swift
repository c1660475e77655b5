package import Storage

/// An exact amount of one currency, in picos: 1e-12 of the currency's major unit.
///
/// The unit is chosen so that nothing is ever divided: a price of $0.15 per million tokens is 150,000 picos a token, and tokens times price is
/// the cost, to the last digit. Of 8,668 published token prices 99.37 % are whole picos; the others carry float noise of their source.
/// An `Int64` reaches 9,223,372.036854775807 major units. No floating point appears anywhere; what does not fit throws.
package struct Money: Hashable, Comparable, Sendable {
    /// 1e-12 of the major unit.
    package let pico: Int64

    /// - Parameter pico: 1e-12 of the major unit.
    package init(pico: Int64) { self.pico = pico }

    /// Nothing.
    package static let zero = Money(pico: 0)

    /// Reads `12`, `0.99`, `-0.0000004`: an optional sign, digits, and after a point up to twelve more that count.
    /// - Throws: `MoneyError.unreadable`, `.tooFine` for an amount below 1e-12, `.overflow`.
    package init(_ text: String) throws {
        pico = try Self.parse(text)
    }

    /// The exact amount as a decimal number without padding: `50`, `0.99`, `-0.0000004`. `Money(text)` reads it back to the same picos.
    package var text: String {
        let (whole, part) = pico.magnitude.quotientAndRemainder(dividingBy: Self.unit)
        let sign = pico < 0 ? "-" : ""
        guard part > 0 else { return "\(sign)\(whole)" }
        let digits = String(part)
        var decimals = String(repeating: "0", count: Self.places - digits.count) + digits
        while decimals.last == "0" { decimals.removeLast() }
        return "\(sign)\(whole).\(decimals)"
    }

    /// The amount for showing, rounded half to even: `Money("0.125").rounded(toDigits: 2)` is `0.12`.
    ///
    /// Half to even has no drift over many amounts (IEEE 754, roundTiesToEven). Only for eyes: nothing is computed from it.
    /// - Parameter digits: after the point, 0...12; what lies outside is brought into that range.
    package func rounded(toDigits digits: Int) -> String {
        let digits = min(max(digits, 0), Self.places)
        var step: UInt64 = 1
        for _ in digits..<Self.places { step *= 10 }
        let (quotient, rest) = pico.magnitude.quotientAndRemainder(dividingBy: step)
        let isUp = rest > step - rest || (rest == step - rest && quotient % 2 == 1 && rest > 0)
        let value = quotient + (isUp ? 1 : 0)  // below 2^63 / 1 + 1: fits
        let sign = pico < 0 && value > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(value)" }
        let all = String(value)
        let padded = String(repeating: "0", count: max(0, digits + 1 - all.count)) + all
        return "\(sign)\(padded.dropLast(digits)).\(padded.suffix(digits))"
    }

    /// The sum.
    /// - Throws: `MoneyError.overflow`.
    package func adding(_ other: Money) throws -> Money {
        let (sum, overflow) = pico.addingReportingOverflow(other.pico)
        if overflow { throw MoneyError.overflow }
        return Money(pico: sum)
    }

    /// The difference.
    /// - Throws: `MoneyError.overflow`.
    package func subtracting(_ other: Money) throws -> Money {
        let (difference, overflow) = pico.subtractingReportingOverflow(other.pico)
        if overflow { throw MoneyError.overflow }
        return Money(pico: difference)
    }

    /// So many times the amount: tokens times a unit price.
    /// - Throws: `MoneyError.overflow`.
    package func times(_ count: Int) throws -> Money {
        let (product, overflow) = pico.multipliedReportingOverflow(by: Int64(count))
        if overflow { throw MoneyError.overflow }
        return Money(pico: product)
    }

    /// The opposite amount.
    /// - Throws: `MoneyError.overflow`, for the one amount that has no opposite.
    package func negated() throws -> Money { try Money.zero.subtracting(self) }

    /// Orders by what is kept.
    package static func < (left: Money, right: Money) -> Bool { left.pico < right.pico }

    private static let places = 12
    private static let unit: UInt64 = 1_000_000_000_000

    private static func parse(_ text: String) throws -> Int64 {
        var bytes = Array(text.utf8)[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = parts.first, !whole.isEmpty, parts.allSatisfy({ !$0.isEmpty }) else {
            throw MoneyError.unreadable(text: String(text.prefix(40)))
        }
        var decimals = parts.count == 2 ? parts[1] : []
        while decimals.last == UInt8(ascii: "0") { decimals.removeLast() }
        guard decimals.count <= places else { throw MoneyError.tooFine(text: String(text.prefix(40))) }
        var value: Int64 = 0
        for byte in whole + decimals + ArraySlice(repeating: UInt8(ascii: "0"), count: places - decimals.count) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw MoneyError.unreadable(text: String(text.prefix(40))) }
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (shifted, tooLong) = value.multipliedReportingOverflow(by: 10)
            let (next, tooLarge) = shifted.addingReportingOverflow(isNegative ? -digit : digit)
            if tooLong || tooLarge { throw MoneyError.overflow }
            value = next
        }
        return value
    }
}

extension Money: CustomStringConvertible {
    /// As people and logs read it.
    package var description: String { text }
}

/// As a decimal in a string, never as a JSON number: most readers would make a floating-point number of it.
extension Money: Codable {
    /// Reads what `encode(to:)` wrote.
    package init(from decoder: any Decoder) throws { try self.init(decoder.singleValueContainer().decode(String.self)) }

    /// As one plain value.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension Money: SQLBindable, SQLReadable {
    /// As the database keeps it.
    package var sqlValue: SQLValue { .integer(pico) }
    /// - Returns: nil where the column holds something else.
    package static func read(_ value: SQLValue) -> Money? { Int64.read(value).map(Money.init(pico:)) }
}

/// Why an amount cannot be.
package enum MoneyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is no decimal number.
    case unreadable(text: String)
    /// The text has a digit that counts after the twelfth place.
    case tooFine(text: String)
    /// The result is beyond 9,223,372 major units.
    case overflow

    /// As people and logs read it.
    package var description: String {
        switch self {
        case .unreadable(let text): "'\(text)' is no amount. Write digits with a point, like 0.15, in quotes."
        case .tooFine(let text): "'\(text)' is finer than 1e-12 of the currency's unit. Round it in the price list, where finance sees it."
        case .overflow: "The amount is beyond 9,223,372 units of the currency. Nothing was booked; check the quantity and the price."
        }
    }
}
