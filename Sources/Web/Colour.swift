import Foundation

/// A colour of sRGB, and how well others stand out from it: WCAG 2.2, "relative luminance" and "contrast ratio"
/// (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
package struct Colour: Hashable, Sendable {
    private let red: UInt8
    private let green: UInt8
    private let blue: UInt8

    /// White.
    package static let white = Colour(red: 255, green: 255, blue: 255)
    /// The near-black that text is written in where white would not do. `widget.css` has it as well.
    package static let ink = Colour(red: 0x11, green: 0x11, blue: 0x11)
    /// The darkest page that a launcher must stand out from.
    package static let darkPage = Colour(red: 0x12, green: 0x12, blue: 0x12)

    private init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Reads `#rrggbb`.
    /// - Returns: nil for anything else.
    package init?(_ text: String) {
        let digits = text.utf8.dropFirst()
        guard text.utf8.first == UInt8(ascii: "#"), digits.count == 6, digits.allSatisfy(Self.isDigit),
            let number = UInt32(String(decoding: Array(digits), as: UTF8.self), radix: 16)
        else { return nil }
        self.init(red: UInt8(number >> 16 & 0xFF), green: UInt8(number >> 8 & 0xFF), blue: UInt8(number & 0xFF))
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// `#rrggbb`, in lower case.
    package var text: String {
        "#"
            + [red, green, blue].map { part in
                let digits = String(part, radix: 16)
                return digits.utf8.count == 1 ? "0" + digits : digits
            }.joined()
    }

    /// 0 (black) to 1 (white).
    package var luminance: Double {
        0.2126 * Self.linear[Int(red)] + 0.7152 * Self.linear[Int(green)] + 0.0722 * Self.linear[Int(blue)]
    }

    /// 1 (the same brightness) to 21 (black on white).
    package func contrast(with other: Colour) -> Double {
        let (one, two) = (luminance, other.luminance)
        return (max(one, two) + 0.05) / (min(one, two) + 0.05)
    }

    /// White or near-black, whichever is easier to read on it.
    package var textOnIt: Colour { contrast(with: .white) >= contrast(with: .ink) ? .white : .ink }

    /// The colour that differs least from this one and will do: mixed with ever more white or black, in hundredths.
    /// - Returns: nil where no mixture will do.
    package func nearest(where isEnough: (Colour) -> Bool) -> Colour? {
        for share in 0...100 {
            for end in [Colour(red: 0, green: 0, blue: 0), .white] {
                let mixed = mixed(with: end, share: share)
                if isEnough(mixed) { return mixed }
            }
        }
        return nil
    }

    private func mixed(with other: Colour, share: Int) -> Colour {
        func part(_ one: UInt8, _ two: UInt8) -> UInt8 { UInt8((Int(one) * (100 - share) + Int(two) * share) / 100) }
        return Colour(red: part(red, other.red), green: part(green, other.green), blue: part(blue, other.blue))
    }

    /// The light of each of the 256 values.
    private static let linear: [Double] = (0...255).map { value in
        let share = Double(value) / 255
        return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
}
