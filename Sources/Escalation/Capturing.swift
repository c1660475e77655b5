/// Takes the details out of a customer's words that a teammate would otherwise ask for again: e-mail, phone, order and transaction ids, sums of
/// money; cards and IBANs only by their last four characters. One pass over the words between spaces, nothing is looked up.
enum Capturing {
    static func details(in text: String, amounts: [Amount], reading: Reading) -> [Captured] {
        let pieces = text.utf8.prefix(Words.mostBytes).split(whereSeparator: { $0 <= 0x20 || $0 == 0x7F }).prefix(mostPieces)
        var details: [Captured] = []
        func add(_ detail: Captured?) {
            if let detail, !details.contains(detail), details.count < most { details.append(detail) }
        }
        var words: Set<String> = []
        var recent: [String] = []
        for piece in pieces {
            let word = trimmed(String(decoding: piece.prefix(128), as: UTF8.self))
            let named = order(word, after: recent[...])
            add(email(word) ?? transaction(word) ?? iban(word) ?? named)
            // A name stands for one id: in "order 778, card 4111" the card is no order.
            recent = named == nil ? recent.suffix(2) + [word.lowercased()] : []
            words.insert(word.lowercased())
        }
        let namesCard = words.contains { cardWords.contains($0.filter(\.isLetter)) }
        for number in numbers(in: text, namesCard: namesCard) { add(number) }
        for amount in amounts { add(reading.quote(bytes: amount.range).map { Captured(.amount, $0) }) }
        return details
    }

    /// Details kept of one text.
    private static let most = 20
    private static let cardWords: Set<String> = ["card", "cards", "visa", "mastercard", "amex", "karte", "carte", "tarjeta"]
    /// Words of one text in which details are looked for.
    private static let mostPieces = 4_000

    private static func trimmed(_ word: String) -> String {
        var scalars = word.unicodeScalars[...]
        while let first = scalars.first, isEdge(first) { scalars.removeFirst() }
        while let last = scalars.last, isEdge(last) { scalars.removeLast() }
        return String(scalars)
    }

    private static func isEdge(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ".", ",", ";", ":", "!", "?", "(", ")", "[", "]", "<", ">", "\"", "'", "“", "”", "«", "»": true
        default: false
        }
    }

    static func email(_ word: String) -> Captured? {
        let parts = word.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let name = parts.first, let host = parts.last, !name.isEmpty, name.utf8.count <= 64 else { return nil }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } }) else {
            return nil
        }
        guard name.allSatisfy({ $0.isLetter || $0.isNumber || "._%+-".contains($0) }) else { return nil }
        return Captured(.email, word)
    }

    /// A hash of 64 hexadecimal digits, with or without `0x`.
    private static func transaction(_ word: String) -> Captured? {
        let digits = word.hasPrefix("0x") ? word.dropFirst(2) : Substring(word)
        guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
        return Captured(.transaction, word)
    }

    /// Checked by ISO 7064 modulo 97.
    private static func iban(_ word: String) -> Captured? {
        let letters = Array(word.uppercased().utf8)
        guard (15...34).contains(letters.count), letters.prefix(2).allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        var remainder = 0
        for byte in letters.dropFirst(4) + letters.prefix(4) {
            switch byte {
            case 0x30...0x39: remainder = (remainder * 10 + Int(byte) - 0x30) % 97
            case 0x41...0x5A: remainder = (remainder * 100 + Int(byte) - 0x37) % 97
            default: return nil
            }
        }
        return remainder == 1 ? Captured(.iban, masked(word)) : nil
    }

    /// A word with a digit right after "order", "transaction", "ticket" and the like.
    private static func order(_ word: String, after before: ArraySlice<String>) -> Captured? {
        let id = word.hasPrefix("#") ? String(word.dropFirst()) : word
        guard (4...40).contains(id.utf8.count), id.utf8.contains(where: { (0x30...0x39).contains($0) }) else { return nil }
        guard id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D || $0 == 0x5F }) else {
            return nil
        }
        let names = before.map { $0.filter(\.isLetter) }
        if names.contains(where: transactionWords.contains) { return Captured(.transaction, id) }
        return names.contains(where: orderWords.contains) || word.hasPrefix("#") ? Captured(.order, id) : nil
    }

    private static let transactionWords: Set<String> = ["transaction", "tx", "txid", "hash", "transfer", "withdrawal", "deposit"]
    private static let orderWords: Set<String> = [
        "order", "purchase", "invoice", "ticket", "case", "reference", "ref", "bestellung", "commande", "pedido",
    ]

    /// Cards (13 to 19 digits that pass Luhn's check, written in groups or beside the word: every tenth order number passes too) and phone numbers (8 to 15 digits after a plus, or written in groups).
    private static func numbers(in text: String, namesCard: Bool) -> [Captured] {
        var found: [Captured] = []
        var digits: [UInt8] = []
        var hasPlus = false
        var groups = 0
        var previous: UInt8 = 0x20
        func close() {
            if (13...19).contains(digits.count), groups >= 3 || namesCard, passesLuhn(digits) {
                found.append(Captured(.card, masked(String(decoding: digits, as: UTF8.self))))
            } else if (8...15).contains(digits.count), hasPlus || groups >= 2 {
                found.append(Captured(.phone, (hasPlus ? "+" : "") + String(decoding: digits, as: UTF8.self)))
            }
            digits = []
            hasPlus = false
            groups = 0
        }
        for byte in text.utf8.prefix(Words.mostBytes) {
            switch byte {
            case 0x30...0x39:
                if digits.count < 24 { digits.append(byte) }
                if previous < 0x30 { groups += 1 }
            case UInt8(ascii: "+"):
                close()
                hasPlus = true
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "/"):
                if previous == byte, byte == UInt8(ascii: " ") { close() }
            default: close()
            }
            previous = byte
            if found.count >= most { return found }
        }
        close()
        return found
    }

    private static func passesLuhn(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (index, digit) in digits.reversed().enumerated() {
            let value = Int(digit) - 0x30
            sum += index.isMultiple(of: 2) ? value : (value > 4 ? value * 2 - 9 : value * 2)
        }
        return sum.isMultiple(of: 10) && digits.contains { $0 != 0x30 }
    }

    private static func masked(_ text: String) -> String { String(repeating: "•", count: max(0, text.count - 4)) + text.suffix(4) }
}
