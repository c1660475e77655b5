import Foundation

/// Feeds a parser what nobody meant to send: texts of a corpus with bits turned, cut, doubled, spliced into each other, with large numbers and odd characters
/// put in. Deterministic: the same seed gives the same inputs, so a test that fails fails again. A trap ends the test process, which is how it is noticed.
///
/// `BATON_FUZZ_RUNS` sets the number of inputs per parser (2,000 where it is absent; a night's work is some millions). With `BATON_FUZZ_LAST=file` each input
/// is written there before it is tried: after a trap the file holds the one that did it. Both are read by tests alone.
package struct Fuzzer: Sendable {
    private let corpus: [[UInt8]]
    private let seed: UInt64

    /// - Parameters:
    ///   - corpus: texts that the parser can read; the nearer the mutations stay to them, the deeper they get.
    ///   - seed: another one for another walk.
    package init(_ corpus: [String], seed: UInt64 = 1) {
        self.corpus = corpus.isEmpty ? [[]] : corpus.map { Array($0.utf8) }
        self.seed = seed
    }

    /// Inputs per parser.
    package static let runs = ProcessInfo.processInfo.environment["BATON_FUZZ_RUNS"].flatMap { Int($0) } ?? 2_000
    private static let last = ProcessInfo.processInfo.environment["BATON_FUZZ_LAST"]
    /// Inputs do not grow beyond this, in bytes.
    private static let largest = 32 << 10

    /// Tries every text of the corpus and then mutations of them.
    /// - Parameter share: of the usual number of runs, for slow parsers: 4 for a quarter.
    package func run(share: Int = 1, _ body: ([UInt8]) throws -> Void) rethrows {
        for input in corpus { try attempt(input, body) }
        var random = SplitMix(state: seed)
        for _ in 0..<(Self.runs / max(1, share)) { try attempt(mutated(&random), body) }
    }

    /// The same for parsers of text: bytes that are no UTF-8 arrive as U+FFFD, as they do in the product.
    package func runTexts(share: Int = 1, _ body: (String) throws -> Void) rethrows {
        try run(share: share) { try body(String(decoding: $0, as: UTF8.self)) }
    }

    /// Inputs for a body that waits.
    package func inputs(share: Int = 1) -> [[UInt8]] {
        var all: [[UInt8]] = []
        run(share: share) { all.append($0) }
        return all
    }

    private func attempt(_ input: [UInt8], _ body: ([UInt8]) throws -> Void) rethrows {
        // Lost where it cannot be written: then the run is as good as without the variable.
        if let last = Self.last { try? Data(input).write(to: URL(fileURLWithPath: last)) }
        try body(input)
    }

    private func mutated(_ random: inout SplitMix) -> [UInt8] {
        var bytes = corpus[random.below(corpus.count)]
        for _ in 0...random.below(4) { mutate(&bytes, &random) }
        return bytes.count > Self.largest ? Array(bytes.prefix(Self.largest)) : bytes
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let place = random.below(bytes.count + 1)
        let range = place..<min(bytes.count, place + 1 + random.below(16))
        switch random.below(9) {
        case 0: if place < bytes.count { bytes[place] ^= 1 << UInt8(random.below(8)) }
        case 1: bytes.removeLast(bytes.count - place)
        case 2: bytes.removeSubrange(range)
        case 3: bytes.insert(contentsOf: bytes[range], at: place)
        case 4:
            let other = corpus[random.below(corpus.count)]
            bytes = Array(bytes[..<place]) + other[random.below(other.count + 1)...]
        case 5: bytes.insert(contentsOf: Self.odd[random.below(Self.odd.count)], at: place)
        case 6: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
        case 7:
            bytes.insert(contentsOf: repeatElement(bytes.isEmpty ? 0x5B : bytes[place % bytes.count], count: random.below(300)), at: place)
        default: replaceNumber(in: &bytes, &random)
        }
    }

    private func replaceNumber(in bytes: inout [UInt8], _ random: inout SplitMix) {
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        guard let start = bytes.indices.filter({ isDigit(bytes[$0]) }).randomElement(using: &random) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Self.numbers[random.below(Self.numbers.count)])
    }

    private static let numbers: [[UInt8]] = [
        "0", "-0", "-1", "1e400", "-1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
        "18446744073709551616", "4294967296", "2147483648", "0.1", "00", "1e", "NaN", "Infinity", "99999999999999999999999999999999999999",
    ].map { Array($0.utf8) }

    private static let odd: [[UInt8]] =
        [
            "\u{0}", "\r\n", "\n", "\r", "\t", "\u{FEFF}", "\u{202E}", "\u{200B}", "\u{2028}", "é", "e\u{301}", "ß", "İ",
            "\u{1F468}\u{200D}\u{1F469}",
            "𝟙", "١", "％", "%", "%00", "%zz", "\"", "\\", "\\u", "\\ud800", "{", "}", "[", "]", "{{", "}}", "{{#", "{{/", ":", "- ",
            "---\n", "&a", "*a",
            "<", ">", "<!--", "-->", "&#x110000;", "<table>", "|", "```", "~~~", "> ", "# ", "    ", "=", "&", ";", "+", "/", "..", ",",
            "@", "data: ",
            "\n\n", "'", "`", "*", "_", "(", ")", "![](", "$", "null", "true", "!!", "%YAML", "\u{7F}", "\u{1B}[31m",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE2, 0x80], [0xEF, 0xBB, 0xBF],
        ]
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
}
