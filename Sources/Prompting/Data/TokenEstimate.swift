/// How many tokens a text will be, without the model's own tokenizer.
///
/// Two numbers: a guess for budgets, and a bound for money. The guess walks over the text once:
/// - a word of ASCII letters is one token up to 7 letters and one more for every 4 after that; the blank before it is free;
/// - digits go three to a token; every other ASCII sign is a token, and so is a run of blanks or line ends;
/// - other letters: two bytes of UTF-8 (Latin with accents, Greek, Cyrillic, Arabic) count half a token, three bytes (Chinese, Japanese, Korean,
///   Indic) one, four bytes (emoji) three;
/// - every message adds 4 for its role and fences, the request 3 (the overhead documented for the chat format).
///
/// The bound is the number of UTF-8 bytes, because a byte-level tokenizer never makes more than one token of a byte, and 16 for each message.
package enum TokenEstimate {
    /// A guess at the tokens of a text.
    package static func tokens(in text: String) -> Int {
        var count = Counter()
        for scalar in text.unicodeScalars { count.take(scalar) }
        return count.total
    }

    /// A guess at the tokens of a request with these messages.
    package static func tokens(of messages: [ChatMessage]) -> Int {
        messages.reduce(perRequest) { $0 + tokens(in: $1.content) + perMessage }
    }

    /// What no byte-level tokenizer exceeds for these messages.
    package static func upperBound(of messages: [ChatMessage]) -> Int {
        messages.reduce(perRequest) { $0 + $1.content.utf8.count + mostPerMessage }
    }

    static let perRequest = 3
    static let perMessage = 4
    /// Tokens that a message adds of its own.
    private static let mostPerMessage = 16

    private struct Counter {
        private enum Run { case letters, digits, blanks, none }
        private var run = Run.none
        private var length = 0
        private var halves = 0
        private var whole = 0

        var total: Int { whole + (halves + 1) / 2 }

        mutating func take(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x41...0x5A, 0x61...0x7A:
                extend(.letters)
                if length == 1 || (length > 7 && (length - 8) % 4 == 0) { whole += 1 }
            case 0x30...0x39:
                extend(.digits)
                if length % 3 == 1 { whole += 1 }
            case 0x20:
                // One blank belongs to the word after it.
                extend(.blanks)
                if length == 2 { whole += 1 }
            case 0x09, 0x0A, 0x0D:
                if run != .blanks { whole += 1 }
                run = .blanks
                length = 2
            default:
                run = .none
                length = 0
                if scalar.value < 0x80 {
                    whole += 1
                } else if scalar.value < 0x800 {
                    halves += 1
                } else {
                    whole += scalar.value < 0x10000 ? 1 : 3
                }
            }
        }

        private mutating func extend(_ next: Run) {
            length = run == next ? length + 1 : 1
            run = next
        }
    }
}
